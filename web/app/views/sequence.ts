// A sequence of configurations: one picture for each role at the time that the slider shows.

import type { Role } from "../bindings/Role";
import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import type { ViewSpec } from "../bindings/ViewSpec";
import { h, setAttributes, setText } from "../dom";
import { number } from "../format";
import { reducedMotion, theme } from "../theme";
import { inWords, Pixels } from "./field";
import { sized } from "./paths";
import type { Renderer } from "./renderer";

const NAMES: Partial<Record<Role, string>> = { model: "model", chain: "Langevin" };
const GAP = 14;
/** Room for a name above and a range below each picture. */
const HEAD = 18;
const FOOT = 16;
/** A whole sequence takes about three seconds. */
const PLAY_MS = 3000;

/** Frames of one or more roles with a slider through their times. */
export class SequenceRenderer implements Renderer {
  readonly #canvas = h("canvas", { role: "img" });
  readonly #slider = h("input", { type: "range", min: 0, max: 0, value: 0, step: 1, "aria-label": "Time" });
  readonly #play = h("button", { type: "button", class: "small" }, "▶");
  readonly #time = h("output", {});
  readonly #picture = h("div", { class: "frames" });
  readonly #pixels = new Pixels();
  #view: View | null = null;
  #timer: number | undefined;
  #touched = false;

  constructor(
    private readonly host: HTMLElement,
    private readonly spec: ViewSpec,
  ) {
    this.#picture.append(this.#canvas);
    host.classList.add("sequence");
    host.append(this.#picture, h("div", { class: "scrubber" }, this.#play, this.#slider, this.#time));
    this.#slider.addEventListener("input", () => {
      this.#touched = true;
      this.#stop();
      this.redraw();
    });
    this.#play.addEventListener("click", () => {
      this.#touched = true;
      if (this.#timer === undefined) this.#start();
      else this.#stop();
    });
    this.#stop();
  }

  draw(view: View): void {
    const before = this.#count;
    this.#view = view;
    const last = Math.max(0, this.#count - 1);
    setAttributes(this.#slider, { max: last });
    // At the beginning it runs by itself once, for those who like motion; after that it stays where the reader put it.
    if (before === 0 && last > 0 && !this.#touched) {
      if (reducedMotion()) this.#slider.value = String(last);
      else this.#start();
    }
    this.redraw();
  }

  redraw(): void {
    const context = sized(this.#canvas, this.#picture);
    if (!context) return;
    const { clientWidth: width, clientHeight: height } = this.#picture;
    const at = Number(this.#slider.value);
    const shown = this.#roles.map((role) => this.#frames(role)[at]).filter((s) => s !== undefined);
    const size = Math.floor(Math.min(height - HEAD - FOOT, (width - (shown.length - 1) * GAP) / Math.max(1, shown.length)));
    const left = Math.floor((width - shown.length * size - (shown.length - 1) * GAP) / 2);
    context.font = theme().font;
    shown.forEach((series, i) => {
      const x = left + i * (size + GAP);
      const range = Math.max(1e-9, series.y.reduce((most, v) => Math.max(most, Math.abs(v)), 0));
      this.#pixels.draw(context, series.y, series.x.length, range, x, HEAD, size);
      context.fillStyle = theme().roles[series.role];
      context.fillRect(x, 5, 9, 9);
      context.fillStyle = theme().ink;
      context.fillText(NAMES[series.role] ?? series.role, x + 14, 13);
      context.fillStyle = theme().dim;
      context.fillText(`\u2212${number(range, 2)} … ${number(range, 2)}`, x, HEAD + size + 12);
    });
    const label = shown[0]?.name ?? "no samples yet";
    setText(this.#time, label);
    setAttributes(this.#slider, { "aria-valuetext": label, disabled: this.#count === 0 });
    const words = shown.map((s) => `${NAMES[s.role] ?? s.role}: ${inWords(s.y)}`).join("; ");
    setAttributes(this.#canvas, { "aria-label": `${this.spec.title}, ${label}. ${words}` });
  }

  destroy(): void {
    this.#stop();
    this.host.classList.remove("sequence");
    this.host.replaceChildren();
  }

  get #roles(): Role[] {
    return [...new Set((this.#view?.series ?? []).map((s) => s.role))];
  }

  get #count(): number {
    const first = this.#roles[0];
    return first ? this.#frames(first).length : 0;
  }

  #frames(role: Role): Series[] {
    return (this.#view?.series ?? []).filter((s) => s.role === role);
  }

  #start(): void {
    const last = Math.max(1, this.#count - 1);
    if (Number(this.#slider.value) >= last) this.#slider.value = "0";
    this.#timer = window.setInterval(() => {
      this.#slider.value = String(Number(this.#slider.value) + 1);
      this.redraw();
      if (Number(this.#slider.value) >= last) this.#stop();
    }, PLAY_MS / last);
    setText(this.#play, "❚❚");
    setAttributes(this.#play, { "aria-label": "Pause the sequence" });
  }

  #stop(): void {
    window.clearInterval(this.#timer);
    this.#timer = undefined;
    setText(this.#play, "▶");
    setAttributes(this.#play, { "aria-label": "Play the sequence" });
  }
}
