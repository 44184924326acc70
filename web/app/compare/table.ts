// The table of pinned runs: what differs, what it cost, and what came out.

import type { Observable } from "../bindings/Observable";
import type { Value } from "../bindings/Value";
import { h } from "../dom";
import { number, plainValue, prose, seconds, withError } from "../format";
import { t } from "../language";
import { mathOf } from "../math";
import { differences, type State } from "../store";
import { allMethods } from "../methods";
import { correctedOf, estimateBy, essOf } from "../verdict";
import type { Pin } from "./pins";

/** A row: a pinned run, or the one on the screen. */
type Row = Omit<Pin, "series" | "lab">;

/** The table of `pins` beside the run on the screen. */
export function pinTable(pins: readonly Pin[], state: State, curve: string | null, remove: (pin: Pin) => void): HTMLElement {
  const { lab } = state;
  const now: Row = { ...state, letter: t("now"), preset: state.preset.title, device: state.device.kind.toUpperCase(), observables: state.observables ?? [], curve, address: "" };
  const rows: Row[] = [...pins, now];
  const differing = lab.params.filter((spec) => rows.some(({ params }) => spec.id in differences(params, now.params)));
  const compared = lab.observables.filter((spec) => !spec.diagnostic && rows.some(({ observables }) => observables.some((o) => o.id === spec.id && best(o))));
  const heading = (content: Node | string, title: string) => h("th", { scope: "col", title }, content);
  const symbol = (spec: { symbol: string; label: string }, title: string) => h("th", { scope: "col", title }, mathOf(spec.symbol), h("span", { class: "sr" }, spec.label));
  const head = h(
    "tr",
    {},
    heading(t("run"), t("Letter in the plots, and preset")),
    ...differing.map((spec) => symbol(spec, `${spec.label}: ${prose(spec.doc)}`)),
    heading(t("seed"), t("Seed of every random stream")),
    heading(t("steps"), t("Training steps made")),
    heading(t("time"), t("Training and sampling of the model, without the chain")),
    heading(t("curve"), t("Mark of the loss curve: the same mark is the same curve to the last bit")),
    heading(t("ESS"), t("Effective samples for each sample drawn")),
    ...compared.map((spec) => symbol(spec, allMethods().length > 0 ? t("{what}, by the first of the run's methods", { what: spec.label }) : t("{what}, corrected where it can be", { what: spec.label }))),
    h("td", {}),
  );
  const body = rows.map((row) => {
    const pin = pins.find((one) => one.letter === row.letter);
    const button = pin && h("button", { type: "button", class: "quiet", "aria-label": t("Remove pinned run {letter}", { letter: pin.letter }), title: t("Remove this run from the plots and the table") }, "✕");
    button?.addEventListener("click", () => remove(pin!));
    const name = `${row.letter}: ${row.preset}`;
    const ess = essOf(row.observables);
    const said = (id: string, value: Value | undefined) => {
      const spec = lab.params.find((p) => p.id === id);
      return spec?.kind.type === "choice" ? (spec.kind.options.find((o) => o.id === value)?.label ?? String(value)) : typeof value === "number" ? number(value) : value === undefined ? "" : plainValue(value);
    };
    return h(
      "tr",
      { class: pin ? null : "now" },
      h("th", { scope: "row" }, pin ? h("a", { href: `#${pin.address}`, title: t("Open these settings again") }, name) : name),
      ...differing.map(({ id }) => h("td", {}, said(id, row.params[id]))),
      h("td", {}, String(row.seed)),
      h("td", {}, String(row.step)),
      h("td", {}, seconds(row.seconds.train + row.seconds.sample)),
      h("td", {}, row.curve ?? "–"),
      h("td", {}, ess ? withError(ess.value, ess.error) : "–"),
      ...compared.map(({ id }) => {
        const observable = row.observables.find((o) => o.id === id);
        const estimate = observable && best(observable);
        return h("td", {}, estimate ? `${wayName(estimate.method)}${withError(estimate.value, estimate.error)}` : "–");
      }),
      h("td", {}, button),
    );
  });
  return h("table", {}, h("thead", {}, head), h("tbody", {}, ...body));
}

/** The estimate that stands for a run. */
function best(observable: Observable): ReturnType<typeof estimateBy> {
  const [first] = allMethods().flatMap(({ id }) => estimateBy(observable, "method", id) ?? []);
  return correctedOf(observable) ?? estimateBy(observable, "raw") ?? first ?? null;
}

/** Which of the methods an estimate is by, before its number. */
function wayName(method: string | null): string {
  const label = allMethods().find(({ id }) => id === method)?.label;
  return label ? `${label} ` : "";
}
