// A canvas context that writes SVG: what the renderers draw with, so that a picture in a paper is the one on the screen.

import { pixelRatio } from "../theme";

/** What `save` keeps. */
interface Pen {
  fillStyle: string;
  strokeStyle: string;
  lineWidth: number;
  lineJoin: CanvasLineJoin;
  font: string;
  textAlign: CanvasTextAlign;
  globalAlpha: number;
  dash: number[];
  clip: string;
  /** CSS pixels of a unit. */
  scale: number;
}

const measure = document.createElement("canvas").getContext("2d")!;
let clips = 0;

/** Text as it stands in XML. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** `name="value"` for each that has one. */
export function attributes(of: Record<string, string | number | null>): string {
  return Object.entries(of)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => ` ${name}="${typeof value === "number" ? rounded(value) : escaped(String(value))}"`)
    .join("");
}

/** `11px system-ui, sans-serif` as attributes. */
export function fontOf(font: string): Record<string, string> {
  const [, weight = "", size = "11", family = "sans-serif"] = /^(?:(bold|\d+) )?([\d.]+)px (.*)$/.exec(font) ?? [];
  return { "font-size": size, "font-family": family, "font-weight": weight };
}

/** The width of a text in CSS pixels. */
export function widthOf(text: string, font: string): number {
  measure.font = font;
  return measure.measureText(text).width;
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The part of a canvas' context that the renderers use; `elements` is what they have drawn. */
export class SvgContext implements Partial<CanvasRenderingContext2D> {
  readonly elements: string[] = [];
  fillStyle = "#000";
  strokeStyle = "#000";
  lineWidth = 1;
  lineJoin: CanvasLineJoin = "miter";
  font = "11px sans-serif";
  textAlign: CanvasTextAlign = "left";
  globalAlpha = 1;
  imageSmoothingEnabled = true;
  #dash: number[] = [];
  #clip = "";
  #scale = 1;
  #path = "";
  readonly #kept: Pen[] = [];

  save(): void {
    const { fillStyle, strokeStyle, lineWidth, lineJoin, font, textAlign, globalAlpha } = this;
    this.#kept.push({ fillStyle, strokeStyle, lineWidth, lineJoin, font, textAlign, globalAlpha, dash: this.#dash, clip: this.#clip, scale: this.#scale });
  }

  restore(): void {
    const pen = this.#kept.pop();
    if (!pen) return;
    const { dash, clip, scale, ...style } = pen;
    Object.assign(this, style);
    [this.#dash, this.#clip, this.#scale] = [dash, clip, scale];
  }

  /** From here on units are pixels of the device. */
  resetTransform(): void {
    this.#scale = 1 / pixelRatio();
  }

  setLineDash(dash: number[]): void {
    this.#dash = dash;
  }

  beginPath(): void {
    this.#path = "";
  }

  moveTo(x: number, y: number): void {
    this.#path += `M${this.#at(x, y)}`;
  }

  lineTo(x: number, y: number): void {
    this.#path += `${this.#path ? "L" : "M"}${this.#at(x, y)}`;
  }

  closePath(): void {
    this.#path += "Z";
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#path += `M${this.#at(x, y)}L${this.#at(x + width, y)}L${this.#at(x + width, y + height)}L${this.#at(x, y + height)}Z`;
  }

  arc(x: number, y: number, radius: number, from: number, to: number): void {
    const point = (angle: number) => this.#at(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    const r = rounded(radius * this.#scale);
    // A circle has no end that differs from its beginning: half and half.
    const middle = (from + to) / 2;
    this.#path += `${this.#path && !this.#path.endsWith("Z") && !/M[^A-Z]*$/.test(this.#path) ? "L" : "M"}${point(from)}`;
    this.#path += `A${r} ${r} 0 0 1 ${point(middle)}A${r} ${r} 0 0 1 ${point(to)}`;
  }

  clip(): void {
    const id = `clip${++clips}`;
    this.elements.push(`<clipPath id="${id}"><path d="${this.#path}"/></clipPath>`);
    this.#clip = `url(#${id})`;
  }

  stroke(): void {
    this.#element("path", { d: this.#path, fill: "none", ...this.#line() });
  }

  fill(): void {
    this.#element("path", { d: this.#path, fill: this.fillStyle });
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.#element("rect", { ...this.#box(x, y, width, height), fill: this.fillStyle });
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.#element("rect", { ...this.#box(x, y, width, height), fill: "none", ...this.#line() });
  }

  clearRect(): void {
    this.elements.length = 0;
  }

  fillText(text: string, x: number, y: number, most?: number): void {
    this.#text(text, x, y, most, { fill: this.fillStyle });
  }

  strokeText(text: string, x: number, y: number, most?: number): void {
    this.#text(text, x, y, most, { fill: "none", ...this.#line(), "stroke-linejoin": "round" });
  }

  measureText(text: string): TextMetrics {
    measure.font = this.font;
    return measure.measureText(text);
  }

  drawImage(image: CanvasImageSource, x: number, y: number, width = 0, height = 0): void {
    const href = (image as HTMLCanvasElement).toDataURL();
    const rendering = this.imageSmoothingEnabled ? null : "pixelated";
    this.#element("image", { ...this.#box(x, y, width, height), href, preserveAspectRatio: "none", "image-rendering": rendering });
  }

  #at(x: number, y: number): string {
    return `${rounded(x * this.#scale)} ${rounded(y * this.#scale)}`;
  }

  #box(x: number, y: number, width: number, height: number): Record<string, number> {
    // A canvas fills a box of negative height upwards; SVG does not.
    const [left, top] = [Math.min(x, x + width), Math.min(y, y + height)];
    const s = this.#scale;
    return { x: left * s, y: top * s, width: Math.abs(width) * s, height: Math.abs(height) * s };
  }

  #line(): Record<string, string | number | null> {
    return {
      stroke: this.strokeStyle,
      "stroke-width": this.lineWidth * this.#scale,
      "stroke-dasharray": this.#dash.length > 0 ? this.#dash.join(" ") : null,
      "stroke-linejoin": this.lineJoin === "miter" ? null : this.lineJoin,
    };
  }

  #text(text: string, x: number, y: number, most: number | undefined, paint: Record<string, string | number | null>): void {
    const anchor = { center: "middle", right: "end", end: "end", left: null, start: null }[this.textAlign];
    const long = most !== undefined && widthOf(text, this.font) > most;
    const squeezed = long ? { textLength: most, lengthAdjust: "spacingAndGlyphs" } : {};
    this.#element("text", { x: x * this.#scale, y: y * this.#scale, "text-anchor": anchor, ...fontOf(this.font), ...squeezed, ...paint }, escaped(text));
  }

  #element(name: string, of: Record<string, string | number | null>, content = ""): void {
    // What lies outside of all axes is NaN to the renderers, and nothing here.
    if (of["d"] === "" || Object.values(of).some((value) => /NaN|Infinity/.test(String(value)))) return;
    const opacity = this.globalAlpha < 1 ? this.globalAlpha : null;
    this.elements.push(`<${name}${attributes({ ...of, opacity, "clip-path": this.#clip })}${content ? `>${content}</${name}>` : "/>"}`);
  }
}
