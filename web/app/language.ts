// The language of the page. English is written in the code, as the literal that t takes; the build puts numbers in the place of the texts and the
// texts into languages/LANGUAGE.json, with what index.html and the core say by its English (web/languages.mjs).

import { languages } from "virtual:labs";

interface Catalogue {
  /** Of t(...), in the order of the build. */
  texts: readonly string[];
  /** By their English, where `{name}` stands for what changes. */
  others: Readonly<Record<string, string>>;
}
/** What a sentence says that is not always the same. */
export type Values = Readonly<Record<string, string | number>>;

const KEPT = "lattice-lab:language";

/** The languages that there are: code and own name, English first. */
export const LANGUAGES: readonly (readonly [code: string, name: string])[] = languages;

/** The one on the screen: of the address, else the one chosen before, else the browser's. */
export const language = ((): string => {
  const wanted = [new URLSearchParams(location.search).get("lang"), kept(), ...navigator.languages];
  for (const one of wanted) {
    const found = LANGUAGES.find(([code]) => code === one?.toLowerCase().split("-")[0]);
    if (found) return found[0];
  }
  return "en";
})();

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    // Storage may be forbidden.
    return null;
  }
}

/** The page in another language, everything else as the address says it. */
export function speak(code: string): void {
  try {
    localStorage.setItem(KEPT, code);
  } catch {
    // Then the address alone says it.
  }
  const url = new URL(location.href);
  url.searchParams.set("lang", code);
  // A change of the hash alone would not load the page anew; the query's does.
  location.replace(url);
}

const address = `languages/${language}.json`;
const catalogue: Catalogue = await fetch(`./${address}?${BUILD_ID}`)
  .then((answer) => {
    if (!answer.ok) throw new Error(`${address} answers ${answer.status}`);
    return answer.json() as Promise<Catalogue>;
  })
  .catch((error: Error) => {
    // Nothing else of the page runs yet, and no translation is at hand.
    document.getElementById("notices")!.textContent = `The page cannot start: its texts could not be fetched (${error.message}). Reloading may help.`;
    throw error;
  });

/** What the code says, such as “{n} steps” with `{ n }`. The text must be a literal: the build collects it. */
export function t(text: string, values: Values = {}): string {
  return fill(catalogue.texts[text as unknown as number] ?? text, values);
}

const fill = (text: string, values: Values): string => text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

/** What the core or the page's own file says, in the language of the page. */
export function told(text: string): string {
  const whole = catalogue.others[text];
  if (whole !== undefined) return whole;
  for (const [pattern, names, translation] of (patterns ??= makePatterns())) {
    const found = pattern.exec(text);
    if (found) return fill(translation, Object.fromEntries(names.map((name, i) => [name, told(found[i + 1]!)])));
  }
  return text;
}
let patterns: [RegExp, string[], string][] | null = null;
function makePatterns(): [RegExp, string[], string][] {
  return Object.entries(catalogue.others)
    .filter(([english]) => /\{\w+\}/.test(english))
    .map(([english, translation]) => {
      const names = [...english.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
      const source = english.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("(.+?)");
      return [new RegExp(`^${source}$`, "s"), names, translation];
    });
}

/** Says in the language of the page what index.html says in English. */
function translatePage(): void {
  document.documentElement.lang = language;
  if (language === "en") return;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const said = node.nodeValue!.replace(/\s+/g, " ");
    const translation = catalogue.others[said.trim()];
    if (translation) node.nodeValue = said.replace(said.trim(), () => translation);
  }
  for (const attribute of ["title", "aria-label", "placeholder", "data-tip"]) {
    for (const element of document.body.querySelectorAll(`[${attribute}]`)) element.setAttribute(attribute, told(element.getAttribute(attribute)!));
  }
}
translatePage();
