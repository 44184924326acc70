// The ways of estimating, in the order and colours of the page.

import type { Estimator } from "./bindings/Estimator";

/** The four ways of estimating, from top to bottom of a row. */
export const ESTIMATORS: readonly { id: Estimator; role: string; name: string }[] = [
  { id: "chain", role: "chain", name: "chain" },
  { id: "raw", role: "model", name: "model, raw" },
  { id: "reweighted", role: "corrected", name: "model, reweighted" },
  { id: "metropolis", role: "corrected hollow", name: "model, Metropolis" },
];
