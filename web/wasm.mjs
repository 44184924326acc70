// Builds the two wasm artefacts of the page, `cpu` and `gpu`, from the crate in this folder.
//
//   node web/wasm.mjs [--out DIR] [--only cpu]
//
// DIR (default: Trunk's staging folder) gets wasm/cpu.js, wasm/cpu_bg.wasm and the same for gpu. Cargo keeps the two builds of
// one crate in one file, each pushing the other out, so the artefacts are kept in the cache folder, with a digest of all that
// went into them: nothing is compiled, not even looked at by Cargo, while that stays the same.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const TARGET = "wasm32-unknown-unknown";
const INPUTS = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "src", "web/Cargo.toml", "web/src"];
const BINDGEN = ["--target", "web", "--no-typescript", "--remove-name-section", "--remove-producers-section"];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: options } = parseArgs({ options: { out: { type: "string" }, only: { type: "string" } } });
const out = options.out ?? process.env.TRUNK_STAGING_DIR;
if (out === undefined) fail("say where to put the artefacts: node web/wasm.mjs --out DIR");

const { env } = process;
const cache = env.LATTICE_LAB_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "lattice-lab");
const targetDir = (env.CARGO_TARGET_DIR ??= join(cache, "target"));
const began = Date.now();
const { digest } = inputs();

for (const artefact of options.only?.split(",") ?? ["cpu", "gpu"]) {
  const kept = join(cache, "wasm", artefact);
  if (digest !== readOr(join(kept, "digest"), "")) build(artefact, kept);
  cpSync(kept, join(out, "wasm"), { recursive: true, filter: (path) => !path.endsWith("digest") });
}

function build(artefact, kept) {
  const started = Date.now();
  console.log(`wasm ${artefact}: building (minutes the first time)`);
  const features = ["--no-default-features", "--features", artefact];
  run("cargo", ["build", "--profile", "wasm", "--target", TARGET, "-p", "lattice-lab-web", ...features]);
  // Bound at once, before another run of this script can put the other artefact there.
  const fresh = `${kept}.${process.pid}`;
  const module = join(targetDir, TARGET, "wasm", "lattice_lab_web.wasm");
  const bindgen = run(join(root, ".ci/setup"), ["--path", "wasm-bindgen"], "pipe").trim();
  run(bindgen, [...BINDGEN, "--out-name", artefact, "--out-dir", fresh, module]);
  // What was edited meanwhile may be in or not: then the next run builds again.
  if (inputs().newest < began) writeFileSync(join(fresh, "digest"), digest);
  rmSync(kept, { recursive: true, force: true });
  renameSync(fresh, kept);
  const megabytes = statSync(join(kept, `${artefact}_bg.wasm`)).size / 1e6;
  console.log(`wasm ${artefact}: ${megabytes.toFixed(1)} MB, built in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** A digest of the compiler and of every file's path and content, and when the newest of them was written. */
function inputs() {
  const hash = createHash("sha256");
  let newest = 0;
  hash.update(run("rustc", ["-vV"], "pipe")).update(env.RUSTFLAGS ?? "").update(BINDGEN.join());
  for (const path of INPUTS) add(path);
  return { digest: hash.digest("hex"), newest };

  function add(path) {
    const about = statSync(join(root, path));
    if (about.isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort()) add(`${path}/${name}`);
    } else {
      newest = Math.max(newest, about.mtimeMs);
      hash.update(`\n${path}\n`).update(readFileSync(join(root, path)));
    }
  }
}

function readOr(path, otherwise) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}

/** Runs a program in the root of the clone; what it has to say about a failure it has said itself. */
function run(program, args, stdout = "inherit") {
  try {
    return execFileSync(program, args, { cwd: root, stdio: ["ignore", stdout, "inherit"], encoding: "utf8" });
  } catch (error) {
    fail(error.code === "ENOENT" ? `${program} is not installed: run make doctor` : `${program} ${args[0]} failed`);
  }
}

function fail(sentence) {
  console.error(`Lattice Lab: ${sentence}`);
  process.exit(1);
}
