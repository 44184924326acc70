// The home: a card for each lab, with a small run of its own. One worker holds them all, serves them in turn, and ends when a lab is opened.

import type { Value } from "./bindings/Value";
import type { Client } from "./client";
import type { h } from "./dom";
import type { LabName, labOf } from "./labs";
import type { t } from "./language";
import type { knowMethods } from "./methods";
import type { panesOf } from "./stage";
import type { stageView } from "./store";
import type { Renderer } from "./views/renderer";

/** What the home needs of the page. It is handed over: what two files import is cut out into a third. */
export interface Tools {
  t: typeof t;
  h: typeof h;
  Client: typeof Client;
  labs: readonly LabName[];
  labOf: typeof labOf;
  stageView: typeof stageView;
  knowMethods: typeof knowMethods;
  panesOf: typeof panesOf;
  prose(text: string): string;
  reducedMotion(): boolean;
  cards: HTMLElement;
  problem: HTMLElement;
  hold: HTMLElement;
}

/** What runs in a card, so small that a step and a picture take some hundredths of a second. */
interface Sketch {
  params: Record<string, Value>;
  /** Steps from picture to picture, and samples of the model in one. */
  steps: number;
  samples: number;
  says: string;
}
const sketches = (t: Tools["t"]): Readonly<Record<string, Sketch>> => ({
  double_well_flow: {
    params: { couplings: 4, hidden: 16, batch: 32, steps: 300, chain_per_step: 1 },
    steps: 2,
    samples: 24,
    says: t("Left: Hamiltonian Monte Carlo. Right: a normalising flow while it learns."),
  },
  phi4_diffusion: {
    params: { lattice_size: 16, kappa: 0.27, channels: 4, levels: 1, batch: 8, data_size: 64, steps: 300, sampling_steps: 10, tail_updates: 0, chain_per_step: 1 },
    steps: 2,
    samples: 1,
    says: t("Left: Hamiltonian Monte Carlo. Right: a diffusion model while it learns."),
  },
  xy_autoregressive: {
    params: { lattice_size: 12, components: 1, hidden: 8, layers: 1, batch: 16, steps: 200, chain_per_step: 1 },
    steps: 1,
    samples: 1,
    says: t("Left: a Monte Carlo chain. Right: an autoregressive network while it learns."),
  },
  spectral_function: {
    params: { frequencies: 100, methods: "tikhonov,nn_list" },
    steps: 3,
    samples: 0,
    says: t("Dashed: a network while it learns. Solid: Tikhonov's method; in ink the truth."),
  },
});

/** The worker rests so long between two pictures, or as long as a picture takes. */
const LEAST_MS = 25;
/** For readers who asked for little motion. */
const CALM_MS = 3000;
/** So long the end of a run stays. */
const END_MS = 3000;

/** A card and its run. */
interface Card {
  lab: string;
  element: HTMLElement;
  picture: HTMLElement;
  sketch: Sketch;
  inSight: boolean;
  session: number;
  seed: number;
  /** The last step of the run; none before it is open. */
  goal: number;
  /** When it goes on. */
  from: number;
  view: string;
  panes: Renderer[];
}

/** The home, as long as it is open. */
export class Home {
  /** Settles with the first picture of each card in sight, or when there will be none. */
  readonly drawn: Promise<void>;
  #open = true;
  readonly #client: Client;
  readonly #cards: readonly Card[];
  readonly #watchers: readonly { disconnect(): void }[];

  constructor(private readonly tools: Tools) {
    const { Client, labs, cards, problem } = tools;
    const says = sketches(tools.t);
    problem.textContent = "";
    this.#client = new Client("cpu", { progress: () => undefined, crashed: (why) => this.#stop(why) }, true);
    this.#cards = labs.map((lab, nth) => cardOf(lab, nth, says[lab.id] ?? { params: {}, steps: 1, samples: 1, says: "" }, tools));
    cards.replaceChildren(...this.#cards.map(({ element }) => element));
    const sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.#cards.find(({ element }) => element === target)!.inSight = isIntersecting;
    });
    for (const { element } of this.#cards) sight.observe(element);
    const size = new ResizeObserver(() => this.redraw());
    size.observe(cards);
    this.#watchers = [sight, size];
    this.drawn = new Promise((drawn) => void this.#play(drawn));
  }

  redraw(): void {
    for (const { panes } of this.#cards) for (const pane of panes) pane.redraw();
  }

  close(): void {
    this.#open = false;
    this.#client.terminate();
    for (const watcher of this.#watchers) watcher.disconnect();
    for (const { panes } of this.#cards) for (const pane of panes) pane.destroy();
  }

  /** Serves one card after the other; in the beginning those that move already go before the next one. */
  async #play(drawn: () => void): Promise<void> {
    const count = this.#cards.length;
    let first = true;
    for (let reach = 1; this.#open; reach = Math.min(count, reach + 1)) {
      for (const card of this.#cards.slice(0, reach)) if (this.#open) await this.#serve(card, first);
      if (reach < count) continue;
      first = false;
      drawn();
    }
    drawn();
  }

  /** Takes a card on if it is seen, and rests. */
  async #serve(card: Card, first: boolean): Promise<void> {
    const { hold, reducedMotion } = this.tools;
    const begun = performance.now();
    let pause = LEAST_MS;
    const held = !first && hold.getAttribute("aria-pressed") === "true";
    if (card.inSight && begun >= card.from && !held && !document.hidden) {
      try {
        await this.#advance(card);
      } catch (error) {
        // Numbers that have run away begin anew; what cannot be fetched does not mend itself.
        const refused = "code" in (error as Error);
        card.goal = 0;
        card.from = refused ? begun + END_MS : Infinity;
        if (this.#open && !refused) this.#tell((error as Error).message);
      }
      if (!first) pause = reducedMotion() ? CALM_MS : Math.max(LEAST_MS, performance.now() - begun);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }

  /** Opens a card's run, or takes it a few steps on, and draws it. */
  async #advance(card: Card): Promise<void> {
    const { lab, session, sketch } = card;
    const call: Client["call"] = (...args) => this.#client.call(...args);
    if (card.panes.length === 0) await this.#prepare(card);
    let step = 0;
    if (card.goal === 0) {
      card.goal = (await call(session, { type: "open", lab, params: sketch.params, seed: ++card.seed }, "opened")).plan.steps;
    } else step = (await call(session, { type: "run", steps: sketch.steps }, "stopped")).step;
    if (sketch.samples > 0) await call(session, { type: "sample", count: sketch.samples }, "done");
    const { views } = await call(session, { type: "frame", views: [card.view], observables: false, hasty: step === 0 }, "frame");
    await new Promise(requestAnimationFrame);
    if (!this.#open) return;
    for (const pane of card.panes) pane.draw(views[0]!);
    if (step < card.goal) return;
    card.goal = 0;
    card.from = performance.now() + END_MS;
  }

  /** Fetches what the lab declares, and makes ready what draws it. */
  async #prepare(card: Card): Promise<void> {
    const { h, labOf, stageView, knowMethods, panesOf } = this.tools;
    const lab = await labOf(card.lab);
    const spec = lab.views.find(({ id }) => id === stageView(lab))!;
    const one = spec.kind === "spectrum";
    knowMethods(lab);
    const hosts = Array.from({ length: one ? 1 : 2 }, () => h("div", { class: "canvas" }));
    card.picture.replaceChildren(...hosts);
    card.view = spec.id;
    card.panes = panesOf(spec, hosts, h("ul"));
  }

  #stop(why: string): void {
    this.#open = false;
    this.#tell(why);
  }

  #tell(why: string): void {
    this.tools.problem.textContent = this.tools.t("Not all pictures move ({why}). The labs open all the same.", { why });
  }
}

function cardOf({ id, title, summary }: LabName, session: number, sketch: Sketch, { h, prose }: Tools): Card {
  const picture = h("div", { class: "picture", "aria-hidden": "true" });
  const text = [h("h3", {}, h("a", { href: `#lab=${id}` }, title)), h("p", {}, prose(summary)), h("p", { class: "dim" }, sketch.says)];
  const element = h("li", {}, h("div", {}, ...text), picture);
  return { lab: id, element, picture, sketch, inSight: true, session, seed: 0, goal: 0, from: 0, view: "", panes: [] };
}
