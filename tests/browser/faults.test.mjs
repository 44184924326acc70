// What readers and programs get wrong, and what breaks by itself: a sentence that names it, and a page that lives.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nextStep, notices, open, rejection, TINY, tinyHash, trains, visit, workerOf } from "./harness.mjs";

test("a broken address is complained about and the page starts", { timeout: 30_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=nope&f2=abc&n_tau=7&lambda=99&seed=-1&device=abacus&%%%&=&x`);
    assert(await trains(page));
    const said = (await notices(page)).join("\n");
    for (const named of [/lab = nope/, /f2 = .?abc/, /n_tau = 7/, /lambda = 99 .*\[0\.1, 5\]/, /seed = -1/, /device = abacus/]) {
      assert.match(said, named);
    }
    clean();
  }));

test("what is out of range is refused in the core's words, and the session is as it was", { timeout: 30_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + tinyHash());
    const lab = "double_well_flow";
    assert.match(await rejection(page, "open", lab, { lambda: 99 }), /lambda = 99.*\[0\.1, 5\]/);
    assert.match(await rejection(page, "open", lab, { n_tau: 4.5 }), /n_tau = 4\.5/);
    assert.match(await rejection(page, "open", lab, { mass: "heavy" }), /mass = .?heavy/);
    assert.match(await rejection(page, "open", lab, { model: "transformer" }), /model = .?transformer.*fourier/);
    assert.match(await rejection(page, "open", lab, { charm: 1 }), /charm/);
    assert.match(await rejection(page, "open", "qcd"), /qcd.*double_well_flow/);
    assert.match(await rejection(page, "set", "f2", -1), /f2 = -1.*\[0, 6\]/);
    assert.match(await rejection(page, "set", "charm", 1), /charm/);
    assert.match(await rejection(page, "view", "moon"), /moon/);
    assert(await trains(page));
    clean();
  }));

test("a snapshot that is cut short or is none is refused, and the session goes on", { timeout: 30_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + tinyHash());
    const bytes = Buffer.from(await page.evaluate(async () => [...(await latticeLab.save())]));
    const truncated = bytes.subarray(0, Math.floor(bytes.length / 2));
    for (const wrong of [truncated, bytes.subarray(0, 5), Buffer.from("not a snapshot"), Buffer.alloc(0)]) {
      const sentence = await page.evaluate(
        (wrong) => latticeLab.load(Uint8Array.from(wrong)).then(() => undefined, ({ message }) => message),
        [...wrong],
      );
      assert.match(String(sentence), /snapshot/, `${wrong.length} bytes`);
    }
    assert(await trains(page));

    // The same by the reader's own hand.
    await page.locator("#load-file").setInputFiles({ name: "half.safetensors", mimeType: "application/octet-stream", buffer: truncated });
    await page.getByText("The run on the screen is as it was.").waitFor();
    assert.match((await notices(page)).join(), /^half\.safetensors: .*snapshot/);
    assert(await trains(page));
    // Many of them do not push the page out of sight.
    for (let i = 1; i <= 7; i++) {
      await page.locator("#load-file").setInputFiles({ name: `no${i}.safetensors`, mimeType: "application/octet-stream", buffer: truncated });
      await page.getByText(`no${i}.safetensors:`).waitFor();
    }
    assert.deepEqual((await notices(page)).map((text) => text.slice(0, 3)), ["no3", "no4", "no5", "no6", "no7"]);
    await page.locator("#load-file").setInputFiles({ name: "whole.safetensors", mimeType: "application/octet-stream", buffer: bytes });
    await page.getByText("whole.safetensors loaded").waitFor();
    clean();
  }));

test("when the worker dies, a button brings the run back", { timeout: 30_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url, { expect: /provoked/ });
    await nextStep(page);
    await page.evaluate(() => latticeLab.save());
    const worker = await workerOf(page, "cpu");
    await worker.evaluate(() => void setTimeout(() => { throw new Error("provoked"); }));
    await page.getByText("The computation stopped").waitFor();
    assert.match((await notices(page)).join(), /provoked\. Step \d+ was kept\.$/);
    await page.getByRole("button", { name: "Go on from the last snapshot" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    assert(await trains(page));
    assert.deepEqual(await notices(page), []);
    clean();
  }));

test("where memory is short, the page says so, and the run before goes on", { timeout: 60_000 }, (t) =>
  // Eight megabytes for the core.
  visit(t, { flags: ["--js-flags=--wasm-max-mem-pages=128"] }, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + tinyHash());
    await nextStep(page);
    await page.evaluate(() => latticeLab.save());
    await page.evaluate(() => latticeLab.open("double_well_flow", { n_tau: 64, hidden: 256, couplings: 8, batch: 1024 }).then(() => latticeLab.run({ steps: 1 })).catch(() => undefined));
    await page.getByText("there is not enough memory").waitFor();
    await page.getByRole("button", { name: /^(Go on from the last snapshot|Begin anew)$/ }).click();
    await page.waitForFunction(() => document.querySelector("#progress-text").textContent !== "stopped");
    assert.deepEqual(await notices(page), []);
    // What was too large may be so again; something smaller goes.
    await page.evaluate((params) => latticeLab.open("double_well_flow", params), TINY);
    assert(await trains(page));
    clean();
  }));

test("an address that asks for more memory than there is opens with the defaults instead, by a button", { timeout: 60_000 }, (t) =>
  visit(t, { flags: ["--js-flags=--wasm-max-mem-pages=128"] }, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=double_well_flow&n_tau=64&hidden=256&couplings=16&batch=1024`);
    await page.getByText("there is not enough memory").waitFor();
    assert.match((await notices(page)).join(), /Nothing was opened yet/);
    await page.locator(".notice button:not(.quiet)").first().click();
    await page.waitForFunction(() => document.querySelector("#progress-text").textContent !== "stopped");
    clean();
  }));
