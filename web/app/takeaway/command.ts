// The same run natively: what to type.

import { plainValue } from "../format";
import { differences, presetParams } from "../store";
import type { Facts } from "./facts";

/** The command that makes this run from its beginning. */
export function fromTheBeginning({ state, name }: Facts): string {
  const { lab, preset, params, seed, step, plan, device, trainedBefore } = state;
  const words = ["lattice-lab run", lab.id];
  if (preset !== lab.presets[0]) words.push(`--preset ${preset.id}`);
  for (const [id, value] of Object.entries(differences(params, presetParams(lab, preset)))) words.push(`--set ${id}=${quoted(plainValue(value))}`);
  words.push(`--seed ${seed}`);
  // The plan's own steps need no word; a preset that was trained before has its own.
  if (trainedBefore === null && preset.weights !== null) words.push("--untrained");
  if (trainedBefore === null && step > plan.steps) words.push(`--steps ${step}`);
  if (device.kind === "gpu") words.push("--device gpu");
  words.push(`--out ${name}`);
  return words.join(" ");
}

/** The command that goes on from the saved model. */
export function fromTheModel({ state, name }: Facts): string {
  return `lattice-lab run ${state.lab.id} --load ${name}.safetensors --out ${name}`;
}

function quoted(value: string): string {
  return /^[\w.+-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
