// Drawing to somewhere else than the screen: as long as a recorder is at work, it takes the place of every canvas.

/** Gives what stands in for the context of a canvas. */
export type Recorder = (canvas: HTMLCanvasElement, width: number, height: number) => CanvasRenderingContext2D;

let recorder: Recorder | null = null;

/** Draws with `next` in the place of canvases. */
export function recorded(next: Recorder, draw: () => void): void {
  recorder = next;
  try {
    draw();
  } finally {
    recorder = null;
  }
}

/** The recorder's context in the place of a canvas of `width` by `height` CSS pixels; null if nothing is recorded. */
export function standIn(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  return recorder?.(canvas, width, height) ?? null;
}
