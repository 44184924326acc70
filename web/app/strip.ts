// The strip: every observable's estimates on one physical scale around the exact value, which is a line in ink.

import type { Observable } from "./bindings/Observable";
import type { ObservableSpec } from "./bindings/ObservableSpec";
import { byId, h, setAttributes, setText, svg } from "./dom";
import { NO_ERROR, number, prose, withError } from "./format";
import { t } from "./language";
import { isMath, mathOf, plainMath } from "./math";
import { estimateTable } from "./estimate_table";
import { type Way, waysOfEstimating } from "./estimators";
import { MethodTable } from "./method_table";
import { allMethods, isShown } from "./methods";
import { meets } from "./method_verdict";
import { correctedOf, distance, estimateBy, pull, type Standard, standardOf } from "./verdict";

const ROW_HEIGHT = 30;
const NO_EXACT = t("no exact value: compare with the chain");
const NOT_KNOWN = t("the exact value is not known");
const LINE_STEP = 6.6;
/** Beyond this many errors of the best estimate a point is drawn as an arrow at the edge, so that the others keep their size. */
const FARTHEST = 8;
/** Of many methods, one that is farther off than so many times the middle one is such an arrow. */
const FARTHEST_METHOD = 3;

/** One row: symbol, marks, corrected value; unfolds to the full table. */
class Row {
  readonly element: HTMLDetailsElement;
  readonly #value = h("span", { class: "value" }, "–");
  readonly #exact = h("span", { class: "exact" });
  readonly #scale = h("span", { class: "scale", title: t("Distance of the plot's edge from its middle"), "aria-hidden": "true" });
  readonly #truth = svg("line", { class: "truth", x1: "50%", x2: "50%", y1: 1, y2: ROW_HEIGHT - 1 });
  /** How well the standard itself is known. */
  readonly #band = svg("rect", { class: "band", y: 1, height: ROW_HEIGHT - 2 });
  readonly #ways = waysOfEstimating();
  readonly #marks = this.#ways.map(({ look }) => new Marker(look));
  readonly #plot: SVGSVGElement;
  readonly #table = h("div", { class: "estimates", tabindex: 0, role: "group" });
  readonly #name: string;
  #halfWidth = 0;
  #latest: Observable | null = null;

  constructor(private readonly spec: ObservableSpec) {
    this.#name = plainMath(spec.symbol);
    this.#plot = svg("svg", { role: "img", height: ROW_HEIGHT }, this.#band, this.#truth, ...this.#marks.map((m) => m.element));
    const symbol = h("span", { class: "symbol", title: prose(`${spec.label}. ${spec.doc}`) }, mathOf(spec.symbol));
    if (!isMath(spec.symbol)) symbol.classList.add("word");
    const numbers = h("span", { class: "numbers" }, this.#value, this.#exact);
    this.element = h("details", { class: "row" }, h("summary", { title: t("{label}: unfolds to every estimate with its error, and to what is known", { label: spec.label }) }, symbol, this.#plot, this.#scale, numbers), this.#table);
    this.element.dataset["observable"] = spec.id;
    this.element.addEventListener("toggle", () => this.#fillTable());
    setAttributes(this.#table, { "aria-label": t("All estimates of {what}", { what: spec.label }) });
    this.update(null);
  }

  update(observable: Observable | null): void {
    this.#latest = observable;
    const standard = observable && standardOf(observable);
    const corrected = observable && correctedOf(observable);
    const count = observable && this.#byMethods ? meets(observable) : null;
    const middle = standard ?? (observable && this.#byMethods ? middleOf(observable) : null);
    const median = standard ? null : middle;
    const value = count ? t("{n} of {all}", { n: count.within, all: count.judged }) : corrected ? withError(corrected.value, corrected.error) : median ? number(median.value, 3) : "–";
    setText(this.#value, value);
    setAttributes(this.#value, {
      title: count ? t("Methods whose own error bar, doubled, reaches the exact value") : median ? t("The median of the methods. The exact value is not known.") : corrected && corrected.error === null ? NO_ERROR : null,
    });
    // What has no meaning in this theory has neither estimate nor reference.
    this.element.hidden = observable !== null && observable.estimates.length === 0 && observable.references.length === 0;
    setText(this.#exact, !standard ? "" : standard.isChain ? t("chain") : withError(standard.value, standard.error));
    setAttributes(this.#exact, { title: standard?.isChain ? NO_EXACT : null });
    this.#truth.classList.toggle("unknown", !standard || standard.isChain);
    if (observable && middle) this.#place(observable, middle);
    else {
      for (const mark of this.#marks) mark.hide();
      setAttributes(this.#band, { visibility: "hidden" });
      setText(this.#scale, "");
    }
    setAttributes(this.#plot, { "aria-label": this.#describe(observable) });
    this.#fillTable();
  }

  get #byMethods(): boolean {
    return this.#ways[0]?.id === "method";
  }

  #place(observable: Observable, standard: Standard): void {
    const points = this.#ways.map((way) => {
      const estimate = isShown(way) ? estimateBy(observable, way.id, way.method) : null;
      return estimate && { distance: distance(estimate.value, standard), error: estimate.error ?? 0 };
    });
    const own = standard.isChain ? 0 : standard.error;
    const errors = points.flatMap((p) => (p && p.error > 0 ? [Math.hypot(p.error, own)] : []));
    const best = errors.length > 0 ? Math.min(...errors) : Infinity;
    const extents = points.flatMap((p) => (p ? [Math.abs(p.distance) + p.error] : []));
    const needed = Math.max(0, ...extents, errors.length > 0 ? 2 * best : 0);
    // Methods believe in quite different errors: the best of them is no measure for the others.
    const most = this.#byMethods ? FARTHEST_METHOD * median(extents) : FARTHEST * best;
    this.#halfWidth = settle(this.#halfWidth, Math.min(needed, most) || 1);
    const band = 48 * Math.min(1, own / this.#halfWidth);
    setAttributes(this.#band, { visibility: own > 0 ? null : "hidden", x: `${50 - band}%`, width: `${2 * band}%` });
    // As many lines as there are estimates, spread over the height of the row, which grows with the number of methods.
    const gaps = Math.max(1, extents.length - 1);
    const height = this.#byMethods ? Math.max(ROW_HEIGHT, 10 + LINE_STEP * gaps) : ROW_HEIGHT;
    this.#stretch(height);
    const step = Math.min(LINE_STEP, (height - 10) / gaps);
    let line = 0;
    points.forEach((p, i) => {
      if (p) this.#marks[i]!.place(p.distance / this.#halfWidth, p.error / this.#halfWidth, 5 + step * line++);
      else this.#marks[i]!.hide();
    });
    setText(this.#scale, `±${number(this.#halfWidth, 2)}`);
  }

  #stretch(height: number): void {
    setAttributes(this.#plot, { height });
    setAttributes(this.#truth, { y2: height - 1 });
    setAttributes(this.#band, { height: height - 2 });
  }

  #describe(observable: Observable | null): string {
    const standard = observable && standardOf(observable);
    if (!observable) return t("{name}: no estimate yet", { name: this.#name });
    const parts = this.#ways.flatMap(({ id, method, name }) => {
      const estimate = estimateBy(observable, id, method);
      if (!estimate) return [];
      const sigmas = standard && pull(estimate, standard);
      const value = withError(estimate.value, estimate.error);
      return [typeof sigmas === "number" ? t("{name} {value}, {sigmas} standard errors off", { name, value, sigmas: number(sigmas, 2) }) : `${name} ${value}`];
    });
    const unknown = this.#byMethods ? NOT_KNOWN : NO_EXACT;
    const known = !standard || standard.isChain ? unknown : t("exact {value}", { value: withError(standard.value, standard.error) });
    return `${this.spec.label}: ${known}; ${parts.join("; ") || t("no estimate yet")}`;
  }

  #fillTable(): void {
    if (this.element.open) this.#table.replaceChildren(...estimateTable(this.spec, this.#latest));
  }
}

/** A dot with its error bar; an arrow at the edge where it lies beyond. */
class Marker {
  readonly element: SVGGElement;
  readonly #bar: SVGLineElement;
  readonly #dot: SVGRectElement;
  readonly #arrow: SVGTextElement;

  constructor(look: string) {
    this.#bar = svg("line", {});
    this.#dot = svg("rect", { width: 6, height: 6, rx: look.includes("square") ? 0 : 3, transform: "translate(-3 -3)" });
    this.#arrow = svg("text", { class: "arrow" });
    this.element = svg("g", { class: look }, this.#bar, this.#dot, this.#arrow);
    this.hide();
  }

  /** `at` and `error` in half widths of the row, `y` in pixels. */
  place(at: number, error: number, y: number): void {
    setAttributes(this.element, { visibility: null });
    const beyond = Math.abs(at) > 1;
    const percent = (x: number) => `${(50 + 48 * Math.max(-1.04, Math.min(1.04, x))).toFixed(2)}%`;
    setAttributes(this.#bar, { y1: y, y2: y, x1: percent(at - error), x2: percent(at + error), visibility: beyond ? "hidden" : null });
    setAttributes(this.#dot, { y, x: percent(at), visibility: beyond ? "hidden" : null });
    setAttributes(this.#arrow, { y: y + 4, x: at > 0 ? "100%" : "0%", "text-anchor": at > 0 ? "end" : "start", visibility: beyond ? null : "hidden" });
    if (beyond) setText(this.#arrow, at > 0 ? "▸" : "◂");
  }

  hide(): void {
    setAttributes(this.element, { visibility: "hidden" });
    setAttributes(this.#arrow, { visibility: "hidden" });
  }
}

/** Rounds a scale up to a round number, and keeps the old one while it does: a row must not breathe. */
function settle(old: number, needed: number): number {
  if (old >= needed && old <= 2 * needed) return old;
  const power = 10 ** Math.floor(Math.log10(needed));
  return [1, 1.5, 2, 3, 5, 7, 10].map((m) => m * power).find((m) => m >= needed) ?? 10 * power;
}

/** Where methods meet each other, for want of anything that they should meet. */
function middleOf(observable: Observable): Standard | null {
  const values = observable.estimates.flatMap(({ value }) => (value !== null && Number.isFinite(value) ? [value] : []));
  return values.length > 0 ? { value: median(values), error: 0, isChain: true } : null;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** All rows of a lab, and its diagnostics below. */
export class Strip {
  #rows: Row[] = [];
  #specs: ObservableSpec[] = [];
  #diagnostics: { spec: ObservableSpec; value: HTMLElement }[] = [];
  #ways: readonly Way[] = [];
  #latest: readonly Observable[] | null = null;
  readonly #methods: MethodTable;

  constructor(
    private readonly rows: HTMLElement,
    private readonly diagnostics: HTMLElement,
    private readonly legend: HTMLElement,
    /** What stands above the numbers. */
    private readonly head: HTMLElement,
  ) {
    this.#methods = new MethodTable();
    diagnostics.before(this.#methods.element);
  }

  /** Takes the observables of another lab. */
  build(specs: readonly ObservableSpec[]): void {
    const byMethods = allMethods().length > 0;
    this.#ways = waysOfEstimating();
    this.#specs = specs.filter((s) => !s.diagnostic);
    this.#rows = this.#specs.map((spec) => new Row(spec));
    this.rows.replaceChildren(...this.#rows.map((row) => row.element));
    const diagnostics = specs.filter((s) => s.diagnostic);
    // What each of many methods has of its own is a table, whose first column is the legend.
    this.#methods.build(byMethods ? diagnostics : []);
    this.legend.hidden = byMethods;
    this.#diagnostics = (byMethods ? [] : diagnostics).map((spec) => ({ spec, value: h("dd", {}, "–") }));
    this.diagnostics.replaceChildren(
      ...this.#diagnostics.map(({ spec, value }) =>
        h("div", { title: `${spec.label}: ${prose(spec.doc)}` }, h("dt", {}, mathOf(spec.symbol), h("span", { class: "sr" }, spec.label)), value),
      ),
    );
  }

  /** Says what is shown: where no truth is known, methods can only be held against each other. */
  #name(observables: readonly Observable[] | null): void {
    const byMethods = allMethods().length > 0;
    const known = !byMethods || !observables || observables.some((o) => o.references.length > 0);
    setText(byId("estimates-title"), known ? t("Distance from exact") : t("Estimates, no exact answer"));
    setText(byId("strip-distance"), known ? t("estimate − exact") : t("estimate − median"));
    setText(this.head, !known ? t("median") : byMethods ? t("within 2σ, exact") : t("corrected, exact"));
  }

  /** Names the colours that are there. */
  #explain(observables: readonly Observable[]): void {
    const there = new Set(observables.flatMap((o) => o.estimates.map((e) => e.estimator)));
    const shown = this.#ways.filter(({ id }) => there.has(id));
    const open = observables.some((o) => o.estimates.some((e) => e.value !== null && e.error === null));
    const key = [...shown.map(({ id }) => id), String(open)].join();
    if (this.legend.dataset["key"] === key) return;
    this.legend.dataset["key"] = key;
    const item = (classes: string, name: string, title: string) => h("li", { title }, h("i", { class: `key ${classes}` }), name);
    this.legend.replaceChildren(
      ...shown.map(({ look, name, short }) => item(`dots ${look}`, short, name)),
      item("truth", t("exact"), t("the exact value, or that of long Monte Carlo runs")),
      ...(open ? [h("li", { title: NO_ERROR }, t("(?) error not known"))] : []),
    );
  }

  /** Shows estimates; null before there are any. */
  update(observables: readonly Observable[] | null): void {
    this.#latest = observables;
    this.#name(observables);
    if (!this.legend.hidden) this.#explain(observables ?? []);
    const byId = new Map(observables?.map((o) => [o.id, o]));
    this.#specs.forEach((spec, i) => this.#rows[i]!.update(byId.get(spec.id) ?? null));
    this.#methods.update(observables ?? []);
    for (const { spec, value } of this.#diagnostics) {
      const observable = byId.get(spec.id);
      value.parentElement!.hidden = observable?.estimates.length === 0;
      const estimates = this.#ways.flatMap(({ id, method, look, name }) => {
        const estimate = observable && estimateBy(observable, id, method);
        if (!estimate) return [];
        const key = h("i", { class: `key dots ${look}` });
        return [h("span", {}, key, h("span", { class: "sr" }, `${name} `), withError(estimate.value, estimate.error))];
      });
      if (estimates.length > 0) value.replaceChildren(...estimates);
      else setText(value, "–");
    }
  }

  /** Shows the same again: methods were hidden or shown. */
  redraw(): void {
    this.update(this.#latest);
  }
}
