// The chip that tells what the run computes on, and the panel behind it.

import { byId, setText } from "./dom";
import { milliseconds } from "./format";
import { t } from "./language";
import type { DeviceWish, Store } from "./store";

/** Ties chip and panel to the state. */
export function startDevicePanel(store: Store, wish: (wish: DeviceWish) => void): void {
  const box = byId<HTMLDetailsElement>("device");
  const select = byId<HTMLSelectElement>("device-wish");
  select.addEventListener("change", () => wish(select.value as DeviceWish));
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Node) || !box.contains(event.target)) box.open = false;
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    box.open = false;
    box.querySelector("summary")?.focus();
  });
  store.watch((s) => s.wish, (value) => (select.value = value));
  store.watch((s) => s.device, ({ kind, name, msPerStep, reason }) => {
    const short = kind.toUpperCase();
    setText(byId("device-kind"), short);
    // The core's name for it may begin with the kind already.
    const rest = name.replace(new RegExp(`^${short}\\b[\\s:·,-]*`, "i"), "").replace(/^\((.*)\)$/, "$1");
    setText(byId("device-name"), rest ? ` · ${rest}` : "");
    setText(byId("device-speed"), msPerStep === null ? "" : ` · ${milliseconds(msPerStep)}`);
    setText(byId("device-unit"), msPerStep === null ? "" : t("/step"));
    setText(byId("device-reason"), reason);
    byId("device-chip").title = reason;
    box.dataset["kind"] = kind;
  });
}
