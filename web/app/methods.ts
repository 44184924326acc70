// The methods of a lab that compares many: their names and looks, and which of them the reader has hidden.

import type { LabDescription } from "./bindings/LabDescription";
import type { ParamSpec } from "./bindings/ParamSpec";
import { t } from "./language";

/** So many hues the style sheet has; then they come again, with broken lines and hollow dots. */
export const HUES = 8;
/** The next round begins elsewhere: lists go from kin to kin, and one of each kin is what people compare. */
const SHIFT = 2;

/** A method, by its place in the list. */
export interface Method {
  readonly id: string;
  readonly label: string;
  readonly doc: string;
  /** Number of its colour in the style sheet. */
  readonly hue: number;
  /** Whether its hue has been used before it. */
  readonly again: boolean;
  /** Classes of its marks and keys. */
  readonly look: string;
}

let methods: readonly Method[] = [];
/** Those of the lab that had some last. */
let known: readonly Method[] = [];
const hidden = new Set<string>();
const listeners = new Set<() => void>();

/** The parameter that lists the methods, if the lab has one: such a lab has no chain, and its samples are replicas of the data. */
export function methodsParam(lab: LabDescription): ParamSpec | null {
  return lab.params.find((p) => p.kind.type === "set") ?? null;
}

/** So many samples, as the lab calls them. */
export function counted(n: number, lab: LabDescription): string {
  return methodsParam(lab) ? t("{n} replicas", { n }) : t("{n} samples", { n });
}

/** Takes over the methods of another lab; all of them show. */
export function takeMethods(lab: LabDescription): void {
  hidden.clear();
  methods = knowMethods(lab);
}

/** Gives the methods of a lab their colours, and no place on the page. */
export function knowMethods(lab: LabDescription): readonly Method[] {
  const kind = methodsParam(lab)?.kind;
  const found = (kind?.type === "set" ? kind.options : []).map((option, nth) => {
    const round = Math.floor(nth / HUES);
    const [hue, again] = [(nth + SHIFT * round) % HUES, round > 0];
    return { ...option, hue, again, look: `method-${hue}${again ? " role-hollow" : ""}` };
  });
  if (found.length > 0) known = found;
  return found;
}

/** The methods of the lab on the screen, in the order of its list. */
export function allMethods(): readonly Method[] {
  return methods;
}

/** The method of a series or an estimate; null if it is none's. */
export function methodOf({ method }: { method: string | null }): Method | null {
  return known.find(({ id }) => id === method) ?? null;
}

/** Whether what belongs to a method (or to none) is to be drawn. */
export function isShown({ method }: { method: string | null }): boolean {
  return method === null || !hidden.has(method);
}

/** Hides a method on the page, or shows it again. */
export function toggleMethod(id: string): void {
  if (!hidden.delete(id)) hidden.add(id);
  for (const listener of listeners) listener();
}

/** Calls when a method was hidden or shown. */
export function onToggle(listener: () => void): void {
  listeners.add(listener);
}
