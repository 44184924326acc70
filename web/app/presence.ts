// Whether anyone looks: a run in a hidden tab, behind the home, or in a frame that is scrolled out of sight, rests, and goes on when it is seen.

import type { Engine } from "./engine";
import type { Store } from "./store";

/** A glance at another tab stops nothing. */
const GRACE_MS = 5000;

/** Watches the tab and, inside another page, the frame. A run that a program starts while nobody looks is let run. */
export function startPresence(store: Store, engine: Engine): void {
  let inSight = true;
  let seen = true;
  let timer: number | undefined;
  const rest = () => {
    // What is about to run rests when it does.
    if (store.state.activity === "starting") timer = window.setTimeout(rest, GRACE_MS);
    else void engine.rest();
  };
  const look = () => {
    const now = inSight && !document.hidden && !store.state.home;
    if (now === seen) return;
    seen = now;
    window.clearTimeout(timer);
    if (seen) engine.wake();
    else timer = window.setTimeout(rest, store.state.home ? 0 : GRACE_MS);
  };
  document.addEventListener("visibilitychange", look);
  store.watch((s) => s.home, look);
  if (window.parent === window) return;
  // Without a root the frame is measured against the window that it stands in, of whatever origin.
  new IntersectionObserver(([entry]) => {
    inSight = entry?.isIntersecting ?? true;
    look();
  }).observe(document.body);
}
