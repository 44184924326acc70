// The plot column: the views that the preset shows, each to be exchanged for any other.

import type { LabDescription } from "./bindings/LabDescription";
import type { Series } from "./bindings/Series";
import type { View } from "./bindings/View";
import type { ViewSpec } from "./bindings/ViewSpec";
import { freshId, h } from "./dom";
import { prose } from "./format";
import { t } from "./language";
import type { LossHistory } from "./loss_history";
import type { Ghost } from "./compare/pins";
import { type Plotted, plotMenu, type Take } from "./plot_menu";
import type { Race } from "./race";
import { stageView } from "./store";
import { makeRenderer, type Renderer } from "./views";
import { NOISE } from "./views/marks";

/** A place for one view, with its picker. */
interface Card {
  element: HTMLElement;
  host: HTMLElement;
  id: string;
  renderer: Renderer;
  onScreen: boolean;
  plotted: Plotted;
  /** What was drawn last. */
  view: View | null;
}

/** A title of more letters is written smaller, so that all of it can be read beside its neighbour. */
const LONG_TITLE = 30;

/** The id of the view whose curve the page has itself, from the losses that it was sent. */
const LOSS = "loss";
/** And the one that needs a clock. */
const RACE = "race";

/** The plot column. */
export class Plots {
  #cards: Card[] = [];
  readonly #sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) this.#cards.find((card) => card.host === target)?.renderer.redraw();
  });
  readonly #sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const card = this.#cards.find((one) => one.element === target);
      if (card) card.onScreen = isIntersecting;
    }
    this.wanted();
  });

  constructor(
    private readonly column: HTMLElement,
    private readonly losses: LossHistory,
    private readonly race: Race,
    private readonly pick: (nth: number, id: string) => void,
    /** Tells that another set of views is wanted. */
    private readonly wanted: () => void,
    private readonly take: Take,
    /** What pinned runs have in a view. */
    private readonly ghosts: (id: string) => readonly Ghost[],
  ) {}

  /** What is shown, to be taken away. */
  get shown(): readonly Plotted[] {
    return this.#cards.map((card) => card.plotted);
  }

  /** The views to ask for: those that can be seen. */
  get visible(): string[] {
    return this.#cards.filter((card) => card.onScreen).map((card) => card.id);
  }

  /** Shows these views. */
  show(lab: LabDescription, ids: readonly string[]): void {
    const choices = lab.views.filter((v) => v.id !== stageView(lab));
    for (const card of this.#cards) {
      card.renderer.destroy();
      this.#sizes.unobserve(card.host);
      this.#sight.unobserve(card.element);
    }
    this.#cards = ids.map((id, nth) => this.#card(choices, choices.find((v) => v.id === id)!, nth));
    this.column.replaceChildren(...this.#cards.map((card) => card.element));
    for (const card of this.#cards) {
      this.#sizes.observe(card.host);
      this.#sight.observe(card.element);
    }
    this.wanted();
  }

  draw(views: readonly View[]): void {
    for (const card of this.#cards) {
      const view = views.find((v) => v.id === card.id);
      if (!view || !card.onScreen) continue;
      card.view = this.whole(view);
      card.renderer.draw(card.view);
    }
  }

  /** Other runs are pinned. */
  haunt(): void {
    for (const card of this.#cards) card.renderer.haunt?.(this.ghosts(card.id));
  }

  redraw(): void {
    for (const card of this.#cards) card.renderer.redraw();
  }

  #card(choices: readonly ViewSpec[], spec: ViewSpec, nth: number): Card {
    const id = freshId("view");
    const select = h("select", { id, class: "heading", "aria-label": t("Plot {n}", { n: nth + 1 }), title: prose(spec.doc) });
    if (spec.title.length > LONG_TITLE) select.classList.add("long");
    select.append(...choices.map((v) => h("option", { value: v.id, selected: v.id === spec.id }, v.title)));
    select.addEventListener("change", () => this.pick(nth, select.value));
    const info = h("button", { type: "button", class: "info", "aria-label": t("About {what}", { what: spec.title }), "data-tip": prose(spec.doc) }, "?");
    const host = h("div", { class: "view" });
    const renderer = makeRenderer(host, spec);
    renderer.haunt?.(this.ghosts(spec.id));
    const plotted = { spec, host, redraw: () => renderer.redraw(), numbers: () => this.#numbers(card) };
    const element = h("div", { class: `plot ${spec.kind}` }, h("div", { class: "plot-head" }, select, info, plotMenu(plotted, this.take)), host);
    element.dataset["view"] = spec.id;
    const card: Card = { element, host, id: spec.id, renderer, onScreen: true, plotted, view: null };
    return card;
  }

  /** All numbers of a view: of the loss every single one. */
  #numbers({ id, view }: Card): View | null {
    if (id !== LOSS || !view || this.losses.length === 0) return view;
    const { x, y } = this.losses.curve(Infinity);
    return { ...view, series: [{ name: "loss", role: "model", method: null, mark: "line", x, y, error: new Float32Array() }] };
  }

  /** The view with what the page knows itself. */
  whole(view: View): View {
    if (view.id === RACE) return this.race.drawn(view);
    return view.id === LOSS ? this.#withLosses(view) : view;
  }

  /** The core knows the floor of the loss; its history is here. */
  #withLosses(view: View): View {
    if (view.series.length > 0 || this.losses.length === 0) return view;
    const { x, y } = this.losses.curve();
    const none = new Float32Array();
    const curve = { name: "loss", role: "model", method: null, mark: "line", x, y, error: none } as const;
    const smooth = this.losses.smoothed();
    const series: Series[] = smooth ? [{ ...curve, name: NOISE }, { ...curve, name: "loss, averaged", ...smooth }] : [curve];
    const { breaks } = this.losses;
    if (breaks.length > 0) {
      const seen = y.filter(Number.isFinite);
      const [low, high] = [Math.min(...seen), Math.max(...seen)];
      const needles = { x: breaks.flatMap((at) => [at, at, at]), y: breaks.flatMap(() => [low, high, Number.NaN]) };
      series.push({ ...curve, name: t("training changed by hand"), role: "limit", x: Float32Array.from(needles.x), y: Float32Array.from(needles.y) });
    }
    return { ...view, series };
  }
}
