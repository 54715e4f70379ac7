/** Rate and time left of a piece of work, smoothed so that the numbers can be read. */
import type { ProgressInfo } from '../api.ts';

/** Seconds over which the rate is averaged. */
const WINDOW = 2;

export class Meter {
  readonly #what: ProgressInfo['what'];
  readonly #now: () => number;
  readonly #start: number;
  #samples: { at: number; bytes: number }[] = [];

  constructor(what: ProgressInfo['what'], now: () => number) {
    this.#what = what;
    this.#now = now;
    this.#start = now();
  }

  /** @param bytes read from the file so far, for the rate */
  progress(done: number, total: number | null, bytes: number): ProgressInfo {
    const at = this.#now() / 1000;
    this.#samples.push({ at, bytes });
    while (this.#samples.length > 2 && this.#samples[1]!.at < at - WINDOW) this.#samples.shift();
    const first = this.#samples[0]!;
    const rate = at > first.at ? (bytes - first.bytes) / (at - first.at) : 0;
    const spent = at - this.#start / 1000;
    const secondsLeft = total === null || done <= 0 || done >= total ? null : (spent * (total - done)) / done;
    return { what: this.#what, done, total, rate, secondsLeft };
  }
}
