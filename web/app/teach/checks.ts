// What is checked in the tab: "ess>0.5@60" is an ESS above 0.5 within 60 seconds of computing, "helicity_modulus:chain~2/pi/beta" a meeting
// within two standard errors, "ln_z:raw:sigma<2" a distance from the exact value, "objective=forward_kl" a choice.
//
// A quantity is a parameter, `step`, `pi`, or an observable: its id, whose estimate (the corrected one if nothing is said), and, if not
// the value, which number of it.

import type { Estimate } from "../bindings/Estimate";
import type { LabDescription } from "../bindings/LabDescription";
import type { Observable } from "../bindings/Observable";
import { waysOfEstimating } from "../estimators";
import { number } from "../format";
import { t } from "../language";
import { plainMath } from "../math";
import type { State } from "../store";
import { correctedOf, estimateBy, pull, standardOf } from "../verdict";

/** A value with its standard error, 0 if it has none to be known. */
export interface Measured {
  value: number;
  error: number;
}

/** A check in its parts. */
export interface Check {
  readonly left: string;
  readonly relation: "<" | ">" | "~" | "=";
  readonly right: string;
  /** Most seconds of computing; infinite if there is no limit. */
  readonly seconds: number;
}

/** What a check may say of a quantity beside its value. */
const MEASURES = ["error", "sigma", "tau"];
/** A meeting is one within so many standard errors. */
export const MEETS = 2;
/** Where nothing fluctuates, what is meant is equality, but for rounding. */
const ROUNDING = 1e-9;

/** Reads a check; null if it is none. */
export function readCheck(text: string): Check | null {
  const [, left, relation, right, seconds] = /^([^<>~=@]+)([<>~=])([^<>~=@]+)(?:@(\d+))?$/.exec(text.trim()) ?? [];
  return left && right ? { left, relation: relation as Check["relation"], right, seconds: Number(seconds ?? Infinity) } : null;
}

/** Whether every quantity of a check is one that a lab has. */
export function isOf({ left, relation, right }: Check, { params, observables }: LabDescription): boolean {
  const known = new Set(["pi", "step", ...params.map(({ id }) => id), ...observables.map(({ id }) => id)]);
  const terms = [left, ...(relation === "=" ? [] : [right])].flatMap((side) => side.split(/(?<!\de)[-+*/]/));
  return terms.every((term) => term.trim() === "" || !Number.isNaN(Number(term)) || known.has(term.trim().split(":")[0]!));
}

/** What all of the computing has taken. */
export const secondsOf = ({ seconds: { train, chain, sample } }: State): number => train + chain + sample;

/** Whether a check is met by the numbers of a state, whatever the time. */
export function holds({ left, relation, right }: Check, state: State): boolean {
  if (relation === "=") return String(state.params[left] ?? valueOf(left, state)?.value) === right;
  const [a, b] = [valueOf(left, state), valueOf(right, state)];
  if (!a || !b) return false;
  if (relation === "~") return Math.abs(a.value - b.value) <= Math.max(ROUNDING, MEETS * Math.hypot(a.error, b.error));
  return relation === "<" ? a.value < b.value : a.value > b.value;
}

/** The value of a formula of quantities, its parts taken as independent; null as long as one of them has none. */
export function valueOf(text: string, state: State): Measured | null {
  // A sign in an exponent is none between two terms; before the first, there is nothing, which is 0.
  const [, left, sign, right] = /^(.*)(?<!\de)([+-])(.*)$/.exec(text) ?? /^(.*)([*/])(.*)$/.exec(text) ?? [];
  if (sign === undefined) return quantity(text.trim(), state);
  const [a, b] = [valueOf(left!, state), valueOf(right!, state)];
  if (!a || !b) return null;
  if (sign === "+" || sign === "-") return { value: sign === "+" ? a.value + b.value : a.value - b.value, error: Math.hypot(a.error, b.error) };
  const by = sign === "*" ? b.value : 1 / b.value;
  return { value: a.value * by, error: Math.hypot(a.error * by, a.value * (sign === "*" ? b.error : b.error * by * by)) };
}

function quantity(name: string, state: State): Measured | null {
  const known = name === "pi" ? Math.PI : name === "step" ? state.step : Number(state.params[name] ?? name);
  if (!Number.isNaN(known)) return { value: known, error: 0 };
  const { id, way, measure } = named(name);
  const observable = state.observables?.find((one) => one.id === id);
  if (!observable) return null;
  const standard = standardOf(observable);
  if (way === "exact") return standard && { value: standard.value, error: standard.error || 0 };
  const estimate = estimateOf(observable, way);
  if (!estimate) return null;
  const sigmas = measure === "sigma" && standard ? pull(estimate, standard) : null;
  const value = { value: estimate.value, error: estimate.error, tau: estimate.tau_int, sigma: sigmas && Math.abs(sigmas) }[measure] ?? null;
  return value === null ? null : { value, error: measure === "value" ? (estimate.error ?? 0) : 0 };
}

/** An observable's name in its parts: `x2`, `x2:chain`, `x2:chain:error`, `x2:error`. */
function named(name: string): { id: string; way: string; measure: "value" | "error" | "sigma" | "tau" } {
  const [id = "", ...rest] = name.split(":");
  const measure = MEASURES.find((one) => rest.includes(one)) as "error" | undefined;
  return { id, way: rest.find((one) => one !== measure) ?? "", measure: measure ?? "value" };
}

function estimateOf(observable: Observable, way: string): (Estimate & { value: number }) | null {
  if (way) return observable.estimates.some((e) => e.method === way) ? estimateBy(observable, "method", way) : estimateBy(observable, way as "raw");
  const corrected = correctedOf(observable);
  const first = observable.estimates.find((e) => e.value !== null) as (Estimate & { value: number }) | undefined;
  return corrected ?? estimateBy(observable, "raw") ?? first ?? null;
}

/** A check for people. */
export function said(check: Check, state: State): string {
  const relation = { "<": "<", ">": ">", "~": "=", "=": "=" }[check.relation];
  const text = `${saidTerm(check.left, state)} ${relation} ${saidTerm(check.right, state)}`;
  return check.seconds < Infinity ? t("{check} within {n} s of computing", { check: text, n: check.seconds }) : text;
}

/** A quantity for people: symbols of what the lab declares, and whose estimate. */
export function saidTerm(text: string, { lab }: State): string {
  const ways = waysOfEstimating();
  return text.replace(/[a-z_]\w*(?::\w+)*|\d[\d.]*(?:e-?\d+)?|\*/gi, (word) => {
    if (word === "*") return " · ";
    if (/^\d/.test(word)) return number(Number(word));
    const { id, way, measure } = named(word);
    const spec = lab.observables.find((o) => o.id === id) ?? lab.params.find((p) => p.id === id);
    if (!spec) return id === "pi" ? "π" : id;
    const symbol = plainMath(spec.symbol) || spec.label;
    const found = ways.find((one) => (one.method ?? one.id) === way);
    const whose = way === "exact" ? t("exact") : found && (found.method ? found.name : found.short);
    const one = whose ? `${symbol} (${whose})` : symbol;
    if (measure === "sigma") return t("distance of {what} from exact in errors", { what: one });
    if (measure === "error") return t("error of {what}", { what: one });
    return measure === "tau" ? t("τ of {what}", { what: one }) : one;
  });
}
