// Every control and every number on the screen has a help text: this test walks them all, in every lab, with everything unfolded,
// and in every dialog.
import assert from "node:assert/strict";
import { test } from "node:test";
import { finished, open, TINY, tinyHash, visit } from "./harness.mjs";

/** Small runs that have everything on the screen soon. */
const SMALL = {
  double_well_flow: { ...TINY, steps: 10, samples: 64 },
  phi4_diffusion: { lattice_size: 4, channels: 4, steps: 10, samples: 32, sampling_steps: 10 },
  spectral_function: { methods: "tsvd,tikhonov,gaussian_process", samples: 12 },
  xy_autoregressive: { lattice_size: 4, steps: 10, samples: 64 },
};

/**
 * What is on the screen below `selector` without a help text, in words, and how much was looked at.
 *
 * The rule. Looked at is every visible control (buttons, fields, lists, what unfolds, links within the page, pictures that a hand
 * can reach) and every visible text with a digit in it that is not prose. It has help if one of these has at least three words
 * and is not merely its name again:
 *  - data-tip or title of itself or of what it stands in, or what aria-describedby points at, up to the nearest section, dialog,
 *    list or table;
 *  - the tip of the "?" that stands in the same field, heading or picture;
 *  - for a cell of a table, that of the head of its column or of its row.
 */
function walk(selector) {
  const CONTROLS = "button, input, select, textarea, summary, a[href]:not([target=_blank]), canvas, progress, output, [role=application]";
  const PROSE = "option, label, legend, script, style, [hidden], .sr, .doc, .problem, #formula-box, #lab-summary, .look-for, #changes, #story, #references, #compare-hint, #notices, #device-reason, #keys, #flash, #pressed, .estimates > p, #tip, .said, h1, h2, .take small";
  const EDGE = "section, dialog, main, header, footer, ul, table, body";
  const TOGETHER = ".field, .plot, .pane, .heading, #data";
  const plain = (text) => (text ?? "").replace(/\s+/g, " ").trim();
  const visible = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const told = (element) => [
    element.dataset?.tip,
    element.getAttribute("title"),
    ...(element.getAttribute("aria-describedby") ?? "").split(" ").map((id) => (id ? document.getElementById(id)?.textContent : "")),
  ];
  const helps = (element) => {
    const found = [];
    for (let one = element; one && !one.matches(EDGE); one = one.parentElement) found.push(...told(one));
    const { labels } = element;
    for (const label of labels ?? []) found.push(...told(label));
    const mark = element.closest(TOGETHER)?.querySelector("button.info[data-tip]");
    if (mark) found.push(mark.dataset.tip);
    const cell = element.closest("td, th");
    const row = cell?.closest("tr");
    if (row) {
      const head = cell.closest("table").tHead?.rows[0]?.cells[cell.cellIndex];
      for (const one of [head, row.querySelector("th[scope=row]")]) if (one) found.push(...told(one));
    }
    return found.map(plain);
  };
  const name = (element) => plain(element.getAttribute("aria-label") ?? element.textContent);
  const helped = (element, label) => helps(element).some((text) => text.split(" ").length >= 3 && text.toLowerCase() !== label.toLowerCase());
  const place = (element) => {
    const near = element.closest("[id]");
    return `${near === element || !near ? "" : `#${near.id} `}${element.localName}${element.id && `#${element.id}`}${[...element.classList].map((one) => `.${one}`).join("")}`;
  };

  const without = [];
  let seen = 0;
  for (const root of document.querySelectorAll(selector)) {
    for (const control of root.querySelectorAll(CONTROLS)) {
      if (!visible(control) || control.closest("[inert]")) continue;
      seen++;
      if (!helped(control, name(control))) without.push(`${place(control)} ${JSON.stringify(name(control).slice(0, 50))}`);
    }
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const element = text.parentElement;
      if (!/\d/.test(text.nodeValue) || element.closest(PROSE) || !visible(element)) continue;
      seen++;
      const html = element.closest("math")?.parentElement ?? element;
      if (!helped(html, plain(text.nodeValue))) without.push(`${place(html)} ${JSON.stringify(plain(text.nodeValue).slice(0, 50))}`);
    }
  }
  return { without: [...new Set(without)], seen };
}

async function assertHelpful(page, state, selector, least) {
  const { without, seen } = await page.evaluate(`(${walk})(${JSON.stringify(selector)})`);
  assert(seen >= least, `${state}: only ${seen} controls and numbers were found`);
  assert.deepEqual(without, [], `${state}: without help`);
}

for (const [lab, params] of Object.entries(SMALL)) {
  test(`every control and every number has a help text: ${lab}`, { timeout: 120_000 }, (t) =>
    visit(t, {}, async ({ browser, url }) => {
      const hash = new URLSearchParams({ lab, ...params }).toString().replaceAll("%2C", ",");
      const { page, clean } = await open(browser, `${url}#${hash}`, { viewport: { width: 1280, height: 2400 } });
      await finished(page);
      await page.locator("#pin").click();
      await page.locator("#pins tbody tr").nth(1).waitFor();
      await page.evaluate(() => document.querySelectorAll("details:not(.menu)").forEach((one) => (one.open = true)));
      await page.locator(".sweep-form").waitFor();
      await page.getByLabel("values", { exact: true }).fill("2");
      await page.locator(".sweep-form button").click();
      await page.waitForTimeout(500);
      await assertHelpful(page, `${lab}, a sweep runs`, "#sweep", 8);
      await page.locator(".sweep-form button").click();
      await page.evaluate(() => document.querySelectorAll("#device, .plot:first-child .menu").forEach((one) => (one.open = true)));
      await assertHelpful(page, lab, "header, main, footer", 100);

      for (const [opener, dialog, least] of [["#open-help", "#help", 1], ["#share", "#share-dialog", 15], ["#take-away", "#take-away-dialog", 15]]) {
        await page.locator(opener).click();
        await page.locator(dialog).waitFor();
        await assertHelpful(page, `${lab}, ${dialog}`, dialog, least);
        await page.keyboard.press("Escape");
      }
      clean();
    }));
}

test("a finger that holds still has the help of what it is on, in dialogs too, and does nothing else", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
    const { page, context, clean } = await open(browser, url + tinyHash({ steps: 10, samples: 64 }), phone);
    await finished(page);
    const devtools = await context.newCDPSession(page);
    const hold = async (selector, by = 0) => {
      await page.locator(selector).scrollIntoViewIfNeeded();
      const { x, y, width, height } = await page.locator(selector).boundingBox();
      const at = [x + width / 2, y + height / 2];
      await devtools.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: at[0], y: at[1] }] });
      if (by > 0) await devtools.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x: at[0] + by, y: at[1] }] });
      await page.waitForTimeout(900);
      await devtools.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
      await page.waitForTimeout(200);
    };
    const tip = page.locator("#tip");
    for (const selector of ["#pin", "#model-canvas canvas", "label.seed", "#clock", "#strip .row >> nth=0 >> .scale"]) {
      await hold(selector);
      const wanted = await page.locator(selector).evaluate((one) => {
        const near = one.closest("[data-tip], [title]");
        return near.dataset.tip || near.title;
      });
      assert.equal(await tip.textContent(), wanted, selector);
      assert(await tip.isVisible(), selector);
      await page.waitForTimeout(600);
      await page.locator("#lab-title").tap();
    }
    assert(await page.locator("#pins").isHidden(), "the run was not pinned");
    await hold("#pin", 40);
    assert(await tip.isHidden(), "a finger that moves asks for nothing");

    await page.locator("#share").tap();
    await page.locator("#share-dialog").waitFor();
    await hold("#qr");
    assert.match(await tip.textContent(), /camera/);
    const over = await tip.evaluate((one) => {
      const { left, top } = one.getBoundingClientRect();
      one.style.pointerEvents = "auto";
      return document.elementFromPoint(left + 4, top + 4) === one;
    });
    assert(over, "the tip is above the dialog");
    clean();
  }));
