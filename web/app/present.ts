// The page as a room sees it: no chrome, large, high in contrast, awake, and with the keys that are pressed.

import { byId, h, setAttributes } from "./dom";
import { t } from "./language";
import { refreshTheme } from "./theme";

/** How long a pressed key stays to be read. */
const KEY_MS = 1800;

/** Presentation mode. The address has it as `?present=1`, beside the state of the run. */
export class Present {
  readonly #keys = h("div", { id: "pressed", "aria-hidden": "true" });
  readonly #leave = h("button", { id: "leave", type: "button", title: t("Leave the presentation (f or Escape)") }, t("Leave ✕"));
  #lock: { release(): Promise<void> } | null = null;
  /** Whether the screen is the page's because the presentation has asked for it. */
  #full = false;

  constructor() {
    byId("present").addEventListener("click", () => this.toggle());
    this.#leave.addEventListener("click", () => this.show(false));
    document.addEventListener("visibilitychange", () => void this.#stayAwake());
    // The browser keeps Escape for itself while the screen is the page's: leaving the one leaves the other.
    document.addEventListener("fullscreenchange", () => {
      if (!document.fullscreenElement && this.#full) this.show(false);
    });
    window.addEventListener("resize", () => {
      if (this.on) refreshTheme();
    });
    if (new URLSearchParams(location.search).get("present") === "1") this.show(true);
  }

  get on(): boolean {
    return document.documentElement.hasAttribute("data-present");
  }

  /** By hand, the whole screen is asked for as well. */
  toggle(): void {
    const on = !this.on;
    this.show(on);
    if (!on || !document.fullscreenEnabled) return;
    document.documentElement.requestFullscreen().then(
      () => (this.#full = true),
      () => undefined,
    );
  }

  show(on: boolean): void {
    if (on === this.on) return;
    setAttributes(document.documentElement, { "data-present": on });
    if (on) document.body.append(this.#leave, this.#keys);
    else {
      this.#leave.remove();
      this.#keys.remove();
      if (this.#full && document.fullscreenElement) void document.exitFullscreen();
      this.#full = false;
    }
    const address = new URL(location.href);
    if (on) address.searchParams.set("present", "1");
    else address.searchParams.delete("present");
    history.replaceState(history.state, "", address);
    refreshTheme();
    void this.#stayAwake();
  }

  /** Shows a key and what it does, to those who see the screen but not the hand. */
  press(key: string, does: string): void {
    if (!this.on) return;
    const shown = h("p", {}, h("kbd", {}, key), ` ${does}`);
    this.#keys.replaceChildren(shown);
    window.setTimeout(() => shown.remove(), KEY_MS);
  }

  /** Where there is no wake lock, or none is granted, the screen does as it does. */
  async #stayAwake(): Promise<void> {
    const wanted = this.on && !document.hidden;
    try {
      // A hidden tab has lost its lock by itself.
      const old = this.#lock;
      this.#lock = null;
      await old?.release();
      if (wanted) this.#lock = (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      this.#lock = null;
    }
  }
}
