// Makes a built folder work offline: node offline.mjs --out DIR, when all else is in DIR.
//
// The pages get the hashes of their scripts and style sheets into the addresses, index.html asks for its texts and the
// description of the first lab early, and the service worker, bundled here from app/service_worker.ts, gets the list of all files with their hashes.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";
import { buildId, filesOf } from "./build_id.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { values: args } = parseArgs({
  options: { out: { type: "string" }, labs: { type: "string", default: join(here, "app/bindings/labs.json") } },
});
if (!args.out) {
  console.error("offline.mjs needs the folder that was built: node offline.mjs --out DIR");
  process.exit(2);
}
const out = resolve(args.out);

const WORKER = "service_worker.js";
/** Stored only once they were used: the GPU's artefact is large, and most readers look at one preset with weights or none. */
const LAZY = /^(weights\/|wasm\/gpu|.*\.txt$)/;

const hashOf = (file) => createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 24);
const paths = filesOf(out)
  .map((file) => relative(out, file).replaceAll("\\", "/"))
  .filter((path) => path !== WORKER);

const build = buildId(out, args.labs);
const [first] = JSON.parse(readFileSync(args.labs, "utf8"));
/** Under the very addresses that language.ts and labs.ts fetch, so that it is there when the script is. */
const early = [`languages/en.json`, `labs/en/${first.id}.json`].map((file) => `  <link rel="preload" href="./${file}?${build}" as="fetch" crossorigin>\n`).join("");
for (const page of paths.filter((path) => path.endsWith(".html"))) {
  const file = join(out, page);
  const html = readFileSync(file, "utf8")
    .replace(/ (src|href)="(?:\.\/)?([\w./-]+\.(?:js|css))(?:\?\w*)?"/g, (whole, attribute, path) =>
      paths.includes(path) ? ` ${attribute}="./${path}?${hashOf(join(out, path)).slice(0, 12)}"` : whole,
    )
    .replace(/\n? *<(?:meta name="lattice-lab-offline"|link rel="preload")[^>]*>/g, "")
    .replace("</head>", `${page === "index.html" ? early : ""}  <meta name="lattice-lab-offline" content="./${WORKER}">\n</head>`);
  writeFileSync(file, html);
}

const files = Object.fromEntries(paths.map((path) => [path, hashOf(join(out, path))]));
const version = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 12);
try {
  await esbuild.build({
    entryPoints: [join(here, "app/service_worker.ts")],
    outfile: join(out, WORKER),
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: true,
    legalComments: "none",
    banner: { js: "/* Lattice Lab, MIT OR Apache-2.0. */" },
    define: {
      BUILD_ID: JSON.stringify(build),
      VERSION: JSON.stringify(version),
      FILES: JSON.stringify(files),
      LAZY: JSON.stringify(paths.filter((path) => LAZY.test(path))),
    },
    logLevel: "warning",
  });
} catch {
  // esbuild has printed what is wrong.
  process.exit(1);
}
