// Compare: pinned runs with their table, and sweeps. What draws them is loaded when it is first wanted.

import { byId } from "../dom";
import type { Engine } from "../engine";
import { t } from "../language";
import { flash, notice } from "../notice";
import type { Take } from "../plot_menu";
import type { Store } from "../store";
import { MOST_PINS, Pins } from "./pins";

/** Ties the section and the button to the state; gives what pins. */
export function startCompare(store: Store, engine: Engine, pins: Pins, take: Take): { pin(): Promise<void>; show(): void } {
  const place = byId("pins");
  const hint = byId("compare-hint");
  const button = byId<HTMLButtonElement>("pin");
  const sweep = byId<HTMLDetailsElement>("sweep");
  let shown = 0;

  const show = () => {
    const { state } = store;
    const own = pins.of(state.lab);
    hint.hidden = own.length > 0;
    place.hidden = own.length === 0;
    if (own.length === 0) return;
    shown = performance.now();
    void import("../later").then(({ pinTable }) => place.replaceChildren(pinTable(own, store.state, engine.losses.hash, (pin) => pins.remove(pin))));
  };
  const pin = async () => {
    const { activity, lab } = store.state;
    if (activity === "starting" || activity === "broken") return;
    if (pins.of(lab).length >= MOST_PINS) {
      return notice(t("{n} runs are pinned, as many as can be told apart: remove one in the table below the plots first.", { n: MOST_PINS }), "info", undefined, "pins");
    }
    try {
      const letter = await pins.add();
      if (letter) flash(t("Pinned as {letter}: it stays in the plots, and in the table below", { letter }));
    } catch (error) {
      notice(t("Pinning failed: {why}", { why: (error as Error).message }), "problem");
    }
  };
  button.addEventListener("click", () => void pin());
  store.watch((s) => s.activity, (activity) => {
    button.disabled = activity === "starting" || activity === "broken";
    show();
  });
  store.watch((s) => s.lab, show);
  // The row of the run on the screen need not follow every number.
  store.watch((s) => s.observables, () => {
    if (performance.now() - shown > 2000 && !place.contains(document.activeElement)) show();
  });
  sweep.addEventListener("toggle", () => {
    const body = byId("sweep-body");
    if (!sweep.open || body.childElementCount > 0) return;
    void import("../later").then(({ Sweep }) => {
      if (body.childElementCount === 0) body.append(new Sweep(store, engine, take).element);
    });
  });
  return { pin, show };
}
