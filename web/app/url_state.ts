// The state in the address: readable, the lab and only what differs from its defaults. An address without words is the home's.
//
// #lab=double_well_flow&preset=both_wells&f2=3&seed=7&device=cpu&hide=knobs,story

import type { LabDescription } from "./bindings/LabDescription";
import type { ParamSpec } from "./bindings/ParamSpec";
import type { Preset } from "./bindings/Preset";
import type { Value } from "./bindings/Value";
import { plainValue } from "./format";
import { firstLab, labNames, labOf } from "./labs";
import { t } from "./language";
import { EMBED_LEVELS, type EmbedLevel, PANELS, type Panel } from "./panels";
import { type DeviceWish, differences, type Params, presetParams, presetViews, stageView } from "./store";

/** What an address can say. */
export interface Link {
  lab: LabDescription;
  preset: Preset;
  params: Params;
  seed: number;
  plotted: readonly string[];
  wish: DeviceWish;
  /** Parts of the page that are not shown. */
  hidden: readonly Panel[];
  /** How much of the page is shown inside another one. */
  embed: EmbedLevel;
  /** The words of {@link TASK_KEYS} that it has. */
  task: Readonly<Record<string, string>>;
}

/** The version of the addresses that this page writes. One without `v` is of version 1. */
const VERSION: number = 1;

/** Rewrites the entries of an address so that they say in the next version what they said in theirs. */
type Migration = (entries: URLSearchParams) => void;
/** By the version that is left behind. Empty as long as there is only one. */
const MIGRATIONS: Readonly<Record<number, Migration>> = {};

export const DEFAULT_SEED = 1;
export const MAX_SEED = 2 ** 32 - 1;
/** The keys of an exercise, and of the result of one. What they say is for teach/ to read. */
export const TASK_KEYS: readonly string[] = ["exercise", "ask", "options", "right", "number", "check", "hint", "reveal", "lock", "predicted", "result", "at"];
/** The keys that are not a parameter's. */
export const KEYS: readonly string[] = ["lab", "preset", "seed", "views", "device", "hide", "embed", "v", ...TASK_KEYS];
const WISHES: readonly DeviceWish[] = ["auto", "cpu", "gpu"];

/** What an address without words says, of the lab that it names. */
export function usualLink(lab: LabDescription): Link {
  const preset = lab.presets[0]!;
  return { lab, preset, params: presetParams(lab, preset), seed: DEFAULT_SEED, plotted: presetViews(lab, preset), wish: "auto", hidden: [], embed: "full", task: {} };
}

/** The hash of `link`, without `#`. */
export function writeHash(link: Link): string {
  const { lab, preset } = link;
  const entries: [string, string][] = [["lab", lab.id]];
  if (preset !== lab.presets[0]) entries.push(["preset", preset.id]);
  for (const [id, value] of Object.entries(differences(link.params, presetParams(lab, preset)))) {
    entries.push([id, plainValue(value)]);
  }
  if (link.seed !== DEFAULT_SEED) entries.push(["seed", String(link.seed)]);
  if (link.plotted.join() !== presetViews(lab, preset).join()) entries.push(["views", link.plotted.join(",")]);
  if (link.wish !== "auto") entries.push(["device", link.wish]);
  if (link.hidden.length > 0) entries.push(["hide", link.hidden.join(",")]);
  if (link.embed !== "full") entries.push(["embed", link.embed]);
  entries.push(...Object.entries(link.task));
  if (VERSION > 1) entries.push(["v", String(VERSION)]);
  // Commas need no escape in a fragment and read better without one.
  return new URLSearchParams(entries).toString().replaceAll("%2C", ",");
}

/** The address of a lab as the menu has it: its usual state, with as much of the page as is shown now. */
export function menuHash(lab: string, { hidden, embed }: Pick<Link, "hidden" | "embed">): string {
  return `#${writeHash({ ...usualLink({ ...firstLab, id: lab }), hidden, embed })}`;
}

/**
 * Brings the entries of an address of an older version up to `version`. Gives what `v` says if this page does not know it.
 */
export function migrate(entries: URLSearchParams, migrations = MIGRATIONS, version = VERSION): string | null {
  const text = entries.get("v");
  const from = text === null ? 1 : Number(text);
  if (!Number.isInteger(from) || from < 1 || from > version) return text;
  for (let v = from; v < version; v++) migrations[v]?.(entries);
  entries.delete("v");
  return null;
}

/**
 * Reads a hash. What is malformed is left out and named in `complaints`; keys that nothing here knows, and a version that is
 * newer than this page, are ignored and named in `strangers`.
 * Ranges of parameters are the core's to check: it refuses by name when the session is opened.
 */
export async function readHash(hash: string): Promise<{ link: Link; complaints: string[]; strangers: string[] }> {
  const complaints: string[] = [];
  const entries = new URLSearchParams(hash.replace(/^#/, ""));
  const unknownVersion = migrate(entries);
  const choose = <T extends { id: string }>(key: string, from: readonly T[]): T => {
    const wanted = entries.get(key);
    const found = from.find((one) => one.id === wanted);
    if (wanted !== null && !found) complaints.push(t("{key} = {got} is not one of {known}", { key, got: wanted, known: from.map((one) => one.id).join(", ") }));
    const chosen = found ?? from[0];
    if (!chosen) throw new Error(t("there is no {key}", { key }));
    return chosen;
  };
  const lab = await labOf(choose("lab", labNames).id);
  const preset = choose("preset", lab.presets);

  const params: Record<string, Value> = { ...presetParams(lab, preset) };
  for (const spec of lab.params) {
    const text = entries.get(spec.id);
    if (text !== null) params[spec.id] = parseValue(spec, text);
  }

  let seed = DEFAULT_SEED;
  const seedText = entries.get("seed");
  if (seedText !== null) {
    const read = parseSeed(seedText);
    if (read === null) complaints.push(t("seed = {got} is not an integer from 0 to {max}", { got: seedText, max: MAX_SEED }));
    else seed = read;
  }

  let plotted: readonly string[] = presetViews(lab, preset);
  const viewsText = entries.get("views");
  if (viewsText !== null) {
    const known = lab.views.map((v) => v.id).filter((id) => id !== stageView(lab));
    const wanted = viewsText.split(",");
    const strangers = wanted.filter((id) => !known.includes(id));
    if (strangers.length > 0) complaints.push(t("{key} = {got} is not among {known}", { key: "views", got: strangers.join(","), known: known.join(", ") }));
    plotted = [...new Set([...wanted.filter((id) => known.includes(id)), ...plotted])].slice(0, plotted.length);
  }

  let wish: DeviceWish = "auto";
  const wishText = entries.get("device");
  if (wishText !== null) {
    const read = WISHES.find((w) => w === wishText);
    if (read) wish = read;
    else complaints.push(t("{key} = {got} is not one of {known}", { key: "device", got: wishText, known: WISHES.join(", ") }));
  }

  const toHide = (entries.get("hide") ?? "").split(",").filter((id) => id !== "");
  const notPanels = toHide.filter((id) => !PANELS.some((panel) => panel.id === id));
  if (notPanels.length > 0) complaints.push(t("{key} = {got} is not among {known}", { key: "hide", got: notPanels.join(","), known: PANELS.map((panel) => panel.id).join(", ") }));
  const hidden = PANELS.map((panel) => panel.id).filter((id) => toHide.includes(id));
  const embed = choose("embed", EMBED_LEVELS).id;

  const task = Object.fromEntries(TASK_KEYS.flatMap((key) => (entries.get(key) ? [[key, entries.get(key)!]] : [])));

  const strangers = [...new Set(entries.keys())].filter((key) => key !== "" && !KEYS.includes(key) && !lab.params.some((p) => p.id === key));
  if (unknownVersion !== null) strangers.push(t("v = {got} (this page writes v = {own})", { got: unknownVersion, own: VERSION }));
  return { link: { lab, preset, params, seed, plotted, wish, hidden, embed, task }, complaints, strangers };
}

/** A parameter's value from text. What is not one is passed on as text, for the core to refuse in its own words. */
export function parseValue(spec: ParamSpec, text: string): Value {
  const trimmed = text.trim();
  switch (spec.kind.type) {
    case "bool":
      return trimmed === "true" || trimmed === "1" ? true : trimmed === "false" || trimmed === "0" ? false : trimmed;
    case "choice":
      return trimmed;
    case "set":
      return trimmed.replace(/\s*,\s*/g, ",");
    default: {
      // A comma is a decimal point for half of the world.
      const plain = /^[+\-\u2212]?\d+,\d+$/.test(trimmed) ? trimmed.replace(",", ".") : trimmed;
      const value = Number(plain.replace("\u2212", "-"));
      return plain === "" || !Number.isFinite(value) ? trimmed : value;
    }
  }
}

/** A seed from text, or null. */
export function parseSeed(text: string): number | null {
  const trimmed = text.trim();
  const seed = Number(trimmed);
  return /^\d{1,10}$/.test(trimmed) && seed <= MAX_SEED ? seed : null;
}
