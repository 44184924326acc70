// The mark of the loss curve beside the seed: by it two people with the same link see that they have the same run.

import { byId, setAttributes, setText } from "./dom";
import type { Emitter } from "./events";
import { t } from "./language";
import type { LossHistory } from "./loss_history";
import { differences, type Store } from "./store";

const RULE = t(
  "A mark of all losses from the first step to this one, to the last bit. Whoever opens the same link on a CPU has the same mark at the same step; another seed or setting gives another.",
);

/** Shows the mark, and notes what has made the curve another one than the link alone would give. */
export class CurveMark {
  readonly #place = byId("curve-mark");
  #detours = new Set<string>();

  constructor(
    private readonly store: Store,
    private readonly losses: LossHistory,
    emitter: Emitter,
  ) {
    let before = store.state.params;
    store.watch((s) => s.params, (params, { lab }) => {
      for (const id of Object.keys(differences(params, before))) this.#detours.add(lab.params.find((p) => p.id === id)?.label ?? id);
      before = params;
    });
    emitter.on("opened", () => {
      // A new story begins without losses; another worker takes over those there are.
      if (losses.length === 0) this.#detours.clear();
      this.#show();
    });
    emitter.on("data", () => {
      this.#detours.add(t("data from a file"));
      this.#show();
    });
    store.watch((s) => s.step, () => this.#show());
    store.watch((s) => s.activity, () => this.#show());
  }

  /** What was changed on the way, to be kept with the losses. */
  get detours(): readonly string[] {
    return [...this.#detours];
  }
  set detours(names: readonly string[]) {
    this.#detours = new Set(names);
    this.#show();
  }

  #show(): void {
    if (this.store.state.device.kind === "gpu" && this.losses.length > 0) this.#detours.add(t("steps on the GPU"));
    const { hash } = this.losses;
    // It keeps its place while there is none.
    this.#place.classList.toggle("none", hash === null);
    if (hash === null) return;
    const changed = this.detours.join(", ");
    setText(this.#place, changed ? `${hash}*` : hash);
    const aside = changed ? ` ${t("Here there was something else on the way ({what}): Reset starts over with what the link says.", { what: changed })}` : "";
    setAttributes(this.#place, { "data-tip": RULE + aside, "aria-label": changed ? t("Mark of the loss curve: {mark}, not by the link alone", { mark: hash }) : t("Mark of the loss curve: {mark}", { mark: hash }) });
  }
}
