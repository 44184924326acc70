// The labs: the first comes with the page, the descriptions of the others when they are asked for.

import { first, names } from "virtual:labs";
import type { LabDescription } from "./bindings/LabDescription";
import { addMath } from "./math";

/** A lab in the menu. */
export interface LabName {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
}

/** Every lab, in the order of the menu. */
export const labNames: readonly LabName[] = names;

/** The lab that is shown if nothing else is asked for. */
export const firstLab: LabDescription = first.lab;

addMath(first.math);
const known = new Map<string, Promise<LabDescription>>([[first.lab.id, Promise.resolve(first.lab)]]);

/** The description of a lab on the list. */
export function labOf(id: string): Promise<LabDescription> {
  const before = known.get(id);
  if (before) return before;
  const coming = fetchLab(id);
  known.set(id, coming);
  // What failed once may come the next time.
  coming.catch(() => known.delete(id));
  return coming;
}

async function fetchLab(id: string): Promise<LabDescription> {
  const address = `labs/${id}.json`;
  const answer = await fetch(`./${address}?${BUILD_ID}`);
  if (!answer.ok) throw new Error(`The description of the lab ${id} could not be fetched: ${address} answers ${answer.status}.`);
  const { lab, math } = (await answer.json()) as typeof first;
  addMath(math);
  return lab;
}
