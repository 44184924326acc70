// The languages of the page: nothing is left without a translation, nothing is left in English on the screen, and the choice is kept.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { LANGUAGES, gaps } from "../../web/languages.mjs";
import { DIST, nextStep, open, visit } from "./harness.mjs";

/** Labs by their hashes; runs so short that samples are on the screen soon. */
const LABS = ["#steps=40&samples=256", "#lab=phi4_diffusion&lattice_size=4&steps=40&samples=64", "#lab=xy_autoregressive&lattice_size=4&steps=20&samples=64", "#lab=spectral_function&samples=4"];

const catalogue = async (language) => JSON.parse(await readFile(join(DIST, "languages", `${language}.json`), "utf8"));

/** English texts that read otherwise in a language, with what they read there; those with values, and short ones, are left out. */
async function translations(language) {
  const [english, other] = [await catalogue("en"), await catalogue(language)];
  const pairs = [...english.texts.map((text, i) => [text, other.texts[i]]), ...Object.entries(other.others)];
  return new Map(pairs.filter(([text, translation]) => !/\{\w+\}/.test(text) && /\p{L}{4}/u.test(text) && translation !== text));
}

/** The language of the page, once it stands. */
async function spoken(page) {
  await page.waitForFunction(() => window.latticeLab !== undefined);
  return page.evaluate(() => document.documentElement.lang);
}

/** Everything on the page that people read, or hear; symbols are the same in every language. */
const said = (page) =>
  page.evaluate(() => {
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (!node.parentElement.closest("code, kbd, math, script, option[lang], #references")) found.push(node.nodeValue);
    }
    for (const name of ["title", "aria-label", "aria-valuetext", "placeholder", "data-tip"]) {
      for (const element of document.querySelectorAll(`[${name}]`)) found.push(element.getAttribute(name));
    }
    return [...new Set(found.map((text) => text.replace(/\s+/g, " ").trim()))];
  });

test("every text has a translation in every language, and no translation is left over", () => {
  for (const [language, { missing, unused }] of Object.entries(gaps())) {
    const first = [...missing, ...unused].slice(0, 10).join("\n");
    assert.deepEqual([missing.length, unused.length], [0, 0], `${language}: texts that are missing or no longer used, such as\n${first}`);
  }
});

test("a translation has the places for values that its English has", async () => {
  const places = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join();
  for (const language of LANGUAGES.slice(1)) {
    const { texts } = JSON.parse(await readFile(new URL(`../../web/languages/${language}.json`, import.meta.url), "utf8"));
    for (const [english, translation] of Object.entries(texts)) assert.equal(places(translation), places(english), `${language}: ${english}`);
  }
});

for (const language of LANGUAGES.slice(1)) {
  test(`nothing on the page is left in English: ${language}`, { timeout: 180_000 }, (t) =>
    visit(t, {}, async ({ browser, url }) => {
      const others = await translations(language);
      const left = new Map();
      let translated = 0;
      const look = async (page, where) => {
        const all = await said(page);
        for (const text of all) if (others.has(text)) left.set(text, where);
        const known = new Set(others.values());
        translated += all.filter((text) => known.has(text)).length;
      };
      for (const hash of LABS) {
        const { page, context, clean } = await open(browser, `${url}?lang=${language}${hash}`);
        assert.equal(await spoken(page), language);
        await page.evaluate(async () => {
          const drawn = new Promise((done) => latticeLab.on("stopped", ({ finished }) => finished && latticeLab.on("frame", done)));
          await latticeLab.run();
          await drawn;
        });
        await page.evaluate(() => {
          for (const details of document.querySelectorAll("details")) details.open = true;
        });
        await page.locator("#sweep-body .sweep").waitFor();
        await look(page, hash);
        await page.locator("#share").click();
        await page.locator("#share-dialog").waitFor();
        await look(page, `${hash}, share`);
        await page.keyboard.press("Escape");
        await page.locator("#take-away").click();
        await page.locator("#take-away-dialog[open]").waitFor();
        await look(page, `${hash}, take away`);
        clean();
        await context.close();
      }
      assert.deepEqual([...left], []);
      t.diagnostic(`${translated} texts seen in translation`);
      assert(translated > 300, `only ${translated} texts of the page are translated`);
    }));
}

test("a language that is chosen is that of the page from then on, with the same state", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#f2=2&seed=7`);
    await nextStep(page);
    assert.equal(await spoken(page), "en");
    for (const language of [...LANGUAGES.slice(1), "en"]) {
      await Promise.all([page.waitForEvent("load"), page.locator("#language").selectOption(language)]);
      assert.equal(await spoken(page), language);
      await nextStep(page);
      const { hash, searchParams } = new URL(page.url());
      assert.deepEqual([hash, searchParams.get("lang")], ["#f2=2&seed=7", language]);
      assert.equal(await page.locator("#language").inputValue(), language);
    }
    // Without the word in the address the choice is remembered; the address has the last word.
    await page.locator("#language").selectOption("de");
    await page.waitForURL(/lang=de/);
    await spoken(page);
    await page.goto(url);
    assert.equal(await spoken(page), "de");
    await page.goto(`${url}?lang=zh`);
    assert.equal(await spoken(page), "zh");
    clean();
  }));

test("a language that the page does not have is its reader's own, or English", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    for (const [locale, address, wanted] of [["de-AT", url, "de"], ["zh-CN", url, "zh"], ["pt-BR", url, "en"], ["de-DE", `${url}?lang=xx`, "de"], ["de-DE", `${url}?lang=en`, "en"]]) {
      const { page, context, clean } = await open(browser, address, { locale });
      assert.equal(await spoken(page), wanted, `${locale} at ${address}`);
      clean();
      await context.close();
    }
  }));
