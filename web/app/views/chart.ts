// Curves, histograms and scatter plots: marks between two axes, and the point under the pointer in the legend.

import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import type { ViewSpec } from "../bindings/ViewSpec";
import { h, setAttributes, setText } from "../dom";
import { number } from "../format";
import { mathOf, plainMath } from "../math";
import { theme } from "../theme";
import { type Axis, makeAxis } from "./axes";
import { drawLevels, drawSeries, type Frame, isReference, NOISE } from "./marks";
import { hairline, sized } from "./paths";
import { rangeOfX, rangeOfY } from "./range";
import type { Renderer } from "./renderer";

/** Least room around the marks, in CSS pixels: for the numbers of the axes, and for the last of them. */
const ROOM = { left: 40, right: 14, top: 6, bottom: 20 };
/** Room between the marks and the numbers beside them. */
const BESIDE = 5;
/** Numbers of the axes are at least so far apart. */
const SPACING = { x: 42, y: 26 };
/** A mark at the end of an axis is shown whole. */
const RIM = 4;
/** How far from a point, in CSS pixels, the pointer still reads it. */
const REACH = 40;

/** A chart with axes, a legend that reads out the point under the pointer, and a description in words. */
export class ChartRenderer implements Renderer {
  readonly #legend = h("ul", { class: "legend" });
  readonly #canvas = h("canvas", { role: "img" });
  readonly #cursor = h("div", { class: "cursor", hidden: true });
  readonly #plot = h("div", { class: "chart" }, this.#canvas, this.#cursor);
  readonly #axes: HTMLElement;
  #view: View | null = null;
  #scales: { x: Axis; y: Axis } | null = null;
  /** Where the marks begin. */
  #left = ROOM.left;
  #items: { series: readonly Series[]; value: HTMLElement }[] = [];
  #names = "";
  #described = -Infinity;

  constructor(
    host: HTMLElement,
    private readonly spec: ViewSpec,
  ) {
    setAttributes(this.#canvas, { "aria-label": `${spec.title}: nothing drawn yet` });
    for (const event of ["pointermove", "pointerdown", "pointerleave"] as const) {
      this.#plot.addEventListener(event, ({ offsetX, offsetY }) => this.#point(event === "pointerleave" ? null : [offsetX, offsetY]));
    }
    host.append(this.#legend, this.#plot);
    const [y, x] = (["y", "x"] as const).map((axis) => {
      const { symbol, label } = spec[axis];
      return h("span", { title: label }, symbol ? mathOf(symbol) : label);
    });
    this.#axes = h("li", { class: "axes", "aria-hidden": "true" }, y, " against ", x);
  }

  draw(view: View): void {
    this.#view = view;
    this.#writeLegend(view);
    this.redraw();
    this.#describe(view);
  }

  redraw(): void {
    const view = this.#view;
    const context = sized(this.#canvas, this.#plot);
    if (!context || !view) return;
    const { clientWidth, clientHeight } = this.#plot;
    const { top } = ROOM;
    const [right, bottom] = [clientWidth - ROOM.right, clientHeight - ROOM.bottom];
    const { x: across, y: upwards, kind } = this.spec;
    const y = makeAxis(rangeOfY(view, upwards.log, kind), upwards.log, bottom, top);
    context.font = theme().font;
    const upright = y.ticks(SPACING.y).map((tick) => ({ text: number(tick), at: y.at(tick) }));
    const widest = Math.max(0, ...upright.map(({ text }) => context.measureText(text).width));
    const left = Math.max(ROOM.left, Math.ceil(widest) + 2 * BESIDE);
    const x = makeAxis(rangeOfX(view, across.log), across.log, left, right);
    this.#scales = { x, y };
    this.#left = left;

    context.fillStyle = theme().dim;
    context.strokeStyle = theme().line;
    context.lineWidth = 1;
    context.textAlign = "center";
    for (const at of x.rules(SPACING.x).map(x.at)) hairline(context, at, top, at, bottom);
    for (const tick of x.ticks(SPACING.x)) context.fillText(number(tick), x.at(tick), bottom + 14);
    context.textAlign = "right";
    for (const at of y.rules(SPACING.y).map(y.at)) hairline(context, left, at, right, at);
    for (const { text, at } of upright) context.fillText(text, left - BESIDE, at + 4);

    const frame: Frame = {
      context,
      x: x.at,
      y: y.at,
      left,
      top,
      width: right - left,
      height: bottom - top,
      barSeries: view.series.filter((s) => s.mark === "bars").length,
    };
    context.save();
    context.beginPath();
    context.rect(left - RIM, top - RIM, right - left + 2 * RIM, bottom - top + RIM);
    context.clip();
    // References last, so that they are never hidden by what they are to be compared with.
    const ordered = [...view.series].sort((a, b) => Number(isReference(a.role)) - Number(isReference(b.role)));
    const groups = grouped(view.series);
    for (const series of ordered) drawSeries(frame, series, series.name === NOISE ? FAINT : strength(series, groups));
    drawLevels(frame, view.levels);
    context.restore();
    if (isEmpty(view)) {
      const why = reasonOf(view);
      context.fillStyle = theme().dim;
      context.textAlign = "center";
      context.fillText(why, (left + right) / 2, (top + bottom) / 2, right - left);
    }
  }

  destroy(): void {
    this.#legend.remove();
    this.#plot.remove();
  }

  #writeLegend(view: View): void {
    const groups = isEmpty(view) ? [] : grouped(view.series.filter((s) => s.name !== NOISE));
    const names = JSON.stringify(groups.map((g) => [g.name, g.series[0]!.role, g.series[0]!.mark]));
    if (names === this.#names) {
      groups.forEach(({ series }, i) => (this.#items[i]!.series = series));
      return;
    }
    this.#names = names;
    this.#items = groups.map(({ series }) => ({ series, value: h("span", { class: "read" }) }));
    this.#legend.replaceChildren(
      ...groups.map(({ name, series }, i) =>
        h("li", {}, h("i", { class: `key ${series[0]!.mark} role-${series[0]!.role}` }), name, this.#items[i]!.value),
      ),
      this.#axes,
    );
  }

  /** Writes the points under the pointer, if it is there, into the legend. */
  #point(pointer: [x: number, y: number] | null): void {
    const [left, top] = pointer ?? [0, 0];
    const scales = left >= this.#left && left <= this.#plot.clientWidth - ROOM.right ? this.#scales : null;
    this.#cursor.hidden = !scales;
    this.#cursor.style.setProperty("left", `${left}px`);
    for (const { series, value } of this.#items) {
      let text = "";
      let best = REACH;
      if (scales) for (const { x, y } of series) {
        const i = nearest(x, scales.x.value(left));
        if (i < 0 || Math.abs(scales.x.at(x[i]!) - left) > REACH) continue;
        // Of several curves in one group, the one that is pointed at.
        const distance = series.length === 1 ? 0 : Math.abs(scales.y.at(y[i]!) - top);
        if (distance < best) [best, text] = [distance, `(${number(x[i]!, 3)}, ${number(y[i]!, 4)})`];
      }
      setText(value, text);
    }
  }

  #describe(view: View): void {
    if (performance.now() - this.#described < 2000) return;
    this.#described = performance.now();
    if (isEmpty(view)) return this.#canvas.setAttribute("aria-label", `${this.spec.title}: ${reasonOf(view)}`);
    const series = view.series.map((s) => {
      let peak = 0;
      for (let i = 1; i < s.y.length; i++) if (s.y[i]! > s.y[peak]!) peak = i;
      const last = s.y.length - 1;
      if (last < 0) return `${s.name}: no points`;
      return s.mark === "bars" || this.spec.kind === "histogram"
        ? `${s.name}: highest at ${number(s.x[peak]!, 3)} with ${number(s.y[peak]!, 3)}`
        : `${s.name}: ${s.y.length} points, from ${number(s.y[0]!)} to ${number(s.y[last]!)}`;
    });
    const levels = view.levels.map((level) => level.name);
    const axes = `${plainMath(this.spec.y.symbol) || this.spec.y.label} against ${plainMath(this.spec.x.symbol) || this.spec.x.label}`;
    this.#canvas.setAttribute("aria-label", `${this.spec.title}: ${axes}. ${[...series, ...levels].join("; ")}.`);
  }
}

/** Whether there is no point anywhere: the names of its series say why. */
function isEmpty({ series, levels }: View): boolean {
  return levels.length === 0 && series.every((s) => s.y.every((y) => !Number.isFinite(y)));
}

function reasonOf({ series }: View): string {
  return series.map((s) => s.name).filter((name) => name !== NOISE).join("; ") || "nothing to draw yet";
}

/** Series that look alike share a line of the legend: "chain, ⟨xx⟩" and "chain, ⟨x²x²⟩" are "chain". */
function grouped(all: readonly Series[]): { name: string; series: Series[] }[] {
  const groups = new Map<string, Series[]>();
  for (const series of all) {
    const look = `${series.role} ${series.mark}`;
    groups.set(look, [...(groups.get(look) ?? []), series]);
  }
  return [...groups.values()].map((series) => ({ name: commonName(series.map((s) => s.name)), series }));
}

/** How opaque the noise around a curve is, and the first of several curves that look alike otherwise. */
const FAINT = 0.45;

/** Of several curves that look alike, each is stronger than the one before. */
function strength(series: Series, groups: ReturnType<typeof grouped>): number {
  const alike = groups.find((group) => group.series.includes(series))?.series ?? [];
  return alike.length > 1 ? FAINT + (1 - FAINT) * (alike.indexOf(series) / (alike.length - 1)) : 1;
}

/** What names share, then what tells them apart: "walks: τ = 0.2, 1, 5 (faint to strong)". */
function commonName(names: readonly string[]): string {
  const [first = [], ...others] = names.map((name) => name.split(", "));
  if (others.length === 0) return names[0] ?? "";
  const differs = first.findIndex((word, i) => others.some((other) => other[i] !== word));
  if (differs <= 0) return [...new Set(names)].join(" / ");
  const own = [first, ...others].map((words) => words.slice(differs).join(", "));
  const [symbol = ""] = /^[^=]+= /.exec(own[0]!) ?? [];
  const values = own.map((text, i) => (i > 0 && text.startsWith(symbol) ? text.slice(symbol.length) : text));
  return `${first.slice(0, differs).join(", ")}: ${values.join(", ")} (faint to strong)`;
}

function nearest(x: Float32Array, at: number): number {
  let best = -1;
  for (let i = 0; i < x.length; i++) if (best < 0 || Math.abs(x[i]! - at) < Math.abs(x[best]! - at)) best = i;
  return best;
}
