// The plane of a chart: its axes with their numbers, drawn; and where its numbers lie.

import type { ViewSpec } from "../bindings/ViewSpec";
import { number } from "../format";
import { theme } from "../theme";
import { type Axis, makeAxis } from "./axes";
import { hairline } from "./paths";
import type { Range } from "./range";

/** Least room around the marks, in CSS pixels: for the numbers of the axes, and for the last of them. */
const ROOM = { left: 40, right: 14, top: 6, bottom: 20 };
/** Room between the marks and the numbers beside them. */
const BESIDE = 5;
/** Numbers of the axes are at least so far apart. */
const SPACING = { x: 42, y: 26 };
/** A mark at the end of an axis is shown whole. */
const RIM = 4;

/** Where numbers lie, and the box that holds them. */
export interface Plane {
  x: Axis;
  y: Axis;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Draws the axes of `spec` over two ranges into a canvas of `width` by `height`. */
export function drawGrid(context: CanvasRenderingContext2D, spec: ViewSpec, ranges: { x: Range; y: Range }, width: number, height: number): Plane {
  const { top } = ROOM;
  const [right, bottom] = [width - ROOM.right, height - ROOM.bottom];
  const y = makeAxis(ranges.y, spec.y.log, bottom, top);
  context.font = theme().font;
  const upright = y.ticks(SPACING.y).map((tick) => ({ text: number(tick), at: y.at(tick) }));
  const widest = Math.max(0, ...upright.map(({ text }) => context.measureText(text).width));
  const left = Math.max(ROOM.left, Math.ceil(widest) + 2 * BESIDE);
  const x = makeAxis(ranges.x, spec.x.log, left, right);

  context.fillStyle = theme().dim;
  context.strokeStyle = theme().line;
  context.lineWidth = 1;
  context.textAlign = "center";
  for (const at of x.rules(SPACING.x).map(x.at)) hairline(context, at, top, at, bottom);
  for (const tick of x.ticks(SPACING.x)) context.fillText(number(tick), x.at(tick), bottom + 14);
  context.textAlign = "right";
  for (const at of y.rules(SPACING.y).map(y.at)) hairline(context, left, at, right, at);
  for (const { text, at } of upright) context.fillText(text, left - BESIDE, at + 4);
  return { x, y, left, top, right, bottom };
}

/** Draws, and keeps to the box while it does. */
export function within(context: CanvasRenderingContext2D, { left, top, right, bottom }: Plane, draw: () => void): void {
  context.save();
  context.beginPath();
  context.rect(left - RIM, top - RIM, right - left + 2 * RIM, bottom - top + RIM);
  context.clip();
  draw();
  context.restore();
}
