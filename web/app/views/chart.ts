// Curves, histograms and scatter plots: marks between two axes, and the point under the pointer in the legend.

import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import type { ViewSpec } from "../bindings/ViewSpec";
import { filled, h, placeIn, setAttributes, setText } from "../dom";
import { number } from "../format";
import { t, told } from "../language";
import { mathOf, plainMath } from "../math";
import { isShown, methodOf } from "../methods";
import type { Ghost } from "../compare/pins";
import { theme } from "../theme";
import { drawGrid, type Plane, within } from "./grid";
import { drawLevels, drawSeries, isReference, nameGhost, NOISE } from "./marks";
import { sized } from "./paths";
import { rangeOfX, rangeOfY } from "./range";
import type { Renderer } from "./renderer";

/** How far from a point, in CSS pixels, the pointer still reads it. */
const REACH = 40;
/** Of more methods the legend names only the one that is pointed at: they have the colours of the large picture. */
const MOST_NAMED = 4;

/** A chart with axes, a legend that reads out the point under the pointer, and a description in words. */
export class ChartRenderer implements Renderer {
  readonly #legend = h("ul", { class: "legend" });
  readonly #canvas = h("canvas", { role: "img" });
  readonly #cursor = h("div", { class: "cursor", hidden: true });
  readonly #plot = h("div", { class: "chart" }, this.#canvas, this.#cursor);
  readonly #axes: HTMLElement;
  #view: View | null = null;
  #ghosts: readonly Ghost[] = [];
  #plane: Plane | null = null;
  #items: { series: readonly Series[]; value: HTMLElement; unnamed: boolean; element: HTMLElement }[] = [];
  #names = "";
  #described = -Infinity;

  constructor(
    host: HTMLElement,
    private readonly spec: ViewSpec,
  ) {
    setAttributes(this.#canvas, { "aria-label": t("{what}: nothing drawn yet", { what: spec.title }) });
    for (const event of ["pointermove", "pointerdown", "pointerleave"] as const) {
      this.#plot.addEventListener(event, (at) => this.#point(event === "pointerleave" ? null : placeIn(this.#plot, at)));
    }
    host.append(this.#legend, this.#plot);
    const [y, x] = (["y", "x"] as const).map((axis) => {
      const { symbol, label } = spec[axis];
      return h("span", { title: label }, symbol ? mathOf(symbol) : label);
    });
    this.#axes = h("li", { class: "axes", "aria-hidden": "true" }, ...filled(t("{y} against {x}"), { y: y!, x: x! }));
  }

  draw(view: View): void {
    this.#view = view;
    this.redraw();
    this.#describe(view);
  }

  haunt(ghosts: readonly Ghost[]): void {
    this.#ghosts = ghosts;
    if (this.#view) this.draw(this.#view);
  }

  redraw(): void {
    const view = this.#view;
    if (view) this.#writeLegend(view);
    const context = sized(this.#canvas, this.#plot);
    if (!context || !view) return;
    const { clientWidth, clientHeight } = this.#plot;
    const { x, y, kind } = this.spec;
    const shown = { ...view, series: view.series.filter(isShown) };
    const ghosts = this.#ghosts.map((ghost) => ({ ...ghost, series: ghost.series.filter(isShown) }));
    const seen = { ...shown, series: [...shown.series, ...ghosts.flatMap((ghost) => ghost.series)] };
    const ranges = { x: rangeOfX(seen, x.log), y: rangeOfY(seen, y.log, kind) };
    const plane = drawGrid(context, this.spec, ranges, clientWidth, clientHeight);
    this.#plane = plane;
    within(context, plane, () => {
      const frame = { context, plane, barSeries: shown.series.filter((s) => s.mark === "bars").length };
      for (const ghost of ghosts) for (const series of ghost.series) drawSeries(frame, series, 1, true);
      ghosts.forEach((ghost, nth) => nameGhost(frame, ghost, nth));
      // References last, so that they are never hidden by what they are to be compared with.
      const ordered = [...shown.series].sort((a, b) => Number(isReference(a.role)) - Number(isReference(b.role)));
      const groups = grouped(shown.series);
      for (const series of ordered) drawSeries(frame, series, series.name === NOISE ? FAINT : strength(series, groups));
      drawLevels(frame, shown.levels);
    });
    if (isEmpty(view)) {
      const why = reasonOf(view);
      context.fillStyle = theme().dim;
      context.textAlign = "center";
      context.fillText(why, clientWidth / 2, clientHeight / 2, clientWidth - 40);
    }
  }

  destroy(): void {
    this.#legend.remove();
    this.#plot.remove();
  }

  #writeLegend(view: View): void {
    const groups = isEmpty(view) ? [] : grouped(view.series.filter((s) => s.name !== NOISE && isShown(s)));
    const pinned = this.#ghosts.map(({ letter }) => letter).join(", ");
    const names = JSON.stringify([pinned, groups.map((g) => [g.name, lookOf(g.series)])]);
    if (names === this.#names) {
      groups.forEach(({ series }, i) => (this.#items[i]!.series = series));
      return;
    }
    this.#names = names;
    const crowd = groups.filter((g) => g.series[0]!.method !== null).length > MOST_NAMED;
    this.#items = groups.map(({ name, series }) => {
      const value = h("span", { class: "read" });
      const unnamed = crowd && series[0]!.method !== null;
      return { series, value, unnamed, element: h("li", { hidden: unnamed }, h("i", { class: lookOf(series) }), name, value) };
    });
    const ghosts = pinned ? [h("li", {}, h("i", { class: "key line ghost" }), t("pinned {letters}", { letters: pinned }))] : [];
    this.#legend.replaceChildren(...this.#items.map(({ element }) => element), ...ghosts, this.#axes);
  }

  /** Writes the points under the pointer, if it is there, into the legend. */
  #point(pointer: [x: number, y: number] | null): void {
    const [left, top] = pointer ?? [0, 0];
    const plane = this.#plane && left >= this.#plane.left && left <= this.#plane.right ? this.#plane : null;
    this.#cursor.hidden = !plane;
    this.#cursor.style.setProperty("left", `${left}px`);
    const read = this.#items.map(({ series, unnamed }) => {
      let found = { distance: REACH, text: "" };
      if (plane) for (const { x, y } of series) {
        const i = nearest(x, plane.x.value(left));
        if (i < 0 || Math.abs(plane.x.at(x[i]!) - left) > REACH) continue;
        // Of several curves in one group, the one that is pointed at.
        const distance = series.length === 1 && !unnamed ? 0 : Math.abs(plane.y.at(y[i]!) - top);
        if (distance < found.distance) found = { distance, text: `(${number(x[i]!, 3)}, ${number(y[i]!, 4)})` };
      }
      return found;
    });
    const closest = Math.min(...read.filter((_, i) => this.#items[i]!.unnamed).map(({ distance }) => distance), REACH);
    this.#items.forEach(({ value, unnamed, element }, i) => {
      setText(value, read[i]!.text);
      if (unnamed) element.hidden = read[i]!.text === "" || read[i]!.distance > closest;
    });
  }

  #describe(view: View): void {
    if (performance.now() - this.#described < 2000) return;
    this.#described = performance.now();
    if (isEmpty(view)) return this.#canvas.setAttribute("aria-label", `${this.spec.title}: ${reasonOf(view)}`);
    const series = view.series.filter((s) => s.mark !== "band").map((s) => {
      let peak = 0;
      for (let i = 1; i < s.y.length; i++) if (s.y[i]! > s.y[peak]!) peak = i;
      const last = s.y.length - 1;
      const name = told(s.name);
      if (last < 0) return t("{name}: no points", { name });
      return s.mark === "bars" || this.spec.kind === "histogram"
        ? t("{name}: highest at {x} with {y}", { name, x: number(s.x[peak]!, 3), y: number(s.y[peak]!, 3) })
        : t("{name}: {n} points, from {first} to {last}", { name, n: s.y.length, first: number(s.y[0]!), last: number(s.y[last]!) });
    });
    const levels = [...view.levels.map((level) => told(level.name)), ...this.#ghosts.map(({ letter }) => t("pinned run {letter}, dashed", { letter }))];
    const axes = t("{y} against {x}", { y: plainMath(this.spec.y.symbol) || this.spec.y.label, x: plainMath(this.spec.x.symbol) || this.spec.x.label });
    this.#canvas.setAttribute("aria-label", `${this.spec.title}: ${axes}. ${[...series, ...levels].join("; ")}.`);
  }
}

/** Whether there is no point anywhere: the names of its series say why. */
function isEmpty({ series, levels }: View): boolean {
  return levels.length === 0 && series.every((s) => s.y.every((y) => !Number.isFinite(y)));
}

function reasonOf({ series }: View): string {
  return series.map((s) => s.name).filter((name) => name !== NOISE).map(told).join("; ") || t("nothing to draw yet");
}

/** Series that look alike share a line of the legend: "chain, ⟨xx⟩" and "chain, ⟨x²x²⟩" are "chain". So do all of one method. */
function grouped(all: readonly Series[]): { name: string; series: Series[] }[] {
  const groups = new Map<string, Series[]>();
  // A band is explained by its line.
  for (const series of all.filter((s) => s.mark !== "band")) {
    const look = series.method ?? `${series.role} ${series.mark}`;
    groups.set(look, [...(groups.get(look) ?? []), series]);
  }
  return [...groups.values()].map((series) => ({ name: methodOf(series[0]!)?.label ?? commonName(series.map((s) => s.name)), series }));
}

/** Classes of the key of series that look alike. */
function lookOf([series]: readonly Series[]): string {
  const { mark, role } = series!;
  return `key ${mark} ${methodOf(series!)?.look ?? `role-${role}`}`;
}

/** How opaque the noise around a curve is, and the first of several curves that look alike otherwise. */
const FAINT = 0.45;

/** Of several curves that look alike, each is stronger than the one before. */
function strength(series: Series, groups: ReturnType<typeof grouped>): number {
  const alike = groups.find((group) => group.series.includes(series))?.series.filter(({ mark }) => mark === series.mark) ?? [];
  return alike.length > 1 ? FAINT + (1 - FAINT) * (alike.indexOf(series) / (alike.length - 1)) : 1;
}

/** What names share, then what tells them apart: "walks: τ = 0.2, 1, 5 (faint to strong)". */
function commonName(names: readonly string[]): string {
  const [first = [], ...others] = names.map((name) => name.split(", "));
  if (others.length === 0) return told(names[0] ?? "");
  const differs = first.findIndex((word, i) => others.some((other) => other[i] !== word));
  if (differs <= 0) return [...new Set(names)].map(told).join(" / ");
  const own = [first, ...others].map((words) => words.slice(differs).join(", "));
  const [symbol = ""] = /^[^=]+= /.exec(own[0]!) ?? [];
  const values = own.map((text, i) => (i > 0 && text.startsWith(symbol) ? text.slice(symbol.length) : text));
  return t("{what}: {values} (faint to strong)", { what: told(first.slice(0, differs).join(", ")), values: values.map(told).join(", ") });
}

function nearest(x: Float32Array, at: number): number {
  let best = -1;
  for (let i = 0; i < x.length; i++) if (best < 0 || Math.abs(x[i]! - at) < Math.abs(x[best]! - at)) best = i;
  return best;
}
