// The numbers of a view as a file of comma-separated values.

import type { Series } from "./bindings/Series";
import type { View } from "./bindings/View";

/** A line for each point, or, of a table, for each row; errors stand beside the numbers. */
export function csvOf(view: View): string {
  return written(linesOf(view));
}

/** The same as fields; the first line has the headings. */
export function linesOf({ series, columns }: View): string[][] {
  return columns.length > 0
    ? [
        ["name", ...columns.flatMap((column) => [column, `${column}, error`])],
        ...series.map(({ name, y, error }) => [name, ...columns.flatMap((_, i) => [cell(y[i]), cell(error[i])])]),
      ]
    : [
        ["series", "x", "y", "error"],
        ...series.flatMap((one) => Array.from(one.x, (at, i) => [nameOf(one), cell(at), cell(one.y[i]), cell(one.error[i])])),
      ];
}

/** A line for each abscissa, a column for each series and its errors: for spreadsheets. */
export function wideCsvOf({ series }: View, abscissa: string): string {
  const rows = [...new Set(series.flatMap(({ x }) => [...x]))].sort((a, b) => a - b);
  const columns = series.map((one) => {
    const { x, y, error } = one;
    const places = new Map(Array.from(x, (at, i) => [at, i]));
    const headings = error.length > 0 ? [nameOf(one), `${nameOf(one)}, error`] : [nameOf(one)];
    return { headings, at: (value: number) => [y, error].slice(0, headings.length).map((values) => cell(values[places.get(value) ?? -1])) };
  });
  return written([
    [abscissa, ...columns.flatMap(({ headings }) => headings)],
    ...rows.map((value) => [cell(value), ...columns.flatMap(({ at }) => at(value))]),
  ]);
}

/** A curve and its band bear the same name. */
function nameOf({ name, mark }: Series): string {
  return mark === "band" ? `${name}, band` : name;
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
