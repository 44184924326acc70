// dist/ below any path of any host, and inside other pages.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FIRST, nextStep, open, serve, TINY, toLab, visit } from "./harness.mjs";

const BASE = "/some/where/";
/** A page with the lab in an iframe; `ask` calls the API inside it and gives up after two seconds. */
const parent = (src) => `<!doctype html><html lang="en"><title>parent</title><link rel="icon" href="data:,">
<iframe src="${src}" width="900" height="600" title="Lattice Lab"></iframe>
<script>
  let calls = 0;
  const heard = [];
  const ask = (method, ...args) => new Promise((resolve, reject) => {
    const id = ++calls;
    addEventListener("message", ({ data: { latticeLab: answer } }) => {
      if (answer.event) heard.push(answer.event);
      if (answer.id !== id) return;
      if ("error" in answer) reject(new Error(answer.error)); else resolve(answer.result);
    });
    setTimeout(() => reject(new Error("no answer")), 10_000);
    frames[0].postMessage({ latticeLab: { id, method, args } }, "*");
  });
</script>`;

test("it works below a path, and nothing is asked for above it", { timeout: 30_000 }, (t) =>
  visit(t, { base: BASE }, async ({ browser, url }) => {
    assert.match(url, /\/some\/where\/$/);
    const { page, clean } = await open(browser, url);
    await nextStep(page);
    clean();
  }));

test("a page of the same origin drives it in an iframe by messages", { timeout: 30_000 }, (t) =>
  visit(t, { base: BASE, extra: { "parent.html": parent(`./${FIRST}`) } }, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}parent.html`, { ready: false });
    await page.frameLocator("iframe").locator("#play:enabled").waitFor();
    const answer = await page.evaluate(async (params) => {
      const [{ id }] = await ask("labs");
      const { params: specs } = await ask("describe", id);
      await ask("subscribe", "progress");
      await ask("open", id, params, 3);
      const finished = await ask("run", { steps: 5 });
      const refusal = await ask("set", "lambda", 99).catch(({ message }) => message);
      const stranger = await ask("reboot").catch(({ message }) => message);
      return { id, specs: specs.length, finished, refusal, stranger, heard, observables: (await ask("observables")).length };
    }, TINY);
    assert.equal(answer.id, "double_well_flow");
    assert.equal(answer.finished, true);
    assert(answer.specs > 0 && answer.observables > 0);
    assert(answer.heard.includes("progress"));
    assert.match(answer.refusal, /lambda = 99/);
    assert.match(answer.stranger, /unknown method reboot/);
    clean();
  }));

test("a page of another origin gets no answer", { timeout: 30_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const elsewhere = await serve({ extra: { "parent.html": parent(toLab(url)) } });
    const { page } = await open(browser, `${elsewhere.url}parent.html`, { ready: false });
    await page.frameLocator("iframe").locator("#play:enabled").waitFor();
    const answer = await page.evaluate(() => Promise.race([ask("labs"), new Promise((r) => setTimeout(r, 2000, "silence"))]));
    assert.equal(answer, "silence");
    await elsewhere.close();
  }));
