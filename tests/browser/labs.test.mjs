// Several labs on one page: the menu, descriptions that come when they are asked for, shipped weights, files of data.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { DIST, nextStep, notices, open, rejection, trains, visit } from "./harness.mjs";

const PHI4 = "phi4_diffusion";
/** A lattice so small that a step of training is a matter of milliseconds. */
const SMALL = { lattice_size: 4, steps: 40, samples: 64 };
const address = (others = {}) => `#${new URLSearchParams({ lab: PHI4, ...SMALL, ...others })}`;

const title = (page) => page.locator("#lab-title").textContent();
/** Waits until view `id` is drawn. */
const drawn = (page, id) =>
  page.evaluate(
    (id) =>
      new Promise((done) => {
        latticeLab.on("frame", ({ views }) => {
          if (views.some((view) => view.id === id)) done();
        });
      }),
    id,
  );
const settled = (page) => page.evaluate(() => latticeLab.observables().then((all) => all.length));

/** An array of numpy's, format 1.0, float32. */
function npy(shape, values) {
  const words = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const header = words.padEnd(Math.ceil((words.length + 11) / 64) * 64 - 11) + "\n";
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), length, Buffer.from(header), Buffer.from(Float32Array.from(values).buffer)]);
}

test("the menu leads to another lab and back, and nothing of one is asked of the other", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url);
    await nextStep(page);
    const links = page.locator("#labs a");
    assert.equal(await links.count(), (await page.evaluate(() => latticeLab.labs())).length);
    const home = await title(page);

    for (const way of ["mouse", "keyboard"]) {
      const there = drawn(page, "fields");
      if (way === "mouse") await links.nth(1).click();
      else await links.nth(1).press("Enter");
      await there;
      assert.equal(await page.locator("#labs a[aria-current=page]").textContent(), await title(page));
      assert.match(page.url(), /#lab=phi4_diffusion/);

      const back = drawn(page, "paths");
      if (way === "mouse") await links.nth(0).click();
      else await page.goBack();
      await back;
      assert.equal(await title(page), home);
    }

    // Of two wishes in one breath the last counts.
    await page.evaluate(() => {
      const [first, second] = document.querySelectorAll("#labs a");
      for (const link of [second, first, second, first]) link.click();
    });
    await nextStep(page);
    await settled(page);
    assert.equal(await title(page), home);
    clean();
  }));

test("a lab whose description cannot be had is a sentence, and the page goes on", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, context, clean } = await open(browser, url, { expect: /503|could not be fetched/ });
    await context.route("**/labs/*/*.json*", (route) => route.fulfill({ status: 503 }));
    await nextStep(page);
    await page.locator("#labs a").nth(1).click();
    await page.getByText("could not be fetched").waitFor();
    assert.match((await notices(page)).join(), /phi4_diffusion.*503/);
    assert.doesNotMatch(page.url(), /phi4/);
    await nextStep(page);

    // What did not come may come the next time.
    await context.unroute("**/labs/*/*.json*");
    const there = drawn(page, "fields");
    await page.locator("#labs a").nth(1).click();
    await there;

    // The same where the page starts with it.
    await context.route("**/labs/*/phi4_diffusion.json*", (route) => route.fulfill({ status: 503 }));
    await page.reload();
    await page.getByText("could not be fetched").waitFor();
    await nextStep(page);

    // Without the first one nothing goes; that is said.
    await context.route("**/labs/*/*.json*", (route) => route.fulfill({ status: 503 }));
    await page.reload();
    await page.getByText("The page cannot start").waitFor();
  }));

test("a preset with trained weights samples at once, and falls back to training without them", { timeout: 120_000 }, async (t) => {
  // The description as it would be if a preset had weights.
  const described = JSON.parse(await readFile(join(DIST, "labs/en", `${PHI4}.json`), "utf8"));
  const preset = { ...described.lab.presets[0], id: "trained", title: "Trained", params: Object.entries(SMALL), weights: "trained.safetensors" };
  described.lab.presets.push(preset);
  const extra = { [`labs/en/${PHI4}.json`]: JSON.stringify(described) };
  const trained = "#lab=phi4_diffusion&preset=trained";

  await visit(t, { extra }, async ({ browser, url }) => {
    const without = await open(browser, url + trained, { expect: /404/ });
    await without.page.getByText("the model starts untrained").waitFor();
    assert.match((await notices(without.page)).join(), /trained\.safetensors.*404/);
    await without.page.waitForFunction(() => /^done · 40 steps/.test(document.querySelector("#progress-text").textContent));
    extra["weights/trained.safetensors"] = Buffer.from(await without.page.evaluate(async () => [...(await latticeLab.save())]));
    without.clean();
    await without.context.close();

    const { page, clean } = await open(browser, url + trained);
    const done = () =>
      page.waitForFunction(
        () =>
          document.querySelector("#trained-before").textContent === "trained before: 40 steps" &&
          /^done · 40 steps, \d+ samples/.test(document.querySelector("#progress-text").textContent),
      );
    await done();
    assert.deepEqual(await notices(page), []);
    assert.equal(new URL(page.url()).hash, trained);

    // More training, then back to what was shipped.
    await page.evaluate(() => latticeLab.run({ steps: 5 }));
    await page.locator("#reset").click();
    await done();
    // A parameter that may change while it runs keeps the weights.
    await page.goto(`${url}${trained}&tail_updates=3`);
    await page.reload();
    await done();
    assert.equal(await page.locator('[data-param="tail_updates"]').inputValue(), "3");
    // One of the network does not.
    await page.locator('[data-param="lattice_size"]').fill("5");
    await page.locator('[data-param="lattice_size"]').press("Enter");
    await page.waitForFunction(() => document.querySelector("#trained-before").textContent === "");
    await page.waitForFunction(() => /^done · 40 steps/.test(document.querySelector("#progress-text").textContent));
    // Choosing it by hand brings them back, whatever the seed was.
    await page.locator("#seed").fill("7");
    await page.locator("#seed").press("Enter");
    await page.waitForFunction(() => location.hash.includes("seed=7"));
    await page.locator("#preset").selectOption("trained");
    await done();
    assert.equal(new URL(page.url()).hash, trained);
    clean();

    // Weights of another shape are refused in words.
    preset.params = Object.entries({ ...SMALL, lattice_size: 6 });
    extra[`labs/en/${PHI4}.json`] = JSON.stringify(described);
    const other = await open(browser, url + trained);
    await other.page.getByText("the model starts untrained").waitFor();
    assert.match((await notices(other.page)).join(), /lattice_size/);
    assert(await trains(other.page));
    other.clean();
  });
});

test("a file of configurations is trained on by the lab that takes one, and refused in words otherwise", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + address());
    assert(await trains(page));
    const choose = (name, buffer) => page.locator("#load-file").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    const fields = Array.from({ length: 200 * 16 }, (_, i) => Math.sin(1 + 3 * i));
    await choose("ensemble.npy", npy([200, 4, 4], fields));
    await page.getByText("Training on ensemble.npy").waitFor();
    assert(await trains(page));

    await choose("wrong.npy", npy([200, 3, 4], fields.slice(0, 200 * 12)));
    await page.getByText("The run on the screen is as it was.").waitFor();
    assert.match((await notices(page)).join(), /^wrong\.npy: .*This lab takes configurations/);
    assert.match(await rejection(page, "loadData", "nothing"), /Uint8Array/);

    const home = drawn(page, "paths");
    await page.locator("#labs a").nth(0).click();
    await home;
    await choose("ensemble.npy", npy([200, 4, 4], fields));
    await page.getByText("learns without data").waitFor();
    await nextStep(page);
    clean();
  }));

test("a snapshot of another lab brings its lab along, but not without its description", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const phi4 = await open(browser, url + address());
    assert(await trains(phi4.page));
    const buffer = Buffer.from(await phi4.page.evaluate(async () => [...(await latticeLab.save())]));
    phi4.clean();

    const { page, context, clean } = await open(browser, url, { expect: /503/ });
    await nextStep(page);
    const home = await title(page);
    const choose = () => page.locator("#load-file").setInputFiles({ name: "phi4.safetensors", mimeType: "application/octet-stream", buffer });
    await context.route("**/labs/*/*.json*", (route) => route.fulfill({ status: 503 }));
    await choose();
    await page.getByText("The run on the screen is as it was.").waitFor();
    await nextStep(page);
    assert.equal(await title(page), home);

    await context.unroute("**/labs/*/*.json*");
    const there = drawn(page, "fields");
    await choose();
    await there;
    assert.equal(await title(page), await phi4.page.locator("#lab-title").textContent());
    assert.match(page.url(), /#lab=phi4_diffusion&lattice_size=4/);
    clean();
  }));

test("a sequence is played, paused and moved through by keys, and keeps its place", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + address({ views: "denoising,loss" }), { reducedMotion: "reduce" });
    const time = page.getByRole("slider", { name: "Time" });
    const label = () => time.getAttribute("aria-valuetext");
    await page.waitForFunction(() => document.querySelector(".scrubber input")?.max > 3);
    // For readers who asked for little motion it stands at its end.
    assert.equal(await time.inputValue(), await time.getAttribute("max"));
    assert.match(await label(), /^t = 0/);
    await time.press("ArrowLeft");
    assert.equal(Number(await time.inputValue()), Number(await time.getAttribute("max")) - 1);
    await time.press("Home");
    const start = await label();
    assert(await trains(page));
    await page.waitForTimeout(1500);
    assert.equal(await label(), start, "new samples leave it where it is");

    await page.getByRole("button", { name: "Play the sequence" }).press("Enter");
    await page.waitForFunction(() => Number(document.querySelector(".scrubber input").value) > 1);
    await page.getByRole("button", { name: "Pause the sequence" }).press("Enter");
    const place = await time.inputValue();
    await page.waitForTimeout(700);
    assert.equal(await time.inputValue(), place);
    assert.equal(await page.locator(".scrubber output").textContent(), await label());
    clean();
  }));
