// Whether the corrected estimates meet the exact answer: the rule behind the badge, in one place and in words.

import type { Estimate } from "./bindings/Estimate";
import type { Estimator } from "./bindings/Estimator";
import type { Observable } from "./bindings/Observable";
import type { Reference } from "./bindings/Reference";

/** An error bar larger than this part of the exact value says little. */
const RESOLVED_BELOW = 0.02;
/** An exact value smaller than this is near 0: the error bar is measured against 1. */
const SMALL = 0.1;
/** A larger relative error of the effective sample size leaves open whether any error bar can be believed. */
const ESS_KNOWN_TO = 0.3;
/** Fewer samples than this are a glimpse of a model in training, not a measurement. */
const FEWEST_SAMPLES = 2000;
/** One of ten unbiased estimates is farther off than this in every fortieth run: too far for green. */
const OFF = 3;
/** Farther off than this no estimate is by chance. */
const SURELY_OFF = 5;

/** What the badge says. */
export interface Verdict {
  kind: "good" | "open" | "bad";
  text: string;
  /** The rule, and how it was met, as sentences. */
  why: string;
}

/** The estimate of `estimator`, if it has a value. */
export function estimateBy(observable: Observable, estimator: Estimator): (Estimate & { value: number }) | null {
  const found = observable.estimates.find((e) => e.estimator === estimator);
  return found && found.value !== null && Number.isFinite(found.value) ? (found as Estimate & { value: number }) : null;
}

/** The estimate of the model after the best correction there is: by weights, by a Monte Carlo tail, by Metropolis. */
export function correctedOf(observable: Observable): (Estimate & { value: number }) | null {
  return estimateBy(observable, "reweighted") ?? estimateBy(observable, "tail") ?? estimateBy(observable, "metropolis");
}

/** What a correct sampler meets; null where nothing is known, or only a limit that the lattice does not reach. */
export function target(observable: Observable): Reference | null {
  const first = observable.references[0];
  return first && first.kind !== "continuum" && Number.isFinite(first.value) ? first : null;
}

/** Distance in standard errors, those of the reference included; null without an error bar. */
export function pull(estimate: Estimate, reference: Reference): number | null {
  if (estimate.value === null || estimate.error === null) return null;
  const sigma = Math.hypot(estimate.error, reference.error);
  return sigma > 0 && Number.isFinite(sigma) ? (estimate.value - reference.value) / sigma : null;
}

const RULE =
  `Green: the corrected estimates rest on at least ${FEWEST_SAMPLES} samples, the ESS of their weights, if they have any, is known to ${100 * ESS_KNOWN_TO} %, at least half ` +
  `of the error bars are under ${100 * RESOLVED_BELOW} % of the exact value (${RESOLVED_BELOW} if that is near 0), and none is more than ${OFF}σ off. ` +
  `Red: one is more than ${SURELY_OFF}σ off, or more than ${OFF}σ when all else is resolved.`;

/** Judges the corrected (reweighted) estimates of `observables`, of which `ess` alone has no say of its own; `nameOf` gives a symbol. */
export function judge(observables: readonly Observable[], ess: Estimate | null, nameOf: (id: string) => string): Verdict {
  let known = 0;
  let resolved = 0;
  let samples = 0;
  let weighted = false;
  let worst = { id: "", size: 0 };
  for (const observable of observables) {
    const reference = target(observable);
    if (!reference) continue;
    known++;
    const corrected = correctedOf(observable);
    const distance = corrected && pull(corrected, reference);
    if (!corrected || distance === null) continue;
    samples = Math.max(samples, corrected.count);
    weighted ||= corrected.estimator === "reweighted";
    const size = Math.abs(reference.value);
    if ((corrected.error ?? Infinity) < RESOLVED_BELOW * (size < SMALL ? 1 : size)) resolved++;
    if (Math.abs(distance) > worst.size) worst = { id: observable.id, size: Math.abs(distance) };
  }
  const essKnown = ess !== null && ess.value !== null && ess.error !== null && ess.error < ESS_KNOWN_TO * ess.value;
  const enough = (essKnown || !weighted) && samples >= FEWEST_SAMPLES && resolved > 0 && 2 * resolved >= known;
  const counts = `${resolved} of ${known} corrected estimates are resolved${worst.id ? `, and ${nameOf(worst.id)} is ${worst.size.toFixed(1)}σ off` : ""}. `;
  const why = counts + RULE;
  if (worst.size > SURELY_OFF || (enough && worst.size > OFF)) {
    const distance = worst.size < 10 ? worst.size.toFixed(1) : worst.size < 1000 ? worst.size.toFixed(0) : "over 1000";
    return { kind: "bad", text: `${nameOf(worst.id)} is ${distance}σ off`, why };
  }
  if (!enough) return { kind: "open", text: "not yet resolved", why };
  return { kind: "good", text: `within ${Math.max(1, Math.ceil(worst.size))}σ`, why };
}

/** The effective samples for each sample drawn, whichever way they were estimated. */
export function essOf(observables: readonly Observable[] | null): (Estimate & { value: number }) | null {
  const ess = observables?.find((o) => o.id === "ess");
  return ess ? (estimateBy(ess, "reweighted") ?? estimateBy(ess, "raw") ?? estimateBy(ess, "metropolis")) : null;
}
