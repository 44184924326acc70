// One tooltip for everything with data-tip: on hover, on focus, and on a tap. A finger that holds still has it of titles, too.

import { h } from "./dom";

const HOVER_MS = 250;
const HOLD_MS = 500;
/** A finger that moves farther, in CSS pixels, scrolls or draws. */
const STILL = 10;

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
  const show = (element: HTMLElement, text = element.dataset["tip"]) => {
    if (!text) return;
    // What is open above the page has its tips above it.
    (element.closest("dialog") ?? document.body).append(tip);
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
  document.addEventListener("click", (event) => {
    const element = owner(event);
    if (element?.matches("button.info")) show(element);
    else hide();
  });
  let [startX, startY, held] = [0, 0, false];
  document.addEventListener("pointerdown", (event) => {
    held = false;
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-tip], [title]") : null;
    if (!element || event.pointerType !== "touch") return;
    [startX, startY] = [event.clientX, event.clientY];
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      held = true;
      show(element, element.dataset["tip"] || element.title);
    }, HOLD_MS);
  });
  document.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" && Math.hypot(event.clientX - startX, event.clientY - startY) > STILL) window.clearTimeout(timer);
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    document.addEventListener(end, () => {
      window.clearTimeout(timer);
      // A click that belongs to the finger comes with it.
      window.setTimeout(() => (held = false), HOLD_MS);
    });
  }
  // A finger that asked what a thing does has not asked for it to be done.
  for (const after of ["click", "contextmenu"] as const) {
    document.addEventListener(after, (event) => {
      if (!held) return;
      event.preventDefault();
      event.stopPropagation();
    }, true);
  }
  // A field under a finger that holds takes the focus, and may scroll for it.
  const away = () => {
    if (!held) hide();
  };
  document.addEventListener("focusout", away);
  document.addEventListener("scroll", away, { passive: true, capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
}
