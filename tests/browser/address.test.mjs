// The state in the address, as a theorem: every state that can be written is read back, and nothing that can be written breaks
// the reader. The page's own code does it, in the page, without a session for each.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { nextStep, notices, open, visit } from "./harness.mjs";

const web = (path) => fileURLToPath(new URL(`../../web/${path}`, import.meta.url));
const esbuild = createRequire(web("package.json"))("esbuild");

/** url_state.ts and what it needs, as one module; mathematics is left out. */
async function urlState() {
  const labs = JSON.parse(await readFile(web("app/bindings/labs.json"), "utf8"));
  const names = labs.map(({ id, title, summary }) => ({ id, title, summary }));
  const contents = `export const names = ${JSON.stringify(names)}; export const languages = [["en", "English"]];`;
  const plugin = {
    name: "labs",
    setup: (build) => {
      build.onResolve({ filter: /^virtual:labs$/ }, () => ({ path: "labs", namespace: "labs" }));
      build.onLoad({ filter: /.*/, namespace: "labs" }, () => ({ contents }));
    },
  };
  const entry = `export * from "./url_state"; export * from "./labs"; export * from "./panels"; export { presetParams, presetViews, stageView } from "./store";`;
  const stdin = { contents: entry, resolveDir: web("app"), loader: "ts" };
  const built = await esbuild.build({ stdin, bundle: true, write: false, format: "esm", target: "es2022", define: { BUILD_ID: '"test"' }, plugins: [plugin] });
  return built.outputFiles[0].text;
}

/** Random things from a seed, in the page: mulberry32. */
const RANDOM = `export const random = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};`;

const inPage = async (t, body, args) => {
  const extra = { "url_state.js": await urlState(), "random.js": RANDOM, "empty.html": "<!doctype html><html lang=en><title>empty</title><link rel=icon href=data:,>" };
  let answer;
  await visit(t, { extra }, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}empty.html`, { ready: false });
    answer = await page.evaluate(body, args);
    clean();
  });
  return answer;
};

test("3,000 random states of all labs are read back from what is written of them", { timeout: 60_000 }, async (t) => {
  const wrong = await inPage(t, async () => {
    const { labNames, labOf, PANELS, EMBED_LEVELS, MAX_SEED, TASK_KEYS, presetParams, presetViews, stageView, readHash, writeHash } = await import("./url_state.js");
    const r = (await import("./random.js")).random(1);
    const whole = (n) => Math.floor(n * r());
    const one = (list) => list[whole(list.length)];
    const some = (list) => list.filter(() => r() < 0.4);
    const labs = await Promise.all(labNames.map(({ id }) => labOf(id)));
    const value = ({ kind, default: usual }) => {
      if (r() < 0.5) return usual;
      if (kind.type === "bool") return r() < 0.5;
      if (kind.type === "choice") return one(kind.options).id;
      if (kind.type === "int") return kind.min + whole(kind.max - kind.min + 1);
      if (kind.type === "float") return kind.min + (kind.max - kind.min) * r();
      return usual;
    };
    const shape = ({ lab, preset, ...rest }) => JSON.stringify({ lab: lab.id, preset: preset.id, ...rest, params: Object.entries(rest.params).sort(), task: Object.entries(rest.task).sort() });
    const wrong = [];
    for (let n = 0; n < 3000 && wrong.length < 5; n++) {
      const lab = one(labs);
      const preset = one(lab.presets);
      const views = lab.views.map((v) => v.id).filter((id) => id !== stageView(lab));
      const usual = presetViews(lab, preset);
      const first = one(views);
      const link = {
        lab,
        preset,
        params: { ...presetParams(lab, preset), ...Object.fromEntries(some(lab.params).map((p) => [p.id, value(p)])) },
        seed: r() < 0.3 ? 1 : whole(MAX_SEED + 1),
        plotted: r() < 0.5 ? usual : [first, one(views.filter((id) => id !== first))],
        wish: one(["auto", "cpu", "gpu"]),
        hidden: some(PANELS).map((panel) => panel.id),
        embed: one(EMBED_LEVELS).id,
        task: r() < 0.5 ? {} : Object.fromEntries(some(TASK_KEYS).map((key) => [key, one(["ess>0.5@60", "knobs,seed", "Why = 2 & 3? #1 + \u03b2", "a|b, c|100 %", "k7f3-9q2d", "800/32768"])])),
      };
      const hash = writeHash(link);
      const read = await readHash(`#${hash}`);
      if (shape(read.link) !== shape(link) || read.complaints.length > 0 || read.strangers.length > 0) {
        wrong.push({ hash, wrote: shape(link), read: shape(read.link), complaints: read.complaints, strangers: read.strangers });
      } else if (writeHash(read.link) !== hash) wrong.push({ hash, again: writeHash(read.link) });
    }
    return wrong;
  });
  assert.deepEqual(wrong, []);
});

test("10,000 random addresses are read without an error, and what is read can be written", { timeout: 60_000 }, async (t) => {
  const { thrown, valid } = await inPage(t, async () => {
    const { labNames, labOf, KEYS, readHash, writeHash } = await import("./url_state.js");
    const r = (await import("./random.js")).random(2);
    const whole = (n) => Math.floor(n * r());
    const one = (list) => list[whole(list.length)];
    const labs = await Promise.all(labNames.map(({ id }) => labOf(id)));
    const keys = [...KEYS, ...labs.flatMap((lab) => lab.params.map((p) => p.id)), "present", "__proto__", "constructor", "toString", "x", ""];
    const words = [
      ...labNames.map(({ id }) => id), ...labs.flatMap((lab) => [...lab.presets, ...lab.views].map(({ id }) => id)),
      "knobs,story", "knobs,,nonsense", "view", "basic", "full", "cpu", "gpu", "0", "1", "-1", "1e400", "NaN", "1,5", "4294967296", "true", "%", "%E0%A4%A", "%00", "ess>0.5", "a|b", "<script>", "\u202e", "💥", ",", ",,,", "=&#", " ".repeat(50), "9".repeat(400),
    ];
    const noise = () => Array.from({ length: whole(30) }, () => String.fromCharCode(whole(r() < 0.8 ? 128 : 65536))).join("");
    const thrown = [];
    let valid = 0;
    for (let n = 0; n < 10_000 && thrown.length < 5; n++) {
      const parts = Array.from({ length: whole(8) }, () => `${r() < 0.9 ? one(keys) : noise()}${r() < 0.95 ? "=" : ""}${r() < 0.8 ? one(words) : noise()}`);
      const hash = r() < 0.1 ? noise() : parts.join("&");
      try {
        const { link, complaints, strangers } = await readHash(`#${hash}`);
        if (complaints.length + strangers.length === 0) valid++;
        // What is written of it is read as the same, and without complaint about what is not a parameter's value.
        const again = await readHash(`#${writeHash(link)}`);
        if (again.complaints.length + again.strangers.length > 0) throw new Error([...again.complaints, ...again.strangers].join());
        if (writeHash(again.link) !== writeHash(link)) throw new Error(`${writeHash(link)} becomes ${writeHash(again.link)}`);
      } catch (error) {
        thrown.push({ hash, message: error.message });
      }
    }
    return { thrown, valid };
  });
  assert.deepEqual(thrown, []);
  assert(valid > 100, "some of them are good");
});

test("an address of an older version is brought up, one version after the other; of a newer one nothing is assumed", { timeout: 30_000 }, async (t) => {
  const answer = await inPage(t, async () => {
    const { KEYS, labNames, labOf, migrate, readHash } = await import("./url_state.js");
    const table = {
      1: (entries) => {
        entries.set("lattice_size", entries.get("L"));
        entries.delete("L");
      },
      2: (entries) => entries.set("lattice_size", String(2 * Number(entries.get("lattice_size")))),
    };
    const brought = (hash) => {
      const entries = new URLSearchParams(hash);
      const unknown = migrate(entries, table, 3);
      return [entries.toString(), unknown];
    };
    const labs = await Promise.all(labNames.map(({ id }) => labOf(id)));
    return {
      brought: ["L=4", "L=4&v=1", "lattice_size=4&v=2", "lattice_size=8&v=3", "lattice_size=8&v=4", "L=4&v=old"].map(brought),
      newer: (await readHash("#seed=7&v=99")).strangers,
      taken: labs.flatMap((lab) => lab.params.map((p) => p.id)).filter((id) => [...KEYS, "present"].includes(id)),
    };
  });
  assert.deepEqual(answer.brought, [
    ["lattice_size=8", null],
    ["lattice_size=8", null],
    ["lattice_size=8", null],
    ["lattice_size=8", null],
    ["lattice_size=8&v=4", "4"],
    ["L=4&v=old", "old"],
  ]);
  assert.equal(answer.newer.length, 1);
  assert.deepEqual(answer.taken, [], "no parameter has the name of one of the page's own keys");
});

test("back and forward go through labs, seeds and what is hidden", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#hide=story`);
    await nextStep(page);
    assert(await page.locator("#story").isHidden());
    await page.keyboard.press("2");
    await page.waitForFunction(() => location.hash === "#lab=phi4_diffusion&hide=story");
    await nextStep(page);
    assert(await page.locator("#story").isHidden(), "what is hidden stays hidden from lab to lab");
    await page.goto(`${url}#seed=9&hide=knobs`);
    await nextStep(page);
    assert(await page.locator("#knobs").isHidden());
    await page.goBack();
    await page.waitForFunction(() => document.title.startsWith("φ"));
    assert(await page.locator("#knobs").isVisible());
    await page.goBack();
    await page.goForward();
    await page.goForward();
    await page.waitForFunction(() => document.querySelector("#seed").value === "9");
    assert(await page.locator("#story").isVisible());
    await nextStep(page);
    clean();
    assert.deepEqual(await notices(page), []);
  }));
