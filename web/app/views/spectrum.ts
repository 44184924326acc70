// Spectral functions in one wide picture: the true one in ink, which a hand may draw, and each method's with its band.

import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import type { ViewSpec } from "../bindings/ViewSpec";
import { filled, h, placeIn, setAttributes } from "../dom";
import { number, withError } from "../format";
import { t, told } from "../language";
import { mathOf, plainMath } from "../math";
import { isShown, methodOf, toggleMethod } from "../methods";
import { theme } from "../theme";
import { drawGrid, type Plane, within } from "./grid";
import { colorOf, drawLevels, drawSeries, isReference } from "./marks";
import { hairline, sized } from "./paths";
import { type Range, rangeOfX } from "./range";
import type { Renderer } from "./renderer";

/** A method may rise above the truth, and fall below zero, by so much of the truth's height; what goes farther is cut. */
const ABOVE = 0.6;
const BELOW = 0.35;
/** Room beyond that. */
const MARGIN = 0.06;
/** The scale stays while it is at most so much too large. */
const LAZY = 1.6;
/** A curve that leaves the picture for this many pixels less is not worth an arrow. */
const SLACK = 4;

/** The picture. */
export class SpectrumRenderer implements Renderer {
  /** What the hand has drawn and the core has not yet taken: w and height in turns. */
  stroke: number[] = [];
  /** While a hand draws, the scale stays. */
  held = false;
  readonly #canvas = h("canvas", { role: "img" });
  readonly #line = h("div", { class: "cursor", hidden: true });
  readonly #reads = h("table", { class: "reads", hidden: true, "aria-hidden": "true" });
  readonly #holder = h("div", { class: "chart" }, this.#canvas, this.#line, this.#reads);
  #view: View | null = null;
  #plane: Plane | null = null;
  #scale: Range | null = null;
  #at: number | null = null;
  #names = "";

  constructor(
    host: HTMLElement,
    private readonly legend: HTMLElement,
    private readonly spec: ViewSpec,
  ) {
    host.append(this.#holder);
    setAttributes(this.#canvas, { "aria-label": t("{what}: nothing drawn yet", { what: spec.title }) });
  }

  draw(view: View): void {
    this.#view = view;
    this.redraw();
    this.#describe(view);
  }

  redraw(): void {
    const view = this.#view;
    const context = sized(this.#canvas, this.#holder);
    if (!context || !view) return;
    this.#writeLegend(view);
    const shown = view.series.filter(isShown);
    if (!this.held || !this.#scale) this.#scale = settled(this.#scale, rangeOf(view));
    const ranges = { x: rangeOfX(view, this.spec.x.log), y: this.#scale };
    const { clientWidth, clientHeight } = this.#holder;
    const plane = drawGrid(context, this.spec, ranges, clientWidth, clientHeight);
    this.#plane = plane;
    context.strokeStyle = theme().dim;
    context.lineWidth = 1.2;
    if (this.#scale[0] < 0) hairline(context, plane.left, plane.y.at(0), plane.right, plane.y.at(0));
    within(context, plane, () => {
      const frame = { context, plane, barSeries: 0 };
      // Bands lowest, then methods, then what they are to be compared with.
      const layer = ({ mark, role }: Series) => (isReference(role) ? 2 : mark === "band" ? 0 : 1);
      for (const series of [...shown].sort((a, b) => layer(a) - layer(b))) drawSeries(frame, series, 1);
      drawLevels(frame, view.levels);
      this.#drawStroke(context, plane);
    });
    for (const series of shown) if (series.mark === "line" && !isReference(series.role)) drawArrows(context, plane, series);
    this.#read();
  }

  /** Forgets the scale of another run. */
  reset(): void {
    this.#scale = null;
  }

  destroy(): void {
    this.#holder.remove();
    this.legend.replaceChildren();
    this.#names = "";
  }

  // ---- for the hand ----

  /** What is drawn; null before anything is. */
  get view(): View | null {
    return this.#view;
  }

  /** The true curve; null where it is not known. */
  get truth(): Series | null {
    return this.#view?.series.find((s) => s.role === "truth" && s.mark === "line" && s.x.length > 1) ?? null;
  }

  /** The horizontal range. */
  get span(): Range | null {
    return this.#view && rangeOfX(this.#view, this.spec.x.log);
  }

  /** How high the picture is, in its own numbers. */
  get height(): number {
    return this.#scale ? this.#scale[1] - this.#scale[0] : 1;
  }

  /** What lies at a place of the window, not beyond the edges. */
  at(clientX: number, clientY: number): { w: number; rho: number } | null {
    const plane = this.#plane;
    if (!plane) return null;
    const [across, down] = placeIn(this.#canvas, { clientX, clientY });
    const inside = (at: number, from: number, to: number) => Math.max(from, Math.min(to, at));
    return { w: plane.x.value(inside(across, plane.left, plane.right)), rho: plane.y.value(inside(down, plane.top, plane.bottom)) };
  }

  /** Reads out all curves at a frequency; nowhere if null. */
  point(w: number | null): void {
    this.#at = w;
    this.#read();
  }

  /** All curves at a frequency, in words. */
  words(w: number): string {
    const values = this.#values(w).map(({ name, text }) => `${name} ${text}`);
    return `${plainMath(this.spec.x.symbol)} = ${number(w, 3)}: ${values.join(", ") || t("nothing drawn yet")}`;
  }

  // ---- inside ----

  #values(w: number): { series: Series; name: string; text: string }[] {
    const all = this.#view?.series ?? [];
    return all.flatMap((series) => {
      const value = series.mark === "line" && isShown(series) ? valueAt(series.x, series.y, w) : Number.NaN;
      if (Number.isNaN(value)) return [];
      const errors = series.method === null ? series : (all.find((s) => s.method === series.method && s.error.length > 0) ?? series);
      const error = errors.error.length > 0 ? valueAt(errors.x, errors.error, w) : 0;
      return [{ series, name: nameOf(series), text: error > 0 ? withError(value, error) : number(value, 3) }];
    });
  }

  #read(): void {
    const [w, plane] = [this.#at, this.#plane];
    this.#line.hidden = this.#reads.hidden = w === null || !plane || !this.#view;
    if (w === null || !plane || this.#reads.hidden) return;
    const x = Math.max(plane.left, Math.min(plane.right, plane.x.at(w)));
    this.#line.style.setProperty("left", `${x}px`);
    const rows = this.held ? [] : this.#values(w);
    this.#reads.replaceChildren(
      h("tr", {}, h("th", {}, plainMath(this.spec.x.symbol)), h("td", {}, number(w, 3))),
      ...rows.map(({ series, name, text }) => h("tr", {}, h("th", {}, keyOf(series), name), h("td", {}, text))),
    );
    // Beside the line, where there is more room.
    const right = x < (plane.left + plane.right) / 2;
    this.#reads.style.setProperty("left", right ? `${x + 8}px` : "auto");
    this.#reads.style.setProperty("right", right ? "auto" : `${this.#holder.clientWidth - x + 8}px`);
  }

  #drawStroke(context: CanvasRenderingContext2D, { x, y }: Plane): void {
    context.strokeStyle = theme().ink;
    context.lineWidth = 1.2;
    context.beginPath();
    for (let i = 0; i + 1 < this.stroke.length; i += 2) context.lineTo(x.at(this.stroke[i]!), y.at(this.stroke[i + 1]!));
    context.stroke();
  }

  #writeLegend(view: View): void {
    const lines = view.series.filter((s) => s.mark !== "band");
    const names = JSON.stringify(lines.map((s) => [s.name, s.method, isShown(s)]));
    if (names === this.#names) return;
    this.#names = names;
    const focused = this.legend.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["method"] : undefined;
    const { x, y } = this.spec;
    this.legend.replaceChildren(
      ...lines.map((series) => {
        const method = methodOf(series);
        if (!method) return h("li", {}, keyOf(series), told(series.name));
        const title = isShown(series) ? t("Hide its curves and marks on this page") : t("Show its curves and marks");
        const button = h("button", { type: "button", "aria-pressed": String(isShown(series)), title }, keyOf(series), nameOf(series));
        button.dataset["method"] = method.id;
        button.addEventListener("click", () => toggleMethod(method.id));
        return h("li", {}, button);
      }),
      h("li", { class: "axes", "aria-hidden": "true", title: t("{y} against {x}", { y: y.label, x: x.label }) }, ...filled(t("{y} against {x}"), { y: mathOf(y.symbol), x: mathOf(x.symbol) })),
    );
    if (focused) this.legend.querySelector<HTMLElement>(`[data-method="${focused}"]`)?.focus();
  }

  #describe(view: View): void {
    const curves = view.series.flatMap((series) => {
      if (series.mark !== "line" || series.y.length === 0 || !isShown(series)) return [];
      let peak = 0;
      for (let i = 1; i < series.y.length; i++) if (series.y[i]! > series.y[peak]!) peak = i;
      return [t("{name}: highest at {x} with {y}", { name: nameOf(series), x: number(series.x[peak]!, 3), y: number(series.y[peak]!, 3) })];
    });
    setAttributes(this.#canvas, { "aria-label": `${this.spec.title}. ${curves.join("; ")}.` });
  }
}

function nameOf(series: Series): string {
  return methodOf(series)?.label ?? told(series.name);
}

function keyOf(series: Series): HTMLElement {
  return h("i", { class: `key line ${methodOf(series)?.look ?? `role-${series.role}`}` });
}

/** Linear interpolation; not a number outside. */
export function valueAt(x: Float32Array, y: Float32Array, at: number): number {
  for (let i = 1; i < x.length; i++) {
    if (at < x[i - 1]! || at > x[i]!) continue;
    const part = (at - x[i - 1]!) / (x[i]! - x[i - 1]! || 1);
    return y[i - 1]! * (1 - part) + y[i]! * part;
  }
  // The edges are not met exactly in single precision.
  const end = x.length - 1;
  const slack = 1e-3 * Math.abs((x[end] ?? 0) - (x[0] ?? 0));
  return end < 0 || at < x[0]! - slack || at > x[end]! + slack ? Number.NaN : at < x[0]! ? y[0]! : y[end]!;
}

/** What the picture has to show: all of the truth, and of the methods what is not a spike. */
function rangeOf({ series, levels }: View): Range {
  const extent = (all: readonly Series[]): Range => {
    const values = all.flatMap(({ y }) => Array.from(y)).filter(Number.isFinite);
    return [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
  };
  const lines = series.filter((s) => s.mark !== "band" && isShown(s) && s.y.length > 0);
  const references = lines.filter((s) => isReference(s.role));
  const methods = lines.filter((s) => !isReference(s.role)).map((one) => extent([one]));
  let [low, high] = extent(references);
  for (const { y } of levels) [low, high] = [Math.min(low, y), Math.max(high, y)];
  if (!(low < high)) {
    // Without a truth, most of the methods.
    const middle = (all: number[]) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
    [low, high] = [middle(methods.map((m) => m[0])), middle(methods.map((m) => m[1]))];
    if (!(low < high)) return [0, Number.isFinite(high) && high > 0 ? 2 * high : 1];
  }
  [low, high] = [Math.min(0, low), Math.max(0, high)];
  const span = high - low;
  const highest = Math.max(high, ...methods.map((m) => m[1]));
  const lowest = Math.min(low, ...methods.map((m) => m[0]));
  const top = Math.min(highest, high + ABOVE * span) + MARGIN * span;
  const bottom = Math.max(lowest, low - BELOW * span);
  return [bottom < 0 ? bottom - MARGIN * span : 0, top];
}

/** The old scale as long as it does, so that curves move and not their axis. */
function settled(old: Range | null, needed: Range): Range {
  if (!old || old[0] > needed[0] || old[1] < needed[1] || old[1] - old[0] > LAZY * (needed[1] - needed[0])) return needed;
  return old;
}

/** Arrows at the edges of the picture where a curve goes farthest beyond, with how far. */
function drawArrows(context: CanvasRenderingContext2D, plane: Plane, series: Series): void {
  for (const up of [true, false]) {
    const edge = up ? plane.top : plane.bottom;
    let [at, place] = [-1, edge + (up ? -SLACK : SLACK)];
    for (let i = 0; i < series.y.length; i++) {
      const y = plane.y.at(series.y[i]!);
      if (up ? y < place : y > place) [at, place] = [i, y];
    }
    if (at < 0) continue;
    const x = plane.x.at(series.x[at]!);
    const [tip, foot] = up ? [edge, edge + 8] : [edge, edge - 8];
    context.fillStyle = colorOf(series);
    context.beginPath();
    context.moveTo(x, tip);
    context.lineTo(x - 5, foot);
    context.lineTo(x + 5, foot);
    context.fill();
    const text = number(series.y[at]!, 2);
    const right = x < plane.right - 50;
    context.font = theme().font;
    context.textAlign = right ? "left" : "right";
    context.strokeStyle = theme().card;
    context.lineWidth = 3;
    const [left, baseline] = [x + (right ? 8 : -8), up ? edge + 10 : edge - 2];
    context.strokeText(text, left, baseline);
    context.fillStyle = theme().ink;
    context.fillText(text, left, baseline);
  }
}
