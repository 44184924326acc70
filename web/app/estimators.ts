// The ways of estimating, in the order and colours of the page.

import type { Estimator } from "./bindings/Estimator";

/** The ways of estimating, from top to bottom of a row; `look` is the class of their marks. */
export const ESTIMATORS: readonly { id: Estimator; look: string; name: string; short: string }[] = [
  { id: "data", look: "role-chain role-hollow", name: "training data", short: "data" },
  { id: "chain", look: "role-chain", name: "chain", short: "chain" },
  { id: "raw", look: "role-model", name: "model, raw", short: "raw" },
  { id: "reweighted", look: "role-corrected", name: "model, reweighted", short: "reweighted" },
  { id: "tail", look: "role-corrected role-square", name: "model, with tail", short: "with tail" },
  { id: "metropolis", look: "role-corrected role-hollow", name: "model, Metropolis", short: "Metropolis" },
];
