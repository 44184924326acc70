// The knobs, made from what the core declares: a parameter added there appears here.

import type { ParamSpec } from "./bindings/ParamSpec";
import type { Value } from "./bindings/Value";
import type { LabDescription } from "./bindings/LabDescription";
import type { Group } from "./bindings/Group";
import { filled, freshId, h, setAttributes } from "./dom";
import { number, plainValue, prose } from "./format";
import { t } from "./language";
import { isMath, mathOf, plainMath } from "./math";
import { methodOf } from "./methods";
import type { Params } from "./store";
import { parseValue } from "./url_state";

/** What turning a knob asks for. It is the page's to try, and the core's to refuse. */
export type Change = (spec: ParamSpec, value: Value) => Promise<void>;

const GROUPS: readonly { id: Group; title: string }[] = [
  { id: "physics", title: t("Physics") },
  { id: "network", title: t("Network") },
  { id: "training", title: t("Training") },
  { id: "sampling", title: t("Sampling") },
];
/** Positions of a slider for a real number. */
const SLIDER_STEPS = 200;
/** A slider of a parameter that restarts the run waits for the hand to rest. */
const REST_MS = 250;

/** Makes the knobs of `lab`: the prominent ones, then the others folded by group. */
export class Controls {
  readonly #fields = new Map<string, Field>();

  constructor(lab: LabDescription, prominent: HTMLElement, folded: HTMLElement, change: Change, highlight: (id: string | null) => void) {
    const make = (spec: ParamSpec) => {
      const field = new Field(spec, change, highlight);
      this.#fields.set(spec.id, field);
      return field.element;
    };
    prominent.replaceChildren(...lab.params.filter((p) => p.prominent).map(make));
    const groups = GROUPS.map(({ id, title }) => {
      const specs = lab.params.filter((p) => p.group === id && !p.prominent);
      return specs.length > 0 && h("details", { class: "group" }, h("summary", { title: t("So many more parameters of this kind, each with its own help") }, title, h("small", {}, String(specs.length))), ...specs.map(make));
    });
    folded.replaceChildren(...groups.filter((g) => g !== false));
  }

  /** Shows values and refusals; what is idle cannot be turned. A field that was refused keeps what was typed, to be mended. */
  show(params: Params, refusals: Readonly<Record<string, string>>, idle: readonly string[]): void {
    for (const [id, field] of this.#fields) {
      const value = params[id];
      if (value === undefined) continue;
      field.show(value, refusals[id] ?? null);
      field.rest(idle.includes(id));
    }
  }
}

/** One knob with its label, help and error. */
class Field {
  readonly element: HTMLElement;
  readonly #problem = h("p", { class: "problem", role: "alert", hidden: true });
  readonly #input: HTMLInputElement | HTMLSelectElement | HTMLElement;
  readonly #slider: HTMLInputElement | null = null;
  readonly #choice: HTMLElement | null = null;
  /** The boxes of a set, by option. */
  readonly #boxes: HTMLInputElement[] = [];
  /** How many changes of a set are on their way: until they have come through, the boxes are as the hand left them. */
  #changing = 0;
  #value: Value;
  #rest: number | undefined;
  /** Whether something is being typed: it is not written over. */
  #typing = false;

  constructor(
    private readonly spec: ParamSpec,
    private readonly change: Change,
    highlight: (id: string | null) => void,
  ) {
    this.#value = spec.default;
    const id = freshId(`param-${spec.id}`);
    const problemId = freshId("problem");
    const helpId = freshId("help");
    this.#problem.id = problemId;
    const described = { "aria-describedby": `${helpId} ${problemId}` };
    const name = nameOf(spec);
    const tip = helpText(spec);

    const { kind } = spec;
    if (kind.type === "choice") {
      this.#input = h("select", { id, ...described }, ...kind.options.map((o) => h("option", { value: o.id, title: prose(o.doc) }, o.label)));
      this.#choice = h("p", { class: "doc" });
    } else if (kind.type === "set") {
      const labels = kind.options.map((o) => {
        const box = h("input", { type: "checkbox", value: o.id });
        this.#boxes.push(box);
        const look = methodOf({ method: o.id })?.look ?? "";
        return h("label", { title: prose(o.doc) }, box, h("i", { class: `key line ${look}` }), o.label);
      });
      this.#input = h("div", { role: "group", class: "boxes", "aria-labelledby": id, ...described }, ...labels);
    } else if (kind.type === "bool") {
      this.#input = h("input", { id, type: "checkbox", role: "switch", ...described });
    } else {
      this.#input = h("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", ...described });
      this.#slider = h("input", { type: "range", "aria-label": t("{name}, slider", { name }), ...sliderRange(spec) });
    }
    this.#input.dataset["param"] = spec.id;

    const label = kind.type === "set" ? h("span", { id, class: "label" }) : h("label", { for: id });
    if (isMath(spec.symbol)) label.append(h("span", { class: "symbol" }, mathOf(spec.symbol)), " ");
    label.append(h("span", { class: "word" }, spec.label));
    if (spec.unit !== "1") label.append(h("span", { class: "unit" }, " ", ...filled(t("in {unit}"), { unit: mathOf(spec.unit) })));
    const info = h("button", { type: "button", class: "info", "aria-label": t("About {what}", { what: spec.label }), "data-tip": tip }, "?");
    const restarts = spec.stage === "build" && h("span", { class: "restarts", "data-tip": t("Changing this starts the run over, with the same seed."), "aria-hidden": "true" }, "↻");
    this.element = h(
      "div",
      { class: `field ${kind.type}` },
      h("div", { class: "head" }, label, restarts, info),
      this.#input,
      this.#slider,
      this.#choice,
      h("span", { id: helpId, class: "sr" }, tip),
      this.#problem,
    );
    this.element.addEventListener("pointerenter", () => highlight(spec.id));
    this.element.addEventListener("pointerleave", () => highlight(null));
    this.element.addEventListener("focusin", () => highlight(spec.id));
    this.element.addEventListener("focusout", () => highlight(null));
    this.#listen();
    this.show(spec.default, null);
  }

  show(value: Value, refusal: string | null): void {
    this.#value = value;
    this.#problem.hidden = refusal === null;
    setAttributes(this.#input, { "aria-invalid": refusal === null ? null : "true" });
    this.element.classList.toggle("refused", refusal !== null);
    if (refusal !== null) this.#problem.textContent = t("{refusal}. Still {value}.", { refusal, value: plainValue(value) });
    if (this.#boxes.length > 0) {
      if (this.#changing > 0) return;
      const members = String(value).split(",");
      for (const box of this.#boxes) box.checked = members.includes(box.value);
    } else if (!("value" in this.#input)) {
      return;
    } else if (this.#input instanceof HTMLInputElement && this.#input.type === "checkbox") {
      this.#input.checked = value === true;
    } else if (this.#input instanceof HTMLSelectElement || (!this.#typing && refusal === null)) {
      this.#input.value = plainValue(value);
    }
    if (this.#slider && typeof value === "number" && document.activeElement !== this.#slider) this.#moveSlider(value);
    const { kind } = this.spec;
    if (this.#choice && kind.type === "choice") {
      this.#choice.textContent = prose(kind.options.find((o) => o.id === value)?.doc ?? "");
    }
  }

  /** Keeps the knob from being turned: it says nothing of what is on the screen. */
  rest(idle: boolean): void {
    this.element.classList.toggle("idle", idle);
    for (const input of this.element.querySelectorAll<HTMLInputElement>("input, select")) input.disabled = idle;
  }

  #listen(): void {
    const input = this.#input;
    const slider = this.#slider;
    if (this.#boxes.length > 0) {
      input.addEventListener("change", ({ target }) => this.#choose(target as HTMLInputElement));
      return;
    }
    if (!("value" in input)) return;
    if (input instanceof HTMLInputElement && input.type === "checkbox") {
      input.addEventListener("change", () => void this.change(this.spec, input.checked));
      return;
    }
    input.addEventListener("input", () => (this.#typing = true));
    input.addEventListener("change", () => {
      this.#typing = false;
      this.#propose(parseValue(this.spec, input.value));
    });
    if (!slider || !(input instanceof HTMLInputElement)) return;
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.#typing = false;
        input.value = plainValue(this.#value);
        void this.change(this.spec, this.#value);
      }
    });
    slider.addEventListener("input", () => {
      const value = sliderValue(this.spec, Number(slider.value));
      input.value = plainValue(value);
      setAttributes(slider, { "aria-valuetext": number(value) });
      paint(slider);
      window.clearTimeout(this.#rest);
      if (this.spec.stage === "live") this.#propose(value);
      else this.#rest = window.setTimeout(() => this.#propose(value), REST_MS);
    });
  }

  /** Takes an option into the set, or out of it; the last one stays. */
  #choose(box: HTMLInputElement): void {
    const members = this.#boxes.filter((one) => one.checked).map((one) => one.value);
    if (members.length > 0) {
      this.#changing++;
      void this.change(this.spec, members.join(",")).then(() => {
        this.#changing--;
        if (!this.element.classList.contains("refused")) this.show(this.#value, null);
      });
      return;
    }
    box.checked = true;
    this.#problem.hidden = false;
    this.#problem.textContent = t("At least one has to stay.");
  }

  #propose(value: Value): void {
    window.clearTimeout(this.#rest);
    void this.change(this.spec, value);
  }

  #moveSlider(value: number): void {
    const slider = this.#slider!;
    slider.value = String(sliderPosition(this.spec, value));
    setAttributes(slider, { "aria-valuetext": number(value) });
    paint(slider);
  }
}

/** Name of a parameter in words. */
function nameOf(spec: ParamSpec): string {
  return isMath(spec.symbol) ? `${plainMath(spec.symbol)}, ${spec.label}` : spec.label;
}

function helpText(spec: ParamSpec): string {
  const { kind } = spec;
  const range = kind.type === "int" || kind.type === "float" ? ` ${t("From {min} to {max}.", { min: number(kind.min), max: number(kind.max) })}` : "";
  const stage = spec.stage === "build" ? t("Changing it starts the run over, with the same seed.") : t("It may be changed while the run goes on.");
  return `${prose(spec.doc)}${range} ${stage}`;
}

/** Tells the style sheet how far the slider is, for browsers that cannot colour the part before the thumb. */
function paint(slider: HTMLInputElement): void {
  const span = Number(slider.max) - Number(slider.min) || 1;
  slider.style.setProperty("--filled", `${(100 * (Number(slider.value) - Number(slider.min))) / span}%`);
}

function isLog({ kind }: ParamSpec): boolean {
  return kind.type === "float" && kind.log && kind.min > 0;
}

function sliderRange(spec: ParamSpec): Record<string, number> {
  const { kind } = spec;
  if (kind.type === "int") return { min: kind.min, max: kind.max, step: kind.step };
  return { min: 0, max: SLIDER_STEPS, step: 1 };
}

function sliderPosition(spec: ParamSpec, value: number): number {
  const { kind } = spec;
  if (kind.type !== "float") return value;
  const part = isLog(spec) ? Math.log(value / kind.min) / Math.log(kind.max / kind.min) : (value - kind.min) / (kind.max - kind.min);
  return Math.round(SLIDER_STEPS * part);
}

/** The value at a position, rounded to what a hand can mean by it: two digits, or a hundredth of the range. */
function sliderValue(spec: ParamSpec, position: number): number {
  const { kind } = spec;
  if (kind.type !== "float") return position;
  const part = position / SLIDER_STEPS;
  if (part <= 0) return kind.min;
  if (part >= 1) return kind.max;
  if (isLog(spec)) {
    return Math.max(kind.min, Math.min(kind.max, Number((kind.min * (kind.max / kind.min) ** part).toPrecision(2))));
  }
  const grain = 10 ** Math.floor(Math.log10((kind.max - kind.min) / 100));
  const value = kind.min + part * (kind.max - kind.min);
  return Math.max(kind.min, Math.min(kind.max, Number((Math.round(value / grain) * grain).toPrecision(12))));
}
