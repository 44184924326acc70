// A short mark of a loss curve, by which two people can tell whether they have the same one to the last bit.

/** Digits that are not mistaken for each other (Crockford's base 32). */
const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
/** The prime of FNV-1a with 32 bits, its offset basis, and another one for the second half of the mark. */
const PRIME = 0x01000193;
const BASES = [0x811c9dc5, 0x050c5d1f] as const;

/** FNV-1a over the bytes of numbers, twice from different beginnings; they may come in parts. */
export class CurveHash {
  #high: number = BASES[0];
  #low: number = BASES[1];

  /** Adds numbers. */
  push(values: Float32Array | Float64Array | Uint8Array): void {
    for (const byte of new Uint8Array(values.buffer, values.byteOffset, values.byteLength)) {
      this.#high = Math.imul(this.#high ^ byte, PRIME);
      this.#low = Math.imul(this.#low ^ byte, PRIME);
    }
  }

  /** 40 bits as letters and digits: k7f3-9q2d. */
  get text(): string {
    const digits = (word: number) => Array.from({ length: 4 }, (_, i) => DIGITS[(mixed(word) >>> (5 * i)) & 31]).join("");
    return `${digits(this.#high)}-${digits(this.#low)}`;
  }
}

/** Spreads what all bits of a word tell over its lower twenty. */
function mixed(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  return (once ^ (once >>> 13)) >>> 0;
}
