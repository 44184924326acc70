// A report: one page with settings, numbers and pictures that needs nothing but itself.

import type { Observable } from "../bindings/Observable";
import { wayOf } from "../estimators";
import { number, plainValue, prose, seconds, withError } from "../format";
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
    ["Preset", escaped(preset.title)],
    ["Seed", String(seed)],
    ["Steps", `${step}${state.trainedBefore === null ? "" : ` (${state.trainedBefore} of them made before)`}`],
    ["Samples", String(samples)],
    ["Loss curve", curve ?? "does not begin with the first step"],
    ["Computed on", `${device.kind.toUpperCase()}, ${escaped(device.name)}`],
    ["Computing time", `training ${seconds(state.seconds.train)}, chain ${seconds(state.seconds.chain)}, sampling ${seconds(state.seconds.sample)}`],
    ["Verdict", escaped(verdict)],
    ["Date", new Date().toISOString().replace("T", " ").slice(0, 16) + " UTC"],
    ["Link", `<a href="${escaped(link)}">${escaped(link)}</a>`],
    ["Command line", `<code>${escaped(fromTheBeginning(facts))}</code>`],
    ["Build", BUILD_ID],
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(lab.title)}, seed ${seed} – Lattice Lab</title>
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
${table("The run", ["", ""], run)}
${table("Estimates", ["observable", "estimate by", "value", "pull / σ", "τ int", "samples"], (state.observables ?? []).flatMap((o) => estimates(facts, o)))}
<p>A number in brackets is one standard error in units of the last digits, autocorrelation included; a pull is the distance from the exact value, or from the chain where none is known.</p>
${pictures.join("\n")}
${table("Settings", ["parameter", "id", "value"], settings(facts))}
<p>Computed in a browser tab by Lattice Lab. The link opens the same settings; on a CPU the same seed gives the same loss curve to the last bit, which its mark tells.</p>
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
      estimate.value === null ? "not resolved" : withError(estimate.value, estimate.error),
      typeof sigmas === "number" ? number(sigmas, 2) : "",
      estimate.tau_int === null ? "" : number(estimate.tau_int, 3),
      String(estimate.count),
    ];
  });
  const known = observable.references.map(({ value, error, source }) => [`known: ${escaped(prose(source))}`, withError(value, error), "", "", ""]);
  return [...of, ...known].map((cells, i) => [i === 0 ? name : "", ...cells]);
}

function settings({ state: { lab, preset, params } }: Facts): string[][] {
  const changed = differences(params, presetParams(lab, preset));
  return lab.params.map((spec) => {
    const value = params[spec.id];
    return [escaped(spec.label), spec.id, `${value === undefined ? "" : escaped(plainValue(value))}${spec.id in changed ? " (changed)" : ""}`];
  });
}
