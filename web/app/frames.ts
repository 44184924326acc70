// When to ask for the next picture: once the last is drawn, not too often, and not for a tab that nobody sees.

import type { EventOf } from "./client";
import { Refusal } from "./client";
import type { Engine } from "./engine";
import type { Store } from "./store";
import { reducedMotion } from "./theme";

const FRAME_MS = 75;
/** For readers who asked for little motion. */
const CALM_FRAME_MS = 1000;
const OBSERVABLES_MS = 500;

/** Asks for frames as long as the page lives. */
export class Frames {
  #dirty = true;
  #wake: (() => void) | null = null;

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
    private readonly views: () => string[],
    private readonly draw: (frame: EventOf<"frame">) => void,
  ) {
    document.addEventListener("visibilitychange", () => this.touch());
    void this.#loop();
  }

  /** Something has changed that running does not tell of: draw at least once more. */
  touch(): void {
    this.#dirty = true;
    this.#wake?.();
  }

  async #loop(): Promise<void> {
    let observedAt = -Infinity;
    for (;;) {
      const running = this.store.state.activity === "running";
      if (document.hidden || !this.engine.opening || !(running || this.#dirty)) {
        await this.#sleep(running ? 500 : null);
        continue;
      }
      const started = performance.now();
      const last = this.#dirty;
      this.#dirty = false;
      const observables = last || started - observedAt >= OBSERVABLES_MS;
      if (observables) observedAt = started;
      try {
        const frame = await this.engine.frame(this.views(), observables);
        await new Promise(requestAnimationFrame);
        this.draw(frame);
      } catch (error) {
        // A session that was replaced, or a worker that died: the next one will be asked. A refusal will not mend itself.
        if (error instanceof Refusal) console.error(error.message);
        await this.#sleep(300);
      }
      const pause = (reducedMotion() ? CALM_FRAME_MS : FRAME_MS) - (performance.now() - started);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  /** Waits until touched, or for `ms`. */
  #sleep(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (ms !== null) setTimeout(resolve, ms);
    });
  }
}
