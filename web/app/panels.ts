// What of the page is shown: parts that a link hides, and how much of it stands inside another page. Style sheets do the hiding,
// by two attributes of the root element.

import { byId, h, setAttributes } from "./dom";
import { t } from "./language";
import type { Store } from "./store";

/** Parts of the page that can be hidden, in the order of the reader's eye. */
export const PANELS = [
  { id: "theory", label: t("Theory and presets") },
  { id: "knobs", label: t("Knobs") },
  { id: "transport", label: t("Play, step, reset, seed") },
  { id: "plots", label: t("Plots") },
  { id: "strip", label: t("Distance from exact") },
  { id: "story", label: t("Explanation") },
] as const;
export type Panel = (typeof PANELS)[number]["id"];

/** How much is shown inside another page, from most to least. */
export const EMBED_LEVELS = [
  { id: "full", label: t("Full"), says: t("the whole page"), height: 800 },
  { id: "basic", label: t("Basic"), says: t("pictures, run, main knobs, numbers"), height: 560 },
  { id: "view", label: t("View only"), says: t("pictures and a pause button"), height: 420 },
] as const;
export type EmbedLevel = (typeof EMBED_LEVELS)[number]["id"];

/** Shows what the state wants shown. */
export function startPanels(store: Store, address: () => string): void {
  const root = document.documentElement;
  store.watch((s) => s.hidden, (hidden) => setAttributes(root, { "data-hide": hidden.length > 0 && hidden.join(" ") }));
  let way: HTMLAnchorElement | null = null;
  const point = () => way?.setAttribute("href", address());
  store.watch((s) => s.embed, (embed) => {
    setAttributes(root, { "data-embed": embed !== "full" && embed });
    // A part of the page stays with its lab.
    setAttributes(document.querySelector("h1 a")!, { href: embed === "full" && "#" });
    if (embed === "full" || way) return;
    // The way to the page itself: it leaves the frame, and takes the state along.
    way = h("a", { class: "whole", target: "_blank", rel: "noopener", title: t("Open in a page of its own") }, "Lattice Lab ↗");
    for (const event of ["pointerenter", "focus", "pointerdown"]) way.addEventListener(event, point);
    point();
    byId("stage").append(way);
  });
}
