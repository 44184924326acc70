// Which device the run belongs on: found by timing a real step of this lab on both, not by what exists.

import { t } from "./language";
import type { Store } from "./store";
import { Client, nextSession } from "./client";
import { probeGpu } from "./device";
import type { Engine } from "./engine";
import { milliseconds } from "./format";

/** The GPU has to win by this much, since moving there costs time and memory. */
const WORTH_MOVING = 0.8;
/** Loading the artefact, opening the lab and compiling its kernels may take so long. */
const TRIAL_MS = 60_000;
const WARM_UP_STEPS = 3;
const TIMED_STEPS = 10;
/** A knob turned twice in this time is tried once. */
const SETTLE_MS = 1500;

/** Decides about the device and moves the run. */
export class Ladder {
  #attempt = 0;
  /** GPU time of a step by network and lattice: a trial is not repeated. */
  readonly #timed = new Map<string, number>();
  #absent: string | null = null;

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
    private readonly announce: (text: string) => void,
  ) {}

  /** Decides anew: after opening, and when the wish has changed. */
  async climb(): Promise<void> {
    const attempt = ++this.#attempt;
    const outdated = () => attempt !== this.#attempt;
    const { wish } = this.store.state;
    if (wish === "cpu") return this.#stayOnCpu(t("You chose the CPU."));
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    if (outdated() || this.engine.kind === "gpu") return;
    if (wish === "auto" && this.#absent) return this.#reason(this.#absent);

    const probe = await probeGpu(wish === "gpu");
    if (outdated()) return;
    if (!probe.found) {
      if (wish === "gpu") this.announce(`${probe.reason} ${t("Computing on the CPU.")}`);
      else this.#absent = probe.reason;
      return this.#reason(probe.reason);
    }
    // There has to be something to compare with, and it has to be timed before the trial takes its share of the machine.
    while (wish === "auto" && this.store.state.device.msPerStep === null) {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      if (outdated()) return;
    }
    const cpu = this.store.state.device.msPerStep ?? Infinity;
    const known = this.#timed.get(this.#key());
    if (wish === "auto" && known !== undefined && known >= WORTH_MOVING * cpu) {
      return this.#reason(comparison(probe.name, known, cpu));
    }
    await this.#try(probe.name, cpu, outdated);
  }

  /** The run is back on the CPU since the GPU failed: it is not tried again unless the reader asks. */
  gaveUp(reason: string): void {
    this.#attempt++;
    this.#absent = t("The GPU failed: {why}.", { why: reason });
    this.#reason(this.#absent);
  }

  async #stayOnCpu(reason: string): Promise<void> {
    if (this.engine.kind === "gpu") {
      const client = new Client("cpu", silent);
      await client.ready;
      await this.engine.moveTo(client);
    }
    this.#reason(reason);
  }

  async #try(name: string, cpu: number, outdated: () => boolean): Promise<void> {
    const { wish } = this.store.state;
    this.#reason(t("Trying the GPU ({name}).", { name }));
    let perStep: number | null = null;
    let crash: string | null = null;
    const client = new Client("gpu", {
      progress: (_, event) => (perStep = event.ms_per_step || perStep),
      crashed: (reason) => (crash = reason),
    });
    let moved = false;
    const limit = setTimeout(() => client.terminate(), TRIAL_MS);
    try {
      await client.ready;
      const opening = this.engine.opening;
      if (!opening || outdated()) return;
      const key = this.#key();
      if (wish === "auto") {
        const session = nextSession();
        await client.call(session, { type: "open", ...opening }, "opened");
        await client.call(session, { type: "run", steps: WARM_UP_STEPS }, "stopped");
        await client.call(session, { type: "run", steps: TIMED_STEPS }, "stopped");
        await client.call(session, { type: "close" }, "done");
        if (perStep === null) throw new Error(t("its steps could not be timed"));
        this.#timed.set(key, perStep);
        if (outdated() || key !== this.#key()) return;
        if (perStep >= WORTH_MOVING * cpu) return this.#reason(comparison(name, perStep, cpu));
      }
      clearTimeout(limit);
      await this.engine.moveTo(client);
      moved = true;
      this.#reason(perStep === null ? t("You chose the GPU ({name}).", { name }) : comparison(name, perStep, cpu));
    } catch (error) {
      if (outdated()) return;
      const reason = t("The GPU ({name}) was found but failed: {why}.", { name, why: crash ?? (error as Error).message });
      this.#absent = reason;
      this.#reason(reason);
      if (wish === "gpu") this.announce(`${reason} ${t("Computing on the CPU.")}`);
    } finally {
      clearTimeout(limit);
      if (!moved) client.terminate();
    }
  }

  /** What decides about the time of a step: lab, lattice, network. */
  #key(): string {
    const { lab, params } = this.store.state;
    return JSON.stringify([lab.id, lab.params.filter((p) => p.stage === "build").map((p) => params[p.id])]);
  }

  #reason(reason: string): void {
    this.store.set({ device: { ...this.store.state.device, reason } });
  }
}

function comparison(name: string, gpu: number, cpu: number): string {
  const said = { name, gpu: milliseconds(gpu), cpu: milliseconds(cpu) };
  return gpu < WORTH_MOVING * cpu
    ? t("The GPU ({name}) is faster: {gpu} a step there, {cpu} on the CPU.", said)
    : t("The GPU ({name}) is not faster enough to move there: {gpu} a step there, {cpu} on the CPU.", said);
}

const silent = { progress: () => undefined, crashed: () => undefined };
