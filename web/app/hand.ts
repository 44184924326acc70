// What a hand can do to the chain's spins: by pointer, by keys, and by the buttons under the picture.

import { Background } from "./background";
import type { Progress } from "./bindings/Progress";
import { byId, h, setAttributes, setText } from "./dom";
import type { Engine } from "./engine";
import { Refusal, Superseded, Crash } from "./client";
import { t, told } from "./language";
import { notice } from "./notice";
import { type State, stageView, type Store } from "./store";
import type { View } from "./bindings/View";
import type { SpinsRenderer, Vortex } from "./views/spins";

/** So near, in CSS pixels, a vortex is taken rather than the spins around it. */
const GRASP = 18;
/** Time between two pictures of a chain that runs alone; with clusters an update changes everything, and is to be seen. */
const PACE_MS = { local: 40, cluster: 250 };
/** So many updates after a touch are local ones, whatever the chain does otherwise. */
const LOCAL_UPDATES = 200;
/** A pair is to be seen before it meets. */
const PAIR_MS = 1200;
/** How often the estimates follow a chain that runs alone. */
const NEWS_MS = 1000;
/** A chain that nobody holds is left alone after so many seconds. */
const LONGEST_MS = 120_000;

/** What the keys do while the chain's picture has the focus. */
const KEYS: readonly [key: string, does: string][] = [
  ["← ↑ ↓ →", t("on the chain’s picture: move the frame")],
  ["Enter", t("turn the spins in the frame")],
  ["Shift + ←", t("move the vortex next to the frame")],
  ["v", t("add a pair of vortices")],
  ["a", t("align all spins")],
  ["q", t("quench")],
  ["w", t("watch the chain, or hold it")],
];

/** Lays hands on the chain of a lab of spins. */
export class Hand {
  readonly #host = byId("chain-canvas");
  readonly #bar = h("div", { id: "hand", class: "hand", role: "group", "aria-label": t("The chain's spins"), hidden: true });
  readonly #hint = h("span", { class: "dim" });
  readonly #pair = h("button", { type: "button", title: t("Put a vortex and an antivortex, half a lattice apart (v)") }, t("Add a pair"));
  readonly #align = h("button", { type: "button", title: t("Point all spins one way (a)") }, t("Align"));
  readonly #quench = h("button", { type: "button", title: t("Throw all spins at random, as at infinite temperature, and let them cool (q)") }, t("Quench"));
  readonly #alone = h("button", { type: "button", "aria-pressed": "false", title: t("Let the chain run without training, slowly enough to be watched (w)") });
  readonly #scan = h("button", { type: "button", title: t("Stop the background scan and keep what it has, or go on with it") });
  readonly #far = h("output", { class: "dim", title: t("How far the background scan is. It goes on when the training is done, and rests while the run is paused.") });
  readonly #keys = KEYS.map(([key, does]) => h("div", { hidden: true }, h("dt", {}, h("kbd", {}, key)), h("dd", {}, does)));
  readonly #background: Background;
  #spins: SpinsRenderer | null = null;
  #runsAlone = false;
  /** What is dragged: a vortex, or where the pointer was last. */
  #drag: { vortex: Vortex | null; x: number; y: number } | null = null;
  #busy = false;
  #next: (() => Promise<void>) | null = null;
  /** The scan that a stopped one goes on with. */
  #stopped: string | null = null;
  #progress: Progress | null = null;
  /** Local updates left after the last touch. */
  #local = 0;

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
    private readonly draw: (view: View) => void,
    private readonly touched: () => void,
    /** Tells those who see the screen but not the hand. */
    private readonly pressed: (key: string, does: string) => void,
  ) {
    byId("stage-axis").after(this.#bar);
    this.#bar.append(this.#hint, this.#pair, this.#align, this.#quench, this.#alone, this.#scan, this.#far);
    byId("keys").append(...this.#keys);
    this.#background = new Background(store, engine, () => this.#runsAlone, (progress) => this.#tell(progress), touched);
    this.#pair.addEventListener("click", () => this.#addPair());
    this.#align.addEventListener("click", () => this.#alignAll());
    this.#quench.addEventListener("click", () => this.#do("randomise", []));
    this.#alone.addEventListener("click", () => (this.#runsAlone ? this.#stop() : void this.#run()));
    this.#scan.addEventListener("click", () => void this.#toggleScan());
    this.#host.addEventListener("pointerdown", (event) => this.#down(event));
    this.#host.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"] as const) this.#host.addEventListener(end, () => this.#up());
    this.#host.addEventListener("keydown", (event) => this.#key(event));
    this.#host.addEventListener("blur", () => this.#showCursor(null));
    store.watch((s) => `${s.activity} ${String(s.params["scan"])}`, (_, state) => {
      this.#show(state);
      // A chain that the plan leaves alone is there to be watched.
      if (state.activity === "finished" && state.plan.chain_per_sample === 0) void this.#run();
    });
  }

  /** Takes another picture in hand; null for a lab without spins. */
  take(spins: SpinsRenderer | null): void {
    this.#stop();
    this.#spins = spins;
    this.#stopped = null;
    this.#bar.hidden = !spins;
    for (const row of this.#keys) row.hidden = !spins;
    this.#progress = null;
    this.#host.classList.toggle("touchable", spins !== null);
    setAttributes(this.#host, {
      tabindex: spins && 0,
      role: spins && "application",
      "aria-label": spins && t("The chain's spins. Arrow keys move a frame, Enter turns the spins in it, Shift with an arrow key moves the vortex next to it, v adds a pair, a aligns, q quenches."),
      title: spins && t("Drag a vortex, or pull the spins"),
    });
    this.#show(this.store.state);
  }

  #show({ activity, params }: State): void {
    if (activity === "running" || activity === "starting") this.#stop();
    const angles = params["model"] !== "ising";
    this.#pair.hidden = !angles;
    setText(this.#hint, angles ? t("Drag a vortex, pull spins, or") : t("Paint spins, or"));
    for (const button of [this.#pair, this.#align, this.#quench, this.#alone]) button.disabled = activity === "starting" || activity === "broken";
    setText(this.#alone, this.#runsAlone ? t("Hold the chain") : t("Watch the chain"));
    setAttributes(this.#alone, { "aria-pressed": String(this.#runsAlone) });
    const scan = params["scan"];
    if (typeof scan === "string" && scan !== "off") this.#stopped = null;
    const progress = this.#progress;
    this.#scan.hidden = ((scan === "off" || scan === undefined) && this.#stopped === null) || progress?.finished === true;
    setText(this.#scan, this.#stopped === null ? t("Stop the scan") : t("Go on scanning"));
    setText(this.#far, progress === null ? "" : t("scan {done} of {all} {what}", { done: progress.done, all: progress.all, what: told(progress.of) }));
  }

  #tell(progress: Progress | null): void {
    this.#progress = progress;
    this.#show(this.store.state);
  }

  // ---- the pointer ----

  #down(event: PointerEvent): void {
    const place = this.#spins?.at(event.clientX, event.clientY);
    if (!place || event.button !== 0) return;
    this.#host.setPointerCapture(event.pointerId);
    const near = this.#spins!.nearest(place);
    this.#drag = { vortex: near && near.pixels < GRASP ? near.vortex : null, ...place };
    this.#stop();
    void this.#hold();
  }

  #move(event: PointerEvent): void {
    const place = this.#spins?.at(event.clientX, event.clientY);
    const drag = this.#drag;
    if (!drag || !place) return;
    if (drag.vortex) this.#moveVortex(drag.vortex, place, (to) => (drag.vortex = to));
    else {
      const [dx, dy] = [place.x - drag.x, place.y - drag.y];
      if (Math.hypot(dx, dy) < 0.4) return;
      [drag.x, drag.y] = [place.x, place.y];
      this.#pull(place, Math.atan2(dy, dx));
    }
  }

  #up(): void {
    if (!this.#drag) return;
    this.#drag = null;
    void this.#run();
  }

  #pull({ x, y }: { x: number; y: number }, angle: number): void {
    const radius = Math.max(1, this.#spins!.side / 10);
    this.#touch("pull", [x, y, radius, angle]);
  }

  /** Puts a vortex into the plaquette of a place, if it is another one. */
  #moveVortex(from: Vortex, place: { x: number; y: number }, moved: (to: Vortex) => void): void {
    const side = this.#spins!.side;
    const centre = (at: number) => ((Math.floor(at) % side) + side) % side + 0.5;
    const to = { x: centre(place.x), y: centre(place.y), sign: from.sign };
    if (to.x === from.x && to.y === from.y) return;
    // A new one there, and one of the other sign on the old one, which it takes away.
    const numbers = from.sign > 0 ? [to.x, to.y, from.x, from.y] : [from.x, from.y, to.x, to.y];
    if (this.#touch("vortex_pair", numbers)) moved(to);
  }

  // ---- keys and buttons ----

  #key(event: KeyboardEvent): void {
    const spins = this.#spins;
    if (!spins || event.target !== this.#host || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const by = moves[event.key];
    const cursor = spins.cursor ?? { x: Math.floor(spins.side / 2), y: Math.floor(spins.side / 2) };
    const wrap = (at: number) => ((at % spins.side) + spins.side) % spins.side;
    const shown = by ? KEYS[event.shiftKey ? 2 : 0]! : KEYS.find(([key]) => key === event.key);
    const moved = by && { x: wrap(cursor.x + by[0]), y: wrap(cursor.y + by[1]) };
    if (moved && event.shiftKey) {
      const near = spins.nearest({ x: cursor.x + 0.5, y: cursor.y + 0.5 });
      if (near) {
        const { vortex } = near;
        this.#stop();
        void this.#hold();
        this.#moveVortex(vortex, { x: vortex.x + by![0], y: vortex.y + by![1] }, () => undefined);
        this.#showCursor({ x: wrap(Math.floor(vortex.x) + by![0]), y: wrap(Math.floor(vortex.y) + by![1]) });
      }
    } else if (moved) this.#showCursor(moved);
    else if (event.key === "Enter") {
      this.#stop();
      void this.#hold();
      const now = spins.spin(cursor.x, cursor.y);
      this.#pull({ x: cursor.x + 0.5, y: cursor.y + 0.5 }, spins.angles ? now + Math.PI / 4 : now > 0 ? Math.PI : 0);
      this.#showCursor(cursor);
    } else if (event.key === "v" && spins.angles) this.#addPair();
    else if (event.key === "a") this.#alignAll();
    else if (event.key === "q") this.#do("randomise", []);
    else if (event.key === "w") {
      if (this.#runsAlone) this.#stop();
      else void this.#run();
    } else return;
    if (shown) this.pressed(...shown);
    event.preventDefault();
    event.stopPropagation();
  }

  #showCursor(cursor: { x: number; y: number } | null): void {
    if (!this.#spins) return;
    this.#spins.cursor = cursor;
    this.#spins.redraw();
  }

  #addPair(): void {
    const side = this.#spins?.side ?? 0;
    if (side === 0) return;
    const at = (part: number) => Math.floor(part * side) + 0.5;
    this.#do("vortex_pair", [at(0.25), at(0.5), at(0.75), at(0.5)], PAIR_MS);
  }

  #alignAll(): void {
    const side = this.#spins?.side ?? 0;
    this.#do("pull", [0, 0, side, 0]);
  }

  /** A touch after which the chain is watched, `rest` later. */
  #do(gesture: string, numbers: number[], rest = 0): void {
    this.#stop();
    void this.#hold();
    this.#touch(gesture, numbers);
    this.#queue(async () => {
      await new Promise((resolve) => setTimeout(resolve, rest));
      void this.#run();
    });
  }

  async #toggleScan(): Promise<void> {
    const now = this.store.state.params["scan"];
    const stopped = this.#stopped;
    if (stopped !== null) await this.engine.set("scan", stopped);
    else if (typeof now === "string") {
      await this.engine.set("scan", "off");
      // Only now: news of the scan that came before would have taken it for one that runs.
      this.#stopped = now;
    }
    this.#background.wake();
    this.#show(this.store.state);
    this.touched();
  }

  // ---- the chain ----

  /** One touch after another; what comes while one waits is dropped, and false comes back: the hand will move again. */
  #touch(gesture: string, numbers: number[]): boolean {
    const free = this.#next === null;
    if (!free) return false;
    this.#queue(async () => {
      await this.engine.touch(gesture, numbers);
      this.#local = LOCAL_UPDATES;
      await this.#picture();
    });
    return true;
  }

  #queue(work: () => Promise<void>): void {
    const before = this.#next;
    this.#next = before === null ? work : () => before().then(work);
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      for (let work = this.#next; work; work = this.#next) {
        this.#next = null;
        await work();
      }
    } catch (error) {
      this.#next = null;
      this.#complain(error);
    } finally {
      this.#busy = false;
    }
  }

  /** Rests from training: a chain that runs beside it would have forgotten the hand before it is lifted. */
  #hold(): Promise<void> {
    return this.engine.pause().catch((error: unknown) => this.#complain(error));
  }

  async #picture(): Promise<void> {
    const id = stageView(this.store.state.lab);
    if (id === null || !this.engine.isOfLab) return;
    const { views } = await this.engine.frame([id], false);
    if (views[0]) this.draw(views[0]);
  }

  /** Runs the chain alone until it is held, training goes on, or nobody has looked for long. */
  async #run(): Promise<void> {
    if (this.#runsAlone || !this.#spins) return;
    await this.#hold();
    this.#runsAlone = true;
    this.#show(this.store.state);
    const spins = this.#spins;
    const started = performance.now();
    let news = started;
    try {
      while (this.#runsAlone && this.#spins === spins && !this.store.state.home && performance.now() - started < LONGEST_MS) {
        const begun = performance.now();
        const local = this.store.state.params["chain"] === "metropolis" || this.#local-- > 0;
        await this.engine.chain(1);
        await this.#picture();
        if (begun - news > NEWS_MS) {
          news = begun;
          this.touched();
        }
        const pause = (local ? PACE_MS.local : PACE_MS.cluster) - (performance.now() - begun);
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, pause)));
      }
    } catch (error) {
      this.#complain(error);
    } finally {
      if (this.#spins === spins) this.#stop();
    }
  }

  #stop(): void {
    if (!this.#runsAlone) return;
    this.#runsAlone = false;
    this.#show(this.store.state);
    this.touched();
  }

  #complain(error: unknown): void {
    if (error instanceof Refusal) notice(error.message, "problem");
    else if (!(error instanceof Superseded || error instanceof Crash)) console.error(error);
  }
}
