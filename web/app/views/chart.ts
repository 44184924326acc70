// Curves, histograms and scatter plots: uPlot for the axes and the pointer, our own marks on them.

import uPlot from "uplot";
import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import type { ViewSpec } from "../bindings/ViewSpec";
import { h, setText } from "../dom";
import { number } from "../format";
import { mathOf, plainMath } from "../math";
import { theme } from "../theme";
import { drawLevels, drawSeries, type Frame, isReference } from "./marks";
import { type Range, rangeOfX, rangeOfY } from "./range";
import type { Renderer } from "./renderer";

/** How far from a point, in CSS pixels, the pointer still reads it. */
const REACH = 40;

/** A chart with axes, a legend that reads out the point under the pointer, and a description in words. */
export class ChartRenderer implements Renderer {
  readonly #legend = h("ul", { class: "legend" });
  readonly #plot = h("div", { class: "chart", role: "img" });
  readonly #axes: HTMLElement;
  #chart: uPlot | null = null;
  #view: View = { id: "", series: [], levels: [] };
  #ranges: { x: Range; y: Range } = { x: [0, 1], y: [0, 1] };
  #items: { series: readonly Series[]; value: HTMLElement }[] = [];
  #names = "";
  #described = -Infinity;

  constructor(
    host: HTMLElement,
    private readonly spec: ViewSpec,
  ) {
    this.#plot.setAttribute("aria-label", `${spec.title}: nothing drawn yet`);
    host.append(this.#legend, this.#plot);
    const [y, x] = (["y", "x"] as const).map((axis) => {
      const { symbol, label } = spec[axis];
      return h("span", { title: label }, symbol ? mathOf(symbol) : label);
    });
    this.#axes = h("li", { class: "axes", "aria-hidden": "true" }, y, " against ", x);
  }

  draw(view: View): void {
    this.#view = view;
    const { x, y, kind } = this.spec;
    this.#ranges = { x: rangeOfX(view, x.log), y: rangeOfY(view, y.log, kind) };
    this.#writeLegend();
    const { clientWidth: width, clientHeight: height } = this.#plot;
    if (width === 0 || height === 0) return;
    this.#chart ??= this.#make(width, height);
    // uPlot holds two points only, to have something to scale: the marks are drawn by us.
    this.#chart.setData([this.#ranges.x, this.#ranges.y]);
    this.#describe();
  }

  redraw(): void {
    const { clientWidth: width, clientHeight: height } = this.#plot;
    if (width === 0 || height === 0) return;
    if (!this.#chart) return;
    if (this.#chart.width !== width || this.#chart.height !== height) this.#chart.setSize({ width, height });
    else this.#chart.redraw(false, true);
  }

  destroy(): void {
    this.#chart?.destroy();
    this.#legend.remove();
    this.#plot.remove();
  }

  #make(width: number, height: number): uPlot {
    const distribution = (log: boolean) => (log ? 3 : 1);
    const axis: uPlot.Axis = {
      stroke: () => theme().dim,
      font: theme().font,
      grid: { stroke: () => theme().line, width: 1 },
      ticks: { show: false },
      gap: 3,
    };
    const written = (log: boolean) => (_: uPlot, ticks: (number | null)[]) =>
      ticks.map((tick) => (tick === null ? "" : log ? number(tick, 2) : number(tick)));
    return new uPlot(
      {
        width,
        height,
        padding: [6, 14, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        scales: {
          x: { time: false, distr: distribution(this.spec.x.log), range: () => this.#ranges.x },
          y: { distr: distribution(this.spec.y.log), range: () => this.#ranges.y },
        },
        axes: [
          { ...axis, size: 20, space: 46, values: written(this.spec.x.log) },
          { ...axis, size: 40, space: 26, values: written(this.spec.y.log) },
        ],
        series: [{}, { show: true, paths: () => null, points: { show: false } }],
        hooks: { draw: [(chart) => this.#drawMarks(chart)], setCursor: [(chart) => this.#read(chart)] },
      },
      [this.#ranges.x, this.#ranges.y],
      this.#plot,
    );
  }

  #drawMarks(chart: uPlot): void {
    const { ctx: context, bbox } = chart;
    const frame: Frame = {
      context,
      x: (value) => chart.valToPos(value, "x", true),
      y: (value) => chart.valToPos(value, "y", true),
      ...bbox,
      ratio: devicePixelRatio,
      barSeries: this.#view.series.filter((s) => s.mark === "bars").length,
    };
    context.save();
    context.beginPath();
    context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    context.clip();
    // References last, so that they are never hidden by what they are to be compared with.
    const ordered = [...this.#view.series].sort((a, b) => Number(isReference(a.role)) - Number(isReference(b.role)));
    for (const series of ordered) drawSeries(frame, series, series.mark === "line" && series.name === NOISE);
    drawLevels(frame, this.#view.levels);
    context.restore();
  }

  #writeLegend(): void {
    const groups = grouped(this.#view.series.filter((s) => s.name !== NOISE));
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

  /** Writes the points under the pointer into the legend. */
  #read(chart: uPlot): void {
    const { left = -1, top = -1 } = chart.cursor;
    for (const { series, value } of this.#items) {
      let text = "";
      let best = REACH;
      for (const { x, y } of left < 0 ? [] : series) {
        const i = nearest(x, chart.posToVal(left, "x"));
        if (i < 0 || Math.abs(chart.valToPos(x[i]!, "x") - left) > REACH) continue;
        // Of several curves in one group, the one that is pointed at.
        const distance = series.length === 1 ? 0 : Math.abs(chart.valToPos(y[i]!, "y") - top);
        if (distance < best) [best, text] = [distance, `(${number(x[i]!, 3)}, ${number(y[i]!, 4)})`];
      }
      setText(value, text);
    }
  }

  #describe(): void {
    if (performance.now() - this.#described < 2000) return;
    this.#described = performance.now();
    const series = this.#view.series.map((s) => {
      let peak = 0;
      for (let i = 1; i < s.y.length; i++) if (s.y[i]! > s.y[peak]!) peak = i;
      const last = s.y.length - 1;
      if (last < 0) return `${s.name}: no points`;
      return s.mark === "bars" || this.spec.kind === "histogram"
        ? `${s.name}: highest at ${number(s.x[peak]!, 3)} with ${number(s.y[peak]!, 3)}`
        : `${s.name}: ${s.y.length} points, from ${number(s.y[0]!)} to ${number(s.y[last]!)}`;
    });
    const levels = this.#view.levels.map((level) => level.name);
    const axes = `${plainMath(this.spec.y.symbol) || this.spec.y.label} against ${plainMath(this.spec.x.symbol) || this.spec.x.label}`;
    this.#plot.setAttribute("aria-label", `${this.spec.title}: ${axes}. ${[...series, ...levels].join("; ")}.`);
  }
}

/** The name of a series that is the noise around another one: drawn faintly, and not in the legend. */
export const NOISE = "";

/** Series that look alike share a line of the legend: "chain, ⟨xx⟩" and "chain, ⟨x²x²⟩" are "chain". */
function grouped(all: readonly Series[]): { name: string; series: Series[] }[] {
  const groups = new Map<string, Series[]>();
  for (const series of all) {
    const look = `${series.role} ${series.mark}`;
    groups.set(look, [...(groups.get(look) ?? []), series]);
  }
  return [...groups.values()].map((series) => ({ name: commonName(series.map((s) => s.name)), series }));
}

function commonName(names: readonly string[]): string {
  const [first = [], ...others] = names.map((name) => name.split(", "));
  if (others.length === 0) return names[0] ?? "";
  const differs = first.findIndex((word, i) => others.some((other) => other[i] !== word));
  return differs > 0 ? first.slice(0, differs).join(", ") : [...new Set(names)].join(" / ");
}

function nearest(x: Float32Array, at: number): number {
  let best = -1;
  for (let i = 0; i < x.length; i++) if (best < 0 || Math.abs(x[i]! - at) < Math.abs(x[best]! - at)) best = i;
  return best;
}
