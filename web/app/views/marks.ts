// Lines, dots with error bars, and bars, drawn with scales that something else owns.

import type { Level } from "../bindings/Level";
import type { Role } from "../bindings/Role";
import type { Series } from "../bindings/Series";
import type { Ghost } from "../compare/pins";
import { told } from "../language";
import { methodOf } from "../methods";
import { theme } from "../theme";
import type { Plane } from "./grid";

/** The name of a series that is the noise around another one: drawn faintly, not in the legend, and free to leave the picture. */
export const NOISE = "";

/** A canvas, and where a chart's numbers lie on it. */
export interface Frame {
  context: CanvasRenderingContext2D;
  plane: Plane;
  /** How many series with bars there are: more than one share the room by outline. */
  barSeries: number;
}

/** Draws one series, as opaque as `strength` says. A ghost is thin, dashed and pale. */
export function drawSeries(frame: Frame, series: Series, strength: number, ghost = false): void {
  const { context } = frame;
  context.save();
  context.strokeStyle = context.fillStyle = colorOf(series);
  context.lineJoin = "round";
  context.lineWidth = (isReference(series.role) ? 1.6 : 1.8);
  if (series.role === "limit") context.setLineDash([5, 4]);
  if (methodOf(series)?.again) context.setLineDash([8, 3]);
  context.globalAlpha = strength;
  if (ghost) {
    context.strokeStyle = context.fillStyle = pale(colorOf(series), theme().dim);
    context.lineWidth = 1.1;
    context.setLineDash([3, 3]);
  }
  // Dots along an axis are a dashed line too; those of a cloud stay dots, and faint.
  const cloud = series.x.some((x, i) => i > 0 && x < series.x[i - 1]!);
  if (ghost && cloud) context.globalAlpha *= 0.4;
  if (series.mark === "bars") drawBars(ghost ? { ...frame, barSeries: 0 } : frame, series);
  else if (ghost && !cloud) drawLine(frame, series);
  else if (series.mark === "dots") drawDots(frame, series);
  else if (series.mark === "band") drawBand(frame, series);
  else drawLine(frame, series);
  context.restore();
}

/** The colour of a series: its method's or its role's. */
export function colorOf(series: Series): string {
  const method = methodOf(series);
  return method ? theme().hues[method.hue]! : theme().roles[series.role];
}

/** Writes the letter of a pinned run at a curve of its own: each further along, so that letters stand apart. */
export function nameGhost({ context, plane: { x, y, left, right } }: Frame, { letter, series }: Ghost, nth: number): void {
  const [curve] = series;
  if (!curve || curve.x.length === 0) return;
  const wanted = left + (right - left) * (0.94 - 0.13 * nth);
  // Of a histogram at its peak: its ends all lie on the axis.
  const worth = (i: number) => (curve.mark === "bars" ? curve.y[i]! : -Math.abs(x.at(curve.x[i]!) - wanted));
  let best = 0;
  for (let i = 1; i < curve.x.length; i++) if (worth(i) > worth(best)) best = i;
  const [px, py] = [x.at(curve.x[best]!), y.at(curve.y[best]!)];
  if (!Number.isFinite(px) || !Number.isFinite(py)) return;
  context.save();
  context.font = theme().font;
  context.textAlign = "center";
  context.strokeStyle = theme().card;
  context.lineWidth = 3;
  context.strokeText(letter, px, py - 3);
  context.fillStyle = theme().ink;
  context.fillText(letter, px, py - 3);
  context.restore();
}

/** A colour half way to another, both as the style sheet has them: #rrggbb. */
function pale(color: string, to: string): string {
  const part = (hex: string, at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return `#${[1, 3, 5].map((at) => Math.round((part(color, at) + part(to, at)) / 2).toString(16).padStart(2, "0")).join("")}`;
}

/** Draws levels across the chart, with their names: under the line where there is room, and never on each other. */
export function drawLevels(frame: Frame, levels: readonly Level[]): void {
  const { context, plane } = frame;
  const { left, top, right, bottom } = plane;
  const line = 13;
  const taken: number[] = [];
  context.save();
  context.font = theme().font;
  context.textAlign = "right";
  for (const level of levels) {
    const y = plane.y.at(level.y);
    if (!Number.isFinite(y) || y < top - 1 || y > bottom + 1) continue;
    context.strokeStyle = theme().roles[level.role];
    context.lineWidth = 1.3;
    context.setLineDash(level.role === "limit" ? [2, 3] : [6, 4]);
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(right, y);
    context.stroke();
    context.setLineDash([]);
    const free = (baseline: number) => baseline < bottom && taken.every((other) => Math.abs(other - baseline) >= line);
    const [below, above] = [y + line - 1, y - 4];
    const baseline = [below, above, below + line, above - line].find(free) ?? above;
    taken.push(baseline);
    const name = told(level.name).replace(/-(?=\d)/g, "\u2212");
    // A halo of the background keeps the name readable.
    context.strokeStyle = theme().card;
    context.lineWidth = 3;
    context.strokeText(name, right - 4, baseline, right - left - 8);
    context.fillStyle = theme().dim;
    context.fillText(name, right - 4, baseline, right - left - 8);
  }
  context.restore();
}

/** Whether a series is what the others are compared with: those are drawn above them. */
export function isReference(role: Role): boolean {
  return role === "truth" || role === "limit";
}

function drawLine({ context, plane: { x, y } }: Frame, series: Series): void {
  context.beginPath();
  let open = false;
  for (let i = 0; i < series.x.length; i++) {
    const [px, py] = [x.at(series.x[i]!), y.at(series.y[i]!)];
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

function drawDots({ context, plane: { x, y } }: Frame, series: Series): void {
  const many = series.x.length > MANY_DOTS;
  const radius = many ? 1.4 : series.role === "truth" ? 4.2 : 2.8;
  if (many) context.globalAlpha *= 0.5;
  context.lineWidth = 1.4;
  context.beginPath();
  for (let i = 0; i < series.x.length; i++) {
    const [px, py] = [x.at(series.x[i]!), y.at(series.y[i]!)];
    if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
    context.moveTo(px + radius, py);
    context.arc(px, py, radius, 0, 2 * Math.PI);
  }
  // Around what they are to be compared with, references are rings.
  if (series.role === "truth") context.stroke();
  else context.fill();
  context.beginPath();
  for (let i = 0; i < series.error.length; i++) {
    const [px, value, error] = [x.at(series.x[i]!), series.y[i]!, series.error[i]!];
    const low = y.at(value - error);
    const high = y.at(value + error);
    if (!(error > 0) || !Number.isFinite(px) || !Number.isFinite(high)) continue;
    context.moveTo(px, high);
    // Below zero a logarithmic axis has no place: the bar runs out of the chart.
    context.lineTo(px, Number.isFinite(low) ? low : 1e5);
  }
  context.stroke();
}

/** How opaque a band is: several may lie on each other. */
const BAND = 0.17;

/** Fills what lies between `y - error` and `y + error`, wherever both have a place. */
function drawBand({ context, plane: { x, y, bottom } }: Frame, series: Series): void {
  context.globalAlpha *= BAND;
  const edge = (i: number, sign: number) => {
    const at = y.at(series.y[i]! + sign * series.error[i]!);
    // A logarithmic axis has no place for what is not positive: far below.
    context.lineTo(x.at(series.x[i]!), Number.isFinite(at) ? at : bottom + 100);
  };
  const shown = (i: number) => Number.isFinite(series.y[i]! + series.error[i]!) && Number.isFinite(x.at(series.x[i]!));
  for (let start = 0; start < series.x.length; start++) {
    if (!shown(start)) continue;
    let end = start;
    while (end < series.x.length && shown(end)) end++;
    context.beginPath();
    for (let i = start; i < end; i++) edge(i, 1);
    for (let i = end - 1; i >= start; i--) edge(i, -1);
    context.fill();
    start = end;
  }
}

function drawBars({ context, plane: { x, y, bottom }, barSeries }: Frame, series: Series): void {
  const { x: centres } = series;
  if (centres.length < 2) return;
  const half = (centres[1]! - centres[0]!) / 2;
  const floor = Math.min(y.at(0), bottom);
  // Model filled, chain as an outline: both can be seen where they cover each other. So are ghosts, of which none counts.
  if (barSeries > 0 && (series.role !== "chain" || barSeries === 1)) {
    const alpha = context.globalAlpha;
    context.globalAlpha = 0.38 * alpha;
    for (let i = 0; i < centres.length; i++) {
      const left = x.at(centres[i]! - half);
      const right = x.at(centres[i]! + half);
      const peak = y.at(series.y[i]!);
      context.fillRect(left, peak, Math.max(right - left - 0.6, 0.6), floor - peak);
    }
    context.globalAlpha = alpha;
    return;
  }
  context.lineWidth = Math.min(context.lineWidth, 1.4);
  context.beginPath();
  context.moveTo(x.at(centres[0]! - half), floor);
  for (let i = 0; i < centres.length; i++) {
    const peak = y.at(series.y[i]!);
    context.lineTo(x.at(centres[i]! - half), peak);
    context.lineTo(x.at(centres[i]! + half), peak);
  }
  context.lineTo(x.at(centres[centres.length - 1]! + half), floor);
  context.stroke();
}
