// Whether the model's estimates meet the exact answer: the rule behind the badge, in one place and in words.

import type { Estimate } from "./bindings/Estimate";
import type { Estimator } from "./bindings/Estimator";
import type { Observable } from "./bindings/Observable";
import { t } from "./language";

/** An error bar larger than this part of the value says little. */
const RESOLVED_BELOW = 0.02;
/** A value smaller than this is near 0: the error bar is measured against 1. */
const SMALL = 0.1;
/** A larger relative error of the effective sample size leaves open whether any error bar can be believed. */
const ESS_KNOWN_TO = 0.3;
/** Fewer samples than this are a glimpse of a model in training, not a measurement. */
const FEWEST_SAMPLES = 2000;
/** A run that draws fewer by its plan is judged when it has them, if they are enough for error bars that can be believed. */
const FEWEST_PLANNED = 100;
/** One of ten unbiased estimates is farther off than this in every fortieth run: too far for green. */
const OFF = 3;
/** Farther off than this no estimate is by chance. */
const SURELY_OFF = 5;

/** Differences of less than this, in numbers of order one, are those of the arithmetic. */
const ROUNDING = 1e-9;

/** How far an estimate is from what it is held against; nothing, where only rounding tells them apart. */
export function distance(value: number, standard: Standard): number {
  const by = value - standard.value;
  return Math.abs(by) <= ROUNDING * Math.max(1, Math.abs(standard.value)) ? 0 : by;
}

/** What the badge says. */
export interface Verdict {
  kind: "good" | "open" | "bad";
  text: string;
  /** The rule, and how it was met, as sentences. */
  why: string;
}

/** The estimate of `estimator` (and of `method`, if it is one of those), if it has a value. */
export function estimateBy(observable: Observable, estimator: Estimator, method: string | null = null): (Estimate & { value: number }) | null {
  const found = observable.estimates.find((e) => e.estimator === estimator && e.method === method);
  return found && found.value !== null && Number.isFinite(found.value) ? (found as Estimate & { value: number }) : null;
}

/** The estimate of the model after the best correction there is: by weights, by a Monte Carlo tail, by Metropolis. */
export function correctedOf(observable: Observable): (Estimate & { value: number }) | null {
  return estimateBy(observable, "reweighted") ?? estimateBy(observable, "tail") ?? estimateBy(observable, "metropolis");
}

/** What estimates are held against. */
export interface Standard {
  value: number;
  /** Its own standard error: 0 if it is exact, not a number if it is not known. */
  error: number;
  /** Whether it is the chain beside the model, for want of anything better. */
  isChain: boolean;
}

/** What a correct sampler meets. A limit that the lattice does not reach is none; where nothing is known, the chain has to do. */
export function standardOf(observable: Observable): Standard | null {
  const [first] = observable.references;
  if (first && first.kind !== "continuum" && Number.isFinite(first.value)) return { value: first.value, error: first.error, isChain: false };
  const chain = estimateBy(observable, "chain");
  return chain && { value: chain.value, error: chain.error ?? Number.NaN, isChain: true };
}

/** Distance in standard errors, those of the standard included; null without an error bar, and for what is its own standard. */
export function pull(estimate: Estimate, standard: Standard): number | null {
  if (estimate.value === null || estimate.error === null || (standard.isChain && estimate.estimator === "chain")) return null;
  const sigma = Math.hypot(estimate.error, standard.error);
  return sigma > 0 && Number.isFinite(sigma) ? distance(estimate.value, standard) / sigma : null;
}

/** The estimate that is judged: the corrected one; that of the samples as they are, where the lab corrects nothing. */
function judged(observable: Observable): (Estimate & { value: number }) | null {
  const corrects = observable.estimates.some(({ estimator }) => estimator === "reweighted" || estimator === "tail" || estimator === "metropolis");
  return corrects ? correctedOf(observable) : estimateBy(observable, "raw");
}

const rule = (fewest: number) =>
  `${t("Green: the estimates, corrected where they can be, rest on at least {fewest} samples, the ESS of weights is known to {ess} %, at least half of the error bars are under {resolved} % of the value ({small} if that is near 0), and none is more than {off}σ off.", {
    fewest,
    ess: 100 * ESS_KNOWN_TO,
    resolved: 100 * RESOLVED_BELOW,
    small: RESOLVED_BELOW,
    off: OFF,
  })} ${t("Red: one is more than {surely}σ from what is known without this run, or more than {off}σ when all else is resolved.", { surely: SURELY_OFF, off: OFF })}`;

/**
 * Judges the model's estimates of `observables`, of which `ess` alone has no say of its own; `nameOf` gives a symbol, `planned` is
 * how many samples the run draws. What is far from the chain only is left open: either of the two may be wrong.
 */
export function judge(observables: readonly Observable[], ess: Estimate | null, nameOf: (id: string) => string, planned: number): Verdict {
  const fewest = Math.min(FEWEST_SAMPLES, Math.max(FEWEST_PLANNED, planned));
  let [compared, byChain, resolved, samples, weighted] = [0, 0, 0, 0, false];
  let worst = { id: "", size: 0 };
  let farthest = worst;
  for (const observable of observables) {
    const standard = standardOf(observable);
    if (!standard) continue;
    compared++;
    if (standard.isChain) byChain++;
    const estimate = judged(observable);
    const sigmas = estimate && pull(estimate, standard);
    // Where nothing fluctuates there is no error; what is met to the last digit needs none.
    if (estimate && sigmas === null && !standard.isChain && distance(estimate.value, standard) === 0) {
      samples = Math.max(samples, estimate.count);
      resolved++;
    }
    if (!estimate || sigmas === null) continue;
    samples = Math.max(samples, estimate.count);
    weighted ||= estimate.estimator === "reweighted";
    const size = Math.abs(standard.value);
    if (Math.hypot(estimate.error!, standard.error) < RESOLVED_BELOW * (size < SMALL ? 1 : size)) resolved++;
    const off = { id: observable.id, size: Math.abs(sigmas) };
    if (standard.isChain && off.size > farthest.size) farthest = off;
    if (!standard.isChain && off.size > worst.size) worst = off;
  }
  // All weights equal: there is nothing that could be uncertain.
  const perfect = ess !== null && ess.value !== null && ess.value > 1 - ROUNDING;
  const essKnown = perfect || (ess !== null && ess.value !== null && ess.error !== null && ess.error < ESS_KNOWN_TO * ess.value);
  const enough = (essKnown || !weighted) && samples >= fewest && resolved > 0 && 2 * resolved >= compared;
  const said = ({ id, size }: typeof worst) => ({ name: nameOf(id), size: size < 10 ? size.toFixed(1) : size < 1000 ? size.toFixed(0) : t("over 1000") });
  const parts = [t("{n} of {all} estimates are resolved", { n: resolved, all: compared })];
  if (worst.id) parts.push(t("{name} is {size}σ off", said(worst)));
  if (byChain > 0) parts.push(t("{n} have no exact value and are compared with the chain", { n: byChain }));
  if (farthest.id) parts.push(t("{name} is {size}σ from it", said(farthest)));
  const why = `${parts.join(", ")}. ${rule(fewest)}`;
  if (worst.size > SURELY_OFF || (enough && worst.size > OFF)) return { kind: "bad", text: t("{name} is {size}σ off", said(worst)), why };
  if (farthest.size > SURELY_OFF || (enough && farthest.size > OFF)) return { kind: "open", text: t("{name} is {size}σ from the chain", said(farthest)), why };
  if (!enough) return { kind: "open", text: t("not yet resolved"), why };
  const n = Math.max(1, Math.ceil(Math.max(worst.size, farthest.size)));
  return { kind: "good", text: 2 * byChain > compared ? t("within {n}σ of the chain", { n }) : t("within {n}σ", { n }), why };
}

/** The effective samples for each sample drawn, whichever way they were estimated. */
export function essOf(observables: readonly Observable[] | null): (Estimate & { value: number }) | null {
  const ess = observables?.find((o) => o.id === "ess");
  return ess ? (estimateBy(ess, "reweighted") ?? estimateBy(ess, "raw") ?? estimateBy(ess, "metropolis")) : null;
}
