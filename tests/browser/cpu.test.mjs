// The page as most readers meet it: no GPU that is worth anything, so the core runs as WASM on the CPU.
import assert from "node:assert/strict";
import { test } from "node:test";
import { losses, open, table, visit } from "./harness.mjs";

test("the default preset trains to its end, and its corrected <x^2> is the exact one", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url);
    const started = Date.now();
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
    await page.waitForFunction(() => window.latticeLabBench !== undefined);
    const results = await page.evaluate(() => latticeLabBench);
    table(t, "A training step in this Chromium", results.map((r) => [r.case, `${r.ms_per_step.toFixed(1)} ms`, `loss ${r.loss}`]));
    assert.deepEqual(results.map((result) => result.case), ["flow", "conv"]);
    for (const { ms_per_step, loss } of results) assert(ms_per_step > 0 && Number.isFinite(loss));
    clean();
  }));
