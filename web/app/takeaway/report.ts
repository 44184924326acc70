// A report: one page with settings, numbers and pictures that needs nothing but itself.

import type { Observable } from "../bindings/Observable";
import { wayOf } from "../estimators";
import { number, plainValue, prose, seconds, withError } from "../format";
import { language, t, told } from "../language";
import { plainMath } from "../math";
import { differences, presetParams } from "../store";
import { theme } from "../theme";
import { pull, standardOf } from "../verdict";
import { fromTheBeginning } from "./command";
import type { Facts } from "./facts";
import { escaped } from "./svg_context";

/** The report as an HTML document; `pictures` are SVG documents. */
export function reportOf(facts: Facts, verdict: string, pictures: readonly string[]): string {
  const { state, link, curve } = facts;
  const { lab, preset, seed, step, samples, device } = state;
  const { ink, dim, line, card } = theme();
  const rows = (of: readonly (readonly string[])[], head = false) =>
    of.map((cells) => `<tr>${cells.map((text, i) => (head ? `<th scope="col">${text}</th>` : i === 0 ? `<th scope="row">${text}</th>` : `<td>${text}</td>`)).join("")}</tr>`).join("\n");
  const table = (caption: string, head: readonly string[], body: readonly (readonly string[])[]) =>
    `<table>\n<caption>${caption}</caption>\n<thead>${rows([head], true)}</thead>\n<tbody>\n${rows(body)}\n</tbody>\n</table>`;
  const run: [string, string][] = [
    [t("Preset"), escaped(preset.title)],
    [t("Seed"), String(seed)],
    [t("Steps"), state.trainedBefore === null ? String(step) : t("{step} ({n} of them made before)", { step, n: state.trainedBefore })],
    [t("Samples"), String(samples)],
    [t("Loss curve"), curve ?? t("does not begin with the first step")],
    [t("Computed on"), `${device.kind.toUpperCase()}, ${escaped(device.name)}`],
    [t("Computing time"), t("training {train}, chain {chain}, sampling {sample}", { train: seconds(state.seconds.train), chain: seconds(state.seconds.chain), sample: seconds(state.seconds.sample) })],
    [t("Verdict"), escaped(verdict)],
    [t("Date"), new Date().toISOString().replace("T", " ").slice(0, 16) + " UTC"],
    [t("Link"), `<a href="${escaped(link)}">${escaped(link)}</a>`],
    [t("Command line"), `<code>${escaped(fromTheBeginning(facts))}</code>`],
    [t("Build"), BUILD_ID],
  ];
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(t("{lab}, seed {seed} – Lattice Lab", { lab: lab.title, seed }))}</title>
<style>
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: ${ink}; background: ${card}; }
table { border-collapse: collapse; margin: 1.5rem 0; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid ${line}; font-weight: 400; }
thead th, p { color: ${dim}; }
tbody th, td:nth-child(n+3) { white-space: nowrap; }
a { color: inherit; }
a, code { overflow-wrap: anywhere; }
svg { max-width: 100%; height: auto; display: block; margin: 1rem 0; }
@media print { table, svg { break-inside: avoid; } }
</style>
</head>
<body>
<h1>${escaped(lab.title)}</h1>
<p>${escaped(prose(lab.summary))}</p>
${table(t("The run"), ["", ""], run)}
${table(t("Estimates"), [t("observable"), t("estimate by"), t("value"), t("pull / σ"), t("τ int"), t("samples")], (state.observables ?? []).flatMap((o) => estimates(facts, o)))}
<p>${t("A number in brackets is one standard error in units of the last digits, autocorrelation included; a pull is the distance from the exact value, or from the chain where none is known.")}</p>
${pictures.join("\n")}
${table(t("Settings"), [t("parameter"), t("id"), t("value")], settings(facts))}
<p>${t("Computed in a browser tab by Lattice Lab. The link opens the same settings; on a CPU the same seed gives the same loss curve to the last bit, which its mark tells.")}</p>
</body>
</html>
`;
}

function estimates({ state }: Facts, observable: Observable): string[][] {
  const spec = state.lab.observables.find((o) => o.id === observable.id);
  const standard = standardOf(observable);
  const name = spec ? `${escaped(plainMath(spec.symbol))}, ${escaped(spec.label)}` : observable.id;
  const of = observable.estimates.map((estimate) => {
    const sigmas = standard && pull(estimate, standard);
    return [
      escaped(wayOf(estimate).name),
      estimate.value === null ? t("not resolved") : withError(estimate.value, estimate.error),
      typeof sigmas === "number" ? number(sigmas, 2) : "",
      estimate.tau_int === null ? "" : number(estimate.tau_int, 3),
      String(estimate.count),
    ];
  });
  const known = observable.references.map(({ value, error, source }) => [escaped(t("known: {source}", { source: prose(told(source)) })), withError(value, error), "", "", ""]);
  return [...of, ...known].map((cells, i) => [i === 0 ? name : "", ...cells]);
}

function settings({ state: { lab, preset, params } }: Facts): string[][] {
  const changed = differences(params, presetParams(lab, preset));
  return lab.params.map((spec) => {
    const value = params[spec.id];
    const written = value === undefined ? "" : escaped(plainValue(value));
    return [escaped(spec.label), spec.id, spec.id in changed ? t("{value} (changed)", { value: written }) : written];
  });
}
