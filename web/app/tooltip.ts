// One tooltip for everything with data-tip: on hover, on focus, and on a tap.

import { h } from "./dom";

const HOVER_MS = 250;

/** Starts listening. */
export function startTooltips(): void {
  const tip = h("div", { id: "tip", role: "tooltip", hidden: true });
  document.body.append(tip);
  let timer: number | undefined;
  let shownFor: HTMLElement | null = null;

  const hide = () => {
    window.clearTimeout(timer);
    tip.hidden = true;
    shownFor = null;
  };
  const show = (element: HTMLElement) => {
    const text = element.dataset["tip"];
    if (!text) return;
    tip.textContent = text;
    tip.hidden = false;
    shownFor = element;
    const near = element.getBoundingClientRect();
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(near.left, document.documentElement.clientWidth - width - 8));
    const below = near.bottom + 6;
    const top = below + height > innerHeight - 8 && near.top > height + 12 ? near.top - height - 6 : below;
    tip.style.setProperty("left", `${left}px`);
    tip.style.setProperty("top", `${top}px`);
  };
  const owner = (event: Event) => (event.target instanceof Element ? event.target.closest<HTMLElement>("[data-tip]") : null);

  document.addEventListener("pointerover", (event) => {
    const element = owner(event);
    if (element === shownFor) return;
    hide();
    if (element && event.pointerType === "mouse") timer = window.setTimeout(() => show(element), HOVER_MS);
  });
  document.addEventListener("focusin", (event) => {
    const element = owner(event);
    if (element?.matches(":focus-visible")) show(element);
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("click", (event) => {
    const element = owner(event);
    if (element?.matches("button.info")) show(element);
    else hide();
  });
  document.addEventListener("scroll", hide, { passive: true, capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
}
