// The code of a result: a hash of the exercise, of the link, of the prediction and of every number of the finished run, to the last bit.
// On the CPU a run is a function of its link, so that anybody can make the run anew and compare.

import { CurveHash } from "../loss_hash";
import { presetViews, type State } from "../store";
import { writeHash } from "../url_state";
import { asked } from "./task";

/** A code, the steps and samples at which it was taken (800/32768), and the address that carries both. */
export type Result = Readonly<Record<"code" | "at" | "link", string>>;

/** Whether the run has made its plan: the one moment at which codes are taken. */
export const isComplete = ({ activity, step, samples, plan }: State): boolean => activity === "finished" && step === plan.steps && samples >= plan.samples;

/** The result of the finished run in `state`, for a prediction. */
export function resultOf(state: State, predicted: string): Result {
  const at = `${state.step}/${state.samples}`;
  const hash = new CurveHash();
  hash.push(new TextEncoder().encode(JSON.stringify([canonical(state), predicted, at])));
  for (const { estimates } of state.observables ?? []) {
    hash.push(Float64Array.from(estimates.flatMap(({ value, error, count }) => [value, error, count]), (one) => one ?? Infinity));
  }
  const code = hash.text;
  const address = writeHash({ ...state, wish: "auto", hidden: [], embed: "full", task: { ...asked(state.task), predicted, result: code, at } });
  return { code, at, link: `${location.href.split("#")[0]}#${address}` };
}

/** What the run depends on, and the exercise: not how much of the page is shown. */
function canonical(state: State): string {
  return writeHash({ ...state, plotted: presetViews(state.lab, state.preset), wish: "auto", hidden: [], embed: "full", task: asked(state.task) });
}
