// When to ask for the next picture: once the last is drawn, not too often, and not for a tab that nobody sees.

import type { LabDescription } from "./bindings/LabDescription";
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
  #started: () => void = () => undefined;
  #shown!: () => void;
  /** Resolves when the first pictures are drawn. */
  readonly shown = new Promise<void>((resolve) => (this.#shown = resolve));

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
    private readonly views: () => string[],
    private readonly draw: (frame: EventOf<"frame">) => Promise<void>,
  ) {
    // In a microtask the run is on its way.
    store.watch((s) => s.activity, (activity) => activity === "running" && queueMicrotask(() => this.#started()));
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
    let session = 0;
    for (;;) {
      const running = this.store.state.activity === "running";
      const { lab } = this.store.state;
      if (document.hidden || !this.engine.isOfLab || !(running || this.#dirty)) {
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
        if (session !== this.engine.session) {
          session = this.engine.session;
          if (this.store.state.step === 0) await this.#firstTwo(lab);
          this.#shown();
        }
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

  /**
   * Of a new session first the stage alone, and what of it is there. The second picture is asked for as soon as the run is told to start: the core
   * answers it before the first step, which takes long, with a chain that has moved.
   */
  async #firstTwo(lab: LabDescription): Promise<void> {
    const show = async (picture: Promise<EventOf<"frame">>): Promise<void> => {
      const frame = await picture;
      await new Promise(requestAnimationFrame);
      if (lab === this.store.state.lab) await this.draw(frame);
    };
    const ask = () => this.engine.frame(this.views().slice(0, 1), false, true);
    let second: Promise<EventOf<"frame">> | null = null;
    this.#started = () => {
      second = ask();
      second.catch(() => undefined);
    };
    await show(ask());
    this.#started = () => undefined;
    if (second) await show(second);
  }

  /** Waits until touched, or for `ms`. */
  #sleep(ms: number | null): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (ms !== null) setTimeout(resolve, ms);
    });
  }
}
