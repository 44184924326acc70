// Exercises: predict, run, reveal; codes that anybody can recompute; the lecturer's dialog; and one exercise by the keyboard alone.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { assertAccessible, notices, open, visit } from "./harness.mjs";

const read = async (path) => JSON.parse(await readFile(new URL(`../../web/${path}`, import.meta.url), "utf8"));
const exercises = await read("exercises.json");
const labs = await read("app/bindings/labs.json");
const exercise = (id) => exercises.find((one) => one.id === id);
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** The address of a built-in exercise. */
const addressOf = ({ id, lab, state }) => `#lab=${lab}&${state}&exercise=${id}`;

/** Predicts the nth choice (from 1), or a number, and starts the run: by the button of the panel, or by another. */
async function predict(page, { options }, what, begin = "#teach [data-name=run]") {
  const panel = page.locator("#teach");
  if (options.length > 0) await panel.getByRole("radio").nth(what - 1).check();
  else await panel.getByRole("textbox").fill(String(what));
  await panel.getByRole("button", { name: "Predict", exact: true }).click();
  await page.locator(begin).click();
}

test("every lab has three exercises, which speak of what the lab has", () => {
  for (const lab of labs) {
    const own = exercises.filter((one) => one.lab === lab.id);
    assert(own.length >= 3, `${lab.id} has ${own.length}`);
    const ways = ["raw", "reweighted", "metropolis", "tail", "chain", "data", "exact", ...lab.params.flatMap(({ kind }) => (kind.type === "set" ? kind.options.map(({ id }) => id) : []))];
    for (const { id, options, when = [], number = "", checks, title, question, reveal, hint, state } of own) {
      for (const text of [title, question, reveal, hint]) assert(text?.length > 5, `${id} says everything`);
      assert(checks.length > 0, `${id} checks something`);
      assert(options.length > 0 ? when.length === options.length : number, `${id} knows what is right`);
      for (const text of [...when, ...checks]) assert.match(text, /^[^<>~=@]+[<>~=][^<>~=@]+(@\d+)?$/, `${id}: ${text}`);
      for (const name of [...when, ...checks, number].join(" ").replace(/\de-?\d/g, "").match(/[a-z_]\w*(:\w+)*/g) ?? []) {
        const [what, ...rest] = name.split(":");
        const known = ["pi", "step"].includes(what) || [...lab.observables, ...lab.params].some((one) => one.id === what);
        assert(known, `${id}: ${what} is something of ${lab.id}`);
        for (const one of rest) assert([...ways, "error", "sigma", "tau"].includes(one), `${id}: ${one} is an estimate or a number of one`);
      }
      for (const word of new URLSearchParams(state).get("lock")?.split(",") ?? []) {
        assert(["preset", "knobs", "seed", "plots"].includes(word) || lab.params.some((one) => one.id === word), `${id}: ${word} can be locked`);
      }
    }
  }
  assert.equal(new Set(exercises.map(({ id }) => id)).size, exercises.length, "ids are different");
});

test("every exercise opens, asks first, and waits with the run", { timeout: 180_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + addressOf(exercises[0]));
    for (const one of exercises) {
      await page.goto(url + addressOf(one));
      await page.getByRole("heading", { name: one.title, exact: true }).waitFor();
      await page.getByText(one.question, { exact: true }).waitFor();
      await page.waitForFunction(() => document.querySelector("#progress-text").textContent === "ready");
      assert.equal(await page.locator("#teach").getByRole("radio").count(), one.options.length);
      assert(await page.locator("#play").isDisabled(), "nothing runs before something is predicted");
      assert.equal(await page.locator("#play").getAttribute("title"), "Predict first");
      await page.keyboard.press("Space");
      assert.deepEqual(await notices(page), [], one.id);
    }
    assert.equal(await page.evaluate(() => document.querySelector("#progress-text").textContent), "ready", "not by a key either");
    clean();
  }));

/** An exercise of each lab, and the prediction that most people make. */
const NAIVE = [["the_bar", 1], ["stopped_early", 1], ["which_sign", 1], ["from_which_side", 2]];
for (const [id, what] of NAIVE) {
  test(`${id}: the naive prediction is refuted, and the code can be recomputed`, { timeout: 300_000 }, (t) =>
    visit(t, {}, async ({ browser, url }) => {
      const first = await open(browser, url + addressOf(exercise(id)));
      first.page.setDefaultTimeout(120_000);
      const panel = first.page.locator("#teach");
      // The page's own button begins the same run.
      await predict(first.page, exercise(id), what, id === "which_sign" ? "#play" : undefined);
      await panel.getByText("✗ Not as predicted").waitFor();
      assert.equal(await panel.locator(".checks-list .met").count(), exercise(id).checks.length);
      assert(await first.page.locator("#story").isVisible(), "what was hidden is shown");
      await panel.getByRole("button", { name: "Result code" }).click();
      const link = await panel.getByLabel("Link to this result").inputValue();
      const [, code] = /result=([0-9a-z]{4}-[0-9a-z]{4})/.exec(link);
      await panel.getByText(`Result code ${code}`).last().waitFor();
      first.clean();
      await first.context.close();

      const second = await open(browser, link);
      second.page.setDefaultTimeout(120_000);
      await second.page.getByRole("button", { name: "Recompute" }).click();
      await second.page.getByText("The same code").waitFor();
      if (id === "the_bar") {
        const other = code.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
        for (const forged of [link.replace(code, other), link.replace("predicted=1", "predicted=3"), link.replace("noise=1e-4", "noise=2e-4")]) {
          assert.notEqual(forged, link);
          await second.page.goto(forged);
          await second.page.getByText("Recompute makes the run anew").waitFor();
          await second.page.getByRole("button", { name: "Recompute" }).click();
          await second.page.getByText("✗ Another code").waitFor();
        }
      }
      second.clean();
    }));
}

test("what is changed on the way asks for a clean run", { timeout: 120_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=spectral_function&methods=tikhonov&samples=4&ask=How+far%3F&number=peak_height&check=chi2_per_point%3C1.5,noise%3C0.01`);
    page.setDefaultTimeout(60_000);
    const panel = page.locator("#teach");
    await predict(page, { options: [] }, "0,5");
    await panel.getByRole("button", { name: "Result code" }).waitFor();
    await page.evaluate(() => latticeLab.set("noise", 0.002).then(() => latticeLab.run()));
    await panel.getByText("something was changed on the way").waitFor();
    await panel.getByRole("button", { name: "Run cleanly, for a code" }).click();
    const link = await panel.getByLabel("Link to this result").inputValue();
    assert.match(link, /noise=0\.002.*predicted=0\.5/);
    clean();
  }));

test("a check that the lab does not have is told, and left out", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=double_well_flow&ask=Why?&options=a%7Cb&right=1&check=x2>abc,foo>1,ess>0.1`);
    await page.getByText("This lab cannot check x2>abc, foo>1: it is left out.").waitFor();
    await page.locator("#teach").getByRole("radio").first().check();
    await page.locator("#teach").getByRole("button", { name: "Predict", exact: true }).click();
    assert.equal(await page.locator("#teach .checks-list li").count(), 1);
    clean();
  }));

test("an exercise that there is not is said to be none", { timeout: 30_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=spectral_function&methods=tikhonov&exercise=nonsense`);
    await page.getByText("There is no exercise nonsense").waitFor();
    clean();
  }));

test("one exercise by the keyboard alone, from the list to the code", { timeout: 180_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=spectral_function&methods=tikhonov&samples=2`, { viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(60_000);
    const name = () => page.evaluate(() => document.activeElement.title || document.activeElement.ariaLabel || document.activeElement.textContent);
    const tabTo = async (wanted) => {
      for (let n = 0; n < 60; n++) {
        if ((await name()).startsWith(wanted)) return;
        await page.keyboard.press("Tab");
      }
      assert.fail(`the tab key does not come to ${wanted}`);
    };
    await tabTo("Exercises");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "What the bar holds" }).waitFor();
    await tabTo("What the bar holds");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement.textContent === "What the bar holds" && document.activeElement.localName === "h2");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    assert(await page.getByRole("radio", { name: "two to five error bars" }).isChecked());
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement.textContent === "Run");
    await page.keyboard.press("Enter");
    await page.getByText("✗ Not as predicted: more than five error bars").waitFor();
    await tabTo("Result code");
    await page.keyboard.press("Enter");
    assert.match(await page.getByLabel("Link to this result").inputValue(), /exercise=the_bar.*predicted=2&result=/);
    await tabTo("All exercises");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "What the bar holds ✓ done" }).waitFor();
    assert.doesNotMatch(page.url(), /exercise|lock|hide/);
    clean();
  }));

test("a lecturer's exercise: the link asks, hides and locks", { timeout: 120_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, context, clean } = await open(browser, `${url}#lab=spectral_function&methods=tikhonov&samples=4&seed=3`);
    await page.locator("#share").click();
    await page.getByRole("button", { name: "Make an exercise…" }).click();
    const dialog = page.getByRole("dialog", { name: "Make an exercise" });
    await dialog.getByLabel("Question").fill("How high is the peak & why = so?");
    await dialog.getByLabel(/^Choices/).fill("too low\n* right\ntoo high | too wide");
    await dialog.getByLabel("Quantity").selectOption("chi2_per_point");
    await dialog.getByLabel("Estimator").selectOption("tikhonov");
    await dialog.getByLabel("Comparison").selectOption("<");
    await dialog.getByLabel("Value").fill("1,5");
    await dialog.getByLabel("Seconds").fill("60");
    await dialog.getByLabel("Said at the reveal").fill("Because.");
    await dialog.getByRole("checkbox", { name: "Distance from exact" }).check();
    await dialog.getByRole("checkbox", { name: "noise", exact: true }).check();
    await dialog.getByRole("checkbox", { name: "seed", exact: true }).check();
    const link = await dialog.getByLabel("Link to the exercise").inputValue();
    assert.equal(await dialog.getByRole("link", { name: "Try it" }).getAttribute("href"), link);
    assert.match(link, /check=chi2_per_point%3Atikhonov%3C1\.5%4060/);
    await context.close();

    const student = await open(browser, link);
    const panel = student.page.locator("#teach");
    await panel.getByText("How high is the peak & why = so?").waitFor();
    assert.deepEqual(await panel.locator("label").allTextContents(), ["too low", "right", "too high / too wide"]);
    assert(await student.page.locator("#estimates").isHidden());
    for (const locked of ["[data-param=noise]", "#seed", "#new-seed"]) assert(await student.page.locator(locked).isDisabled(), locked);
    assert.equal(await student.page.locator("[data-param=noise]").getAttribute("title"), "Locked by the exercise");
    assert(await student.page.locator("[data-param=shape]").isEnabled());
    await panel.getByText("Locked: seed, noise.").waitFor();
    await predict(student.page, { options: ["", "", ""] }, 2);
    await panel.getByText("✓ As predicted: right").waitFor();
    await panel.getByText("Because.").waitFor();
    assert(await student.page.locator("#estimates").isVisible());
    assert(await student.page.locator("[data-param=noise]").isDisabled(), "what is locked stays locked");
    assert(await student.page.locator("#play").isEnabled());
    await panel.getByRole("button", { name: "All exercises" }).click();
    assert(await student.page.locator("[data-param=noise]").isEnabled());
    student.clean();
    clean();
  }));

for (const form of [{ viewport: { width: 1280, height: 800 } }, PHONE]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe-core finds nothing in exercises, ${form === PHONE ? "phone, " : ""}${colorScheme}`, { timeout: 180_000 }, (t) =>
      visit(t, {}, async ({ browser, url }) => {
        const { page, clean } = await open(browser, `${url}#lab=spectral_function&methods=tikhonov&samples=2`, { ...form, colorScheme });
        page.setDefaultTimeout(60_000);
        const panel = page.locator("#teach");
        const look = async (state) => {
          await assertAccessible(page, state);
          assert((await page.evaluate(() => document.documentElement.scrollWidth)) <= form.viewport.width, `${state}: nothing overflows`);
          if (form !== PHONE) return;
          const small = await page.locator(":is(#teach, #ask-dialog) :is(button, select, summary, label.check, input[type=text]:not([readonly]))").evaluateAll((all) =>
            all.map((element) => [element.textContent || element.ariaLabel, element.getBoundingClientRect()]).filter(([, { width, height }]) => width > 0 && Math.min(width, height) < 43.5).map(([name, { width, height }]) => `${name}: ${width} x ${height}`),
          );
          assert.deepEqual(small, [], `${state}: touch targets are 44 px`);
        };
        await page.locator("#exercises").click();
        await panel.getByRole("listitem").first().waitFor();
        await look("list");
        await panel.getByRole("button", { name: "Make an exercise…" }).click();
        await look("lecturer's dialog");
        await page.keyboard.press("Escape");
        await panel.getByRole("button", { name: "What the bar holds" }).click();
        await panel.getByRole("radio").first().waitFor();
        await look("question");
        await predict(page, exercise("the_bar"), 1);
        await panel.getByRole("button", { name: "Result code" }).click();
        await panel.getByLabel("Link to this result").waitFor();
        await look("reveal");
        clean();
      }));
  }
}
