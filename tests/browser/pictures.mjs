// Makes the pictures that lie in the repository, from the page in dist/ (make pictures): every lab and the home at the sizes of a desktop and of a
// phone, light and dark, into docs/screenshots; and the icons of the installed page as PNG, for systems that take no SVG.
import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { finished, launch, open, serve } from "./harness.mjs";

const ROOT = new URL("../../", import.meta.url);
const place = (path) => fileURLToPath(new URL(path, ROOT));

const SIZES = [
  { name: "desktop", viewport: { width: 1280, height: 800 } },
  { name: "phone", viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
];
/** What each picture waits for: the end of the run, so that it shows what a reader sees who stayed. */
const LABS = ["double_well_flow", "phi4_diffusion", "xy_autoregressive", "spectral_function"];

async function screenshots(browser, url) {
  await mkdir(place("docs/screenshots"), { recursive: true });
  for (const { name, ...size } of SIZES) {
    for (const colorScheme of ["light", "dark"]) {
      for (const lab of ["home", ...LABS]) {
        const home = lab === "home";
        const { page, context, clean } = await open(browser, home ? url : `${url}#lab=${lab}`, { ...size, colorScheme, home });
        page.setDefaultTimeout(180_000);
        await (home ? page.waitForTimeout(8_000) : finished(page));
        await page.waitForTimeout(1_500);
        await page.screenshot({ path: place(`docs/screenshots/${lab}-${name}-${colorScheme}.png`) });
        clean();
        await context.close();
        console.log(`docs/screenshots/${lab}-${name}-${colorScheme}.png`);
      }
    }
  }
}

async function icons(browser) {
  for (const [file, source, size] of [
    ["icon-192.png", "icon.svg", 192],
    ["icon-512.png", "icon.svg", 512],
    ["maskable-512.png", "maskable.svg", 512],
    ["apple-touch-icon.png", "maskable.svg", 180],
  ]) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    const svg = await readFile(place(`www/icons/${source}`), "utf8");
    await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
    await page.screenshot({ path: place(`www/icons/${file}`), omitBackground: true });
    await page.close();
    console.log(`www/icons/${file}`);
  }
}

const site = await serve();
const browser = await launch();
if (!process.argv.includes("--icons")) await screenshots(browser, site.url);
await icons(browser);
await browser.close();
await site.close();
