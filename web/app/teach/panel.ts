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
import { type Check, holds, MEETS, type Measured, readCheck, said, saidTerm, secondsOf, valueOf } from "./checks";
import { lock } from "./locks";
import { addressOfResult, isComplete, type Result, resultOf } from "./result";
import { addressOf, type BuiltIn, builtIns, type Task, taskOf } from "./task";

/** Ids of the exercises that were solved, in the browser's small storage. */
const DONE = "lattice-lab:exercises";
/** How near a predicted number is right if the exercise does not say, as a part of it. */
const WITHIN = 0.1;

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
  readonly #list = h("ul", { class: "checks-list" });
  readonly #status = h("p", { class: "sr", role: "status" });
  #known: readonly BuiltIn[] = [];
  #task: Task | null = null;
  #checks: readonly (Check & { text: string })[] = [];
  /** What was predicted, as the address writes it: the number of a choice, or a number. */
  #predicted: string | null = null;
  /** When a check with a limit was met, in seconds of computing. */
  readonly #met = new Map<string, number>();
  /** The run that has made its plan, as the link alone gives it or not; null while it runs. */
  #complete: (State & { byLink: boolean }) | null = null;
  #revealed = false;
  /** The address of a result that is to be recomputed. */
  #given: string | null = null;
  #result: Result | null = null;
  /** Whether the next complete run is for a code. */
  #wanted = false;

  constructor(private readonly page: Page) {
    const { store, emitter } = page;
    byId("exercises").setAttribute("aria-controls", this.#place.id);
    emitter.on("opened", () => this.#met.clear());
    store.watch((s) => s.observables, () => this.#check());
    store.watch((s) => s.params, () => this.#check());
    store.watch((s) => s.activity, () => void this.#look());
    // What is locked stays so, whatever the rest of the page has enabled meanwhile.
    store.watch((s) => s, ({ task }) => lock(this.#locks(task)));
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
    this.page.store.watch((s) => `${s.lab.id} ${JSON.stringify(s.task)}`, () => this.#shown && this.#begin());
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
    this.#checks = this.#task?.checks.flatMap((text) => [readCheck(text)].flatMap((check) => (check ? [{ ...check, text }] : []))) ?? [];
    this.#given = result ? writeHash({ ...state, wish: "cpu" }) : null;
    this.#predicted = result ? (predicted ?? "") : null;
    [this.#complete, this.#result, this.#revealed, this.#wanted] = [null, null, false, false];
    if (state.task["exercise"] && !this.#task) notice(t("There is no exercise {id}.", { id: state.task["exercise"] }), "problem", undefined, "address");
    this.#draw();
    lock(this.#locks(state.task));
  }

  #locks(words: State["task"]): Map<string, string> {
    const reasons = new Map((words["lock"] ?? "").split(",").map((word) => [word, t("Locked by the exercise")]));
    if (this.#task && this.#predicted === null) reasons.set("run", t("Predict first"));
    return reasons;
  }

  /** Opens what the state says anew, on the CPU, and lets it run. */
  async #run(address?: string): Promise<void> {
    const { store, acts, engine } = this.page;
    try {
      if (store.state.wish !== "cpu") await acts.wish("cpu");
      this.#complete = null;
      await acts.follow(`#${address ?? writeHash(store.state)}`, true);
      acts.writeAddress("replace");
      void engine.run();
    } catch (error) {
      notice((error as Error).message, "problem");
    }
  }

  /** Looks at the run when it has come to its end, or has left it. */
  async #look(): Promise<void> {
    const { store, engine } = this.page;
    this.#complete = null;
    if (this.#task && isComplete(store.state)) {
      const { byLink } = engine;
      const { observables } = await engine.frame([], true);
      const state = { ...store.state, observables, byLink };
      if (!isComplete(state)) return;
      this.#complete = state;
      this.#check(state);
      if (this.#wanted && byLink) {
        this.#result = resultOf(state, this.#predicted!);
        this.#wanted = false;
        if (this.#given) this.#revealed = true;
        setText(this.#status, t("Result code {code}", { code: this.#result.code }));
      }
    }
    if (this.#task && this.#predicted !== null) this.#draw();
  }

  /** Shows how far the checks are. When the run is complete and all are met, there is nothing left to hide. */
  #check(state: State = this.#complete ?? this.page.store.state): void {
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

  /** Draws the panel anew; what has the focus is found again by its place in the order. */
  #draw(focus = ""): void {
    const name = focus || (this.#place.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset["name"] : "");
    const task = this.#task;
    const parts = !task ? this.#menu() : this.#given ? this.#recompute(task) : this.#predicted === null ? this.#ask(task) : this.#watch(task);
    const back = task ? button(t("All exercises"), () => this.#leave(), "link") : h("h2", {}, t("Exercises"));
    const close = button("✕", () => this.#close(), "quiet");
    setAttributes(close, { "aria-label": t("Close") });
    const locks = this.page.store.state.task["lock"];
    this.#place.replaceChildren(h("div", { class: "heading" }, back, close), ...parts, ...(task && locks ? [h("p", { class: "dim" }, t("Locked: {what}.", { what: this.#lockNames(locks) }))] : []), this.#status);
    if (name) this.#place.querySelector<HTMLElement>(`[data-name="${name}"]`)?.focus();
  }

  #lockNames(locks: string): string {
    const names: Record<string, string> = lockNames();
    return locks.split(",").map((word) => names[word] ?? this.page.store.state.lab.params.find((p) => p.id === word)?.label ?? word).join(", ");
  }

  /** The exercises of the lab on the screen. */
  #menu(): HTMLElement[] {
    const { store, acts } = this.page;
    const done = doneIds();
    const own = this.#known.filter(({ lab }) => lab === store.state.lab.id);
    const open = async (one: BuiltIn) => {
      await acts.follow(`#${addressOf(one)}`, true).catch((error: Error) => notice(error.message, "problem"));
      acts.writeAddress("push");
      this.#draw("title");
    };
    const items = own.map((one) => h("li", {}, button(done.includes(one.id) ? t("{title} ✓ done", { title: one.title }) : one.title, () => void open(one), "task")));
    return [
      h("p", { class: "dim" }, t("Predict, run, reveal. Nothing leaves this tab; what is done is noted in this browser only.")),
      h("ol", { class: "tasks" }, ...items),
      button(t("Make an exercise…"), () => openAuthor(store.state)),
    ];
  }

  #head(task: Task): HTMLElement[] {
    return [h("h3", { tabindex: -1, "data-name": "title" }, task.title), h("p", {}, task.question)];
  }

  /** Question and prediction. */
  #ask(task: Task): HTMLElement[] {
    const group = freshId("choice");
    const what = task.number ? saidTerm(task.number, this.page.store.state) : "";
    const box = h("input", { type: "text", inputmode: "decimal", autocomplete: "off", required: true, "aria-label": t("Your prediction of {what}", { what }) });
    const fields = task.options.length > 0
      ? task.options.map((text, i) => h("label", { class: "check" }, h("input", { type: "radio", name: group, value: i + 1, required: true }), text))
      : task.number ? [h("label", { class: "check" }, `${what} =`, box)] : [];
    const submit = h("button", { class: "primary" }, fields.length > 0 ? t("Predict") : t("Begin"));
    const form = h("form", {}, h("fieldset", {}, h("legend", {}, t("Your prediction")), ...fields), submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const typed = Number(box.value.trim().replace(",", ".").replace("−", "-"));
      if (task.options.length === 0 && task.number && !Number.isFinite(typed)) {
        box.setCustomValidity(t("This is not a number."));
        box.reportValidity();
        return;
      }
      const chosen = form.querySelector<HTMLInputElement>(":checked")?.value;
      this.#predicted = chosen ?? (task.number ? String(typed) : "-");
      lock(this.#locks(this.page.store.state.task));
      this.#check();
      this.#draw("run");
    });
    box.addEventListener("input", () => box.setCustomValidity(""));
    return [...this.#head(task), form, ...hintOf(task)];
  }

  /** The run, its checks and, in the end, what came out. */
  #watch(task: Task): HTMLElement[] {
    const run = button(this.#complete || this.page.store.state.step > 0 ? t("Run anew") : t("Run"), () => void this.#run(), "primary");
    const reveal = this.#complete && !this.#revealed && button(t("Reveal"), () => this.#reveal(false));
    setAttributes(run, { "data-name": "run" });
    return [
      ...this.#head(task),
      h("p", {}, t("You predicted: {what}", { what: this.#predictionText(task) })),
      this.#list,
      h("p", { class: "buttons" }, run, reveal),
      ...(this.#complete && !this.#revealed ? [h("p", { class: "dim" }, t("Not all is met yet: change something, or let it be revealed."))] : []),
      ...(this.#revealed ? this.#outcome(task) : hintOf(task)),
    ];
  }

  #outcome(task: Task): HTMLElement[] {
    const state = this.#complete ?? this.page.store.state;
    return [...this.#came(task, state), ...(task.reveal ? [h("p", {}, task.reveal)] : []), ...this.#code()];
  }

  /** What came out, beside what was predicted. */
  #came(task: Task, state: State): HTMLElement[] {
    if (task.options.length > 0) {
      const right = task.when ? task.when.findIndex((text) => holds(readCheck(text)!, state)) : (task.right || 0) - 1;
      const hit = String(right + 1) === this.#predicted;
      return [h("p", { class: "came" }, hit ? t("✓ It came out as predicted.") : t("✗ It came out differently: {what}", { what: task.options[right] ?? t("none of the choices") }))];
    }
    const truth = task.number ? valueOf(task.number, state) : null;
    if (!truth) return [];
    const hit = Math.abs(Number(this.#predicted) - truth.value) <= Math.max((task.within ?? WITHIN) * Math.abs(truth.value), MEETS * truth.error);
    const values = { predicted: number(Number(this.#predicted)), what: written(truth) };
    return [h("p", { class: "came" }, hit ? t("✓ You predicted {predicted}, it came out {what}.", values) : t("✗ You predicted {predicted}, it came out {what}.", values))];
  }

  #predictionText({ options, number: what }: Task): string {
    if (options.length > 0) return options[Number(this.#predicted) - 1] ?? "?";
    return what ? `${saidTerm(what, this.page.store.state)} = ${this.#predicted}` : "–";
  }

  /** The result code, or what it needs. */
  #code(): HTMLElement[] {
    const clean = this.#complete?.byLink ?? false;
    if (this.#result) {
      const link = h("input", { type: "text", readonly: true, "aria-label": t("Link to this result"), value: `${location.href.split("#")[0]}#${addressOfResult(this.page.store.state, this.#result)}` });
      return [
        h("p", {}, t("Result code"), " ", h("code", {}, this.#result.code)),
        h("div", { class: "copy-row" }, link, copier(link, t("Copy link"))),
        h("p", { class: "dim" }, t("Whoever opens the link can make the run anew and compare the code. Here it was taken at step {step}, with {samples} samples.", { step: this.#complete?.step ?? 0, samples: this.#complete?.samples ?? 0 })),
      ];
    }
    const make = () => {
      if (this.#complete?.byLink) {
        this.#result = resultOf(this.#complete, this.#predicted!);
        return this.#draw("title");
      }
      this.#wanted = true;
      void this.#run();
    };
    const why = this.page.store.state.device.kind === "gpu"
      ? t("Codes are for the CPU, where the same link gives the same numbers: the run is made anew there.")
      : t("A code needs a clean run: something was changed on the way, or the run is not at its end.");
    const offer = button(clean ? t("Result code") : t("Run cleanly, for a code"), make);
    setAttributes(offer, { disabled: this.#wanted, "data-name": "code" });
    return [...(clean ? [] : [h("p", { class: "dim" }, why)]), offer];
  }

  /** A result of somebody's, to be made anew. */
  #recompute(task: Task): HTMLElement[] {
    const { result = "", at = "" } = this.page.store.state.task;
    const again = button(t("Recompute"), () => {
      [this.#wanted, this.#result, this.#revealed] = [true, null, false];
      void this.#run(this.#given!);
      this.#draw("again");
    }, "primary");
    setAttributes(again, { "data-name": "again", disabled: this.#wanted });
    const same = this.#result?.code === result && this.#result.at === at;
    return [
      ...this.#head(task),
      h("p", {}, t("Predicted: {what}", { what: this.#predictionText(task) })),
      h("p", {}, t("Result code"), " ", h("code", {}, result)),
      h("p", { class: "buttons" }, again),
      this.#list,
      ...(this.#result
        ? [
            h("p", { class: "came" }, same ? t("✓ The same code: the run of this link gives these numbers.") : t("✗ Another code, {code}: this result is not that of this link.", { code: this.#result.code })),
            ...(this.#complete ? this.#came(task, this.#complete) : []),
          ]
        : [h("p", { class: "dim" }, this.#wanted ? t("The run is made anew from the link …") : t("Recompute makes the run anew from the link, on the CPU, and compares the code."))]),
    ];
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

const hintOf = ({ hint }: Task): HTMLElement[] => (hint ? [h("details", {}, h("summary", {}, t("Hint")), h("p", {}, hint))] : []);

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
