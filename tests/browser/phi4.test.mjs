// The phi^4 lab in the tab: the default preset against its reference, the speed of sampling, sequences, files of data, weights.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { AXE, nextStep, notices, open, rejection, table, visit } from "./harness.mjs";

const axe = await readFile(AXE, "utf8");

/** A lattice so small that every session opens at once. */
const SMALL = { lattice_size: 4, channels: 4, levels: 1, data_size: 64, batch: 8 };

/** The bytes of a `.npy` file of float32 with this shape. */
function npy(shape, values) {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + "\n";
  const bytes = new Uint8Array(10 + padded.length + 4 * values.length);
  bytes.set([0x93, ...Buffer.from("NUMPY"), 1, 0, padded.length & 255, padded.length >> 8]);
  bytes.set(Buffer.from(padded), 10);
  new Uint8Array(bytes.buffer).set(new Uint8Array(Float32Array.from(values).buffer), 10 + padded.length);
  return bytes;
}

/** Drops a file on the page. */
function drop(page, name, bytes) {
  return page.evaluate(
    ({ name, bytes }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], name));
      document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    },
    { name, bytes: [...bytes] },
  );
}

test("the default preset's susceptibility is within 10 % of the reference within 30 s", { timeout: 120_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=phi4_diffusion`);
    const started = await page.evaluate(() => performance.timeOrigin);
    await nextStep(page);
    const first = Date.now() - started;
    // The run that the page has begun ends with its samples.
    await page.waitForFunction(() => document.querySelector("#progress-text").textContent.startsWith("done"), undefined, { timeout: 90_000 });
    const took = Date.now() - started;
    const observables = await page.evaluate(() => latticeLab.observables());
    const rows = observables.flatMap(({ id, references: [reference], estimates }) => {
      const raw = estimates.find(({ estimator }) => estimator === "raw");
      return reference && raw ? [[id, `${raw.value.toPrecision(4)} ± ${raw.error.toPrecision(2)}`, reference.value.toPrecision(4)]] : [];
    });
    table(t, `Default preset, done ${(took / 1000).toFixed(1)} s after navigation (training from ${first} ms), raw samples`, rows);
    const of = (id) => observables.find((one) => one.id === id);
    const [chi2, phi2] = ["chi2", "phi2"].map((id) => {
      const { references, estimates } = of(id);
      return estimates.find(({ estimator }) => estimator === "raw").value / references[0].value - 1;
    });
    assert(Math.abs(chi2) < 0.1, `chi2 is ${(100 * chi2).toFixed(1)} % off`);
    assert(Math.abs(phi2) < 0.03, `phi2 is ${(100 * phi2).toFixed(1)} % off`);
    // The bar is that of a quiet machine; this one may be busy, and gets twice the time.
    assert(took < 60_000, `it took ${took} ms`);
    assert.equal(await page.locator("#strip-legend").innerText().then((text) => /with tail/.test(text)), true);
    clean();
  }));

test("sampling 64 configurations of 16 x 16 in 200 steps takes less than 5 s", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url);
    const times = await page.evaluate(async () => {
      await latticeLab.open("phi4_diffusion", { lattice_size: 16, sampling_steps: 200, tail_updates: 0 });
      const times = [];
      for (let i = 0; i < 2; i++) {
        const start = performance.now();
        await latticeLab.sample(64);
        times.push(performance.now() - start);
      }
      return times;
    });
    table(t, "64 configurations of 16 x 16, 200 steps", times.map((ms, i) => [`time ${i + 1}`, `${ms.toFixed(0)} ms`, "of 5000 ms"]));
    // Twice the bar for a busy machine.
    assert(Math.min(...times) < 2 * 5000, `${times}`);
    clean();
  }));

test("the menu changes labs and back, fields and sequences are drawn, and axe-core finds nothing", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url, { viewport: { width: 1366, height: 768 } });
    await page.locator("#labs a", { hasText: "φ⁴" }).click();
    await page.waitForFunction(() => document.title.startsWith("φ⁴"));
    await nextStep(page);
    assert.match(page.url(), /#lab=phi4_diffusion/);
    await page.locator("#preset").selectOption("diffusion_is_langevin");
    const slider = page.locator(".scrubber input");
    await page.waitForFunction(() => document.querySelector(".scrubber input")?.max > 10);
    await slider.focus();
    // It may be playing by itself: a key that moves it stops it.
    await page.keyboard.press("End");
    const last = await slider.getAttribute("aria-valuetext");
    await page.keyboard.press("Home");
    const first = await slider.getAttribute("aria-valuetext");
    assert.equal(first, "t = 1.000");
    assert.equal(last, "t = 0.000");
    const colours = await page.locator("#model-canvas canvas").evaluate((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return new Set(Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 4).join())).size;
    });
    assert(colours > 20, `the model's picture has ${colours} colours`);
    await page.evaluate(axe);
    const violations = await page.evaluate(async () =>
      (await window.axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0].target} ${nodes[0].failureSummary}`),
    );
    assert.deepEqual(violations, []);
    await page.goBack();
    await page.goBack();
    await page.waitForFunction(() => document.title.startsWith("Double well"));
    await nextStep(page);
    clean();
  }));

test("files of data are taken, or refused with the reason and nothing lost", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url);
    await page.evaluate((small) => latticeLab.open("phi4_diffusion", small), SMALL);
    await page.evaluate(() => latticeLab.run({ steps: 3 }));
    const wave = Array.from({ length: 32 * 16 }, (_, i) => Math.sin(0.7 * i));
    await drop(page, "wrong.npy", npy([8, 8, 8], wave));
    await page.waitForFunction(() => document.querySelector("#notices p"));
    const [said] = await notices(page);
    assert.match(said, /wrong\.npy: has configurations of 8 x 8 sites; this session's lattice is 4 x 4/);
    assert.match(await rejection(page, "loadData", new Uint8Array([1, 2, 3])), /takes a Uint8Array|neither a \.npy/);
    const broken = wave.map((v, i) => (i === 40 ? Number.NaN : v));
    await drop(page, "nan.npy", npy([32, 4, 4], broken));
    await page.waitForFunction(() => [...document.querySelectorAll("#notices p")].some((p) => /NaN in configuration 2, row 2/.test(p.textContent)));
    await drop(page, "good.npy", npy([32, 4, 4], wave));
    await page.waitForFunction(() => /good\.npy/.test(document.querySelector("#flash").textContent));
    const data = await page.evaluate(async () => {
      const phi2 = (await latticeLab.observables()).find(({ id }) => id === "phi2");
      return phi2.estimates.find(({ estimator }) => estimator === "data");
    });
    const expected = wave.reduce((sum, v) => sum + v * v, 0) / wave.length;
    assert(Math.abs(data.value / expected - 1) < 0.05, `${data.value} is not about ${expected}`);
    await page.evaluate(() => latticeLab.open("double_well_flow"));
    await drop(page, "good.npy", npy([32, 4, 4], wave));
    await page.waitForFunction(() => [...document.querySelectorAll("#notices p")].some((p) => /learns without data/.test(p.textContent)));
    clean();
  }));

test("a preset with trained weights starts from them", { timeout: 120_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=phi4_diffusion&preset=broken_phase&samples=16`);
    const opened = Date.now();
    await page.waitForFunction(() => /^done · 1500 steps, 16 samples/.test(document.querySelector("#progress-text").textContent), undefined, { timeout: 90_000 });
    t.diagnostic(`16 samples of 32 x 32 were there ${Date.now() - opened} ms after the page`);
    const absM = await page.evaluate(async () => (await latticeLab.observables()).find(({ id }) => id === "abs_m"));
    const raw = absM.estimates.find(({ estimator }) => estimator === "raw");
    assert(Math.abs(raw.value / 8.3082 - 1) < 0.005, `<|M|> = ${raw.value}`);
    clean();
  }));

test("theories without a ground state are refused by name, and the run goes on", { timeout: 40_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url);
    await page.evaluate((small) => latticeLab.open("phi4_diffusion", { ...small, kappa: 0.3 }), SMALL);
    assert.match(await rejection(page, "set", "lambda", 0), /kappa = 0\.3 needs lambda > 0/);
    assert.match(await rejection(page, "set", "lambda", -1), /lambda = -1 is outside \[0, 2\]/);
    assert.match(await rejection(page, "set", "likelihood", 3), /likelihood = 3 is neither true nor false/);
    assert.equal(await page.evaluate(() => latticeLab.run({ steps: 2 })), true);
    clean();
  }));

/** A quartic coupling at which Langevin steps of 0.15 diverge, but not at once. */
const STIFF = { ...SMALL, lattice_size: 8, lambda: 0.3, kappa: 0.2, chain: "langevin", steps: 2000, samples: 16 };
const langevinStep = (page) => page.locator("input[data-param=langevin_step]").first();

test("a chain that diverges says so, keeps what it has and goes on with a third of the step", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=phi4_diffusion&${new URLSearchParams({ ...STIFF, langevin_step: 0.15 })}`);
    const button = page.getByRole("button", { name: "Go on with a third of the step size" });
    await button.waitFor();
    assert.match((await notices(page)).join(), /chain's configuration is -?inf at step \d+; the state before it was kept/);
    const gone = nextStep(page);
    await button.click();
    const step = await gone;
    assert(step > 10, `it went on at step ${step}`);
    assert.match(page.url(), /langevin_step=0\.05/);
    assert.equal(await langevinStep(page).inputValue(), "0.05");
    await page.evaluate((than) => new Promise((done) => latticeLab.on("progress", ({ step }) => step > than && done())), step + 50);
    t.diagnostic(`went on at step ${step}, and on beyond ${step + 50}`);

    // What cannot even begin is refused at its knob, and the run is what it was.
    await page.locator("details").evaluateAll((all) => all.forEach((one) => (one.open = true)));
    await langevinStep(page).fill("0.3");
    await langevinStep(page).press("Enter");
    await page.waitForFunction(() => document.querySelector("input[data-param=langevin_step]").ariaInvalid === "true");
    assert.match(await page.locator(".field:has([data-param=langevin_step]) .problem").textContent(), /Take a smaller Langevin step/);
    const later = await nextStep(page);
    await page.evaluate((than) => new Promise((done) => latticeLab.on("progress", ({ step }) => step > than && done())), later + 50);
    assert.match(page.url(), /langevin_step=0\.05/);
    clean();
  }));

test("an address whose chain diverges at once opens with the usual step, and says so", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=phi4_diffusion&${new URLSearchParams({ ...STIFF, langevin_step: 0.3 })}`);
    await nextStep(page);
    assert.match((await notices(page)).join(), /where the default is used:.*chain's configuration is -?inf/s);
    assert.equal(await langevinStep(page).inputValue(), "0.02");
    clean();
  }));
