// The page's end of one worker: calls become promises.

import type { Call } from "./bindings/Call";
import type { DeviceInfo } from "./bindings/DeviceInfo";
import type { DeviceKind } from "./bindings/DeviceKind";
import type { ErrorCode } from "./bindings/ErrorCode";
import type { Event } from "./bindings/Event";
import type { Request } from "./bindings/Request";
import { t, told } from "./language";
import type { FromWorker, ToWorker } from "./worker";

/** Events by the word that names them. */
export type EventOf<T extends Event["type"]> = Extract<Event, { type: T }>;

/** What programs are told when a call of the API comes to nothing: a plain sentence, under a name that no bundler shortens. */
export class LatticeLabError extends Error {
  static {
    this.prototype.name = "LatticeLabError";
  }
}

/** A call that the core refused: its session is as it was before. */
export class Refusal extends LatticeLabError {
  constructor(
    readonly code: ErrorCode,
    readonly param: string | null,
    message: string,
  ) {
    super(message);
  }
}

/** The worker is gone: a panic, a lost GPU, a hang, or it never started. */
export class Crash extends LatticeLabError {}

/** The call belongs to a session that another one has replaced. */
export class Superseded extends LatticeLabError {
  constructor() {
    super(t("another run has taken its place"));
  }
}

/** What a client tells beside the answers to calls. */
export interface Listener {
  /** Something about a running session. */
  progress(session: number, event: EventOf<"progress">): void;
  /** The worker is of no more use. */
  crashed(reason: string): void;
}

interface Pending {
  session: number;
  resolve(event: Event): void;
  reject(error: Error): void;
}

/** A GPU that says nothing for so long, though asked, hangs. Compiling its first shaders takes a while. */
const HANG_SECONDS = 60;
/** Silence is counted in looks, not by the clock, which jumps when a laptop wakes. */
const LOOK_SECONDS = 2;

let sessions = 0;
/** A session number above all before, on whichever worker. */
export function nextSession(): number {
  return ++sessions;
}

/** One worker with one artefact of the core. */
export class Client {
  /** Answers when the core can be called. */
  readonly ready: Promise<DeviceInfo>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #tickets = 0;
  #dead: Error | null = null;
  #silentLooks = 0;
  #watchdog: number | undefined;
  #started!: { resolve(device: DeviceInfo): void; reject(error: Error): void };

  constructor(
    readonly kind: DeviceKind,
    private listener: Listener,
    /** Whether its sessions stand beside each other. */
    many = false,
  ) {
    this.ready = new Promise((resolve, reject) => (this.#started = { resolve, reject }));
    this.ready.catch(() => undefined);
    const early = kind === "cpu" && !many ? window.earlyWorker : undefined;
    if (early) window.earlyWorker = undefined;
    this.#worker = early ?? new Worker(new URL(`./worker.js?${BUILD_ID}`, import.meta.url), { type: "module", name: many ? "many" : kind });
    this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#hear(data));
    this.#worker.addEventListener("error", (event) => this.#crash(event.message || t("the worker could not be loaded")));
    this.#post({ start: kind, build: BUILD_ID, many });
    if (kind === "gpu") this.#watchdog = window.setInterval(() => this.#look(), 1000 * LOOK_SECONDS);
  }

  /** Hands the client to another listener. */
  listen(listener: Listener): void {
    this.listener = listener;
  }

  /** Sends a request. Rejects with {@link Refusal}, {@link Crash} or {@link Superseded}. */
  call<T extends Event["type"]>(session: number, request: Request, answer: T): Promise<EventOf<T>> {
    if (this.#dead) return Promise.reject(this.#dead);
    const ticket = ++this.#tickets;
    return new Promise((resolve, reject) => {
      this.#pending.set(ticket, {
        session,
        reject,
        resolve: (event) =>
          event.type === answer
            ? resolve(event as EventOf<T>)
            : reject(new Error(`the core answered ${request.type} by ${event.type} instead of ${answer}`)),
      });
      const call: Call = { session, ticket, request };
      this.#post({ call });
    });
  }

  /** Forgets the calls of sessions before `session`. */
  supersede(session: number): void {
    for (const [ticket, pending] of this.#pending) {
      if (pending.session >= session) continue;
      this.#pending.delete(ticket);
      pending.reject(new Superseded());
    }
  }

  /** Ends the worker and gives back its memory. */
  terminate(): void {
    this.#end(new Superseded());
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #hear(data: FromWorker): void {
    this.#silentLooks = 0;
    if ("ready" in data) this.#started.resolve(data.ready);
    else if ("messages" in data) for (const { session, ticket, event } of data.messages) this.#answer(session, ticket, event);
    else if ("broken" in data) this.#crash(data.broken);
    else if ("panic" in data) this.#crash(data.panic);
    else this.#crash(t("the GPU was lost: {why}", { why: data.lost }));
  }

  #answer(session: number, ticket: number, event: Event): void {
    if (event.type === "progress") return this.listener.progress(session, event);
    const pending = this.#pending.get(ticket);
    if (!pending) return;
    this.#pending.delete(ticket);
    if (event.type === "failed") pending.reject(new Refusal(event.code, event.param, told(event.message)));
    else pending.resolve(event);
  }

  #look(): void {
    this.#silentLooks = this.#pending.size > 0 ? this.#silentLooks + 1 : 0;
    if (this.#silentLooks * LOOK_SECONDS > HANG_SECONDS) this.#crash(t("the GPU has not answered for {n} seconds", { n: HANG_SECONDS }));
  }

  #crash(reason: string): void {
    if (this.#dead) return;
    this.#end(new Crash(reason));
    this.listener.crashed(reason);
  }

  #end(error: Error): void {
    if (this.#dead) return;
    this.#dead = error;
    window.clearInterval(this.#watchdog);
    this.#worker.terminate();
    this.#started.reject(error);
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}
