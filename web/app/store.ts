// What the page knows, in one object. Whoever draws a part of it watches that part.

import type { GivenData } from "./bindings/GivenData";
import type { LabDescription } from "./bindings/LabDescription";
import type { Observable } from "./bindings/Observable";
import type { Phase } from "./bindings/Phase";
import type { Plan } from "./bindings/Plan";
import type { Preset } from "./bindings/Preset";
import type { Seconds } from "./bindings/Seconds";
import type { Value } from "./bindings/Value";
import type { DeviceKind } from "./bindings/DeviceKind";
import type { EmbedLevel, Panel } from "./panels";

/** Parameter values by id. */
export type Params = Readonly<Record<string, Value>>;

/** What the reader wants to compute on. */
export type DeviceWish = "auto" | "cpu" | "gpu";

/** What the run is doing. `broken`: the worker has died and waits for the reader. */
export type Activity = "starting" | "running" | "paused" | "finished" | "broken";

/** What it computes on, how fast, and why there. */
export interface DeviceStatus {
  readonly kind: DeviceKind;
  readonly name: string;
  /** Time of a training step, once one has been timed. */
  readonly msPerStep: number | null;
  /** Why this device and not the other, as sentences. */
  readonly reason: string;
}

/** Everything that more than one part of the page looks at. Replaced, never changed in place. */
export interface State {
  /** Whether the home is on the screen; the lab is behind it then. */
  readonly home: boolean;
  readonly lab: LabDescription;
  readonly preset: Preset;
  readonly params: Params;
  readonly seed: number;
  /** Ids of the views in the plot column. */
  readonly plotted: readonly string[];
  readonly wish: DeviceWish;
  /** Parts of the page that are not shown. */
  readonly hidden: readonly Panel[];
  /** How much of the page is shown inside another one. */
  readonly embed: EmbedLevel;
  /** What the address says of an exercise, by key: see teach/. */
  readonly task: Readonly<Record<string, string>>;
  readonly device: DeviceStatus;
  readonly activity: Activity;
  readonly phase: Phase;
  readonly plan: Plan;
  /** Data from a file that the lab works on. */
  readonly given: GivenData | null;
  readonly step: number;
  readonly target: number;
  readonly samples: number;
  /** Steps that the session had behind it when it was opened from weights that come with the page; null if it was not. */
  readonly trainedBefore: number | null;
  readonly seconds: Seconds;
  readonly observables: readonly Observable[] | null;
  /** Sentences of the core about parameters that it refused. */
  readonly refusals: Readonly<Record<string, string>>;
}

type Watcher = () => void;

/** Holds the state and tells who watches. */
export class Store {
  #state: State;
  readonly #watchers = new Set<Watcher>();

  constructor(initial: State) {
    this.#state = initial;
  }

  get state(): State {
    return this.#state;
  }

  /** Replaces some fields. */
  set(patch: Partial<State>): void {
    this.#state = { ...this.#state, ...patch };
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Calls `react` now and whenever what `select` gives is another thing than before. */
  watch<T>(select: (state: State) => T, react: (selected: T, state: State) => void): void {
    let last = select(this.#state);
    react(last, this.#state);
    this.#watchers.add(() => {
      const next = select(this.#state);
      if (Object.is(next, last)) return;
      last = next;
      react(next, this.#state);
    });
  }
}

/** Values of `preset`: the defaults and what differs from them. */
export function presetParams(lab: LabDescription, preset: Preset): Params {
  return { ...Object.fromEntries(lab.params.map((p) => [p.id, p.default])), ...Object.fromEntries(preset.params) };
}

/** The entries of `params` that are not those of `base`. */
export function differences(params: Params, base: Params): Record<string, Value> {
  return Object.fromEntries(Object.entries(params).filter(([id, value]) => base[id] !== value));
}

/** The views that a preset shows in the plot column: its own first, then others until there are two. */
export function presetViews(lab: LabDescription, preset: Preset): string[] {
  const stage = stageView(lab);
  const others = lab.views.map((v) => v.id).filter((id) => id !== stage);
  return [...new Set([...preset.views.filter((id) => others.includes(id)), ...others])].slice(0, 2);
}

/** The view that is drawn large: chain and model side by side, or the spectra of all methods. */
export function stageView(lab: LabDescription): string | null {
  return lab.views.find((v) => ["paths", "field", "spins", "spectrum"].includes(v.kind))?.id ?? null;
}
