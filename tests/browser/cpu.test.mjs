// The page as most readers meet it: no GPU that is worth anything, so the core runs as WASM on the CPU.
import assert from "node:assert/strict";
import { test } from "node:test";
import { losses, nextStep, open, table, visit } from "./harness.mjs";

/** Notes when the page can be talked to, when it first draws, when it first has trained, and how long it was blocked. */
function watch() {
  window.marks = { longest: 0 };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) marks.longest = Math.max(marks.longest, duration);
  }).observe({ type: "longtask", buffered: true });
  const timer = setInterval(() => {
    if (!window.latticeLab) return;
    clearInterval(timer);
    marks.api = performance.now();
    latticeLab.on("frame", () => (marks.frame ??= performance.now()));
    latticeLab.on("progress", ({ step }) => {
      if (step > 0) marks.step ??= performance.now();
    });
  }, 5);
}

const ms = (value) => (value === 0 ? "under 50 ms" : `${value.toFixed(0)} ms`);

test("it draws within a second and trains within two", { timeout: 40_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const runs = [];
    for (let i = 0; i < 3; i++) {
      const { page, context, clean } = await open(browser, url, { init: watch });
      await page.waitForFunction(() => marks.frame !== undefined && marks.step !== undefined);
      runs.push(
        await page.evaluate(() => {
          const [{ domContentLoadedEventEnd }] = performance.getEntriesByType("navigation");
          return { ...marks, loaded: domContentLoadedEventEnd };
        }),
      );
      clean();
      await context.close();
    }
    // The best of three: the machine may have other things to do.
    const best = (mark) => Math.min(...runs.map((run) => run[mark]));
    table(t, "From navigation, on localhost, best of three", [
      ["DOMContentLoaded", ms(best("loaded"))],
      ["window.latticeLab is there", ms(best("api"))],
      ["first frame", ms(best("frame")), "of 1000 ms"],
      ["first training step", ms(best("step")), "of 2000 ms"],
      ["longest task meanwhile", ms(best("longest"))],
    ]);
    // The bars are those of a quiet machine; this one may be busy, and gets twice the time.
    assert(best("frame") < 2 * 1000, `the first frame took ${ms(best("frame"))}`);
    assert(best("step") < 2 * 2000, `the first training step took ${ms(best("step"))}`);
  }));

test("training never blocks the page for 50 ms", { timeout: 40_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url, { init: watch });
    await page.evaluate(() => void latticeLab.run({ steps: 100_000 }));
    await nextStep(page);
    // Two windows, each longer than anything that the page does now and then; what the page does to itself it does in both.
    const windows = [];
    for (let i = 0; i < 2; i++) {
      await page.evaluate(() => (marks.longest = 0));
      await page.waitForTimeout(6000);
      windows.push(await page.evaluate(() => marks.longest));
    }
    table(t, "Longest task of the page in 6 s of training", windows.map((longest, i) => [`window ${i + 1}`, ms(longest), "of 50 ms"]));
    assert(Math.min(...windows) < 50, "a task of the page took 50 ms or more in both windows");
    clean();
  }));

test("the default preset trains to its end, and its corrected <x^2> is the exact one", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url);
    const started = Date.now();
    const { first, second } = await page.evaluate(async () => {
      const chain = async () => {
        const { series } = await latticeLab.view((await latticeLab.describe(latticeLab.labs()[0].id)).views.find(({ kind }) => kind === "paths").id);
        return series.filter(({ role }) => role === "chain").flatMap(({ y }) => [...y]);
      };
      const frame = () => new Promise((done) => {
        const stop = latticeLab.on("frame", () => { stop(); done(); });
      });
      await frame();
      const first = await chain();
      await frame();
      await frame();
      return { first, second: await chain() };
    });
    assert(first.length > 0, "the chain's paths are drawn");
    assert.notDeepEqual(first, second, "the chain moves");

    await page.evaluate(() => new Promise((done) => latticeLab.on("stopped", ({ finished }) => finished && done())));
    const badge = page.locator("#badge");
    await page.waitForFunction(() => document.querySelector("#badge").textContent !== "not yet resolved");
    const observables = await page.evaluate(() => latticeLab.observables());
    const { estimates, references } = observables.find(({ id }) => id === "x2");
    const corrected = estimates.find(({ estimator }) => estimator === "reweighted");
    const [exact] = references;
    table(t, `The default preset, ${((Date.now() - started) / 1000).toFixed(1)} s to its end`, [
      ["badge", await badge.textContent()],
      ["<x^2> reweighted", corrected.value.toFixed(5), `± ${corrected.error.toFixed(5)}`],
      ["<x^2> exact", exact.value.toFixed(5)],
    ]);
    for (const { id, estimates } of observables) assert(estimates.length > 0, `${id} has estimates`);
    // The seed is fixed, so that a build passes always or never; a change of the code draws anew, and 4 sigma are one in 16,000.
    assert(Math.abs(corrected.value - exact.value) < 4 * corrected.error, "<x^2> is within 4 sigma");
    assert.match(await badge.textContent(), /^✓ within \dσ$|σ off$/);
    assert.match(await page.locator("#device-chip").textContent(), /^CPU.*ms\/step/);
    clean();
  }));

test("the same seed gives the same losses to the last bit, another seed others", { timeout: 30_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const run = async (seed) => {
      const { page, context, clean } = await open(browser, url);
      const result = await losses(page, { params: {}, seed, steps: 30 });
      clean();
      await context.close();
      return result;
    };
    const [one, again, other] = [await run(7), await run(7), await run(8)];
    assert.equal(one.length, 30);
    assert(one.every(Number.isFinite));
    assert.deepEqual(again, one);
    assert.notDeepEqual(other, one);
  }));

test("the benchmark page times both cases", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}bench.html?device=cpu`, { ready: false });
    const results = await page.evaluate(() => latticeLabBench);
    table(t, "A training step in this Chromium", results.map((r) => [r.case, `${r.ms_per_step.toFixed(1)} ms`, `loss ${r.loss}`]));
    assert.deepEqual(results.map((result) => result.case), ["flow", "conv"]);
    for (const { ms_per_step, loss } of results) assert(ms_per_step > 0 && Number.isFinite(loss));
    clean();
  }));
