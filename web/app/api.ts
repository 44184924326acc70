// window.latticeLab: everything that the page can do, for programs.
//
//   const lab = window.latticeLab;
//   await lab.open("double_well_flow", { f2: 2 }, 7);
//   lab.on("progress", ({ step, losses }) => console.log(step, losses.at(-1)));
//   await lab.run({ steps: 200 });
//   console.table(await lab.observables());
//
// A parent of the page in an iframe calls the same by messages: see embed.ts.

import type { LabDescription } from "./bindings/LabDescription";
import type { Observable } from "./bindings/Observable";
import type { Value } from "./bindings/Value";
import type { View } from "./bindings/View";
import { LatticeLabError } from "./client";
import type { Engine } from "./engine";
import type { Emitter, LabEvents } from "./events";
import { labNames, type LabName, labOf } from "./labs";
import type { DeviceStatus, Store } from "./store";
import { DEFAULT_SEED, MAX_SEED } from "./url_state";

/** The API. Promises reject with an `Error` named LatticeLabError whose message is a sentence, as a rule the core's own: "lambda = 99 is outside [0.1, 5]". */
export interface LatticeLab {
  /** The labs there are: id, title and a sentence of each. */
  labs(): readonly LabName[];
  /** Everything that a lab declares: parameters, observables, views, presets. */
  describe(labId: string): Promise<LabDescription>;
  /** Opens a lab with differences from its defaults, ready to run. */
  open(labId: string, params?: Record<string, Value>, seed?: number): Promise<void>;
  /** Sets a parameter; one that is fixed while the session runs opens it anew with the same seed, ready to run. */
  set(id: string, value: Value): Promise<void>;
  /**
   * Trains: `steps` more (a whole number of at least 1), or to the end of the plan and its samples. Resolves when that is done
   * (true) or paused (false). A second run while one runs takes over from it: the first resolves with false, and the steps of
   * the second count from where the first was.
   */
  run(options?: { steps?: number }): Promise<boolean>;
  /** Stops after the step in hand. */
  pause(): Promise<void>;
  /** Draws samples from the model as it is, and adds them to those that the estimates use. */
  sample(count: number): Promise<void>;
  /** Advances the Monte Carlo chain without training. */
  chain(updates: number): Promise<void>;
  /** Lays a hand on the chain's configuration: what gestures there are, and what numbers they take, a refusal tells. */
  touch(gesture: string, numbers?: number[]): Promise<void>;
  /** Every observable with its estimates and references, as of now. */
  observables(): Promise<Observable[]>;
  /** The data of one view. */
  view(id: string): Promise<View>;
  /** The session as a safetensors file: parameters, weights, optimiser, chain, positions of the random streams. */
  save(): Promise<Uint8Array>;
  /** Opens a session from what {@link save} gave; it goes on where it was. */
  load(bytes: Uint8Array): Promise<void>;
  /** Trains on the configurations of a .npy or .npz file from now on; what it has to hold is in the lab's description. */
  loadData(bytes: Uint8Array, name?: string): Promise<void>;
  /** What it computes on, how fast, and why there. */
  device(): DeviceStatus;
  /** Listens to an event; the function that comes back stops it. */
  on<K extends keyof LabEvents>(event: K, listener: (data: LabEvents[K]) => void): () => void;
}

declare global {
  interface Window {
    /** See {@link LatticeLab}. */
    latticeLab: LatticeLab;
  }
}

/** What opening means for the page beside the engine: address, controls, notices. */
export interface Page {
  open(lab: LabDescription, params: Record<string, Value>, seed: number): Promise<void>;
  set(id: string, value: Value): Promise<void>;
  sample(count: number): Promise<void>;
  chain(updates: number): Promise<void>;
  touch(gesture: string, numbers: number[]): Promise<void>;
  load(bytes: Uint8Array): Promise<void>;
  loadData(bytes: Uint8Array, name: string): Promise<void>;
  /** Resolves when the first session is open. */
  ready: Promise<void>;
}

const EVENTS: readonly (keyof LabEvents)[] = ["opened", "progress", "frame", "stopped", "failed", "device"];

/** A count that the core can take, or a sentence. */
function whole(name: string, given: unknown): number {
  if (typeof given === "number" && Number.isInteger(given) && given >= 1 && given < 2 ** 32) return given;
  throw new LatticeLabError(`${name} = ${written(given)} is not a whole number of at least 1`);
}

/** A parameter's value, or a sentence. */
function value(id: string, given: unknown): Value {
  if (typeof given === "number" || typeof given === "string" || typeof given === "boolean") return given;
  throw new LatticeLabError(`${id} = ${written(given)} is not a number, a text, true or false`);
}

/** A value as the caller may have written it. */
function written(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The description of a lab, or a sentence. */
async function described(labId: string): Promise<LabDescription> {
  if (labNames.some((one) => one.id === labId)) return labOf(labId);
  throw new LatticeLabError(`unknown lab \`${labId}\`; known: ${labNames.map((one) => one.id).join(", ")}`);
}

/** Promises of the API reject with nothing but {@link LatticeLabError}, whatever went wrong below. */
async function plainly<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LatticeLabError) throw error;
    throw new LatticeLabError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Makes the API. Calls wait for the page to have opened its first session. */
export function makeApi(store: Store, engine: Engine, emitter: Emitter, page: Page): LatticeLab {
  const api: LatticeLab = {
    labs: () => labNames,
    describe: (labId) => described(labId),
    open: async (labId, params = {}, seed = DEFAULT_SEED) => {
      if (!Number.isInteger(seed) || seed < 0 || seed > MAX_SEED) {
        throw new LatticeLabError(`seed = ${written(seed)} is not an integer from 0 to ${MAX_SEED}`);
      }
      if (typeof params !== "object" || params === null) {
        throw new LatticeLabError(`params = ${written(params)} is not an object such as { f2: 2 }`);
      }
      for (const [id, given] of Object.entries(params)) value(id, given);
      await page.ready;
      await page.open(await described(labId), params, seed);
    },
    set: async (id, given) => {
      value(id, given);
      await page.ready;
      await page.set(id, given);
    },
    run: async (options) => {
      if (options !== undefined && (typeof options !== "object" || options === null)) {
        throw new LatticeLabError(`run(${written(options)}): it takes nothing, or an object such as { steps: 100 }`);
      }
      const steps = options?.steps === undefined ? null : whole("steps", options.steps);
      await page.ready;
      return engine.run(steps);
    },
    pause: async () => {
      await page.ready;
      await engine.pause();
    },
    sample: async (count) => {
      whole("count", count);
      await page.ready;
      await page.sample(count);
    },
    chain: async (updates) => {
      whole("updates", updates);
      await page.ready;
      await page.chain(updates);
    },
    touch: async (gesture, numbers = []) => {
      if (typeof gesture !== "string" || !Array.isArray(numbers) || !numbers.every((n) => typeof n === "number")) {
        throw new LatticeLabError("touch takes the name of a gesture and an array of numbers");
      }
      await page.ready;
      await page.touch(gesture, numbers);
    },
    observables: async () => {
      await page.ready;
      return (await engine.frame([], true)).observables ?? [];
    },
    view: async (id) => {
      await page.ready;
      const [view] = (await engine.frame([id], false)).views;
      if (!view) throw new LatticeLabError(`the core gave no view \`${id}\``);
      return view;
    },
    save: async () => {
      await page.ready;
      return engine.save();
    },
    load: async (bytes) => {
      if (!ArrayBuffer.isView(bytes)) throw new LatticeLabError("load takes the Uint8Array that save gave");
      await page.ready;
      await page.load(bytes);
    },
    loadData: async (bytes, name = "data") => {
      if (!ArrayBuffer.isView(bytes)) throw new LatticeLabError("loadData takes a Uint8Array: the bytes of a .npy or .npz file");
      await page.ready;
      await page.loadData(bytes, name);
    },
    device: () => store.state.device,
    on: (event, listener) => {
      if (!EVENTS.includes(event)) throw new LatticeLabError(`unknown event \`${String(event)}\`; known: ${EVENTS.join(", ")}`);
      if (typeof listener !== "function") throw new LatticeLabError(`the listener of \`${event}\` is not a function: ${written(listener)}`);
      return emitter.on(event, listener);
    },
  };
  return {
    ...api,
    open: (...args) => plainly(() => api.open(...args)),
    set: (...args) => plainly(() => api.set(...args)),
    run: (...args) => plainly(() => api.run(...args)),
    pause: () => plainly(api.pause),
    sample: (...args) => plainly(() => api.sample(...args)),
    chain: (...args) => plainly(() => api.chain(...args)),
    touch: (...args) => plainly(() => api.touch(...args)),
    observables: () => plainly(api.observables),
    view: (...args) => plainly(() => api.view(...args)),
    save: () => plainly(api.save),
    load: (...args) => plainly(() => api.load(...args)),
    loadData: (...args) => plainly(() => api.loadData(...args)),
    describe: (...args) => plainly(() => api.describe(...args)),
  };
}
