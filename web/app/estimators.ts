// The ways of estimating, in the order and colours of the page.

import type { Estimate } from "./bindings/Estimate";
import type { Estimator } from "./bindings/Estimator";
import { prose } from "./format";
import { t } from "./language";
import { allMethods } from "./methods";

/** A way of estimating: `look` is the class of its marks. */
export interface Way {
  readonly id: Estimator;
  /** Which of the methods, if it is one. */
  readonly method: string | null;
  readonly look: string;
  readonly name: string;
  readonly short: string;
}

const SAMPLERS: readonly Way[] = [
  { method: null, id: "data", look: "role-chain role-hollow", name: t("training data"), short: t("data") },
  { method: null, id: "chain", look: "role-chain", name: t("chain"), short: t("chain") },
  { method: null, id: "raw", look: "role-model", name: t("model, raw"), short: t("raw") },
  { method: null, id: "reweighted", look: "role-corrected", name: t("model, reweighted"), short: t("reweighted") },
  { method: null, id: "tail", look: "role-corrected role-square", name: t("model, with tail"), short: t("with tail") },
  { method: null, id: "metropolis", look: "role-corrected role-hollow", name: t("model, Metropolis"), short: t("Metropolis") },
];

/** The ways of estimating in the lab on the screen, from top to bottom of a row. */
export function waysOfEstimating(): readonly Way[] {
  const methods = allMethods();
  if (methods.length === 0) return SAMPLERS;
  return methods.map(({ id, look, label, doc }) => ({ id: "method", method: id, look, name: label, short: prose(doc) }));
}

/** How an estimate was made. */
export function wayOf({ estimator, method }: Estimate): Way {
  const found = waysOfEstimating().find((way) => way.id === estimator && way.method === method);
  return found ?? { id: estimator, method, look: "role-limit", name: method ?? estimator, short: "" };
}
