// The spin lab in the tab: pictures a second, the speed of sampling, hands on the spins, slow motion, every preset, and what is
// refused.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { AXE, nextStep, open, rejection, table, trains, visit } from "./harness.mjs";

const LAB = "xy_autoregressive";
const axe = await readFile(AXE, "utf8");
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
const DESK = { viewport: { width: 1366, height: 768 } };

/** Spins that train at once. */
const SMALL = { lattice_size: 8, hidden: 8, layers: 1, batch: 16, samples: 64 };

const violations = (page) =>
  page.evaluate(async () => (await window.axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0].target} ${nodes[0].failureSummary}`));

/** How many colours a canvas shows. */
const colours = (canvas) =>
  canvas.evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 4).join())).size;
  });

/** The chain's spins, and where there are vortices. */
const chain = (page) =>
  page.evaluate(async () => {
    const { series } = await latticeLab.view("spins");
    const [spins, vortices] = ["spins", "vortices"].map((mark) => series.find((s) => s.role === "chain" && s.mark === mark));
    return { spins: [...(spins ?? series[0]).y], vortices: [...(vortices?.y ?? [])], side: series[0].x.length };
  });

/** The place of the window at which a place of the chain's lattice is drawn, in spacings. */
async function placeOf(page, x, y, side) {
  const box = await page.locator("#chain-canvas").boundingBox();
  const [ratio, width, height] = await page.evaluate(() => {
    const { clientWidth, clientHeight } = document.querySelector("#chain-canvas");
    return [devicePixelRatio, clientWidth, clientHeight];
  });
  const cell = Math.floor((Math.min(width, height - 20) * ratio - 2) / side) / ratio;
  return [box.x + (width - cell * side) / 2 + (x + 0.5) * cell, box.y + 1 + (y + 0.5) * cell];
}

for (const side of [16, 32]) {
  test(`the spins of ${side} x ${side} move at 30 pictures a second while it trains`, { timeout: 60_000 }, (t) =>
    visit(t, {}, async ({ browser, url }) => {
      const { page, clean } = await open(browser, `${url}#lab=${LAB}&lattice_size=${side}&hidden=16&batch=16&steps=5000&beta=1`, DESK);
      await nextStep(page);
      const runs = [];
      for (let i = 0; i < 3; i++) {
        runs.push(
          await page.evaluate(
            () =>
              new Promise((done) => {
                // A picture counts if it differs from the one before it.
                const canvas = document.querySelector("#chain-canvas canvas");
                const small = new OffscreenCanvas(32, 32).getContext("2d", { willReadFrequently: true });
                let [pictures, frames, last] = [0, 0, ""];
                const start = performance.now();
                const look = () => {
                  frames++;
                  small.drawImage(canvas, 0, 0, 32, 32);
                  const now = small.getImageData(0, 0, 32, 32).data.join();
                  if (now !== last) pictures++;
                  last = now;
                  const seconds = (performance.now() - start) / 1000;
                  if (seconds > 3) done({ pictures: pictures / seconds, frames: frames / seconds });
                  else requestAnimationFrame(look);
                };
                requestAnimationFrame(look);
              }),
          ),
        );
      }
      const best = runs.reduce((a, b) => (a.pictures > b.pictures ? a : b));
      table(t, `${side} x ${side}, best of three windows of 3 s`, [
        ["different pictures of the chain", best.pictures.toFixed(1), "a second, of 30"],
        ["frames of the page", best.frames.toFixed(1), "a second"],
      ]);
      // Half the bar: the machine may be busy.
      assert(best.pictures > 15, `${best.pictures} pictures a second`);
      clean();
    }));
}

test("sampling 64 configurations of 16 x 16 takes less than 3 s", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url);
    const times = await page.evaluate(async (lab) => {
      await latticeLab.open(lab, { lattice_size: 16, hidden: 64 });
      const times = [];
      for (let i = 0; i < 3; i++) {
        const start = performance.now();
        await latticeLab.sample(64);
        times.push(performance.now() - start);
      }
      return times;
    }, LAB);
    table(t, "64 configurations of 16 x 16, 64 hidden units", times.map((ms, i) => [`time ${i + 1}`, `${ms.toFixed(0)} ms`, "of 3000 ms"]));
    assert(Math.min(...times) < 3000, `${times}`);
    clean();
  }));

test("a hand pulls spins, drags a vortex, adds pairs, quenches, by pointer, button and key", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=${LAB}&${new URLSearchParams({ ...SMALL, beta: 5, steps: 2, chain: "metropolis" })}`, DESK);
    await page.waitForFunction(() => document.querySelector("#progress-text").textContent.startsWith("done"));
    const hold = page.locator("#hand button", { hasText: "Hold the chain" });
    const press = async (name) => {
      await page.locator("#hand button", { hasText: name }).click();
      await hold.click();
    };
    const of = ({ vortices }, sign) => vortices.flatMap((v, i) => (v === sign ? [i] : []));

    await press("Align");
    const aligned = await chain(page);
    assert(aligned.spins.every((s) => Math.cos(s) > 0), "all spins point to the right");
    await press("Add a pair");
    await press("Align");

    // A pull downwards turns the spins there down.
    const { side } = aligned;
    const [x, y] = await placeOf(page, 4, 2, side);
    const [, below] = await placeOf(page, 4, 5, side);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x, below, { steps: 6 });
    await page.waitForTimeout(300);
    const pulled = await chain(page);
    await page.mouse.up();
    assert(pulled.spins.filter((s) => Math.sin(s) > 0.7).length >= 4, "some spins point downwards");
    await hold.click();

    // A pair by program, so that it lies still; then its vortex is dragged one plaquette down.
    await page.evaluate(() => latticeLab.touch("pull", [0, 0, 99, 0]));
    await page.evaluate(() => latticeLab.touch("vortex_pair", [2.5, 3.5, 6.5, 3.5]));
    const paired = await chain(page);
    assert.deepEqual([of(paired, 1), of(paired, -1)], [[3 * side + 2], [3 * side + 6]]);
    await page.waitForTimeout(300);
    const [vx, vy] = await placeOf(page, 2.5, 3.5, side);
    const [, lower] = await placeOf(page, 2.5, 4.5, side);
    await page.mouse.move(vx, vy);
    await page.mouse.down();
    await page.mouse.move(vx, lower, { steps: 3 });
    await page.waitForTimeout(300);
    const dragged = await chain(page);
    await page.mouse.up();
    assert.deepEqual([of(dragged, 1), of(dragged, -1)], [[4 * side + 2], [3 * side + 6]]);
    await hold.click();

    // The same by keys.
    await page.evaluate(() => latticeLab.touch("pull", [0, 0, 99, 0]));
    await page.evaluate(() => latticeLab.touch("vortex_pair", [2.5, 3.5, 6.5, 3.5]));
    await page.waitForTimeout(300);
    await page.locator("#chain-canvas").focus();
    for (let i = 0; i < 2; i++) await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Shift+ArrowUp");
    await page.waitForTimeout(300);
    assert.deepEqual(of(await chain(page), 1), [2 * side + 2]);
    await page.evaluate(() => latticeLab.touch("pull", [0, 0, 99, 0]));
    await page.waitForTimeout(300);
    await page.keyboard.press("Enter");
    await page.waitForTimeout(300);
    const turned = await chain(page);
    assert(turned.spins.some((s) => Math.abs(s) > 0.5) && turned.spins.some((s) => Math.abs(s) < 0.1));
    assert.equal(await page.evaluate(() => document.querySelector("#progress-text").textContent.startsWith("done")), true, "keys of the chain do not train");

    await page.locator("#hand button", { hasText: "Quench" }).click();
    const hot = await chain(page);
    await page.waitForTimeout(1500);
    const cooled = await chain(page);
    const energy = ({ spins, side }) =>
      spins.reduce((sum, s, i) => {
        const [c, r] = [i % side, Math.floor(i / side)];
        return sum - Math.cos(s - spins[r * side + ((c + 1) % side)]) - Math.cos(s - spins[((r + 1) % side) * side + c]);
      }, 0) / spins.length;
    t.diagnostic(`energy per site after a quench: ${energy(hot).toFixed(2)}, 1.5 s later ${energy(cooled).toFixed(2)}`);
    assert(energy(cooled) < -1.4, `${energy(cooled)}`);
    assert(energy(hot) > energy(cooled));
    clean();
  }));

test("a finger pulls spins on a phone, and the page does not scroll under it", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, context, clean } = await open(browser, `${url}#lab=${LAB}&${new URLSearchParams({ ...SMALL, beta: 5, steps: 2 })}`, PHONE);
    await page.waitForFunction(() => document.querySelector("#progress-text").textContent.startsWith("done"));
    await page.evaluate(() => latticeLab.touch("pull", [0, 0, 99, 0]));
    await page.locator("#chain-canvas").scrollIntoViewIfNeeded();
    await page.waitForTimeout(300);
    const [x, y] = await placeOf(page, 4, 2, 8);
    const [, below] = await placeOf(page, 4, 5, 8);
    const scrolled = await page.evaluate(() => scrollY);
    const touch = await context.newCDPSession(page);
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
    for (let i = 1; i <= 5; i++) {
      await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x, y: y + (i / 5) * (below - y) }] });
      await page.waitForTimeout(60);
    }
    const pulled = await chain(page);
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    assert(pulled.spins.filter((s) => Math.sin(s) > 0.7).length >= 3, "some spins point downwards");
    assert.equal(await page.evaluate(() => scrollY), scrolled);
    clean();
  }));

test("a sample is written site by site, with the density of the site that is next", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=${LAB}&views=conditional,partial&steps=5&samples=64&site=0`, DESK);
    await page.waitForFunction(() => document.querySelector("#progress-text").textContent.startsWith("done"));
    await page.locator(".scrubber button").click();
    await page.waitForFunction(() => Number(document.querySelector(".scrubber input").value) >= 4);
    await page.locator(".scrubber button").click();
    assert.match(await page.locator(".scrubber output").textContent(), /^\d+ of 16 sites$/);
    const written = await page.evaluate(async () => {
      const { series } = await latticeLab.view("partial");
      const site = series[0].y.findIndex(Number.isNaN);
      const [network, , drawn] = (await latticeLab.view("conditional")).series;
      const sum = network.y.slice(1).reduce((a, b) => a + b, 0) * (network.x[1] - network.x[0]);
      return { site, sum, drawn: drawn.x[0] };
    });
    assert(written.site >= 4 && written.site < 16, `${written.site} sites are written`);
    assert(Math.abs(written.sum - 1) < 0.01, `the density has the integral ${written.sum}`);
    assert(Number.isFinite(written.drawn));
    for (const view of ["conditional", "partial"]) assert((await colours(page.locator(`[data-view=${view}] canvas`))) > 5, `${view} is drawn`);
    // To the last site.
    await page.locator(".scrubber button").click();
    await page.waitForFunction(() => document.querySelector(".scrubber output").textContent === "16 of 16 sites", undefined, { timeout: 30_000 });
    assert.equal(await page.evaluate(async () => (await latticeLab.view("partial")).series[0].y.findIndex(Number.isNaN)), -1);
    clean();
  }));

test("the scan fills its curves, stops, keeps what it has, and goes on", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const hash = new URLSearchParams({ lattice_size: 4, scan: "temperatures", steps: 5000, hidden: 8, layers: 1, batch: 16, chain_per_step: 1000, views: "energy_scan,helicity_scan" });
    const { page, clean } = await open(browser, `${url}#lab=${LAB}&${hash}`, DESK);
    const progress = () =>
      page.evaluate(async () => {
        const { series } = await latticeLab.view("energy_scan");
        return Number(/chain, (\d+) of/.exec(series.map((s) => s.name).join("; "))?.[1] ?? 0);
      });
    const later = async (than) => {
      for (let i = 0; i < 100; i++) {
        const now = await progress();
        if (now > than) return now;
        await page.waitForTimeout(100);
      }
      throw new Error(`the scan has stayed at ${than} temperatures`);
    };
    // Points of the hottest temperatures lie outside of the picture: the name tells how many there are.
    await later(10);
    await page.locator("#hand button", { hasText: "Stop the scan" }).click();
    await page.locator("#hand button", { hasText: "Go on scanning" }).waitFor();
    const stopped = await progress();
    await nextStep(page);
    await page.waitForTimeout(500);
    assert.equal(await progress(), stopped);
    await page.locator("#hand button", { hasText: "Go on scanning" }).click();
    const goneOn = await later(stopped);
    t.diagnostic(`stopped at ${stopped} temperatures, went on to ${goneOn}`);
    clean();
  }));

/** How many temperatures the bar under the picture says are done. */
const scanned = (page) => page.evaluate(() => Number(/scan (\d+) of/.exec(document.querySelector("#hand output").textContent)?.[1] ?? -1));
const finished = (page) => page.waitForFunction(() => document.querySelector("#progress-text").textContent.startsWith("done"));

test("a scan goes on by itself when the plan is done, without a plot of it, and can be stopped and resumed", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    // So large that the scan is not done before it is stopped, on whatever machine.
    const hash = new URLSearchParams({ lattice_size: 8, scan: "temperatures", steps: 2, hidden: 8, layers: 1, batch: 16, chain_per_step: 1, samples: 64, views: "loss,race" });
    const { page, clean } = await open(browser, `${url}#lab=${LAB}&${hash}`, DESK);
    await finished(page);
    const later = (than) => page.waitForFunction((than) => Number(/scan (\d+) of 44/.exec(document.querySelector("#hand output").textContent)?.[1]) > than, than);
    const before = await scanned(page);
    await later(Math.max(2, before));
    await page.locator("#hand button", { hasText: "Stop the scan" }).click();
    await page.locator("#hand button", { hasText: "Go on scanning" }).waitFor();
    await page.waitForTimeout(700);
    const stopped = await scanned(page);
    await page.waitForTimeout(1500);
    assert.equal(await scanned(page), stopped);
    await page.locator("#hand button", { hasText: "Go on scanning" }).click();
    await later(stopped);
    // Beside a chain that is watched too.
    await page.locator("#hand button", { hasText: "Watch the chain" }).click();
    await later(await scanned(page));
    await later(43);
    await page.waitForFunction(() => [...document.querySelectorAll("#hand button")].every((b) => b.hidden || !/scan/.test(b.textContent)));
    t.diagnostic(`${before} of 44 when the plan was done, stopped at ${stopped}, all at the end`);
    clean();
  }));

test("after a change of beta a finished run draws its samples again, and the chain gets its error bars", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const hash = new URLSearchParams({ temperatures: "range", steps: 20, samples: 1024, views: "loss,race" });
    const { page, clean } = await open(browser, `${url}#lab=${LAB}&${hash}`, DESK);
    await finished(page);
    const field = page.locator("[data-param=beta]");
    await field.fill("0.8");
    await field.press("Enter");
    await page.waitForFunction(() => location.hash.includes("beta=0.8"));
    await page.waitForFunction(async () => {
      const energy = (await latticeLab.observables()).find(({ id }) => id === "energy");
      const of = (name) => energy.estimates.find(({ estimator }) => estimator === name);
      return of("raw")?.count === 1024 && of("chain")?.error > 0;
    });
    clean();
  }));

test("a quench is watched by itself, and followed from its first update", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=${LAB}&preset=quench&samples=128`, DESK);
    await finished(page);
    const hot = (await chain(page)).vortices.filter((v) => v !== 0).length;
    await page.locator("#hand button", { hasText: "Hold the chain" }).waitFor();
    await page.waitForFunction(async () => {
      const [{ x, y }] = (await latticeLab.view("coarsening")).series;
      return x.at(-1) > 40 && y.at(-1) > 1.2;
    });
    const [energy, vortices] = (await page.evaluate(async () => (await latticeLab.view("coarsening")).series)).map(({ x, y }) => ({ x: Object.values(x), y: Object.values(y) }));
    assert.equal(energy.x[0], 1);
    assert(vortices.y[0] > 0.1, `${vortices.y[0]}`);
    // The table is the network's until the chain has forgotten the quench.
    const by = await page.evaluate(async () => (await latticeLab.observables()).find(({ id }) => id === "energy").estimates.map(({ estimator }) => estimator));
    assert.deepEqual(by, ["raw", "reweighted", "metropolis"]);
    t.diagnostic(`${hot} vortices and antivortices at the start`);
    for (const view of ["coarsening", "correlation"]) assert((await colours(page.locator(`[data-view=${view}] canvas`))) > 5, `${view} is drawn`);
    clean();
  }));

test("the race of chain and network is drawn against seconds", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=${LAB}&views=race,loss&samples=8192&steps=60`, DESK);
    await page.waitForFunction(() => document.querySelector("#progress-text").textContent.startsWith("done"));
    const legend = page.locator("[data-view=race] .legend");
    await page.waitForFunction(() => /training/.test(document.querySelector("[data-view=race] .legend").textContent));
    assert.match(await legend.textContent(), /chain.*network, its samples alone.*network, training too/);
    assert((await colours(page.locator("[data-view=race] canvas"))) > 5);
    clean();
  }));

test("bad values and bad snapshots are refused by name, and nothing is lost", { timeout: 60_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url);
    await page.evaluate(({ LAB, SMALL }) => latticeLab.open(LAB, SMALL), { LAB, SMALL });
    await page.evaluate(() => latticeLab.run({ steps: 3 }));
    const before = await chain(page);
    assert.match(await rejection(page, "set", "lattice_size", 33), /lattice_size = 33 is outside \[2, 32\]/);
    assert.match(await rejection(page, "set", "beta", -1), /beta = -1 is outside/);
    assert.match(await rejection(page, "set", "beta", Number.NaN), /beta = NaN/);
    assert.match(await rejection(page, "touch", "tickle", []), /unknown gesture `tickle`/);
    assert.match(await rejection(page, "touch", "pull", [1, 2]), /pull.*2 finite numbers/);
    assert.match(await rejection(page, "touch", "pull", [1, 2, 1, Number.NaN]), /not finite/);
    assert.match(await rejection(page, "touch", "set", [0, 0, 0]), /3|64/);
    // A snapshot that says another size than its chain has.
    const wrong = await page.evaluate(async () => {
      const bytes = await latticeLab.save();
      const text = new TextDecoder("latin1").decode(bytes);
      const other = text.replace(/lattice_size([^0-9]{1,6})8(\.0)?/, (all) => all.replace("8", "6"));
      if (other === text) return "the snapshot does not name its size";
      const array = Uint8Array.from(other, (c) => c.charCodeAt(0));
      return latticeLab.load(array).then(() => undefined, (error) => error.message);
    });
    t.diagnostic(`a snapshot of another size: ${wrong}`);
    assert.match(wrong, /snapshot|spins|parameters|numbers/i);
    assert.match(await rejection(page, "load", new Uint8Array([1, 2, 3])), /snapshot|Uint8Array/i);
    assert.deepEqual((await chain(page)).spins, before.spins);
    assert.equal(await trains(page), true);
    clean();
  }));

test("every preset opens, draws all of its views, and axe-core finds nothing", { timeout: 300_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=${LAB}`, DESK);
    const presets = await page.evaluate(async (lab) => (await latticeLab.describe(lab)).presets.map(({ id, views }) => ({ id, views })), LAB);
    for (const { id, views } of presets) {
      await page.locator("#preset").selectOption(id);
      await page.waitForFunction((id) => id === "ten_seconds" || location.hash.includes(`preset=${id}`), id);
      // Where the weights come with the page nothing trains; a network that is slow to train has drawn a picture after some seconds.
      await page.waitForFunction(() => !/nothing drawn/.test(document.querySelector("#model-canvas canvas").ariaLabel), undefined, { timeout: 60_000 });
      await page.waitForTimeout(3000);
      for (const canvas of ["#chain-canvas canvas", "#model-canvas canvas", ...views.map((view) => `[data-view=${view}] canvas`)]) {
        const seen = await colours(page.locator(canvas));
        assert(seen > 3, `${id}: ${canvas} has ${seen} colours`);
      }
    }
    await page.evaluate(axe);
    assert.deepEqual(await violations(page), []);
    clean();
  }));

for (const form of [DESK, PHONE]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`axe-core finds nothing among spins, ${form === PHONE ? "phone, " : ""}${colorScheme}`, { timeout: 60_000 }, (t) =>
      visit(t, {}, async ({ browser, url }) => {
        const { page, clean } = await open(browser, `${url}#lab=${LAB}&views=conditional,partial&lattice_size=8`, { ...form, colorScheme });
        await nextStep(page);
        await page.evaluate(axe);
        assert.deepEqual(await violations(page), []);
        assert((await page.evaluate(() => document.documentElement.scrollWidth)) <= form.viewport.width, "nothing overflows");
        clean();
      }));
  }
}

test("a refusal stands at the knob that was turned, and the loss breaks where the training was changed", { timeout: 90_000 }, (t) =>
  visit(t, {}, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=${LAB}&lattice_size=2&hidden=4&batch=16&steps=30&samples=64&temperatures=range&views=loss,race`, DESK);
    const legend = page.locator("[data-view=loss] .legend");
    await page.waitForFunction(() => document.querySelector("[data-view=loss] .legend")?.textContent.includes("loss"));
    const high = page.locator('input[data-param="beta_high"]');
    const problem = (id) => page.locator(`.field:has([data-param="${id}"]) .problem`);
    await page.locator("details").evaluateAll((all) => all.forEach((one) => (one.open = true)));
    await high.fill("0.3");
    await high.press("Enter");
    await page.waitForFunction(() => document.querySelector('input[data-param="beta_high"]').ariaInvalid === "true");
    assert.match(await problem("beta_high").textContent(), /beta_high = 0\.3.*Still 1\.5\./);
    assert(await problem("beta_low").isHidden());
    assert.doesNotMatch(await legend.textContent(), /changed by hand/, "a refusal changes nothing");
    await high.fill("1.2");
    await high.press("Enter");
    await page.waitForFunction(() => location.hash.includes("beta_high=1.2"));
    assert(await problem("beta_high").isHidden());
    await page.evaluate(() => latticeLab.run({ steps: 5 }));
    await page.waitForFunction(() => document.querySelector("[data-view=loss] .legend")?.textContent.includes("training changed by hand"));
    clean();
  }));
