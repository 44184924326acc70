// The exercises beside the run: predict, run, reveal. What is checked is checked on the numbers of the run on the screen.

import type { Acts } from "../acts";
import { byId, freshId, h, setAttributes, setText } from "../dom";
import type { Engine } from "../engine";
import type { Emitter } from "../events";
import { number, withError } from "../format";
import { t } from "../language";
import { notice } from "../notice";
import { copier } from "../share";
import type { State, Store } from "../store";
import { writeHash } from "../url_state";
import { openAuthor } from "./author";
import { type Check, holds, isOf, MEETS, type Measured, readCheck, said, saidTerm, secondsOf, valueOf } from "./checks";
import { lock } from "./locks";
import { isComplete, type Result, resultOf } from "./result";
import { addressOf, type BuiltIn, builtIns, type Task, taskOf } from "./task";

/** Ids of the exercises that were solved, in the browser's small storage. */
const DONE = "lattice-lab:exercises";
/** How near a predicted number is right if the exercise does not say, as a part of it. */
const WITHIN = 0.1;
/** What is a number, with a comma or a point. */
const NUMBER = "\\s*[\\-−+]?(\\d+([.,]\\d*)?|[.,]\\d+)(e[\\-+]?\\d+)?\\s*";

/** What the panel needs of the page. */
export interface Page {
  store: Store;
  engine: Engine;
  emitter: Emitter;
  acts: Acts;
}

/** The panel. */
export class Exercises {
  readonly #place = byId("teach");
  readonly #body = h("div");
  readonly #list = h("ul", { class: "checks-list" });
  readonly #status = h("p", { class: "sr", role: "status" });
  #known: readonly BuiltIn[] = [];
  #task: Task | null = null;
  #checks: readonly (Check & { text: string })[] = [];
  /** What was predicted, as the address writes it: the number of a choice, or a number. */
  #predicted: string | null = null;
  /** When a check with a limit was met, in seconds of computing. */
  readonly #met = new Map<string, number>();
  /** Whether the run was made by this panel, in one go. */
  #clean = false;
  /** The run that has made its plan, just as everybody's with this link or not; null while it runs. */
  #complete: (State & { clean: boolean }) | null = null;
  /** The last such run: what came out. */
  #last: State | null = null;
  #revealed = false;
  /** The address of a result that is to be recomputed. */
  #given = "";
  #result: Result | null = null;
  /** Whether the next complete run is for a code. */
  #wanted = false;

  constructor(private readonly page: Page) {
    const { store, emitter, acts } = page;
    acts.beginExercise = () => {
      const { activity, step, samples, task } = store.state;
      const waits = this.#shown && this.#task !== null && this.#predicted !== null && !task["result"] && activity === "paused" && step === 0 && samples < store.state.plan.samples;
      if (waits) void this.#run();
      return waits;
    };
    byId("exercises").setAttribute("aria-controls", this.#place.id);
    this.#place.append(this.#body, this.#status);
    emitter.on("opened", () => {
      this.#clean = false;
      this.#met.clear();
    });
    store.watch((s) => `${s.lab.id} ${JSON.stringify(s.task)}`, () => this.#shown && this.#begin());
    store.watch((s) => s.observables, () => this.#check());
    store.watch((s) => s.params, () => void this.#look());
    store.watch((s) => `${s.activity} ${s.samples < s.plan.samples}`, () => void this.#look());
    // What is locked stays so, whatever the rest of the page has enabled meanwhile.
    store.watch((s) => s, () => lock(this.#locks()));
  }

  /** Shows the panel with what the address asks for, and follows the address from then on. */
  async open(): Promise<void> {
    try {
      this.#known = await builtIns();
    } catch (error) {
      return notice(t("The exercises could not be fetched ({why}).", { why: (error as Error).message }), "problem");
    }
    if (this.#shown) return;
    this.#show(true);
    this.#begin();
  }

  /** The button. */
  toggle(): void {
    if (this.#shown) this.#close();
    else void this.open().then(() => this.#place.querySelector<HTMLElement>("button")?.focus());
  }

  get #shown(): boolean {
    return !this.#place.hidden;
  }

  #show(on: boolean): void {
    this.#place.hidden = !on;
    setAttributes(document.documentElement, { "data-teach": on });
    setAttributes(byId("exercises"), { "aria-expanded": String(on) });
  }

  #close(): void {
    this.#leave();
    this.#show(false);
    byId("exercises").focus();
  }

  /** Back to the page without an exercise. */
  #leave(): void {
    const { store, acts } = this.page;
    if (Object.keys(store.state.task).length > 0) {
      store.set({ task: {} });
      acts.hide([]);
    }
  }

  /** Takes up what the address asks for. */
  #begin(): void {
    const { state } = this.page.store;
    const { predicted, result } = state.task;
    this.#task = taskOf(state.task, this.#known);
    const strange: string[] = [];
    this.#checks = (this.#task?.checks ?? []).flatMap((text) => {
      const check = readCheck(text);
      if (check && isOf(check, state.lab)) return [{ ...check, text }];
      strange.push(text);
      return [];
    });
    if (strange.length > 0) notice(t("This lab cannot check {what}: it is left out.", { what: strange.join(", ") }), "problem", undefined, "address");
    // What the address says, for the state may be on its way there still.
    const given = new URLSearchParams(location.hash.slice(1));
    given.set("device", "cpu");
    this.#given = result ? String(given) : "";
    this.#predicted = result ? (predicted ?? "") : null;
    [this.#complete, this.#last, this.#result, this.#revealed, this.#wanted] = [null, null, null, false, false];
    if (state.task["exercise"] && !this.#task) notice(t("There is no exercise {id}.", { id: state.task["exercise"] }), "problem", undefined, "address");
    this.#draw();
    lock(this.#locks());
  }

  #locks(): Map<string, string> {
    const reasons = new Map((this.page.store.state.task["lock"] ?? "").split(",").map((word) => [word, t("Locked by the exercise")]));
    if (this.#task && this.#predicted === null) reasons.set("run", t("Predict first"));
    return reasons;
  }

  /** Opens what the state says anew, on the CPU, and lets it run. */
  async #run(address = ""): Promise<void> {
    const { store, acts, engine } = this.page;
    try {
      if (store.state.wish !== "cpu") await acts.wish("cpu");
      this.#complete = null;
      await acts.follow(`#${address || writeHash(store.state)}`, false, true);
      acts.writeAddress("replace");
      const { plan, step } = store.state;
      if (step < plan.steps && !(await engine.run(plan.steps - step))) return;
      // A picture draws samples if there are none, without the updates of the chain that go with others: it is drawn here, always, so that
      // the chain does not depend on when the page has looked.
      await engine.frame([], false);
      this.#clean = true;
      this.#clean = await engine.run();
    } catch (error) {
      notice((error as Error).message, "problem");
    }
  }

  /** Looks at the run when it has come to its end, or has left it. */
  async #look(): Promise<void> {
    const { store, engine } = this.page;
    this.#complete = null;
    if (this.#task && isComplete(store.state)) {
      const { observables } = await engine.frame([], true);
      const state = { ...store.state, observables, clean: this.#clean && engine.byLink };
      if (!isComplete(state)) return;
      this.#complete = this.#last = state;
      this.#check();
      if (this.#wanted && state.clean) {
        this.#result = resultOf(state, this.#predicted!);
        this.#wanted = false;
        setText(this.#status, t("Result code {code}", this.#result));
      }
    }
    if (this.#predicted !== null) this.#draw();
  }

  /** Shows how far the checks are. When the run is complete and all are met, there is nothing left to hide. */
  #check(): void {
    const state = this.#complete ?? this.page.store.state;
    if (!this.#task || this.#predicted === null) return;
    const seconds = secondsOf(state);
    const marks = this.#checks.map((check) => {
      const now = holds(check, state);
      if (now && seconds <= check.seconds && !this.#met.has(check.text)) this.#met.set(check.text, seconds);
      const met = check.seconds < Infinity ? this.#met.has(check.text) : now;
      const late = !met && seconds > check.seconds;
      const value = check.relation === "=" ? null : valueOf(check.left, state);
      const text = said(check, state);
      return { met, line: h("li", { class: met ? "met" : late ? "late" : "" }, h("b", {}, met ? "✓" : late ? "✗" : "○"), h("span", {}, text, h("small", {}, [met ? t("met") : late ? t("too late") : t("not yet"), value && written(value)].filter(Boolean).join(" · ")))) };
    });
    this.#list.replaceChildren(...marks.map(({ line }) => line));
    if (this.#complete && !this.#revealed && !this.#given && marks.every(({ met }) => met)) this.#reveal(true);
  }

  #reveal(solved: boolean): void {
    this.#revealed = true;
    const { exercise } = this.page.store.state.task;
    if (solved && exercise) keepDone(exercise);
    this.page.acts.hide([]);
    setText(this.#status, solved ? t("All is met.") : "");
    this.#draw();
  }

  /** Draws the panel anew; what has the focus is found again by its name. */
  #draw(focus = (document.activeElement as HTMLElement | null)?.dataset["name"]): void {
    const task = this.#task;
    const { lab, task: words } = this.page.store.state;
    const names = lockNames();
    const locks = words["lock"]?.split(",").map((word) => names[word] ?? lab.params.find((p) => p.id === word)?.label ?? word);
    const close = button("✕", () => this.#close(), "quiet");
    setAttributes(close, { "aria-label": t("Close") });
    this.#body.replaceChildren(
      h("div", { class: "heading" }, task ? button(t("All exercises"), () => this.#leave(), "link") : h("h2", {}, t("Exercises")), close),
      ...(task ? [h("h2", { tabindex: -1, "data-name": "title", class: "asked" }, task.title), p(task.question), ...(this.#predicted === null ? this.#ask(task) : this.#watch(task))] : this.#menu()),
      task && locks ? p(t("Locked: {what}.", { what: locks.join(", ") }), "dim") : "",
    );
    if (focus) this.#place.querySelector<HTMLElement>(`[data-name="${focus}"]`)?.focus();
  }

  /** The exercises of the lab on the screen. */
  #menu(): HTMLElement[] {
    const { store, acts } = this.page;
    const done = doneIds();
    const open = async (one: BuiltIn) => {
      await acts.follow(`#${addressOf(one)}`, false, true).catch((error: Error) => notice(error.message, "problem"));
      acts.writeAddress("push");
      this.#draw("title");
    };
    const own = this.#known.filter(({ lab }) => lab === store.state.lab.id);
    return [
      p(t("Predict, run, reveal. Nothing leaves this tab; what is done is noted in this browser only."), "dim"),
      h("ol", {}, ...own.map((one) => h("li", {}, button(done.includes(one.id) ? t("{title} ✓ done", { title: one.title }) : one.title, () => void open(one), "task")))),
      button(t("Make an exercise…"), () => openAuthor(store.state)),
    ];
  }

  /** What is to be predicted. */
  #ask(task: Task): HTMLElement[] {
    const name = freshId("choice");
    const box = h("input", { type: "text", inputmode: "decimal", autocomplete: "off", required: true, pattern: NUMBER, title: t("a number") });
    const fields = task.options.map((text, i) => h("label", { class: "check" }, h("input", { type: "radio", name, value: i + 1, required: true }), text));
    if (task.number) fields.push(h("label", { class: "check" }, `${saidTerm(task.number, this.page.store.state)} =`, box));
    const form = h("form", {}, h("fieldset", {}, h("legend", {}, t("Your prediction")), ...fields), h("button", { class: "primary" }, t("Predict")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#predicted = form.querySelector<HTMLInputElement>(":checked")?.value ?? String(Number(box.value.replace(",", ".").replace("−", "-")));
      lock(this.#locks());
      this.#check();
      this.#draw("run");
    });
    return [form, hintOf(task)];
  }

  /** The run, its checks and, in the end, what came out; of a result of somebody's, whether it is the same again. */
  #watch(task: Task): HTMLElement[] {
    const { state } = this.page.store;
    const { result = "", at } = state.task;
    const given = this.#given;
    const run = button(given ? t("Recompute") : state.step > 0 || this.#complete ? t("Run anew") : t("Run"), () => {
      if (given) [this.#wanted, this.#result] = [true, null];
      void this.#run(given);
    }, "primary");
    const reveal = this.#complete && !this.#revealed && !given && button(t("Reveal"), () => this.#reveal(false));
    setAttributes(run, { "data-name": "run" });
    const parts = [p(t("Predicted: {what}", { what: this.#said(task, this.#predicted!) })), this.#list, h("p", { class: "buttons" }, run, reveal)];
    if (given) {
      const same = this.#result?.code === result && this.#result.at === at;
      const elsewhere = this.#result?.code === result && !same;
      parts.push(p(t("Result code {code}", { code: result })));
      if (!this.#result) parts.push(p(t("It stands for every number of the run. Recompute makes the run anew from the link, on the CPU, and compares."), "dim"));
      else parts.push(p(same ? t("✓ The same code: this link gives these numbers.") : elsewhere ? t("✗ The link says {said} steps and samples, its run ends at {at}: this is not the result of this link.", { said: at ?? "–", at: this.#result.at }) : t("✗ Another code, {code}: this is not the result of this link.", this.#result), "came"), this.#came(task));
    } else if (this.#revealed) parts.push(this.#came(task), p(task.reveal ?? ""), ...this.#code());
    else parts.push(this.#complete ? p(t("Not all is met: change something, or let it be revealed."), "dim") : hintOf(task));
    return parts;
  }

  /** What came out, and whether that was predicted. */
  #came(task: Task): HTMLElement {
    const state = this.#last ?? this.page.store.state;
    const truth = task.number ? valueOf(task.number, state) : null;
    const right = task.when ? task.when.findIndex((text) => holds(readCheck(text)!, state)) + 1 : task.right;
    const near = truth && Math.max((task.within ?? WITHIN) * Math.abs(truth.value), MEETS * truth.error);
    const hit = truth ? Math.abs(Number(this.#predicted) - truth.value) <= near! : String(right) === this.#predicted;
    const what = { what: truth ? written(truth) : this.#said(task, String(right)) };
    return p(truth || right ? (hit ? t("✓ As predicted: {what}", what) : t("✗ Not as predicted: {what}", what)) : "", "came");
  }

  /** A prediction in words. */
  #said({ options, number: what }: Task, predicted: string): string {
    return options[Number(predicted) - 1] ?? (what ? `${saidTerm(what, this.page.store.state)} = ${predicted}` : "–");
  }

  /** The result code, or what it needs. */
  #code(): HTMLElement[] {
    const { state } = this.page.store;
    if (this.#result) {
      const link = h("input", { type: "text", readonly: true, "aria-label": t("Link to this result"), value: this.#result.link });
      return [
        p(t("Result code {code}", this.#result)),
        h("div", { class: "copy-row" }, link, copier(link, t("Copy link"))),
        p(t("Whoever opens the link can make the run anew, to {at} steps and samples, and compare.", this.#result), "dim"),
      ];
    }
    const clean = this.#complete?.clean;
    const make = button(clean ? t("Result code") : t("Run cleanly, for a code"), () => {
      this.#wanted = true;
      if (clean) void this.#look();
      else void this.#run();
    });
    const why = state.device.kind === "gpu" ? t("Codes are for the CPU, where the same link gives the same numbers: the run is made there.") : t("A code needs a run of the link alone, to its end: here something was changed on the way.");
    return clean ? [make] : [p(why, "dim"), make];
  }
}

/** What can be locked beside single knobs, by the word for it. */
export const lockNames = (): Record<string, string> => ({ preset: t("preset and data"), knobs: t("all knobs"), seed: t("seed"), plots: t("choice of plots") });

const written = ({ value, error }: Measured): string => (error > 0 ? withError(value, error) : number(value));

function button(text: string, act: () => void, look = ""): HTMLButtonElement {
  const made = h("button", { type: "button", class: look || null }, text);
  made.addEventListener("click", act);
  return made;
}

const p = (text: string, look = ""): HTMLElement => h("p", { class: look || null }, text);

const hintOf = ({ hint }: Task): HTMLElement => (hint ? h("details", {}, h("summary", {}, t("Hint")), p(hint)) : p(""));

function doneIds(): readonly string[] {
  try {
    return (localStorage.getItem(DONE) ?? "").split(",");
  } catch {
    // Storage may be forbidden: then nothing is noted.
    return [];
  }
}

function keepDone(id: string): void {
  try {
    localStorage.setItem(DONE, [...new Set([...doneIds(), id])].filter(Boolean).join(","));
  } catch {
    // As above.
  }
}
