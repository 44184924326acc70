// Configurations on a square lattice as pictures: the newest large, others small.

import type { Role } from "../bindings/Role";
import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import { h } from "../dom";
import { number } from "../format";
import { t } from "../language";
import { pixelRatio, theme } from "../theme";
import { sized, SharedRange } from "./paths";
import type { Renderer } from "./renderer";

/** Red above zero, blue below, the background between: safe for colour-blind eyes, and none of the colours of chain and model. */
const ENDS = { light: { high: [178, 24, 43], low: [33, 102, 172] }, dark: { high: [240, 120, 110], low: [110, 170, 240] } } as const;
/** A little steeper than linear near zero, so that weak structure is seen. */
const STEEPNESS = 0.8;
/** Colours on either side of zero. */
const SHADES = 127;
const GAP = 6;
/** Height of the colour bar with its numbers. */
export const BAR = 18;

/** The colours from the lowest to the highest number, as red, green and blue. */
function palette(): Uint8ClampedArray {
  const { card } = theme();
  if (cached?.card === card) return cached.colors;
  const zero = [1, 3, 5].map((at) => Number.parseInt(card.length === 4 ? card[(at + 1) / 2]!.repeat(2) : card.slice(at, at + 2), 16));
  const { low, high } = zero[0]! > 127 ? ENDS.light : ENDS.dark;
  const colors = new Uint8ClampedArray(3 * (2 * SHADES + 1));
  for (let i = -SHADES; i <= SHADES; i++) {
    const [end, mix] = [i < 0 ? low : high, (Math.abs(i) / SHADES) ** STEEPNESS];
    for (let c = 0; c < 3; c++) colors[3 * (i + SHADES) + c] = zero[c]! + mix * (end[c]! - zero[c]!);
  }
  cached = { card, colors };
  return colors;
}
let cached: { card: string; colors: Uint8ClampedArray } | null = null;

/** A size in device pixels at which every site of `side` in a row has as many of them. */
function whole(size: number, side: number): number {
  const fits = Math.floor(size);
  return fits < side ? fits : fits - (fits % side);
}

/** Draws configurations, site by site and then enlarged without smoothing. */
export class Pixels {
  readonly #canvas = document.createElement("canvas");

  /** Draws `values`, `side * side` numbers, rows first, of sizes up to `range`; place and size are in device pixels. */
  draw(context: CanvasRenderingContext2D, values: Float32Array, side: number, range: number, x: number, y: number, size: number): void {
    if (this.#canvas.width !== side || this.#canvas.height !== side) [this.#canvas.width, this.#canvas.height] = [side, side];
    const small = this.#canvas.getContext("2d");
    if (!small) return;
    const colors = palette();
    const image = small.createImageData(side, side);
    for (let i = 0; i < side * side; i++) {
      const shade = SHADES + Math.round(SHADES * Math.max(-1, Math.min(1, (values[i] ?? 0) / range)));
      for (let c = 0; c < 3; c++) image.data[4 * i + c] = colors[3 * shade + c]!;
      image.data[4 * i + 3] = 255;
    }
    small.putImageData(image, 0, 0);
    context.save();
    context.resetTransform();
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#canvas, x, y, size, size);
    context.strokeStyle = theme().line;
    context.lineWidth = 1;
    context.strokeRect(x - 0.5, y - 0.5, size + 1, size + 1);
    context.restore();
  }
}

/** A bar of the colours with the numbers at its ends, in the middle of `width` CSS pixels from `x`. */
export function drawBar(context: CanvasRenderingContext2D, range: number, x: number, y: number, width: number): void {
  const colors = palette();
  const ends = [`\u2212${number(range, 2)}`, number(range, 2)];
  context.font = theme().font;
  const [low = 0, high = 0] = ends.map((text) => context.measureText(text).width);
  const length = Math.round(Math.min(90, width - low - high - 12));
  const left = Math.round(x + (width - length + low - high) / 2);
  for (let i = 0; i < length; i++) {
    const shade = 3 * Math.round((2 * SHADES * i) / (length - 1));
    context.fillStyle = `rgb(${colors.subarray(shade, shade + 3).join(" ")})`;
    context.fillRect(left + i, y, 1, 8);
  }
  context.fillStyle = theme().dim;
  context.fillText(ends[0]!, left - 6 - low, y + 8);
  context.fillText(ends[1]!, left + length + 6, y + 8);
}

/** Mean and root mean square of some numbers, in words. */
export function inWords(values: Float32Array): string {
  let [sum, squares] = [0, 0];
  for (const v of values) [sum, squares] = [sum + v, squares + v * v];
  const n = Math.max(1, values.length);
  return t("mean {mean}, root mean square {size}", { mean: number(sum / n, 2), size: number(Math.sqrt(squares / n), 2) });
}

/** Sizes in device pixels: a large picture, and lines of small ones along its right or lower edge. */
interface Layout {
  large: number;
  small: number;
  /** Small pictures in a line, and lines. */
  perLine: number;
  lines: number;
}

/** Small pictures may cost the large one so much of its edge. */
const LEAST_LARGE = 0.75;
/** What a small picture's area counts against the large one's. */
const VARIETY = 4;

/** The best use of `long` by `short` device pixels for one large picture and up to `others` small ones. */
function arrange(long: number, short: number, side: number, others: number, gap: number): Layout {
  let best: Layout = { large: whole(short, side), small: 0, perLine: 0, lines: 0 };
  let most = best.large ** 2;
  const least = LEAST_LARGE * best.large;
  for (let perLine = 2; perLine <= Math.min(4, others); perLine++) {
    // Lines that are not full would look like something missing.
    for (let lines = 1; lines * perLine <= others; lines++) {
      const large = whole(Math.min(short, (long - (lines * gap) / perLine) / (1 + lines / perLine)), side);
      const small = whole((large - (perLine - 1) * gap) / perLine, side);
      const worth = large ** 2 + VARIETY * perLine * lines * small ** 2;
      if (large >= least && worth > most) [best, most] = [{ large, small, perLine, lines }, worth];
    }
  }
  return best;
}

/** Configurations of some roles, on one scale with the other panes that share `range`. */
export class FieldRenderer implements Renderer {
  readonly #canvas: HTMLCanvasElement;
  readonly #pixels = new Pixels();
  #view: View | null = null;
  #showsOthers = false;
  #described = -Infinity;

  constructor(
    private readonly host: HTMLElement,
    private readonly roles: readonly Role[] | null,
    private readonly range: SharedRange,
    private readonly label: string,
  ) {
    this.#canvas = h("canvas", { role: "img", "aria-label": t("{what}: nothing drawn yet", { what: label }) });
    host.append(this.#canvas);
  }

  /** Whether there was room for others beside the newest configuration. */
  get showsOthers(): boolean {
    return this.#showsOthers;
  }

  draw(view: View): void {
    this.#view = view;
    const largest = extent(view.series);
    this.range.follow(view, -largest, largest);
    this.redraw();
  }

  redraw(): void {
    const context = sized(this.#canvas, this.host);
    const all = (this.#view?.series ?? []).filter((s) => s.mark === "field");
    const series = all.find((s) => this.roles === null || this.roles.includes(s.role));
    if (!context || !series) return;
    const side = series.x.length;
    const [newest, ...others] = picturesOf(series).reverse();
    if (!newest) return;
    // As many as every pane has: pictures to be compared are of one size.
    const fewest = Math.min(...all.map((s) => picturesOf(s).length).filter((count) => count > 0));
    const { clientWidth, clientHeight } = this.host;
    // A pixel on each side for the outlines.
    const [width, height] = [this.#canvas.width - 2, this.#canvas.height - 2 - Math.ceil(BAR * pixelRatio())];
    const beside = width > height;
    const gap = Math.round(GAP * pixelRatio());
    const { large, small, perLine, lines } = arrange(Math.max(width, height), Math.min(width, height), side, fewest - 1, gap);
    this.#showsOthers = lines > 0;
    const used = large + (beside ? lines * (gap + small) : 0);
    const left = 1 + Math.floor((width - used) / 2);
    const place = (values: Float32Array, x: number, y: number, size: number) =>
      this.#pixels.draw(context, values, side, this.range.high, left + x, 1 + y, size);
    place(newest, 0, 0, large);
    others.slice(0, perLine * lines).forEach((values, i) => {
      const along = Math.round(((i % perLine) * (large - small)) / (perLine - 1));
      const across = large + gap + Math.floor(i / perLine) * (gap + small);
      place(values, beside ? across : along, beside ? along : across, small);
    });
    const below = (Math.max(large, beside ? 0 : large + lines * (gap + small)) + 2) / pixelRatio();
    drawBar(context, this.range.high, 0, Math.min(below + 7, clientHeight - 11), clientWidth);
    this.#describe(side, newest, others.length + 1);
  }

  destroy(): void {
    this.#canvas.remove();
  }

  /** Written rarely: assistive software need not follow every frame. */
  #describe(side: number, newest: Float32Array, count: number): void {
    if (performance.now() - this.#described < 2000) return;
    this.#described = performance.now();
    const said = { name: this.label, n: count, side, newest: inWords(newest) };
    this.#canvas.setAttribute(
      "aria-label",
      count === 1
        ? t("{name}: a configuration of {side} by {side} sites; the newest has {newest}.", said)
        : t("{name}: {n} configurations of {side} by {side} sites; the newest has {newest}.", said),
    );
  }
}

/** The pictures of a series, oldest first. */
export function picturesOf({ x, y }: Series): Float32Array[] {
  const size = x.length * x.length;
  return Array.from({ length: size === 0 ? 0 : Math.floor(y.length / size) }, (_, i) => y.subarray(i * size, (i + 1) * size));
}

/** The size that nearly all numbers stay below. */
export function extent(all: readonly Series[]): number {
  const sizes: number[] = [];
  for (const { y } of all) {
    const stride = Math.max(1, Math.floor(y.length / 1500));
    for (let i = 0; i < y.length; i += stride) if (Number.isFinite(y[i])) sizes.push(Math.abs(y[i]!));
  }
  sizes.sort((a, b) => a - b);
  return sizes[Math.floor(0.99 * (sizes.length - 1))] || 1;
}
