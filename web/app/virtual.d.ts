// What build.mjs puts into the bundle.

declare module "virtual:labs" {
  /** Every lab, in the order of the menu. */
  export const names: { id: string; title: string; summary: string }[];
  /** Code and own name of every language. */
  export const languages: [string, string][];
}

/** Hash of this build, appended to addresses so that files of two builds never meet. */
declare const BUILD_ID: string;
