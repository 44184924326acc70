// The run: one session on one worker, opened, trained, saved, moved to another device, and brought back when its worker dies.

import type { DeviceKind } from "./bindings/DeviceKind";
import type { Event } from "./bindings/Event";
import type { Progress } from "./bindings/Progress";
import type { Request } from "./bindings/Request";
import type { Value } from "./bindings/Value";
import { Client, Crash, type EventOf, type Listener, nextSession, Refusal, Superseded } from "./client";
import type { Emitter } from "./events";
import { snapshotHeader } from "./files";
import { t } from "./language";
import { LossHistory } from "./loss_history";
import type { Activity, Params, State, Store } from "./store";

/** What identifies a run from its first bit on. */
export interface Opening {
  lab: string;
  params: Record<string, Value>;
  seed: number;
}

/** What the engine leaves to the page. */
export interface Hooks {
  /** The worker has died and does not go on by itself; `kept` is the step of the last snapshot, null if there is none. */
  broken(reason: string, kept: number | null): void;
  /** The GPU has died; the run goes on with the CPU from `step`. */
  fellBack(reason: string, step: number): void;
  /** A snapshot of the session on the screen was taken. */
  saved(bytes: Uint8Array): void;
}

/** Slices come faster than pictures: what they tell is shown with the next picture, or after this time if none comes. */
const NEWS_MS = 250;
/** How often a running session is saved, so that little is lost with its worker. */
const SNAPSHOT_MS = 5000;

/** The run that the page shows. */
export class Engine {
  readonly losses = new LossHistory();
  /** Whether the run is what its link alone gives, to the last bit: on the CPU, and with nothing done to it since it was opened. */
  byLink = false;
  #client: Client | null = null;
  #session = 0;
  #opening: Opening | null = null;
  #snapshot: Uint8Array | null = null;
  /** The step that the run in hand goes to; null is the end of the plan. */
  #goal: number | null = null;
  #finish: ((finished: boolean) => void) | null = null;
  #news: Partial<State> = {};
  /** What a step takes, kept apart from the rest of the device: its reason may change before this is shown. */
  #msPerStep: number | null = null;
  #newsTimer: number | undefined;
  /** Whether there was a run to go on with when the worker died. */
  #goesOn = false;
  /** Whether the run is about to rest, or rests, because nobody looks; see {@link rest}. */
  #rest: "no" | "falling" | "asleep" = "no";
  #looked = true;
  /** Counts who drives the run: the answer to an earlier turn's call is no longer news. */
  #turn = 0;
  /** One thing at a time: opening, loading and moving wait for each other. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: Store,
    private readonly emitter: Emitter,
    private readonly hooks: Hooks,
  ) {
    window.setInterval(() => {
      if (this.store.state.activity === "running") void this.#keepSnapshot();
    }, SNAPSHOT_MS);
  }

  /** What the session on the screen was opened with; null before the first. */
  get opening(): Opening | null {
    return this.#opening;
  }

  /** Whether the session is one of the lab on the screen; while another is on its way, it is still that of the one before. */
  get isOfLab(): boolean {
    return this.#opening?.lab === this.store.state.lab.id;
  }

  /** The number of the session on the screen: another run, or the same on another device, has another. */
  get session(): number {
    return this.#session;
  }

  get kind(): DeviceKind {
    return this.#client?.kind ?? "cpu";
  }

  /** How many steps a paused run of so many steps has left. */
  get stepsLeft(): number {
    return this.#goal === null ? 0 : Math.max(0, this.#goal - this.store.state.step);
  }

  get #kept(): number | null {
    return this.#snapshot && (snapshotHeader(this.#snapshot)?.state.step ?? null);
  }

  /** Starts loading the core, so that it comes while the page is drawn. */
  start(): void {
    this.#worker();
  }

  /** Opens a session in place of the one there is, which stays if the core refuses. Not if, when its turn comes, another is wanted. */
  open(opening: Opening, stillWanted = () => true): Promise<void> {
    return this.#alone(async () => {
      if (!stillWanted()) throw new Superseded();
      const session = nextSession();
      const opened = await this.#worker().call(session, { type: "open", ...opening }, "opened");
      this.#opening = opening;
      this.#snapshot = null;
      this.#begin(session, opened, "paused", stillWanted());
    });
  }

  /** Opens a session from saved bytes; likewise. */
  load(bytes: Uint8Array, stillWanted = () => true): Promise<void> {
    return this.#alone(async () => {
      if (!stillWanted()) throw new Superseded();
      const session = nextSession();
      const opened = await this.#worker().call(session, { type: "load", bytes }, "opened");
      this.#opening = { lab: opened.lab, params: Object.fromEntries(opened.params), seed: opened.seed };
      this.#snapshot = bytes;
      this.#begin(session, opened, opened.step > 0 && opened.step >= opened.plan.steps ? "finished" : "paused", stillWanted());
    });
  }

  /** Trains `steps` more, or to the end of the plan and its samples. Resolves when the run ends: true if it was not cut short. */
  async run(steps: number | null = null): Promise<boolean> {
    await this.pause();
    this.flush();
    this.#rest = "no";
    this.#finish?.(false);
    this.#goal = steps === null ? null : this.store.state.step + steps;
    const ended = new Promise<boolean>((resolve) => (this.#finish = resolve));
    void this.#drive();
    return ended;
  }

  /** Stops after the step in hand. */
  async pause(): Promise<void> {
    if (this.#rest === "asleep") this.#end(false);
    this.#rest = "no";
    if (this.store.state.activity !== "running") return;
    await this.#ask({ type: "pause" }, "done");
  }

  /** Nobody looks: stops after the step in hand, without ending the run. */
  async rest(): Promise<void> {
    this.#looked = false;
    if (this.store.state.activity !== "running" || this.#rest !== "no") return;
    this.#rest = "falling";
    await this.#ask({ type: "pause" }, "done").catch(() => undefined);
  }

  /** Somebody looks: goes on with the run that rests, if one does. */
  wake(): void {
    this.#looked = true;
    if (this.#rest !== "asleep") return;
    this.#rest = "no";
    if (this.store.state.activity === "paused") void this.#drive();
  }

  /** Shows what the last slices have told. */
  flush(): void {
    window.clearTimeout(this.#newsTimer);
    this.#newsTimer = undefined;
    const news = this.#news;
    const msPerStep = this.#msPerStep;
    this.#news = {};
    this.#msPerStep = null;
    if (Object.keys(news).length === 0) return;
    const device = { ...this.store.state.device, msPerStep };
    this.store.set(msPerStep === null ? news : { ...news, device });
    if (msPerStep !== null) this.emitter.emit("device", device);
  }

  /** Changes a parameter that may change while the session runs. */
  async set(id: string, value: Value): Promise<void> {
    this.byLink = false;
    const answer = await this.#ask({ type: "set", id, value }, "param_set");
    if (this.#opening) this.#opening = { ...this.#opening, params: { ...this.#opening.params, [id]: answer.value } };
    const { lab, params, step, refusals } = this.store.state;
    const { [id]: _, ...others } = refusals;
    // Losses of another theory have another floor; those of another training may be another quantity.
    const group = lab.params.find((p) => p.id === id)?.group;
    if (group === "physics") this.losses.clear(step);
    else if (group === "training") this.losses.break();
    this.store.set({ params: { ...params, [id]: answer.value }, plan: answer.plan, given: answer.given, samples: answer.samples, refusals: others });
  }

  /** Draws samples from the model as it is. */
  async sample(count: number): Promise<void> {
    this.byLink = false;
    await this.#ask({ type: "sample", count }, "done");
  }

  /** Advances the chain without training. */
  async chain(updates: number): Promise<void> {
    this.byLink = false;
    await this.#ask({ type: "chain", updates }, "done");
  }

  /** Advances what the lab does in the background, or only asks how far it is; null if there is nothing. */
  async background(updates: number): Promise<Progress | null> {
    return (await this.#ask({ type: "background", updates }, "background")).progress;
  }

  /** Lays a hand on the chain's configuration. */
  async touch(gesture: string, numbers: number[]): Promise<void> {
    this.#take(await this.#ask({ type: "touch", gesture, numbers }, "taken"));
  }

  /** Trains on the configurations of a file from now on: the plan begins anew. */
  async loadData(bytes: Uint8Array, name: string): Promise<void> {
    this.#take(await this.#ask({ type: "data", name, bytes }, "taken"));
    this.losses.clear(this.store.state.step);
    this.emitter.emit("data", { name });
  }

  /** Parameters, plan and data, after what may have changed them. */
  #take({ params, plan, given }: EventOf<"taken">): void {
    this.byLink = false;
    const taken: Params = Object.fromEntries(params);
    if (this.#opening) this.#opening = { ...this.#opening, params: { ...this.#opening.params, ...taken } };
    const { params: old } = this.store.state;
    const same = Object.entries(taken).every(([id, value]) => old[id] === value);
    this.store.set(same ? { plan, given } : { params: taken, plan, given });
  }

  /** Data of views, and the observables if wanted; in haste only what is there. */
  async frame(views: string[], observables: boolean, hasty = false): Promise<EventOf<"frame">> {
    return this.#ask({ type: "frame", views, observables, hasty }, "frame");
  }

  /** The session as the bytes of a safetensors file. */
  async save(): Promise<Uint8Array> {
    const bytes = (await this.#ask({ type: "save" }, "saved")).bytes;
    this.#snapshot = bytes;
    this.hooks.saved(bytes);
    return bytes;
  }

  /** The samples that the estimates use. */
  samples(): Promise<EventOf<"samples">> {
    return this.#ask({ type: "samples" }, "samples");
  }

  /** Moves the session to another worker, which must be ready. It goes on where it was; if that fails, where it is. */
  moveTo(client: Client): Promise<void> {
    return this.#alone(async () => {
      const old = this.#client;
      const { activity } = this.store.state;
      this.#turn++;
      try {
        if (activity === "running") await this.#ask({ type: "pause" }, "done");
        const bytes = await this.save();
        const session = nextSession();
        const opened = await client.call(session, { type: "load", bytes }, "opened");
        client.listen(this.#listener(client));
        this.#client = client;
        old?.terminate();
        this.#adopt(session, opened, activity === "running" ? "paused" : activity);
      } finally {
        // Samples do not travel: a finished run draws them again.
        if (activity === "finished") this.#goal = null;
        if (this.#client && (activity === "running" || activity === "finished")) void this.#drive();
      }
    });
  }

  /** Goes on with a new worker on the CPU, from the last snapshot or from the beginning. */
  revive(): Promise<void> {
    return this.#alone(async () => {
      const bytes = this.#snapshot;
      const opening = this.#opening;
      if (!bytes && !opening) throw new Crash(t("there is nothing to go on from"));
      const session = nextSession();
      const opened = bytes
        ? await this.#worker().call(session, { type: "load", bytes }, "opened")
        : await this.#worker().call(session, { type: "open", ...opening! }, "opened");
      this.losses.rewind(opened.step);
      this.#adopt(session, opened, "paused");
      if (this.#goesOn) void this.#drive();
    });
  }

  /** The worker; a new one on the CPU if there is none. */
  #worker(): Client {
    if (!this.#client) {
      const client: Client = new Client("cpu", { progress: () => undefined, crashed: () => undefined });
      client.listen(this.#listener(client));
      this.#client = client;
    }
    return this.#client;
  }

  #ask<T extends Event["type"]>(request: Request, answer: T): Promise<EventOf<T>> {
    if (!this.#client) return Promise.reject(new Crash(t("no worker is running")));
    const client = this.#client;
    return client.call(this.#session, request, answer).catch((error: unknown) => {
      if (error instanceof Refusal && isLoss(error, client)) this.#crashed(client, error.message);
      throw error;
    });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(work, work);
    this.#queue = next.catch(() => undefined);
    return next;
  }

  /** A session that starts a new story: nothing of the old one stays. If another lab is wanted meanwhile, the screen is that one's. */
  #begin(session: number, opened: EventOf<"opened">, activity: Activity, wanted: boolean): void {
    this.byLink = false;
    this.#finish?.(false);
    this.#finish = null;
    this.#rest = "no";
    this.#goal = null;
    if (!wanted && opened.lab !== this.store.state.lab.id) {
      this.#session = session;
      this.#client?.supersede(session);
      throw new Superseded();
    }
    this.losses.clear(opened.step);
    this.store.set({ observables: null, samples: 0, trainedBefore: null, seconds: { train: 0, chain: 0, sample: 0 }, refusals: {} });
    this.#adopt(session, opened, activity);
  }

  #adopt(session: number, opened: EventOf<"opened">, activity: Activity): void {
    if (opened.device.kind === "gpu") this.byLink = false;
    this.#news = {};
    this.#msPerStep = null;
    this.#session = session;
    this.#client?.supersede(session);
    const params: Params = Object.fromEntries(opened.params);
    const { step, seed, plan, given } = opened;
    const device = { ...this.store.state.device, ...opened.device, msPerStep: null };
    this.store.set({ params, seed, plan, given, step, target: plan.steps, activity, phase: "training", device });
    this.emitter.emit("device", device);
    this.emitter.emit("opened", { lab: opened.lab, params, seed, step });
  }

  /** Runs to the goal. When another session or worker takes over, that one drives. */
  async #drive(): Promise<void> {
    const turn = ++this.#turn;
    this.flush();
    const goal = this.#goal;
    const { step, plan } = this.store.state;
    const steps = goal === null ? null : Math.max(0, goal - step);
    const phase = goal === null && step >= plan.steps ? "sampling" : "training";
    this.store.set({ activity: "running", target: goal ?? plan.steps, phase });
    const client = this.#worker();
    const session = this.#session;
    try {
      const { finished, step } = await client.call(session, { type: "run", steps }, "stopped");
      if (turn !== this.#turn || session !== this.#session) return;
      this.flush();
      if (this.#rest === "falling" && !finished) {
        this.store.set({ activity: "paused", step });
        this.#rest = "asleep";
        if (this.#looked) this.wake();
        return;
      }
      this.#rest = "no";
      // A few steps that were asked for do not finish the plan; a training that converges ends before what was planned.
      const { plan } = this.store.state;
      const done = finished && (goal === null || step >= plan.steps);
      this.store.set({ activity: done ? "finished" : "paused", step, plan: done ? { ...plan, steps: Math.min(step, plan.steps) } : plan });
      this.emitter.emit("stopped", { finished, step });
      this.#end(finished);
      void this.#keepSnapshot();
    } catch (error) {
      // Of a crash the listener has heard; the run is taken up again by whoever revives it.
      if (!(error instanceof Refusal) || turn !== this.#turn || session !== this.#session) return;
      if (isLoss(error, client)) return this.#crashed(client, error.message);
      this.flush();
      this.store.set({ activity: "paused" });
      this.emitter.emit("failed", { code: error.code, param: error.param, message: error.message });
      this.#end(false);
    }
  }

  #end(finished: boolean): void {
    const finish = this.#finish;
    this.#finish = null;
    finish?.(finished);
  }

  async #keepSnapshot(): Promise<void> {
    // A snapshot that cannot be made is no reason to stop: the one before it is kept.
    await this.save().catch(() => undefined);
  }

  #listener(client: Client): Listener {
    return {
      progress: (session, event) => {
        if (client !== this.#client || session !== this.#session) return;
        const { phase, step, target, samples, seconds } = event;
        this.losses.push(event.losses, step);
        if (phase === "training" && event.ms_per_step > 0) this.#msPerStep = event.ms_per_step;
        this.#news = { ...this.#news, phase, step, target, samples, seconds };
        this.#newsTimer ??= window.setTimeout(() => this.flush(), NEWS_MS);
        this.emitter.emit("progress", event);
      },
      crashed: (reason) => this.#crashed(client, reason),
    };
  }

  #crashed(client: Client, reason: string): void {
    if (client !== this.#client) return;
    this.flush();
    const { activity } = this.store.state;
    client.terminate();
    this.#client = null;
    // Samples are not in the snapshot: a finished run draws them again.
    if (activity !== "broken") this.#goesOn = this.#rest === "asleep" || activity === "running" || activity === "finished" || activity === "starting";
    this.emitter.emit("failed", { code: "crash", param: null, message: reason });
    if (client.kind === "gpu") {
      // A lost GPU is reported with a long chain of causes; the first line says it.
      const [first = reason] = reason.split("\n");
      this.revive().then(
        () => this.hooks.fellBack(first, this.store.state.step),
        (error: Error) => this.hooks.broken(error.message, this.#kept),
      );
    } else {
      this.store.set({ activity: "broken" });
      this.hooks.broken(reason, this.#kept);
    }
  }
}

/** Whether a refusal says that the GPU is gone. */
function isLoss(error: Refusal, client: Client): boolean {
  return error.code === "device" && client.kind === "gpu";
}
