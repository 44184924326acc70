// A configuration that is written site by site, in slow motion.

import type { View } from "../bindings/View";
import type { ViewSpec } from "../bindings/ViewSpec";
import { h, setAttributes, setText } from "../dom";
import { t } from "../language";
import type { Renderer } from "./renderer";
import { SpinsRenderer } from "./spins";

/** What a view asks of the page: the site that is looked at, rest from training, another sample. */
export type Wish = { site: number } | { pause: true } | { sample: true };

/** The name of the event that carries a {@link Wish}. */
export const WISH = "wish";

/** How long a whole configuration takes, and the least time for a site. */
const PLAY_MS = 12_000;
const LEAST_MS = 60;

/** The sites written so far, and a slider that moves the one that is looked at. */
export class WritingRenderer implements Renderer {
  readonly #slider = h("input", { type: "range", min: 0, max: 0, value: 0, step: 1, "aria-label": t("Site") });
  readonly #play = h("button", { type: "button" });
  readonly #at = h("output");
  readonly #picture = h("div", { class: "frames" });
  readonly #spins: SpinsRenderer;
  #timer: number | undefined;
  /** How many sites are shown, and how many were asked for. */
  #site = 0;
  #wanted: number | null = null;
  /** How many there are; none before the first picture. */
  #all = 0;

  constructor(
    private readonly host: HTMLElement,
    spec: ViewSpec,
  ) {
    host.append(this.#picture, h("div", { class: "scrubber" }, this.#play, this.#slider, this.#at));
    this.#spins = new SpinsRenderer(this.#picture, null, spec.title, false);
    this.#slider.addEventListener("input", () => {
      this.#stop();
      this.#ask(Number(this.#slider.value));
    });
    this.#play.addEventListener("click", () => (this.#timer === undefined ? this.#start() : this.#stop()));
    this.#stop();
    for (const control of [this.#slider, this.#play]) control.disabled = true;
  }

  draw(view: View): void {
    const [series] = view.series;
    for (const control of [this.#slider, this.#play]) control.disabled = !series;
    if (!series) return;
    const next = series.y.findIndex(Number.isNaN);
    this.#all = series.y.length;
    this.#site = next < 0 ? this.#all : next;
    if (this.#site === this.#wanted) this.#wanted = null;
    setAttributes(this.#slider, { max: this.#all });
    if (this.#wanted === null) this.#show(this.#site);
    this.#spins.draw(view);
  }

  redraw(): void {
    this.#spins.redraw();
  }

  destroy(): void {
    window.clearTimeout(this.#timer);
    this.#spins.destroy();
    this.host.replaceChildren();
  }

  #show(site: number): void {
    this.#slider.value = String(site);
    this.#slider.style.setProperty("--filled", `${(100 * site) / Math.max(1, this.#all)}%`);
    setText(this.#at, t("{n} of {all} sites", { n: site, all: this.#all }));
    setAttributes(this.#slider, { "aria-valuetext": t("{n} of {all} sites written", { n: site, all: this.#all }) });
  }

  #ask(site: number): void {
    this.#wanted = site;
    this.#show(site);
    this.#wish({ site });
  }

  #wish(detail: Wish): void {
    this.host.dispatchEvent(new CustomEvent<Wish>(WISH, { detail, bubbles: true }));
  }

  #start(): void {
    // A network in training would change what is being written.
    this.#wish({ pause: true });
    if (this.#site >= this.#all) {
      this.#wish({ sample: true });
      this.#ask(0);
    }
    this.#next();
    this.#name("❚❚", t("Stop writing"));
  }

  /** Writes one more site when its time has come. */
  #next(): void {
    this.#timer = window.setTimeout(() => {
      // The picture of the last site has to be there before the next is asked for.
      if (this.#wanted === null && this.#site >= this.#all) return this.#stop();
      if (this.#wanted === null) this.#ask(this.#site + 1);
      this.#next();
    }, Math.max(LEAST_MS, PLAY_MS / Math.max(1, this.#all)));
  }

  #stop(): void {
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#name("▶", t("Write a sample site by site"));
  }

  #name(mark: string, label: string): void {
    setText(this.#play, mark);
    setAttributes(this.#play, { "aria-label": label, title: label });
  }
}
