// The home: at the bare address, a card for each lab with a small run of the real core in it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible, goesOn, nextStep, open, table, visit } from "./harness.mjs";

const DESK = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** Notes when the pictures of each card change, for the first times, and the tasks that kept the page from answering. */
function watch() {
  window.marks = { changes: [], tasks: [] };
  new PerformanceObserver((list) => marks.tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask", buffered: true });
  const seen = [];
  window.look = () => {
    document.querySelectorAll("#cards > li").forEach((card, nth) => {
      // Small copies: what is asked is whether anything is another than before.
      const now = [...card.querySelectorAll("canvas")].map((canvas) => {
        const small = new OffscreenCanvas(24, 24);
        const context = small.getContext("2d", { willReadFrequently: true });
        if (canvas.width > 0 && canvas.height > 0) context.drawImage(canvas, 0, 0, 24, 24);
        return context.getImageData(0, 0, 24, 24).data.join();
      });
      const before = seen[nth] ?? now.map(() => null);
      seen[nth] = now;
      const empty = /^[0,]*$/;
      const changed = now.some((picture, i) => !empty.test(picture) && picture !== before[i]);
      if (changed) (marks.changes[nth] ??= []).push(performance.now());
    });
  };
  setInterval(look, 40);
}

/** Waits until each card has shown `count` pictures that differ; gives the times of all. */
async function moving(page, count) {
  await page.waitForFunction((count) => marks.changes.length === 4 && [...marks.changes].every((times) => times?.length >= count), count, { timeout: 60_000 });
  return page.evaluate(() => marks.changes);
}

/** Pictures shown so far, by card. */
const shown = (page) => page.evaluate(() => marks.changes.map((times) => times.length));

test("four cards move, each by a run of its own", { timeout: 120_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const runs = [];
    for (let i = 0; i < 3; i++) {
      const { page, context, clean } = await open(browser, url, { ...DESK, home: true, init: watch });
      const changes = await moving(page, 4);
      runs.push({ changes, longest: await page.evaluate(() => Math.max(0, ...marks.tasks)) });
      clean();
      await context.close();
    }
    const { page, clean } = await open(browser, url, { ...DESK, home: true });
    const labs = await page.evaluate(() => latticeLab.labs());
    // The best of three: the machine may have other things to do.
    const best = (of) => Math.min(...runs.map(of));
    const at = (nth, picture) => best(({ changes }) => changes[nth][picture]);
    const ms = (value) => `${value.toFixed(0)} ms`;
    const longest = best((run) => run.longest);
    table(t, "From navigation, on localhost, best of three", [
      ...labs.map(({ title }, nth) => [title, `drawn after ${ms(at(nth, 0))}`, `moved after ${ms(at(nth, 1))}, twice more until ${ms(at(nth, 3))}`]),
      ["longest task meanwhile", longest === 0 ? "under 50 ms" : ms(longest), "of 50 ms"],
    ]);
    // The bars are those of a quiet machine; this one may be busy, and gets twice the time.
    assert(at(0, 1) < 2 * 1000, `the first chain moved after ${ms(at(0, 1))}`);
    assert(longest < 2 * 50, `a task of the page took ${ms(longest)}`);

    const cards = page.locator("#cards > li");
    assert.deepEqual(await cards.locator("h3").allTextContents(), labs.map(({ title }) => title));
    for (const [nth, { id, summary }] of labs.entries()) {
      assert.equal(await cards.nth(nth).locator("p").first().textContent(), summary);
      assert.equal(await cards.nth(nth).getByRole("link").getAttribute("href"), `#lab=${id}`);
      assert.match(await cards.nth(nth).locator("p").nth(1).textContent(), /learns/);
    }
    assert.equal(await page.title(), "Lattice Lab");
    assert(await page.locator("#lab").isHidden());
    assert.equal(await page.locator("#labs [aria-current]").count(), 0);
    const { scrollWidth, scrollHeight } = await page.evaluate(() => {
      const { scrollWidth, scrollHeight } = document.documentElement;
      return { scrollWidth, scrollHeight };
    });
    assert(scrollWidth <= 1280 && scrollHeight <= 800, `the home is ${scrollWidth} x ${scrollHeight}`);
    clean();
  }));

test("keys open a lab, back returns to the home, forward to the run as it was", { timeout: 120_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url, { ...DESK, home: true, init: watch });
    await moving(page, 2);
    const names = () => Promise.all(page.workers().map((worker) => worker.evaluate(() => self.name)));
    assert((await names()).includes("many"));
    // The run behind the home has no keys.
    await page.keyboard.press("n");
    await page.keyboard.press("Space");
    const link = page.locator("#cards a").first();
    for (let presses = 0; !(await link.evaluate((element) => element === document.activeElement)); presses++) {
      assert(presses < 20, "the first card is within reach of the tabulator");
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => location.hash === "#lab=double_well_flow");
    await nextStep(page);
    assert(await page.locator("#home").isHidden());
    assert.equal(await page.evaluate(() => document.activeElement.id), "lab", "the keyboard has moved along");
    assert.match(await page.title(), /^Double well/);
    assert(!(await names()).includes("many"), "the home's worker has ended");

    await page.goBack();
    await page.locator("#home").waitFor();
    assert.equal(new URL(page.url()).hash, "");
    await page.evaluate(() => (marks.changes = []));
    await moving(page, 2);
    const step = () => page.evaluate(() => Number(/step (\d+)/.exec(document.querySelector("#progress-text").textContent.replace(/\u202f|,/g, ""))?.[1] ?? Number.NaN));
    const rested = await step();
    await page.waitForTimeout(700);
    assert.equal(await step(), rested, "the run rests behind the home");
    await page.goForward();
    assert((await nextStep(page)) > 0);
    assert.equal(await page.locator("#seed").inputValue(), "1");

    await page.getByRole("link", { name: "Lattice Lab" }).click();
    await page.locator("#home").waitFor();
    await page.keyboard.press("3");
    await page.waitForFunction(() => location.hash === "#lab=xy_autoregressive");
    await goesOn(page);
    clean();
  }));

test("programs open a lab from the home, and addresses of before still mean the first lab", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url, { ...DESK, home: true });
    await page.evaluate(() => latticeLab.open("double_well_flow", { n_tau: 4, hidden: 8, couplings: 2, batch: 16 }, 7));
    await page.locator("#lab").waitFor();
    assert.match(page.url(), /#lab=double_well_flow&n_tau=4.*seed=7/);
    await page.evaluate(() => latticeLab.run({ steps: 2 }));
    await page.goto(`${url}#preset=both_wells`);
    await page.waitForFunction(() => document.querySelector("#preset").value === "both_wells");
    await nextStep(page);
    clean();
  }));

test("nothing moves in a hidden tab, while it is held, and little where little motion is wanted", { timeout: 120_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, context, clean } = await open(browser, url, { ...DESK, home: true, init: watch });
    await moving(page, 3);
    await page.evaluate(() => {
      window.see = (seen) => {
        Object.defineProperty(document, "hidden", { value: !seen, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      };
    });
    const still = async () => {
      // What is on its way is still drawn.
      await page.waitForTimeout(1500);
      const before = await shown(page);
      await page.waitForTimeout(1500);
      assert.deepEqual(await shown(page), before);
    };
    await page.evaluate(() => see(false));
    await still();
    await page.evaluate(() => see(true));
    await page.evaluate(() => (marks.changes = []));
    await moving(page, 2);
    const hold = page.getByRole("button", { name: "Hold the pictures" });
    await hold.click();
    await still();
    await hold.click();
    await page.evaluate(() => (marks.changes = []));
    await moving(page, 2);
    clean();
    await context.close();

    const calm = await open(browser, url, { ...DESK, home: true, init: watch, reducedMotion: "reduce" });
    await moving(calm.page, 1);
    const before = (await shown(calm.page)).reduce((sum, n) => sum + n);
    await calm.page.waitForTimeout(6000);
    const after = (await shown(calm.page)).reduce((sum, n) => sum + n);
    assert(after - before <= 4, `${after - before} pictures in six seconds`);
    calm.clean();
  }));

for (const form of [DESK, PHONE]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe-core finds nothing at the home, ${form === PHONE ? "phone, " : ""}${colorScheme}`, { timeout: 90_000 }, (t) =>
      visit(t, {}, async ({ browser, url }) => {
        const { page, clean } = await open(browser, url, { ...form, colorScheme, home: true });
        await page.locator("#cards canvas").first().waitFor();
        await assertAccessible(page, "home");
        assert((await page.evaluate(() => document.documentElement.scrollWidth)) <= form.viewport.width, "nothing overflows");
        if (form === PHONE) {
          const boxes = await page.locator("#cards > li").evaluateAll((all) => all.map((element) => element.getBoundingClientRect().left));
          assert.equal(new Set(boxes).size, 1, "one column");
          const small = await page.locator("#home :is(a, button)").evaluateAll((all) =>
            all.map((element) => [element.textContent, element.getBoundingClientRect()]).filter(([, { width, height }]) => Math.min(width, height) < 43.5).map(([name, { width, height }]) => `${name}: ${width} x ${height}`),
          );
          assert.deepEqual(small, [], "touch targets are 44 px");
        }
        clean();
      }));
  }
}

test("where no worker starts the cards are links, and a sentence says so", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, context } = await open(browser, url, { ...DESK, home: true, expect: /worker|wasm|503/, ready: false });
    await context.route("**/wasm/*", (route) => route.fulfill({ status: 503 }));
    await page.reload();
    await page.getByText("The labs open all the same").waitFor();
    assert.equal(await page.locator("#cards a").count(), 4);
    await context.unroute("**/wasm/*");
    await page.locator("#cards a").nth(1).click();
    await page.waitForFunction(() => document.title.startsWith("φ"));
    await goesOn(page);
  }));
test("a file that is dropped on the home is told to wait for a lab", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url, { ...DESK, home: true });
    await page.locator("#cards canvas").first().waitFor();
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(["hello"], "x.txt"));
      document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
    });
    await page.getByText("x.txt: open a lab first").waitFor();
    clean();
  }));
