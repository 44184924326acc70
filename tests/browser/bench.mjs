// Times the two training steps of bench.html in headless Chromium: on the CPU, and with --gpu on the GPU too.
import { open, visit } from "./harness.mjs";

const gpu = process.argv.includes("--gpu");
await visit({}, { gpu }, async ({ browser, url }) => {
  for (const device of gpu ? ["cpu", "gpu"] : ["cpu"]) {
    const { page, context } = await open(browser, `${url}bench.html?device=${device}`, { ready: false });
    console.log(`Chromium ${browser.version()}, ${device.toUpperCase()}`);
    await page.waitForFunction(() => window.latticeLabBench !== undefined);
    const results = await page.evaluate(() => latticeLabBench);
    for (const r of results) console.log(`  ${r.case.padEnd(6)} ${r.ms_per_step.toFixed(1).padStart(8)} ms/step  (${r.name}, loss ${r.loss})`);
    if (results.length === 0) console.log(`  ${await page.locator("#results").innerText()}`);
    await context.close();
  }
});
