// The dialog of links: address, QR code, what is hidden, code for other pages; and what such a page then shows.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { assertAccessible, FIRST, nextStep, open, serve, visit } from "./harness.mjs";

/** Another's reader of QR codes. */
const jsQR = createRequire(new URL("../../web/package.json", import.meta.url))("jsqr");
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** What a QR code on the screen says. */
async function scan(page) {
  const { dark, side } = await page.locator("#qr svg").evaluate(async (element) => {
    const side = 4 * element.viewBox.baseVal.width;
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(element).replace("<svg", `<svg width="${side}" height="${side}"`))}`;
    await image.decode();
    const context = new OffscreenCanvas(side, side).getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, side, side);
    return { side, dark: Array.from({ length: side * side }, (_, i) => (data[4 * i] < 128 ? "1" : "0")).join("") };
  });
  const pixels = Uint8ClampedArray.from([...dark].flatMap((bit) => (bit === "1" ? [0, 0, 0, 255] : [255, 255, 255, 255])));
  return jsQR(pixels, side, side)?.data;
}

for (const form of [{ viewport: { width: 1280, height: 800 } }, PHONE]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`links, QR codes and checkboxes say the same, ${form === PHONE ? "phone, " : ""}${colorScheme}`, { timeout: 60_000 }, (t) =>
      visit(t, {}, async ({ browser, url }) => {
        const state = `${FIRST}&preset=mode_collapse&seed=3`;
        const { page, clean } = await open(browser, url + state, { ...form, colorScheme });
        await nextStep(page);
        await page.locator("#share").click();
        const dialog = page.getByRole("dialog", { name: "Share this state" });
        const link = dialog.getByLabel("Link to this state");
        await dialog.waitFor();
        assert.equal(await link.inputValue(), url + state);
        assert.equal(await scan(page), url + state);

        await dialog.getByRole("checkbox", { name: "Knobs" }).check();
        await dialog.getByRole("checkbox", { name: "Explanation" }).check();
        await dialog.getByRole("checkbox", { name: "Open as a presentation" }).check();
        const hidden = `${state}&hide=knobs,story`;
        assert.equal(await link.inputValue(), `${url}?present=1${hidden}`);
        assert.equal(await scan(page), `${url}?present=1${hidden}`);
        assert.equal(page.url(), url + hidden, "the page hides them as well");
        assert(await page.locator("#knobs").isHidden());

        const code = dialog.getByLabel("Code for another page");
        for (const [name, embed] of [["Full", ""], ["Basic", "&embed=basic"], ["View only", "&embed=view"]]) {
          await dialog.getByRole("radio", { name }).check();
          const [, src] = /^<iframe src="([^"]*)" title="Lattice Lab: Double well" [^<>]* loading="lazy" [^<>]*><\/iframe>$/.exec(await code.inputValue()) ?? [];
          assert.equal(src?.replaceAll("&amp;", "&"), url + hidden + embed);
          assert.equal(await dialog.getByRole("link", { name: "Try it" }).getAttribute("href"), url + hidden + embed);
        }
        await assertAccessible(page, "dialog of links");
        assert((await page.evaluate(() => document.documentElement.scrollWidth)) <= form.viewport.width, "nothing overflows");
        await page.locator("#qr").click();
        assert((await page.locator("#qr").boundingBox()).width > 340, "large enough for a room");
        await assertAccessible(page, "QR code, large");
        await page.locator("#qr").click();
        await dialog.getByRole("checkbox", { name: "Knobs" }).uncheck();
        await page.keyboard.press("Escape");
        assert(await page.locator("#knobs").isVisible());
        assert.equal(page.url(), `${url}${state}&hide=story`);
        clean();
      }));
  }
}

test("the key c copies the link, and the button does", { timeout: 30_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}${FIRST}&seed=4`, { permissions: ["clipboard-read", "clipboard-write"] });
    await nextStep(page);
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await page.keyboard.press("c");
    await page.getByText("Link copied").waitFor();
    assert.equal(await clipboard(), `${url}${FIRST}&seed=4`);
    await page.locator("#share").click();
    await page.getByRole("button", { name: "Copy code" }).click();
    await page.getByRole("button", { name: "Copied ✓" }).waitFor();
    assert.match(await clipboard(), /^<iframe src="[^"]*#lab=double_well_flow&amp;seed=4" /);
    clean();
  }));

const visible = (frame, ids) => Promise.all(ids.map((id) => frame.locator(`#${id}`).isVisible()));
const PARTS = ["share", "theory", "knobs", "more", "stage", "play", "reset", "estimates", "plots", "story"];
const LEVELS = {
  full: [true, true, true, true, true, true, true, true, true, true],
  basic: [false, true, true, false, true, true, true, true, false, false],
  view: [false, false, false, false, true, true, false, false, false, false],
};

for (const [level, parts] of Object.entries(LEVELS)) {
  test(`inside a page of another origin, ${level}: it runs without shared memory and shows what it should`, { timeout: 60_000 }, (t) =>
    visit(t, {}, async ({ browser, url }) => {
      const src = `${url}#seed=2${level === "full" ? "" : `&embed=${level}`}`;
      const frame = `<iframe src="${src.replace("127.0.0.1", "127.0.0.2")}" width="1000" height="560" title="Lattice Lab"></iframe>`;
      const html = `<!doctype html><html lang="en"><title>parent</title><link rel="icon" href="data:,"><main><h1>Parent</h1>${frame}</main>`;
      const elsewhere = await serve({ extra: { "parent.html": html.replace("127.0.0.2", "127.0.0.1") } });
      const { page } = await open(browser, `${elsewhere.url}parent.html`, { ready: false, viewport: { width: 1100, height: 800 } });
      const inner = page.frameLocator("iframe");
      await inner.locator("#play:enabled").waitFor();
      const child = page.frames().find((one) => one !== page.mainFrame());
      assert.equal(await child.evaluate(() => typeof SharedArrayBuffer), "undefined");
      await nextStep(child);
      assert.deepEqual(await visible(inner, PARTS), parts);
      if (level !== "full") {
        const whole = inner.getByRole("link", { name: "Lattice Lab" });
        await whole.hover();
        assert.equal(await whole.getAttribute("href"), `${url}${FIRST}&seed=2`);
      }
      await inner.locator("#play").click();
      await inner.getByRole("button", { name: "Go on" }).waitFor();
      await assertAccessible(page, `embedded, ${level}`);
      await elsewhere.close();
    }));
}

test("embedded, it rests while it is scrolled out of sight, and goes on in sight", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const html = `<!doctype html><html lang="en"><title>parent</title><link rel="icon" href="data:,">
      <iframe src="${url}#embed=view" width="900" height="420" title="Lattice Lab"></iframe><p style="height: 4000px">Much text</p>`;
    const elsewhere = await serve({ extra: { "parent.html": html } });
    const { page } = await open(browser, `${elsewhere.url}parent.html`, { ready: false });
    await page.frameLocator("iframe").locator("#play:enabled").waitFor();
    const child = page.frames().find((one) => one !== page.mainFrame());
    await nextStep(child);
    await page.evaluate(() => scrollTo(0, 3000));
    await page.frameLocator("iframe").getByRole("button", { name: "Go on" }).waitFor();
    await page.evaluate(() => scrollTo(0, 0));
    await nextStep(child);
    await elsewhere.close();
  }));

test("a hidden tab rests, its run is not ended, and goes on when it is seen; a glance away stops nothing", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url);
    await nextStep(page);
    await page.evaluate(() => {
      window.see = (seen) => {
        Object.defineProperty(document, "hidden", { value: !seen, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      };
      window.ended = null;
      void latticeLab.run({ steps: 4000 }).then((finished) => (window.ended = finished));
    });
    await nextStep(page);
    await page.evaluate(() => see(false));
    await page.waitForTimeout(1500);
    await page.evaluate(() => see(true));
    await page.waitForTimeout(6000);
    assert.equal(await page.locator("#play").textContent(), "Pause");
    await page.evaluate(() => see(false));
    await page.getByRole("button", { name: "Go on" }).waitFor();
    assert.equal(await page.evaluate(() => window.ended), null, "who waits for the run still waits");
    await page.evaluate(() => see(true));
    await nextStep(page);
    // Paused by hand it stays paused.
    await page.locator("#play").click();
    await page.getByRole("button", { name: "Go on" }).waitFor();
    assert.equal(await page.evaluate(() => window.ended), false);
    await page.evaluate(() => see(false));
    await page.waitForTimeout(6000);
    await page.evaluate(() => see(true));
    await page.waitForTimeout(500);
    assert.equal(await page.locator("#play").textContent(), "Go on");
    clean();
  }));
