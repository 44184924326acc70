// What the page remembers: the run that was on the screen last, and those that the reader keeps.

import type { Acts } from "../acts";
import { Superseded } from "../client";
import type { CurveMark } from "../curve_mark";
import type { Engine } from "../engine";
import { snapshotHeader } from "../files";
import { language, t } from "../language";
import { dismiss, notice } from "../notice";
import type { Store } from "../store";
import { allRuns, forget, LAST, putRun, type Run, runOf, StorageProblem } from "./database";

/** The notice that offers to go on. */
const OFFER = "memory";
/** Whether the reader wants no traces, in the browser's small storage. */
const OFF = "lattice-lab-forgetful";

/** Keeps runs, and brings them back. */
export class Memory {
  /** What the reader has not yet answered: it is not written over by less. */
  #offered: Run | null = null;
  /** Where the page began: another address means that the reader has done something. */
  #began = "";
  #writing = false;
  /** Whether the last run may be looked at and written: not before it has been looked for. */
  #awake = false;
  /** Why nothing is remembered; told where somebody asks. */
  trouble: string | null = null;

  constructor(
    private readonly store: Store,
    private readonly engine: Engine,
    private readonly acts: Acts,
    private readonly mark: CurveMark,
  ) {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && store.state.activity === "running") void engine.save().catch(() => undefined);
    });
  }

  /** Offers the last run at the home, and where the address asks for it. */
  async offer(): Promise<void> {
    // A page in another page is that one's to remember.
    if (window.parent !== window) return;
    this.#began = this.store.state.home ? "" : this.acts.hash;
    try {
      const last = this.remembers ? await runOf(LAST) : undefined;
      if (last && last.step > 0 && (this.#began === "" || this.#began === last.address)) {
        this.#offered = last;
        const text = t("Here you left off {ago}: {name}.", { ago: ago(last.date), name: last.name });
        notice(text, "info", { label: t("Go on where you left off (step {step})", { step: last.step }), act: () => void this.goOn(last) }, OFFER);
      }
    } catch (error) {
      this.#note(error);
    }
    this.#awake = true;
  }

  /** Whether the last run is remembered without being asked. */
  get remembers(): boolean {
    try {
      return localStorage.getItem(OFF) === null;
    } catch {
      return true;
    }
  }
  set remembers(on: boolean) {
    try {
      if (on) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    } catch {
      // Where this is forbidden, so is the rest.
    }
    if (!on) void forget(LAST).catch((error: unknown) => this.#note(error));
  }

  /** Takes note of a snapshot. */
  async saved(bytes: Uint8Array): Promise<void> {
    if (!this.#awake || this.#writing || !this.remembers) return;
    const run = this.#run(LAST, bytes);
    if (!run || run.step === 0 || !this.#supersedes(run)) return;
    this.#writing = true;
    try {
      await putRun(run);
      this.trouble = null;
    } catch (error) {
      // Not told at once: nothing is lost that the reader asked for.
      this.#note(error);
    } finally {
      this.#writing = false;
    }
  }

  /** Keeps the run on the screen under a name. */
  async keep(name: string): Promise<void> {
    const run = this.#run(crypto.randomUUID(), await this.engine.save());
    if (run) await putRun({ ...run, name: name.trim() || run.name });
  }

  /** Opens a run. */
  async goOn(run: Run): Promise<void> {
    dismiss(OFFER);
    this.#offered = null;
    try {
      await this.acts.restore(run);
      this.mark.detours = run.detours;
    } catch (error) {
      if (error instanceof Superseded) return;
      notice(t("{name} cannot be brought back: {why}. The run on the screen is as it was.", { name: run.name, why: (error as Error).message }), "problem");
    }
  }

  /** Everything that is kept. */
  runs(): Promise<Run[]> {
    return allRuns();
  }

  remove(run: Run): Promise<void> {
    return forget(run.id);
  }

  /** Deletes everything; from here on this visit leaves no trace either. */
  async removeAll(): Promise<void> {
    this.#awake = false;
    this.#offered = null;
    dismiss(OFFER);
    await forget();
  }

  /** How the run on the screen is called if nobody says otherwise. */
  get name(): string {
    const { lab, preset, seed, step } = this.store.state;
    return t("{lab}, {preset}, seed {seed}, step {step}", { lab: lab.title, preset: preset.title, seed, step });
  }

  /** While an offer stands, only what is further, or what the reader has wanted, takes its place. */
  #supersedes({ step, address }: Run): boolean {
    if (!this.#offered) return true;
    const stands = document.querySelector(`.notice[data-topic="${OFFER}"]`) !== null;
    if (stands && step < this.#offered.step && address === this.#began) return false;
    this.#offered = null;
    dismiss(OFFER);
    return true;
  }

  #run(id: string, bytes: Uint8Array): Run | null {
    const header = snapshotHeader(bytes);
    const { lab, preset, seed, activity, trainedBefore } = this.store.state;
    // Another session may have begun since the snapshot was asked for.
    if (!header || header.lab !== lab.id || header.seed !== seed) return null;
    const { step } = header.state;
    return {
      id,
      name: t("{lab}, {preset}, seed {seed}, step {step}", { lab: lab.title, preset: preset.title, seed, step }),
      lab: lab.id,
      address: this.acts.hash,
      seed,
      step,
      trainedBefore,
      date: Date.now(),
      bytes,
      losses: this.engine.losses.until(step),
      detours: this.mark.detours,
      goesOn: activity === "running" || activity === "finished",
    };
  }

  #note(error: unknown): void {
    this.trouble = error instanceof StorageProblem ? error.message : String(error);
  }
}

/** How long ago, in words. */
function ago(date: number): string {
  const minutes = Math.round((Date.now() - date) / 60_000);
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (minutes < 1) return t("just now");
  if (minutes < 60) return words.format(-minutes, "minute");
  return minutes < 36 * 60 ? words.format(-Math.round(minutes / 60), "hour") : words.format(-Math.round(minutes / 1440), "day");
}
