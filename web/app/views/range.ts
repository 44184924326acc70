// The part of the numbers that a chart shows.

import type { View } from "../bindings/View";
import type { ViewKind } from "../bindings/ViewKind";
import { NOISE } from "./marks";

export type Range = [low: number, high: number];

/** Horizontal range: all points. */
export function rangeOfX(view: View, log: boolean): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const { x, mark } of view.series) {
    const half = mark === "bars" && x.length > 1 ? (x[1]! - x[0]!) / 2 : 0;
    for (const value of x) {
      if (!Number.isFinite(value) || (log && value <= 0)) continue;
      low = Math.min(low, value - half);
      high = Math.max(high, value + half);
    }
  }
  return settled(low, high, log);
}

/** Of so many points some may be left out of the picture. */
const MANY = 100;

/**
 * Vertical range: all references and levels, and nearly all of the data. The first losses of a run, or a point that is
 * mostly error bar, would otherwise press everything else flat.
 */
export function rangeOfY(view: View, log: boolean, kind: ViewKind): Range {
  const shown = (value: number) => Number.isFinite(value) && !(log && value <= 0);
  const always: number[] = view.levels.map((level) => level.y).filter(shown);
  const data: number[] = [];
  for (const series of view.series) {
    if (series.name === NOISE) continue;
    // A single point is there to be seen.
    const target = series.role === "truth" || series.mark === "bars" || series.y.length === 1 ? always : data;
    for (let i = 0; i < series.y.length; i++) {
      const value = series.y[i]!;
      const error = series.error[i] ?? 0;
      if (!shown(value) || (error > 0.5 * Math.abs(value) && target === data && always.length > 0)) continue;
      target.push(value);
      if (error > 0) target.push(...[value - error, value + error].filter(shown));
    }
  }
  data.sort((a, b) => a - b);
  const at = (quantile: number) => data[Math.round(quantile * (data.length - 1))];
  const [low, high] = kind === "scatter" ? [at(0.005), at(0.995)] : [at(0), at(data.length > MANY ? 0.93 : 1)];
  const middle: number[] = data.length > 0 ? [at(0.25)!, at(0.75)!] : [];
  const bounds = [...always, ...[low, high].filter((value) => value !== undefined).map((value) => near(value, always, middle, log))];
  if (kind === "histogram" && !log) bounds.push(0);
  const [bottom, top] = settled(Math.min(...bounds), Math.max(...bounds), log);
  if (log) return [bottom / 1.3, top * 1.3];
  const span = top - bottom;
  // Under a level at the bottom there has to be room for its name.
  const below = kind === "histogram" && bottom === 0 ? 0 : view.levels.some((level) => level.y - bottom < 0.1 * span) ? 0.16 : 0.07;
  return [bottom - below * span, top + 0.07 * span];
}

/**
 * Data count as far as 1.5 times the span of the references and of the data's own middle half beyond them; what is farther runs
 * out of the picture.
 */
function near(value: number, references: readonly number[], middle: readonly number[], log: boolean): number {
  const [from, to] = log ? [Math.log, Math.exp] : [Number, Number];
  const shown = references.length > 0 ? [...references, ...middle] : [];
  const low = from(Math.min(...shown));
  const high = from(Math.max(...shown));
  const room = 1.5 * (high - low);
  return room > 0 ? to(Math.max(low - room, Math.min(high + room, from(value)))) : value;
}

function settled(low: number, high: number, log: boolean): Range {
  if (!(low <= high)) return log ? [0.1, 10] : [0, 1];
  if (low < high) return [low, high];
  return log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
}
