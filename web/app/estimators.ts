// The ways of estimating, in the order and colours of the page.

import type { Estimator } from "./bindings/Estimator";

/** The ways of estimating, from top to bottom of a row. */
export const ESTIMATORS: readonly { id: Estimator; role: string; name: string; short: string }[] = [
  { id: "data", role: "chain hollow", name: "training data", short: "data" },
  { id: "chain", role: "chain", name: "chain", short: "chain" },
  { id: "raw", role: "model", name: "model, raw", short: "raw" },
  { id: "reweighted", role: "corrected", name: "model, reweighted", short: "reweighted" },
  { id: "tail", role: "corrected", name: "model + Monte Carlo tail", short: "with tail" },
  { id: "metropolis", role: "corrected hollow", name: "model, Metropolis", short: "Metropolis" },
];
