// Keys, and the dialog that lists them.

import { byId, h } from "./dom";
import { labNames } from "./labs";
import { t } from "./language";
import type { Present } from "./present";
import type { Transport } from "./transport";

/** What keys do beside the run. */
export interface KeyActs {
  copyLink(): void;
  /** Pins the run on the screen. */
  pin(): void;
  /** Opens the lab at a place of the menu. */
  openLab(nth: number): void;
  /** Whether the home is shown: the run behind it has no keys. */
  atHome(): boolean;
}

/** A key, or several that do alike. */
interface Key {
  keys: readonly string[];
  shown: string;
  does: string;
  act(key: string): void;
  /** Whether it is of the page and not of the run. */
  everywhere?: boolean;
  /** The button that does the same: where it is disabled, so is the key. */
  button?: string;
}

/** Ties keys to what they do. */
export function startKeyboard(transport: Transport, present: Present, acts: KeyActs): void {
  const dialog = byId<HTMLDialogElement>("help");
  const digits = labNames.map((_, i) => String(i + 1));
  const keys: Key[] = [
    { keys: [" "], shown: t("space"), does: t("train or pause"), act: () => transport.playOrPause(), button: "play" },
    { keys: ["ArrowRight"], shown: "→", does: t("one step"), act: () => transport.step(), button: "step" },
    { keys: ["r"], shown: "r", does: t("start over with the same seed"), act: () => transport.reset(), button: "reset" },
    { keys: ["n"], shown: "n", does: t("start over with a new seed"), act: () => transport.newSeed(), button: "new-seed" },
    { keys: ["c"], shown: "c", does: t("copy the link to this state"), act: acts.copyLink },
    { keys: ["p"], shown: "p", does: t("pin the run, to compare others with it"), act: acts.pin },
    { keys: ["f"], shown: "f", does: t("present: large, without chrome; f or Escape leaves"), act: () => present.toggle(), everywhere: true },
    ...(digits.length > 1 ? [{ keys: digits, shown: `1–${digits.length}`, does: t("the labs, in the order of the menu"), act: (key: string) => acts.openLab(Number(key) - 1), everywhere: true }] : []),
    { keys: ["?"], shown: "?", does: t("this list"), act: () => dialog.showModal(), everywhere: true },
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
    if (event.key === "Escape" && present.on) present.show(false);
    const found = keys.find(({ keys }) => keys.includes(event.key));
    // A key that is held down acts once; steps may be many.
    if (!found || (event.repeat && event.key !== "ArrowRight") || (acts.atHome() && !found.everywhere)) return;
    event.preventDefault();
    if (found.button && byId<HTMLButtonElement>(found.button).disabled) return;
    found.act(event.key);
    present.press(found.keys.length > 1 ? event.key : found.shown, found.does);
  });
}

/** Whether an element uses a key itself: typing in a box, moving a slider, pressing a button by space. */
function takesKey(element: Element, key: string): boolean {
  if (element.matches("input:not([type=range]):not([type=checkbox]), textarea")) return true;
  if (element.matches("select")) return true;
  if (key === "ArrowRight") return element.matches("input[type=range]");
  return key === " " && element.matches("button, summary, a, input[type=checkbox]");
}
