// The page. The core is asked for first; while it is on its way, everything that the labs' descriptions tell is drawn.

import { Acts } from "./acts";
import { makeApi } from "./api";
import { Crash, Superseded } from "./client";
import { Controls } from "./controls";
import { startDevicePanel } from "./device_panel";
import { byId, h, setAttributes, setText } from "./dom";
import { startEmbedding } from "./embed";
import { Engine } from "./engine";
import { Emitter } from "./events";
import { acceptFiles, copyText, download, snapshotHeader } from "./files";
import { prose, seconds } from "./format";
import { Frames } from "./frames";
import { Hand } from "./hand";
import { startKeyboard } from "./keyboard";
import { firstLab, labNames } from "./labs";
import { Ladder } from "./ladder";
import { plainMath } from "./math";
import { dismiss, flash, notice } from "./notice";
import { Plots } from "./plots";
import { Race } from "./race";
import { Stage } from "./stage";
import { type State, stageView, Store } from "./store";
import { Strip } from "./strip";
import { onThemeChange } from "./theme";
import { highlightPlaces, startTheory } from "./theory";
import { startTooltips } from "./tooltip";
import { startTransport } from "./transport";
import { type Link, readHash, usualLink } from "./url_state";
import { essOf, judge } from "./verdict";
import { WISH, type Wish } from "./views/writing";

/** Notices about files that could not be loaded: the next one that can be takes them away. */
const FILE = "file";

const asked = firstLink();
const store = new Store({
  ...usualLink(firstLab),
  device: { kind: "cpu", name: "WASM SIMD", msPerStep: null, reason: "The page starts on the CPU, everywhere." },
  activity: "starting",
  phase: "training",
  plan: { steps: 0, chain_per_step: 0, chain_per_sample: 0, samples: 0, preview: 0 },
  step: 0,
  target: 0,
  samples: 0,
  trainedBefore: null,
  seconds: { train: 0, chain: 0, sample: 0 },
  observables: null,
  refusals: {},
});
const emitter = new Emitter();
const engine = new Engine(store, emitter, {
  broken: (reason) =>
    notice(`The computation stopped: ${reason}`, "problem", { label: "Go on from the last snapshot", act: () => void revive() }),
  fellBack: (reason, step) => {
    ladder.gaveUp(reason);
    notice(`The GPU failed: ${reason}. The run goes on with the CPU from step ${step}.`, "problem");
  },
});
const ladder = new Ladder(store, engine, (text) => notice(text));
let frames: Frames | null = null;
const acts = new Acts(store, engine, ladder, () => frames?.touch());
emitter.on("failed", ({ code, message }) => {
  // A crash has its own notice, with what can be done about it.
  if (code !== "crash") notice(message, "problem", code === "non_finite" ? { label: "Start over", act: () => acts.reset() } : undefined);
});

engine.start();
store.set(await asked);
const ready = acts.follow(location.hash, true);
ready.catch((error: Error) => {
  // Of a crash the engine has told.
  if (!(error instanceof Crash)) notice(error.message, "problem");
});
window.addEventListener("hashchange", () => {
  if (acts.hash !== location.hash.replace(/^#/, "")) {
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

// Drawn part by part with a breath between, so that no part keeps the reader's hand waiting.
for (const draw of [drawTheory, drawControls, drawStrip, drawPictures]) {
  draw();
  await new Promise((resolve) => setTimeout(resolve));
}

function drawTheory(): void {
  startTheory(store, (id) => acts.choosePreset(id), () => acts.undoChanges());
  startTransport(store, acts);
  startDevicePanel(store, (wish) => acts.wish(wish));
  startKeyboard(acts, () => void copyLink());
  startTooltips();
  const menu = byId("labs");
  menu.hidden = labNames.length < 2;
  const links = labNames.map(({ id, title, summary }) =>
    h("a", { href: id === firstLab.id ? "#" : `#lab=${id}`, title: prose(summary) }, title),
  );
  menu.append(...links);
  store.watch((s) => s.lab, (lab) =>
    links.forEach((link, i) => {
      const here = labNames[i]!.id === lab.id;
      setAttributes(link, { "aria-current": here && "page" });
      // Where the menu is too long for a phone.
      if (here) menu.scrollLeft = link.offsetLeft - menu.offsetLeft - 24;
    }),
  );
  byId("copy-link").addEventListener("click", () => void copyLink());
  byId("save").addEventListener("click", () => void saveModel());
  acceptFiles((bytes, name) => void loadFile(bytes, name), (text) => notice(text, "problem", undefined, FILE));
}

function drawControls(): void {
  let controls: Controls;
  const show = ({ params, refusals }: State) => controls.show(params, refusals);
  store.watch((s) => s.lab, (lab) => {
    const light = (id: string | null) => highlightPlaces(lab, id);
    controls = new Controls(lab, byId("knobs"), byId("more-knobs"), (spec, value) => void acts.change(spec, value), light);
  });
  store.watch((s) => s.params, (_, state) => show(state));
  store.watch((s) => s.refusals, (_, state) => show(state));
}

function drawStrip(): void {
  const strip = new Strip(byId("strip"), byId("diagnostics"), byId("strip-legend"));
  store.watch((s) => s.lab, (lab) => strip.build(lab.observables));
  store.watch((s) => s.observables, (observables, state) => {
    strip.update(observables);
    showVerdict(state);
  });
  store.watch((s) => s.seconds, ({ train, chain, sample }, { trainedBefore }) =>
    setText(byId("clock"), `Clock: training ${seconds(train)}${trainedBefore === null ? "" : ` after ${trainedBefore} steps before`} · chain ${seconds(chain)} · sampling ${seconds(sample)}`),
  );
}

function drawPictures(): void {
  const stage = new Stage();
  const touch = () => frames?.touch();
  const race = new Race();
  const hand = new Hand(store, engine, (view) => stage.draw(view), touch);
  const plots = new Plots(byId("plots"), engine.losses, race, (nth, id) => acts.plot(nth, id), touch);
  store.watch((s) => s.lab, (lab) => {
    stage.build(lab);
    hand.take(stage.spins);
    touch();
  });
  store.watch((s) => s.plotted, (ids, { lab }) => plots.show(lab, ids));
  store.watch((s) => s.params, (_, state) => stage.head(state));
  store.watch((s) => s.observables, (_, state) => stage.head(state));
  onThemeChange(() => {
    stage.redraw();
    plots.redraw();
  });
  emitter.on("opened", () => {
    stage.reset();
    race.clear();
    touch();
  });
  byId("plots").addEventListener(WISH, (event) => void grant((event as CustomEvent<Wish>).detail));
  emitter.on("data", () => stage.reset());
  emitter.on("stopped", touch);

  const stageId = () => stageView(store.state.lab);
  const wanted = () => [...new Set([stageId(), ...plots.visible].filter((id) => id !== null))];
  frames = new Frames(store, engine, wanted, (frame) => {
    const main = frame.views.find((v) => v.id === stageId());
    if (main) stage.draw(main);
    if (frame.observables) race.push(frame.observables, frame.seconds, store.state.activity === "running" && store.state.phase === "training");
    plots.draw(frame.views);
    if (frame.observables) {
      // While nothing runs, only the estimates tell how many samples there are: a program may have drawn some, or changed the theory.
      const counts = frame.observables.flatMap((o) => o.estimates.filter((e) => e.estimator === "raw").map((e) => e.count));
      const samples = store.state.activity === "finished" ? Math.max(0, ...counts) : store.state.samples;
      store.set({ observables: frame.observables, samples });
    }
    emitter.emit("frame", frame);
  });
}

/** Does what a view asks for. */
async function grant(wish: Wish): Promise<void> {
  try {
    if ("site" in wish) await engine.set("site", wish.site);
    else if ("sample" in wish) await engine.sample(1);
    else {
      const trains = store.state.activity === "running";
      await engine.pause();
      if (trains) flash("Training rests while a sample is written: “Go on” takes it up again");
    }
    frames?.touch();
  } catch (error) {
    if (!(error instanceof Crash || error instanceof Superseded)) notice((error as Error).message, "problem");
  }
}

function showVerdict({ lab, observables, plan }: State): void {
  const shown = (observables ?? []).filter((o) => lab.observables.some((spec) => spec.id === o.id && !spec.diagnostic));
  const symbol = (id: string) => plainMath(lab.observables.find((spec) => spec.id === id)?.symbol ?? id);
  const verdict = judge(shown, essOf(observables), symbol, plan.samples);
  const mark = { good: "✓ ", open: "", bad: "✗ " }[verdict.kind];
  const badge = byId("badge");
  setText(byId("badge-text"), mark + verdict.text);
  setAttributes(badge, { class: `badge info ${verdict.kind}`, "data-tip": verdict.why });
}

async function revive(): Promise<void> {
  try {
    await engine.revive();
  } catch (error) {
    notice(`That failed too: ${(error as Error).message}. Reloading the page starts over.`, "problem");
  }
}

async function copyLink(): Promise<void> {
  const url = `${location.origin}${location.pathname}${location.search}${acts.hash ? `#${acts.hash}` : ""}`;
  if (await copyText(url)) flash("Link copied");
  else notice(`Copy this address: ${url}`);
}

async function saveModel(): Promise<void> {
  try {
    const bytes = await engine.save();
    // Steps may have been made since it was asked for: the file knows how many it has.
    const { lab, seed, state } = snapshotHeader(bytes)!;
    download(bytes, `${lab}-seed${seed}-step${state.step}.safetensors`);
  } catch (error) {
    notice(`Saving failed: ${(error as Error).message}`, "problem");
  }
}

/** What the address asks for; if its lab cannot be had, the first one, and a sentence. */
async function firstLink(): Promise<Link> {
  try {
    return (await readHash(location.hash)).link;
  } catch (error) {
    notice((error as Error).message, "problem");
    history.replaceState(null, "", location.pathname + location.search);
    return usualLink(firstLab);
  }
}

/** Files of arrays are data, all others are saved models. */
async function loadFile(bytes: Uint8Array, name: string): Promise<void> {
  if (/\.np[yz]$/i.test(name)) await loadData(bytes, name);
  else await loadModel(bytes, name);
}

async function loadData(bytes: Uint8Array, name: string): Promise<void> {
  const { lab, activity } = store.state;
  try {
    await acts.loadData(bytes, name);
    dismiss(FILE);
    flash(`Training on ${name} from now on`);
    if (activity !== "paused") void engine.run();
  } catch (error) {
    const wanted = lab.data ? ` This lab takes ${lab.data}.` : "";
    notice(`${(error as Error).message}.${wanted} The run on the screen is as it was.`, "problem", undefined, FILE);
  }
}

async function loadModel(bytes: Uint8Array, name: string): Promise<void> {
  try {
    await acts.load(bytes);
    dismiss(FILE);
    // Samples are not in the file: a finished run draws them again.
    if (store.state.activity === "finished") void engine.run();
    flash(`${name} loaded, at step ${store.state.step}`);
  } catch (error) {
    notice(`${name}: ${(error as Error).message}. The run on the screen is as it was.`, "problem", undefined, FILE);
  }
}
