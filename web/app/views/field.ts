// Configurations on a square lattice: the newest large, some before it small.

import type { Role } from "../bindings/Role";
import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import { h } from "../dom";
import { number } from "../format";
import { theme } from "../theme";
import { sized, SharedRange } from "./paths";
import type { Renderer } from "./renderer";

/** Red above zero, blue below, the background between: safe for most colour-blind eyes, and not one of the colours of chain and model. */
const ENDS = { light: { high: [178, 24, 43], low: [33, 102, 172] }, dark: { high: [240, 120, 110], low: [110, 170, 240] } } as const;
const GAP = 6;
/** Height of the colour bar with its numbers. */
const BAR = 18;

type Rgb = readonly [number, number, number];

/** The colours of numbers from `-range` to `range`. */
export function colorMap(): (share: number) => Rgb {
  const card = rgbOf(theme().card);
  const ends = card[0] + card[1] + card[2] > 384 ? ENDS.light : ENDS.dark;
  return (share) => {
    const end = share < 0 ? ends.low : ends.high;
    // A little faster than linear near zero, so that weak structure is seen.
    const mix = Math.min(1, Math.abs(share)) ** 0.8;
    return [0, 1, 2].map((i) => Math.round(card[i]! + mix * (end[i]! - card[i]!))) as unknown as Rgb;
  };
}

function rgbOf(color: string): Rgb {
  const hex = /^#([0-9a-f]{6})$/i.exec(color)?.[1];
  if (hex) return [0, 2, 4].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb;
  const parts = color.match(/\d+(\.\d+)?/g)?.map(Number) ?? [255, 255, 255];
  return [parts[0] ?? 255, parts[1] ?? 255, parts[2] ?? 255];
}

/** Draws pictures of one lattice, pixel by pixel and then enlarged without smoothing. */
export class Pixels {
  readonly #canvas = document.createElement("canvas");

  /** `values` are `side * side` numbers, rows first. */
  draw(context: CanvasRenderingContext2D, values: Float32Array, side: number, range: number, x: number, y: number, size: number): void {
    if (this.#canvas.width !== side || this.#canvas.height !== side) [this.#canvas.width, this.#canvas.height] = [side, side];
    const small = this.#canvas.getContext("2d");
    if (!small) return;
    const color = colorMap();
    const image = small.createImageData(side, side);
    for (let i = 0; i < side * side; i++) {
      const [r, g, b] = color((values[i] ?? 0) / range);
      image.data.set([r, g, b, 255], 4 * i);
    }
    small.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#canvas, x, y, size, size);
    context.strokeStyle = theme().line;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
  }
}

/** A bar of the colours from `-range` to `range`, with the numbers at its ends. */
export function drawBar(context: CanvasRenderingContext2D, range: number, x: number, y: number, width: number): void {
  const color = colorMap();
  for (let i = 0; i < width; i++) {
    context.fillStyle = `rgb(${color((2 * i) / width - 1).join(" ")})`;
    context.fillRect(x + i, y, 1, 8);
  }
  context.font = theme().font;
  context.fillStyle = theme().dim;
  context.fillText(`${number(range, 2)}`, x + width + 6, y + 8);
  const low = `\u2212${number(range, 2)}`;
  context.fillText(low, x - 6 - context.measureText(low).width, y + 8);
}

/** Mean and root mean square of some numbers, in words. */
export function inWords(values: Float32Array): string {
  let [sum, squares] = [0, 0];
  for (const v of values) [sum, squares] = [sum + v, squares + v * v];
  const n = Math.max(1, values.length);
  return `mean ${number(sum / n, 2)}, root mean square ${number(Math.sqrt(squares / n), 2)}`;
}

/** Configurations of some roles, on one scale with the other panes that share `range`. */
export class FieldRenderer implements Renderer {
  readonly #canvas: HTMLCanvasElement;
  readonly #pixels = new Pixels();
  #view: View | null = null;
  #described = -Infinity;

  constructor(
    private readonly host: HTMLElement,
    private readonly roles: readonly Role[] | null,
    private readonly range: SharedRange,
    private readonly label: string,
  ) {
    this.#canvas = h("canvas", { role: "img", "aria-label": `${label}: nothing drawn yet` });
    host.append(this.#canvas);
  }

  draw(view: View): void {
    this.#view = view;
    const largest = extent(view);
    this.range.follow(-largest, largest);
    this.redraw();
  }

  redraw(): void {
    const context = sized(this.#canvas, this.host);
    const series = this.#series()[0];
    if (!context || !series) return;
    const { clientWidth: width, clientHeight: height } = this.host;
    const side = series.x.length;
    const all = picturesOf(series);
    const room = height - BAR;
    const large = Math.floor(Math.min(room, width));
    const rest = all.slice(0, -1).reverse();
    // Beside the newest picture two or three rows of small ones, as many columns as there is room for.
    const rows = large > 200 ? 3 : 2;
    const small = Math.floor((large - (rows - 1) * GAP) / rows);
    const columns = Math.min(Math.floor((width - large) / (small + GAP)), Math.ceil(rest.length / rows));
    const used = large + columns * (small + GAP);
    const left = Math.floor((width - used) / 2);
    const newest = all.at(-1);
    if (newest) this.#pixels.draw(context, newest, side, this.range.high, left, 0, large);
    for (let i = 0; i < Math.min(rest.length, rows * columns); i++) {
      const [column, row] = [Math.floor(i / rows), i % rows];
      this.#pixels.draw(context, rest[i]!, side, this.range.high, left + large + GAP + column * (small + GAP), row * (small + GAP), small);
    }
    if (all.length > 0) drawBar(context, this.range.high, Math.floor(width / 2) - 45, height - 11, 90);
    this.#describe(side, all);
  }

  destroy(): void {
    this.#canvas.remove();
  }

  #series(): Series[] {
    return (this.#view?.series ?? []).filter((s) => s.mark === "field" && (this.roles === null || this.roles.includes(s.role)));
  }

  /** Written rarely: assistive software need not follow every frame. */
  #describe(side: number, all: readonly Float32Array[]): void {
    if (performance.now() - this.#described < 2000) return;
    this.#described = performance.now();
    const newest = all.at(-1);
    const text = newest ? `${all.length} configurations of ${side} by ${side} sites; the newest has ${inWords(newest)}` : "nothing drawn yet";
    this.#canvas.setAttribute("aria-label", `${this.label}: ${text}.`);
  }
}

/** The pictures of a series, oldest first. */
export function picturesOf({ x, y }: Series): Float32Array[] {
  const size = x.length * x.length;
  return Array.from({ length: size === 0 ? 0 : Math.floor(y.length / size) }, (_, i) => y.subarray(i * size, (i + 1) * size));
}

/** The size that nearly all numbers stay below. */
export function extent(view: View): number {
  const sizes: number[] = [];
  for (const { y } of view.series) {
    const stride = Math.max(1, Math.floor(y.length / 1500));
    for (let i = 0; i < y.length; i += stride) if (Number.isFinite(y[i])) sizes.push(Math.abs(y[i]!));
  }
  sizes.sort((a, b) => a - b);
  return sizes[Math.floor(0.99 * (sizes.length - 1))] || 1;
}
