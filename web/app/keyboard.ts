// Keys, and the dialog that lists them.

import { byId, h } from "./dom";
import type { Transport } from "./transport";

/** Ties keys to what they do. */
export function startKeyboard(transport: Transport, copyLink: () => void, pin: () => void): void {
  const dialog = byId<HTMLDialogElement>("help");
  const keys: { key: string; shown: string; does: string; act: () => void }[] = [
    { key: " ", shown: "space", does: "train or pause", act: () => transport.playOrPause() },
    { key: "ArrowRight", shown: "→", does: "one step", act: () => transport.step() },
    { key: "r", shown: "r", does: "start over with the same seed", act: () => transport.reset() },
    { key: "n", shown: "n", does: "start over with a new seed", act: () => transport.newSeed() },
    { key: "c", shown: "c", does: "copy the link to this state", act: copyLink },
    { key: "p", shown: "p", does: "pin the run, to compare others with it", act: pin },
    { key: "?", shown: "?", does: "this list", act: () => dialog.showModal() },
  ];
  byId("keys").replaceChildren(...keys.map(({ shown, does }) => h("div", {}, h("dt", {}, h("kbd", {}, shown)), h("dd", {}, does))));
  byId("open-help").addEventListener("click", () => dialog.showModal());
  byId("close-help").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target instanceof Element && takesKey(event.target, event.key)) return;
    const found = keys.find(({ key }) => key === event.key);
    if (!found) return;
    event.preventDefault();
    found.act();
  });
}

/** Whether an element uses a key itself: typing in a box, moving a slider, pressing a button by space. */
function takesKey(element: Element, key: string): boolean {
  if (element.matches("input:not([type=range]):not([type=checkbox]), textarea")) return true;
  if (element.matches("select")) return true;
  if (key === "ArrowRight") return element.matches("input[type=range]");
  return key === " " && element.matches("button, summary, a, input[type=checkbox]");
}
