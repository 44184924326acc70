// "Take away": everything that leaves the page as a file, and what stays in this browser.

import { byId, h, setAttributes, setText } from "../dom";
import type { Engine } from "../engine";
import { copyText, download } from "../files";
import { number } from "../format";
import { language, t } from "../language";
import type { Run } from "../memory/database";
import type { Memory } from "../memory/memory";
import { verdictOn } from "../method_verdict";
import { counted, methodsParam } from "../methods";
import { flash } from "../notice";
import { filesOf, type Plotted } from "../plot_menu";
import type { Store } from "../store";
import { svgPicture, take } from "./actions";
import { fromTheBeginning, fromTheModel } from "./command";
import { type Facts, factsOf } from "./facts";
import { notebookOf } from "./notebook";
import { npz } from "./npz";
import { reportOf } from "./report";
import { film, filmType } from "./video";

/** What the dialog takes things from. */
export interface Desk {
  store: Store;
  engine: Engine;
  memory: Memory;
  /** The stage, if anything is drawn there, and the plots on the screen. */
  plotted(): Plotted[];
  saveModel(): Promise<void>;
}

let shown: TakeAway | null = null;

/** Opens the dialog. */
export function openTakeAway(desk: Desk): void {
  shown ??= new TakeAway(desk);
  shown.open();
}

class TakeAway {
  readonly #dialog = byId<HTMLDialogElement>("take-away-dialog");
  readonly #body = byId("take-away-body");
  readonly #said = h("p", { class: "said", role: "status" });
  #filming: AbortController | null = null;
  #rests = false;

  constructor(private readonly desk: Desk) {
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close();
    });
    this.#dialog.addEventListener("close", () => {
      this.#filming?.abort();
      if (this.#rests && this.desk.store.state.activity === "paused") void this.desk.engine.run();
      this.#rests = false;
    });
  }

  open(): void {
    this.#say("");
    const plotted = this.desk.plotted();
    const compares = methodsParam(this.desk.store.state.lab) !== null;
    this.#body.replaceChildren(
      this.#said,
      h("h3", {}, t("Plots")),
      ...plotted.map((one) => this.#plot(one)),
      h("h3", {}, t("The run")),
      this.#row(compares ? t("Replicas") : t("Samples"), compares ? t("the answers of all methods to each replica of the data, for NumPy") : t("the model's configurations with ln q and S, for NumPy"), ["npz", () => this.#samples()]),
      this.#row(t("Trained model"), t("goes on here (Load, or drop it on the page) and natively"), ["safetensors", () => this.desk.saveModel()]),
      this.#row(t("Report"), t("settings, numbers and plots on one page"), ["HTML", () => this.#report()]),
      this.#film(compares),
      h("h3", {}, t("Continue")),
      this.#row(t("In Python"), t("a notebook that reads the samples and finds an observable again, with its error"), ["ipynb", () => this.#notebook()]),
      ...this.#commands(),
      h("h3", {}, t("In this browser")),
      ...this.#kept(),
    );
    this.#dialog.showModal();
  }

  get #facts(): Facts {
    return factsOf(this.desk.store, this.desk.engine);
  }

  #plot(plotted: Plotted): HTMLElement {
    const buttons = filesOf(plotted.spec.kind).map(({ what, label }) => {
      const short = { png: "PNG", svg: "SVG", csv: "CSV", wide: t("CSV, columns") }[what];
      return this.#button(short, `${plotted.spec.title}: ${label}`, () => take(plotted, what, this.#facts));
    });
    return h("div", { class: "take", title: t("The plot as it is drawn, for a slide or a paper, or all of its numbers") }, h("span", {}, plotted.spec.title), h("span", { class: "files" }, ...buttons));
  }

  #row(name: string, doc: string, [label, act]: [string, () => Promise<void>]): HTMLElement {
    return h("div", { class: "take", title: doc }, h("span", {}, name, h("small", {}, doc)), this.#button(label, `${name}: ${label}`, () => this.#rest().then(act)));
  }

  /** What is taken away belongs to one state: the run rests as long as the dialog is open. */
  async #rest(): Promise<void> {
    const { store, engine } = this.desk;
    if (store.state.activity !== "running") return;
    this.#rests = true;
    await engine.pause();
    flash(t("The run rests until this dialog is closed"));
  }

  #button(label: string, name: string, act: () => Promise<void>): HTMLButtonElement {
    // What is read aloud has the words that are seen, in every language.
    const spoken = name.toLowerCase().includes(label.toLowerCase()) ? name : `${label}: ${name}`;
    const button = h("button", { type: "button", "aria-label": spoken }, label);
    button.addEventListener("click", () => {
      this.#say("");
      act().catch((error: Error) => this.#say(t("{name}: {why}.", { name, why: error.message.replace(/\.$/, "") })));
    });
    return button;
  }

  #say(text: string): void {
    setText(this.#said, text);
  }

  async #samples(): Promise<void> {
    const { shape, values, log_q, action } = await this.desk.engine.samples();
    const [count = 0] = shape;
    if (count === 0) throw new Error(t("there are none yet; they are drawn when all else is done"));
    const of = (numbers: readonly number[]) => ({ shape: [count], values: Float64Array.from(numbers) });
    const bytes = npz({
      samples: { shape, values },
      ...(log_q.length > 0 && { log_q: of(log_q) }),
      ...(action.length > 0 && { action: of(action) }),
    });
    download(bytes, `${this.#facts.name}.npz`);
    flash(counted(count, this.desk.store.state.lab));
  }

  async #notebook(): Promise<void> {
    const facts = this.#facts;
    download(await notebookOf(facts, `${facts.name}.npz`), `${facts.name}.ipynb`);
    this.#say(t("The notebook reads {file}: take the samples too, of this same step.", { file: `${facts.name}.npz` }));
  }

  async #report(): Promise<void> {
    const facts = this.#facts;
    const verdict = verdictOn(facts.state, ({ label }) => label);
    const pictures = this.desk.plotted().filter(({ spec }) => spec.kind !== "table").map((one) => svgPicture(one, facts));
    download(reportOf(facts, `${verdict.text}. ${verdict.why}`, pictures), `${facts.name}.html`);
  }

  #film(compares: boolean): HTMLElement {
    const type = filmType();
    const words = h("span", {}, t("Film of the stage"), h("small", {}, compares ? t("eight seconds of what the methods make of the data") : t("eight seconds of what the chain and the model draw")));
    if (!type) {
      return h("div", { class: "take" }, words, h("small", {}, t("This browser records no video from a page. Take a picture, or film the screen with your system's recorder.")));
    }
    const [kind, label] = type.includes("mp4") ? (["mp4", "MP4"] as const) : (["webm", "WebM"] as const);
    const say = (text: string) => {
      setText(button, text);
      setAttributes(button, { "aria-label": t("Film of the stage: {what}", { what: text }) });
    };
    const button = this.#button(label, t("Film of the stage: {what}", { what: label }), async () => {
      if (this.#filming) return this.#filming.abort();
      const panes = [...document.querySelectorAll<HTMLElement>("#stage .pane")].flatMap((pane) => {
        const canvas = pane.querySelector("canvas");
        return canvas && canvas.width > 0 && pane.offsetParent !== null ? [{ canvas, name: pane.querySelector("h3 > span")?.textContent ?? "" }] : [];
      });
      if (panes.length === 0) throw new Error(t("nothing is drawn yet"));
      this.#filming = new AbortController();
      const { name } = this.#facts;
      try {
        const tell = (part: number) => say(t("Stop ({n} %)", { n: Math.round(100 * part) }));
        const blob = await film(panes, type, tell, this.#filming.signal);
        download(new Uint8Array(await blob.arrayBuffer()), `${name}.${kind}`);
      } finally {
        this.#filming = null;
        say(label);
      }
    });
    return h("div", { class: "take", title: t("Films the large pictures; press again to stop") }, words, button);
  }

  #commands(): HTMLElement[] {
    const facts = this.#facts;
    return ([[t("Natively, from the beginning"), fromTheBeginning(facts)], [t("Natively, from the saved model"), fromTheModel(facts)]] as const).map(([name, command]) => {
      const copy = this.#button(t("Copy"), t("{name}: copy", { name }), async () => {
        if (await copyText(command)) flash(t("Command copied"));
        else this.#say(t("The clipboard is forbidden here: select the line and copy it by hand."));
      });
      return h("div", { class: "take command", title: t("The same run in a terminal, without a browser") }, h("span", {}, name, h("code", { tabindex: 0 }, command)), copy);
    });
  }

  #kept(): HTMLElement[] {
    const { memory } = this.desk;
    const name = h("input", { type: "text", class: "wide-text", value: memory.name, "aria-label": t("Name of the run"), autocomplete: "off" });
    const list = h("ul", { class: "kept", "aria-label": t("Kept runs") });
    const note = h("p", { class: "dim" });
    const show = async () => {
      try {
        const runs = await memory.runs();
        list.replaceChildren(...runs.map((run) => this.#keptRun(run, show)));
        const size = runs.reduce((sum, run) => sum + sizeOf(run), 0);
        setText(note, memory.trouble ?? (runs.length > 0 ? t("{n} in all, {size}.", { n: runs.length, size: inBytes(size) }) : t("Nothing is kept here.")));
        all.disabled = runs.length === 0;
      } catch (error) {
        setText(note, (error as Error).message);
        all.disabled = true;
      }
    };
    const keep = this.#button(t("Keep this run"), t("Keep this run in this browser"), async () => {
      await memory.keep(name.value);
      await show();
    });
    const all = this.#button(t("Delete all"), t("Delete all kept runs"), async () => {
      await memory.removeAll();
      await show();
      this.#say(t("All deleted. For the rest of this visit nothing is remembered unless you keep it."));
    });
    const remember = h("input", { type: "checkbox", id: "remember", checked: memory.remembers });
    remember.addEventListener("change", () => {
      memory.remembers = remember.checked;
      setTimeout(() => void show(), 200);
    });
    void show();
    return [
      h("div", { class: "take", title: t("Keeps model and losses in this browser until you delete them") }, name, keep),
      list,
      h("div", { class: "take", title: t("What this browser keeps for the page, and what it takes") }, note, all),
      h("div", { class: "take", title: t("Saved every few seconds in this browser, nowhere else") }, h("label", { for: "remember" }, t("Remember the last run, to go on after a reload or a crash")), remember),
    ];
  }

  #keptRun(run: Run, show: () => Promise<void>): HTMLElement {
    const date = new Date(run.date).toLocaleString(language === "en" ? "en-GB" : language, { dateStyle: "medium", timeStyle: "short" });
    const said = { date, size: inBytes(sizeOf(run)) };
    const open = this.#button(t("Open"), t("Open {name}", { name: run.name }), async () => {
      this.#dialog.close();
      await this.desk.memory.goOn(run);
    });
    const remove = this.#button(t("Delete"), t("Delete {name}", { name: run.name }), async () => {
      await this.desk.memory.remove(run);
      await show();
    });
    setAttributes(open, { class: "open" });
    return h("li", { class: "take", title: t("A kept run: open it in place of the one on the screen, or delete it") }, h("span", {}, run.name, h("small", {}, run.id === "last" ? t("the last run; {date}, {size}", said) : t("{date}, {size}", said))), h("span", { class: "files" }, open, remove));
  }
}

function sizeOf({ bytes, losses }: Run): number {
  return bytes.byteLength + losses.byteLength;
}

function inBytes(size: number): string {
  return size < 1e6 ? `${number(Math.max(1, size / 1e3), 3)} kB` : `${number(size / 1e6, 3)} MB`;
}
