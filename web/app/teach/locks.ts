// What an exercise locks: it is shown, but disabled, and says why.

/** Controls by the word for them; every other word is a parameter's id. */
const CONTROLS: Readonly<Record<string, string>> = {
  preset: "#preset, #undo, #load-data",
  seed: "#seed, #new-seed",
  knobs: "#knobs :is(input, select), #more-knobs :is(input, select)",
  plots: "#plots select",
  run: "#play, #step, #reset, #new-seed, #seed",
};
/** What can be locked beside single knobs. */
export const LOCKS = ["preset", "knobs", "seed", "plots"] as const;

type Control = HTMLInputElement | HTMLSelectElement | HTMLButtonElement;
/** What is locked, with the title that it had. */
const locked = new Map<Control, string>();

/** Locks what the words of `reasons` stand for, each for its reason, and nothing else. */
export function lock(reasons: ReadonlyMap<string, string>): void {
  const wanted = new Map([...reasons].flatMap(([word, why]) => controlsOf(word).map((control) => [control, why] as const)));
  for (const [control, title] of locked) {
    if (wanted.has(control)) continue;
    locked.delete(control);
    control.disabled = false;
    control.title = title;
    control.classList.remove("locked");
  }
  for (const [control, why] of wanted) {
    if (!locked.has(control)) locked.set(control, control.title);
    control.disabled = true;
    control.title = why;
    control.classList.add("locked");
  }
}

function controlsOf(word: string): Control[] {
  const selector = CONTROLS[word];
  if (selector) return [...document.querySelectorAll<Control>(selector)];
  const field = document.querySelector(`[data-param="${CSS.escape(word)}"]`)?.closest(".field");
  return [...(field?.querySelectorAll<Control>("input, select") ?? [])];
}
