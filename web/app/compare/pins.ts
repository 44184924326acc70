// Pinned runs: what stays of a run when another one is on the screen.

import type { LabDescription } from "../bindings/LabDescription";
import type { Observable } from "../bindings/Observable";
import type { Seconds } from "../bindings/Seconds";
import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import type { Engine } from "../engine";
import type { Params, Store } from "../store";
import { writeHash } from "../url_state";
import { isReference, NOISE } from "../views/marks";

/** As many as can be told apart. */
export const MOST_PINS = 6;
const LETTERS = "ABCDEF";

/** What a pinned run has in one view. */
export interface Ghost {
  readonly letter: string;
  readonly series: readonly Series[];
}

/** A pinned run. */
export interface Pin {
  readonly letter: string;
  readonly lab: string;
  readonly preset: string;
  readonly params: Params;
  readonly seed: number;
  readonly device: string;
  readonly step: number;
  readonly samples: number;
  readonly seconds: Seconds;
  readonly observables: readonly Observable[];
  /** The mark of its losses, if they begin with the first step. */
  readonly curve: string | null;
  /** The hash of its address. */
  readonly address: string;
  readonly series: ReadonlyMap<string, readonly Series[]>;
}

/** The pinned runs of all labs, as long as the page lives. */
export class Pins {
  #all: readonly Pin[] = [];

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
    /** A view with what the page knows itself. */
    private readonly whole: (view: View) => View,
    private readonly changed: () => void,
  ) {}

  /** Those of a lab. */
  of(lab: LabDescription): readonly Pin[] {
    return this.#all.filter((pin) => pin.lab === lab.id);
  }

  /** What they have in a view of the lab on the screen. */
  ghosts(view: string): Ghost[] {
    return this.of(this.store.state.lab).flatMap(({ letter, series }) => {
      const own = series.get(view) ?? [];
      return own.length > 0 ? [{ letter, series: own }] : [];
    });
  }

  /** Pins the run on the screen; gives its letter, or null if there are too many. */
  async add(): Promise<string | null> {
    const { lab } = this.store.state;
    const charts = lab.views.filter(({ kind }) => kind === "curve" || kind === "histogram" || kind === "scatter" || kind === "spectrum").map(({ id }) => id);
    const { views, observables, seconds } = await this.engine.frame(charts, true);
    this.engine.flush();
    const { state } = this.store;
    const letter = [...LETTERS].find((one) => !this.of(lab).some((pin) => pin.letter === one));
    if (letter === undefined || state.lab !== lab) return null;
    const { preset, params, seed, device, step, samples } = state;
    const pin: Pin = {
      letter,
      lab: lab.id,
      preset: preset.title,
      params,
      seed,
      device: device.kind.toUpperCase(),
      step,
      samples,
      seconds,
      observables: observables ?? [],
      curve: this.engine.losses.hash,
      address: writeHash(state),
      series: new Map(views.map((view) => [view.id, ownSeries(this.whole(view))])),
    };
    this.#all = [...this.#all, pin].sort((a, b) => a.letter.localeCompare(b.letter));
    this.changed();
    return letter;
  }

  remove(pin: Pin): void {
    this.#all = this.#all.filter((other) => other !== pin);
    this.changed();
  }
}

/** What belongs to the run itself: neither references nor the noise around a curve, be it drawn or a band. */
function ownSeries({ series }: View): Series[] {
  return series.filter(({ name, role, mark }) => name !== NOISE && mark !== "band" && !isReference(role));
}
