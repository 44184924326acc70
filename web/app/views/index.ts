// One renderer for each kind of view; none for a lab.

import type { ViewKind } from "../bindings/ViewKind";
import type { ViewSpec } from "../bindings/ViewSpec";
import { ChartRenderer } from "./chart";
import { PathsRenderer, SharedRange } from "./paths";
import type { Renderer } from "./renderer";

export type { Renderer } from "./renderer";

const RENDERERS: Record<ViewKind, (host: HTMLElement, spec: ViewSpec) => Renderer> = {
  paths: (host, spec) => new PathsRenderer(host, null, new SharedRange(), spec.title),
  curve: (host, spec) => new ChartRenderer(host, spec),
  histogram: (host, spec) => new ChartRenderer(host, spec),
  scatter: (host, spec) => new ChartRenderer(host, spec),
};

/** A renderer for the view that `spec` describes, in `host`. */
export function makeRenderer(host: HTMLElement, spec: ViewSpec): Renderer {
  return RENDERERS[spec.kind](host, spec);
}
