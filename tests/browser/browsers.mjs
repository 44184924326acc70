#!/usr/bin/env node
// Where this machine's browsers are; run by itself with the name of one, it prints the path or exits 1.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Programs by the name of the browser: as they are called on the PATH, and where macOS has them. */
const PROGRAMS = {
  chromium: {
    names: ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
    apps: ["Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome"],
  },
  firefox: { names: ["firefox-esr", "firefox"], apps: ["Firefox.app/Contents/MacOS/firefox"] },
};

/** Path of `browser`: the environment variable of its name in capitals, else the first found on the PATH; undefined if none. */
export function findBrowser(browser) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const { names, apps } = PROGRAMS[browser];
  const wanted = process.env[browser.toUpperCase()];
  const candidates = wanted ? [wanted] : [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...apps.map((app) => `/Applications/${app}`)];
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = findBrowser(process.argv[2]);
  if (path === undefined) process.exit(1);
  console.log(path);
}
