// The small menu of a plot: its picture and its numbers as files.

import type { View } from "./bindings/View";
import type { ViewKind } from "./bindings/ViewKind";
import type { ViewSpec } from "./bindings/ViewSpec";
import { h, setAttributes } from "./dom";
import { t } from "./language";
import { notice } from "./notice";

/** Something that is drawn, and can be taken away. */
export interface Plotted {
  readonly spec: ViewSpec;
  /** What holds its legend. */
  readonly host: HTMLElement;
  /** Draws it again; where a recorder is at work, there. */
  redraw(): void;
  /** Its numbers, all of them; null before there are any. */
  numbers(): View | null;
}

/** The files there are of a plot. */
export type PlotFile = "png" | "svg" | "csv" | "wide";
/** What can be had of a plot: a file, or its numbers on the screen. */
export type Taken = PlotFile | "table";

/** Makes a file of a plot. */
export type Take = (plotted: Plotted, what: Taken) => Promise<void>;

/** Views of these kinds are numbers along an axis; the others are pictures. */
const NUMBERS: readonly ViewKind[] = ["curve", "histogram", "scatter", "spectrum", "table"];

const ITEMS: readonly { what: PlotFile; label: string }[] = [
  { what: "png", label: t("Picture, PNG") },
  { what: "svg", label: t("Picture, SVG") },
  { what: "csv", label: t("Numbers, CSV") },
  { what: "wide", label: t("Numbers, CSV, columns") },
];

/** Which files there are of a view of this kind; of a table only its numbers, in its own columns. */
export function filesOf(kind: ViewKind): readonly { what: PlotFile; label: string }[] {
  if (kind === "table") return ITEMS.filter(({ what }) => what === "csv");
  return NUMBERS.includes(kind) ? ITEMS : ITEMS.slice(0, 2);
}

/** The menu of `plotted`. */
export function plotMenu(plotted: Plotted, take: Take): HTMLElement {
  const name = t("Files of {what}", { what: plotted.spec.title });
  const menu = h("details", { class: "menu" }, h("summary", { "aria-label": name, title: name }, "⋯"));
  const list = h("div", { class: "panel", role: "group", "aria-label": name });
  const { kind } = plotted.spec;
  const shown = NUMBERS.includes(kind) && kind !== "table" ? [{ what: "table" as const, label: t("Numbers, as a table") }] : [];
  for (const { what, label } of [...shown, ...filesOf(kind)]) {
    const button = h("button", { type: "button" }, label);
    button.dataset["take"] = what;
    button.addEventListener("click", () => {
      menu.open = false;
      take(plotted, what).catch((error: Error) => notice(t("That file could not be made: {why}.", { why: error.message }), "problem"));
    });
    list.append(button);
  }
  menu.append(list);
  return menu;
}

/** Menus close when something else is wanted. */
export function startMenus(): void {
  const closeOthers = (target: EventTarget | null) => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
      if (!(target instanceof Node && menu.contains(target))) setAttributes(menu, { open: null });
    }
  };
  document.addEventListener("pointerdown", ({ target }) => closeOthers(target));
  document.addEventListener("focusin", ({ target }) => closeOthers(target));
  document.addEventListener("keydown", (event) => {
    const open = document.querySelector<HTMLDetailsElement>("details.menu[open]");
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    open.querySelector("summary")?.focus();
  });
}
