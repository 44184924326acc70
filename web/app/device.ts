// Is there a GPU worth trying? The API alone says little: it may be there and give no adapter, or one made of software.

import { t } from "./language";

/** What looking for a GPU found: its name, or why there is none, as a sentence. */
export type Probe = { found: true; name: string } | { found: false; reason: string };

/** A browser that has not answered by then will not. */
const PROBE_MS = 8000;
/** Burn's kernels bind up to this many buffers. */
const STORAGE_BUFFERS = 8;
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|software/i;

/** Looks for a GPU. With `anyAdapter` a software one will do: the reader has asked for it by name. */
export async function probeGpu(anyAdapter: boolean): Promise<Probe> {
  const timeout = new Promise<Probe>((resolve) =>
    setTimeout(() => resolve(no(t("The browser has not answered for {n} seconds when asked for a GPU.", { n: PROBE_MS / 1000 }))), PROBE_MS),
  );
  try {
    return await Promise.race([look(anyAdapter), timeout]);
  } catch (error) {
    return no(t("Asking for a GPU failed: {why}.", { why: error instanceof Error ? error.message : String(error) }));
  }
}

async function look(anyAdapter: boolean): Promise<Probe> {
  // Typed as always there, and often not.
  const gpu = navigator.gpu as GPU | undefined;
  if (!gpu) return no(t("This browser has no WebGPU."));
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return no(t("This browser has WebGPU but offers no adapter: the GPU or its driver is blocked."));
  const { info } = adapter;
  const name = info.description || [info.vendor, info.architecture].filter(Boolean).join(" ") || t("unnamed GPU");
  if (!adapter.features.has("timestamp-query")) return no(t("The GPU ({name}) lacks timestamp-query, which Burn needs.", { name }));
  const buffers = adapter.limits.maxStorageBuffersPerShaderStage;
  if (buffers < STORAGE_BUFFERS) return no(t("The GPU ({name}) binds {buffers} buffers to a kernel; Burn needs {needed}.", { name, buffers, needed: STORAGE_BUFFERS }));
  const software = info.isFallbackAdapter || SOFTWARE.test(`${name} ${info.vendor} ${info.architecture} ${info.device}`);
  if (software && !anyAdapter) return no(t("The only adapter ({name}) is software, which is slower than WASM.", { name }));
  return { found: true, name };
}

function no(reason: string): Probe {
  return { found: false, reason };
}
