// A sweep: one parameter over a range, each value trained from the beginning in a worker of its own while the screen's run goes on.

import type { Observable } from "../bindings/Observable";
import type { ObservableSpec } from "../bindings/ObservableSpec";
import type { ParamSpec } from "../bindings/ParamSpec";
import type { Role } from "../bindings/Role";
import type { Series } from "../bindings/Series";
import type { Value } from "../bindings/Value";
import type { View } from "../bindings/View";
import type { ViewSpec } from "../bindings/ViewSpec";
import { Client, nextSession } from "../client";
import { freshId, h, setAttributes, setText } from "../dom";
import type { Engine, Opening } from "../engine";
import { waysOfEstimating } from "../estimators";
import { plainValue, prose, seconds } from "../format";
import { t } from "../language";
import { plainMath } from "../math";
import { methodsParam } from "../methods";
import { type Plotted, plotMenu, type Take } from "../plot_menu";
import type { Store } from "../store";
import { ChartRenderer } from "../views/chart";

const MOST_POINTS = 24;

/** What came out at one value. */
interface Point {
  value: number;
  observables: readonly Observable[];
}

/** The form, the progress and the curve. */
export class Sweep {
  readonly element = h("div", { class: "sweep" });
  readonly #param = h("select", { id: freshId("sweep") });
  readonly #from = h("input", { type: "text", inputmode: "decimal", id: freshId("sweep") });
  readonly #to = h("input", { type: "text", inputmode: "decimal", id: freshId("sweep") });
  readonly #count = h("input", { type: "text", inputmode: "numeric", id: freshId("sweep"), value: 5 });
  readonly #go = h("button", { type: "button", class: "primary", title: t("Starts the sweep in a worker of its own, or stops it") }, t("Sweep"));
  readonly #bar = h("progress", { value: 0, max: 1, "aria-label": t("Progress of the sweep"), title: t("How far the sweep has come"), hidden: true });
  readonly #said = h("p", { class: "dim", role: "status", title: t("How far the sweep has come") });
  readonly #observable = h("select", { "aria-label": t("Observable against the swept parameter"), class: "heading" });
  readonly #place = h("div", { class: "plot sweep-plot", title: t("A point for each value, from a run of its own, with its error; exact where that is known"), hidden: true });
  #points: Point[] = [];
  #swept: ParamSpec | null = null;
  #client: Client | null = null;
  #chart: ChartRenderer | null = null;
  #observables: readonly ObservableSpec[] = [];

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
    private readonly take: Take,
  ) {
    const field = (label: string, input: HTMLElement, title: string) => h("div", { class: "sweep-field", title }, h("label", { for: input.id }, label), input);
    this.element.append(
      h("div", { class: "sweep-form" }, field(t("Parameter"), this.#param, t("The parameter that takes one value after the other")), field(t("from"), this.#from, t("The first of the values")), field(t("to"), this.#to, t("The last of the values")), field(t("values"), this.#count, t("How many values, both ends among them")), this.#go),
      this.#bar,
      this.#said,
      this.#place,
    );
    this.#param.addEventListener("change", () => this.#suggest());
    this.#go.addEventListener("click", () => (this.#client ? this.#stop() : void this.#run()));
    this.#observable.addEventListener("change", () => this.#draw(true));
    new ResizeObserver(() => this.#chart?.redraw()).observe(this.#place);
    store.watch((s) => s.lab, (lab) => {
      this.#stop();
      this.#place.hidden = true;
      this.#points = [];
      setText(
        this.#said,
        methodsParam(lab)
          ? t("Every value is computed from the beginning with the seed of the run on the screen, which goes on meanwhile.")
          : t("Every value is trained from the beginning with the seed of the run on the screen, which goes on meanwhile."),
      );
      const swept = lab.params.filter(({ kind }) => kind.type === "int" || kind.type === "float");
      this.#param.replaceChildren(...swept.map((spec) => h("option", { value: spec.id }, `${plainMath(spec.symbol)}  ${spec.label === spec.symbol ? "" : spec.label}`)));
      this.#suggest();
    });
  }

  get #spec(): ParamSpec | undefined {
    return this.store.state.lab.params.find((p) => p.id === this.#param.value);
  }

  /** A range around the value that there is. */
  #suggest(): void {
    const spec = this.#spec;
    if (!spec || (spec.kind.type !== "int" && spec.kind.type !== "float")) return;
    const { min, max } = spec.kind;
    const now = Number(this.store.state.params[spec.id]);
    const [low, high] = [Math.max(min, now / 2), Math.min(max, now > 0 ? now * 2 : max)].map((x) => (spec.kind.type === "int" ? Math.round(x) : Number(x.toPrecision(3))));
    this.#from.value = plainValue(low!);
    this.#to.value = plainValue(high!);
  }

  /** The values asked for, or a sentence. */
  #values(spec: ParamSpec): number[] {
    const { kind } = spec;
    if (kind.type !== "int" && kind.type !== "float") throw new Error(t("{id} is not a number", { id: spec.id }));
    const read = (input: HTMLInputElement) => (input.value.trim() === "" ? Number.NaN : Number(input.value.trim().replace(",", ".").replace("\u2212", "-")));
    const [from, to, count] = [this.#from, this.#to, this.#count].map(read) as [number, number, number];
    for (const [name, value] of [[t("from"), from], [t("to"), to]] as const) {
      if (!(value >= kind.min && value <= kind.max)) throw new Error(t("{name}: {id} is a number from {min} to {max}", { name, id: spec.id, min: plainValue(kind.min), max: plainValue(kind.max) }));
    }
    if (!(Number.isInteger(count) && count >= 2 && count <= MOST_POINTS)) throw new Error(t("values: a whole number from 2 to {max}", { max: MOST_POINTS }));
    const log = kind.type === "float" && kind.log && from > 0 && to > 0;
    const all = Array.from({ length: count }, (_, i) => {
      const part = i / (count - 1);
      if (i === 0 || i === count - 1) return i === 0 ? from : to;
      const value = log ? from * (to / from) ** part : from + (to - from) * part;
      return kind.type === "int" ? kind.min + kind.step * Math.round((value - kind.min) / kind.step) : Number(value.toPrecision(6));
    });
    return [...new Set(all)];
  }

  async #run(): Promise<void> {
    const spec = this.#spec;
    const opening = this.engine.opening;
    if (!spec || !opening) return;
    let values: number[];
    try {
      values = this.#values(spec);
    } catch (error) {
      return setText(this.#said, t("{why}.", { why: (error as Error).message }));
    }
    this.#swept = spec;
    this.#points = [];
    this.#build();
    let [done, part] = [0, 0];
    const started = performance.now();
    const show = () => {
      setAttributes(this.#bar, { value: (done + part) / values.length });
      const left = ((performance.now() - started) / 1000) * (values.length / Math.max(0.02, done + part) - 1);
      const where = { n: Math.min(values.length, done + 1), all: values.length };
      setText(this.#said, done + part > 0.1 ? t("Value {n} of {all}, about {time} left.", { ...where, time: seconds(left) }) : t("Value {n} of {all}.", where));
    };
    const client = new Client("cpu", {
      progress: (_, { phase, step, target, samples }) => {
        const { plan } = this.store.state;
        // Where nothing is trained, the samples are all of the work.
        const training = target > 0 ? 0.9 : 0;
        part = phase === "training" ? (training * step) / Math.max(1, target) : training + (1 - training) * Math.min(1, samples / Math.max(1, plan.samples));
        show();
      },
      crashed: (reason) => setText(this.#said, t("The sweep's worker stopped: {why}.", { why: reason })),
    });
    this.#client = client;
    setText(this.#go, t("Stop"));
    this.#bar.hidden = false;
    show();
    let problem: string | null = null;
    try {
      for (const value of values) {
        const observables = await measured(client, { ...opening, params: { ...opening.params, [spec.id]: value } });
        this.#points.push({ value, observables });
        [done, part] = [done + 1, 0];
        this.#draw(false);
        show();
      }
    } catch (error) {
      problem = (error as Error).message;
    }
    // Whoever stopped it has said so, and may have begun another.
    if (this.#client !== client) return;
    this.#client = null;
    client.terminate();
    this.#rest(
      problem === null
        ? t("Done: {n} values in {time}.", { n: values.length, time: seconds((performance.now() - started) / 1000) })
        : t("Stopped at value {n}: {why}.", { n: done + 1, why: problem }),
    );
  }

  #stop(): void {
    if (!this.#client) return;
    this.#client.terminate();
    this.#client = null;
    const n = this.#points.length;
    this.#rest(n === 1 ? t("Stopped after {n} value.", { n }) : t("Stopped after {n} values.", { n }));
  }

  #rest(words: string): void {
    setText(this.#go, t("Sweep"));
    this.#bar.hidden = true;
    setText(this.#said, words);
  }

  /** The place of the curve. */
  #build(): void {
    this.#observables = this.store.state.lab.observables;
    const before = this.#observable.value;
    this.#observable.replaceChildren(...this.#observables.map((o) => h("option", { value: o.id, selected: o.id === before }, `${plainMath(o.symbol)}  ${o.label}`)));
    this.#place.hidden = false;
    this.#draw(true);
  }

  #draw(anew: boolean): void {
    const observable = this.#observables.find((o) => o.id === this.#observable.value);
    const swept = this.#swept;
    if (!observable || !swept) return;
    if (anew || !this.#chart) {
      this.#chart?.destroy();
      const host = h("div", { class: "view" });
      const log = swept.kind.type === "float" && swept.kind.log && Number(this.#from.value) > 0;
      const spec: ViewSpec = {
        id: `sweep-${swept.id}-${observable.id}`,
        title: t("{y} against {x}", { y: observable.label, x: swept.label }),
        doc: prose(observable.doc),
        kind: "curve",
        x: { symbol: swept.symbol, label: swept.label, log },
        y: { symbol: observable.symbol, label: observable.label, log: false },
      };
      const chart = new ChartRenderer(host, spec);
      this.#chart = chart;
      const plotted: Plotted = { spec, host, redraw: () => chart.redraw(), numbers: () => curveOf(spec.id, observable.id, this.#points) };
      this.#place.replaceChildren(h("div", { class: "plot-head" }, this.#observable, plotMenu(plotted, this.take)), host);
    }
    this.#chart.draw(curveOf("sweep", observable.id, this.#points));
  }
}

/** Trains by the plan and gives what is measured then. */
async function measured(client: Client, opening: Opening): Promise<readonly Observable[]> {
  const session = nextSession();
  await client.call(session, { type: "open", ...opening }, "opened");
  await client.call(session, { type: "run", steps: null }, "stopped");
  const { observables } = await client.call(session, { type: "frame", views: [], observables: true, hasty: false }, "frame");
  await client.call(session, { type: "close" }, "done");
  return observables ?? [];
}

/** Estimates of an observable against the swept value, with errors, and what is known exactly. */
function curveOf(id: string, observable: string, points: readonly Point[]): View {
  const found = points.flatMap(({ value, observables }) => {
    const one = observables.find((o) => o.id === observable);
    return one ? [{ value, one }] : [];
  });
  const series = (name: string, role: Role, method: string | null, rows: readonly { x: Value; y: number; error: number }[], mark: Series["mark"]): Series => ({
    name,
    role,
    method,
    mark,
    x: Float32Array.from(rows, ({ x }) => Number(x)),
    y: Float32Array.from(rows, ({ y }) => y),
    error: Float32Array.from(rows, ({ error }) => error),
  });
  // Samples corrected by weights and by Metropolis would lie on each other: the better ones stand for both.
  const weighted = found.some(({ one }) => one.estimates.some(({ estimator }) => estimator === "reweighted"));
  const estimates = waysOfEstimating().filter((way) => !(weighted && way.id === "metropolis")).flatMap(({ id: estimator, method, name, look }) => {
    const rows = found.flatMap(({ value, one }) => {
      const estimate = one.estimates.find((e) => e.estimator === estimator && e.method === method);
      return estimate && estimate.value !== null ? [{ x: value, y: estimate.value, error: estimate.error ?? 0 }] : [];
    });
    const role = method !== null ? "method" : look.includes("chain") ? "chain" : look.includes("model") ? "model" : "corrected";
    return rows.length > 0 ? [series(name, role, method, rows, "dots")] : [];
  });
  const known = found.flatMap(({ value, one: { references: [first] } }) => (first && first.kind !== "continuum" ? [{ x: value, y: first.value, error: 0 }] : []));
  const exact = known.length > 0 ? [series("exact", "truth", null, known, known.length > 1 ? "line" : "dots")] : [];
  return { id, series: [...estimates, ...exact], levels: [], columns: [] };
}

