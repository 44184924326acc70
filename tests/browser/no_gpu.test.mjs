// Browsers without WebGPU, in the two ways in which they lack it. The page works, and its chip says why the CPU.
import assert from "node:assert/strict";
import { test } from "node:test";
import { notices, open, tinyHash, trains, visit } from "./harness.mjs";

const WITHOUT = {
  "navigator.gpu is missing": {
    init: () => void delete Navigator.prototype.gpu,
    prelude: "delete WorkerNavigator.prototype.gpu;\n",
    reason: /has no WebGPU/,
  },
  // What Chromium's stock flags give on a machine without a GPU.
  "there is no adapter": { init: () => undefined, prelude: "", reason: /offers no adapter/ },
};

for (const [what, { init, prelude, reason }] of Object.entries(WITHOUT)) {
  test(`when ${what}, it trains on the CPU and says why`, { timeout: 30_000 }, (t) =>
    visit(t, { prelude }, async ({ browser, url }) => {
      const { page, clean } = await open(browser, url, { init });
      await page.waitForFunction((text) => new RegExp(text).test(latticeLab.device().reason), reason.source);
      assert.equal(await page.evaluate(() => latticeLab.device().kind), "cpu");
      assert(await trains(page));
      await page.locator("#device-chip").click();
      assert.match(await page.locator("#device-reason").innerText(), reason);
      assert.deepEqual(await notices(page), [], "no one is bothered who did not ask for a GPU");

      const asked = await open(browser, url + tinyHash({ device: "gpu" }), { init });
      await asked.page.getByText("Computing on the CPU.").waitFor();
      assert.match((await notices(asked.page)).join(), reason);
      assert(await trains(asked.page));
      clean();
      asked.clean();
    }));
}
