// Pictures to take away: what a renderer draws, with title, legend and names of the axes, as SVG; and that as PNG.

import { t } from "../language";
import { theme } from "../theme";
import { recorded } from "../views/recording";
import { attributes, escaped, fontOf, SvgContext, widthOf } from "./svg_context";

/** Words around a picture. */
export interface Words {
  title: string;
  /** Names of the axes; empty where there are none. */
  x: string;
  y: string;
  /** Where it comes from: one line below. */
  caption: string;
  /** Names of the panes, where there are several. */
  panes?: readonly string[];
}

/** A line of the legend. */
interface Key {
  name: string;
  color: string;
  shape: "line" | "dashed" | "dots" | "hollow" | "bars";
}

const MARGIN = 12;
const LINE = 18;
const GAP = 16;
const SCALE = 2;

/** The picture that `redraw` draws, as an SVG document; the legend is read off `host`. */
export function svgOf(redraw: () => void, host: ParentNode, words: Words): string {
  const canvases = new Map<HTMLCanvasElement, { context: SvgContext; width: number; height: number }>();
  recorded((canvas, width, height) => {
    const context = new SvgContext();
    canvases.set(canvas, { context, width, height });
    return context as unknown as CanvasRenderingContext2D;
  }, redraw);
  const panes = [...canvases.values()];
  const { ink, dim, card, font } = theme();
  const family = font.replace(/^[\d.]+px /, "");
  const [title, small, tiny] = [`bold 14px ${family}`, `12px ${family}`, `10px ${family}`];
  const left = MARGIN + (words.y ? LINE : 0);
  const inner = Math.max(240, panes.reduce((sum, pane) => sum + pane.width + GAP, -GAP));
  const width = left + inner + MARGIN;

  const body: string[] = [];
  const write = (text: string, x: number, y: number, font: string, fill: string, others: Record<string, string | number> = {}) =>
    body.push(`<text${attributes({ x, y, fill, ...fontOf(font), ...others })}>${escaped(text)}</text>`);
  let y = MARGIN - 6;
  for (const line of wrapped(words.title, title, width - 2 * MARGIN)) write(line, MARGIN, (y += LINE), title, ink);
  y += 6;
  let x = Infinity;
  for (const key of keysOf(host)) {
    const needed = 20 + widthOf(key.name, small) + 14;
    if (x + needed > width - MARGIN) [x, y] = [MARGIN, y + LINE];
    body.push(markOf(key, x, y - 4, card));
    write(key.name, x + 20, y, small, dim);
    x += needed;
  }
  y += 12;
  if (words.panes && panes.length > 1) {
    y += 10;
    let at = left;
    panes.forEach((pane, i) => {
      write(words.panes?.[i] ?? "", at, y, small, ink);
      at += pane.width + GAP;
    });
    y += 8;
  }
  const high = Math.max(0, ...panes.map((pane) => pane.height));
  let at = left;
  for (const pane of panes) {
    body.push(`<g transform="translate(${at} ${y})">${pane.context.elements.join("")}</g>`);
    at += pane.width + GAP;
  }
  if (words.y) write(words.y, 0, 0, small, ink, { "text-anchor": "middle", transform: `translate(${MARGIN + 6} ${y + high / 2}) rotate(-90)` });
  y += high;
  if (words.x) write(words.x, left + inner / 2, (y += LINE - 4), small, ink, { "text-anchor": "middle" });
  y += LINE;
  for (const line of wrapped(words.caption, tiny, width - 2 * MARGIN)) {
    write(line, MARGIN, y, tiny, dim);
    y += 13;
  }
  const height = Math.ceil(y + MARGIN - 10);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg"${attributes({ width: Math.ceil(width), height, viewBox: `0 0 ${Math.ceil(width)} ${height}`, role: "img" })}>` +
    `<title>${escaped(words.title)}</title><rect width="100%" height="100%" fill="${card}"/>${body.join("")}</svg>\n`
  );
}

/** An SVG document as the bytes of a PNG picture. */
export async function pngOf(svg: string): Promise<Uint8Array> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [SCALE * image.naturalWidth, SCALE * image.naturalHeight];
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error(t("this browser makes no PNG of that size"));
  return new Uint8Array(await blob.arrayBuffer());
}

/** What the legend beside a picture says. */
function keysOf(host: ParentNode): Key[] {
  return [...host.querySelectorAll('.legend li:not(.axes, :has([aria-pressed="false"]))')].flatMap((item) => {
    const mark = item.querySelector(".key");
    if (!mark) return [];
    const words = item.cloneNode(true) as Element;
    for (const read of words.querySelectorAll(".read")) read.remove();
    const has = (...names: string[]) => names.some((name) => mark.classList.contains(name));
    const shape = has("line", "paths") ? (has("role-limit", "role-hollow", "ghost") ? "dashed" : "line") : has("dots") ? (has("role-hollow") ? "hollow" : "dots") : "bars";
    return [{ name: words.textContent?.trim() ?? "", color: getComputedStyle(mark).color, shape }];
  });
}

function markOf({ color, shape }: Key, x: number, y: number, card: string): string {
  if (shape === "bars") return `<rect${attributes({ x, y: y - 5, width: 12, height: 10, rx: 2, fill: color })}/>`;
  if (shape === "line" || shape === "dashed") {
    return `<path${attributes({ d: `M${x} ${y}H${x + 14}`, stroke: color, "stroke-width": 2, "stroke-dasharray": shape === "dashed" ? "4 3" : null })}/>`;
  }
  return `<circle${attributes({ cx: x + 7, cy: y, r: 3.5, fill: shape === "hollow" ? card : color, stroke: color })}/>`;
}

/** Lines that fit; a long address is broken where its parts begin. */
function wrapped(text: string, font: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/(?<= )|(?=[&#])/)) {
    const longer = `${lines.at(-1) ?? ""}${word}`;
    if (lines.length === 0 || widthOf(longer.trimEnd(), font) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.map((line) => line.trimEnd());
}
