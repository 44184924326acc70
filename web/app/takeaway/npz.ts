// NumPy's files: arrays as .npy, several of them in an uncompressed zip archive as .npz.

/** An array with its shape, last index fastest. */
export interface NpyArray {
  shape: readonly number[];
  values: Float32Array | Float64Array;
}

/** The header's magic, version 1.0. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
/** Data begin at a multiple of this. */
const ALIGNMENT = 64;

/** An array as the bytes of a .npy file. */
export function npy({ shape, values }: NpyArray): Uint8Array {
  const descr = values instanceof Float32Array ? "<f4" : "<f8";
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const words = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${dims}), }`;
  const before = MAGIC.length + 2;
  const padding = (ALIGNMENT - ((before + words.length + 1) % ALIGNMENT)) % ALIGNMENT;
  const header = new TextEncoder().encode(`${words}${" ".repeat(padding)}\n`);
  const file = new Uint8Array(before + header.length + values.byteLength);
  file.set(MAGIC);
  new DataView(file.buffer).setUint16(MAGIC.length, header.length, true);
  file.set(header, before);
  file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), before + header.length);
  return file;
}

/** Arrays by name as the bytes of a .npz file. */
export function npz(arrays: Readonly<Record<string, NpyArray>>): Uint8Array {
  return zip(Object.entries(arrays).map(([name, array]) => ({ name: `${name}.npy`, bytes: npy(array) })));
}

/** Files as an uncompressed zip archive. */
export function zip(files: readonly { name: string; bytes: Uint8Array }[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const title = new TextEncoder().encode(name);
    // Version needed, flags (names are UTF-8), stored, midnight of 1 January 1980, checksum and sizes, lengths of name and extra.
    const common = numbers([2, 20], [2, 0x800], [2, 0], [2, 0], [2, 0x21], [4, crc32(bytes)], [4, bytes.length], [4, bytes.length], [2, title.length], [2, 0]);
    const local = [numbers([4, 0x04034b50]), common, title, bytes];
    directory.push(numbers([4, 0x02014b50], [2, 20]), common, numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), title);
    parts.push(...local);
    offset += local.reduce((sum, part) => sum + part.length, 0);
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = files.length;
  return joined([...parts, ...directory, numbers([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0])]);
}

/** Little-endian numbers of so many bytes. */
function numbers(...fields: (readonly [bytes: 2 | 4, value: number])[]): Uint8Array {
  const out = new Uint8Array(fields.reduce((sum, [bytes]) => sum + bytes, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return out;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** The checksum of zip archives. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
const TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
