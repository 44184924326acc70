// A configuration that is written site by site, in slow motion.

import type { View } from "../bindings/View";
import type { ViewSpec } from "../bindings/ViewSpec";
import { h, setAttributes, setText } from "../dom";
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
  readonly #slider = h("input", { type: "range", min: 0, max: 0, value: 0, step: 1, "aria-label": "Site" });
  readonly #play = h("button", { type: "button" });
  readonly #at = h("output");
  readonly #picture = h("div", { class: "frames" });
  readonly #spins: SpinsRenderer;
  #timer: number | undefined;
  /** The site that is shown, and the one that was asked for. */
  #site = 0;
  #wanted: number | null = null;
  #last = 0;

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
  }

  draw(view: View): void {
    const [series] = view.series;
    for (const control of [this.#slider, this.#play]) control.disabled = !series;
    if (!series) return;
    const next = series.y.findIndex(Number.isNaN);
    this.#last = series.y.length - 1;
    this.#site = next < 0 ? this.#last : next;
    if (this.#site === this.#wanted) this.#wanted = null;
    setAttributes(this.#slider, { max: this.#last });
    if (this.#wanted === null) this.#show(this.#site);
    this.#spins.draw(view);
  }

  redraw(): void {
    this.#spins.redraw();
  }

  destroy(): void {
    window.clearInterval(this.#timer);
    this.#spins.destroy();
    this.host.replaceChildren();
  }

  #show(site: number): void {
    this.#slider.value = String(site);
    this.#slider.style.setProperty("--filled", `${(100 * site) / Math.max(1, this.#last)}%`);
    setText(this.#at, `site ${site} of ${this.#last}`);
    setAttributes(this.#slider, { "aria-valuetext": `site ${site}` });
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
    if (this.#site >= this.#last) {
      this.#wish({ sample: true });
      this.#ask(0);
    }
    this.#timer = window.setInterval(
      () => {
        // The picture of the last site has to be there before the next is asked for.
        if (this.#wanted !== null) return;
        if (this.#site >= this.#last) this.#stop();
        else this.#ask(this.#site + 1);
      },
      Math.max(LEAST_MS, PLAY_MS / (this.#last + 1)),
    );
    this.#name("❚❚", "Stop writing");
  }

  #stop(): void {
    window.clearInterval(this.#timer);
    this.#timer = undefined;
    this.#name("▶", "Write a sample site by site");
  }

  #name(mark: string, label: string): void {
    setText(this.#play, mark);
    setAttributes(this.#play, { "aria-label": label, title: label });
  }
}
