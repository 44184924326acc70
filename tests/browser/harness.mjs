// What every browser test uses: a static server for dist/, a browser, and a page that remembers all that went wrong in it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { findBrowser } from "./browsers.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium, firefox } = require("playwright-core");

/** The folder under test. */
export const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));

/** Source of axe-core, to be evaluated in a page. */
export const AXE = require.resolve("axe-core/axe.min.js");
const axe = await readFile(AXE, "utf8");

const MIME = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/**
 * Serves a folder on a free port, below `base` and nowhere else. `prelude` is JavaScript put in front of the page's worker:
 * Playwright's init scripts do not reach workers. `extra` holds files that are not in the folder, by path below `base`.
 */
export async function serve({ root = DIST, base = "/", prelude = "", extra = {} } = {}) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = pathname.startsWith(base) ? normalize(decodeURIComponent(pathname.slice(base.length))) : "..";
    const file = path === "." || path.endsWith("/") ? join(path, "index.html") : path;
    try {
      if (path.startsWith("..")) throw new Error("outside");
      let body = extra[file] ?? (await readFile(join(root, file)));
      if (file === "worker.js") body = prelude + body;
      response.writeHead(200, { "content-type": MIME[extname(file)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404, { "content-type": "text/plain" }).end(`${pathname} is not here\n`);
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  };
  return { origin, url: origin + base, close };
}

/** A Chromium that reaches nothing but this machine, with `flags` of its own. With `gpu`, WebGPU runs on SwiftShader; stock flags give no adapter. */
export function launch({ gpu = false, flags = [] } = {}) {
  const executablePath = findBrowser("chromium");
  assert(executablePath, "Chromium is not installed: run make doctor");
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-quic",
      "--disable-sync",
      // Not even a name is looked up: whatever the page asks of another host fails in the browser itself, workers included.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      ...flags,
      ...(gpu ? ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"] : []),
    ],
  });
}

/**
 * The distribution's own Firefox, which looks up no name either. `downloadsPath` is where it puts files. Playwright speaks
 * WebDriver BiDi with it; from 1.65 on in words that Firefox 153 ESR does not know, which is why it stays at 1.64.
 */
export function launchFirefox({ downloadsPath } = {}) {
  const executablePath = findBrowser("firefox");
  assert(executablePath, "Firefox is not installed: run make doctor");
  return firefox.launch({ executablePath, channel: "moz-firefox", downloadsPath, firefoxUserPrefs: { "network.dns.disabled": true } });
}

/**
 * Opens a page in a context of its own. `problems` collects console errors, uncaught exceptions (of workers too), requests to
 * other origins and failed requests to this one; `expect` is a pattern of those that the test provokes. Service workers are for
 * the tests that ask for them. The page's bare address stands for its first lab, unless `home` is asked for.
 */
export async function open(browser, url, { init, expect, home = false, ready = true, ...contextOptions } = {}) {
  const context = await browser.newContext({ serviceWorkers: "block", ...contextOptions });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const problems = [];
  const note = (text) => {
    if (!expect?.test(text)) problems.push(text);
  };
  page.on("console", (message) => {
    if (message.type() === "error") note(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => note(`uncaught: ${error.message}`));
  page.on("crash", () => note("the tab crashed"));
  context.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (/^(https?|wss?):$/.test(protocol) && origin !== new URL(url).origin) note(`off-origin request: ${request.url()}`);
  });
  page.on("websocket", (socket) => note(`off-origin request: ${socket.url()}`));
  context.on("response", (response) => {
    if (response.status() >= 400) note(`${response.status()}: ${response.url()}`);
  });
  if (init) await page.addInitScript(init);
  await page.goto(home ? url : toLab(url));
  if (ready) await awake(page);
  return { page, context, problems, clean: () => assert.deepEqual(problems, []) };
}

/** The address of the first lab as it is by default. */
export const FIRST = "#lab=double_well_flow";
/** The bare address of the page with the first lab in it; any other as it is. */
export const toLab = (url) => (/\/(\?[^#]*)?$/.test(url) ? url + FIRST : url);

/** Runs axe-core on the page as it stands; every violation of every weight is one too many. */
export async function assertAccessible(page, state) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () =>
    (await window.axe.run()).violations.map(({ id, impact, help, nodes }) => ({
      rule: `${id} (${impact}): ${help}`,
      where: nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`),
    })),
  );
  assert.deepEqual(violations, [], `axe-core, ${state}`);
}

/** A table on the test's output. */
export function table(t, title, rows) {
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => String(row[column] ?? "").length)));
  const line = (row) => row.map((cell, i) => (i === 0 ? String(cell).padEnd(widths[i]) : String(cell).padStart(widths[i])));
  for (const text of [title, ...rows.map((row) => `  ${line(row).join("  ")}`)]) t.diagnostic(text);
}

/** A shape so small that SwiftShader trains it. */
export const TINY = { n_tau: 4, hidden: 8, couplings: 2, batch: 16 };

/** The hash of an address that asks for TINY and what else is given. */
export const tinyHash = (others = {}) => `#${new URLSearchParams({ ...TINY, ...others })}`;

/** Opens the lab anew, trains and gives the losses; JSON carries a double to its last bit. */
export function losses(page, { params = TINY, seed = 1, steps }) {
  return page.evaluate(
    async ({ params, seed, steps }) => {
      const losses = [];
      await latticeLab.open("double_well_flow", params, seed);
      const stop = latticeLab.on("progress", (event) => losses.push(...event.losses));
      await latticeLab.run({ steps });
      stop();
      return losses;
    },
    { params, seed, steps },
  );
}

/** Waits until the page can be talked to: it is loaded before it has its texts. */
export const awake = (page) => page.waitForFunction(() => window.latticeLab !== undefined);

/** Waits until the run has made a step more than it has now, and gives the step that it is at. */
export async function nextStep(page) {
  await awake(page);
  return page.evaluate(
    () =>
      new Promise((done) => {
        let first;
        const stop = latticeLab.on("progress", ({ step }) => {
          // The last word of a session before this one may come first: its steps are more.
          first = Math.min(first ?? step, step);
          if (step <= first) return;
          stop();
          done(step);
        });
      }),
  );
}

/** Waits until the run goes on: by a step or, after the training and in labs without one, by a sample. */
export async function goesOn(page) {
  await awake(page);
  return page.evaluate(
    () =>
      new Promise((done) => {
        let first;
        const stop = latticeLab.on("progress", ({ phase, step, samples }) => {
          // As above.
          if (!first || step < first.step) first = { step, samples };
          if (step <= first.step && (phase === "training" || samples <= first.samples)) return;
          stop();
          done();
        });
      }),
  );
}

/** Whether the session trains when told to, wherever it is in its plan. */
export const trains = (page) => page.evaluate(() => latticeLab.run({ steps: 2 }));

/** The message that a call of the API rejects with; undefined if it does not. */
export function rejection(page, method, ...args) {
  return page.evaluate(
    ({ method, args }) => latticeLab[method](...args).then(() => undefined, (error) => error.message),
    { method, args },
  );
}

/** The page's worker for `cpu` or `gpu`. */
export async function workerOf(page, kind) {
  for (const worker of page.workers()) {
    if ((await worker.evaluate(() => self.name)) === kind) return worker;
  }
  throw new Error(`the page has no ${kind} worker`);
}

/** The sentences that stand at the top of the page. */
export const notices = (page) => page.locator("#notices p").allTextContents();

/** A test's own Chromium and server, for as long as `body` runs, or until the test is out of time. */
export async function visit(t, options, body) {
  const [browser, server] = await Promise.all([launch(options), serve(options)]);
  const close = () => Promise.all([browser.close(), server.close()]);
  t.signal?.addEventListener("abort", close);
  try {
    await body({ browser, url: server.url });
  } finally {
    await close();
  }
}

/** The file that `act` makes the page offer: its name and its bytes. */
export async function taken(page, act) {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** Waits until the run has made its plan and drawn its samples. */
export const finished = (page) => page.waitForFunction(() => document.querySelector("#progress-text").textContent.startsWith("done"));
