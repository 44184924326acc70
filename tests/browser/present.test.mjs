// Presentation: by key, by button, by address; out again; and every key there is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible, goesOn, nextStep, open, visit } from "./harness.mjs";

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** Counts the wake locks that are held. */
const countLocks = () => {
  window.locks = 0;
  const request = async () => {
    window.locks++;
    return { release: async () => void window.locks-- };
  };
  Object.defineProperty(navigator, "wakeLock", { value: { request } });
};
const presents = (page) => page.evaluate(() => document.documentElement.hasAttribute("data-present"));

test("f presents: chrome gone, text large, screen awake, keys shown; f and Escape leave", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#seed=3`, { ...DESKTOP, init: countLocks });
    await nextStep(page);
    const height = () => page.locator("#play").evaluate((element) => element.getBoundingClientRect().height);
    const small = await height();
    for (const leave of ["f", "Escape"]) {
      await page.keyboard.press("f");
      await page.locator("#share").waitFor({ state: "hidden" });
      assert(await presents(page));
      assert.equal(page.url(), `${url}?present=1#seed=3`);
      assert((await height()) > 1.15 * small, "large");
      await page.waitForFunction(() => window.locks === 1);
      await page.keyboard.press("ArrowRight");
      assert.match(await page.locator("#pressed").innerText(), /→\s+one step/);
      await page.keyboard.press(leave);
      await page.locator("#share").waitFor();
      assert.equal(page.url(), `${url}#seed=3`);
      await page.waitForFunction(() => window.locks === 0);
      await page.waitForFunction(() => document.fullscreenElement === null);
    }
    await page.keyboard.press("Escape");
    assert(!(await presents(page)));
    await page.locator("#present").click();
    assert(await presents(page));
    await page.getByRole("button", { name: "Leave" }).click();
    assert(!(await presents(page)));
    clean();
  }));

for (const form of [DESKTOP, PHONE]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`?present=1 presents every lab, accessibly, ${form === PHONE ? "phone, " : ""}${colorScheme}`, { timeout: 120_000 }, (t) =>
      visit(t, {}, async ({ browser, url }) => {
        const { page, clean } = await open(browser, `${url}?present=1`, { ...form, colorScheme });
        for (const [nth, { title }] of (await page.evaluate(() => latticeLab.labs())).entries()) {
          await page.keyboard.press(String(nth + 1));
          await page.waitForFunction((title) => document.title.startsWith(title), title);
          await goesOn(page);
          assert(await presents(page));
          await assertAccessible(page, `${title}, presented`);
          const { width, height } = await page.evaluate(() => ({ width: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight }));
          assert(width <= form.viewport.width, `${title} is ${width} px wide`);
          if (form === DESKTOP) assert(height <= 1.1 * form.viewport.height, `${title} is ${height} px high`);
        }
        clean();
      }));
  }
}

test("in a presentation the pointer is where it seems to be", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}?present=1`, DESKTOP);
    await nextStep(page);
    const cursor = page.locator("#plots .cursor").first();
    let plot, x;
    // While the page is still being drawn, the plot moves away from under the pointer.
    do {
      await page.waitForTimeout(200);
      plot = await page.locator("#plots .chart").first().boundingBox();
      x = plot.x + 0.75 * plot.width;
      await page.mouse.move(x, plot.y + plot.height / 2);
    } while (!(await cursor.isVisible()));
    const box = await cursor.boundingBox();
    assert(Math.abs(box.x - x) < 0.06 * plot.width, `the cursor is at ${box.x}, the pointer at ${x}`);
    clean();
  }));

test("the text of a presentation stands out from its ground by 7 to 1, marks by 4.5 to 1", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    for (const colorScheme of ["light", "dark"]) {
      const { page, context } = await open(browser, `${url}?present=1`, { colorScheme });
      const ratios = await page.evaluate(() => {
        const style = getComputedStyle(document.documentElement);
        const luminance = (name) => {
          const probe = document.body.appendChild(Object.assign(document.createElement("i"), { style: "" }));
          probe.style.color = style.getPropertyValue(`--${name}`);
          const rgb = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3);
          probe.remove();
          const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ground = luminance("card");
        const ratio = (name) => (Math.max(luminance(name), ground) + 0.05) / (Math.min(luminance(name), ground) + 0.05);
        return Object.fromEntries(["ink", "dim", "accent", "bad", "chain", "model", "corrected", ...Array.from({ length: 8 }, (_, hue) => `method-${hue}`)].map((name) => [name, ratio(name)]));
      });
      for (const [name, ratio] of Object.entries(ratios)) {
        const least = /^(chain|model|corrected|method-\d)$/.test(name) ? 4.5 : 7;
        assert(ratio >= least, `${colorScheme}: ${name} stands out by ${ratio.toFixed(1)}`);
      }
      await context.close();
    }
  }));

test("the help lists every key, and each does what it says", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url, DESKTOP);
    await nextStep(page);
    await page.keyboard.press("?");
    const labs = await page.evaluate(() => latticeLab.labs().length);
    assert.deepEqual(await page.locator("#keys > div:not([hidden]) dt").allTextContents(), ["space", "→", "r", "n", "c", "p", "f", `1–${labs}`, "?"]);
    await page.keyboard.press("f");
    assert(!(await presents(page)), "a dialog has the keys");
    await page.keyboard.press("Escape");
    await page.keyboard.press("n");
    await page.waitForFunction(() => document.querySelector("#seed").value !== "1");
    const seed = await page.locator("#seed").inputValue();
    await nextStep(page);
    await page.keyboard.press("r");
    await nextStep(page);
    assert.equal(await page.locator("#seed").inputValue(), seed);
    await page.locator("#seed").focus();
    await page.keyboard.type("f2");
    assert(!(await presents(page)), "what is typed into a box is text");
    clean();
  }));

test("keys of the hand on the spins are shown too", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}?present=1#lab=xy_autoregressive`, DESKTOP);
    await goesOn(page);
    await page.locator("#chain-canvas").focus();
    for (const [key, said] of [["ArrowUp", /move the frame/], ["v", /^v\s+add a pair of vortices/]]) {
      await page.keyboard.press(key);
      assert.match(await page.locator("#pressed").innerText(), said);
    }
    clean();
  }));
