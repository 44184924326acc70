// The stage: what the chain and the model draw, side by side on one scale.

import type { Observable } from "./bindings/Observable";
import type { View } from "./bindings/View";
import { byId, setText } from "./dom";
import { number } from "./format";
import { mathOf } from "./math";
import { type State, stageView } from "./store";
import { essOf } from "./verdict";
import { PathsRenderer, SharedRange } from "./views/paths";

/** The two panes. */
export class Stage {
  readonly #range = new SharedRange();
  readonly #panes: PathsRenderer[];
  readonly #chainNote = byId("chain-note");
  readonly #modelNote = byId("model-note");

  constructor() {
    const pane = (id: string, roles: ConstructorParameters<typeof PathsRenderer>[1], label: string) =>
      new PathsRenderer(byId(id), roles, this.#range, label);
    this.#panes = [
      pane("chain-canvas", ["chain", "truth", "limit"], "Monte Carlo chain"),
      pane("model-canvas", ["model", "corrected", "truth", "limit"], "Model"),
    ];
    const watcher = new ResizeObserver(() => this.redraw());
    for (const id of ["chain-canvas", "model-canvas"]) watcher.observe(byId(id));
  }

  /** Another run: its paths may lie elsewhere. */
  reset(): void {
    this.#range.reset();
  }

  draw(view: View): void {
    for (const pane of this.#panes) pane.draw(view);
  }

  redraw(): void {
    for (const pane of this.#panes) pane.redraw();
  }

  /** Writes names and figures into the headings. */
  head(state: State): void {
    const { lab, params, observables } = state;
    setText(byId("chain-kind"), choiceLabel(state, "chain") ?? "Monte Carlo");
    setText(byId("model-name"), choiceLabel(state, "model") ?? "Model");
    const tau = slowest(observables);
    setText(this.#chainNote, tau === null ? "" : `τ = ${number(tau, 2)}`);
    this.#chainNote.title = "Integrated autocorrelation time of the slowest observable, in updates: how long the chain remembers.";
    const estimate = essOf(observables);
    setText(this.#modelNote, estimate ? `ESS ${number(estimate.value, 2)}` : "");
    this.#modelNote.title = "Effective samples for each sample drawn: 1 if the model were exact. It can be high though half of the theory is missing.";
    void params;
    const spec = lab.views.find((v) => v.id === stageView(lab));
    if (!spec) return;
    for (const place of document.querySelectorAll(".stage-axis")) {
      place.replaceChildren(mathOf(spec.y.symbol), document.createTextNode(" against "), mathOf(spec.x.symbol));
      place.setAttribute("title", `${spec.y.label} against ${spec.x.label}`);
    }
  }
}

/** The label of the choice made for a parameter that names the chain or the model, if the lab has one. */
function choiceLabel({ lab, params }: State, what: "chain" | "model"): string | null {
  const spec = lab.params.find((p) => p.kind.type === "choice" && p.id === what);
  if (spec?.kind.type !== "choice") return null;
  return spec.kind.options.find((o) => o.id === params[spec.id])?.label ?? null;
}

/** The largest autocorrelation time among the chain's observables: the one that tells whether its errors can be believed. */
function slowest(observables: readonly Observable[] | null): number | null {
  const times = (observables ?? []).flatMap((o) => o.estimates.filter((e) => e.estimator === "chain").map((e) => e.tau_int ?? 0));
  const longest = Math.max(0, ...times);
  return longest > 0 ? longest : null;
}
