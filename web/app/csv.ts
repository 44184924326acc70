// The numbers of a view as a file of comma-separated values.

import type { View } from "./bindings/View";

/** A line for each point, or, of a table, for each row; errors stand beside the numbers. */
export function csvOf({ series, columns }: View): string {
  const lines: (string | number)[][] =
    columns.length > 0
      ? [
          ["name", ...columns.flatMap((column) => [column, `${column}, error`])],
          ...series.map(({ name, y, error }) => [name, ...columns.flatMap((_, i) => [cell(y[i]), cell(error[i])])]),
        ]
      : [
          ["series", "x", "y", "error"],
          ...series.flatMap(({ name, mark, x, y, error }) =>
            Array.from(x, (at, i) => [mark === "band" ? `${name}, band` : name, cell(at), cell(y[i]), cell(error[i])]),
          ),
        ];
  return lines.map((line) => `${line.map((field) => quoted(String(field))).join(",")}\n`).join("");
}

/** Single precision has no more than eight digits; what is not a number is nothing. */
function cell(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? "" : String(Number(value.toPrecision(8)));
}

function quoted(field: string): string {
  return /[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
