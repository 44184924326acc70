// The page's end of the service worker: registers it when there is time, offers a new version, and the way out of a broken one.

import { h } from "./dom";
import { t } from "./language";
import { notice } from "./notice";
import type { ToServiceWorker } from "./service_worker";
import type { Store } from "./store";

/** The first seconds belong to the run. */
const LATER_MS = 3000;
/** A tab that stays open looks for a new version so often, when it is looked at. */
const LOOK_MS = 3_600_000;
/** A worker that does not take over within this time is not waited for. */
const TAKEOVER_MS = 3000;

/** Starts what keeps the page for offline use, where the build has it and the browser allows it. `ready` is when the run is under way. */
export async function startOffline(store: Store, ready: Promise<unknown>): Promise<void> {
  const script = document.querySelector<HTMLMetaElement>('meta[name="lattice-lab-offline"]')?.content;
  // In a frame the storage is another one, or none.
  if (!script || !("serviceWorker" in navigator) || window.parent !== window) return;
  try {
    if (new URLSearchParams(location.search).has("sw-reset")) return await forget();
    await ready.catch(() => undefined);
    if (!navigator.serviceWorker.controller) await new Promise((resolve) => setTimeout(resolve, LATER_MS));
    watch(await navigator.serviceWorker.register(script, { updateViaCache: "none" }));
    const { active } = await navigator.serviceWorker.ready;
    const keep = (addresses: string[]) => tell(active, { keep: addresses });
    keep(performance.getEntriesByType("resource").map(({ name }) => name));
    store.watch((s) => s.device.kind, (kind) => kind === "gpu" && keep(["wasm/gpu.js", "wasm/gpu_bg.wasm"]));
  } catch {
    // Private windows and settings forbid it: the page works without.
  }
}

function tell(worker: ServiceWorker | null, message: ToServiceWorker, transfer: Transferable[] = []): void {
  worker?.postMessage(message, transfer);
}

function watch(registration: ServiceWorkerRegistration): void {
  const consider = (worker: ServiceWorker | null) => {
    // The first one needs nobody's leave.
    if (!worker || !navigator.serviceWorker.controller) return;
    if (worker.state === "installed") void meet(worker);
    else worker.addEventListener("statechange", () => worker.state === "installed" && void meet(worker), { once: true });
  };
  consider(registration.waiting);
  registration.addEventListener("updatefound", () => consider(registration.installing));
  let looked = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || Date.now() - looked < LOOK_MS) return;
    looked = Date.now();
    registration.update().catch(() => undefined);
  });
}

/** A worker waits: of this very build, it may take over; of another, the reader is asked. */
async function meet(worker: ServiceWorker): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const build = await new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    tell(worker, "build", [port2]);
  });
  if (build === BUILD_ID) tell(worker, "activate");
  else offer(worker);
}

function offer(worker: ServiceWorker): void {
  document.querySelector("#new-version")?.remove();
  const chip = h("button", { id: "new-version", type: "button", class: "chip", title: t("A new version of this page is there. Reloading starts it, with the same settings and from their beginning.") }, t("New version: reload"));
  chip.addEventListener("click", () => {
    const reload = () => location.reload();
    navigator.serviceWorker.addEventListener("controllerchange", reload, { once: true });
    window.setTimeout(reload, TAKEOVER_MS);
    tell(worker, "activate");
  });
  document.querySelector("header .space")!.after(chip);
}

/** `?sw-reset`: deletes the stored copies of the page, and the worker that gives them out. */
async function forget(): Promise<void> {
  const home = new URL("./", location.href);
  const registrations = await navigator.serviceWorker.getRegistrations();
  await Promise.all(registrations.filter(({ scope }) => scope === home.href).map((one) => one.unregister()));
  const stored = (await caches.keys()).filter((name) => name.startsWith(`lattice-lab ${home.pathname} `));
  await Promise.all(stored.map((name) => caches.delete(name)));
  const address = new URL(location.href);
  address.searchParams.delete("sw-reset");
  history.replaceState(history.state, "", address);
  notice(t("What this browser had stored of the page is deleted. The next visit stores it anew."));
}
