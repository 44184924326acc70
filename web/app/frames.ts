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
/** A picture of the model costs samples, which cost training: for each second of them, so many go to the run. */
const SECONDS_BETWEEN = 4;
const MOST_MS = 1000;

/** Asks for frames as long as the page lives. */
export class Frames {
  #dirty = true;
  #wake: (() => void) | null = null;

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
    private readonly views: () => string[],
    private readonly draw: (frame: EventOf<"frame">) => Promise<void>,
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
    let sampled = 0;
    for (;;) {
      const running = this.store.state.activity === "running";
      const { lab } = this.store.state;
      // While another lab is on its way, the session is still that of the one before, which has other views.
      if (document.hidden || this.engine.opening?.lab !== lab.id || !(running || this.#dirty)) {
        await this.#sleep(running ? 500 : null);
        continue;
      }
      const started = performance.now();
      let least = reducedMotion() ? CALM_FRAME_MS : FRAME_MS;
      const last = this.#dirty;
      this.#dirty = false;
      const observables = last || started - observedAt >= OBSERVABLES_MS;
      if (observables) observedAt = started;
      try {
        const frame = await this.engine.frame(this.views(), observables);
        await new Promise(requestAnimationFrame);
        if (lab !== this.store.state.lab) continue;
        this.engine.flush();
        await this.draw(frame);
        if (running && this.store.state.phase === "training") {
          const cost = 1000 * (frame.seconds.sample - sampled);
          least = Math.max(least, Math.min(MOST_MS, SECONDS_BETWEEN * cost));
        }
        sampled = frame.seconds.sample;
      } catch (error) {
        // A session that was replaced, or a worker that died: the next one will be asked. A refusal will not mend itself.
        if (error instanceof Refusal && error.code !== "device") console.error(error.message);
        await this.#sleep(300);
      }
      const pause = least - (performance.now() - started);
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
