// Whether methods of reconstruction meet the truth, and whether they fit the data: the rule behind the badge of labs that
// compare many, in one place and in words.

import type { Observable } from "./bindings/Observable";
import type { ObservableSpec } from "./bindings/ObservableSpec";
import { t } from "./language";
import { allMethods, methodsParam } from "./methods";
import type { State } from "./store";
import { essOf, estimateBy, judge, pull, standardOf, type Verdict } from "./verdict";

/** A method meets the truth if it is nearer than so many of its own standard errors. */
const NEAR = 2;
/** `chi^2` per point between these fits the data: neither misses them nor runs after their noise. */
const FITS = [0.5, 1.5] as const;
const CHI2 = "chi2_per_point";
/** So many replicas tell how large an error bar is, to some 20 %. */
const FEWEST_REPLICAS = 12;
/** Green takes so many of the methods, red is less than so many. */
const MOST = 2 / 3;
const FEW = 1 / 3;

/** How many methods have the exact value within their doubled error, of those that have an error; null if none has or nothing is known. */
export function meets(observable: Observable): { within: number; judged: number } | null {
  const standard = standardOf(observable);
  if (!standard || standard.isChain) return null;
  const pulls = allMethods().flatMap(({ id }) => {
    const estimate = estimateBy(observable, "method", id);
    const distance = estimate && pull(estimate, standard);
    return distance === null ? [] : [Math.abs(distance)];
  });
  return pulls.length > 0 ? { within: pulls.filter((p) => p <= NEAR).length, judged: pulls.length } : null;
}

/** Judges the methods by `first`, the observable that the lab names first, and by how they fit; `name` its label, `planned` the number of replicas. */
export function judgeMethods(first: Observable | undefined, all: readonly Observable[], name: string, planned: number): Verdict {
  const chi2 = all.find((o) => o.id === CHI2);
  const [near, far, unknown, fitting, missing]: [string[], string[], string[], string[], string[]] = [[], [], [], [], []];
  const standard = first && standardOf(first);
  let replicas = Infinity;
  for (const { id, label } of allMethods()) {
    const fit = chi2 && estimateBy(chi2, "method", id);
    if (fit) (fit.value >= FITS[0] && fit.value <= FITS[1] ? fitting : missing).push(label);
    const estimate = first && estimateBy(first, "method", id);
    if (!estimate) continue;
    const distance = standard && pull(estimate, standard);
    if (typeof distance !== "number") unknown.push(label);
    else {
      replicas = Math.min(replicas, estimate.count);
      (Math.abs(distance) <= NEAR ? near : far).push(`${label} (${Math.abs(distance).toFixed(1)}σ)`);
    }
  }
  const judged = near.length + far.length;
  const fitted = fitting.length + missing.length;
  const list = (names: readonly string[], say: (names: string) => string) => (names.length > 0 ? [say(names.join(", "))] : []);
  const why = [
    ...list(near, (names) => t("Exact {name} within {n}σ: {names}.", { name, n: NEAR, names })),
    ...list(far, (names) => t("Farther off: {names}.", { names })),
    ...list(unknown, (names) => (standard ? t("Without an error bar: {names}.", { names }) : t("The exact value is not known: {names}.", { names }))),
    ...list(fitting, (names) => t("χ² per point from {low} to {high}: {names}.", { low: FITS[0], high: FITS[1], names })),
    ...list(missing, (names) => t("Beyond that: {names}.", { names })),
    t("Green: at least two thirds of the methods have the exact {name} within {n} of their own standard errors, and at least two thirds fit the data.", { name, n: NEAR }),
    t("Red: less than a third have it. If all error bars were right, it would be 19 of 20: most tell how the answer moves with the noise, not what the method cannot see."),
  ].join(" ");
  if (judged === 0 || replicas < Math.min(FEWEST_REPLICAS, planned)) {
    return { kind: "open", text: fitted > 0 ? t("{n} of {all} fit the data", { n: fitting.length, all: fitted }) : t("not yet resolved"), why };
  }
  const text = t("{n} of {all} within {sigmas}σ", { n: near.length, all: judged, sigmas: NEAR });
  if (near.length < FEW * judged) return { kind: "bad", text, why };
  return { kind: near.length >= MOST * judged && fitting.length >= MOST * fitted ? "good" : "open", text, why };
}

/** The verdict on the run, by the rule of its lab; `nameOf` gives an observable's symbol. */
export function verdictOn({ lab, observables, plan }: State, nameOf: (spec: ObservableSpec) => string): Verdict {
  const specOf = (id: string) => lab.observables.find((spec) => spec.id === id);
  const shown = (observables ?? []).filter(({ id }) => specOf(id)?.diagnostic === false);
  const [first] = shown;
  if (methodsParam(lab)) return judgeMethods(first, observables ?? [], specOf(first?.id ?? "")?.label ?? "", plan.samples);
  const name = (id: string) => {
    const spec = specOf(id);
    return spec ? nameOf(spec) : id;
  };
  return judge(shown, essOf(observables), name, plan.samples);
}
