// Paths: one line each, the newest bold, the others translucent.

import type { Level } from "../bindings/Level";
import type { Role } from "../bindings/Role";
import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import { h } from "../dom";
import { number } from "../format";
import { t, told } from "../language";
import { pixelRatio, theme } from "../theme";
import { niceTicks } from "./axes";
import { standIn } from "./recording";
import type { Renderer } from "./renderer";

/** A vertical range that several panes share, so that their paths can be compared. */
export class SharedRange {
  #low = -1;
  #high = 1;
  #set = false;
  #followed: View | null = null;

  get low(): number {
    return this.#low;
  }
  get high(): number {
    return this.#high;
  }

  /** Forgets the range: other data are coming. */
  reset(): void {
    this.#set = false;
  }

  /** Follows what `view` has to show, once however many panes draw it: at once where it leaves the range, slowly where it has shrunk. */
  follow(view: View, low: number, high: number): void {
    if (!(low < high) || view === this.#followed) return;
    this.#followed = view;
    if (!this.#set) {
      [this.#low, this.#high, this.#set] = [low, high, true];
      return;
    }
    const ease = (now: number, next: number, outwards: boolean) => (outwards ? next : now + 0.05 * (next - now));
    this.#low = ease(this.#low, low, low < this.#low);
    this.#high = ease(this.#high, high, high > this.#high);
  }
}

/** Newer rows come last; more than this many at once are a solid block. */
const MOST_ROWS = 32;
const MARGIN = 6;

/** Paths on a canvas of their own. */
export class PathsRenderer implements Renderer {
  readonly #canvas: HTMLCanvasElement;
  #view: View | null = null;

  /** Draws the series of `roles` (all if null) within `range`. */
  constructor(
    private readonly host: HTMLElement,
    private readonly roles: readonly Role[] | null,
    private readonly range: SharedRange,
    private readonly label: string,
  ) {
    this.#canvas = h("canvas", { role: "img", "aria-label": t("{what}: nothing drawn yet", { what: label }) });
    host.append(this.#canvas);
  }

  draw(view: View): void {
    this.#view = view;
    const { low, high } = extent(view);
    this.range.follow(view, low, high);
    this.redraw();
  }

  redraw(): void {
    const context = sized(this.#canvas, this.host);
    if (!context || !this.#view) return;
    const { clientWidth: width, clientHeight: height } = this.host;
    const { low, high } = this.range;
    const y = (value: number) => MARGIN + ((high - value) / (high - low)) * (height - 2 * MARGIN);
    const series = this.#series();

    context.font = theme().font;
    context.lineWidth = 1;
    context.strokeStyle = theme().line;
    const ticks = niceTicks(low, high, 5);
    for (const tick of ticks) hairline(context, 0, y(tick), width, y(tick));
    for (const level of this.#view.levels) {
      context.strokeStyle = theme().dim;
      context.setLineDash(level.role === "limit" ? [4, 4] : []);
      hairline(context, 0, y(level.y), width, y(level.y));
    }
    context.setLineDash([]);
    context.lineJoin = "round";
    for (const one of series) drawRows(context, one, width, y);

    // A pad of the background keeps numbers and names readable over the paths.
    const write = (text: string, right: boolean, at: number) => {
      const baseline = at - 5 < 12 ? at + 14 : at - 5;
      const size = context.measureText(text).width;
      const x = right ? width - 4 - size : 3;
      context.fillStyle = theme().card;
      context.fillRect(x - 3, baseline - 10, size + 6, 13);
      context.fillStyle = theme().ink;
      context.fillText(text, x, baseline);
    };
    for (const tick of ticks) write(number(tick), false, y(tick));
    for (const level of merged(this.#view.levels, y)) write(told(level.name), true, level.at);
    this.#describe(series);
  }

  destroy(): void {
    this.#canvas.remove();
  }

  #series(): Series[] {
    return (this.#view?.series ?? []).filter((s) => this.roles === null || this.roles.includes(s.role));
  }

  #describe(series: readonly Series[]): void {
    const parts = series.map((s) => {
      const rows = rowsOf(s);
      const mean = s.y.reduce((sum, value) => sum + value, 0) / Math.max(1, s.y.length);
      const width = Math.sqrt(s.y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, s.y.length));
      return t("{name}: {rows} paths of {n} points, mean {mean}, width {width}", { name: told(s.name), rows, n: s.x.length, mean: number(mean, 2), width: number(width, 2) });
    });
    const text = `${this.label}. ${parts.join("; ")}.`;
    // Written rarely: assistive software need not follow every frame.
    if (performance.now() - this.#described > 2000) {
      this.#described = performance.now();
      this.#canvas.setAttribute("aria-label", text);
    }
  }
  #described = -Infinity;
}

/** Names of two levels with less than this between them would cover each other. */
const NAME_HEIGHT = 14;

/** Where the names of levels go: those of a pair such as +f and −f that lie too close become ±f. */
function merged(levels: readonly Level[], y: (value: number) => number): { name: string; at: number }[] {
  const names: { name: string; at: number }[] = [];
  for (const level of levels) {
    const at = y(level.y);
    const near = names.find((other) => Math.abs(other.at - at) < NAME_HEIGHT);
    if (!near) names.push({ name: level.name, at });
    else {
      const [one, two] = [near.name, level.name].map((name) => name.replace(/^[+\-\u2212]/, ""));
      near.name = one === two ? `±${one}` : `${near.name}, ${level.name}`;
      near.at = Math.min(near.at, at);
    }
  }
  return names;
}

/** A straight line, in whole pixels of the device, so that it is thin. */
export function hairline(context: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  const sharp = (at: number) => (Math.floor(at * pixelRatio()) + 0.5) / pixelRatio();
  context.beginPath();
  context.moveTo(sharp(x1), sharp(y1));
  context.lineTo(sharp(x2), sharp(y2));
  context.stroke();
}

function rowsOf(series: Series): number {
  return series.x.length === 0 ? 0 : Math.floor(series.y.length / series.x.length);
}

function drawRows(context: CanvasRenderingContext2D, series: Series, width: number, y: (value: number) => number): void {
  const points = series.x.length;
  const rows = rowsOf(series);
  const first = series.x[0] ?? 0;
  const span = (series.x[points - 1] ?? 1) - first || 1;
  context.strokeStyle = theme().roles[series.role];
  for (let row = Math.max(0, rows - MOST_ROWS); row < rows; row++) {
    const newest = row === rows - 1;
    context.globalAlpha = newest ? 1 : 0.26;
    context.lineWidth = newest ? 2.4 : 1.2;
    context.beginPath();
    for (let i = 0; i < points; i++) {
      context.lineTo((((series.x[i] ?? 0) - first) / span) * width, y(series.y[row * points + i] ?? 0));
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** The vertical range of nearly all paths and all levels; a single wild path does not flatten the others. */
function extent(view: View): { low: number; high: number } {
  const values: number[] = [];
  for (const { y } of view.series) {
    const stride = Math.max(1, Math.floor(y.length / 1500));
    for (let i = 0; i < y.length; i += stride) if (Number.isFinite(y[i])) values.push(y[i]!);
  }
  values.sort((a, b) => a - b);
  const at = (quantile: number) => values[Math.round(quantile * (values.length - 1))] ?? Number.NaN;
  let low = at(0.004);
  let high = at(0.996);
  for (const level of view.levels) {
    low = Math.min(low, level.y);
    high = Math.max(high, level.y);
  }
  const margin = 0.06 * (high - low || 1);
  return { low: low - margin, high: high + margin };
}

/** The canvas' context with the size of `host` in device pixels, cleared; null while the host has no size. */
export function sized(canvas: HTMLCanvasElement, host: HTMLElement): CanvasRenderingContext2D | null {
  const { clientWidth: width, clientHeight: height } = host;
  if (width === 0 || height === 0) return null;
  const ratio = pixelRatio();
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const elsewhere = standIn(canvas, width, height);
  if (elsewhere) return elsewhere;
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}
