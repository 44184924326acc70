// A short film of the stage, in the browser's own words: MediaRecorder over a canvas that follows the panes.

import { t } from "../language";
import { theme } from "../theme";

/** What is filmed, and for how long. */
const SECONDS = 8;
const FRAMES_PER_SECOND = 25;
const BITS_PER_SECOND = 4_000_000;
const HEAD = 34;
const GAP = 12;
/** Codecs, best first; a browser takes what it has. */
const TYPES = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm", "video/mp4"];

/** The kind of film that this browser makes; null if none. */
export function filmType(): string | null {
  if (typeof MediaRecorder === "undefined" || !("captureStream" in HTMLCanvasElement.prototype)) return null;
  return TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? null;
}

/** Films `panes` with their names; `tell` hears how much of it is done. Stops early when `stop` says so. */
export async function film(
  panes: readonly { canvas: HTMLCanvasElement; name: string }[],
  type: string,
  tell: (part: number) => void,
  stop: AbortSignal,
): Promise<Blob> {
  const canvas = document.createElement("canvas");
  const widths = panes.map((pane) => pane.canvas.width);
  // Encoders want even sizes.
  const even = (size: number) => size + (size % 2);
  canvas.width = even(widths.reduce((sum, width) => sum + width + GAP, GAP));
  canvas.height = even(HEAD + GAP + Math.max(...panes.map((pane) => pane.canvas.height)));
  const context = canvas.getContext("2d");
  if (!context) throw new Error(t("this browser gives no canvas to film on"));
  const draw = () => {
    const { card, ink, font } = theme();
    context.fillStyle = card;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = ink;
    context.font = font.replace(/^[\d.]+px/, "bold 16px");
    let x = GAP;
    panes.forEach((pane, i) => {
      context.fillText(pane.name, x, 22);
      context.drawImage(pane.canvas, x, HEAD);
      x += widths[i]! + GAP;
    });
  };
  draw();
  const stream = canvas.captureStream(FRAMES_PER_SECOND);
  const recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: BITS_PER_SECOND });
  const parts: Blob[] = [];
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  const ended = new Promise<void>((done, fail) => {
    recorder.addEventListener("stop", () => done());
    recorder.addEventListener("error", () => fail(new Error(t("the recorder of this browser failed"))));
  });
  recorder.start(500);
  const started = performance.now();
  // A timer, not animation frames: those stand still in a tab that nobody sees.
  const timer = window.setInterval(() => {
    const part = (performance.now() - started) / (1000 * SECONDS);
    tell(Math.min(1, part));
    draw();
    if ((part >= 1 || stop.aborted) && recorder.state !== "inactive") recorder.stop();
  }, 1000 / FRAMES_PER_SECOND);
  try {
    await ended;
  } finally {
    window.clearInterval(timer);
    for (const track of stream.getTracks()) track.stop();
  }
  return new Blob(parts, { type: type.replace(/;.*/, "") });
}
