// A worker that holds one artefact of the core and lets it speak with the page.
//
// The core must not be entered while it is at work, so calls wait in an inbox. Before each slice of training the worker yields one
// macrotask, in which new calls arrive.

import type { Call } from "./bindings/Call";
import type { DeviceInfo } from "./bindings/DeviceInfo";
import type { DeviceKind } from "./bindings/DeviceKind";
import type { Message } from "./bindings/Message";

/** What the glue of an artefact exports. */
interface Glue {
  default(input?: { module_or_path: URL }): Promise<unknown>;
  Host: { create(kind: DeviceKind): Promise<Host> };
  last_panic(): string | undefined;
}
interface Host {
  device(): DeviceInfo;
  receive(call: Call): Promise<Message[]>;
  slice(): Promise<Message[]>;
  running(): boolean;
}

/** Page to worker: first what to start, for a page of which build, and whether sessions stand beside each other or take each other's place; then calls. */
export type ToWorker = { start: DeviceKind; build: string; many: boolean } | { call: Call };

/** Worker to page. `broken`: it could not start. `lost`: the GPU is gone. `panic`: the core has died, and the worker with it. */
export type FromWorker =
  | { ready: DeviceInfo }
  | { broken: string }
  | { messages: Message[] }
  | { panic: string }
  | { lost: string };

/** The part of the worker's global scope that is used; the page's own types describe a window. */
interface Scope {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<ToWorker>) => void): void;
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void;
  addEventListener(type: "unhandledrejection", listener: (event: PromiseRejectionEvent) => void): void;
  /** The device that the core computes on, where a debugger can reach it. */
  gpuDevice?: GPUDevice;
}
const scope = globalThis as unknown as Scope;

let glue: Glue | null = null;
/** One host, or one for each session. */
let hostOf: (session: number) => Promise<Host>;
const hosts = new Map<number, Host>();
let dead = false;
let busy = false;
const inbox: Call[] = [];

scope.addEventListener("message", ({ data }) => {
  if ("start" in data) void start(data.start, data.build, data.many);
  else {
    inbox.push(data.call);
    void work();
  }
});
// A panic in a callback of WebGPU reaches no promise of ours.
scope.addEventListener("error", (event) => die(event.error ?? event.message));
scope.addEventListener("unhandledrejection", (event) => die(event.reason));

/** The artefact; asked for at once where it is the CPU's, and by whoever starts it. */
async function load(kind: DeviceKind): Promise<Glue> {
  const loaded = (await import(new URL(`./wasm/${kind}.js?${BUILD_ID}`, import.meta.url).href)) as Glue;
  await loaded.default({ module_or_path: new URL(`./wasm/${kind}_bg.wasm?${BUILD_ID}`, import.meta.url) });
  return loaded;
}
const early = self.name === "gpu" ? null : load("cpu");
// Whoever starts it hears of it.
early?.catch(() => undefined);

async function start(kind: DeviceKind, build: string, many: boolean): Promise<void> {
  try {
    if (build !== BUILD_ID) throw new Error("a new version of the page was published meanwhile; reloading the page starts it");
    if (kind === "gpu") reportLostDevices();
    glue = await (early ?? load(kind));
    const { Host } = glue;
    hostOf = async (session) => {
      const key = many ? session : 0;
      const host = hosts.get(key) ?? (await Host.create(kind));
      hosts.set(key, host);
      return host;
    };
    scope.postMessage({ ready: (await hostOf(0)).device() });
    void work();
  } catch (error) {
    dead = true;
    scope.postMessage({ broken: glue?.last_panic?.() ?? sentence(error) });
  }
}

/** The core learns of a lost GPU only when it next asks for something, if then: listen to the device itself. */
function reportLostDevices(): void {
  if (typeof GPUAdapter === "undefined") return;
  const requestDevice = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, ...args) {
    const device = await requestDevice.apply(this, args);
    scope.gpuDevice = device;
    void device.lost.then(({ message, reason }) => {
      if (!dead) scope.postMessage({ lost: message || reason || "no reason given" });
    });
    return device;
  };
}

async function work(): Promise<void> {
  if (busy || dead || hosts.size === 0) return;
  busy = true;
  try {
    for (;;) {
      // Whatever has come meanwhile is answered before the next slice.
      await macrotask();
      for (let call = inbox.shift(); call; call = inbox.shift()) post(await (await hostOf(call.session)).receive(call));
      const running = [...hosts.values()].filter((host) => host.running());
      if (running.length === 0) break;
      for (const host of running) post(await host.slice());
    }
  } catch (error) {
    die(error);
  } finally {
    busy = false;
  }
}

function post(messages: Message[]): void {
  if (messages.length > 0) scope.postMessage({ messages }, buffersOf(messages));
}

/** The arrays that can change hands without a copy: those that own their whole buffer, which wasm memory never is. */
function buffersOf(messages: Message[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const add = (array: Float32Array | Uint8Array): void => {
    const { buffer } = array;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === array.byteLength && buffer.byteLength > 0) buffers.add(buffer);
  };
  for (const { event } of messages) {
    if (event.type === "progress") add(event.losses);
    if (event.type === "saved") add(event.bytes);
    if (event.type === "samples") add(event.values);
    if (event.type === "frame") for (const view of event.views) for (const s of view.series) [s.x, s.y, s.error].forEach(add);
  }
  return [...buffers];
}

const channel = new MessageChannel();
let wake: (() => void) | null = null;
channel.port1.onmessage = () => wake?.();
/** Lets waiting messages in. A timer would do so too, but browsers clamp nested ones to 4 ms. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
    channel.port2.postMessage(null);
  });
}

function die(error: unknown): void {
  if (dead) return;
  dead = true;
  scope.postMessage({ panic: glue?.last_panic?.() ?? sentence(error) });
}

function sentence(error: unknown): string {
  // The core tells why it panics; what stops it without a word is the memory that it does not get.
  if (error instanceof WebAssembly.RuntimeError) return `there is not enough memory for this (${error.message})`;
  return error instanceof Error ? error.message : String(error);
}
