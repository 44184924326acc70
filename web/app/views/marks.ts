// Lines, dots with error bars, and bars, drawn with scales that something else owns.

import type { Level } from "../bindings/Level";
import type { Role } from "../bindings/Role";
import type { Series } from "../bindings/Series";
import { theme } from "../theme";

/** The name of a series that is the noise around another one: drawn faintly, not in the legend, and free to leave the picture. */
export const NOISE = "";

/** Where a chart's numbers lie on its canvas, in CSS pixels. */
export interface Frame {
  context: CanvasRenderingContext2D;
  x(value: number): number;
  y(value: number): number;
  left: number;
  top: number;
  width: number;
  height: number;
  /** How many series with bars there are: more than one share the room by outline. */
  barSeries: number;
}

/** Draws one series, as opaque as `strength` says. */
export function drawSeries(frame: Frame, series: Series, strength: number): void {
  const { context } = frame;
  context.save();
  context.strokeStyle = context.fillStyle = theme().roles[series.role];
  context.lineJoin = "round";
  context.lineWidth = (isReference(series.role) ? 1.6 : 1.8);
  if (series.role === "limit") context.setLineDash([5, 4]);
  context.globalAlpha = strength;
  if (series.mark === "bars") drawBars(frame, series);
  else if (series.mark === "dots") drawDots(frame, series);
  else drawLine(frame, series);
  context.restore();
}

/** Draws levels across the chart, with their names: under the line where there is room, and never on each other. */
export function drawLevels(frame: Frame, levels: readonly Level[]): void {
  const { context, left, width, top, height } = frame;
  const line = 13;
  const taken: number[] = [];
  context.save();
  context.font = theme().font;
  context.textAlign = "right";
  for (const level of levels) {
    const y = frame.y(level.y);
    if (!Number.isFinite(y) || y < top - 1 || y > top + height + 1) continue;
    context.strokeStyle = theme().roles[level.role];
    context.lineWidth = 1.3;
    context.setLineDash(level.role === "limit" ? [2, 3] : [6, 4]);
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(left + width, y);
    context.stroke();
    context.setLineDash([]);
    const free = (baseline: number) => baseline < top + height && taken.every((other) => Math.abs(other - baseline) >= line);
    const [below, above] = [y + line - 1, y - 4];
    const baseline = [below, above, below + line, above - line].find(free) ?? above;
    taken.push(baseline);
    const name = level.name.replace(/-(?=\d)/g, "\u2212");
    // A halo of the background keeps the name readable.
    context.strokeStyle = theme().card;
    context.lineWidth = 3;
    context.strokeText(name, left + width - 4, baseline, width - 8);
    context.fillStyle = theme().dim;
    context.fillText(name, left + width - 4, baseline, width - 8);
  }
  context.restore();
}

/** Whether a series is what the others are compared with: those are drawn above them. */
export function isReference(role: Role): boolean {
  return role === "truth" || role === "limit";
}

function drawLine({ context, x, y }: Frame, series: Series): void {
  context.beginPath();
  let open = false;
  for (let i = 0; i < series.x.length; i++) {
    const [px, py] = [x(series.x[i]!), y(series.y[i]!)];
    if (!Number.isFinite(px) || !Number.isFinite(py)) open = false;
    else if (open) context.lineTo(px, py);
    else {
      context.moveTo(px, py);
      open = true;
    }
  }
  context.stroke();
}

/** Above so many points a dot is a speck. */
const MANY_DOTS = 200;

function drawDots({ context, x, y }: Frame, series: Series): void {
  const many = series.x.length > MANY_DOTS;
  const radius = many ? 1.4 : series.role === "truth" ? 4.2 : 2.8;
  if (many) context.globalAlpha *= 0.5;
  context.lineWidth = 1.4;
  context.beginPath();
  for (let i = 0; i < series.x.length; i++) {
    const [px, py] = [x(series.x[i]!), y(series.y[i]!)];
    if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
    context.moveTo(px + radius, py);
    context.arc(px, py, radius, 0, 2 * Math.PI);
  }
  // Around what they are to be compared with, references are rings.
  if (series.role === "truth") context.stroke();
  else context.fill();
  context.beginPath();
  for (let i = 0; i < series.error.length; i++) {
    const [px, value, error] = [x(series.x[i]!), series.y[i]!, series.error[i]!];
    const low = y(value - error);
    const high = y(value + error);
    if (!(error > 0) || !Number.isFinite(px) || !Number.isFinite(high)) continue;
    context.moveTo(px, high);
    // Below zero a logarithmic axis has no place: the bar runs out of the chart.
    context.lineTo(px, Number.isFinite(low) ? low : 1e5);
  }
  context.stroke();
}

function drawBars({ context, x, y, barSeries, top, height }: Frame, series: Series): void {
  const { x: centres } = series;
  if (centres.length < 2) return;
  const half = (centres[1]! - centres[0]!) / 2;
  const floor = Math.min(y(0), top + height);
  // Model filled, chain as an outline: both can be seen where they cover each other.
  if (series.role !== "chain" || barSeries === 1) {
    const alpha = context.globalAlpha;
    context.globalAlpha = 0.38 * alpha;
    for (let i = 0; i < centres.length; i++) {
      const left = x(centres[i]! - half);
      const right = x(centres[i]! + half);
      const peak = y(series.y[i]!);
      context.fillRect(left, peak, Math.max(right - left - 0.6, 0.6), floor - peak);
    }
    context.globalAlpha = alpha;
    return;
  }
  context.lineWidth = 1.4;
  context.beginPath();
  context.moveTo(x(centres[0]! - half), floor);
  for (let i = 0; i < centres.length; i++) {
    const peak = y(series.y[i]!);
    context.lineTo(x(centres[i]! - half), peak);
    context.lineTo(x(centres[i]! + half), peak);
  }
  context.lineTo(x(centres[centres.length - 1]! + half), floor);
  context.stroke();
}
