// The stage: what the chain and the model draw, side by side on one scale; or, of labs that compare methods, one wide picture.

import type { LabDescription } from "./bindings/LabDescription";
import type { Observable } from "./bindings/Observable";
import type { Role } from "./bindings/Role";
import type { View } from "./bindings/View";
import type { ViewKind } from "./bindings/ViewKind";
import type { ViewSpec } from "./bindings/ViewSpec";
import { byId, filled, setAttributes, setText } from "./dom";
import { number, prose } from "./format";
import { t } from "./language";
import { mathOf } from "./math";
import { type State, stageView } from "./store";
import { essOf } from "./verdict";
import { FieldRenderer } from "./views/field";
import { PathsRenderer, SharedRange } from "./views/paths";
import type { Renderer } from "./views/renderer";
import { SpectrumRenderer } from "./views/spectrum";
import { SpinsRenderer } from "./views/spins";

const PANES: readonly { id: string; roles: readonly Role[]; label: string }[] = [
  { id: "chain-canvas", roles: ["chain", "truth", "limit"], label: t("Monte Carlo chain") },
  { id: "model-canvas", roles: ["model", "corrected", "truth", "limit"], label: t("Model") },
];

/** The one wide pane. */
const SPECTRUM = "spectrum-canvas";

/** After a longer name there is no room for the word "chain". */
const LONG_NAME = 12;

/** What draws a lab's large view: one in each of two hosts, for chain and model, or one in the only host. */
export function panesOf(spec: ViewSpec | null, hosts: readonly HTMLElement[], legend: HTMLElement, range = new SharedRange()): Renderer[] {
  if (spec?.kind === "spectrum") return [new SpectrumRenderer(hosts[0]!, legend, spec)];
  const Kind = spec?.kind === "field" ? FieldRenderer : PathsRenderer;
  return hosts.map((host, nth) => {
    const { roles, label } = PANES[nth]!;
    return spec?.kind === "spins" ? new SpinsRenderer(host, roles, label, nth === 0) : new Kind(host, roles, range, label);
  });
}

/** The two panes. */
export class Stage {
  readonly #range = new SharedRange();
  #panes: Renderer[] = [];
  #kind: ViewKind | null = null;
  readonly #axis = byId("stage-axis");
  readonly #chainNote = byId("chain-note");
  readonly #modelNote = byId("model-note");

  constructor() {
    const watcher = new ResizeObserver(() => this.redraw());
    for (const { id } of [...PANES, { id: SPECTRUM }]) watcher.observe(byId(id));
  }

  /** Prepares for what the lab draws large. */
  build(lab: LabDescription): void {
    for (const pane of this.#panes) pane.destroy();
    this.#range.reset();
    const spec = lab.views.find((v) => v.id === stageView(lab)) ?? null;
    this.#kind = spec?.kind ?? null;
    const wide = this.#kind === "spectrum";
    for (const pane of document.querySelectorAll<HTMLElement>("#stage .pane")) pane.hidden = (pane.id === "spectrum-pane") !== wide;
    setAttributes(byId("stage"), { "aria-label": wide ? spec!.title : t("Chain and model") });
    this.#axis.hidden = this.#kind === "spins" || wide;
    if (spec && wide) {
      setText(byId("spectrum-name"), spec.title);
      setAttributes(byId("spectrum-about"), { "aria-label": t("About {what}", { what: spec.title }), "data-tip": prose(spec.doc) });
    }
    this.#panes = panesOf(spec, wide ? [byId(SPECTRUM)] : PANES.map(({ id }) => byId(id)), byId("spectrum-legend"), this.#range);
    if (!spec || this.#kind === "spins" || wide) return;
    const { x, y, doc } = spec;
    this.#axis.replaceChildren(...(spec.kind === "field" ? [t("waiting for the first configurations")] : filled(t("{y} against {x}"), { y: mathOf(y.symbol), x: mathOf(x.symbol) })));
    this.#axis.title = spec.kind === "field" ? prose(doc) : t("{y} against {x}", { y: y.label, x: x.label });
  }

  /** The chain's spins, if that is what is drawn. */
  get spins(): SpinsRenderer | null {
    const [chain] = this.#panes;
    return chain instanceof SpinsRenderer ? chain : null;
  }

  /** The wide picture, if that is what is drawn. */
  get spectrum(): SpectrumRenderer | null {
    const [pane] = this.#panes;
    return pane instanceof SpectrumRenderer ? pane : null;
  }

  /** Another run: its paths may lie elsewhere. */
  reset(): void {
    this.#range.reset();
    this.spectrum?.reset();
  }

  draw(view: View): void {
    for (const pane of this.#panes) pane.draw(view);
    // Pictures have no axes, but this to tell.
    if (this.#kind !== "field") return;
    const others = this.#panes.some((pane) => pane instanceof FieldRenderer && pane.showsOthers);
    setText(this.#axis, others ? t("the newest configuration large, others small") : t("the newest configuration"));
  }

  redraw(): void {
    for (const pane of this.#panes) pane.redraw();
  }

  /** Writes names and figures into the headings. */
  head(state: State): void {
    if (this.#kind === "spectrum") return;
    const { observables } = state;
    const name = choiceLabel(state, "chain") ?? "Monte Carlo";
    setText(byId("chain-name"), name.length > LONG_NAME ? name : t("{name} chain", { name }));
    // Where `model` is the theory's, the network tells what the model is.
    setText(byId("model-name"), choiceLabel(state, this.#kind === "spins" ? "network" : "model") ?? t("Model"));
    const tau = slowest(observables);
    setText(this.#chainNote, tau === null ? "" : `τ = ${number(tau, 2)}`);
    this.#chainNote.title = t("Integrated autocorrelation time of the slowest observable, in updates: how long the chain remembers.");
    const estimate = essOf(observables);
    setText(this.#modelNote, estimate ? `ESS ${number(estimate.value, 2)}` : "");
    this.#modelNote.title = t("Effective samples for each sample drawn: 1 if the model were exact. It can be high though half of the theory is missing.");
  }
}

/** The label of the choice made for a parameter that names the chain or the model, if the lab has one. */
function choiceLabel({ lab, params }: State, what: "chain" | "model" | "network"): string | null {
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
