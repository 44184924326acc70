// A sequence of configurations: one picture for each role at the time that the slider shows.

import type { Role } from "../bindings/Role";
import type { Series } from "../bindings/Series";
import type { View } from "../bindings/View";
import type { ViewSpec } from "../bindings/ViewSpec";
import { h, setAttributes, setText } from "../dom";
import { t, told } from "../language";
import { pixelRatio, reducedMotion, theme } from "../theme";
import { BAR, drawBar, extent, inWords, Pixels } from "./field";
import { sized } from "./paths";
import type { Renderer } from "./renderer";

/** The reverse process of the model, and Langevin dynamics from the same noise. */
const NAMES: Partial<Record<Role, string>> = { model: t("model"), chain: "Langevin" };
const GAP = 14;
/** Room for the name above a picture. */
const HEAD = 18;
/** How long a whole sequence takes. */
const PLAY_MS = 6000;

/** Frames of one or more roles with a slider through their times. Each picture has its own range, as noise is much larger than what it hides. */
export class SequenceRenderer implements Renderer {
  readonly #canvas = h("canvas", { role: "img" });
  readonly #slider = h("input", { type: "range", min: 0, max: 0, value: 0, step: 1, "aria-label": t("Time") });
  readonly #play = h("button", { type: "button" });
  readonly #time = h("output");
  readonly #picture = h("div", { class: "frames" }, this.#canvas);
  readonly #pixels = new Pixels();
  /** Frames by role. */
  #frames = new Map<Role, Series[]>();
  #last = 0;
  /** Where in the sequence, from 0 to 1: it stays there when other data come. */
  #at = 0;
  #timer: number | undefined;
  #played = false;

  constructor(
    private readonly host: HTMLElement,
    private readonly spec: ViewSpec,
  ) {
    setAttributes(this.#canvas, { "aria-label": t("{what}: nothing drawn yet", { what: spec.title }) });
    host.append(this.#picture, h("div", { class: "scrubber" }, this.#play, this.#slider, this.#time));
    this.#slider.addEventListener("input", () => {
      const frame = Number(this.#slider.value);
      this.#stop();
      this.#go(frame);
    });
    this.#play.addEventListener("click", () => (this.#timer === undefined ? this.#start() : this.#stop()));
    this.#stop();
  }

  draw({ series }: View): void {
    // Between two samples of a model in training there may be none: the last one stays.
    if (series.length === 0) return;
    this.#frames = new Map();
    for (const one of series) this.#frames.set(one.role, [...(this.#frames.get(one.role) ?? []), one]);
    this.#last = Math.max(0, ...[...this.#frames.values()].map((frames) => frames.length - 1));
    setAttributes(this.#slider, { max: this.#last });
    // At the beginning it runs by itself once, for those who like motion.
    if (!this.#played && this.#last > 0) {
      if (reducedMotion()) this.#at = 1;
      else this.#start();
      this.#played = true;
    }
    this.redraw();
  }

  redraw(): void {
    const at = Math.round(this.#at * this.#last);
    const shown = [...this.#frames.values()].map((frames) => frames[Math.min(at, frames.length - 1)]!);
    const label = shown[0] ? told(shown[0].name) : t("no samples yet");
    this.#slider.value = String(at);
    this.#slider.style.setProperty("--filled", `${100 * this.#at}%`);
    setText(this.#time, label);
    for (const control of [this.#slider, this.#play]) control.disabled = this.#last === 0;
    const context = sized(this.#canvas, this.#picture);
    if (!context || shown.length === 0) return;
    const { clientWidth: width, clientHeight: height } = this.#picture;
    const side = shown[0]!.x.length;
    const room = Math.min(height - HEAD - BAR - 2, (width - (shown.length - 1) * GAP) / shown.length) * pixelRatio();
    const pixels = Math.max(Math.min(room, side), Math.floor(room / side) * side);
    const size = pixels / pixelRatio();
    const left = (width - shown.length * size - (shown.length - 1) * GAP) / 2;
    shown.forEach((series, i) => {
      const x = Math.round((left + i * (size + GAP)) * pixelRatio()) / pixelRatio();
      const range = extent([series]);
      this.#pixels.draw(context, series.y, side, range, x * pixelRatio(), HEAD * pixelRatio(), pixels);
      context.font = theme().font;
      context.fillStyle = theme().roles[series.role];
      context.fillRect(x, 4, 9, 9);
      context.fillStyle = theme().ink;
      context.fillText(NAMES[series.role] ?? series.role, x + 14, 12);
      drawBar(context, range, x, HEAD + size + 7, size);
    });
    setAttributes(this.#slider, { "aria-valuetext": label });
    if (this.#timer !== undefined) return;
    const words = shown.map((s) => `${NAMES[s.role] ?? s.role}: ${inWords(s.y)}`).join("; ");
    setAttributes(this.#canvas, { "aria-label": `${this.spec.title}, ${label}. ${words}.` });
  }

  destroy(): void {
    this.#stop();
    this.host.replaceChildren();
  }

  #go(frame: number): void {
    this.#at = this.#last > 0 ? frame / this.#last : 0;
    this.redraw();
  }

  #start(): void {
    if (this.#at === 1) this.#go(0);
    this.#timer = window.setInterval(() => {
      const next = Math.min(this.#last, Math.round(this.#at * this.#last) + 1);
      if (next === this.#last) this.#stop();
      this.#go(next);
    }, PLAY_MS / Math.max(1, this.#last));
    this.#name("❚❚", t("Pause the sequence"));
  }

  #stop(): void {
    window.clearInterval(this.#timer);
    this.#timer = undefined;
    this.#name("▶", t("Play the sequence"));
    this.redraw();
  }

  #name(mark: string, label: string): void {
    setText(this.#play, mark);
    setAttributes(this.#play, { "aria-label": label });
  }
}
