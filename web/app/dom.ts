// Making and finding elements.

type Child = Node | string | null | undefined | false;

/** Attributes as strings; `true` is an empty attribute, `false`, null and undefined are none. */
export type Attributes = Record<string, string | number | boolean | null | undefined>;

/** An HTML element. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}

/** An SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Node[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

/** Sets what differs from what is there: an attribute written anew costs a style recalculation even if it is the same. */
export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else {
      const text = value === true ? "" : String(value);
      if (element.getAttribute(name) !== text) element.setAttribute(name, text);
    }
  }
}

/** What a text says, with elements in the places of `{names}`. */
export function filled(text: string, elements: Readonly<Record<string, Node | string>>): (Node | string)[] {
  return text.split(/\{(\w+)\}/).map((part, i) => (i % 2 === 1 ? elements[part]! : part));
}

/** Sets a text if it differs. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The element of index.html with this id: its absence is a mistake in the page. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element as T;
}

/** Where a pointer is in an element, in the element's own pixels: of a presentation they are larger than the window's. */
export function placeIn(element: Element, { clientX, clientY }: { clientX: number; clientY: number }): [number, number] {
  const box = element.getBoundingClientRect();
  const scale = element.clientWidth / Math.max(1, box.width);
  return [scale * (clientX - box.left), scale * (clientY - box.top)];
}

/** Shows a dialog that is made for this once; `close` closes it. */
export function showOnce(dialog: HTMLDialogElement, close: HTMLElement): void {
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** A number that no other element's id ends with. */
let ids = 0;
/** A fresh id, to tie labels and descriptions to fields. */
export function freshId(stem: string): string {
  ids += 1;
  return `${stem}-${ids}`;
}
