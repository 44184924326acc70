// What leaves the page as a file, read by those for whom it is meant.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { finished, open, taken, tinyHash, visit } from "./harness.mjs";

const python = (code, cwd) => spawnSync("python3", ["-c", code], { cwd, encoding: "utf8" });
const hasNumpy = python("import numpy").status === 0;

/** A small trained run with samples, and the dialog open. */
async function openDialog(browser, url, hash = tinyHash({ steps: 30, samples: 256 }), options = {}) {
  const opened = await open(browser, url + hash, { acceptDownloads: true, ...options });
  await finished(opened.page);
  await opened.page.locator("#take-away").click();
  await opened.page.locator("#take-away-dialog[open]").waitFor();
  return opened;
}

const button = (page, name) => page.locator("#take-away-dialog").getByRole("button", { name, exact: true });

/** Files of an uncompressed zip archive by name, checksums tested. */
function unzipped(bytes) {
  const files = {};
  let at = 0;
  while (bytes.readUInt32LE(at) === 0x04034b50) {
    assert.equal(bytes.readUInt16LE(at + 8), 0, "stored");
    const [crc, size, nameSize] = [bytes.readUInt32LE(at + 14), bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26)];
    const name = bytes.toString("utf8", at + 30, at + 30 + nameSize);
    files[name] = bytes.subarray(at + 30 + nameSize, at + 30 + nameSize + size);
    assert.equal(crc32(files[name]), crc, `checksum of ${name}`);
    at += 30 + nameSize + size;
  }
  return files;
}

/** Header and numbers of a .npy file. */
function npy(bytes) {
  assert.equal(bytes.toString("latin1", 0, 6), "\x93NUMPY");
  const start = 10 + bytes.readUInt16LE(8);
  assert.equal(start % 64, 0, "data are aligned");
  const header = bytes.toString("latin1", 10, start);
  const shape = /'shape': \(([\d, ]*)\)/.exec(header)[1].split(",").filter((n) => n.trim()).map(Number);
  const wide = header.includes("'<f8'");
  const count = shape.reduce((product, n) => product * n, 1);
  assert.equal(bytes.length - start, count * (wide ? 8 : 4));
  const values = Array.from({ length: count }, (_, i) => (wide ? bytes.readDoubleLE(start + 8 * i) : bytes.readFloatLE(start + 4 * i)));
  return { shape, values };
}

/** Runs the code of a notebook where it lies; gives what it prints. */
function runNotebook(notebook, folder) {
  const code = notebook.cells.filter(({ cell_type }) => cell_type === "code").map(({ source }) => source.join(""));
  const { status, stdout, stderr } = python(code.join("\n"), folder);
  assert.equal(status, 0, stderr);
  return stdout;
}

test("samples are what NumPy reads, and the notebook finds the page's estimate again", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    // As many as a picture draws by itself, so that one at the end of the training does not add to them.
    const labs = [
      { hash: tinyHash({ steps: 30, samples: 512 }), id: "x2", shape: [512, 4] },
      { hash: "#lab=phi4_diffusion&lattice_size=2&channels=4&levels=1&batch=16&steps=10&samples=256&sampling_steps=5&likelihood=true", id: "phi2", shape: [256, 2, 2] },
      { hash: "#lab=xy_autoregressive&lattice_size=2&hidden=4&batch=16&steps=10&samples=256", id: "energy", shape: [256, 2, 2] },
    ];
    for (const { hash, id, shape } of labs) {
      const { page, context, clean } = await openDialog(browser, url, hash);
      const samples = await taken(page, () => button(page, "Samples: npz").click());
      const written = await taken(page, () => button(page, "In Python: ipynb").click());
      const observables = await page.evaluate(() => latticeLab.observables());
      const files = unzipped(samples.bytes);
      assert.deepEqual(Object.keys(files), ["samples.npy", "log_q.npy", "action.npy"]);
      const arrays = Object.values(files).map(npy);
      assert.deepEqual(arrays.map((array) => array.shape), [shape, [shape[0]], [shape[0]]]);
      assert(arrays.every(({ values }) => values.every(Number.isFinite)));

      const notebook = JSON.parse(written.bytes.toString());
      assert.equal(notebook.nbformat, 4);
      assert(notebook.cells.every((cell) => Array.isArray(cell.source) && cell.id && (cell.cell_type === "markdown" || "outputs" in cell)));
      if (!hasNumpy) {
        t.diagnostic("python3 has no numpy here: the notebook was not run");
      } else {
        const folder = await mkdtemp(join(tmpdir(), "lattice-lab-"));
        try {
          await writeFile(join(folder, samples.name), samples.bytes);
          const said = runNotebook(notebook, folder);
          const { estimates } = observables.find((one) => one.id === id);
          for (const [estimator, words] of [["raw", "as the model draws"], ["reweighted", "reweighted"]]) {
            const { value } = estimates.find((estimate) => estimate.estimator === estimator);
            const [, found] = new RegExp(`${words}: (\\S+) \\+-`).exec(said) ?? assert.fail(said);
            assert(Math.abs(Number(found) - value) < 2e-6 * Math.max(1, Math.abs(value)), `${id}, ${estimator}: ${found} is ${value}`);
          }
          assert(Number(/difference of S: (\S+)/.exec(said)[1]) < 1e-9, said);
        } finally {
          await rm(folder, { recursive: true });
        }
      }
      clean();
      await context.close();
    }
  }));

test("replicas of methods are what NumPy reads, and the notebook finds the page's spreads again", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await openDialog(browser, url, "#lab=spectral_function&methods=tikhonov_positive,gaussian_process&frequencies=100&samples=12");
    const samples = await taken(page, () => button(page, "Replicas: npz").click());
    const written = await taken(page, () => button(page, "In Python: ipynb").click());
    const files = unzipped(samples.bytes);
    assert.deepEqual(Object.keys(files), ["samples.npy", "action.npy"]);
    assert.deepEqual(Object.values(files).map((file) => npy(file).shape), [[12, 2, 100], [12]]);
    if (!hasNumpy) return t.diagnostic("python3 has no numpy here: the notebook was not run");
    const folder = await mkdtemp(join(tmpdir(), "lattice-lab-"));
    try {
      await writeFile(join(folder, samples.name), samples.bytes);
      const said = runNotebook(JSON.parse(written.bytes.toString()), folder);
      const { estimates } = (await page.evaluate(() => latticeLab.observables())).find(({ id }) => id === "area");
      for (const { method, error } of estimates) {
        const [, found] = new RegExp(`area, ${method}: median \\S+, spread (\\S+)`).exec(said) ?? assert.fail(said);
        assert(Math.abs(Number(found) - error) < 1e-5 * Math.max(1, error), `${method}: ${found} is ${error}`);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
    clean();
  }));

test("pictures of every view of every lab are well-formed, with title, axes and marks", { timeout: 240_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const small = {
      double_well_flow: { n_tau: 4, hidden: 8, couplings: 2, batch: 16, steps: 8, samples: 64 },
      phi4_diffusion: { lattice_size: 2, channels: 4, levels: 1, batch: 16, steps: 4, samples: 16, sampling_steps: 5 },
      xy_autoregressive: { lattice_size: 2, hidden: 4, batch: 16, steps: 4, samples: 64 },
      spectral_function: { methods: "tsvd,mem_historic", frequencies: 100, samples: 8 },
    };
    for (const [lab, params] of Object.entries(small)) {
      const { page, context, clean } = await open(browser, `${url}#${new URLSearchParams({ lab, ...params })}`, { acceptDownloads: true });
      await finished(page);
      const { views } = await page.evaluate((lab) => latticeLab.describe(lab), lab);
      const first = page.locator(".plot").first();
      const offered = await first.locator("select").evaluate((select) => [...select.options].map(({ value }) => value));
      for (const id of offered) {
        await first.locator("select").selectOption(id);
        await page.locator(`.plot[data-view="${id}"]`).waitFor();
        await page.waitForTimeout(300);
        const card = page.locator(`.plot[data-view="${id}"]`);
        const get = async (what) => {
          await card.locator(".menu summary").click();
          return taken(page, () => card.locator(`[data-take="${what}"]`).click());
        };
        const { title, kind, x, y } = views.find((view) => view.id === id);
        if (kind === "table") {
          assert.match((await get("csv")).bytes.toString(), /^name,/);
          assert.equal(await card.locator("[data-take]").count(), 1, "a table is no picture");
          continue;
        }
        const svg = (await get("svg")).bytes.toString();
        const read = await page.evaluate((svg) => {
          const document = new DOMParser().parseFromString(svg, "image/svg+xml");
          return { broken: document.querySelector("parsererror")?.textContent, words: [...document.querySelectorAll("text")].map((text) => text.textContent).join(" ") };
        }, svg);
        assert.equal(read.broken, undefined, `${id} is XML`);
        assert.doesNotMatch(svg, /NaN|undefined|Infinity|javascript|style="/, id);
        const words = read.words.replaceAll(" ", "");
        assert(words.includes(title.replaceAll(" ", "")), `${id} has its title`);
        if (["curve", "histogram", "scatter", "spectrum"].includes(kind)) {
          for (const { label } of [x, y]) assert(read.words.includes(label), `${id}: ${label} is in ${read.words}`);
        }
        // Downloads without a hand of the reader's are rationed by the browser; one PNG tells as much as all.
        if (id === offered[0]) assert.equal((await get("png")).bytes.toString("latin1", 1, 4), "PNG");
      }
      clean();
      await context.close();
    }
  }));

test("numbers of a curve are a table with headings and errors, of the loss every step", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url + tinyHash({ steps: 30, samples: 256, views: "loss,correlator" }), { acceptDownloads: true });
    await finished(page);
    await page.waitForTimeout(500);
    const get = async (view, what) => {
      const card = page.locator(`.plot[data-view="${view}"]`);
      await card.locator(".menu summary").click();
      const { bytes } = await taken(page, () => card.locator(`[data-take="${what}"]`).click());
      return bytes.toString().trimEnd().split("\n");
    };
    const loss = await get("loss", "csv");
    assert.equal(loss[0], "series,x,y,error");
    assert.equal(loss.length, 31, "a line for each step");
    assert.match(loss[30], /^loss,30,-?[\d.]+,$/);
    const correlator = await get("correlator", "csv");
    await page.locator('.plot[data-view="correlator"] .menu summary').click();
    await page.locator('.plot[data-view="correlator"] [data-take="table"]').click();
    await page.locator("dialog.plot-table tr").first().waitFor();
    const shown = await page.locator("dialog.plot-table tr").evaluateAll((lines) => lines.map((line) => [...line.cells].map(({ textContent }) => textContent).join()));
    assert.deepEqual(shown, correlator.map((line) => line.replaceAll('"', "")), "the table on the screen is that of the file");
    await page.keyboard.press("Escape");
    const [head, ...rows] = await get("correlator", "wide");
    assert.match(head, /^[^,]+,.*error/);
    const commas = (line) => line.replace(/"[^"]*"/g, "").split(",").length;
    assert(rows.length > 1 && rows.every((row) => commas(row) === commas(head)));
    clean();
  }));

test("the report needs nothing but itself", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, context, clean } = await openDialog(browser, url, tinyHash({ steps: 30, samples: 256, seed: 5 }));
    const mark = await page.locator("#curve-mark").textContent();
    const { name, bytes } = await taken(page, () => button(page, "Report: HTML").click());
    assert.equal(name, "double_well_flow-seed5-step30.html");
    const html = bytes.toString();
    assert.doesNotMatch(html, /<script|src="http|@import|<link/);
    const report = await context.newPage();
    await report.setContent(html);
    assert.equal(await report.locator("svg").count(), 3, "stage and two plots");
    const text = await report.locator("body").innerText();
    for (const named of [mark, "--seed 5", "couplings", "transfer matrix", "hidden=8"]) assert(text.includes(named), `${named} is in the report`);
    clean();
  }));

test("the command line is that of the state on the screen", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await openDialog(browser, url, tinyHash({ preset: "both_wells", f2: 2.5, steps: 20, samples: 64, seed: 9 }));
    const [command, resumed] = await page.locator("#take-away-body code").allTextContents();
    assert.match(command, /^lattice-lab run double_well_flow --preset both_wells /);
    for (const word of ["--set f2=2.5", "--set n_tau=4", "--set steps=20", "--seed 9"]) assert(command.includes(word), `${word} in ${command}`);
    assert.match(resumed, /--load double_well_flow-seed9-step20\.safetensors/);
    clean();
  }));

test("the stage can be filmed, and where it cannot the page says so", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, context, clean } = await openDialog(browser, url);
    const film = page.getByRole("button", { name: "Film of the stage" });
    const { name, bytes } = await taken(page, async () => {
      await film.click();
      await page.waitForTimeout(2500);
      await film.click();
    });
    assert.match(name, /\.webm$/);
    assert.equal(bytes.readUInt32BE(0), 0x1a45dfa3, "EBML");
    assert(bytes.length > 5000, `${bytes.length} bytes`);
    clean();
    await context.close();
    const without = await openDialog(browser, url, undefined, { init: () => delete window.MediaRecorder });
    await without.page.getByText("This browser records no video").waitFor();
    without.clean();
  }));
