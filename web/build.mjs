// Builds the page's JavaScript: node build.mjs --out DIR [--labs FILE] [--watch]
//
// Every TeX string of the lab descriptions is typeset to MathML here, once, so that no mathematics library reaches the
// reader; then main, worker and bench are bundled, main with its parts that are loaded on demand. The labs' descriptions
// lie beside them as labs/LANGUAGE/ID.json, the exercises as exercises/LANGUAGE.json, the texts of the page as languages/LANGUAGE.json. The build id (build_id.mjs) is appended to the addresses of worker, glue,
// wasm, descriptions and weights, so that files of two builds never meet; the names of parts are hashes themselves. What makes the
// page work offline is added last, by offline.mjs.

import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";
import temml from "temml";
import { minify } from "terser";
import { buildId } from "./build_id.mjs";
import { LANGUAGES, catalogue, languagePlugin, translated } from "./languages.mjs";
import { writeMathFont } from "./math_font.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { values: args } = parseArgs({
  options: {
    out: { type: "string" },
    labs: { type: "string", default: join(here, "app/bindings/labs.json") },
    watch: { type: "boolean", default: false },
  },
});
if (!args.out) {
  console.error("build.mjs needs a folder to write to: node build.mjs --out DIR");
  process.exit(2);
}
const out = resolve(args.out);
const EXERCISES = join(here, "exercises.json");

/** A symbol may be a word, plain or as \text{..}, which is text and not a product of letters. */
const isWord = (tex) => /^([A-Za-z][A-Za-z -]+|\\text\{[^{}]*\})$/.test(tex);

/** Temml's MathML, without the inline styles that the page's Content-Security-Policy would refuse. */
function typeset(tex, where, displayMode) {
  try {
    return temml
      .renderToString(tex, { displayMode, trust: true, throwOnError: true })
      .replace(/ style="[^"]*"/g, "");
  } catch (error) {
    throw new Error(`${where}: cannot typeset ${tex}: ${error.message}`);
  }
}

/** "a^-1" is how units are written down, "a^{-1}" is how TeX wants them. */
const unitTex = (unit) => unit.replace(/\^(-?\d+)/g, "^{$1}");

/** TeX -> MathML of everything that the labs declare. */
function mathOf(labs) {
  const math = {};
  for (const lab of labs) {
    const inline = (tex, where) => {
      if (tex && !isWord(tex)) math[tex] = typeset(tex, `${lab.id}: ${where}`, false);
    };
    for (const p of lab.params) {
      inline(p.symbol, `symbol of parameter ${p.id}`);
      if (p.unit !== "1") math[p.unit] = typeset(unitTex(p.unit), `${lab.id}: unit of parameter ${p.id}`, false);
    }
    for (const o of lab.observables) {
      inline(o.symbol, `symbol of observable ${o.id}`);
      if (o.unit !== "1") math[o.unit] = typeset(unitTex(o.unit), `${lab.id}: unit of observable ${o.id}`, false);
    }
    for (const v of lab.views) {
      inline(v.x.symbol, `horizontal axis of view ${v.id}`);
      inline(v.y.symbol, `vertical axis of view ${v.id}`);
    }
    math[lab.formula] = typeset(lab.formula, `${lab.id}: formula`, true);
    math[lab.formula_with_numbers] = typeset(lab.formula_with_numbers, `${lab.id}: formula_with_numbers`, true);
  }
  return math;
}

/** `import { names, languages } from "virtual:labs"`: the menu. What the labs declare lies beside it as labs/LANGUAGE/ID.json, with the MathML of all its TeX. */
const labsPlugin = {
  name: "labs",
  setup(build) {
    build.onResolve({ filter: /^virtual:labs$/ }, () => ({ path: "labs", namespace: "labs" }));
    build.onLoad({ filter: /.*/, namespace: "labs" }, async () => {
      if (!existsSync(args.labs)) {
        return { errors: [{ text: `${args.labs} is missing: the Rust tests write it (cargo test)` }] };
      }
      const labs = JSON.parse(readFileSync(args.labs, "utf8"));
      for (const folder of ["languages", "exercises"]) mkdirSync(join(out, folder), { recursive: true });
      const languages = [];
      for (const language of LANGUAGES) {
        mkdirSync(join(out, "labs", language), { recursive: true });
        for (const lab of labs) {
          writeFileSync(join(out, "labs", language, `${lab.id}.json`), JSON.stringify({ lab: translated(lab, language), math: mathOf([lab]) }));
        }
        const { name, ...texts } = catalogue(language, labs);
        writeFileSync(join(out, "languages", `${language}.json`), JSON.stringify(texts));
        writeFileSync(join(out, "exercises", `${language}.json`), JSON.stringify(translated(JSON.parse(readFileSync(EXERCISES, "utf8")), language)));
        languages.push([language, name]);
      }
      copyFileSync(join(here, "notebook.json"), join(out, "notebook.json"));
      await writeMathFont(out, labs.flatMap((lab) => Object.values(mathOf([lab]))));
      const names = labs.map(({ id, title, summary }) => ({ id, title, summary }));
      return {
        contents: `export const names = ${JSON.stringify(names)}; export const languages = ${JSON.stringify(languages)};`,
        watchFiles: [args.labs, EXERCISES],
      };
    });
  },
};

const common = {
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: !args.watch,
  // Modules are UTF-8 wherever they come from; escapes would only be longer.
  charset: "utf8",
  sourcemap: args.watch ? "inline" : false,
  legalComments: "none",
  banner: { js: "/* Lattice Lab, MIT OR Apache-2.0. QR codes: lean-qr, (c) David Evans, MIT. */" },
  define: { BUILD_ID: JSON.stringify(buildId(out, args.labs)) },
  plugins: [labsPlugin, languagePlugin],
  logLevel: "warning",
};
const entries = (...names) => names.map((name) => join(here, "app", `${name}.ts`));
const builds = [
  // What is not needed for the first picture is imported when it is: those parts lie in files of their own.
  { ...common, entryPoints: entries("main"), splitting: true, chunkNames: "part-[hash]" },
  { ...common, entryPoints: entries("early", "worker", "bench") },
];

/** Minifies what esbuild has minified once more: 4 % less for the reader to fetch. */
async function shrink(file) {
  const options = { module: true, ecma: 2020, compress: { passes: 3 }, format: { comments: /Lattice Lab/ } };
  writeFileSync(file, (await minify(readFileSync(file, "utf8"), options)).code);
}

try {
  if (args.watch) {
    for (const options of builds) await (await esbuild.context(options)).watch();
    console.log(`watching ${join(here, "app")}, writing to ${out}`);
  } else {
    for (const options of builds) {
      const { metafile } = await esbuild.build({ ...options, metafile: true, absWorkingDir: out });
      for (const file of Object.keys(metafile.outputs)) await shrink(join(out, file));
    }
  }
} catch (error) {
  // What is wrong in a file esbuild has printed.
  if (!error.errors) console.error(error.message);
  process.exit(1);
}
