// The texts of the page and their translations.
//
// English is written where it is used: in www/index.html, in the labs' descriptions (Rust), in exercises.json and, as t("..."), in
// app/*.ts. languages/LANGUAGE.json maps each English text to its translation. Texts that the core makes at run time cannot
// be found by reading: languages/en.json lists them, {name} standing for what changes.
//
//   node languages.mjs          what is missing or no longer used, as JSON; exit code 1 if anything is
//   node languages.mjs --write  gives every missing text an empty place in the files, and drops what is no longer used

import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const read = (path) => JSON.parse(readFileSync(join(here, path), "utf8"));

/** English first. */
export const LANGUAGES = ["en", ...readdirSync(join(here, "languages")).map((file) => file.replace(/\.json$/, "")).filter((name) => name !== "en").sort()];

/** What is fetched: the texts of t(...) in their order, and all others by their English. */
export function catalogue(language, labs) {
  const { name, texts } = read(`languages/${language}.json`);
  const say = language === "en" ? (text) => text : (text) => texts[text] || text;
  const others = language === "en" ? [] : [...pageTexts(), ...coreTexts(), ...labs.flatMap(({ title, summary }) => [title, summary])];
  return { name, texts: codeTexts().map(say), others: Object.fromEntries(others.map((text) => [text, say(text)])) };
}

/** A lab's description, or exercises, in a language. */
export function translated(described, language) {
  if (language === "en") return described;
  const { texts } = read(`languages/${language}.json`);
  return mapTexts(described, (text) => texts[text] || text);
}

const CALL = /\bt\(\s*("(?:[^"\\\n]|\\.)*")/g;

/** The texts of all t("...") of the code, each once, sorted. */
export function codeTexts() {
  const found = new Set();
  for (const file of readdirSync(join(here, "app"), { recursive: true })) {
    if (!file.endsWith(".ts") || file.startsWith("bindings")) continue;
    for (const [, literal] of readFileSync(join(here, "app", file), "utf8").matchAll(CALL)) found.add(JSON.parse(literal));
  }
  return [...found].sort();
}

/** Puts numbers in the place of the English texts, which come from the catalogue. */
export const languagePlugin = {
  name: "languages",
  setup(build) {
    let numbers = new Map();
    build.onStart(() => {
      numbers = new Map(codeTexts().map((text, i) => [text, i]));
    });
    build.onLoad({ filter: /[\\/]app[\\/].*\.ts$/ }, ({ path }) => ({
      loader: "ts",
      contents: readFileSync(path, "utf8").replace(CALL, (_, literal) => `t(${numbers.get(JSON.parse(literal))}`),
    }));
  },
};

const squeeze = (text) => text.replace(/\s+/g, " ").trim();
const isText = (text) => /\p{L}{2}/u.test(text);

/** What index.html says, in its texts and in those attributes that people read. */
export function pageTexts() {
  const html = readFileSync(join(here, "../www/index.html"), "utf8").replace(/<!--[^]*?-->/g, "");
  const found = new Set();
  const add = (text) => isText(text) && found.add(squeeze(unescape(text)));
  for (const [, text] of html.replace(/^[^]*?<body>/, "").replace(/<code>[^]*?<\/code>/g, "<>").matchAll(/>([^<]+)</g)) add(text);
  for (const [, text] of html.matchAll(/ (?:title|aria-label|placeholder|data-tip)="([^"]+)"/g)) add(text);
  return [...found];
}
const unescape = (text) => text.replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"');

/** What the core says at run time. */
export const coreTexts = () => read("languages/en.json").core;

/** The fields of descriptions and exercises that people read. */
const PROSE = new Set(["title", "summary", "what_you_see", "what_to_try", "how_it_can_fool_you", "label", "doc", "look_for", "takes", "data", "question", "hint", "reveal", "unit_text", "options"]);
function mapTexts(value, say, field) {
  if (typeof value === "string") return PROSE.has(field) && isText(value) ? say(value) : value;
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, say, field));
  if (!value || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mapTexts(one, say, key)]));
}

/** What labs and exercises say. */
export function describedTexts() {
  const found = new Set();
  for (const path of ["app/bindings/labs.json", "exercises.json"]) {
    if (existsSync(join(here, path))) mapTexts(read(path), (text) => (found.add(text), text));
  }
  return [...found];
}

/** By language: what has no translation, and what is translated but said nowhere. */
export function gaps() {
  const all = new Set([...codeTexts(), ...pageTexts(), ...coreTexts(), ...describedTexts()]);
  return Object.fromEntries(
    LANGUAGES.slice(1).map((language) => {
      const { texts } = read(`languages/${language}.json`);
      return [language, { missing: [...all].filter((text) => !texts[text]), unused: Object.keys(texts).filter((text) => !all.has(text)) }];
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = gaps();
  if (process.argv.includes("--write")) {
    for (const [language, { missing, unused }] of Object.entries(found)) {
      const { name, texts } = read(`languages/${language}.json`);
      for (const text of unused) delete texts[text];
      for (const text of missing) texts[text] = "";
      writeFileSync(join(here, `languages/${language}.json`), `${JSON.stringify({ name, texts }, null, 1)}\n`);
    }
  }
  console.log(JSON.stringify(found, null, 1));
  process.exitCode = Object.values(found).some(({ missing, unused }) => missing.length + unused.length > 0) ? 1 : 0;
}
