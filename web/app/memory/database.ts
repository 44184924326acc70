// Runs in the browser's own database.

import { t } from "../language";

/** A run as it is kept. */
export interface Run {
  /** {@link LAST} for the one that is kept without being asked. */
  id: string;
  name: string;
  lab: string;
  /** The hash of its address. */
  address: string;
  seed: number;
  step: number;
  trainedBefore: number | null;
  /** Milliseconds since 1970. */
  date: number;
  /** The session as a safetensors file. */
  bytes: Uint8Array;
  /** Its losses, the last of them that of `step`. */
  losses: Float32Array;
  /** What made them others than its link gives. */
  detours: readonly string[];
  /** Whether it ran, or was done and has to draw its samples again. */
  goesOn: boolean;
}

/** The id of the run that was on the screen last. */
export const LAST = "last";

const DATABASE = "lattice-lab";
const VERSION = 1;
const STORE = "runs";

/** The browser gives no storage, or no more of it; the message is a sentence for the reader. */
export class StorageProblem extends Error {}

let opening: Promise<IDBDatabase> | null = null;

/** All runs, the newest first. */
export async function allRuns(): Promise<Run[]> {
  const runs = await request<Run[]>("readonly", (store) => store.getAll());
  return runs.sort((a, b) => b.date - a.date);
}

/** The run with an id, if there is one. */
export function runOf(id: string): Promise<Run | undefined> {
  return request<Run | undefined>("readonly", (store) => store.get(id));
}

/** Writes a run, in place of one with the same id. */
export async function putRun(run: Run): Promise<void> {
  await request("readwrite", (store) => store.put(run));
}

/** Forgets a run; without an id all of them. */
export async function forget(id?: string): Promise<void> {
  await request("readwrite", (store) => (id === undefined ? store.clear() : store.delete(id)));
}

async function request<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  try {
    const database = await (opening ??= open());
    const transaction = database.transaction(STORE, mode);
    const asked = ask(transaction.objectStore(STORE));
    return await new Promise<T>((resolve, reject) => {
      // Only a transaction that is complete has been written.
      transaction.addEventListener("complete", () => resolve(asked.result as T));
      transaction.addEventListener("abort", () => reject(transaction.error ?? asked.error ?? new Error(t("the browser gave up"))));
    });
  } catch (error) {
    opening = null;
    throw problem(error);
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    // Where storage is forbidden, even to name it may throw.
    const asked = indexedDB.open(DATABASE, VERSION);
    asked.addEventListener("upgradeneeded", () => asked.result.createObjectStore(STORE, { keyPath: "id" }));
    asked.addEventListener("success", () => {
      const database = asked.result;
      // Another tab with a newer page, or the reader's own "clear all data".
      for (const event of ["versionchange", "close"]) {
        database.addEventListener(event, () => {
          database.close();
          opening = null;
        });
      }
      resolve(database);
    });
    asked.addEventListener("error", () => reject(asked.error ?? new Error(t("no reason given"))));
    asked.addEventListener("blocked", () => reject(new Error(t("another tab holds it"))));
  });
}

function problem(error: unknown): StorageProblem {
  const { name, message } = error instanceof Error || error instanceof DOMException ? error : { name: "", message: String(error) };
  const full = name === "QuotaExceededError";
  const why = message.replace(/\.$/, "") || name;
  const sentence = full
    ? t("The storage that this browser gives to the page is full.")
    : t("This browser gives the page no storage ({why}), as in a private window or by its settings.", { why });
  return new StorageProblem(`${sentence} ${t("A model can still be saved as a file.")}`);
}
