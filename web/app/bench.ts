// Times the fixed training steps of the benchmark in this browser, on the CPU and, where there is one, the GPU.

import type { DeviceKind } from "./bindings/DeviceKind";
import { Client, nextSession } from "./client";
import { probeGpu } from "./device";
import { byId, h, setText } from "./dom";

/** One line of the table. */
export interface BenchResult {
  device: DeviceKind;
  name: string;
  case: string;
  ms_per_step: number;
  steps: number;
  loss: number;
}

declare global {
  interface Window {
    /** Everything that was timed, when all of it is. */
    latticeLabBench: Promise<BenchResult[]>;
  }
}

const CASES: readonly { id: string; steps: number }[] = [
  { id: "flow", steps: 20 },
  { id: "conv", steps: 10 },
];

async function time(kind: DeviceKind): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  const client = new Client(kind, { progress: () => undefined, crashed: () => undefined });
  try {
    const { name } = await client.ready;
    for (const { id, steps } of CASES) {
      setText(byId("state"), `Timing ${id} on the ${kind.toUpperCase()} …`);
      const event = await client.call(nextSession(), { type: "bench", case: id, steps }, "benched");
      const result = { device: kind, name, case: id, ms_per_step: event.ms_per_step, steps: event.steps, loss: event.loss };
      results.push(result);
      const cells = [`${kind.toUpperCase()} (${name})`, id, event.ms_per_step.toFixed(1), String(event.steps), event.loss.toPrecision(6)];
      byId("results").append(h("tr", {}, ...cells.map((text) => h("td", {}, text))));
    }
  } catch (error) {
    byId("results").append(h("tr", {}, h("td", {}, kind.toUpperCase()), h("td", { colspan: 4 }, (error as Error).message)));
  } finally {
    client.terminate();
  }
  return results;
}

async function run(): Promise<BenchResult[]> {
  byId("results").replaceChildren();
  const button = byId<HTMLButtonElement>("again");
  button.disabled = true;
  const wanted = new URLSearchParams(location.search).get("device");
  const results = wanted === "gpu" ? [] : await time("cpu");
  if (wanted !== "cpu") {
    const probe = await probeGpu(wanted === "gpu");
    if (probe.found) results.push(...(await time("gpu")));
    else byId("results").append(h("tr", {}, h("td", {}, "GPU"), h("td", { colspan: 4 }, probe.reason)));
  }
  setText(byId("state"), "Done.");
  button.disabled = false;
  return results;
}

byId("again").addEventListener("click", () => (window.latticeLabBench = run()));
window.latticeLabBench = run();
