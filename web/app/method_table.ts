// What each method says of itself: a row for each that is at work, a column for each diagnostic.

import type { Observable } from "./bindings/Observable";
import type { ObservableSpec } from "./bindings/ObservableSpec";
import { h, setAttributes, setText } from "./dom";
import { prose, tableNumber } from "./format";
import { t } from "./language";
import { mathOf } from "./math";
import { allMethods, isShown, type Method } from "./methods";
import { estimateBy } from "./verdict";

/** The table below the strip; its first column names the colours. It is narrow: errors are told by the pointer, and by the table among the plots. */
export class MethodTable {
  readonly element = h("div", { id: "method-table", class: "numbers-table", tabindex: 0, role: "group", "aria-label": t("Diagnostics of the methods"), hidden: true });
  readonly #head = h("tr");
  readonly #body = h("tbody");
  #specs: readonly ObservableSpec[] = [];
  #rows = new Map<string, { element: HTMLElement; cells: HTMLElement[] }>();

  constructor() {
    this.element.append(h("table", {}, h("caption", { class: "sr" }, t("Diagnostics of the methods")), h("thead", {}, this.#head), this.#body));
  }

  /** Takes the diagnostics of another lab; none for a lab without methods. */
  build(specs: readonly ObservableSpec[]): void {
    this.#specs = specs;
    this.element.hidden = specs.length === 0;
    this.#rows.clear();
    this.#body.replaceChildren();
    const title = ({ label, doc }: ObservableSpec) => `${label}: ${prose(doc)}`;
    const columns = specs.map((spec) => h("th", { scope: "col", title: title(spec) }, mathOf(spec.symbol), h("span", { class: "sr" }, ` ${spec.label}`)));
    this.#head.replaceChildren(h("td"), ...columns);
  }

  update(observables: readonly Observable[]): void {
    if (this.element.hidden) return;
    const of = (id: string) => observables.find((o) => o.id === id);
    const atWork = new Set(observables.flatMap((o) => o.estimates.map((e) => e.method)));
    const methods = allMethods().filter(({ id }) => atWork.has(id));
    const elements = methods.map((method) => {
      const row = this.#rows.get(method.id) ?? this.#row(method);
      row.element.classList.toggle("faded", !isShown({ method: method.id }));
      this.#specs.forEach((spec, i) => {
        const observable = of(spec.id);
        const estimate = observable && estimateBy(observable, "method", method.id);
        setText(row.cells[i]!, estimate ? tableNumber(estimate.value, undefined) : "–");
        setAttributes(row.cells[i]!, { title: estimate && tableNumber(estimate.value, estimate.error ?? undefined) });
      });
      return row.element;
    });
    if (elements.length !== this.#body.children.length || elements.some((row, i) => row !== this.#body.children[i])) this.#body.replaceChildren(...elements);
  }

  #row({ id, label, look, doc }: Method): { element: HTMLElement; cells: HTMLElement[] } {
    const cells = this.#specs.map(() => h("td"));
    const element = h("tr", {}, h("th", { scope: "row", title: prose(doc) }, h("i", { class: `key dots ${look}` }), label), ...cells);
    const row = { element, cells };
    this.#rows.set(id, row);
    return row;
  }
}
