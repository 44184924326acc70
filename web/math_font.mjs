// The font of the formulas: STIX Two Math with only the characters that they use, some 25 kB of 400.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import subset from "subset-font";

const require = createRequire(import.meta.url);
const FONT = require.resolve("@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2");
const LICENCE = require.resolve("@fontsource/stix-two-math/LICENSE");

/** What numbers that change are written with. */
const ALWAYS = "0123456789+-−±=()[]{}|.,·×∞e";

/** Single letters of variables are drawn from the alphabet of mathematical italics. */
function italic(character) {
  const code = character.codePointAt(0);
  if (character === "h") return "ℎ";
  const [first, start] = /[A-Z]/.test(character)
    ? ["A", 0x1d434]
    : /[a-z]/.test(character)
      ? ["a", 0x1d44e]
      : /[Α-Ω]/.test(character)
        ? ["Α", 0x1d6e2]
        : /[α-ω]/.test(character)
          ? ["α", 0x1d6fc]
          : [];
  if (first) return String.fromCodePoint(start + code - first.codePointAt(0));
  const others = { "∂": 0x1d715, "ϵ": 0x1d716, "ϑ": 0x1d717, "ϰ": 0x1d718, "ϕ": 0x1d719, "ϱ": 0x1d71a, "ϖ": 0x1d71b };
  return others[character] ? String.fromCodePoint(others[character]) : "";
}

/** Writes fonts/math.woff2 and its licence for MathML sources. */
export async function writeMathFont(out, sources) {
  const characters = new Set(ALWAYS);
  for (const source of sources) {
    const text = source.replace(/<annotation[^]*?<\/annotation>|<[^>]+>/g, "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&\w+;/g, "");
    for (const character of text) characters.add(character);
  }
  const wanted = [...characters].map((character) => character + italic(character)).join("");
  mkdirSync(join(out, "fonts"), { recursive: true });
  writeFileSync(join(out, "fonts/math.woff2"), await subset(readFileSync(FONT), wanted, { targetFormat: "woff2" }));
  copyFileSync(LICENCE, join(out, "fonts/LICENCE.txt"));
}
