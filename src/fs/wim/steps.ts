/** A generator as a Scan: it yields whenever it may be paused, and 'wait' when it must be: for what the event loop brings. */
import type { Scan } from '../../base/scan.ts';

export interface Progress {
  done: number;
  total: number | null;
}

export type Pause = 'wait' | void;

export class GeneratorScan implements Scan {
  readonly #work: Generator<Pause>;
  readonly #progress: Progress;
  #finished = false;

  /** @param progress kept up to date by the generator */
  constructor(work: Generator<Pause>, progress: Progress) {
    this.#work = work;
    this.#progress = progress;
  }

  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    while (!this.#finished) {
      const { done, value } = this.#work.next();
      this.#finished = done === true;
      if (value === 'wait' || performance.now() >= end) break;
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
