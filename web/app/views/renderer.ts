// What every kind of view can do.

import type { View } from "../bindings/View";
import type { Ghost } from "../compare/pins";

/** Draws one view into the element it was made with. */
export interface Renderer {
  /** Draws new data. */
  draw(view: View): void;
  /** Draws the last data again: the element has another size, or the theme has changed. */
  redraw(): void;
  /** Shows what other runs have here, behind the data. */
  haunt?(ghosts: readonly Ghost[]): void;
  /** Gives everything back. */
  destroy(): void;
}
