// Everything known about one observable: what a row of the strip unfolds to.

import type { Observable } from "./bindings/Observable";
import type { ObservableSpec } from "./bindings/ObservableSpec";
import type { ReferenceKind } from "./bindings/ReferenceKind";
import { h } from "./dom";
import { wayOf } from "./estimators";
import { NO_ERROR, number, prose, withError } from "./format";
import { t, told } from "./language";
import { pull, standardOf } from "./verdict";

const REFERENCE_NAMES: Record<ReferenceKind, string> = {
  exact: t("exact"),
  continuum: t("continuum limit"),
  chain: t("long chain"),
  paper: t("published"),
};

/** The definition, the estimates and the references of an observable. */
export function estimateTable(spec: ObservableSpec, observable: Observable | null): HTMLElement[] {
  const words = h("p", {}, h("b", {}, spec.label), `. ${prose(spec.doc)}`);
  if (!observable) return [words];
  const standard = standardOf(observable);
  // What does not walk has no autocorrelation, and what has no weights as many effective samples as others.
  const walks = observable.estimates.some(({ tau_int, ess }) => tau_int !== null || ess !== null);
  const rows = observable.estimates.map((estimate) => {
    const { look, name } = wayOf(estimate);
    const sigmas = standard && pull(estimate, standard);
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, h("i", { class: `key dots ${look}` }), name),
      h("td", { title: estimate.error === null ? NO_ERROR : null }, estimate.value === null ? t("not resolved") : withError(estimate.value, estimate.error)),
      h("td", {}, typeof sigmas === "number" ? signed(sigmas) : ""),
      walks && h("td", {}, estimate.tau_int === null ? "" : number(estimate.tau_int, 3)),
      walks && h("td", {}, estimate.ess === null ? "" : number(Math.round(estimate.ess), 7)),
    );
  });
  const columns: readonly [text: string, title: string][] = [
    [t("value"), t("Mean, with its standard error in units of the last digit")],
    [t("pull / σ"), t("Distance from what is known, in standard errors")],
    [t("τ int"), t("Integrated autocorrelation time in updates: 1/2 for independent samples")],
    [t("N eff"), t("So many independent samples of equal weight would be as good")],
  ];
  const head = [h("td", {}), ...columns.slice(0, walks ? 4 : 2).map(([text, title]) => h("th", { scope: "col", title }, text))];
  const references = observable.references.map(({ value, error, kind, source }) =>
    h("li", { title: t("What the estimates are held against, and where it comes from") }, h("b", {}, `${REFERENCE_NAMES[kind]} ${withError(value, error)}`), ` ${prose(told(source))}`),
  );
  if (standard?.isChain) references.push(h("li", {}, t("No exact value is known here: the pulls are distances from the chain.")));
  return [words, h("table", {}, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows)), h("ul", {}, ...references)];
}

/** A pull with its sign: +0.3, −12. */
function signed(sigmas: number): string {
  const text = Math.abs(sigmas).toFixed(Math.abs(sigmas) < 100 ? 1 : 0);
  return `${sigmas < 0 ? "\u2212" : "+"}${text}`;
}
