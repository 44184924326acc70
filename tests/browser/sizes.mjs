// The budgets of what the reader downloads, on the files of dist/. Run by itself it prints the table; the test holds it.
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { DIST } from "./harness.mjs";

const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length;
const brotli = (quality) => (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_LGWIN]: 24 },
  }).length;

/** What is counted together, as which bytes, and the most it may be. The first pattern that fits takes a file. */
const BUDGETS = [
  // 600 kB held the first lab; the second brought a diffusion model, cluster algorithms and a reader of NumPy files;
  // the third autoregressive networks, spin chains, scans and exact answers of finite tori; the fourth linear algebra in double
  // precision, a dozen solvers and networks of its own.
  { name: "CPU wasm", files: /^wasm\/cpu_bg\.wasm$/, method: "brotli 11", size: brotli(11), budget: 1_000_000 },
  // Quality 9 instead of the 11 of a patient host: 30 MB at 11 take minutes, and save some percent more.
  { name: "WebGPU wasm", files: /^wasm\/gpu_bg\.wasm$/, method: "brotli 9", size: brotli(9), budget: 3_200_000 },
  { name: "wasm glue", files: /^wasm\/.*\.js$/, method: "gzip", size: gzip },
  // What is fetched later, the parts that are loaded on demand and the service worker, counts as well.
  { name: "page JavaScript", files: /^(main|worker|part-[A-Z0-9]+|service_worker)\.js$/, method: "gzip", size: gzip, budget: 80_000 },
  { name: "benchmark's JavaScript", files: /^bench\.js$/, method: "gzip", size: gzip },
  { name: "HTML", files: /\.html$/, method: "gzip", size: gzip },
  { name: "CSS", files: /\.css$/, method: "gzip", size: gzip },
  { name: "fonts and pictures", files: /\.(woff2|svg|png|ico)$/, method: "as they are", size: (bytes) => bytes.length },
  { name: "rest", files: /./, method: "gzip", size: gzip },
];

/** One row a budget: its name, method, files, bytes and budget. Each file is compressed by itself, as a host does. */
export function measure(root = DIST) {
  const rows = BUDGETS.map((budget) => ({ ...budget, bytes: 0, count: 0 }));
  for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const row = rows.find(({ files }) => files.test(relative(root, path)));
    row.bytes += row.size(readFileSync(path));
    row.count += 1;
  }
  return rows;
}

/** The rows of the table that people read. */
export function readable(rows) {
  const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  return rows
    .filter(({ count, budget }) => count > 0 || budget)
    .map(({ name, method, bytes, budget }) => [`${name} (${method})`, kB(bytes), budget ? `of ${kB(budget)}` : ""]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [what, size, budget] of readable(measure())) console.log(what.padEnd(36), size.padStart(12), budget.padStart(14));
}
