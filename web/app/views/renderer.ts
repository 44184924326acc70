// What every kind of view can do.

import type { View } from "../bindings/View";

/** Draws one view into the element it was made with. */
export interface Renderer {
  /** Draws new data. */
  draw(view: View): void;
  /** Draws the last data again: the element has another size, or the theme has changed. */
  redraw(): void;
  /** Gives everything back. */
  destroy(): void;
}
