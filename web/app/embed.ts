// The JavaScript API across an iframe's border: { latticeLab: { id, method, args } } in, { latticeLab: { id, result | error } } out.

import type { LatticeLab } from "./api";

interface RemoteCall {
  id: unknown;
  method: string;
  args?: unknown[];
}

/** `on` takes a function, which cannot cross; a parent subscribes by `subscribe(event)` and hears { latticeLab: { event, data } }. */
const METHODS = [
  "labs", "describe", "open", "set", "run", "pause", "sample", "chain", "observables", "view", "save", "load", "loadData", "device",
] as const satisfies readonly (keyof LatticeLab)[];

/** Origins that may call: our own, and those named in <meta name="lattice-lab-parents" content="https://a.example https://b.example">. */
function allowed(origin: string): boolean {
  const named = document.querySelector<HTMLMetaElement>('meta[name="lattice-lab-parents"]')?.content.split(/[\s,]+/) ?? [];
  return origin === location.origin || named.includes(origin);
}

/** Listens to the page that embeds this one. */
export function startEmbedding(lab: LatticeLab): void {
  window.addEventListener("message", (message: MessageEvent<{ latticeLab?: RemoteCall } | null>) => {
    const call = message.data?.latticeLab;
    if (typeof call !== "object" || call === null || typeof call.method !== "string") return;
    const { source, origin } = message;
    if (!source || !allowed(origin)) return;
    const answer = (body: object) => source.postMessage({ latticeLab: body }, { targetOrigin: origin });
    void perform(lab, call, answer).then(
      (result) => answer({ id: call.id, result }),
      (error: unknown) => answer({ id: call.id, error: error instanceof Error ? error.message : String(error) }),
    );
  });
}

async function perform(lab: LatticeLab, { method, args = [] }: RemoteCall, tell: (body: object) => void): Promise<unknown> {
  if (method === "subscribe") {
    const event = args[0] as Parameters<LatticeLab["on"]>[0];
    lab.on(event, (data) => tell({ event, data }));
    return true;
  }
  const known = METHODS.find((name) => name === method);
  if (!known) throw new Error(`unknown method ${method}; known: ${[...METHODS, "subscribe"].join(", ")}`);
  return (lab[known] as (...all: unknown[]) => unknown)(...args);
}
