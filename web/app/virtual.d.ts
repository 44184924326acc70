// What build.mjs puts into the bundle.

declare module "virtual:labs" {
  import type { LabDescription } from "./bindings/LabDescription";
  /** Every lab, in the order of the menu. */
  export const names: { id: string; title: string; summary: string }[];
  /** The first lab's description, as the core declares it, with its TeX -> MathML, typeset at build time. */
  export const first: { lab: LabDescription; math: Record<string, string> };
}

/** Hash of this build, appended to addresses so that files of two builds never meet. */
declare const BUILD_ID: string;
