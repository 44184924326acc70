// Spins on a square lattice: arrows on the hues of a wheel, or two colours; the vortices between them, and their pairs.

import type { Role } from "../bindings/Role";
import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import { h, placeIn } from "../dom";
import { number } from "../format";
import { t } from "../language";
import { pixelRatio, reducedMotion, theme } from "../theme";
import { picturesOf } from "./field";
import { sized } from "./paths";
import type { Renderer } from "./renderer";

/** Hues of the wheel, of equal lightness; where the paper is dark they are darker. */
const HUES = 72;
const UP_DOWN = { light: ["#2166ac", "#f4a582"], dark: ["#2b5f95", "#d98a62"] } as const;
const VORTEX = "#b2182b";
const ANTIVORTEX = "#2166ac";
/** Height of the line that explains the marks. */
const KEY = 20;
/** Arrows in smaller cells, in CSS pixels, are dust. */
const LEAST_ARROW = 6;
/** Above this part of the plaquettes with a vortex it does not tell anything who is next to whom. */
const MOST_PAIRED = 0.12;
/** Between two configurations of the chain the arrows turn the shorter way, for as long as the last one took to come, but no longer. */
const LONGEST_TURN_MS = 400;

/** A vortex (+1) or an antivortex (-1) in the middle of a plaquette, in lattice spacings. */
export interface Vortex {
  x: number;
  y: number;
  sign: number;
}

function isDark(): boolean {
  return Number.parseInt(theme().card.slice(1, 2), 16) < 8;
}

let wheel: { dark: boolean; colours: string[] } | null = null;
function hues(): string[] {
  const dark = isDark();
  if (wheel?.dark !== dark) {
    const lightness = dark ? 0.55 : 0.82;
    wheel = { dark, colours: Array.from({ length: HUES }, (_, i) => `oklch(${lightness} 0.115 ${((i * 360) / HUES + 20) % 360})`) };
  }
  return wheel.colours;
}

/** The colour of an angle. */
export function hue(angle: number): string {
  const part = angle / (2 * Math.PI);
  return hues()[Math.floor((part - Math.floor(part)) * HUES) % HUES]!;
}

/** The newest configuration of some roles on a canvas of its own. */
export class SpinsRenderer implements Renderer {
  readonly #canvas: HTMLCanvasElement;
  #angles = false;
  #side = 0;
  /** What is shown, and on the way from what to what. */
  #shown: Float32Array = new Float32Array();
  #from: Float32Array = new Float32Array();
  #to: Float32Array = new Float32Array();
  #started = 0;
  #turn = 0;
  #animation = 0;
  #vortices: Vortex[] = [];
  #hasVortices = false;
  #geometry = { left: 0, top: 0, cell: 1 };
  #described = -Infinity;
  /** A place that the keys are at, in lattice spacings. */
  cursor: { x: number; y: number } | null = null;

  constructor(
    private readonly host: HTMLElement,
    private readonly roles: readonly Role[] | null,
    private readonly label: string,
    /** Whether configurations follow one from another, so that arrows may turn; independent ones are shown at once. */
    private readonly smooth: boolean,
  ) {
    this.#canvas = h("canvas", { role: "img", "aria-label": t("{what}: nothing drawn yet", { what: label }) });
    host.append(this.#canvas);
  }

  get side(): number {
    return this.#side;
  }

  /** Whether the spins are angles. */
  get angles(): boolean {
    return this.#angles;
  }

  get vortices(): readonly Vortex[] {
    return this.#vortices;
  }

  /** The spin at a site. */
  spin(x: number, y: number): number {
    const wrap = (at: number) => ((Math.round(at) % this.#side) + this.#side) % this.#side;
    return this.#to[wrap(y) * this.#side + wrap(x)] ?? 0;
  }

  /** Where on the lattice a place of the window is, in spacings; null beside the picture. */
  at(clientX: number, clientY: number): { x: number; y: number } | null {
    const [across, down] = placeIn(this.#canvas, { clientX, clientY });
    const { left, top, cell } = this.#geometry;
    const [x, y] = [(across - left) / cell - 0.5, (down - top) / cell - 0.5];
    const within = (v: number) => v >= -0.5 && v < this.#side - 0.5;
    return within(x) && within(y) ? { x, y } : null;
  }

  /** The nearest vortex to a place and how far it is, in CSS pixels. */
  nearest(place: { x: number; y: number }): { vortex: Vortex; pixels: number } | null {
    let best: { vortex: Vortex; pixels: number } | null = null;
    for (const vortex of this.#vortices) {
      const pixels = this.#geometry.cell * Math.hypot(this.#apart(vortex.x, place.x), this.#apart(vortex.y, place.y));
      if (!best || pixels < best.pixels) best = { vortex, pixels };
    }
    return best;
  }

  draw(view: View): void {
    const mine = view.series.filter((s) => this.roles === null || this.roles.includes(s.role));
    const spins = mine.find((s) => s.mark === "spins" || s.mark === "field");
    const newest = spins && picturesOf(spins).at(-1);
    if (!spins || !newest) return;
    const same = this.#side === spins.x.length && this.#angles === (spins.mark === "spins");
    [this.#side, this.#angles] = [spins.x.length, spins.mark === "spins"];
    const vortices = mine.find((s) => s.mark === "vortices");
    this.#hasVortices = vortices !== undefined;
    this.#vortices = vorticesOf(vortices);
    const now = performance.now();
    const turns = this.smooth && same && this.#angles && !reducedMotion();
    this.#from = turns ? this.#shown.slice() : newest;
    this.#to = newest;
    this.#turn = turns ? Math.min(LONGEST_TURN_MS, now - this.#started) : 0;
    this.#started = now;
    if (turns) {
      if (this.#animation === 0) this.#animation = requestAnimationFrame(this.#tick);
    } else {
      this.#shown = newest.slice();
      this.redraw();
    }
    this.#describe();
  }

  readonly #tick = (): void => {
    this.#animation = 0;
    const part = this.#turn > 0 ? Math.min(1, (performance.now() - this.#started) / this.#turn) : 1;
    for (let i = 0; i < this.#to.length; i++) {
      const by = this.#to[i]! - this.#from[i]!;
      this.#shown[i] = this.#from[i]! + part * (by - 2 * Math.PI * Math.round(by / (2 * Math.PI)));
    }
    this.redraw();
    if (part < 1) this.#animation = requestAnimationFrame(this.#tick);
  };

  redraw(): void {
    const context = sized(this.#canvas, this.host);
    const side = this.#side;
    if (!context || side === 0) return;
    const { clientWidth: width, clientHeight: height } = this.host;
    const ratio = pixelRatio();
    // Every cell has as many pixels of the device.
    const cell = Math.max(1, Math.floor((Math.min(width, height - KEY) * ratio - 2) / side)) / ratio;
    const size = cell * side;
    const left = Math.floor(((width - size) / 2) * ratio) / ratio;
    const top = 1 / ratio;
    this.#geometry = { left, top, cell };
    const [down, up] = UP_DOWN[isDark() ? "dark" : "light"];
    for (let i = 0; i < side * side; i++) {
      const spin = this.#shown[i]!;
      if (Number.isNaN(spin)) continue;
      context.fillStyle = this.#angles ? hue(spin) : spin > 0 ? up : down;
      context.fillRect(left + (i % side) * cell, top + Math.floor(i / side) * cell, cell, cell);
    }
    if (this.#angles && cell >= LEAST_ARROW) this.#drawArrows(context);
    context.strokeStyle = theme().dim;
    context.lineWidth = 1;
    context.strokeRect(left - 0.5, top - 0.5, size + 1, size + 1);
    context.save();
    context.beginPath();
    context.rect(left, top, size, size);
    context.clip();
    this.#drawNext(context);
    if (this.#vortices.length <= MOST_PAIRED * side * side) this.#drawPairs(context);
    for (const vortex of this.#vortices) this.#drawVortex(context, vortex);
    if (this.cursor) this.#drawCursor(context, this.cursor);
    context.restore();
    this.#drawKey(context, width, Math.min(top + size + KEY - 6, height - 5));
  }

  destroy(): void {
    cancelAnimationFrame(this.#animation);
    this.#canvas.remove();
  }

  /** The shorter way from `b` to `a` on the torus. */
  #apart(a: number, b: number): number {
    const d = a - b;
    return d - this.#side * Math.round(d / this.#side);
  }

  #drawArrows(context: CanvasRenderingContext2D): void {
    const { left, top, cell } = this.#geometry;
    const long = 0.38 * cell;
    const head = 0.22 * cell;
    context.beginPath();
    for (let i = 0; i < this.#shown.length; i++) {
      const angle = this.#shown[i]!;
      if (Number.isNaN(angle)) continue;
      const [x, y] = [left + ((i % this.#side) + 0.5) * cell, top + (Math.floor(i / this.#side) + 0.5) * cell];
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const [tipX, tipY] = [x + long * c, y + long * s];
      context.moveTo(x - long * c, y - long * s);
      context.lineTo(tipX, tipY);
      context.moveTo(tipX - head * (c - 0.8 * s), tipY - head * (s + 0.8 * c));
      context.lineTo(tipX, tipY);
      context.lineTo(tipX - head * (c + 0.8 * s), tipY - head * (s - 0.8 * c));
    }
    context.strokeStyle = isDark() ? "#fff" : "#16181d";
    context.lineWidth = Math.max(0.8, Math.min(2, cell / 14));
    context.stroke();
  }

  /** The first site without a spin: the one that is written next. */
  #drawNext(context: CanvasRenderingContext2D): void {
    const next = this.#shown.findIndex(Number.isNaN);
    if (next < 0) return;
    const { left, top, cell } = this.#geometry;
    context.strokeStyle = theme().roles.model;
    context.lineWidth = Math.max(2, cell / 12);
    const inset = context.lineWidth / 2;
    context.strokeRect(left + (next % this.#side) * cell + inset, top + Math.floor(next / this.#side) * cell + inset, cell - 2 * inset, cell - 2 * inset);
  }

  /** From each vortex a line to its partner: the closest pair first, then the closest of those that are left. */
  #drawPairs(context: CanvasRenderingContext2D): void {
    const { left, top, cell } = this.#geometry;
    const of = (sign: number) => this.#vortices.filter((v) => v.sign === sign);
    const negative = of(-1);
    const all = of(1).flatMap((a) => negative.map((b) => ({ a, b, x: this.#apart(b.x, a.x), y: this.#apart(b.y, a.y) })));
    all.sort((p, q) => Math.hypot(p.x, p.y) - Math.hypot(q.x, q.y));
    const taken = new Set<Vortex>();
    context.strokeStyle = theme().ink;
    context.lineWidth = 2;
    context.beginPath();
    for (const { a, b, x, y } of all) {
      if (taken.has(a) || taken.has(b)) continue;
      taken.add(a).add(b);
      // Drawn from both ends: across the rim it leaves on one side and comes back on the other.
      for (const [from, sign] of [[a, 1], [b, -1]] as const) {
        const [startX, startY] = [left + (from.x + 0.5) * cell, top + (from.y + 0.5) * cell];
        context.moveTo(startX, startY);
        context.lineTo(startX + sign * x * cell, startY + sign * y * cell);
      }
    }
    context.stroke();
  }

  #drawVortex(context: CanvasRenderingContext2D, { x, y, sign }: Vortex): void {
    const { left, top, cell } = this.#geometry;
    // A vortex on the rim lies half outside: it is shown whole.
    const end = left + this.#side * cell;
    const radius = Math.max(3.5, Math.min(9, 0.36 * cell));
    const px = Math.min(left + (x + 0.5) * cell, end - radius);
    const py = Math.min(top + (y + 0.5) * cell, top + this.#side * cell - radius);
    drawMark(context, px, py, radius, sign);
  }

  #drawCursor(context: CanvasRenderingContext2D, { x, y }: { x: number; y: number }): void {
    const { left, top, cell } = this.#geometry;
    context.strokeStyle = theme().ink;
    context.lineWidth = 2.5;
    context.setLineDash([4, 3]);
    context.strokeRect(left + x * cell, top + y * cell, cell, cell);
    context.setLineDash([]);
  }

  #drawKey(context: CanvasRenderingContext2D, width: number, baseline: number): void {
    context.font = theme().font;
    const items: { text: string; mark: (x: number, y: number) => void }[] = this.#angles
      ? [
          { text: t("angle"), mark: (x: number, y: number) => drawWheel(context, x, y, 6) },
          { text: t("vortex"), mark: (x: number, y: number) => drawMark(context, x, y, 5.5, 1) },
          { text: t("antivortex"), mark: (x: number, y: number) => drawMark(context, x, y, 5.5, -1) },
        ].slice(0, this.#hasVortices ? 3 : 1)
      : UP_DOWN[isDark() ? "dark" : "light"].map((colour, i) => ({
          text: i === 0 ? t("spin −1") : t("spin +1"),
          mark: (x: number, y: number) => {
            context.fillStyle = colour;
            context.fillRect(x - 5, y - 5, 10, 10);
          },
        }));
    const gap = width < 200 ? 6 : 12;
    const widths = items.map(({ text }) => 16 + context.measureText(text).width);
    const total = () => widths.reduce((sum, w) => sum + w + gap, -gap);
    // Where not all have room, arrows speak for themselves.
    if (items.length > 2 && total() > width) {
      items.shift();
      widths.shift();
    }
    let x = Math.max(7, (width - total()) / 2 + 6);
    items.forEach(({ text, mark }, i) => {
      mark(x, baseline - 4);
      context.fillStyle = theme().dim;
      context.textAlign = "left";
      context.fillText(text, x + 9, baseline);
      x += widths[i]! + gap;
    });
  }

  /** Written rarely: assistive software need not follow every frame. */
  #describe(): void {
    if (performance.now() - this.#described < 2000) return;
    this.#described = performance.now();
    const written = this.#to.filter((v) => !Number.isNaN(v));
    const mean = (f: (v: number) => number) => written.reduce((sum, v) => sum + f(v), 0) / Math.max(1, written.length);
    const size = this.#angles ? Math.hypot(mean(Math.cos), mean(Math.sin)) : Math.abs(mean((v) => v));
    const missing = this.#to.length - written.length;
    const count = (sign: number) => this.#vortices.filter((v) => v.sign === sign).length;
    const parts = [
      this.#angles ? t("{n} by {n} spins in the plane", { n: this.#side }) : t("{n} by {n} spins up or down", { n: this.#side }),
      missing > 0 ? t("{n} of them not yet written", { n: missing }) : t("mean spin of length {length}", { length: number(size, 2) }),
      this.#angles && missing === 0 ? t("{n} vortices and {m} antivortices", { n: count(1), m: count(-1) }) : "",
    ];
    this.#canvas.setAttribute("aria-label", `${this.label}: ${parts.filter((part) => part !== "").join(", ")}.`);
  }
}

/** A vortex is a red disc with a plus, an antivortex a blue square with a minus. */
function drawMark(context: CanvasRenderingContext2D, x: number, y: number, radius: number, sign: number): void {
  context.beginPath();
  if (sign > 0) context.arc(x, y, radius, 0, 2 * Math.PI);
  else context.rect(x - 0.9 * radius, y - 0.9 * radius, 1.8 * radius, 1.8 * radius);
  context.fillStyle = sign > 0 ? VORTEX : ANTIVORTEX;
  context.fill();
  context.strokeStyle = "#fff";
  context.lineWidth = 1;
  context.stroke();
  const arm = 0.55 * radius;
  context.lineWidth = Math.max(1.2, radius / 4);
  context.beginPath();
  context.moveTo(x - arm, y);
  context.lineTo(x + arm, y);
  if (sign > 0) {
    context.moveTo(x, y - arm);
    context.lineTo(x, y + arm);
  }
  context.stroke();
}

/** The colours of the angles, each in its direction. */
function drawWheel(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  const parts = 24;
  context.lineWidth = 4;
  for (let i = 0; i < parts; i++) {
    const angle = (2 * Math.PI * i) / parts;
    context.beginPath();
    context.arc(x, y, radius - 2, angle - 0.15, angle + (2 * Math.PI) / parts);
    context.strokeStyle = hue(angle);
    context.stroke();
  }
}

/** The vortices of the newest picture. */
function vorticesOf(series: Series | undefined): Vortex[] {
  const newest = series && picturesOf(series).at(-1);
  if (!series || !newest) return [];
  const side = series.x.length;
  const found: Vortex[] = [];
  newest.forEach((sign, i) => {
    if (sign !== 0) found.push({ x: (i % side) + 0.5, y: Math.floor(i / side) + 0.5, sign: Math.sign(sign) });
  });
  return found;
}
