// Files of plots.

import { csvOf, wideCsvOf } from "../csv";
import { download } from "../files";
import { t } from "../language";
import { plainMath } from "../math";
import type { Plotted, Taken } from "../plot_menu";
import type { Facts } from "./facts";
import { pngOf, svgOf } from "./picture";

/** Makes a file of a plot and offers it as a download. */
export async function take(plotted: Plotted, what: Taken, facts: Facts): Promise<void> {
  const { spec } = plotted;
  const name = `${facts.name}-${spec.id}`;
  if (what === "svg") return download(svgPicture(plotted, facts), `${name}.svg`);
  if (what === "png") return download(await pngOf(svgPicture(plotted, facts)), `${name}.png`);
  const view = plotted.numbers();
  if (!view) throw new Error(t("nothing is drawn yet"));
  if (what === "csv") download(csvOf(view), `${name}.csv`);
  else download(wideCsvOf(view, axisName(spec.x) || "x"), `${name}-columns.csv`);
}

/** A plot as an SVG document. */
export function svgPicture(plotted: Plotted, { caption, state }: Facts): string {
  const { spec, host } = plotted;
  const plane = spec.kind === "curve" || spec.kind === "histogram" || spec.kind === "scatter" || spec.kind === "spectrum";
  const panes = [...host.querySelectorAll(".pane:not([hidden]) h3 > span")].map((name) => name.textContent ?? "");
  return svgOf(() => plotted.redraw(), host, {
    title: panes.length > 0 ? `${state.lab.title}: ${spec.title}` : spec.title,
    x: plane ? axisName(spec.x) : "",
    y: plane ? axisName(spec.y) : "",
    caption,
    panes,
  });
}

function axisName({ symbol, label }: Plotted["spec"]["x"]): string {
  const written = plainMath(symbol);
  return written && written !== label ? `${written}  (${label})` : label;
}
