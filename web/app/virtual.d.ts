// What build.mjs puts into the bundle.

declare module "virtual:labs" {
  import type { LabDescription } from "./bindings/LabDescription";
  /** Every lab's description, as the core declares it. */
  export const labs: LabDescription[];
  /** TeX -> MathML, typeset at build time. */
  export const math: Record<string, string>;
}

/** Hash of this build, appended to addresses so that files of two builds never meet. */
declare const BUILD_ID: string;
