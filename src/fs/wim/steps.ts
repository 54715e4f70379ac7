/** A generator as a Scan: it yields whenever it may be paused, and WAIT when it must be. */
import type { Scan } from '../../base/scan.ts';

export interface Progress {
  done: number;
  total: number | null;
}

/** Yielded where nothing can be done before the event loop has turned. */
export const WAIT = 'wait';

export class GeneratorScan implements Scan {
  readonly #work: Generator<unknown>;
  readonly #progress: Progress;
  #finished = false;

  /** @param progress kept up to date by the generator */
  constructor(work: Generator<unknown>, progress: Progress) {
    this.#work = work;
    this.#progress = progress;
  }

  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    while (!this.#finished) {
      const { done, value } = this.#work.next();
      this.#finished = done === true;
      if (value === WAIT || performance.now() >= end) break;
    }
    return this.#finished;
  }

  get done(): number {
    return this.#progress.done;
  }

  get total(): number | null {
    return this.#progress.total;
  }
}

/** Runs a generator to its end. */
export function finish<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}
