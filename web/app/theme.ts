// Colours and the like as the style sheet has them, for what is drawn on a canvas.

import type { Role } from "./bindings/Role";
import { HUES } from "./methods";

/** The colour code: chain blue, model orange, corrected green, truth in ink, methods in hues of their own. */
export interface Theme {
  roles: Record<Role, string>;
  /** By {@link Method.hue}. */
  hues: string[];
  ink: string;
  dim: string;
  line: string;
  card: string;
  font: string;
  /** How much larger than usual the page is drawn. */
  zoom: number;
}

let cached: Theme | null = null;
const listeners = new Set<() => void>();

/** The theme in force. */
export function theme(): Theme {
  if (cached) return cached;
  const style = getComputedStyle(document.documentElement);
  const value = (name: string) => style.getPropertyValue(`--${name}`).trim();
  cached = {
    roles: {
      chain: value("chain"),
      model: value("model"),
      corrected: value("corrected"),
      truth: value("ink"),
      limit: value("dim"),
      method: value("dim"),
    },
    hues: Array.from({ length: HUES }, (_, hue) => value(`method-${hue}`)),
    ink: value("ink"),
    dim: value("dim"),
    line: value("line"),
    card: value("card"),
    font: `11px ${value("sans")}`,
    zoom: Number(value("zoom")) || 1,
  };
  return cached;
}

/** Calls when light has become dark or the other way round. */
export function onThemeChange(listener: () => void): void {
  listeners.add(listener);
}

/** Pixels of the screen to a pixel of the style sheet. */
export function pixelRatio(): number {
  return devicePixelRatio * theme().zoom;
}

/** Reads the style sheet anew: its colours or sizes are others. */
export function refreshTheme(): void {
  cached = null;
  for (const listener of listeners) listener();
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refreshTheme);

/** Whether the reader has asked for little motion. */
export function reducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
