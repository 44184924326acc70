// WebGPU, as far as a machine without a GPU can show it: SwiftShader computes the shaders on the CPU, seconds for a step of a
// tiny shape. Most of the time goes into compiling the shaders, so that one page serves all of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { losses, notices, open, TINY, tinyHash, visit, workerOf } from "./harness.mjs";

const close = (a, b) => Math.abs(a - b) < 1e-3 * Math.abs(b);

/** Opens the tiny session, which does not run yet, and waits until it is on the device that the address asks for. */
async function openOn(device, browser, url) {
  const opened = await open(browser, url + tinyHash({ device }), { expect: /lost|destroyed|read-?back|panicked|unreachable/i });
  await opened.page.evaluate((params) => latticeLab.open("double_well_flow", params), TINY);
  await opened.page.waitForFunction((kind) => latticeLab.device().kind === kind, device, { timeout: 60_000 });
  return opened;
}

/** Loads a snapshot, makes a step and gives what was reached. */
const stepFrom = (page, bytes) =>
  page.evaluate(async (bytes) => {
    await latticeLab.load(Uint8Array.from(bytes));
    const seen = [];
    const stop = latticeLab.on("progress", ({ step, losses }) => seen.push({ step, loss: losses.at(-1) }));
    await latticeLab.run({ steps: 1 });
    stop();
    return seen.at(-1);
  }, bytes);

test("WebGPU on SwiftShader", { timeout: 180_000 }, (t) =>
  visit(t, { gpu: true }, async ({ browser, url }) => {
    const [{ page, clean }, cpu] = [await openOn("gpu", browser, url), await openOn("cpu", browser, url)];
    const device = () => page.evaluate(() => latticeLab.device());

    await t.test("its first losses are those of the CPU", async () => {
      const expected = await losses(cpu.page, { steps: 3 });
      const found = await losses(page, { steps: 3 });
      assert.equal(found.length, 3);
      found.forEach((loss, i) => assert(close(loss, expected[i]), `step ${i + 1}: ${loss}, on the CPU ${expected[i]}`));
      assert.equal((await device()).kind, "gpu");
    });

    await t.test("what was saved on it goes on there, and on the CPU", async () => {
      const saved = await page.evaluate(async () => [...(await latticeLab.save())]);
      const [here, there] = [await stepFrom(page, saved), await stepFrom(cpu.page, saved)];
      assert.equal(here.step, 4);
      assert.equal(there.step, 4);
      assert(close(here.loss, there.loss), `${here.loss}, on the CPU ${there.loss}`);
      assert.equal((await device()).kind, "gpu");
    });

    await t.test("when it is lost while training, the run goes on with the CPU and says so", async () => {
      await page.evaluate(async () => {
        await latticeLab.save();
        window.reached = 0;
        latticeLab.on("progress", ({ step }) => (reached = step));
        void latticeLab.run();
      });
      await page.waitForFunction(() => reached > 4);
      await (await workerOf(page, "gpu")).evaluate(() => self.gpuDevice.destroy());

      await page.getByText("The run goes on with the CPU").waitFor();
      const [said] = await notices(page);
      const resumed = Number(/from step (\d+)/.exec(said)?.[1]);
      assert(resumed >= 4, `it starts from a snapshot, not from nothing: ${said}`);
      await page.waitForFunction((step) => reached > step + 10, resumed);
      assert.equal((await device()).kind, "cpu");
      assert.match((await device()).reason, /GPU failed/);
    });
    clean();
    cpu.clean();
  }));
