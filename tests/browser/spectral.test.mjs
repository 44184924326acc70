// The lab of spectral functions in the tab: one wide picture of many methods, a hand that draws the truth, methods hidden and
// taken out, tables and files of numbers, data from files, phones, and axe-core.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible, notices, open, rejection, taken, visit } from "./harness.mjs";

const LAB = "spectral_function";
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const DESK = { viewport: { width: 1280, height: 800 } };

/** Three methods that are quick, none of them a network; few replicas. */
const QUICK = { methods: "tsvd,tikhonov,gaussian_process", samples: 12 };
const address = (others = {}) => `#${new URLSearchParams({ lab: LAB, ...QUICK, ...others })}`.replaceAll("%2C", ",");

const done = (page) => page.waitForFunction(() => document.querySelector("#progress-text").textContent.startsWith("done"));

/** The true curve. */
const truth = (page) =>
  page.evaluate(async () => {
    const { series } = await latticeLab.view("spectrum");
    const { x, y } = series.find(({ role }) => role === "truth");
    return { x: [...x], y: [...y] };
  });

/** A number that changes with every pixel of the large picture. */
const fingerprint = (page) =>
  page.locator("#spectrum-canvas canvas").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let hash = 0;
    for (const byte of data) hash = (31 * hash + byte) | 0;
    return hash;
  });

/** Opens the lab and waits until its replicas are drawn. */
async function opened(browser, url, options = DESK, others = {}) {
  const opened = await open(browser, url + address(others), options);
  await done(opened.page);
  return opened;
}

/** Moves the pointer across the picture along places given as parts of its width and height. */
async function drag(page, places) {
  const box = await page.locator("#spectrum-canvas").boundingBox();
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(places[0]));
  await page.mouse.down();
  for (const place of places.slice(1)) await page.mouse.move(...at(place), { steps: 8 });
  await page.mouse.up();
}

test("without networks it goes straight to the replicas, and nothing on the page speaks of chains", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await opened(browser, url);
    assert.match(await page.locator("#progress-text").textContent(), /^done · 12 replicas$/);
    assert.equal(await page.locator("#play").textContent(), "Run again");
    assert(await page.locator("#step").isDisabled(), "there is no step to make");
    assert.match(await page.locator("#clock").textContent(), /replicas/);
    for (const part of ["#stage", "#clock", "#strip", "#method-table"]) {
      assert.doesNotMatch(await page.locator(part).innerText(), /chain|samples|sampling/i, part);
    }
    assert.equal(await page.locator("#chain-canvas").isVisible(), false);
    assert.match(await page.locator("#spectrum-canvas canvas").getAttribute("aria-label"), /truth: highest at .*TSVD: highest at/);

    // Each method has its mark in each row, and its own numbers below.
    assert.equal(await page.locator("#strip .row").first().locator("svg g:not([visibility])").count(), 3);
    assert.equal(await page.locator("#method-table tbody tr").count(), 3);
    assert.match(await page.locator("#badge-text").textContent(), /\d of 3 (within 2σ|fit the data)/);
    assert.match(await page.locator("#badge").getAttribute("data-tip"), /TSVD/);
    await page.locator("#play").click();
    await done(page);
    clean();
  }));

test("a method is hidden and shown again by its legend, in all pictures, and stays hidden in new ones", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await opened(browser, url);
    const button = page.locator("#spectrum-legend button", { hasText: "Tikhonov" });
    const before = await fingerprint(page);
    const marks = page.locator("#strip .row").first().locator("svg g:not([visibility])");
    await button.click();
    assert.equal(await button.getAttribute("aria-pressed"), "false");
    assert.notEqual(await fingerprint(page), before);
    assert.equal(await marks.count(), 2);
    assert.doesNotMatch(await page.locator("[data-view=data] .legend").innerText(), /Tikhonov/);
    await page.evaluate(() => latticeLab.set("noise", 0.01));
    await page.waitForTimeout(800);
    assert.equal(await button.getAttribute("aria-pressed"), "false");
    assert.equal(await marks.count(), 2);
    // By key, and the focus stays where it is.
    await button.focus();
    await page.keyboard.press("Space");
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Tikhonov");
    assert.equal(await marks.count(), 3);
    clean();
  }));

test("methods are taken in and out by their boxes, are in the address, and the last one stays", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await opened(browser, url);
    const box = (label) => page.locator("#theory .boxes").getByLabel(label, { exact: true });
    assert(await box("TSVD").isChecked());
    await box("sparse modelling").check();
    await page.waitForFunction(() => location.hash.includes("methods=tsvd,tikhonov,gaussian_process,sparse"));
    await page.waitForFunction(() => document.querySelectorAll("#method-table tbody tr").length === 4);
    await done(page);
    await box("TSVD").focus();
    await page.keyboard.press("Space");
    await page.waitForFunction(() => location.hash.includes("methods=tikhonov,gaussian_process,sparse"));
    for (const label of ["Gaussian process", "sparse modelling", "Tikhonov"]) await box(label).click();
    await page.getByText("At least one has to stay.").waitFor();
    await page.waitForFunction(() => location.hash.includes("methods=tikhonov&"));
    assert(await box("Tikhonov").isChecked());
    await page.locator("#undo").click();
    await page.waitForFunction(() => !location.hash.includes("methods="));
    assert.match(await rejection(page, "set", "methods", "tsvd,alchemy"), /methods = tsvd,alchemy names/);
    clean();
  }));

test("a hand draws the truth by pointer, by keys and by buttons", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await opened(browser, url);
    const shape = page.locator('[data-param="shape"]');
    assert.notEqual(await shape.inputValue(), "drawn");
    const before = await truth(page);
    await drag(page, [[0.5, 0.6], [0.6, 0.2], [0.7, 0.6]]);
    await page.waitForFunction(() => location.hash.includes("shape=drawn"));
    assert.equal(await shape.inputValue(), "drawn");
    const drawn = await truth(page);
    const span = drawn.x.at(-1) - drawn.x[0];
    const within = (curve, from, to) => curve.y.filter((_, i) => curve.x[i] > drawn.x[0] + from * span && curve.x[i] < drawn.x[0] + to * span);
    assert(Math.max(...within(drawn, 0.5, 0.7)) > 0.5 * Math.max(...before.y), "there is a hill where the hand drew it");
    assert.deepEqual(within(drawn, 0, 0.3), within(before, 0, 0.3), "elsewhere the curve is as it was");
    await done(page);

    // There and back: where the hand turned, the later line holds.
    await drag(page, [[0.5, 0.5], [0.8, 0.5], [0.6, 0.7]]);
    await page.waitForTimeout(1000);
    const back = await truth(page);
    assert.notDeepEqual(back.y, drawn.y);

    // Keys move a read-out, raise the curve there, and do not train or step.
    await page.locator("#spectrum-canvas").focus();
    await page.keyboard.press("Home");
    for (let i = 0; i < 6; i++) await page.keyboard.press("Shift+ArrowRight");
    assert.match(await page.locator("[aria-live]", { hasText: "truth" }).textContent(), /= .*truth .*Tikhonov/);
    const low = await truth(page);
    await page.keyboard.press("Shift+ArrowUp");
    await page.waitForTimeout(1000);
    const raised = await truth(page);
    assert(raised.y.some((y, i) => y > low.y[i] + 1e-4), "some of it is higher");
    assert(raised.y.every((y, i) => y > low.y[i] - 1e-2 * Math.max(...low.y)), "none is lower");

    const roughness = ({ y }) => y.slice(2).reduce((sum, v, i) => sum + (v - 2 * y[i + 1] + y[i]) ** 2, 0);
    await page.locator("#pen button", { hasText: "Smooth" }).click();
    await page.waitForTimeout(1000);
    const smooth = await truth(page);
    assert(roughness(smooth) < roughness(raised));
    await page.locator("#pen button", { hasText: "Clear" }).click();
    await page.waitForTimeout(1000);
    assert.notDeepEqual((await truth(page)).y, smooth.y);
    await done(page);
    assert.match(await rejection(page, "touch", "scribble", []), /unknown gesture `scribble`/);
    clean();
  }));

test("numbers come as tables and files", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await opened(browser, url, DESK, { views: "methods,data" });
    const table = page.locator("[data-view=methods] table");
    await table.locator("tbody tr").first().waitFor();
    assert.equal(await table.locator("th[scope=row]").count(), 4, "three methods and the truth");
    assert((await table.locator("th[scope=col]").count()) > 5);
    assert.match(await table.locator("tbody").innerText(), /\d\(\d+\)/, "some numbers have errors");
    const csv = async (view) => {
      const card = page.locator(`.plot[data-view=${view}]`);
      await card.locator(".menu summary").click();
      const { name, bytes } = await taken(page, () => card.locator('[data-take="csv"]').click());
      assert(name.endsWith(`-${view}.csv`), name);
      return bytes.toString();
    };
    const rows = (await csv("methods")).trim().split("\n");
    assert.equal(rows.length, 5);
    assert.match(rows[0], /^name,peak position,"peak position, error"/);
    assert(rows.some((row) => /^TSVD,[\d.]+,[\d.e-]+/.test(row)), rows.join("\n"));
    assert.match(await csv("data"), /^series,x,y,error\n[\s\S]*\ndata,[\d.e-]+,[\d.e-]+,[\d.e-]+\n/);
    clean();
  }));

test("data come from files, and what is wrong with a file is a sentence", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await opened(browser, url);
    assert(await page.locator("#load-data").isVisible());
    const choose = (name, text) => page.locator("#load-file").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
    await choose("broken.csv", "x,D,sigma\n0.1,1,0.1\n0.2,oops,0.1\n");
    await page.getByText("The run on the screen is as it was.").waitFor();
    assert.match((await notices(page)).join(), /^broken\.csv: .*line \d.*This lab takes/);

    const rows = Array.from({ length: 12 }, (_, i) => `${i + 1},${(Math.exp(-0.2 * (i + 1)) / (i + 1)).toPrecision(8)},0.001`);
    await choose("correlator.csv", rows.join("\n"));
    await page.getByText("Reconstructing correlator.csv").waitFor();
    assert.deepEqual(await notices(page), [], "the complaint is gone");
    await page.waitForFunction(() => /fit the data/.test(document.querySelector("#badge-text").textContent));
    await page.waitForFunction(() => !/truth/.test(document.querySelector("#spectrum-legend").textContent));
    clean();
  }));

test("what is shown of a file's data says that no exact answer is known, and knobs of mock data rest until it is given up", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + address({ methods: "tikhonov,tsvd", samples: 8 }), DESK);
    const load = (name, text) => page.locator("#load-file").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
    const noise = page.locator('input[data-param="noise"]');
    assert(await noise.isEnabled());
    assert.equal(await page.locator("#estimates-title").textContent(), "Distance from exact");
    // As a German spreadsheet writes it: decimal commas, and times where the kernel has momenta.
    const times = Array.from({ length: 12 }, (_, i) => `${i + 1};${Math.exp(-0.92 * (i + 1)).toExponential(6)};${(1e-3 * Math.exp(-0.92 * (i + 1))).toExponential(6)}`);
    await load("zeiten.csv", `t;D;Fehler\n${times.join("\n").replaceAll(".", ",")}\n`);
    await page.getByText("Data from zeiten.csv").waitFor({ timeout: 60_000 });
    assert.match(await page.locator("#doubt").textContent(), /Källén-Lehmann.*zeiten\.csv.*with “exponential, zero temperature”.* at the knob “kernel”/);
    assert(await noise.isDisabled());
    assert(await page.locator('select[data-param="shape"]').isDisabled());
    assert(await page.locator('[data-param="kernel"]').isEnabled());
    await page.waitForFunction(() => document.querySelector("#estimates-title").textContent === "Estimates, no exact answer");
    assert.equal(await page.locator("#strip-distance").textContent(), "estimate − median");
    assert.match(await page.locator("#strip .row .value").first().textContent(), /^[\d.]+$/);
    await assertAccessible(page, "data from a file");
    // The kernel that the sentence names leaves nothing to doubt.
    await page.evaluate(() => latticeLab.set("kernel", "exponential"));
    await page.waitForFunction(() => document.querySelector("#doubt").hidden);
    await page.locator("#leave-data").click();
    await page.waitForFunction(() => document.querySelector("#given").hidden);
    assert(await noise.isEnabled());
    await page.waitForFunction(() => document.querySelector("#estimates-title").textContent === "Distance from exact");
    clean();
  }));

for (const form of [DESK, PHONE]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe-core finds nothing among spectra, ${form === PHONE ? "phone, " : ""}${colorScheme}`, { timeout: 60_000 }, (t) =>
      visit(t, {}, async ({ browser, url }) => {
        const { page, clean } = await opened(browser, url, { ...form, colorScheme }, { views: "methods,data" });
        await page.locator("#spectrum-legend button").first().click();
        await page.locator("#plots").scrollIntoViewIfNeeded();
        await page.locator("[data-view=methods] tbody tr").first().waitFor();
        await page.locator("#strip summary").first().click();
        await page.locator("#spectrum-canvas").focus();
        await page.keyboard.press("ArrowLeft");
        await assertAccessible(page, "spectra");
        assert((await page.evaluate(() => document.documentElement.scrollWidth)) <= form.viewport.width, "nothing overflows");
        if (form === PHONE) {
          const small = await page.locator("#spectrum-legend button, #pen button, #theory .boxes label").evaluateAll((all) =>
            all.map((one) => [one.textContent, one.getBoundingClientRect().height]).filter(([, height]) => height < 44),
          );
          assert.deepEqual(small, [], "targets suit a thumb");
        }
        clean();
      }));
  }
}

test("a finger draws on a phone, and the page does not scroll under it", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, context, clean } = await opened(browser, url, PHONE);
    const before = await truth(page);
    const box = await page.locator("#spectrum-canvas").boundingBox();
    const scrolled = await page.evaluate(() => scrollY);
    const touch = await context.newCDPSession(page);
    const at = (part) => ({ x: box.x + part * box.width, y: box.y + 0.4 * box.height });
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [at(0.5)] });
    for (let i = 1; i <= 6; i++) {
      await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [at(0.5 + 0.05 * i)] });
      await page.waitForTimeout(50);
    }
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await page.waitForFunction(() => location.hash.includes("shape=drawn"));
    assert.notDeepEqual((await truth(page)).y, before.y);
    assert.equal(await page.evaluate(() => scrollY), scrolled);
    clean();
  }));
