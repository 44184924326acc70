// The density of one spin: of an angle as a curve around a circle, of an Ising spin as two bars.

import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import type { ViewSpec } from "../bindings/ViewSpec";
import { h, setAttributes } from "../dom";
import { number } from "../format";
import { t, told } from "../language";
import { theme } from "../theme";
import { hairline, sized } from "./paths";
import type { Renderer } from "./renderer";

/** Room around the curves, and for the words below them. */
const MARGIN = 8;
const FOOT = 16;
/** The density of a spin that may point anywhere. */
const UNIFORM = 1 / (2 * Math.PI);

/** Densities over the circle; the arrow is the angle that was drawn. Angles turn as those of the arrows on the lattice do. */
export class PolarRenderer implements Renderer {
  readonly #legend = h("ul", { class: "legend" });
  readonly #canvas = h("canvas", { role: "img" });
  readonly #plot = h("div", { class: "frames" }, this.#canvas);
  #view: View | null = null;
  #names = "";
  #described = -Infinity;

  constructor(
    host: HTMLElement,
    private readonly spec: ViewSpec,
  ) {
    setAttributes(this.#canvas, { "aria-label": t("{what}: nothing drawn yet", { what: spec.title }) });
    host.append(this.#legend, this.#plot);
  }

  draw(view: View): void {
    // Between two samples of a network in training there may be none: the last one stays.
    if (view.series.length === 0) return;
    this.#view = view;
    const names = view.series.map((s) => s.name).join();
    if (names !== this.#names) {
      this.#names = names;
      this.#legend.replaceChildren(...view.series.map((s) => h("li", {}, h("i", { class: `key ${s.mark} role-${s.role}` }), told(s.name))));
    }
    this.redraw();
    this.#describe(view.series);
  }

  redraw(): void {
    const context = sized(this.#canvas, this.#plot);
    if (!context || !this.#view) return;
    const { clientWidth: width, clientHeight: height } = this.#plot;
    context.font = theme().font;
    const { series } = this.#view;
    if (series.some((s) => s.mark === "bars")) drawBars(context, series, width, height);
    else drawCircle(context, series, width, height);
  }

  destroy(): void {
    this.#legend.remove();
    this.#plot.remove();
  }

  #describe(series: readonly Series[]): void {
    if (performance.now() - this.#described < 2000) return;
    this.#described = performance.now();
    const words = series.map((s) => {
      let peak = 0;
      for (let i = 1; i < s.y.length; i++) if (s.y[i]! > s.y[peak]!) peak = i;
      const said = { name: told(s.name), x: number(s.x[peak]!, 3), y: number(s.y[peak]!, 3) };
      return s.y.length === 1 ? t("{name}: {x} with density {y}", said) : t("{name}: highest at {x} with density {y}", said);
    });
    this.#canvas.setAttribute("aria-label", `${this.spec.title}. ${words.join("; ")}.`);
  }
}

function drawCircle(context: CanvasRenderingContext2D, series: readonly Series[], width: number, height: number): void {
  // What all curves and the circle of the uniform density cover: it fills the picture, wherever it lies.
  let [left, right, top, bottom] = [-UNIFORM, UNIFORM, -UNIFORM, UNIFORM];
  for (const one of series) {
    one.x.forEach((angle, i) => {
      const [px, py] = [one.y[i]! * Math.cos(angle), one.y[i]! * Math.sin(angle)];
      if (!Number.isFinite(px)) return;
      [left, right, top, bottom] = [Math.min(left, px), Math.max(right, px), Math.min(top, py), Math.max(bottom, py)];
    });
  }
  const room = height - FOOT;
  const scale = Math.min((width - 2 * MARGIN) / (right - left), (room - 2 * MARGIN) / (bottom - top));
  const x = width / 2 - (scale * (left + right)) / 2;
  const y = room / 2 - (scale * (top + bottom)) / 2;
  context.strokeStyle = theme().line;
  context.lineWidth = 1;
  hairline(context, 0, y, width, y);
  hairline(context, x, 0, x, room);
  context.beginPath();
  context.arc(x, y, UNIFORM * scale, 0, 2 * Math.PI);
  context.stroke();
  context.fillStyle = theme().dim;
  context.textAlign = "right";
  context.fillText("θ = 0", width - 2, y - 4);
  context.textAlign = "center";
  context.fillText(t("circle: a spin that may point anywhere"), width / 2, height - 3, width);
  context.textAlign = "left";
  for (const one of series) {
    context.strokeStyle = context.fillStyle = theme().roles[one.role];
    if (one.mark === "dots") {
      drawArrow(context, x, y, one.x[0]!, Math.max(one.y[0]! * scale, 14));
      continue;
    }
    context.beginPath();
    one.x.forEach((angle, i) => {
      const r = one.y[i]! * scale;
      context.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
    });
    if (one.role !== "limit") {
      context.save();
      context.globalAlpha = 0.16;
      context.fill();
      context.restore();
    }
    context.lineWidth = 1.8;
    context.setLineDash(one.role === "limit" ? [5, 4] : []);
    context.stroke();
    context.setLineDash([]);
  }
}

function drawArrow(context: CanvasRenderingContext2D, x: number, y: number, angle: number, length: number): void {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const [tipX, tipY] = [x + length * c, y + length * s];
  const head = 8;
  context.lineWidth = 2.4;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(tipX, tipY);
  context.moveTo(tipX - head * (c - 0.6 * s), tipY - head * (s + 0.6 * c));
  context.lineTo(tipX, tipY);
  context.lineTo(tipX - head * (c + 0.6 * s), tipY - head * (s - 0.6 * c));
  context.stroke();
}

/** Two bars from 0 to 1, with the spin that was drawn marked. */
function drawBars(context: CanvasRenderingContext2D, series: readonly Series[], width: number, height: number): void {
  const [top, bottom] = [20, height - 20];
  const bar = Math.min(70, width / 4);
  const place = (spin: number) => width / 2 + (spin < 0 ? -1 : 1) * bar;
  const up = (p: number) => bottom - p * (bottom - top);
  context.textAlign = "center";
  context.strokeStyle = theme().line;
  hairline(context, width / 2 - 2 * bar, bottom, width / 2 + 2 * bar, bottom);
  const drawn = series.find((s) => s.name === "drawn")?.x[0];
  for (const one of series) {
    if (one.name === "drawn") continue;
    context.strokeStyle = context.fillStyle = theme().roles[one.role];
    one.x.forEach((spin, i) => {
      const p = one.y[i]!;
      const x = place(spin);
      if (one.mark === "bars") {
        context.globalAlpha = 0.5;
        context.fillRect(x - bar / 2, up(p), bar, bottom - up(p));
        context.globalAlpha = 1;
        context.fillStyle = theme().ink;
        const name = spin < 0 ? t("spin −1") : t("spin +1");
        context.fillText(number(p, 3), x, bottom - 6);
        context.fillText(spin === drawn ? t("{spin} (drawn)", { spin: name }) : name, x, bottom + 14);
        context.fillStyle = theme().roles[one.role];
      } else {
        context.lineWidth = 2;
        context.setLineDash([5, 4]);
        context.beginPath();
        context.moveTo(x - bar * 0.7, up(p));
        context.lineTo(x + bar * 0.7, up(p));
        context.stroke();
        context.setLineDash([]);
      }
    });
  }
  context.textAlign = "left";
}
