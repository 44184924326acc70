// The numbers of a view as a file of comma-separated values.

import type { View } from "./bindings/View";

/** A line for each point; errors stand beside the numbers. */
export function csvOf({ series }: View): string {
  return written([
    ["series", "x", "y", "error"],
    ...series.flatMap(({ name, x, y, error }) => Array.from(x, (at, i) => [name, cell(at), cell(y[i]), cell(error[i])])),
  ]);
}

/** A line for each abscissa, a column for each series and its errors: for spreadsheets. */
export function wideCsvOf({ series }: View, abscissa: string): string {
  const rows = [...new Set(series.flatMap(({ x }) => [...x]))].sort((a, b) => a - b);
  const columns = series.map(({ name, x, y, error }) => {
    const places = new Map(Array.from(x, (at, i) => [at, i]));
    const headings = error.length > 0 ? [name, `${name}, error`] : [name];
    return { headings, at: (value: number) => [y, error].slice(0, headings.length).map((values) => cell(values[places.get(value) ?? -1])) };
  });
  return written([
    [abscissa, ...columns.flatMap(({ headings }) => headings)],
    ...rows.map((value) => [cell(value), ...columns.flatMap(({ at }) => at(value))]),
  ]);
}

/** Lines of fields as text. */
export function written(lines: readonly (readonly (string | number)[])[]): string {
  return lines.map((line) => `${line.map((field) => quoted(String(field))).join(",")}\n`).join("");
}

/** Single precision has no more than eight digits; what is not a number is nothing. */
function cell(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? "" : String(Number(value.toPrecision(8)));
}

function quoted(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
