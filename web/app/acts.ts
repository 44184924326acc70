// What the reader can do to the run: each act changes the session, the state and the address together.

import type { LabDescription } from "./bindings/LabDescription";
import type { ParamSpec } from "./bindings/ParamSpec";
import type { Preset } from "./bindings/Preset";
import type { Value } from "./bindings/Value";
import { Crash, LatticeLabError, Refusal, Superseded } from "./client";
import type { Engine } from "./engine";
import { snapshotHeader } from "./files";
import { plainValue } from "./format";
import { labNames, labOf } from "./labs";
import type { Ladder } from "./ladder";
import { t } from "./language";
import type { Run } from "./memory/database";
import { dismiss, notice } from "./notice";
import type { Panel } from "./panels";
import { differences, type DeviceWish, type Params, presetParams, presetViews, type Store } from "./store";
import { MORE_STEPS, type Transport } from "./transport";
import { DEFAULT_SEED, type Link, readHash, writeHash } from "./url_state";

/** Notices about what an address asks for, and about trained weights: the next address, or run, takes them away. */
const ADDRESS = "address";
const WEIGHTS = "weights";

/** The acts. */
export class Acts implements Transport {
  /** Counts what is wanted on the screen: of several openings that are not begun yet, only the last counts. */
  #wanted = 0;
  /** How many openings are under way: until all are through, the screen is ahead of the session. */
  #underWay = 0;
  /** The value wanted last of each parameter that is being changed while the run goes on. */
  readonly #changing = new Map<string, Value>();

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
    private readonly ladder: Ladder,
    /** Tells that there is something new to draw. */
    private readonly touched: () => void,
  ) {}

  // ---- the transport bar ----

  /** Begins the run of an exercise in its own way; gives whether there is one that waits for it. */
  beginExercise: () => boolean = () => false;

  playOrPause(): void {
    const { activity, plan } = this.store.state;
    if (this.beginExercise()) return;
    if (activity === "running") this.#start(this.engine.pause());
    else if (activity === "finished" && plan.steps === 0) this.reset();
    else if (activity === "finished") this.#start(this.#runMore(MORE_STEPS));
    else if (activity === "paused" && this.engine.stepsLeft > 0) this.#start(this.#runMore(this.engine.stepsLeft));
    else if (activity === "paused") this.#start(this.engine.run());
  }

  step(): void {
    const { activity, plan } = this.store.state;
    if (plan.steps === 0) return;
    if (activity === "running" || activity === "paused" || activity === "finished") this.#start(this.engine.run(1));
  }

  reset(): void {
    const { activity, params, seed } = this.store.state;
    void this.#reopen(params, seed, activity !== "paused");
  }

  /** Goes on from the state that was kept with smaller steps, of a size that is a parameter. */
  async slowDown(size: string): Promise<void> {
    const { lab, params } = this.store.state;
    const spec = lab.params.find(({ id }) => id === size)!;
    const { kind } = spec;
    if (kind.type === "float") await this.change(spec, Math.max(kind.min, Number((Number(params[spec.id]) / 3).toPrecision(2))));
    this.#start(this.engine.run());
  }

  newSeed(): void {
    this.useSeed(crypto.getRandomValues(new Uint32Array(1))[0]! % 100_000);
  }

  useSeed(seed: number): void {
    void this.#reopen(this.store.state.params, seed, true);
  }

  // ---- parameters and presets ----

  /** Sets a parameter by hand: the core's refusal goes to its field. */
  async change(spec: ParamSpec, value: Value): Promise<void> {
    // A field that goes with its lab may say what was typed last.
    if (!this.store.state.lab.params.includes(spec)) return;
    const changing = this.#changing.has(spec.id);
    if (value === this.store.state.params[spec.id] && !changing) return this.#refuse(spec.id, null);
    const { kind } = spec;
    if ((kind.type === "int" || kind.type === "float") && typeof value !== "number") {
      const said = value === "" ? '""' : String(value);
      return this.#refuse(spec.id, t("{id} = {got} is not a number from {min} to {max}", { id: spec.id, got: said, min: plainValue(kind.min), max: plainValue(kind.max) }));
    }
    if (spec.stage === "build" || this.#underWay > 0 || !this.engine.isOfLab) {
      await this.#reopen({ ...this.store.state.params, [spec.id]: value }, this.store.state.seed, this.#runsOn(), spec.id);
      return;
    }
    // While a hand moves a slider, what is behind by more than one position is not computed.
    this.#changing.set(spec.id, value);
    if (changing) return;
    try {
      let now: Value | undefined;
      while (now !== this.#changing.get(spec.id)) {
        now = this.#changing.get(spec.id)!;
        await this.engine.set(spec.id, now);
      }
      this.writeAddress("replace");
      this.#complete();
      this.touched();
    } catch (error) {
      this.#complain(error, spec.id);
    } finally {
      this.#changing.delete(spec.id);
    }
  }

  /** Sets a parameter by program: the core's refusal goes to the caller. */
  async set(id: string, value: Value): Promise<void> {
    const { lab, params, seed } = this.store.state;
    const spec = lab.params.find((p) => p.id === id);
    if (!spec) throw new LatticeLabError(`unknown parameter \`${id}\`; known: ${lab.params.map((p) => p.id).join(", ")}`);
    if (spec.stage === "build") await this.open(lab, differences({ ...params, [id]: value }, presetParams(lab, lab.presets[0]!)), seed);
    else await this.engine.set(id, value);
    this.writeAddress("replace");
    this.touched();
  }

  /** Draws samples by program. */
  async sample(count: number): Promise<void> {
    await this.engine.sample(count);
    this.touched();
  }

  /** Advances the chain by program. */
  async chain(updates: number): Promise<void> {
    await this.engine.chain(updates);
    this.touched();
  }

  /** Lays a hand on the chain by program. */
  async touch(gesture: string, numbers: number[]): Promise<void> {
    await this.engine.touch(gesture, numbers);
    this.writeAddress("replace");
    this.touched();
  }

  choosePreset(id: string): void {
    const { lab, seed } = this.store.state;
    const preset = lab.presets.find((p) => p.id === id);
    if (!preset) return;
    this.store.set({ preset, plotted: presetViews(lab, preset) });
    void this.#reopen(presetParams(lab, preset), preset.weights === null ? seed : DEFAULT_SEED, true);
  }

  undoChanges(): void {
    const { lab, preset, seed } = this.store.state;
    void this.#reopen(presetParams(lab, preset), seed, this.#runsOn());
  }

  plot(nth: number, id: string): void {
    const plotted = [...this.store.state.plotted];
    const elsewhere = plotted.indexOf(id);
    // A view that stands in the other place changes places with this one.
    if (elsewhere >= 0) plotted[elsewhere] = plotted[nth]!;
    plotted[nth] = id;
    this.store.set({ plotted });
    this.writeAddress("replace");
  }

  /** Hides parts of the page. */
  hide(hidden: readonly Panel[]): void {
    this.store.set({ hidden });
    this.writeAddress("replace");
  }

  // ---- labs, files, devices, addresses ----

  /** Opens a lab by program, ready to run. */
  async open(lab: LabDescription, params: Record<string, Value>, seed: number): Promise<void> {
    await this.#opening(this.engine.open({ lab: lab.id, params, seed }, this.#want()));
    const now = this.store.state;
    // A preset with weights is that preset only with them.
    const preset = lab === now.lab && now.preset.weights === null ? now.preset : lab.presets[0]!;
    this.store.set({ lab, preset, plotted: lab === now.lab ? now.plotted : presetViews(lab, preset) });
    this.writeAddress("push");
    this.#start(this.ladder.climb());
  }

  /** Gives the lab a file of data; it may set parameters by what it finds there. */
  async loadData(bytes: Uint8Array, name: string): Promise<void> {
    await this.engine.loadData(bytes, name);
    this.writeAddress("replace");
    this.touched();
  }

  /** Opens a session from a file's bytes. The description of its lab is fetched before anything is changed. */
  async load(bytes: Uint8Array): Promise<void> {
    const id = snapshotHeader(bytes)?.lab ?? null;
    const lab = labNames.some((one) => one.id === id) ? await labOf(id!) : null;
    await this.#opening(this.engine.load(bytes, this.#want()));
    if (lab && lab !== this.store.state.lab) {
      const preset = lab.presets[0]!;
      this.store.set({ lab, preset, plotted: presetViews(lab, preset) });
    }
    this.writeAddress("push");
  }

  /** Opens a run that the page has kept: with its preset, plots and losses, and running if it was. */
  async restore({ bytes, address, losses, step, trainedBefore, goesOn }: Run): Promise<void> {
    const { link } = await readHash(address);
    await this.#opening(this.engine.load(bytes, this.#want()));
    const { lab, preset, plotted } = link;
    this.store.set({ lab, preset, plotted, trainedBefore });
    if (losses.length > 0) this.engine.losses.push(losses, step);
    this.writeAddress("push");
    this.touched();
    if (goesOn) this.#start(this.engine.run());
  }

  /** Wishes for a device; resolves when it is decided whether the run moves there. */
  wish(wish: DeviceWish): Promise<void> {
    this.store.set({ wish });
    this.writeAddress("replace");
    const decided = this.ladder.climb();
    this.#start(decided);
    return decided;
  }

  /** Makes the page what its address says: at the start, and when the address changes; if it is to be `anew`, even what is open is opened. An exercise waits to be run. */
  async follow(hash: string, first: boolean, anew = false): Promise<void> {
    const stillWanted = this.#want();
    if (hash === "") {
      dismiss(ADDRESS);
      this.store.set({ home: true, hidden: [], embed: "full", task: {} });
      return;
    }
    const { link, complaints, strangers } = await readHash(hash);
    if (!stillWanted()) return;
    const now = this.store.state;
    dismiss(ADDRESS);
    const same = !anew && this.engine.isOfLab && this.#underWay === 0 && link.lab === now.lab && link.seed === now.seed && link.preset === now.preset;
    const changed = Object.keys(differences(link.params, now.params));
    const live = (id: string) => link.lab.params.some((p) => p.id === id && p.stage === "live");
    const { lab, preset, plotted, wish, hidden, embed, task, params, seed } = link;
    // Another lab is on the screen at once; what was known of the one before says nothing about it.
    this.store.set({ home: false, lab, preset, plotted, wish, hidden, embed, task, ...(lab !== now.lab && { params, seed, given: null, observables: null, activity: "starting" }) });
    if (same && changed.every(live)) {
      for (const id of changed) await this.engine.set(id, link.params[id]!).catch((error: unknown) => this.#complain(error, id));
      this.#complete();
    } else {
      try {
        complaints.push(...(await this.#openForgiving(link, stillWanted)));
      } catch (error) {
        if (error instanceof Superseded) return;
        // The session before is still there.
        if (!first && stillWanted()) this.store.set({ ...now, wish, ...(error instanceof Crash && { activity: "broken" }) });
        throw error;
      }
      if (!("exercise" in task || "ask" in task)) this.#start(this.engine.run());
    }
    if (complaints.length > 0) {
      notice(`${t("The address asks for what cannot be, where the default is used:")}\n${complaints.join("\n")}`, "problem", undefined, ADDRESS);
      this.writeAddress("replace");
    }
    if (first && Object.values(link.params).includes("drawn")) {
      notice(t("The address says that a curve was drawn, but cannot carry it: a saved model can. It begins anew here."), "info", undefined, ADDRESS);
    }
    if (strangers.length > 0) notice(t("Ignored in the address: {keys}.", { keys: strangers.join(", ") }), "info", undefined, ADDRESS);
    this.#start(this.ladder.climb());
  }

  /** Opens what an address asks for. Parameters that the core refuses are left at their defaults; gives its sentences. */
  async #openForgiving(link: Link, stillWanted: () => boolean): Promise<string[]> {
    const complaints: string[] = [];
    const { lab, preset, seed } = link;
    const base = presetParams(lab, preset);
    const params: Record<string, Value> = { ...link.params };
    this.store.set({ params, seed });
    for (;;) {
      try {
        await this.#openSession(lab, preset, params, seed, stillWanted);
        return complaints;
      } catch (error) {
        const id = error instanceof Refusal ? error.param : null;
        if (id === null || base[id] === undefined || params[id] === base[id]) throw error;
        params[id] = base[id];
        this.store.set({ params: { ...params } });
        complaints.push((error as Error).message);
      }
    }
  }

  /** The hash of the lab on the screen, or behind the home. */
  get hash(): string {
    return writeHash(this.store.state);
  }

  writeAddress(how: "push" | "replace"): void {
    // Only what is new leaves the home.
    if (how === "push") this.store.set({ home: false });
    const hash = this.store.state.home ? "" : `#${this.hash}`;
    if (hash === location.hash) return;
    const url = hash || location.pathname + location.search;
    if (how === "push") history.pushState(null, "", url);
    else history.replaceState(null, "", url);
  }

  // ---- inside ----

  /** A new wish for the screen; gives whether it is still the last. */
  #want(): () => boolean {
    const wanted = ++this.#wanted;
    return () => wanted === this.#wanted;
  }

  /** Waits for an opening, and knows meanwhile that there is one. */
  async #opening(opening: Promise<void>): Promise<void> {
    this.#underWay++;
    await opening.finally(() => this.#underWay--);
  }

  /** Opens the lab on the screen anew. The last of several wishes wins; a refused one changes nothing, and is told at the knob `turned`. */
  async #reopen(params: Params, seed: number, run: boolean, turned: string | null = null): Promise<void> {
    const { lab, preset } = this.store.state;
    const overtakes = this.#underWay > 0;
    try {
      await this.#openSession(lab, preset, params, seed, this.#want());
      if (this.store.state.home) return;
      this.writeAddress("push");
      // A model that was trained before has samples left to draw.
      if (run || this.store.state.activity === "finished") this.#start(this.engine.run());
      this.#start(this.ladder.climb());
    } catch (error) {
      // What it has overtaken is on the screen, but was not opened.
      if (overtakes && error instanceof Refusal) await this.#reopen(this.store.state.params, this.store.state.seed, true);
      this.#complain(error, turned);
    }
  }

  /**
   * Opens a session: from the preset's trained weights where it has some, which are those of its own build parameters and of the
   * usual seed; otherwise untrained.
   */
  async #openSession(lab: LabDescription, preset: Preset, params: Params, seed: number, stillWanted: () => boolean): Promise<void> {
    const build = (base: Params) =>
      Object.keys(differences(params, base)).filter((id) => lab.params.some((p) => p.id === id && p.stage === "build"));
    dismiss(WEIGHTS);
    if (preset.weights !== null) {
      if (seed !== DEFAULT_SEED || build(presetParams(lab, preset)).length > 0) {
        notice(t("This starts untrained: the preset's weights are for seed 1 and its own network and lattice."), "info", undefined, WEIGHTS);
      } else {
        try {
          await this.#opening(shippedWeights(preset.weights).then((bytes) => this.engine.load(bytes, stillWanted)));
          const others = build(this.store.state.params);
          if (others.length > 0 || this.store.state.seed !== seed) throw new Error(others.length > 0 ? t("another {others}", { others: others.join(", ") }) : t("another seed"));
          this.store.set({ trainedBefore: this.store.state.step });
          for (const [id, value] of Object.entries(differences(params, this.store.state.params))) await this.engine.set(id, value);
          this.engine.byLink = this.engine.kind === "cpu";
          return;
        } catch (error) {
          if (error instanceof Superseded || error instanceof Crash) throw error;
          notice(t("The trained weights {file} cannot be used ({why}): the model starts untrained.", { file: preset.weights, why: (error as Error).message }), "problem");
        }
      }
    }
    await this.#opening(this.engine.open({ lab: lab.id, params: overrides(lab, params), seed }, stillWanted));
    this.engine.byLink = this.engine.kind === "cpu";
  }

  /** After a change to a finished run, does what its plan has come to lack: steps of a longer one, samples of another theory. */
  #complete(): void {
    const { activity, step, samples, plan } = this.store.state;
    if (activity === "finished" && (step < plan.steps || samples < plan.samples)) this.#start(this.engine.run());
  }

  /** Trains beyond the plan, then draws the plan's samples from the better model. */
  async #runMore(steps: number): Promise<void> {
    if (await this.engine.run(steps)) await this.engine.run();
  }

  /** Lets something run on its own; what goes wrong with it is told. */
  #start(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#complain(error));
  }

  #runsOn(): boolean {
    const { activity, step } = this.store.state;
    return activity !== "paused" || step > 0;
  }

  /** Tells what went wrong: at the knob that was turned, else at the one that the core names. Values that do not go together have several. */
  #complain(error: unknown, turned: string | null = null): void {
    if (error instanceof Refusal && error.param !== null) this.#refuse(turned ?? error.param, error.message);
    else if (error instanceof Refusal) notice(error.message, "problem");
    // Of a crash the reader hears from the engine; a superseded call is no news.
    else if (!(error instanceof Superseded || error instanceof Crash)) console.error(error);
  }

  #refuse(id: string, message: string | null): void {
    const { [id]: _, ...others } = this.store.state.refusals;
    this.store.set({ refusals: message === null ? others : { ...others, [id]: message } });
  }
}

function overrides(lab: LabDescription, params: Params): Record<string, Value> {
  return differences(params, Object.fromEntries(lab.params.map((p) => [p.id, p.default])));
}

/** The bytes of trained weights that come with the page. */
async function shippedWeights(file: string): Promise<Uint8Array> {
  const answer = await fetch(`./weights/${file}?${BUILD_ID}`);
  if (!answer.ok) throw new Error(t("the server answers {status}", { status: answer.status }));
  return new Uint8Array(await answer.arrayBuffer());
}
