// Runs beside each other: marks of loss curves, pinned runs, sweeps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { finished, notices, open, TINY, taken, tinyHash, visit } from "./harness.mjs";

/** The mark of a loss curve, written down a second time. */
function markOf(losses) {
  const bytes = new Uint8Array(Float32Array.from(losses).buffer);
  const digits = "0123456789abcdefghjkmnpqrstvwxyz";
  const half = (basis) => {
    let word = basis;
    for (const byte of bytes) word = Math.imul(word ^ byte, 0x01000193) >>> 0;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = (word ^ (word >>> 13)) >>> 0;
    return [0, 5, 10, 15].map((shift) => digits[(word >>> shift) & 31]).join("");
  };
  return `${half(0x811c9dc5)}-${half(0x050c5d1f)}`;
}

test("the same link has the same mark, another seed another, and the mark is of the losses", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const mark = async (others) => {
      const { page, context, clean } = await open(browser, url + tinyHash({ steps: 40, samples: 64, ...others }));
      await finished(page);
      const text = await page.locator("#curve-mark").textContent();
      clean();
      await context.close();
      return text;
    };
    const [one, again, other] = [await mark({ seed: 7 }), await mark({ seed: 7 }), await mark({ seed: 8 })];
    assert.match(one, /^[0-9a-z]{4}-[0-9a-z]{4}$/);
    assert.equal(again, one);
    assert.notEqual(other, one);

    const { page, clean } = await open(browser, url + tinyHash());
    const { losses, shown } = await page.evaluate(async (params) => {
      const losses = [];
      await latticeLab.open("double_well_flow", { ...params, steps: 40, samples: 64 }, 7);
      const stop = latticeLab.on("progress", (event) => losses.push(...event.losses));
      await latticeLab.run();
      stop();
      return { losses, shown: document.querySelector("#curve-mark").textContent };
    }, TINY);
    assert.equal(losses.length, 40);
    assert.equal(shown, markOf(losses));
    assert.equal(shown, one, "by program as by link");

    await page.evaluate(() => latticeLab.set("learning_rate", 0.003));
    await page.evaluate(() => latticeLab.run({ steps: 5 }));
    assert.match(await page.locator("#curve-mark").textContent(), /\*$/, "what the link alone does not give is marked");
    assert.match(await page.locator("#curve-mark").getAttribute("data-tip"), /learning rate/);
    clean();
  }));

test("pinned runs stay as ghosts and in the table, six at most", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + tinyHash({ steps: 20, samples: 256, views: "density,loss" }), { acceptDownloads: true });
    await finished(page);
    await page.waitForTimeout(300);
    const before = await page.locator("#curve-mark").textContent();
    await page.keyboard.press("p");
    await page.locator("#pins tbody tr").nth(1).waitFor();
    // Another theory, by another preset of the same lab.
    await page.evaluate((params) => latticeLab.open("double_well_flow", { ...params, f2: 2, steps: 20, samples: 256 }, 3), TINY);
    await page.evaluate(() => latticeLab.run());
    await page.waitForTimeout(1500);
    for (const view of ["density", "loss"]) {
      const card = page.locator(`.plot[data-view="${view}"]`);
      await card.getByText("pinned A").waitFor();
      await card.locator(".menu summary").click();
      const svg = (await taken(page, () => card.locator('[data-take="svg"]').click())).bytes.toString();
      assert.match(svg, /stroke-dasharray="3 3"/, `${view} has a ghost`);
      assert.match(svg, />A<\/text>/, `${view} names it`);
    }
    const head = await page.locator("#pins thead").innerText();
    for (const column of ["seed", "time", "curve", "ESS"]) assert(head.includes(column), `${column} in ${head}`);
    const pinned = await page.locator("#pins tbody tr").first().innerText();
    assert(pinned.startsWith("A") && pinned.includes(before), pinned);
    await page.locator("#preset").selectOption("both_wells");
    await page.waitForTimeout(500);
    assert.equal(await page.locator(".plot").first().getByText("pinned A").count(), 1, "it outlives a change of preset");

    for (const letter of ["B", "C", "D", "E", "F"]) {
      await page.locator("#pin").click();
      await page.locator("#pins tbody th", { hasText: `${letter}:` }).waitFor();
    }
    await page.keyboard.press("p");
    await page.getByText("6 runs are pinned").waitFor();
    await page.getByRole("button", { name: "Remove pinned run A" }).click();
    await page.locator("#pins tbody th", { hasText: "A:" }).waitFor({ state: "detached" });
    // The pins of a lab are that lab's.
    await page.evaluate(() => latticeLab.open("xy_autoregressive", { lattice_size: 2, hidden: 4, batch: 16, steps: 2, samples: 64 }));
    await page.locator("#pins").waitFor({ state: "hidden" });
    clean();
  }));

test("a sweep runs beside the run, gives its curve, and can be stopped", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + tinyHash({ steps: 15, samples: 128 }), { acceptDownloads: true });
    await finished(page);
    await page.evaluate(() => void latticeLab.run({ steps: 1_000_000 }));
    await page.locator("#sweep > summary").click();
    const form = page.locator(".sweep-form");
    await form.getByLabel("from").fill("0.5");
    await form.getByLabel("to").fill("9");
    await form.getByLabel("values").fill("3");
    await form.getByRole("button", { name: "Sweep" }).click();
    await page.getByText("f2 is a number from 0 to 6").waitFor();
    await form.getByLabel("to").fill("2");
    const step = () => page.evaluate(() => new Promise((done) => { const stop = latticeLab.on("progress", ({ step }) => { stop(); done(step); }); }));
    const first = await step();
    await form.getByRole("button", { name: "Sweep" }).click();
    await page.getByText("Done: 3 values").waitFor({ timeout: 60_000 });
    assert((await step()) > first, "the run on the screen went on");
    const card = page.locator(".sweep-plot");
    await card.locator(".menu summary").click();
    const lines = (await taken(page, () => card.locator('[data-take="csv"]').click())).bytes.toString().trimEnd().split("\n");
    assert.deepEqual(lines.filter((line) => line.startsWith("exact")).map((line) => Number(line.split(",")[1])), [0.5, 1.25, 2]);
    assert.equal(lines.filter((line) => line.startsWith("chain")).length, 3);

    await form.getByLabel("values").fill("24");
    await form.getByRole("button", { name: "Sweep" }).click();
    await page.getByText(/^Value \d+ of 24/).waitFor();
    await form.getByRole("button", { name: "Stop" }).click();
    await page.getByText(/^Stopped after \d+ values?\.$/).waitFor();
    await page.waitForTimeout(300);
    assert.equal(page.workers().length, 1, "its worker is gone");
    assert.deepEqual(await notices(page), []);
    clean();
  }));
