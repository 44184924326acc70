// WebGPU, as far as a machine without a GPU can show it: SwiftShader computes the shaders on the CPU, on a tiny shape.
import assert from "node:assert/strict";
import { test } from "node:test";
import { losses, nextStep, notices, open, tinyHash, visit, workerOf } from "./harness.mjs";

/** Opens the page on the GPU and waits until the run has moved there. */
async function openOnGpu(browser, url, options) {
  const opened = await open(browser, url + tinyHash({ device: "gpu" }), options);
  await opened.page.waitForFunction(() => latticeLab.device().kind === "gpu", undefined, { timeout: 60_000 });
  return opened;
}

test("its first losses are those of the CPU, and a session saved on it goes on", { timeout: 120_000 }, (t) =>
  visit(t, { gpu: true }, async ({ browser, url }) => {
    const gpu = await openOnGpu(browser, url);
    const cpu = await open(browser, url + tinyHash({ device: "cpu" }));
    const expected = await losses(cpu.page, { steps: 3 });
    const found = await losses(gpu.page, { steps: 3 });
    assert.equal(found.length, 3);
    for (const [step, loss] of found.entries()) {
      const distance = Math.abs(loss - expected[step]) / Math.abs(expected[step]);
      assert(distance < 1e-3, `step ${step + 1}: ${loss} on the GPU, ${expected[step]} on the CPU`);
    }

    const after = (page, bytes) =>
      page.evaluate(async (bytes) => {
        const losses = [];
        await latticeLab.load(Uint8Array.from(bytes));
        const stop = latticeLab.on("progress", (event) => losses.push({ step: event.step, loss: event.losses.at(-1) }));
        await latticeLab.run({ steps: 1 });
        stop();
        return losses.at(-1);
      }, bytes);
    const saved = await gpu.page.evaluate(async () => [...(await latticeLab.save())]);
    const [onGpu, onCpu] = [await after(gpu.page, saved), await after(cpu.page, saved)];
    assert.equal(onGpu.step, 4);
    assert.equal(onCpu.step, 4);
    assert(Math.abs(onGpu.loss - onCpu.loss) < 1e-3 * Math.abs(onCpu.loss), `loaded: ${onGpu.loss} and ${onCpu.loss}`);
    assert.equal(await gpu.page.evaluate(() => latticeLab.device().kind), "gpu");
    gpu.clean();
    cpu.clean();
  }));

test("when it is lost while training, the run goes on with the CPU and says so", { timeout: 120_000 }, (t) =>
  visit(t, { gpu: true }, async ({ browser, url }) => {
    const { page, clean } = await openOnGpu(browser, url, { expect: /lost|destroyed|panicked|unreachable/i });
    await page.evaluate(async (params) => {
      await latticeLab.open("double_well_flow", params, 1);
      await latticeLab.run({ steps: 2 });
      await latticeLab.save();
      void latticeLab.run();
    }, { n_tau: 4, hidden: 8, couplings: 2, batch: 16 });
    const before = await nextStep(page);
    await (await workerOf(page, "gpu")).evaluate(() => self.gpuDevice.destroy());

    await page.getByText("The run goes on with the CPU").waitFor();
    const [said] = await notices(page);
    const resumed = Number(/from step (\d+)/.exec(said)[1]);
    assert(resumed >= 2, `it starts from a snapshot, not from nothing: ${said}`);
    assert(resumed <= before + 50, said);
    assert.equal(await page.evaluate(() => latticeLab.device().kind), "cpu");
    assert((await nextStep(page)) > resumed);
    assert.match(await page.locator("#device-reason").textContent(), /GPU failed/);
    clean();
  }));
