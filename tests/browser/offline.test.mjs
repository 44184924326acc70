// Without a network after the first visit; and what happens when another version is published.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { awake, DIST, goesOn, launch, nextStep, notices, open, serve, toLab, trains } from "./harness.mjs";

const web = (path) => fileURLToPath(new URL(`../../web/${path}`, import.meta.url));
const BASE = "/courses/lattice/";
const ALLOW = { serviceWorkers: "allow" };

/** Waits until the page's service worker has stored everything and answers for it. */
const stored = (page) => page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated", null, { timeout: 30_000 });

/** What is stored, by the name of the store. */
const stores = (page) =>
  page.evaluate(async () => {
    const names = await caches.keys();
    const paths = async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname);
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await paths(name)])));
  });

/** A Chromium and a server of files that may be changed, for as long as `body` runs. */
async function publish(t, body) {
  const extra = {};
  const [browser, server] = await Promise.all([launch(), serve({ base: BASE, extra })]);
  const close = () => Promise.all([browser.close(), server.close()]);
  t.signal?.addEventListener("abort", close);
  try {
    await body({ browser, server, extra, url: server.url });
  } finally {
    await close();
  }
}

/** The files of another build of the same page, by path: a lab has another summary. */
async function anotherBuild() {
  const folder = await mkdtemp(join(tmpdir(), "lattice-lab-"));
  try {
    await cp(DIST, folder, { recursive: true });
    const labs = JSON.parse(await readFile(web("app/bindings/labs.json"), "utf8"));
    labs[0].summary = "The next version.";
    const list = join(folder, "labs.txt");
    await writeFile(list, JSON.stringify(labs));
    execFileSync("node", [web("build.mjs"), "--out", folder, "--labs", list]);
    await writeFile(list, JSON.stringify(labs));
    execFileSync("node", [web("offline.mjs"), "--out", folder, "--labs", list]);
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
    return Object.fromEntries(await Promise.all(files.map(async (file) => [relative(folder, file), await readFile(file)])));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("the second visit works with the network cut, below a path, in every lab", { timeout: 120_000 }, (t) =>
  publish(t, async ({ browser, server, url }) => {
    const { page, context, clean } = await open(browser, url, ALLOW);
    await nextStep(page);
    await stored(page);
    const [[name, paths]] = Object.entries(await stores(page));
    assert(name.startsWith(`lattice-lab ${BASE} `), "a store is named after the folder of the page");
    for (const path of ["index.html", "main.js", "worker.js", "bench.html", "wasm/cpu.js", "wasm/cpu_bg.wasm", "labs/en/double_well_flow.json", "labs/en/phi4_diffusion.json", "languages/en.json"]) {
      assert(paths.includes(BASE + path), `${path} is stored`);
    }
    assert(paths.some((path) => /part-\w+\.js$/.test(path)), "parts that are loaded on demand are stored before they are");
    assert(!paths.some((path) => /gpu|weights|service_worker/.test(path)), "what was not used is not");
    clean();

    await server.close();
    const second = await context.newPage();
    const problems = [];
    second.on("pageerror", (error) => problems.push(error.message));
    await second.goto(`${url}?present=1#seed=3`);
    await nextStep(second);
    for (const { id, title } of await second.evaluate(() => latticeLab.labs())) {
      await second.goto(`${url}#lab=${id}`);
      await second.waitForFunction((title) => document.title.startsWith(title), title);
      await goesOn(second);
    }
    await second.goto(url);
    await awake(second);
    await second.waitForFunction((count) => document.querySelectorAll("#cards canvas").length >= count, (await second.evaluate(() => latticeLab.labs())).length);
    await second.goto(`${url}#seed=3`);
    await second.locator("#share").click();
    await second.locator("#qr svg").waitFor();
    await second.goto(`${url}bench.html?device=cpu`);
    await second.locator("#state").waitFor();
    assert.deepEqual(problems, []);
  }));

test("weights and the GPU's artefact are stored once they were used", { timeout: 60_000 }, (t) =>
  publish(t, async ({ browser, url }) => {
    const { page, clean } = await open(browser, `${url}#lab=xy_autoregressive&preset=the_talk`, ALLOW);
    await stored(page);
    await page.waitForFunction(
      async () => {
        for (const name of await caches.keys()) if (await (await caches.open(name)).match("weights/xy_16.safetensors")) return true;
        return false;
      },
      null,
      { polling: 200 },
    );
    clean();
  }));

test("a new version is offered, not forced, and the old page goes on with its own files", { timeout: 180_000 }, (t) =>
  publish(t, async ({ browser, extra, url }) => {
    const { page, context, clean } = await open(browser, `${url}#seed=5&steps=5000`, ALLOW);
    await stored(page);
    const summary = page.locator("#lab-summary");
    const before = await summary.textContent();
    Object.assign(extra, await anotherBuild());

    const update = () => page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
    await update();
    const chip = page.getByRole("button", { name: "New version: reload" });
    await chip.waitFor();
    await nextStep(page);
    assert.equal(await summary.textContent(), before, "nothing is forced");

    // A stale worker meets a new page: the network's page brings its own files.
    const other = await context.newPage();
    await other.goto(toLab(url));
    await other.getByText("The next version.").waitFor();
    await nextStep(other);
    // It lets its own worker take over, with the old page still open.
    await page.waitForFunction(async () => (await navigator.serviceWorker.ready).waiting === null);
    assert.equal(Object.keys(await stores(page)).length, 2, "the version of the open tab is kept");
    const fetched = await page.evaluate(async () => {
      const [old] = await caches.keys();
      const build = old.split(" ")[2];
      return (await fetch(`./worker.js?${build}`)).text().then((text) => text.includes(build));
    });
    assert(fetched, "the old page gets its own worker's code from the store");
    await other.close();

    await chip.click();
    await page.getByText("The next version.").waitFor();
    await nextStep(page);
    assert.equal(await page.locator("#seed").inputValue(), "5");
    assert.equal(await chip.count(), 0);
    clean();
  }));

test("a page whose worker's file is of another version says so", { timeout: 30_000 }, (t) =>
  publish(t, async ({ browser, extra, url }) => {
    const code = await readFile(join(DIST, "worker.js"), "utf8");
    const build = /\?([0-9a-f]{12})/.exec(await readFile(join(DIST, "main.js"), "utf8"))?.[1] ?? "";
    assert.notEqual(build, "");
    extra["worker.js"] = code.replaceAll(build, "000000000000");
    const { page } = await open(browser, url, { expect: /./ });
    await page.getByText("a new version of the page was published").first().waitFor();
    assert.match((await notices(page)).join(), /reloading/);
  }));

test("a file that is not of the version is not stored", { timeout: 60_000 }, (t) =>
  publish(t, async ({ browser, extra, url }) => {
    extra["style.css"] = "body { color: red }";
    const { page } = await open(browser, url, ALLOW);
    await page.waitForFunction(async () => (await navigator.serviceWorker.getRegistrations()).length === 0 && performance.now() > 8000, null, { polling: 500 });
    assert.equal(await page.evaluate(() => navigator.serviceWorker.controller), null);
    assert(await trains(page), "and the page works without");
  }));

test("?sw-reset deletes what is stored, and the next visit stores it anew", { timeout: 90_000 }, (t) =>
  publish(t, async ({ browser, url }) => {
    const { page, clean } = await open(browser, url, ALLOW);
    await stored(page);
    await page.evaluate(() => caches.open("someone else's"));
    await page.goto(`${url}?sw-reset#seed=2`);
    await page.getByText("had stored of the page is deleted").waitFor();
    assert.deepEqual(Object.keys(await stores(page)), ["someone else's"]);
    assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0);
    assert.equal(page.url(), `${url}#seed=2`);
    await nextStep(page);
    await page.goto(url);
    await page.reload();
    await stored(page);
    clean();
  }));
