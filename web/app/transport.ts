// Play, step, reset: the bar under the stage, and what it says about the run.

import type { Phase } from "./bindings/Phase";
import { byId, filled, h, setAttributes, setText } from "./dom";
import { seconds } from "./format";
import { t } from "./language";
import { counted, methodsParam } from "./methods";
import type { State, Store } from "./store";
import { MAX_SEED, parseSeed } from "./url_state";

/** What the bar and the keys ask for. */
export interface Transport {
  playOrPause(): void;
  step(): void;
  reset(): void;
  newSeed(): void;
  useSeed(seed: number): void;
}

/** How many steps the button at the end of the plan adds. */
export const MORE_STEPS = 500;

/** Ties the bar to the state. */
export function startTransport(store: Store, transport: Transport): void {
  byId("play").addEventListener("click", () => transport.playOrPause());
  byId("step").addEventListener("click", () => transport.step());
  byId("reset").addEventListener("click", () => transport.reset());
  byId("new-seed").addEventListener("click", () => transport.newSeed());

  const box = byId<HTMLInputElement>("seed");
  const problem = byId("seed-problem");
  const complain = (text: string | null) => {
    problem.hidden = text === null;
    setText(problem, text ?? "");
    setAttributes(box, { "aria-invalid": text === null ? null : "true" });
  };
  box.addEventListener("change", () => {
    const seed = parseSeed(box.value);
    const typed = box.value.trim();
    complain(seed === null ? t("seed = {got} is not an integer from 0 to {max}. Still {value}.", { got: typed || '""', max: MAX_SEED, value: store.state.seed }) : null);
    if (seed !== null) transport.useSeed(seed);
  });
  store.watch((s) => s.seed, (seed) => {
    box.value = String(seed);
    complain(null);
  });

  const pace = new Pace();
  store.watch((s) => s, (state) => show(state, pace));
  const live = byId("run-state");
  store.watch((s) => `${s.activity} ${s.phase}`, (_, state) => setText(live, announcement(state)));
}

/** Until a phase has lasted so many seconds its speed is not known. */
const UNTIMED = 1;

/** The run's speed as the reader's clock sees it: training, chain, frames and all. */
class Pace {
  #phase: Phase | null = null;
  #since = 0;
  #at = 0;
  #time = 0;
  #perSecond = 0;

  /** Seconds left; null if not known yet. `phase` is null while nothing runs. */
  left(phase: Phase | null, done: number, goal: number): number | null {
    const now = performance.now() / 1000;
    if (phase !== this.#phase || done < this.#at) {
      [this.#phase, this.#since, this.#at, this.#time, this.#perSecond] = [phase, now, done, now, 0];
    } else if (now - this.#time > (this.#perSecond === 0 ? UNTIMED : 0.4)) {
      const speed = (done - this.#at) / (now - this.#time);
      this.#perSecond = this.#perSecond === 0 ? speed : 0.7 * this.#perSecond + 0.3 * speed;
      [this.#at, this.#time] = [done, now];
    }
    return phase !== null && now - this.#since > UNTIMED && this.#perSecond > 0 ? (goal - done) / this.#perSecond : null;
  }
}

function show(state: State, pace: Pace): void {
  const { activity, phase, step, target, samples, plan, trainedBefore, lab } = state;
  const compares = methodsParam(lab) !== null;
  // Without a network among the methods there is nothing to train.
  const trains = plan.steps > 0 || step > 0;
  const running = activity === "running";
  const play = byId<HTMLButtonElement>("play");
  const done = activity === "finished";
  const begin = trains ? t("Train") : t("Run");
  const begun = step > 0 || (!trains && phase === "sampling" && samples > 0);
  const again = trains ? t("{verb}{n} more", { verb: t("Train "), n: MORE_STEPS }) : t("Run again");
  const label = running ? t("Pause") : done ? again : activity === "starting" ? t("Starting…") : begun ? t("Go on") : begin;
  // A phone has no room for the verb of the longest one.
  if (play.textContent !== label) play.replaceChildren(...(done && trains ? filled(t("{verb}{n} more"), { verb: h("span", { class: "wide" }, t("Train ")), n: String(MORE_STEPS) }) : [label]));
  play.title = trains ? t("Train or pause (space)") : t("Run or pause (space)");
  for (const id of ["play", "step", "reset", "new-seed"]) {
    byId<HTMLButtonElement>(id).disabled = activity === "starting" || activity === "broken" || (id === "step" && !trains);
  }

  // After a change of task the plan begins anew at the step that it has come to.
  const { steps } = state.params;
  const origin = typeof steps === "number" && step >= plan.steps - steps ? Math.max(0, plan.steps - steps) : 0;
  const sampling = phase === "sampling" && plan.samples > 0;
  const [now, goal] = sampling ? [samples, plan.samples] : [step - origin, Math.max(target, step) - origin];
  const bar = byId<HTMLProgressElement>("progress");
  setAttributes(bar, { max: Math.max(1, goal), value: done ? Math.max(1, goal) : now });
  const left = pace.left(running ? phase : null, now, goal);
  const far = `${now}/${goal}`;
  const count = !sampling ? t("training {far}", { far }) : compares ? t("replicas {far}", { far }) : t("sampling {far}", { far });
  // Whoever looks at the clock has to know that the training was not on it.
  setText(byId("trained-before"), trainedBefore === null ? "" : t("trained before: {n} steps", { n: trainedBefore }));
  const text = {
    starting: t("loading"),
    running: left === null ? count : `${count} · ${seconds(left)}`,
    paused: !begun ? t("ready") : !sampling || trains ? t("paused at {far}", { far }) : compares ? t("paused at {far} replicas", { far }) : t("paused at {far} samples", { far }),
    finished: t("done · {what}", { what: [...(trains ? [t("{n} steps", { n: step })] : []), ...(samples > 0 ? [counted(samples, lab)] : [])].join(", ") }),
    broken: t("stopped"),
  }[activity];
  setText(byId("progress-text"), text);
}

/** What a screen reader hears when the run enters another state. */
function announcement({ activity, phase, step, samples, lab, plan }: State): string {
  switch (activity) {
    case "starting":
      return t("Loading");
    case "running":
      return phase !== "sampling" ? t("Training") : methodsParam(lab) ? t("Drawing replicas") : t("Drawing samples");
    case "paused":
      return step > 0 ? t("Paused at step {step}", { step }) : t("Ready");
    case "finished":
      return t("Done: {what}", { what: [...(plan.steps > 0 || step > 0 ? [t("{n} steps", { n: step })] : []), counted(samples, lab)].join(", ") });
    default:
      return t("Stopped");
  }
}
