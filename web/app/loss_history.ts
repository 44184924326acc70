// Every loss of a run, kept by the page: the core sends each once.

import { CurveHash } from "./loss_hash";

/** Losses by step, the first of them step `first`. */
export class LossHistory {
  #values = new Float32Array(1024);
  #length = 0;
  #first = 1;
  /** Before which of them the training was changed by hand: no line leads across. */
  #breaks: number[] = [];
  /** The mark of the first so many of them. */
  #hash = new CurveHash();
  #hashed = 0;

  get length(): number {
    return this.#length;
  }

  /** Forgets everything; the next loss is that of step `step + 1`. */
  clear(step: number): void {
    this.#shorten(0);
    this.#first = step + 1;
  }

  /** Forgets what came after `step`: a snapshot was taken there, and the run goes on from it. */
  rewind(step: number): void {
    if (step + 1 < this.#first) this.clear(step);
    else this.#shorten(Math.min(this.#length, step + 1 - this.#first));
  }

  /** The mark of the curve; null if it does not begin with the first step, or has not begun. */
  get hash(): string | null {
    if (this.#first !== 1 || this.#length === 0) return null;
    this.#hash.push(this.#values.subarray(this.#hashed, this.#length));
    this.#hashed = this.#length;
    return this.#hash.text;
  }

  /** What comes next is the loss of another training. */
  break(): void {
    if (this.#length > 0 && this.#breaks.at(-1) !== this.#length) this.#breaks.push(this.#length);
  }

  /** The steps after which the training was changed, as far as there are losses. */
  get breaks(): number[] {
    return this.#breaks.filter((at) => at < this.#length).map((at) => this.#first + at - 0.5);
  }

  #shorten(length: number): void {
    this.#length = length;
    this.#breaks = this.#breaks.filter((at) => at < length);
    if (this.#hashed <= length) return;
    this.#hash = new CurveHash();
    this.#hashed = 0;
  }

  /** Adds the losses of a slice whose last step is `step`. */
  push(losses: Float32Array, step: number): void {
    const first = step - losses.length + 1;
    if (first !== this.#first + this.#length) this.clear(first - 1);
    while (this.#length + losses.length > this.#values.length) {
      const larger = new Float32Array(2 * this.#values.length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values.set(losses, this.#length);
    this.#length += losses.length;
  }

  /** All of them, in order; a copy. */
  values(): Float32Array {
    return this.#values.slice(0, this.#length);
  }

  /** Those of the steps up to `step`; a copy. */
  until(step: number): Float32Array {
    return this.#values.slice(0, Math.max(0, Math.min(this.#length, step + 1 - this.#first)));
  }

  /** At most about `points` points: of each stretch the smallest and the largest, so that the noise keeps its width. */
  curve(points = 1200): { x: Float32Array; y: Float32Array } {
    const stretch = Math.max(1, Math.ceil((2 * this.#length) / points));
    const x: number[] = [];
    const y: number[] = [];
    for (let start = 0; start < this.#length; start += stretch) {
      const end = Math.min(start + stretch, this.#length);
      if (this.#isBroken(start, end)) {
        x.push(this.#first + start - 0.5);
        y.push(Number.NaN);
      }
      let low = start;
      let high = start;
      for (let i = start; i < end; i++) {
        if (this.#values[i]! < this.#values[low]!) low = i;
        if (this.#values[i]! > this.#values[high]!) high = i;
      }
      for (const i of stretch === 1 ? [low] : low < high ? [low, high] : [high, low]) {
        x.push(this.#first + i);
        y.push(this.#values[i]!);
      }
    }
    return { x: Float32Array.from(x), y: Float32Array.from(y) };
  }

  #isBroken(start: number, end: number): boolean {
    return this.#breaks.some((at) => at >= start && at < end);
  }

  /** Means over stretches, where there are enough losses for that to show more than the losses themselves. */
  smoothed(points = 60): { x: Float32Array; y: Float32Array } | null {
    const stretch = Math.floor(this.#length / points);
    if (stretch < 2) return null;
    const x = new Float32Array(Math.ceil(this.#length / stretch));
    const y = new Float32Array(x.length);
    for (let k = 0; k < x.length; k++) {
      const part = this.#values.subarray(k * stretch, Math.min((k + 1) * stretch, this.#length));
      x[k] = this.#first + k * stretch + (part.length - 1) / 2;
      y[k] = this.#isBroken(k * stretch, k * stretch + part.length) ? Number.NaN : part.reduce((sum, value) => sum + value, 0) / part.length;
    }
    return { x, y };
  }
}
