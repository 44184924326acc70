// A hand that draws the true curve of a picture of spectra: by pointer, by keys, and by the buttons under it.

import type { View } from "./bindings/View";
import { Crash, Refusal, Superseded } from "./client";
import { byId, h, setAttributes, setText } from "./dom";
import type { Engine } from "./engine";
import { t } from "./language";
import { notice } from "./notice";
import { type State, stageView, type Store } from "./store";
import { type SpectrumRenderer, valueAt } from "./views/spectrum";

/** The choice of a lab's parameter that stands for what a hand has drawn. */
const DRAWN = "drawn";
/** The run goes on when the hand has rested for so long. */
const REST_MS = 500;
/** A key moves by these parts of the picture's width and height; with Shift by the larger. */
const ACROSS = 1 / 80;
const UP = [0.02, 0.1] as const;
/** Half the width of the bump that a key makes, as a part of the picture's, and how many points it has on each side. */
const BUMP = 1 / 25;
const BUMP_POINTS = 6;

interface Gesture {
  name: "draw" | "smooth" | "clear";
  numbers: number[];
}

/** Draws the true curve, where the lab has one that can be drawn. */
export class Pen {
  readonly #host = byId("spectrum-canvas");
  readonly #said = h("span", { class: "sr", "aria-live": "polite" });
  readonly #smooth = h("button", { type: "button", title: t("Smooth the true curve") }, t("Smooth"));
  readonly #clear = h("button", { type: "button", title: t("Forget what was drawn and start again") }, t("Clear"));
  readonly #bar = h("div", { id: "pen", class: "hand", role: "group", "aria-label": t("The true curve"), hidden: true });
  #picture: SpectrumRenderer | null = null;
  /** Whether the lab has a curve that can be drawn. */
  #draws = false;
  /** What is to be done yet; the last of it grows while the hand moves. */
  #todo: Gesture[] = [];
  #busy = false;
  #drag: { w: number; rho: number } | null = null;
  /** Where the keys are. */
  #cursor: number | null = null;
  /** Whether the run goes on when the hand rests; null while no hand draws. */
  #resume: boolean | null = null;
  #rest: number | undefined;

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
    private readonly draw: (view: View) => void,
    /** Tells that the hand rests: the address and all other pictures have to follow. */
    private readonly rests: () => void,
  ) {
    byId("spectrum-head").append(this.#bar, this.#said);
    this.#bar.append(h("span", { class: "dim" }, t("Draw the true curve, or")), this.#smooth, this.#clear);
    this.#smooth.addEventListener("click", () => this.#do({ name: "smooth", numbers: [] }));
    this.#clear.addEventListener("click", () => this.#do({ name: "clear", numbers: [] }));
    this.#host.addEventListener("pointerdown", (event) => this.#down(event));
    this.#host.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"] as const) this.#host.addEventListener(end, () => this.#up());
    this.#host.addEventListener("pointerleave", () => this.#picture?.point(this.#cursor));
    this.#host.addEventListener("keydown", (event) => this.#key(event));
    this.#host.addEventListener("blur", () => {
      this.#cursor = null;
      this.#picture?.point(null);
    });
    store.watch((s) => s.activity, (_, state) => this.#show(state));
  }

  /** Takes another picture in hand; null for a lab without one. */
  take(picture: SpectrumRenderer | null): void {
    this.#picture = picture;
    this.#todo = [];
    this.#drag = this.#cursor = this.#resume = null;
    window.clearTimeout(this.#rest);
    const { params } = this.store.state.lab;
    const draws = picture !== null && params.some(({ kind }) => kind.type === "choice" && kind.options.some((o) => o.id === DRAWN));
    this.#draws = draws;
    this.#bar.hidden = !draws;
    this.#host.classList.toggle("drawable", draws);
    setAttributes(this.#host, {
      tabindex: picture && 0,
      role: picture && "application",
      "aria-label": picture && (draws ? t("The spectra. Left and right move the read-out; up and down raise and lower the true curve there, with Shift by more.") : t("The spectra. Left and right move the read-out.")),
    });
    this.#show(this.store.state);
  }

  #show({ activity }: State): void {
    for (const button of [this.#smooth, this.#clear]) button.disabled = activity === "starting" || activity === "broken";
  }

  get #can(): boolean {
    const { activity } = this.store.state;
    return this.#picture !== null && this.#draws && activity !== "starting" && activity !== "broken";
  }

  // ---- the pointer ----

  #down(event: PointerEvent): void {
    const place = this.#picture?.at(event.clientX, event.clientY);
    if (!place || event.button !== 0) return;
    // With a finger, a tap alone reads out.
    this.#picture!.point(place.w);
    if (!this.#can) return;
    this.#host.setPointerCapture(event.pointerId);
    this.#drag = place;
  }

  #move(event: PointerEvent): void {
    const picture = this.#picture;
    const place = picture?.at(event.clientX, event.clientY);
    if (!picture || !place) return;
    const from = this.#drag;
    picture.held = from !== null;
    picture.point(place.w);
    if (!from) return;
    if (place.w === from.w && place.rho === from.rho) return;
    this.#drag = place;
    this.#extend(from, place);
    if (picture.stroke.length === 0) picture.stroke.push(from.w, from.rho);
    picture.stroke.push(place.w, place.rho);
    picture.redraw();
    void this.#work();
  }

  #up(): void {
    if (!this.#drag) return;
    this.#drag = null;
    if (this.#picture) this.#picture.held = false;
    if (!this.#busy) this.#settle();
  }

  /** Adds a piece to the line that waits to be sent; where the hand turns back, another line begins. */
  #extend(from: { w: number; rho: number }, to: { w: number; rho: number }): void {
    const last = this.#todo.at(-1)?.numbers;
    const rising = Math.sign(to.w - from.w);
    if (!last || last.length < 4) {
      if (rising !== 0) this.#todo.push({ name: "draw", numbers: [from.w, from.rho, to.w, to.rho] });
      return;
    }
    const was = Math.sign(last.at(-2)! - last.at(-4)!);
    if (rising === 0) last[last.length - 1] = to.rho;
    else if (rising === was) last.push(to.w, to.rho);
    else this.#todo.push({ name: "draw", numbers: [from.w, from.rho, to.w, to.rho] });
  }

  // ---- keys and buttons ----

  #key(event: KeyboardEvent): void {
    const picture = this.#picture;
    const span = picture?.span;
    if (!picture || !span || event.target !== this.#host || event.ctrlKey || event.metaKey || event.altKey) return;
    const across = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const up = { ArrowDown: -1, ArrowUp: 1 }[event.key];
    const [low, high] = span;
    const width = high - low;
    const at = this.#cursor ?? (low + high) / 2;
    if (across) this.#cursor = Math.max(low, Math.min(high, at + across * width * ACROSS * (event.shiftKey ? 5 : 1)));
    else if (event.key === "Home") this.#cursor = low;
    else if (event.key === "End") this.#cursor = high;
    else if (up && this.#can) {
      this.#cursor = at;
      this.#raise(at, up * UP[event.shiftKey ? 1 : 0] * picture.height, BUMP * width);
    } else return;
    event.preventDefault();
    event.stopPropagation();
    picture.point(this.#cursor);
    if (!up) setText(this.#said, picture.words(this.#cursor!));
  }

  /** Adds a bump to the true curve. */
  #raise(centre: number, by: number, half: number): void {
    const [truth, span] = [this.#picture?.truth, this.#picture?.span];
    // One after another: the next bump is added to a curve that has the one before.
    if (!truth || !span || this.#busy) return;
    const numbers: number[] = [];
    for (let i = -BUMP_POINTS; i <= BUMP_POINTS; i++) {
      const part = i / BUMP_POINTS;
      const w = centre + part * half;
      if (w < span[0] || w > span[1]) continue;
      numbers.push(w, valueAt(truth.x, truth.y, w) + by * Math.cos((Math.PI / 2) * part) ** 2);
    }
    this.#do({ name: "draw", numbers });
  }

  #do(gesture: Gesture): void {
    if (!this.#can) return;
    this.#todo.push(gesture);
    void this.#work();
  }

  // ---- the core ----

  /** One gesture after another, each with a picture of what came of it. */
  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const picture = this.#picture;
    try {
      await this.#begin();
      for (let next = this.#todo.shift(); next && picture === this.#picture; next = this.#todo.shift()) {
        await this.engine.touch(next.name, next.numbers);
        await this.#look();
      }
      if (this.#cursor !== null && picture) setText(this.#said, picture.words(this.#cursor));
    } catch (error) {
      this.#todo = [];
      if (error instanceof Refusal) notice(error.message, "problem");
      else if (!(error instanceof Superseded || error instanceof Crash)) console.error(error);
    } finally {
      this.#busy = false;
      if (picture) {
        picture.stroke = [];
        picture.redraw();
      }
      if (picture === this.#picture) this.#settle();
    }
  }

  /** Holds the run until the hand rests. */
  async #begin(): Promise<void> {
    window.clearTimeout(this.#rest);
    if (this.#resume !== null) return;
    const { activity } = this.store.state;
    this.#resume = activity === "running" || activity === "finished";
    await this.engine.pause();
  }

  async #look(): Promise<void> {
    const id = stageView(this.store.state.lab);
    if (id === null || !this.engine.isOfLab) return;
    const [view] = (await this.engine.frame([id], false)).views;
    if (view) this.draw(view);
  }

  /** Lets the run go on when the hand has rested. */
  #settle(): void {
    if (this.#drag || this.#resume === null) return;
    window.clearTimeout(this.#rest);
    this.#rest = window.setTimeout(() => {
      const resume = this.#resume;
      this.#resume = null;
      this.rests();
      const { activity } = this.store.state;
      if (resume && (activity === "paused" || activity === "finished")) {
        this.engine.run().catch((error: unknown) => {
          if (error instanceof Refusal) notice(error.message, "problem");
        });
      }
    }, REST_MS);
  }
}
