// One renderer for each kind of view; none for a lab.

import type { ViewKind } from "../bindings/ViewKind";
import type { ViewSpec } from "../bindings/ViewSpec";
import { ChartRenderer } from "./chart";
import { FieldRenderer } from "./field";
import { PathsRenderer, SharedRange } from "./paths";
import { PolarRenderer } from "./polar";
import type { Renderer } from "./renderer";
import { SequenceRenderer } from "./sequence";
import { TableRenderer } from "./table";
import { WritingRenderer } from "./writing";

export type { Renderer } from "./renderer";

const RENDERERS: Record<ViewKind, (host: HTMLElement, spec: ViewSpec) => Renderer> = {
  paths: (host, spec) => new PathsRenderer(host, null, new SharedRange(), spec.title),
  curve: (host, spec) => new ChartRenderer(host, spec),
  histogram: (host, spec) => new ChartRenderer(host, spec),
  scatter: (host, spec) => new ChartRenderer(host, spec),
  field: (host, spec) => new FieldRenderer(host, null, new SharedRange(), spec.title),
  sequence: (host, spec) => new SequenceRenderer(host, spec),
  spins: (host, spec) => new WritingRenderer(host, spec),
  polar: (host, spec) => new PolarRenderer(host, spec),
  spectrum: (host, spec) => new ChartRenderer(host, spec),
  table: (host, spec) => new TableRenderer(host, spec),
};

/** A renderer for the view that `spec` describes, in `host`. */
export function makeRenderer(host: HTMLElement, spec: ViewSpec): Renderer {
  return RENDERERS[spec.kind](host, spec);
}
