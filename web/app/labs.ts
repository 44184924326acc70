// The labs. Their descriptions lie beside the page: the first one is asked for at once, the others when they are wanted.

import { names } from "virtual:labs";
import type { LabDescription } from "./bindings/LabDescription";
import { language, t, told } from "./language";
import { addMath } from "./math";
import { notice } from "./notice";

/** A lab in the menu. */
export interface LabName {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
}

/** Every lab, in the order of the menu. */
export const labNames: readonly LabName[] = names.map(({ id, title, summary }) => ({ id, title: told(title), summary: told(summary) }));

const known = new Map<string, Promise<LabDescription>>();

/** The lab that is shown if nothing else is asked for. */
export const firstLab: LabDescription = await labOf(names[0]!.id).catch((error: Error) => {
  notice(t("The page cannot start. {why}", { why: error.message }), "problem");
  throw error;
});

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
  const address = `labs/${language}/${id}.json`;
  const answer = await fetch(`./${address}?${BUILD_ID}`);
  if (!answer.ok) throw new Error(t("The description of the lab {id} could not be fetched: {address} answers {status}.", { id, address, status: answer.status }));
  const { lab, math } = (await answer.json()) as { lab: LabDescription; math: Record<string, string> };
  addMath(math);
  return lab;
}
