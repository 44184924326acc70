// Mathematics on the page: looked up, never typeset here.

import { told } from "./language";

const math: Record<string, string> = {};

/** Takes over the MathML of another lab's TeX. */
export function addMath(typeset: Readonly<Record<string, string>>): void {
  Object.assign(math, typeset);
}

const MATHML = "http://www.w3.org/1998/Math/MathML";

/** The MathML of `tex`, or the word itself if it is one, in the language of the page. */
export function mathOf(tex: string): Node {
  const source = math[tex];
  if (source === undefined) return document.createTextNode(told(tex.replace(/^\\text\{(.*)\}$/, "$1")));
  const template = document.createElement("template");
  template.innerHTML = source;
  return template.content;
}

/** Whether `tex` is set as mathematics, and not as a word. */
export function isMath(tex: string): boolean {
  return tex in math;
}

/** Where a name is needed and markup cannot go (canvas, aria-label): `tex` as plain text. */
export function plainMath(tex: string): string {
  const holder = document.createElement("span");
  holder.append(mathOf(tex));
  for (const note of holder.querySelectorAll("annotation")) note.remove();
  for (const [tag, marks] of [["msup", SUPERSCRIPTS], ["msub", SUBSCRIPTS]] as const) {
    for (const element of holder.querySelectorAll(tag)) {
      const index = element.children[1];
      if (index) index.textContent = [...(index.textContent ?? "")].map((c) => marks[c] ?? c).join("");
    }
  }
  // The invisible mark between a function and its argument becomes a space that can be seen.
  return (holder.textContent ?? "").replace(/[\s\u2061]+/g, " ").trim();
}

const SUPERSCRIPTS: Record<string, string> = {
  "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹", "-": "⁻", "−": "⁻",
};
const SUBSCRIPTS: Record<string, string> = {
  "0": "₀", "1": "₁", "2": "₂", "3": "₃", "4": "₄", "5": "₅", "6": "₆", "7": "₇", "8": "₈", "9": "₉",
};

/** Writes `text` at every place that the formula marks for parameter `id`. */
export function fillPlaces(root: ParentNode, id: string, text: string): void {
  for (const place of root.querySelectorAll(`.p-${CSS.escape(id)}`)) {
    if (place.localName === "mrow" || place.localName === "mstyle") {
      const value = document.createElementNS(MATHML, "mn");
      value.textContent = text;
      place.replaceChildren(value);
    } else {
      place.textContent = text;
    }
  }
}
