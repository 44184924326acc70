// The race between chain and network: how small the error of the first observable has become after how many seconds of computing.

import type { Estimator } from "./bindings/Estimator";
import type { Observable } from "./bindings/Observable";
import type { Role } from "./bindings/Role";
import type { Seconds } from "./bindings/Seconds";
import type { View } from "./bindings/View";

/** Points nearer to the last one than this ratio add nothing to a logarithmic axis. */
const NEXT = 1.04;

/** One runner. */
class Track {
  #seconds: number[] = [];
  #errors: number[] = [];
  #count = 0;

  /** Adds a point; fewer measurements than before are a new start. */
  push(seconds: number, error: number | null, count: number): void {
    if (count < this.#count) this.clear();
    this.#count = count;
    if (error === null || !(error > 0) || !(seconds > 0)) return;
    if (seconds < NEXT * (this.#seconds.at(-1) ?? 0)) return;
    this.#seconds.push(seconds);
    this.#errors.push(error);
  }

  clear(): void {
    this.#seconds = [];
    this.#errors = [];
    this.#count = 0;
  }

  get last(): { seconds: number; error: number } | null {
    const [seconds, error] = [this.#seconds.at(-1), this.#errors.at(-1)];
    return seconds === undefined || error === undefined ? null : { seconds, error };
  }

  series(name: string, role: Role): View["series"] {
    if (this.#seconds.length === 0) return [];
    const [x, y] = [new Float32Array(this.#seconds), new Float32Array(this.#errors)];
    return [{ name, role, method: null, mark: x.length > 1 ? "line" : "dots", x, y, error: new Float32Array() }];
  }
}

/** What the runners have done in the session on the screen. */
export class Race {
  readonly #chain = new Track();
  readonly #network = new Track();
  readonly #trained = new Track();
  /** Seconds that had gone into pictures of the network before its samples counted, and of the chain before it was started anew. */
  #before = { sample: 0, chain: 0 };
  #measured = 0;

  clear(): void {
    for (const track of [this.#chain, this.#network, this.#trained]) track.clear();
    this.#before = { sample: 0, chain: 0 };
    this.#measured = 0;
  }

  /** Notes where everybody is. While it trains the network is not running yet. */
  push([observable]: readonly Observable[], seconds: Seconds, training: boolean): void {
    const of = (id: Estimator) => observable?.estimates.find((e) => e.estimator === id);
    const chain = of("chain");
    if ((chain?.count ?? 0) < this.#measured) this.#before.chain = seconds.chain;
    this.#measured = chain?.count ?? 0;
    if (chain) this.#chain.push(seconds.chain - this.#before.chain, chain.error, chain.count);
    if (training) this.#before.sample = seconds.sample;
    const network = of("reweighted");
    if (training || !network) return;
    const drawing = seconds.sample - this.#before.sample;
    this.#network.push(drawing, network.error, network.count);
    this.#trained.push(drawing + seconds.train, network.error, network.count);
  }

  /** The view with what the core, which has no clock, cannot know. */
  drawn(view: View): View {
    return {
      ...view,
      series: [
        ...this.#chain.series("chain", "chain"),
        ...this.#network.series("network, its samples alone", "corrected"),
        ...this.#trained.series("network, training too", "model"),
        ...this.#ahead(),
      ],
    };
  }

  /** Where the chain would be after as many seconds as the network has had: its error falls as one over the square root. */
  #ahead(): View["series"] {
    const [chain, network] = [this.#chain.last, this.#trained.last];
    if (!chain || !network || network.seconds <= chain.seconds) return [];
    const x = new Float32Array([chain.seconds, network.seconds]);
    const y = new Float32Array([chain.error, chain.error * Math.sqrt(chain.seconds / network.seconds)]);
    return [{ name: "chain, continued as 1/√t", role: "limit", method: null, mark: "line", x, y, error: new Float32Array() }];
  }
}
