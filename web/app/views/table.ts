// Numbers in rows and columns: a row for each series, which may be a method.

import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import type { ViewSpec } from "../bindings/ViewSpec";
import { h } from "../dom";
import { tableNumber } from "../format";
import { t, told } from "../language";
import { methodOf } from "../methods";
import type { Renderer } from "./renderer";

/** A table that scrolls within its card. */
export class TableRenderer implements Renderer {
  readonly #head = h("tr");
  readonly #body = h("tbody");
  readonly #element: HTMLElement;
  #written = "";

  constructor(host: HTMLElement, spec: ViewSpec) {
    const table = h("table", {}, h("caption", { class: "sr" }, spec.title), h("thead", {}, this.#head), this.#body);
    this.#element = h("div", { class: "numbers-table", tabindex: 0, role: "group", "aria-label": t("{what}, table", { what: spec.title }) }, table);
    host.append(this.#element);
  }

  draw({ columns, series }: View): void {
    const rows = series.map((one) => ({ one, cells: columns.map((_, i) => tableNumber(one.y[i] ?? Number.NaN, one.error[i])) }));
    const written = JSON.stringify([columns, rows.map(({ one, cells }) => [one.name, cells])]);
    if (written === this.#written) return;
    this.#written = written;
    this.#head.replaceChildren(h("td"), ...columns.map((column) => h("th", { scope: "col" }, told(column))));
    this.#body.replaceChildren(
      ...rows.map(({ one, cells }) => h("tr", {}, h("th", { scope: "row" }, keyOf(one), told(one.name)), ...cells.map((cell) => h("td", {}, cell)))),
    );
  }

  redraw(): void {
    // The style sheet does it.
  }

  destroy(): void {
    this.#element.remove();
  }
}

function keyOf(series: Series): HTMLElement {
  return h("i", { class: `key line ${methodOf(series)?.look ?? `role-${series.role}`}` });
}
