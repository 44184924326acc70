// The page. The core is asked for first; while it is on its way, everything that the labs' descriptions tell is drawn.

import { Acts } from "./acts";
import { makeApi } from "./api";
import { Client, Crash, Superseded } from "./client";
import { startCompare } from "./compare/compare";
import { Pins } from "./compare/pins";
import { Controls } from "./controls";
import { CurveMark } from "./curve_mark";
import { startDevicePanel } from "./device_panel";
import { byId, h, setAttributes, setText } from "./dom";
import { startEmbedding } from "./embed";
import { Engine } from "./engine";
import { Emitter } from "./events";
import { acceptFiles, copyText, download, snapshotHeader } from "./files";
import { prose, seconds } from "./format";
import { Frames } from "./frames";
import { Hand } from "./hand";
import type { Home } from "./home";
import { startKeyboard } from "./keyboard";
import { firstLab, labNames, labOf } from "./labs";
import { language, LANGUAGES, speak, t } from "./language";
import { Ladder } from "./ladder";
import { plainMath } from "./math";
import { Memory } from "./memory/memory";
import { verdictOn } from "./method_verdict";
import { knowMethods, methodsParam, onToggle, takeMethods } from "./methods";
import { dismiss, flash, notice } from "./notice";
import { startOffline } from "./offline";
import { type EmbedLevel, startPanels } from "./panels";
import { Pen } from "./pen";
import { type Plotted, startMenus, type Taken } from "./plot_menu";
import { Plots } from "./plots";
import { startPresence } from "./presence";
import { Present } from "./present";
import { Race } from "./race";
import { panesOf, Stage } from "./stage";
import { type State, stageView, Store } from "./store";
import { Strip } from "./strip";
import type { Exercises } from "./teach/panel";
import { onThemeChange, reducedMotion } from "./theme";
import { highlightPlaces, startTheory } from "./theory";
import { startTooltips } from "./tooltip";
import { startTransport } from "./transport";
import { type Link, menuHash, readHash, usualLink, writeHash } from "./url_state";
import { WISH, type Wish } from "./views/writing";

/** Notices about files that could not be loaded: the next one that can be takes them away. */
const FILE = "file";
/** So long the rest of the page waits for the first pictures. */
const PATIENCE_MS = 700;

const asked = firstLink();
const store = new Store({
  ...usualLink(firstLab),
  home: location.hash === "",
  device: { kind: "cpu", name: "WASM SIMD", msPerStep: null, reason: t("The page starts on the CPU, everywhere.") },
  activity: "starting",
  phase: "training",
  plan: { steps: 0, chain_per_step: 0, chain_per_sample: 0, samples: 0, preview: 0 },
  given: null,
  step: 0,
  target: 0,
  samples: 0,
  trainedBefore: null,
  seconds: { train: 0, chain: 0, sample: 0 },
  observables: null,
  refusals: {},
});
// Before anything is drawn of a lab, its methods have their colours.
store.watch((s) => s.lab, takeMethods);
const emitter = new Emitter();
const engine = new Engine(store, emitter, {
  broken: (reason, kept) => {
    const [saved, label, act] =
      kept !== null ? [t("Step {step} was kept.", { step: kept }), t("Go on from the last snapshot"), revive]
      : engine.opening ? [t("Nothing was kept yet: the run begins anew."), t("Begin anew"), revive]
      : [t("Nothing was opened yet."), t("Open the lab with its defaults"), () => acts.undoChanges()];
    notice(`${t("The computation stopped: {why}", { why: reason.replace(/\.$/, "") })}. ${saved}`, "problem", { label, act: () => void act() });
  },
  fellBack: (reason, step) => {
    ladder.gaveUp(reason);
    notice(t("The GPU failed: {why}. The run goes on with the CPU from step {step}.", { why: reason, step }), "problem");
  },
  saved: (bytes) => void memory?.saved(bytes),
});
const ladder = new Ladder(store, engine, (text) => notice(text));
let frames: Frames | null = null;
let memory: Memory | null = null;
let exercises: Exercises | null = null;
let compare: ReturnType<typeof startCompare> | null = null;
/** What is on the screen to be taken away: nothing until it is drawn. */
let shownPlots: () => Plotted[] = () => [];
const acts = new Acts(store, engine, ladder, () => frames?.touch());
emitter.on("failed", ({ code, param, message }) => {
  // A crash has its own notice, with what can be done about it.
  const third = code === "non_finite" && param !== null ? { label: t("Go on with a third of the step size"), act: () => void acts.slowDown(param) } : undefined;
  if (code !== "crash") notice(message, "problem", third);
});

if (!store.state.home) engine.start();
store.set(await asked);
let home: Home | null = null;
/** The home's pictures come before what is drawn behind it. */
let pictures: Promise<unknown> = Promise.resolve();
store.watch((s) => s.home, (there) => (there ? (pictures = openHome()) : closeHome()));
const ready = acts.follow(location.hash, true);
ready.catch((error: Error) => {
  // Of a crash the engine has told.
  if (!(error instanceof Crash)) notice(error.message, "problem");
});
window.addEventListener("hashchange", () => {
  if (store.state.home || acts.hash !== location.hash.replace(/^#/, "")) {
    acts.follow(location.hash, false).catch((error: Error) => {
      notice(error.message, "problem");
      acts.writeAddress("replace");
    });
  }
});
window.latticeLab = makeApi(store, engine, emitter, {
  open: (lab, params, seed) => acts.open(lab, params, seed),
  set: (id, value) => acts.set(id, value),
  sample: (count) => acts.sample(count),
  chain: (updates) => acts.chain(updates),
  touch: (gesture, numbers) => acts.touch(gesture, numbers),
  load: (bytes) => acts.load(bytes),
  loadData: (bytes, name) => acts.loadData(bytes, name),
  ready: ready.catch(() => undefined),
});
startEmbedding(window.latticeLab);
void startOffline(store, ready);
memory = new Memory(store, engine, acts, new CurveMark(store, engine.losses, emitter));
void memory.offer();

const present = new Present();
drawHeader();
await pictures;
drawPictures();
// The chain moves before the rest is drawn, unless the core is late.
await Promise.race([frames!.shown, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
// Part by part with a breath between, so that no part keeps the reader's hand waiting.
for (const draw of [drawTheory, drawControls, drawStrip]) {
  draw();
  await breath();
}
// Last, since what an exercise locks is drawn by then.
store.watch((s) => Object.keys(s.task).length > 0, (asked) => asked && void teach((exercises) => void exercises.open()));

function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Shows the home; resolves with its first pictures, or when they cannot be had. */
async function openHome(): Promise<void> {
  show("home", "lab");
  try {
    const { Home } = await import("./home");
    if (!store.state.home || home) return;
    const [cards, problem, hold] = [byId("cards"), byId("home-problem"), byId("hold")];
    home = new Home({ t, h, Client, labs: labNames, labOf, stageView, knowMethods, panesOf, prose, reducedMotion, cards, problem, hold });
    await home.drawn;
  } catch (error) {
    notice((error as Error).message, "problem");
  }
  // Whoever opens a lab finds its core there.
  engine.start();
}

function closeHome(): void {
  show("lab", "home");
  home?.close();
  home = null;
}

/** Shows one of the two mains; what has the keyboard there moves along. */
function show(one: "home" | "lab", other: "home" | "lab"): void {
  const [shown, gone] = [byId(one), byId(other)];
  const moves = gone.contains(document.activeElement);
  [shown.hidden, gone.hidden] = [false, true];
  setAttributes(document.documentElement, { "data-home": one === "home" });
  if (!moves) return;
  shown.focus();
  scrollTo(0, 0);
}

/** What stands above home and labs. */
function drawHeader(): void {
  // Before anything is drawn that an address hides.
  startPanels(store, () => address({ embed: "full", present: false }));
  const menu = byId("labs");
  menu.hidden = labNames.length < 2;
  const links = labNames.map(({ title, summary }) => h("a", { title: prose(summary) }, title));
  menu.append(...links);
  // What is hidden stays hidden from lab to lab.
  store.watch((s) => `${s.hidden} ${s.embed}`, (_, state) => links.forEach((link, i) => setAttributes(link, { href: menuHash(labNames[i]!.id, state) })));
  startKeyboard(acts, present, { copyLink: () => void copyLink(), pin: () => void compare?.pin(), openLab: (nth) => links[nth]!.click(), atHome: () => store.state.home });
  store.watch((s) => (s.home ? null : s.lab), (lab) => {
    document.title = `${lab ? `${lab.title} – ` : ""}Lattice Lab`;
    links.forEach((link, i) => {
      const here = labNames[i]!.id === lab?.id;
      setAttributes(link, { "aria-current": here && "page" });
      // Where the menu is too long for a phone.
      if (here) menu.scrollLeft = link.offsetLeft - menu.offsetLeft - 24;
    });
  });
  const hold = byId("hold");
  hold.addEventListener("click", () => setAttributes(hold, { "aria-pressed": String(hold.getAttribute("aria-pressed") !== "true") }));
  const languages = byId<HTMLSelectElement>("language");
  languages.append(...LANGUAGES.map(([code, name]) => h("option", { value: code, lang: code, selected: code === language }, name)));
  languages.addEventListener("change", () => speak(languages.value));
  byId("share").addEventListener("click", () => void share());
  byId("exercises").addEventListener("click", () => void teach((exercises) => exercises.toggle()));
  byId("take-away").addEventListener("click", () => void takeAway());
  byId("close-take-away").addEventListener("click", () => byId<HTMLDialogElement>("take-away-dialog").close());
  acceptFiles((bytes, name) => void loadFile(bytes, name), (text) => notice(text, "problem", undefined, FILE));
}

function drawTheory(): void {
  startTheory(store, (id) => acts.choosePreset(id), () => acts.undoChanges(), () => acts.reset());
  startTransport(store, acts);
  startDevicePanel(store, (wish) => acts.wish(wish));
  startPresence(store, engine);
  startTooltips();
  startMenus();
}

function drawControls(): void {
  let controls: Controls;
  const show = ({ params, refusals, given }: State) => controls.show(params, refusals, given?.idle ?? []);
  store.watch((s) => s.lab, (lab) => {
    const light = (id: string | null) => highlightPlaces(lab, id);
    controls = new Controls(lab, byId("knobs"), byId("more-knobs"), (spec, value) => acts.change(spec, value), light);
  });
  store.watch((s) => s.params, (_, state) => show(state));
  store.watch((s) => s.refusals, (_, state) => show(state));
  store.watch((s) => s.given, (_, state) => show(state));
}

function drawStrip(): void {
  const strip = new Strip(byId("strip"), byId("diagnostics"), byId("strip-legend"), byId("strip-head"));
  onToggle(() => strip.redraw());
  store.watch((s) => s.lab, (lab) => strip.build(lab.observables));
  store.watch((s) => s.observables, (observables, state) => {
    strip.update(observables);
    showVerdict(state);
  });
  store.watch((s) => s.seconds, (_, state) => setText(byId("clock"), clock(state)));
}

/** Which computing took how long. */
function clock({ lab, seconds: { train, chain, sample }, trainedBefore }: State): string {
  const time = seconds(train);
  const training = trainedBefore === null ? t("training {time}", { time }) : t("training {time} after {n} steps before", { time, n: trainedBefore });
  const others = methodsParam(lab)
    ? [t("replicas {time}", { time: seconds(chain + sample) })]
    : [t("chain {time}", { time: seconds(chain) }), t("sampling {time}", { time: seconds(sample) })];
  return t("Clock: {times}", { times: [training, ...others].join(" · ") });
}

function drawPictures(): void {
  const stage = new Stage();
  let plots: Plots;
  const touch = () => frames?.touch();
  const race = new Race();
  const hand = new Hand(store, engine, (view) => stage.draw(view), touch, (key, does) => present.press(key, does));
  const pen = new Pen(store, engine, (view) => stage.draw(view), () => {
    acts.writeAddress("replace");
    touch();
  });
  const pins: Pins = new Pins(store, engine, (view) => plots.whole(view), () => {
    plots.haunt();
    compare?.show();
  });
  plots = new Plots(byId("plots"), engine.losses, race, (nth, id) => acts.plot(nth, id), touch, takePlot, (id) => pins.ghosts(id));
  compare = startCompare(store, engine, pins, takePlot);
  const stageHost = document.querySelector<HTMLElement>("#stage .panes")!;
  shownPlots = () => {
    const { lab } = store.state;
    const spec = lab.views.find((v) => v.id === stageView(lab));
    return [...(spec ? [{ spec, host: stageHost, redraw: () => stage.redraw(), numbers: () => stage.spectrum?.view ?? null }] : []), ...plots.shown];
  };
  store.watch((s) => s.lab, (lab) => {
    stage.build(lab);
    hand.take(stage.spins);
    pen.take(stage.spectrum);
    touch();
  });
  store.watch((s) => s.plotted, (ids, { lab }) => plots.show(lab, ids));
  store.watch((s) => s.params, (_, state) => stage.head(state));
  store.watch((s) => s.observables, (_, state) => stage.head(state));
  for (const listen of [onThemeChange, onToggle]) {
    listen(() => {
      home?.redraw();
      stage.redraw();
      plots.redraw();
    });
  }
  emitter.on("opened", () => {
    // What was wrong with a file before says nothing about this run.
    dismiss(FILE);
    stage.reset();
    race.clear();
    touch();
  });
  byId("plots").addEventListener(WISH, (event) => void grant((event as CustomEvent<Wish>).detail));
  emitter.on("data", () => stage.reset());
  emitter.on("stopped", touch);

  const stageId = () => stageView(store.state.lab);
  const wanted = () => [...new Set([stageId(), ...plots.visible].filter((id) => id !== null))];
  frames = new Frames(store, engine, wanted, async (frame) => {
    const { session } = engine;
    const main = frame.views.find((v) => v.id === stageId());
    if (main) stage.draw(main);
    if (frame.observables) race.push(frame.observables, frame.seconds, store.state.activity === "running" && store.state.phase === "training");
    for (const view of frame.views) {
      await breath();
      // Another run has begun: the rest is not of it.
      if (session !== engine.session) return;
      plots.draw([view]);
    }
    if (frame.observables) {
      // While nothing runs, only the estimates tell how many samples there are: a program may have drawn some, or changed the theory.
      const counts = frame.observables.flatMap((o) => o.estimates.filter((e) => e.estimator === "raw" || e.estimator === "method").map((e) => e.count));
      const samples = store.state.activity === "finished" ? Math.max(0, ...counts) : store.state.samples;
      store.set({ observables: frame.observables, samples });
    }
    emitter.emit("frame", frame);
  });
}

/** Makes a file of a plot. */
async function takePlot(plotted: Plotted, what: Taken): Promise<void> {
  const { take, factsOf } = await import("./later");
  await take(plotted, what, factsOf(store, engine));
}

/** Does something with what is fetched when it is first wanted. */
async function fetched(act: (later: typeof import("./later")) => void): Promise<void> {
  try {
    act(await import("./later"));
  } catch (error) {
    notice(t("That part of the page could not be loaded ({why}). Without a network, or after an update, reloading helps.", { why: (error as Error).message }), "problem");
  }
}

/** The panel of exercises. */
function teach(act: (exercises: Exercises) => void): Promise<void> {
  return fetched(({ Exercises }) => act((exercises ??= new Exercises({ store, engine, emitter, acts }))));
}

function takeAway(): Promise<void> {
  return fetched(({ openTakeAway }) => openTakeAway({ store, engine, memory: memory!, plotted: () => shownPlots(), saveModel }));
}

/** Does what a view asks for. */
async function grant(wish: Wish): Promise<void> {
  try {
    if ("site" in wish) await engine.set("site", wish.site);
    else if ("sample" in wish) await engine.sample(1);
    else {
      const trains = store.state.activity === "running";
      await engine.pause();
      if (trains) flash(t("Training rests while a sample is written: “Go on” takes it up again"));
    }
    frames?.touch();
  } catch (error) {
    if (!isOld(error)) notice((error as Error).message, "problem");
  }
}

function showVerdict(state: State): void {
  const verdict = verdictOn(state, ({ id, symbol }) => plainMath(symbol) || id);
  const mark = { good: "✓ ", open: "", bad: "✗ " }[verdict.kind];
  const badge = byId("badge");
  setText(byId("badge-text"), mark + verdict.text);
  setAttributes(badge, { class: `badge info ${verdict.kind}`, "data-tip": verdict.why });
}

async function revive(): Promise<void> {
  try {
    await engine.revive();
  } catch (error) {
    notice(t("That failed too: {why}. Reloading the page starts over.", { why: (error as Error).message }), "problem");
  }
}

/** The address of what is on the screen, shown like this. */
function address(wanted: { embed: EmbedLevel; present: boolean }): string {
  const url = new URL(location.href);
  if (wanted.present) url.searchParams.set("present", "1");
  else url.searchParams.delete("present");
  const hash = writeHash({ ...store.state, embed: wanted.embed });
  return `${url.origin}${url.pathname}${url.search}#${hash}`;
}

/** Opens the dialog of links, whose code is fetched by then. */
async function share(): Promise<void> {
  try {
    const { openAuthor, openShare } = await import("./later");
    const { lab, hidden } = store.state;
    openShare({ title: `Lattice Lab: ${lab.title}`, hidden, address, hide: (panels) => acts.hide(panels), ask: () => openAuthor(store.state) });
  } catch (error) {
    notice(t("The dialog could not be loaded: {why}. The key c copies the link.", { why: (error as Error).message }), "problem");
  }
}

async function copyLink(): Promise<void> {
  const { embed } = store.state;
  const url = address({ embed, present: document.documentElement.hasAttribute("data-present") });
  if (await copyText(url)) flash(t("Link copied"));
  else notice(t("Copy this address: {url}", { url }));
}

async function saveModel(): Promise<void> {
  const bytes = await engine.save();
  // Steps may have been made since it was asked for: the file knows how many it has.
  const { lab, seed, state } = snapshotHeader(bytes)!;
  download(bytes, `${lab}-seed${seed}-step${state.step}.safetensors`);
}

/** What the address asks for; if its lab cannot be had, the first one, and a sentence. */
async function firstLink(): Promise<Link> {
  try {
    return (await readHash(location.hash)).link;
  } catch (error) {
    notice((error as Error).message, "problem");
    const link = usualLink(firstLab);
    history.replaceState(null, "", `#${writeHash(link)}`);
    return link;
  }
}

/** Whether an error is no news: of a crash the engine has told, and what another run has replaced nobody waits for. */
function isOld(error: unknown): boolean {
  return error instanceof Crash || error instanceof Superseded;
}

/** Files of numbers are data, all others are saved models. */
async function loadFile(bytes: Uint8Array, name: string): Promise<void> {
  if (store.state.home) return notice(t("{name}: open a lab first, the one that the file is for.", { name }), "problem", undefined, FILE);
  if (/\.(np[yz]|csv|txt|dat)$/i.test(name)) await loadData(bytes, name);
  else await loadModel(bytes, name);
}

async function loadData(bytes: Uint8Array, name: string): Promise<void> {
  const { lab, activity } = store.state;
  try {
    await acts.loadData(bytes, name);
    dismiss(FILE);
    const { params } = store.state;
    const drawn = Object.values(params).includes("drawn");
    flash(
      drawn
        ? t("{name} taken as the true curve", { name })
        : methodsParam(lab)
          ? t("Reconstructing {name} from now on", { name })
          : t("Training on {name} from now on", { name }),
    );
    if (activity !== "paused") void engine.run();
  } catch (error) {
    if (isOld(error)) return;
    const why = (error as Error).message;
    const wanted = lab.data ? [t("This lab takes {what}.", { what: lab.data })] : [];
    notice([t("{why}.", { why }), ...wanted, t("The run on the screen is as it was.")].join(" "), "problem", undefined, FILE);
  }
}

async function loadModel(bytes: Uint8Array, name: string): Promise<void> {
  try {
    await acts.load(bytes);
    dismiss(FILE);
    // Samples are not in the file: a finished run draws them again.
    if (store.state.activity === "finished") void engine.run();
    flash(t("{name} loaded, at step {step}", { name, step: store.state.step }));
  } catch (error) {
    if (isOld(error)) return;
    notice(t("{name}: {why}. The run on the screen is as it was.", { name, why: (error as Error).message }), "problem", undefined, FILE);
  }
}
