// A monkey at the page: a minute of random hands, keys and files, over all labs, at a desk and on a phone. It finds no error that
// nobody told of, no worker that is lost, no memory that only grows, and no way off the page.
//
// What it does follows from one seed, MONKEY_SEED; a failure prints the seed and what was done last. How the page answers depends
// on the clock as well, so that the same seed meets the same things often, not always.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, TINY, tinyHash, trains, visit, workerOf } from "./harness.mjs";

const SEED = Number(process.env.MONKEY_SEED ?? 1);
const SECONDS = 60;
const FORMS = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};
const LABS = ["double_well_flow", "phi4_diffusion", "spectral_function", "xy_autoregressive"];
/** One action may keep the page busy so long. */
const ANSWER_MS = 15_000;
/** After a minute of anything a lab opens and makes a step in this time, or in so many times what it took before. */
const STEP_MS = 10_000;
const MOST_TIMES = 5;
/** What was done last, for the report of a failure. */
const LAST = 40;

/** After a minute of anything: heap, memory of the core, nodes and listeners in units of what the same page had before. */
const MOST = { heap: 3, wasm: 6, nodes: 3, listeners: 3 };
/** After opening labs thirty times, against the second time through them all: nothing stays of a lab that was left. */
const MOST_AFTER_LABS = { heap: 1.6, wasm: 1.2, nodes: 1.1, listeners: 1.1 };

/** Remembers the memory of the core where a test can ask for it. */
const PRELUDE = `for (const how of ["instantiate", "instantiateStreaming"]) {
  const plain = WebAssembly[how];
  WebAssembly[how] = async (...args) => {
    const made = await plain.apply(WebAssembly, args);
    self.coreMemory = (made.instance ?? made).exports.memory;
    return made;
  };
}\n`;

/** Links to elsewhere are followed in name only, and every sentence of the page is written down. */
const watchPage = () => {
  addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[target=_blank]");
    if (link) event.preventDefault();
  });
  document.addEventListener("DOMContentLoaded", () => {
    const list = document.getElementById("notices");
    if (!list) return;
    const look = () => list.querySelectorAll("p").forEach(({ textContent }) => console.debug("said", textContent));
    new MutationObserver(look).observe(list, { childList: true });
    look();
  });
};

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the page holds, after everything that can be forgotten has been. */
async function holds(page, devtools) {
  await devtools.send("HeapProfiler.enable");
  for (let i = 0; i < 3; i++) await devtools.send("HeapProfiler.collectGarbage");
  await devtools.send("Performance.enable");
  const { metrics } = await devtools.send("Performance.getMetrics");
  const of = (name) => metrics.find((metric) => metric.name === name).value;
  const worker = await workerOf(page, "cpu");
  return {
    heap: of("JSHeapUsedSize"),
    wasm: await worker.evaluate(() => self.coreMemory.buffer.byteLength),
    nodes: of("Nodes"),
    listeners: of("JSEventListeners"),
    canvases: await page.locator("canvas").count(),
    workers: page.workers().length,
  };
}

function assertBounded(t, what, before, after, most) {
  for (const [name, times] of Object.entries(most)) {
    t.diagnostic(`${what}: ${name} ${before[name]} -> ${after[name]} (${(after[name] / before[name]).toFixed(2)} times)`);
    assert(after[name] <= times * before[name], `${what}: ${name} grew from ${before[name]} to ${after[name]}, more than ${times} times`);
  }
}

/** A small run in the place of whatever there is, so that two moments can be compared. */
async function small(page) {
  await page.evaluate((params) => latticeLab.open("double_well_flow", params), TINY);
  assert(await trains(page));
  await page.waitForTimeout(500);
}

/** Whether a lab opens and trains a step. */
const trainsIn = (page, lab) => page.evaluate((lab) => latticeLab.open(lab).then(() => latticeLab.run({ steps: 1 })), lab);

class Monkey {
  #random;
  #page;
  #form;
  #touch;
  done = [];

  constructor(page, form, touch, seed) {
    [this.#page, this.#form, this.#touch] = [page, form, touch];
    this.#random = randomNumbers(seed);
  }

  #below(n) {
    return Math.floor(n * this.#random());
  }
  #one(all) {
    return all[this.#below(all.length)];
  }
  #place() {
    const { width, height } = this.#page.viewportSize();
    return [1 + this.#below(width - 2), 1 + this.#below(height - 2)];
  }

  /** Does one thing; what it did is in {@link done}. */
  async act() {
    const acts = [
      [14, this.#control],
      [8, this.#click],
      [9, this.#drag],
      [4, this.#wheel],
      [10, this.#key],
      [8, this.#type],
      [7, this.#slide],
      [5, this.#choose],
      [3, this.#lab],
      [3, this.#history],
      [4, this.#drop],
      [2, this.#address],
      [1, this.#resize],
      [0.4, this.#reload],
    ];
    let left = this.#random() * acts.reduce((sum, [weight]) => sum + weight, 0);
    const [, act] = acts.find(([weight]) => (left -= weight) < 0);
    await act.call(this);
  }

  #did(text) {
    this.done.push(text);
  }

  /** The middle of an element of a kind, brought into sight; null if there is none. */
  async #find(selector) {
    const wish = this.#random();
    return this.#page.evaluate(
      ([selector, wish]) => {
        const root = document.querySelector("dialog[open]") ?? document;
        const all = [...root.querySelectorAll(selector)].filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert]"));
        const one = all[Math.floor(wish * all.length)];
        if (!one) return null;
        one.scrollIntoView({ block: "nearest", behavior: "instant" });
        const { left, top, width, height } = one.getBoundingClientRect();
        const name = `${one.localName}${one.id && `#${one.id}`} ${JSON.stringify((one.getAttribute("aria-label") ?? one.textContent.trim()).slice(0, 40))}`;
        return { x: left + width / 2, y: top + height / 2, left, width, name };
      },
      [selector, wish],
    );
  }

  async #press(x, y) {
    if (this.#form === "phone") await this.#page.touchscreen.tap(x, y);
    else await this.#page.mouse.click(x, y, { clickCount: this.#random() < 0.15 ? 2 : 1, button: this.#random() < 0.05 ? "right" : "left" });
  }

  async #control() {
    const found = await this.#find("button:not(:disabled), summary, input, label, a[href], canvas, [tabindex]");
    if (!found) return;
    this.#did(`press ${found.name}`);
    await this.#press(found.x, found.y);
  }

  async #click() {
    const [x, y] = this.#place();
    this.#did(`press at ${x}, ${y}`);
    await this.#press(x, y);
  }

  async #drag() {
    const canvas = this.#random() < 0.6 ? await this.#find("canvas") : null;
    const [x, y] = canvas ? [canvas.x, canvas.y] : this.#place();
    const places = Array.from({ length: 1 + this.#below(6) }, () => (canvas ? [x + 160 * (this.#random() - 0.5), y + 160 * (this.#random() - 0.5)] : this.#place()));
    this.#did(`drag from ${Math.round(x)}, ${Math.round(y)} by ${places.map((place) => place.map(Math.round)).join(" to ")}`);
    if (this.#form === "phone") {
      const send = (type, points) => this.#touch.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y]) => ({ x, y })) });
      await send("touchStart", [[x, y]]);
      for (const place of places) await send("touchMove", [place]);
      await send(this.#random() < 0.2 ? "touchCancel" : "touchEnd", []);
      return;
    }
    const { mouse } = this.#page;
    await mouse.move(x, y);
    await mouse.down();
    for (const place of places) await mouse.move(...place, { steps: 2 });
    await mouse.up();
  }

  async #wheel() {
    const by = 1200 * (this.#random() - 0.5);
    this.#did(`wheel ${Math.round(by)}`);
    if (this.#form === "phone") await this.#page.evaluate((by) => scrollBy(0, by), by);
    else await this.#page.mouse.wheel(0, by);
  }

  async #key() {
    const key = this.#one([..."  rnpfcvaqw1234?", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Shift+ArrowLeft", "Shift+ArrowUp", "Enter", "Escape", "Escape", "Tab", "Tab", "Shift+Tab", "Home", "End", "PageDown", "Backspace", "Delete"]);
    const times = this.#random() < 0.15 ? 8 : 1;
    this.#did(`key ${JSON.stringify(key)}${times > 1 ? ` ${times} times` : ""}`);
    for (let i = 0; i < times; i++) await this.#page.keyboard.press(key);
  }

  async #type() {
    const found = await this.#find("input[type=text]:not([readonly])");
    if (!found) return;
    const text = this.#one(["", "0", "-1", "1e9", "1e-300", "1e400", "NaN", "∞", "0x10", "12,5", "−3", "1/0", "64", "1024", "4", "2", "true", "<b>x</b>", "😀😀", "' OR 1", "9".repeat(400), " ", "%00", "1 2"]);
    this.#did(`type ${JSON.stringify(text.slice(0, 20))} into ${found.name}`);
    await this.#press(found.x, found.y);
    await this.#page.keyboard.press("Control+a");
    if (text === "") await this.#page.keyboard.press("Delete");
    else await this.#page.keyboard.insertText(text);
    await this.#page.keyboard.press(this.#one(["Enter", "Tab", "Escape"]));
  }

  async #slide() {
    const found = await this.#find("input[type=range]");
    if (!found) return;
    const part = this.#random();
    this.#did(`slide ${found.name} to ${part.toFixed(2)}`);
    await this.#press(found.left + part * found.width, found.y);
  }

  async #choose() {
    const [nth, option] = [this.#random(), this.#random()];
    const chosen = await this.#page.evaluate(
      ([nth, option]) => {
        const all = [...(document.querySelector("dialog[open]") ?? document).querySelectorAll("select")].filter((one) => one.checkVisibility());
        const select = all[Math.floor(nth * all.length)];
        if (!select) return null;
        select.selectedIndex = Math.floor(option * select.options.length);
        const chosen = `${select.id || select.dataset.param} = ${select.value}`;
        select.dispatchEvent(new Event("change", { bubbles: true }));
        return chosen;
      },
      [nth, option],
    );
    if (chosen) this.#did(`choose ${chosen}`);
  }

  async #lab() {
    const lab = this.#one(LABS);
    this.#did(`lab ${lab}`);
    await this.#page.evaluate((lab) => void (location.hash = `lab=${lab}`), lab);
  }

  /** Back or forward among the places that are this page's: further back lies what was open before it. */
  async #history() {
    const back = this.#random() < 0.6;
    this.#did(back ? "back" : "forward");
    await this.#page.evaluate((back) => {
      if (back ? navigation.canGoBack : navigation.canGoForward) history[back ? "back" : "forward"]();
    }, back);
  }

  async #drop() {
    const name = this.#one(["x.npy", "x.npz", "x.csv", "x.txt", "x.safetensors", "x.png", "x", "\u202Ex.csv"]);
    const kind = this.#one(["nothing", "noise", "text", "half a snapshot", "numbers", "npy head"]);
    const [seed, folder] = [this.#below(2 ** 31), this.#random() < 0.1];
    this.#did(`drop ${kind} as ${name}${folder ? " and no file" : ""}`);
    await this.#page.evaluate(
      async ({ name, kind, seed, folder }) => {
        const noise = Uint8Array.from({ length: 4096 }, (_, i) => Math.imul(seed + i, 2654435761) >>> 24);
        const snapshot = kind === "half a snapshot" ? await Promise.race([window.latticeLab?.save().catch(() => noise) ?? noise, new Promise((done) => setTimeout(done, 500, noise))]) : noise;
        const content = {
          nothing: "",
          noise,
          text: "x,D,sigma\n1,2\nthree\n",
          "half a snapshot": snapshot.subarray(0, snapshot.length / 2),
          numbers: Array.from({ length: 30 }, (_, i) => `${i},${noise[i] / 99},${noise[i + 30]}`).join("\n"),
          "npy head": "\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (99999999, 99999999), }",
        }[kind];
        const dataTransfer = new DataTransfer();
        if (folder) dataTransfer.setData("text/plain", "words");
        else dataTransfer.items.add(new File([content], name));
        for (const type of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
      },
      { name, kind, seed, folder },
    );
  }

  async #address() {
    const hash = this.#one(["", "#%%%", "#lab=nope", "#seed=-1&f2=abc", "#lab=phi4_diffusion&kappa=1e9&views=,,", "#hide=knobs,story,nonsense", "#embed=basic", "#embed=full", "#v=99", `#${"x".repeat(3000)}`, "#lab=xy_autoregressive&lattice_size=1e9"]);
    this.#did(`address ${hash.slice(0, 60)}`);
    await this.#page.evaluate((hash) => void (location.hash = hash), hash);
  }

  async #resize() {
    const { width, height } = this.#page.viewportSize();
    this.#did("turn the screen");
    await this.#page.setViewportSize({ width: height, height: width });
  }

  async #reload() {
    this.#did("reload");
    await this.#page.reload();
  }
}

/** A page that is about to be another one has no answer; that one will. */
const CHANGES = /Execution context was destroyed|navigat|ERR_ABORTED|Cannot find context|frame was detached|Not attached to an active page/i;

/** Lets a monkey loose for a while. */
async function letLoose(page, devtools, monkey, seconds, url) {
  const until = performance.now() + 1000 * seconds;
  while (performance.now() < until) {
    let clock;
    const late = new Promise((_, reject) => {
      clock = setTimeout(async () => {
        // Whether it is the page that is busy, or only the hand that is stuck.
        const busy = await Promise.race([devtools.send("Runtime.evaluate", { expression: "1" }), new Promise((done) => setTimeout(done, 2000, "busy"))]);
        reject(new Error(busy === "busy" ? `the page has not answered for ${ANSWER_MS / 1000} s` : `an action has not come to an end in ${ANSWER_MS / 1000} s, though the page answers`));
      }, ANSWER_MS);
    });
    try {
      await Promise.race([monkey.act(), late]);
    } catch (error) {
      if (!CHANGES.test(error.message)) throw error;
    } finally {
      clearTimeout(clock);
    }
    const now = page.url();
    if (now.startsWith(`${url}bench.html`)) {
      // The one page beside this one: in the same tab, and the way back is the browser's.
      monkey.done.push("back from the benchmark");
      await page.goBack().catch((error) => {
        if (!CHANGES.test(error.message)) throw error;
      });
    } else assert(now.split(/[?#]/)[0] === url, `the monkey has left the page for ${now}`);
  }
  await page.waitForFunction(() => window.latticeLab !== undefined);
}

for (const [nth, form] of Object.keys(FORMS).entries()) {
  test(`a monkey finds nothing that breaks, ${form}, seed ${SEED}`, { timeout: 180_000 }, (t) =>
    visit(t, { prelude: PRELUDE }, async ({ browser, url }) => {
      const { page, context, problems, clean } = await open(browser, url + tinyHash(), { ...FORMS[form], init: watchPage });
      page.on("dialog", (dialog) => dialog.dismiss().catch(() => undefined));
      page.on("download", (file) => file.delete().catch(() => undefined));
      page.on("filechooser", (chooser) => chooser.setFiles([]).catch(() => undefined));
      context.on("page", () => problems.push("another page was opened"));
      const heard = new Set();
      page.on("console", (message) => {
        if (message.type() === "debug") heard.add(message.text().replace(/^said /, ""));
      });
      const devtools = await context.newCDPSession(page);
      const monkey = new Monkey(page, form, devtools, 2 * SEED + nth);
      try {
        const took = {};
        for (const lab of LABS) {
          const begun = performance.now();
          assert(await trainsIn(page, lab));
          took[lab] = performance.now() - begun;
        }
        await small(page);
        const before = await holds(page, devtools);
        for (const lab of LABS) {
          monkey.done.push(`to ${lab}`);
          await page.goto(`${url}#lab=${lab}`);
          await letLoose(page, devtools, monkey, SECONDS / (LABS.length * Object.keys(FORMS).length), url);
          assert.deepEqual(problems, []);
          assert.deepEqual([...heard].filter((text) => /computation stopped/i.test(text)), [], "the worker lives");
        }

        // What the monkey left on is put away; then every lab still makes a step.
        await page.keyboard.press("Escape");
        for (const lab of LABS) {
          monkey.done.push(`at the end: ${lab}`);
          const most = Math.max(STEP_MS, MOST_TIMES * took[lab]);
          const late = new Promise((done) => setTimeout(done, most, `no step in ${Math.round(most / 1000)} s`));
          assert.equal(await Promise.race([trainsIn(page, lab), late]), true, lab);
        }
        await small(page);
        const after = await holds(page, devtools);
        t.diagnostic(`${monkey.done.length} things done, ${heard.size} sentences: ${[...heard].map((text) => text.slice(0, 90)).join(" | ")}`);
        assertBounded(t, `a monkey, ${form}`, before, after, MOST);
        assert(after.workers <= 1, `${after.workers} workers`);
        clean();
      } catch (error) {
        error.message = `MONKEY_SEED=${SEED}, ${form}: ${error.message}\nproblems: ${problems.join("\n")}\nsaid: ${[...heard].join(" | ")}\nlast of ${monkey.done.length}:\n  ${monkey.done.slice(-LAST).join("\n  ")}`;
        throw error;
      }
    }));
}

test("nothing stays of labs that were left: thirty openings, no more memory, nodes, listeners, canvases or workers", { timeout: 180_000 }, (t) =>
  visit(t, { prelude: PRELUDE }, async ({ browser, url }) => {
    const { page, context, clean } = await open(browser, url, FORMS.desktop);
    const devtools = await context.newCDPSession(page);
    const visitAll = async (rounds) => {
      for (let i = 0; i < rounds * LABS.length; i++) {
        await page.evaluate((lab) => void (location.hash = `lab=${lab}`), LABS[i % LABS.length]);
        await page.waitForFunction((lab) => document.querySelector("#progress-text").textContent !== "loading" && location.hash.includes(lab), LABS[i % LABS.length]);
        await page.waitForTimeout(100);
      }
      await small(page);
      return holds(page, devtools);
    };
    // By the second time most code is compiled, which is on the heap too.
    const before = await visitAll(2);
    const after = await visitAll(8);
    assertBounded(t, "32 openings", before, after, MOST_AFTER_LABS);
    assert.deepEqual([after.canvases, after.workers], [before.canvases, before.workers], "canvases and workers");
    clean();
  }));
