// Axes: where numbers lie on a canvas, and which of them are written there.

import type { Range } from "./range";

/** One axis of a chart, in CSS pixels. */
export interface Axis {
  /** Where a number lies; not finite where the axis has no place for it. */
  at(value: number): number;
  /** The number at a place. */
  value(at: number): number;
  /** Round numbers to be written, at least `spacing` apart. */
  ticks(spacing: number): number[];
  /** Where lines are drawn: through the ticks; on a logarithmic axis, wherever they tell it from a linear one. */
  rules(spacing: number): number[];
}

/** Lines in a decade of fewer pixels are a grey block. */
const LEAST_DECADE = 36;

/** An axis over `range` from one place to another; `log` makes it logarithmic. */
export function makeAxis([low, high]: Range, log: boolean, from: number, to: number): Axis {
  const [bend, straighten] = log ? [Math.log, Math.exp] : [Number, Number];
  const scale = (to - from) / (bend(high) - bend(low));
  const decade = log ? Math.LN10 * Math.abs(scale) : 0;
  const ticks = (spacing: number) => {
    const round = log ? logTicks(low, high, decade / spacing) : [];
    return round.length > 1 ? round : niceTicks(low, high, Math.max(1, Math.abs(to - from) / spacing));
  };
  return {
    at: (value) => from + scale * (bend(value) - bend(low)),
    value: (place) => straighten(bend(low) + (place - from) / scale),
    ticks,
    rules: (spacing) => (decade > LEAST_DECADE ? decades(low, high, 1, [1, 2, 3, 4, 5, 6, 7, 8, 9]) : ticks(spacing)),
  };
}

/** Multiples of a round step between two numbers, at most about `most` of them. */
export function niceTicks(low: number, high: number, most: number): number[] {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((m) => m >= rough) ?? rough;
  const ticks: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) ticks.push(Number((n * step).toPrecision(6)));
  return ticks;
}

/** What is written in each decade, densest first, and the part of a decade that it leaves between two. */
const WRITTEN: readonly { multiples: number[]; part: number }[] = [
  { multiples: [1, 2, 5], part: Math.log10(2) },
  { multiples: [1, 3], part: Math.log10(3) },
];

/** Round numbers whose places are at least 1/`density` of a decade apart: some in each decade, or a power of ten every so often. */
function logTicks(low: number, high: number, density: number): number[] {
  const multiples = WRITTEN.find(({ part }) => part * density >= 1)?.multiples ?? [1];
  return decades(low, high, Math.max(1, Math.ceil(1 / density)), multiples);
}

/** `multiples` of every `stride`-th power of ten, between two numbers. */
function decades(low: number, high: number, stride: number, multiples: readonly number[]): number[] {
  const found: number[] = [];
  for (let n = Math.floor(Math.log10(low) / stride) * stride; 10 ** n <= high; n += stride) {
    found.push(...multiples.map((m) => Number(`${m}e${n}`)).filter((tick) => tick >= low && tick <= high));
  }
  return found;
}
