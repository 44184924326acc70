// What is long and stands in a narrow place: names of presets, and the table of many methods.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, visit } from "./harness.mjs";

const SIZES = [{ width: 390, height: 844 }, { width: 1280, height: 800 }];

for (const viewport of SIZES) {
  test(`at ${viewport.width} pixels the name of every preset can be read to its end`, { timeout: 90_000 }, (t) =>
    visit(t, {}, async ({ browser, url }) => {
      const { page, clean } = await open(browser, url, { viewport });
      const labs = (await page.locator("#labs a").evaluateAll((all) => all.map((one) => new URLSearchParams(one.hash.slice(1)).get("lab")))).filter(Boolean);
      for (const lab of ["double_well_flow", ...labs]) {
        await page.evaluate((lab) => latticeLab.open(lab), lab);
        // The class of a long name follows the choice: each is tried in turn, without opening what it stands for.
        const cut = await page.locator("#preset").evaluate((select) => {
          const pen = document.createElement("canvas").getContext("2d");
          return [...select.options].flatMap(({ text }) => {
            select.classList.toggle("long", text.length > 30);
            const { fontSize, fontFamily, letterSpacing, paddingLeft, paddingRight } = getComputedStyle(select);
            pen.font = `${fontSize} ${fontFamily}`;
            const width = pen.measureText(text).width + text.length * (parseFloat(letterSpacing) || 0);
            // The arrow takes some twenty pixels.
            const room = select.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - 20;
            return width > room ? [`${text}: ${Math.round(width)} of ${Math.round(room)}`] : [];
          });
        });
        assert.deepEqual(cut, [], lab);
      }
      clean();
    }));

  test(`at ${viewport.width} pixels the table of methods shows its last column`, { timeout: 90_000 }, (t) =>
    visit(t, {}, async ({ browser, url }) => {
      const methods = "tsvd,tikhonov,tikhonov_positive,gaussian_process,sparse,rbf";
      const { page, clean } = await open(browser, `${url}#lab=spectral_function&methods=${methods}&samples=8`, { viewport });
      await page.locator("#method-table tbody tr").nth(5).waitFor();
      // Errors, for which there is no room, are told by the pointer.
      await page.locator("#method-table td[title*='(']").first().waitFor({ state: "attached", timeout: 60_000 });
      const [box, last] = await page.locator("#method-table").evaluate((table) =>
        [table, table.querySelector("thead th:last-child")].map((one) => one.getBoundingClientRect().right),
      );
      assert(last <= box + 0.5, `${last} in ${box}`);
      clean();
    }));
}
