// What the page tells to whoever listens: its own parts and window.latticeLab.

import type { DeviceStatus, Params } from "./store";
import type { EventOf } from "./client";

/** Events of `latticeLab.on`. */
export interface LabEvents {
  /** A lab is open, from its beginning or from a snapshot. */
  opened: { lab: string; params: Params; seed: number; step: number };
  /** The run goes on with other training data. */
  data: { name: string };
  /** A slice of a run is done. */
  progress: Omit<EventOf<"progress">, "type">;
  /** Something was drawn. */
  frame: Omit<EventOf<"frame">, "type">;
  /** A run has ended, or was paused. */
  stopped: { finished: boolean; step: number };
  /** Something was refused, or the worker died. */
  failed: { code: string; param: string | null; message: string };
  /** The device or its speed is another one. */
  device: DeviceStatus;
}

/** Calls listeners by the name of an event. */
export class Emitter {
  readonly #listeners = new Map<keyof LabEvents, Set<(data: never) => void>>();

  /** Listens; the function that comes back stops it. */
  on<K extends keyof LabEvents>(event: K, listener: (data: LabEvents[K]) => void): () => void {
    const set = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  /** Tells. A listener that throws harms neither the page nor the others. */
  emit<K extends keyof LabEvents>(event: K, data: LabEvents[K]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        (listener as (data: LabEvents[K]) => void)(data);
      } catch (error) {
        console.error(error);
      }
    }
  }
}
