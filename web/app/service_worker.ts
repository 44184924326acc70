// Keeps the page for when there is no network.
//
// Pages come from the network as long as there is one, so that nobody is held at an old version; everything that they name with
// the id of a build comes from the store, in which each file was checked against its hash: the files of two builds never meet.
// The stores are named after the folder that the page lies in: others on the same host are none of our business.

/** Made by offline.mjs: what identifies this version, hashes of its files by path, and those stored only once they were used. */
declare const VERSION: string;
declare const FILES: Readonly<Record<string, string>>;
declare const LAZY: readonly string[];

/** The parts of the worker's global scope that are used; the page's own types describe a window. */
interface Scope {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: Lasting) => void): void;
  addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
  addEventListener(type: "message", listener: (event: Lasting & MessageEvent<ToServiceWorker>) => void): void;
}
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
const scope = globalThis as unknown as Scope;

/** What the page asks for: which build this is, that it takes over, or that files be kept. */
export type ToServiceWorker = "build" | "activate" | { keep: string[] };

const home = new URL(scope.registration.scope);
const PREFIX = `lattice-lab ${home.pathname} `;
const STORE = `${PREFIX}${BUILD_ID} ${VERSION}`;
/** A network that says nothing for so long is none. */
const PATIENCE_MS = 4000;

scope.addEventListener("install", (event) => event.waitUntil(Promise.all(Object.keys(FILES).filter((path) => !LAZY.includes(path)).map(keep))));
scope.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => scope.clients.claim())));
scope.addEventListener("message", (event) => {
  const { data } = event;
  if (data === "build") event.ports[0]?.postMessage(BUILD_ID);
  else if (data === "activate") event.waitUntil(scope.skipWaiting());
  else event.waitUntil(Promise.allSettled(data.keep.map((address) => keepAddress(address))));
});
scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const path = pathOf(url);
  if (request.method !== "GET" || path === null) return;
  if (request.mode === "navigate") {
    if (url.searchParams.has("sw-reset")) event.respondWith(reset(request));
    else if (Object.hasOwn(FILES, path)) event.respondWith(page(request, path));
  } else if (Object.hasOwn(FILES, path)) event.respondWith(file(event, path, url.search.slice(1)));
});

/** The path below the page's folder; null for all that is elsewhere. */
function pathOf(url: URL): string | null {
  if (url.origin !== home.origin || !url.pathname.startsWith(home.pathname)) return null;
  return url.pathname.slice(home.pathname.length) || "index.html";
}

/** A page: the network's if there is one, else the stored one of this version. */
async function page(request: Request, path: string): Promise<Response> {
  const stored = await stock(STORE, path);
  const coming = fetch(request);
  if (!stored) return coming;
  const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  const answer = await Promise.race([coming.catch(() => null), late]);
  return answer && answer.status < 500 ? answer : stored;
}

/** A file, as the build that is asked for has it. */
async function file(event: Fetching, path: string, build: string): Promise<Response> {
  const ours = build === "" || build === BUILD_ID || FILES[path]!.startsWith(build);
  const store = ours ? STORE : (await stores()).find((name) => name.startsWith(`${PREFIX}${build} `));
  const stored = store && (await stock(store, path));
  if (stored) return stored;
  const answer = await fetch(event.request);
  // What a page of this build fetched of its weights; the GPU's artefact it asks to keep, if it computes with it.
  if (ours && answer.ok && path.startsWith("weights/")) event.waitUntil(put(path, answer.clone()).catch(() => undefined));
  return answer;
}

async function stock(store: string, path: string): Promise<Response | undefined> {
  // `match` of a store that is not there would make it.
  return (await caches.has(store)) ? (await caches.open(store)).match(path) : undefined;
}

/** Stores a file of this version, unless it is there. */
async function keep(path: string): Promise<void> {
  if (await stock(STORE, path)) return;
  // Under the address by which the page has asked for it, the browser may have it still.
  const address = path === "index.html" ? "./" : path.endsWith(".html") ? path : `${path}?${BUILD_ID}`;
  await put(path, await fetch(address, { cache: "no-cache" }));
}

async function keepAddress(address: string): Promise<void> {
  const path = pathOf(new URL(address, home));
  if (path !== null && LAZY.includes(path)) await keep(path);
}

/** Puts an answer into the store, if it is to the bit what this version has there. */
async function put(path: string, answer: Response): Promise<void> {
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const bytes = await answer.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hash = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (!hash.startsWith(FILES[path]!)) throw new Error(`${path} is of another version`);
  // A fresh answer: one that was redirected may not be given to a navigation.
  const type = answer.headers.get("content-type") ?? "application/octet-stream";
  await (await caches.open(STORE)).put(path, new Response(bytes, { headers: { "content-type": type } }));
}

/** Stores of this page, of whatever version, oldest first. */
async function stores(): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX));
}

/** Deletes all but this version and the one before, of which tabs may be open. */
async function tidy(): Promise<void> {
  const others = (await stores()).filter((name) => name !== STORE);
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
}

/** The way out: with a network, forgets everything and steps aside. */
async function reset(request: Request): Promise<Response> {
  const answer = await fetch(request);
  await Promise.all((await stores()).map((name) => caches.delete(name)));
  await scope.registration.unregister();
  return answer;
}
