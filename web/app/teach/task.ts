// An exercise: one of those that come with the page, or one that a lecturer has written into a link.

import { language, t } from "../language";

/** What is asked, what is checked, and what there is to learn from it. */
export interface Task {
  readonly title: string;
  readonly question: string;
  /** Choices; without any, a number is to be predicted. */
  readonly options: readonly string[];
  /** The check that makes a choice the right one, for each; without any, `right` says which it is, from 1. */
  readonly when?: readonly string[];
  readonly right?: number;
  /** The number to be predicted, and how near counts as right, as a part of it. */
  readonly number?: string;
  readonly within?: number;
  readonly checks: readonly string[];
  readonly hint?: string;
  readonly reveal?: string;
}

/** An exercise that comes with the page: `state` is the address that it begins with. */
export interface BuiltIn extends Task {
  readonly id: string;
  readonly lab: string;
  readonly state: string;
}

/** Keys of an address that say what came out. */
const RESULT = ["predicted", "result", "at"];
/** What stands between choices in an address. */
export const BETWEEN = "|";

let coming: Promise<readonly BuiltIn[]> | null = null;

/** The exercises that come with the page. */
export function builtIns(): Promise<readonly BuiltIn[]> {
  const address = `exercises/${language}.json`;
  coming ??= fetch(`./${address}?${BUILD_ID}`).then((answer) => {
    if (!answer.ok) throw new Error(t("{address} answers {status}", { address, status: answer.status }));
    return answer.json() as Promise<BuiltIn[]>;
  });
  // What failed once may come the next time.
  coming.catch(() => (coming = null));
  return coming;
}

/** The address that opens a built-in exercise, without `#`. */
export const addressOf = ({ lab, state, id }: BuiltIn): string => `lab=${lab}&${state}&exercise=${id}`;

/** The exercise that an address asks for; null if it asks for none, or for one that there is not. */
export function taskOf(words: Readonly<Record<string, string>>, known: readonly BuiltIn[]): Task | null {
  const { exercise, ask, options, right, number, check, hint, reveal } = words;
  if (exercise) return known.find(({ id }) => id === exercise) ?? null;
  if (!ask) return null;
  return {
    title: t("Exercise"),
    question: ask,
    options: options?.split(BETWEEN).filter((one) => one.trim()) ?? [],
    right: Number(right),
    checks: check?.split(",") ?? [],
    ...(number && { number }),
    ...(hint && { hint }),
    ...(reveal && { reveal }),
  };
}

/** The words of an address without what came out. */
export const asked = (words: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(words).filter(([key]) => !RESULT.includes(key)));
