// Sentences about what happened, at the top of the page, until the reader has read them.

import { byId, h } from "./dom";
import { t } from "./language";

/** What a notice offers to do. */
export interface Action {
  label: string;
  act(): void;
}

/** So many stay, besides those that offer something to do: who types nonsense keeps sight of the page. */
const MOST = 5;

/** Shows a sentence. One that stands there already is not said twice; all of a `topic` can be taken away together. */
export function notice(text: string, tone: "info" | "problem" = "info", action?: Action, topic = ""): void {
  const list = byId("notices");
  for (const old of list.children) if (old.firstElementChild?.textContent === text) old.remove();
  const close = h("button", { type: "button", class: "quiet", "aria-label": t("Dismiss") }, "✕");
  const item = h("div", { class: `notice ${tone}`, role: tone === "problem" ? "alert" : "status" }, h("p", {}, text));
  item.dataset["topic"] = topic;
  if (action) {
    item.classList.add("offers");
    const button = h("button", { type: "button" }, action.label);
    button.addEventListener("click", () => {
      item.remove();
      action.act();
    });
    item.append(button);
  }
  close.addEventListener("click", () => item.remove());
  item.append(close);
  list.append(item);
  for (const old of [...list.querySelectorAll(".notice:not(.offers)")].slice(0, -MOST)) old.remove();
}

/** Takes away all notices of a topic: what they tell is no longer so. */
export function dismiss(topic: string): void {
  for (const item of [...byId("notices").children]) if (item instanceof HTMLElement && item.dataset["topic"] === topic) item.remove();
}

/** A short word that goes away by itself: "link copied". */
export function flash(text: string): void {
  const place = byId("flash");
  place.textContent = text;
  place.classList.add("shown");
  window.clearTimeout(flashTimer);
  flashTimer = window.setTimeout(() => place.classList.remove("shown"), 2500);
}
let flashTimer: number | undefined;
