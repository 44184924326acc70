// What is to be said about the run on the screen wherever it goes: in pictures, reports, notebooks and file names.

import type { Engine } from "../engine";
import { plainValue } from "../format";
import { t } from "../language";
import { plainMath } from "../math";
import { presetParams, differences, type State, type Store } from "../store";
import { writeHash } from "../url_state";

/** One run, as it is now. */
export interface Facts {
  state: State;
  /** Start of file names. */
  name: string;
  /** Address that opens it. */
  link: string;
  /** The mark of its losses; null if they do not begin with the first step. */
  curve: string | null;
  /** A line under pictures. */
  caption: string;
}

/** The facts of the run on the screen. */
export function factsOf(store: Store, engine: Engine): Facts {
  const { state } = store;
  const { lab, preset, params, seed, step } = state;
  const hash = writeHash(state);
  const link = `${location.origin}${location.pathname}${hash ? `#${hash}` : ""}`;
  const changed = Object.entries(differences(params, presetParams(lab, preset))).map(([id, value]) => {
    const symbol = lab.params.find((p) => p.id === id)?.symbol ?? id;
    return `${plainMath(symbol)} = ${plainValue(value)}`;
  });
  const caption = t("Lattice Lab, {what}; seed {seed}, step {step}. {link}", { what: [lab.title, t("“{preset}”", { preset: preset.title }), ...changed].join(", "), seed, step, link });
  return { state, name: `${lab.id}-seed${seed}-step${step}`, link, curve: engine.losses.hash, caption };
}
