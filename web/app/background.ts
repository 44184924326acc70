// What a lab does beside its plan: kept going when the run is done, as long as somebody looks.

import type { Progress } from "./bindings/Progress";
import { Crash, Refusal, Superseded } from "./client";
import type { Engine } from "./engine";
import type { Store } from "./store";

/** How long a piece of work should take; as long the worker is free for pictures. */
const WORK_MS = 40;
/** Most updates in a piece. */
const MOST = 4096;
/** How often it is asked how far it is, and how often plots follow. */
const NEWS_MS = 500;

/** Asks the lab on the screen to go on with its background scan. */
export class Background {
  #updates = 16;
  #wake: (() => void) | null = null;

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
    /** Whether the chain runs although the run is paused. */
    private readonly watched: () => boolean,
    private readonly tell: (progress: Progress | null) => void,
    /** Tells that there is something new to draw. */
    private readonly touched: () => void,
  ) {
    void this.#loop();
  }

  /** Looks again at once. */
  wake(): void {
    this.#wake?.();
  }

  async #loop(): Promise<void> {
    let drawn = 0;
    for (;;) {
      const { params, activity, home } = this.store.state;
      const there = this.engine.isOfLab && activity !== "starting" && activity !== "broken";
      let pause = NEWS_MS;
      if (there && params["scan"] !== undefined && !home && !document.hidden) {
        const alone = activity === "finished" || (activity === "paused" && this.watched());
        const advances = alone && params["scan"] !== "off";
        const begun = performance.now();
        try {
          const progress = await this.engine.background(advances ? this.#updates : 0);
          this.tell(progress);
          if (advances && progress && !progress.finished) {
            const took = performance.now() - begun;
            this.#updates = Math.round(Math.min(MOST, 2 * this.#updates, Math.max(1, (this.#updates * WORK_MS) / took)));
            pause = Math.max(WORK_MS, took);
            if (begun - drawn > NEWS_MS) {
              drawn = begun;
              this.touched();
            }
          }
        } catch (error) {
          // Another session, or a new worker, will be asked next time.
          if (!(error instanceof Superseded || error instanceof Crash || error instanceof Refusal)) throw error;
        }
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, pause);
      });
    }
  }
}
