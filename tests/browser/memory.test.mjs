// What the page remembers in this browser, and what it says where it may not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { finished, nextStep, notices, open, tinyHash, trains, visit } from "./harness.mjs";

/** Runs that lie in the browser's database, by id and step. */
const stored = (page) =>
  page.evaluate(
    () =>
      new Promise((done) => {
        const asked = indexedDB.open("lattice-lab", 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore("runs", { keyPath: "id" });
        asked.onsuccess = () => {
          const runs = asked.result.transaction("runs").objectStore("runs").getAll();
          runs.onsuccess = () => {
            asked.result.close();
            done(runs.result.map(({ id, step, losses }) => ({ id, step, losses: losses.length })));
          };
        };
      }),
  );

/** Trains for a while and waits until the page has remembered it. */
async function remembered(page) {
  await nextStep(page);
  await page.evaluate(() => latticeLab.save());
  let runs = [];
  while (runs.length === 0) runs = await stored(page);
  return runs[0].step;
}

const offer = (page) => page.getByRole("button", { name: /^Go on where you left off/ });

test("after a reload the run is offered, and goes on where it was", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + tinyHash({ steps: 50_000, samples: 64, seed: 4 }));
    await page.evaluate(() => latticeLab.run({ steps: 1500 }));
    await page.evaluate(() => void latticeLab.run());
    const before = await remembered(page);
    await page.reload();
    await offer(page).waitFor();
    await page.evaluate(() => latticeLab.pause());
    const [, step] = /step (\d+)/.exec(await offer(page).textContent());
    assert(Number(step) >= before);
    await trains(page);
    assert((await stored(page)).some((run) => run.id === "last" && run.step >= Number(step)), "what is offered is not written over by less");
    await offer(page).click();
    await page.waitForFunction((step) => Number(/(\d+)\//.exec(document.querySelector("#progress-text").textContent)?.[1]) > step, Number(step));
    assert((await nextStep(page)) > Number(step));
    assert.match(await page.locator("#curve-mark").textContent(), /^[0-9a-z]{4}-[0-9a-z]{4}$/, "its losses are there from the first");
    assert.deepEqual(await notices(page), []);
    clean();
  }));

test("an address that asks for another run is not asked about", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + tinyHash({ steps: 50_000, seed: 4 }));
    await remembered(page);
    await page.goto(`${url}?again${tinyHash({ seed: 5 })}`);
    await nextStep(page);
    assert.equal(await offer(page).count(), 0);
    await page.goto(`${url}?home`);
    await offer(page).waitFor();
    clean();
  }));

test("runs are kept under a name, listed, opened and deleted", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + tinyHash({ steps: 20, samples: 64 }));
    await finished(page);
    const mark = await page.locator("#curve-mark").textContent();
    await page.locator("#take-away").click();
    await page.getByLabel("Name of the run").fill("The best of mine");
    await page.getByRole("button", { name: "Keep this run in this browser" }).click();
    const row = page.locator(".kept li", { hasText: "The best of mine" });
    await row.waitFor();
    assert.match(await row.innerText(), /\d{4}.*[kM]B/, "date and size");
    await page.locator("#close-take-away").click();
    await page.evaluate(() => latticeLab.open("double_well_flow", { n_tau: 8, steps: 5, samples: 64 }, 2));
    await page.locator("#take-away").click();
    await page.getByRole("button", { name: "Open The best of mine" }).click();
    await finished(page);
    assert.equal(await page.locator("#curve-mark").textContent(), mark);
    assert.equal(await page.locator("#seed").inputValue(), "1");
    await page.locator("#take-away").click();
    await page.getByRole("button", { name: "Delete all kept runs" }).click();
    await page.getByText("Nothing is kept here.").waitFor();
    await page.locator("#close-take-away").click();
    await page.evaluate(() => latticeLab.save());
    assert.deepEqual(await stored(page), []);
    clean();
  }));

for (const [what, init, sentence] of [
  ["forbidden", () => Object.defineProperty(window, "indexedDB", { get: () => { throw new DOMException("denied", "SecurityError"); } }), /gives the page no storage/],
  ["full", () => (IDBObjectStore.prototype.put = () => { throw new DOMException("no room", "QuotaExceededError"); }), /is full/],
]) {
  test(`where storage is ${what} the page works and says so when asked`, { timeout: 60_000 }, (t) =>
    visit(t, {}, async ({ browser, url }) => {
      const { page, clean } = await open(browser, url + tinyHash({ steps: 20, samples: 64 }), { init });
      await finished(page);
      assert(await trains(page));
      assert.deepEqual(await notices(page), []);
      await page.locator("#take-away").click();
      await page.getByRole("button", { name: "Keep this run in this browser" }).click();
      await page.locator(".said", { hasText: sentence }).waitFor();
      clean();
    }));
}
