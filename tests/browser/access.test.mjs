// For every hand and eye: a phone, the keyboard, the dark, and axe-core in each state of the page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LANGUAGES } from "../../web/languages.mjs";
import { assertAccessible, finished, nextStep, open, tinyHash, visit } from "./harness.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** Every state of the page with its name, as a page comes to it from the one before. */
const STATES = [
  ["training", nextStep],
  ["idle", (page) => page.evaluate(() => latticeLab.open("double_well_flow", { n_tau: 4, hidden: 8, couplings: 2, batch: 16, steps: 5, samples: 64 }, 2))],
  ["done", (page) => page.evaluate(() => latticeLab.run())],
  [
    "everything unfolded, a run pinned",
    async (page) => {
      await page.locator("#pin").click();
      await page.locator("#pins tbody tr").nth(1).waitFor();
      for (const summary of ["#device-chip", "#more > summary", "#sweep > summary"]) await page.locator(summary).click();
      await page.locator(".sweep-form").waitFor();
    },
  ],
  ["help", (page) => page.locator("#open-help").click()],
  ["links", (page) => escape(page).then(() => page.locator("#share").click())],
  ["take away", (page) => escape(page).then(() => page.locator("#take-away").click())],
  ["exercises", (page) => escape(page).then(() => page.locator("#exercises").click()).then(() => page.locator("#teach li").first().waitFor())],
  ["presented", (page) => page.locator("#present").click().then(() => page.locator("html[data-present]").waitFor())],
  ["view only", (page) => page.keyboard.press("f").then(() => level(page, "view"))],
  ["basic", (page) => level(page, "basic")],
];
const escape = (page) => page.keyboard.press("Escape");
/** As another page embeds it. */
async function level(page, name) {
  await page.evaluate((name) => (location.hash = `#lab=double_well_flow&n_tau=4&hidden=8&couplings=2&batch=16&embed=${name}`), name);
  await page.locator(`html[data-embed=${name}]`).waitFor();
}

for (const language of LANGUAGES) {
  // Colours are the same in every language.
  const schemes = language === "en" ? ["light", "dark"] : ["light"];
  test(`axe-core finds nothing in any state, ${schemes.join(" and ")}, in ${language}`, { timeout: 180_000 }, (t) =>
    visit(t, {}, async ({ browser, url }) => {
      const { page, clean } = await open(browser, `${url}?lang=${language}`, { viewport: { width: 1366, height: 768 } });
      for (const [state, enter] of STATES) {
        await enter(page);
        for (const colorScheme of schemes) {
          await page.emulateMedia({ colorScheme });
          await assertAccessible(page, `${state}, ${colorScheme}, ${language}`);
        }
      }
      clean();
    }));
}

for (const language of LANGUAGES.slice(1)) {
  test(`axe-core finds nothing on a phone, and nothing overflows, in ${language}`, { timeout: 120_000 }, (t) =>
    visit(t, {}, async ({ browser, url }) => {
      for (const lab of ["double_well_flow", "phi4_diffusion", "xy_autoregressive", "spectral_function"]) {
        const { page, context, clean } = await open(browser, `${url}?lang=${language}#lab=${lab}`, { ...PHONE, colorScheme: "dark" });
        await nextStep(page);
        await page.locator("#more > summary").tap();
        await assertAccessible(page, `${lab}, phone, dark, ${language}`);
        assert((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, `${lab} in ${language}`);
        clean();
        await context.close();
      }
    }));
}

for (const form of [{ viewport: { width: 1366, height: 768 } }, PHONE]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe-core finds nothing in pictures and sequences, ${form === PHONE ? "phone, " : ""}${colorScheme}`, { timeout: 60_000 }, (t) =>
      visit(t, {}, async ({ browser, url }) => {
        const { page, clean } = await open(browser, `${url}#lab=phi4_diffusion&lattice_size=4&views=denoising,correlator`, { ...form, colorScheme });
        await page.locator("#plots").scrollIntoViewIfNeeded();
        await page.waitForFunction(() => document.querySelector(".scrubber input")?.max > 3);
        await assertAccessible(page, "training");
        await page.locator("#strip summary").first().click();
        await assertAccessible(page, "with a row unfolded");
        assert((await page.evaluate(() => document.documentElement.scrollWidth)) <= form.viewport.width, "nothing overflows");
        clean();
      }));
  }
}

for (const form of [{ viewport: { width: 1280, height: 800 } }, PHONE]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe-core finds nothing in what is taken away and compared, ${form === PHONE ? "phone, " : ""}${colorScheme}`, { timeout: 90_000 }, (t) =>
      visit(t, {}, async ({ browser, url }) => {
        const { page, clean } = await open(browser, url + tinyHash({ steps: 10, samples: 64 }), { ...form, colorScheme });
        await finished(page);
        await page.locator("#pin").click();
        await page.locator("#pins tbody tr").nth(1).waitFor();
        await page.locator("#sweep > summary").click();
        await page.locator(".sweep-form").waitFor();
        await page.getByLabel("values").fill("2");
        await page.getByRole("button", { name: "Sweep", exact: true }).click();
        await page.getByText("Done: 2 values").waitFor();
        await page.locator(".plot .menu summary").first().click();
        await assertAccessible(page, "a pinned run, a sweep and a plot's menu");
        assert((await page.evaluate(() => document.documentElement.scrollWidth)) <= form.viewport.width, "nothing overflows");
        await page.locator("#take-away").click();
        await page.getByRole("button", { name: "Keep this run in this browser" }).click();
        await page.locator(".kept li").first().waitFor();
        await assertAccessible(page, "the dialog of what can be taken away");
        if (form === PHONE) {
          const small = await page.locator("#take-away-dialog :is(button, input[type=text]), .menu > summary, #sweep > summary, .sweep-form :is(button, input, select)").evaluateAll((all) =>
            all.map((element) => [element.textContent || element.id, element.getBoundingClientRect()]).filter(([, { width, height }]) => Math.min(width, height) < 43.5).map(([name, { width, height }]) => `${name}: ${width} x ${height}`),
          );
          assert.deepEqual(small, [], "touch targets are 44 px");
        }
        clean();
      }));
  }
}

test("on a phone nothing overflows, targets suit a thumb, and the controls work", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    for (const colorScheme of ["light", "dark"]) {
      const { page, context, clean } = await open(browser, url, { ...PHONE, colorScheme });
      await nextStep(page);
      const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(width <= 390, `the page is ${width} px wide (${scrollWidth}, ${clientWidth})`);
      const small = await page.locator("#transport :is(button, input)").evaluateAll((all) =>
        all
          .map((element) => ({ id: element.id, ...element.getBoundingClientRect().toJSON() }))
          .filter(({ width, height }) => Math.min(width, height) < 44)
          .map(({ id, width, height }) => `${id}: ${width} x ${height}`),
      );
      assert.deepEqual(small, [], "touch targets of the transport are 44 px");

      await page.locator("#play").tap();
      await page.waitForFunction(() => document.querySelector("#play").textContent !== "Pause");
      await page.locator("#play").tap();
      await nextStep(page);
      await page.locator("#more > summary").tap();
      await assertAccessible(page, `phone, ${colorScheme}`);
      assert((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, "with all knobs open");
      clean();
      await context.close();
    }
  }));

test("the keyboard starts, pauses and steps", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    // So many steps that the plan is not done before a slow machine presses the key.
    const { page, clean } = await open(browser, `${url}#steps=20000`);
    await nextStep(page);
    const stopped = () => page.evaluate(() => new Promise((done) => latticeLab.on("stopped", ({ step }) => done(step))));
    let stop = stopped();
    await page.keyboard.press("Space");
    const paused = await stop;
    stop = stopped();
    await page.keyboard.press("ArrowRight");
    assert.equal(await stop, paused + 1);
    await page.keyboard.press("Space");
    await nextStep(page);
    clean();
  }));
