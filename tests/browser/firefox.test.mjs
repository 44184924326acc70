// The page in the distribution's Firefox, on the CPU: every lab, links, files that are taken away, memory, a room, no network.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { finished, goesOn, launchFirefox, nextStep, notices, open, serve, table, tinyHash } from "./harness.mjs";

let browser, server, downloads;
before(async () => {
  downloads = await mkdtemp(join(tmpdir(), "lattice-lab-"));
  [browser, server] = await Promise.all([launchFirefox({ downloadsPath: downloads }), serve()]);
});
after(async () => {
  await Promise.all([browser?.close(), server?.close()]);
  await rm(downloads, { recursive: true, force: true });
});

/** Opens the page at `address` below its folder, and closes it after `body` if nothing went wrong in it. */
async function visit(address, body, options) {
  const { page, context, clean } = await open(browser, server.url + address, options);
  await body(page, context);
  clean();
  await context.close();
}

/** The file that `act` makes the page offer: Firefox tells WebDriver BiDi of it without a name for it, so it is looked for where it lies. */
async function taken(t, name, act) {
  await act();
  for (;;) {
    t.signal.throwIfAborted();
    const bytes = await readFile(join(downloads, name)).catch(() => Buffer.alloc(0));
    if (bytes.length > 0) return bytes;
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** How many colours a canvas shows. */
const colours = (canvas) =>
  canvas.evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });

/** Each lab so small that it is at its end in seconds. */
const LABS = {
  double_well_flow: { n_tau: 8, hidden: 8, couplings: 2, batch: 32, steps: 200, samples: 512 },
  phi4_diffusion: { lattice_size: 4, channels: 4, levels: 1, data_size: 64, batch: 8, steps: 100, samples: 64, sampling_steps: 20 },
  xy_autoregressive: { lattice_size: 4, hidden: 8, layers: 1, batch: 32, steps: 100, samples: 512 },
  spectral_function: { methods: "tikhonov,gaussian_process,nn_list", frequencies: 100, optimiser: "adam", adam_steps: 100, samples: 4 },
};

for (const [lab, params] of Object.entries(LABS)) {
  test(`${lab} opens, trains, draws and ends with estimates`, { timeout: 120_000 }, (t) =>
    visit(`#${new URLSearchParams({ lab, ...params })}`, async (page) => {
      const started = Date.now();
      await nextStep(page);
      const training = Date.now() - started;
      const seen = await page.evaluate(async (lab) => {
        const { views } = await latticeLab.describe(lab);
        const [{ id }] = views.filter(({ kind }) => ["paths", "field", "spins", "spectrum"].includes(kind));
        const chain = async () => (await latticeLab.view(id)).series.filter(({ role }) => role === "chain").flatMap(({ y }) => [...y]);
        const before = await chain();
        const start = performance.now();
        for (;;) {
          const after = await chain();
          if (after.some((y, i) => y !== before[i])) return { chain: true, moved: true };
          if (performance.now() - start > 5000) return { chain: before.length > 0, moved: false };
        }
      }, lab);
      // Spectral functions are reconstructed without a chain.
      assert.equal(seen.chain, lab !== "spectral_function");
      assert.equal(seen.moved, seen.chain, "the chain moves");

      await finished(page);
      const observables = await page.evaluate(() => latticeLab.observables());
      for (const { id, estimates } of observables) assert(estimates.some(({ value }) => Number.isFinite(value)), `${id} has an estimate`);
      assert((await page.locator("#strip .row svg g:not([visibility])").count()) >= observables.filter(({ references }) => references.length > 0).length / 2, "estimates are drawn");
      for (const canvas of await page.locator("#stage canvas:visible, .plot canvas:visible").all()) assert((await colours(canvas)) > 5, "every picture is drawn");
      const apart = await page.evaluate(() => {
        const top = (element) => element.getBoundingClientRect().top;
        const scripts = [...document.querySelectorAll("#formula :is(msup, msub, msubsup, munderover)")].filter((element) => element.getBoundingClientRect().width > 0);
        return scripts.map(({ children: [base, script] }) => Math.abs(top(base) - top(script)));
      });
      assert(apart.length > 0 && apart.every((distance) => distance > 1), `indices stand above or below: ${apart}`);
      assert.deepEqual(await notices(page), []);
      table(t, `${lab} in Firefox ${browser.version()}`, [["first step", `${training} ms after the page`], ["at its end", `${Date.now() - started} ms`], ["device", (await page.locator("#device-chip").innerText()).replace(/\s+/g, " ")]]);
    }));
}

test("links and their QR code", { timeout: 60_000 }, () => {
  const state = "lab=double_well_flow&preset=mode_collapse&seed=3";
  return visit(`#${state}`, async (page) => {
    await nextStep(page);
    await page.locator("#share").click();
    const dialog = page.getByRole("dialog", { name: "Share this state" });
    await dialog.getByRole("checkbox", { name: "Knobs" }).check();
    assert.equal(await dialog.getByLabel("Link to this state").inputValue(), `${server.url}#${state}&hide=knobs`);
    const { width } = await page.locator("#qr svg").boundingBox();
    assert(width > 100, "the code is drawn");
    await page.keyboard.press("Escape");
    assert(await page.locator("#knobs").isHidden());
    assert.equal(page.url(), `${server.url}#${state}&hide=knobs`);
  });
});

test("samples, pictures, numbers and a film are taken away", { timeout: 60_000 }, (t) =>
  visit(tinyHash({ steps: 30, samples: 256, views: "loss,density" }), async (page) => {
    await finished(page);
    const card = page.locator('.plot[data-view="loss"]');
    const ofPlot = (what, file) =>
      taken(t, file, async () => {
        await card.locator(".menu summary").click();
        await card.locator(`[data-take="${what}"]`).click();
      });
    const run = "double_well_flow-seed1-step30";
    assert.equal((await ofPlot("png", `${run}-loss.png`)).toString("latin1", 1, 4), "PNG");
    assert.match((await ofPlot("svg", `${run}-loss.svg`)).toString(), /^<svg[^]*<\/svg>\s*$/);
    assert.equal((await ofPlot("csv", `${run}-loss.csv`)).toString().trimEnd().split("\n").length, 31, "a heading, and a line for each step");

    await page.locator("#take-away").click();
    const button = (name) => page.locator("#take-away-dialog").getByRole("button", { name, exact: true });
    const samples = await taken(t, `${run}.npz`, () => button("Samples: npz").click());
    assert.equal(samples.toString("latin1", 0, 2), "PK");
    const film = page.getByRole("button", { name: "Film of the stage" });
    const bytes = await taken(t, `${run}.webm`, async () => {
      await film.click();
      await page.waitForTimeout(1500);
      await film.click();
    });
    assert.equal(bytes.readUInt32BE(0), 0x1a45dfa3, "EBML");
  }, { acceptDownloads: true }));

test("after a reload the run is offered and goes on", { timeout: 60_000 }, () =>
  visit(tinyHash({ steps: 50_000, samples: 64, seed: 4 }), async (page) => {
    await nextStep(page);
    await page.evaluate(async () => void (await latticeLab.save()));
    await page.waitForFunction(
      () =>
        new Promise((done) => {
          const asked = indexedDB.open("lattice-lab", 1);
          asked.onsuccess = () => {
            const runs = asked.result.transaction("runs").objectStore("runs").count();
            runs.onsuccess = () => {
              asked.result.close();
              done(runs.result > 0);
            };
          };
        }),
    );
    await page.reload();
    const offer = page.getByRole("button", { name: /^Go on where you left off/ });
    await offer.waitFor();
    const [, step] = /step (\d+)/.exec(await offer.textContent());
    await offer.click();
    await page.waitForFunction((step) => Number(/(\d+)\//.exec(document.querySelector("#progress-text").textContent)?.[1]) > step, Number(step));
  }));

test("?present=1 presents every lab", { timeout: 120_000 }, () =>
  visit("?present=1", async (page) => {
    for (const [nth, { title }] of (await page.evaluate(() => latticeLab.labs())).entries()) {
      await page.keyboard.press(String(nth + 1));
      await page.waitForFunction((title) => document.title.startsWith(title), title);
      await goesOn(page);
      assert(await page.locator("#share").isHidden(), "no chrome");
      const { width, height } = await page.evaluate(() => ({ width: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight }));
      assert(width <= 1280 && height <= 1.1 * 800, `${title} is ${width} x ${height}`);
    }
  }, { viewport: { width: 1280, height: 800 } }));

test("the second visit works with the network cut", { timeout: 120_000 }, async () => {
  const own = await serve();
  const { page, context, clean } = await open(browser, own.url + tinyHash(), { serviceWorkers: "allow" });
  await page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated", null, { timeout: 30_000 });
  clean();
  await own.close();
  const second = await context.newPage();
  await second.goto(`${own.url}#lab=xy_autoregressive`);
  await goesOn(second);
  assert.match(await second.title(), /^Spins/);
  await context.close();
});
