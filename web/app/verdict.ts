// Whether the corrected estimates meet the exact answer: the rule behind the badge, in one place and in words.

import type { Estimate } from "./bindings/Estimate";
import type { Estimator } from "./bindings/Estimator";
import type { Observable } from "./bindings/Observable";
import type { Reference } from "./bindings/Reference";

/** An error bar larger than this part of the exact value says little. */
const RESOLVED_BELOW = 0.02;
/** With fewer effective samples than this even the error bar is a guess. */
const FEWEST_EFFECTIVE = 50;
/** Fewer samples than this are a glimpse of a model in training, not a measurement. */
const FEWEST_SAMPLES = 2000;
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
  `The badge tells the largest distance among the corrected estimates that rest on at least ${FEWEST_EFFECTIVE} effective samples, ` +
  `as soon as the error bars of half of all are under ${100 * RESOLVED_BELOW} % of the exact value. ` +
  `It waits for ${FEWEST_SAMPLES} samples, but not to tell of an estimate more than ${SURELY_OFF}σ off. ` +
  "A sampler without any bias still has one of seven independent estimates beyond 2σ in every fourth run, and beyond 3σ in every fiftieth.";

/** Judges the corrected (reweighted) estimates of `observables`; `nameOf` gives an observable's symbol. */
export function judge(observables: readonly Observable[], nameOf: (id: string) => string): Verdict {
  let known = 0;
  let resolved = 0;
  let worst = { id: "", size: 0 };
  for (const observable of observables) {
    const reference = target(observable);
    if (!reference) continue;
    known++;
    const corrected = estimateBy(observable, "reweighted");
    const distance = corrected && pull(corrected, reference);
    if (!corrected || distance === null || (corrected.ess !== null && corrected.ess < FEWEST_EFFECTIVE)) continue;
    if (corrected.count >= FEWEST_SAMPLES && (corrected.error ?? Infinity) <= RESOLVED_BELOW * Math.abs(reference.value)) resolved++;
    if (Math.abs(distance) > worst.size) worst = { id: observable.id, size: Math.abs(distance) };
  }
  const counts = `${resolved} of ${known} corrected estimates are resolved. `;
  const enough = resolved > 0 && 2 * resolved >= known;
  if (!enough && worst.size <= SURELY_OFF) return { kind: "open", text: "not yet resolved", why: counts + RULE };
  const why = `${counts}The farthest is ${nameOf(worst.id)}, ${worst.size.toFixed(1)}σ off. ${RULE}`;
  if (worst.size <= 3) return { kind: "good", text: `within ${Math.max(1, Math.ceil(worst.size))}σ`, why };
  const distance = worst.size < 10 ? worst.size.toFixed(1) : worst.size < 1000 ? worst.size.toFixed(0) : "over 1000";
  return { kind: "bad", text: `${nameOf(worst.id)} is ${distance}σ off`, why };
}
