// Files in and out: trained models and training data, by button or by dropping them on the page.

import { byId } from "./dom";
import { t } from "./language";

const SNAPSHOT_TYPE = "application/octet-stream";
const TEXT_TYPE = "text/csv;charset=utf-8";
/** Larger than any snapshot: read no further. */
const MOST_BYTES = 256 * 2 ** 20;

/** Offers bytes, or text, as a download. */
export function download(content: Uint8Array | string, name: string): void {
  const type = typeof content === "string" ? TEXT_TYPE : SNAPSHOT_TYPE;
  const url = URL.createObjectURL(new Blob([content as Uint8Array<ArrayBuffer> | string], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Calls `load` with files that are chosen or dropped, `complain` with what is too large to be one. */
export function acceptFiles(load: (bytes: Uint8Array, name: string) => void, complain: (text: string) => void): void {
  const read = async (file: File | null | undefined) => {
    if (!file) return;
    if (file.size > MOST_BYTES) return complain(t("{name} is larger than 256 MiB, more than this page reads", { name: file.name }));
    load(new Uint8Array(await file.arrayBuffer()), file.name);
  };
  const input = byId<HTMLInputElement>("load-file");
  for (const id of ["load", "load-data"]) byId(id).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    void read(input.files?.[0]);
    // So that the same file can be chosen again.
    input.value = "";
  });

  const holdsFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragover", (event) => {
    if (!holdsFile(event)) return;
    event.preventDefault();
    document.documentElement.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) document.documentElement.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    document.documentElement.classList.remove("dropping");
    if (!holdsFile(event)) return;
    event.preventDefault();
    void read(event.dataTransfer?.files[0]);
  });
}

/** What the header of a snapshot tells the page. */
export interface SnapshotHeader {
  lab: string;
  seed: number;
  state: { step: number };
}

/** The header of a snapshot; null if there is none to be read, which the core has words for. */
export function snapshotHeader(bytes: Uint8Array): SnapshotHeader | null {
  try {
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as { __metadata__: { lattice_lab: string } };
    return JSON.parse(header.__metadata__.lattice_lab) as SnapshotHeader;
  } catch {
    return null;
  }
}

/** Puts text on the clipboard, in the old way where the new one is forbidden (iframes, plain http). */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}
