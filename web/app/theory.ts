// What a lab says about itself: formula with live numbers, presets, story, references.

import type { LabDescription } from "./bindings/LabDescription";
import { byId, h, setAttributes, setText } from "./dom";
import { number, prose } from "./format";
import { t, told } from "./language";
import { fillPlaces, mathOf } from "./math";
import { differences, presetParams, type State, type Store } from "./store";

/** The smallest part of its size to which a long formula is shrunk before it may be scrolled. */
const SMALLEST = 0.55;

/** The name of a preset with more letters is written smaller beside the pictures. */
const LONG_TITLE = 31;

/** Ties the texts to the state; `choose` and `undo` are what the preset picker asks for, `leave` is to give up the data of a file. */
export function startTheory(store: Store, choose: (preset: string) => void, undo: () => void, leave: () => void): void {
  const formulas = [byId("formula"), byId("formula-numbers")];
  const presets = byId<HTMLSelectElement>("preset");
  presets.addEventListener("change", () => choose(presets.value));
  byId("undo").addEventListener("click", undo);
  byId("leave-data").addEventListener("click", leave);

  store.watch((s) => s.lab, (lab) => {
    setText(byId("lab-title"), lab.title);
    setText(byId("lab-summary"), prose(lab.summary));
    formulas[0]!.replaceChildren(mathOf(lab.formula));
    formulas[1]!.replaceChildren(mathOf(lab.formula_with_numbers));
    presets.replaceChildren(...lab.presets.map((p) => h("option", { value: p.id }, p.title)));
    byId("data").hidden = lab.data === null;
    setAttributes(byId("about-data"), { "data-tip": lab.data === null ? "" : t("This lab takes {what}", { what: prose(lab.data) }) });
    setText(byId("what-you-see"), prose(lab.story.what_you_see));
    setText(byId("what-to-try"), prose(lab.story.what_to_try));
    setText(byId("how-it-can-fool-you"), prose(lab.story.how_it_can_fool_you));
    byId("references").replaceChildren(
      ...lab.references.map(([title, url]) => h("li", {}, h("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, title))),
    );
  });
  store.watch((s) => s.preset, (preset) => {
    presets.value = preset.id;
    presets.classList.toggle("long", preset.title.length > LONG_TITLE);
    setText(byId("look-for"), prose(preset.look_for));
    setText(byId("takes"), t("(about {time})", { time: prose(preset.takes) }));
  });
  store.watch((s) => s.given, (given) => {
    byId("given").hidden = !given;
    setAttributes(document.documentElement, { "data-given": given !== null });
    setText(byId("given-name"), given ? t("Data from {name}. The knobs of mock data rest.", { name: given.name }) : "");
    byId("doubt").hidden = !given?.doubt;
    setText(byId("doubt"), told(given?.doubt ?? ""));
  });
  store.watch((s) => s.params, (_, state) => {
    showNumbers(state, formulas);
    showChanges(state);
  });
  store.watch((s) => s.preset, (_, state) => showChanges(state));
  // The observer's first call comes after the first layout, when widths are known.
  new ResizeObserver(() => formulas.forEach(fit)).observe(byId("formula-box"));
}

/** Lights up the places of a parameter in the formulas. */
export function highlightPlaces(lab: LabDescription, id: string | null): void {
  for (const p of lab.params) {
    for (const place of document.querySelectorAll(`.p-${CSS.escape(p.id)}`)) place.classList.toggle("lit", p.id === id);
  }
}

function showNumbers({ lab, params }: State, formulas: readonly HTMLElement[]): void {
  const withNumbers = formulas[1]!;
  for (const spec of lab.params) {
    const value = params[spec.id];
    if (value === undefined) continue;
    const option = spec.kind.type === "choice" ? spec.kind.options.find((o) => o.id === value)?.label : undefined;
    fillPlaces(withNumbers, spec.id, typeof value === "number" ? number(value) : (option ?? String(value)));
  }
  scheduleFit();
}

function showChanges({ lab, preset, params }: State): void {
  const changed = Object.keys(differences(params, presetParams(lab, preset)));
  const labels = changed.map((id) => lab.params.find((p) => p.id === id)?.label ?? id);
  byId("changes").hidden = changed.length === 0;
  setText(byId("changed"), t("Changed: {what}.", { what: labels.join(", ") }));
}

let fitting = false;
/** Fits the formulas once before the next picture, however many numbers change until then. */
function scheduleFit(): void {
  if (fitting) return;
  fitting = true;
  requestAnimationFrame(() => {
    fitting = false;
    for (const id of ["formula", "formula-numbers"]) fit(byId(id));
  });
}

/** Makes a formula as large as its box allows. */
function fit(formula: HTMLElement): void {
  formula.style.setProperty("--fit", "1");
  const content = formula.firstElementChild;
  if (!content) return;
  const ratio = formula.clientWidth / Math.max(1, formula.scrollWidth);
  formula.style.setProperty("--fit", String(Math.max(SMALLEST, Math.min(1, Math.floor(98 * ratio) / 100))));
  // What has to be scrolled has to be within reach of the keyboard.
  setAttributes(formula, { tabindex: ratio < SMALLEST ? 0 : null });
}
