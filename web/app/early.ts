// The core's worker, started while the page's own script is still on its way. Its answers wait for the client that takes it.

declare global {
  interface Window {
    earlyWorker?: Worker | undefined;
  }
}

// Without a lab in the address the home comes first, whose worker is another.
if (location.hash !== "") window.earlyWorker = new Worker(new URL(`./worker.js?${BUILD_ID}`, import.meta.url), { type: "module", name: "cpu" });

export {};
