// The build id: a hash of what the page is built from, appended to the addresses of its files so that those of two builds never meet.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** All files below a folder, sorted; none if it is not there. */
export function filesOf(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Hash of the page's sources and translations, of the trained weights, of the labs' descriptions and the exercises, and of the wasm that lies in `out` already. */
export function buildId(out, labs) {
  const hash = createHash("sha256");
  for (const file of [...filesOf(join(here, "app")), ...filesOf(join(here, "languages")), join(here, "notebook.json"), ...filesOf(join(here, "../www/weights")), labs, join(here, "exercises.json"), ...filesOf(join(out, "wasm"))]) {
    if (existsSync(file)) hash.update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 12);
}
