/**
 * A call to the workspace that takes long, one at a time: its progress is looked at beside it, and its answer counts only
 * while nothing newer was asked and nobody gave it up.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { ErrorData } from '../base/errors.ts';
import { toErrorData } from './notices.ts';

const LOOK_MS = 200;

export interface LongCall<Progress> {
  /** Null while nothing is asked. */
  readonly progress: ReadonlySignal<Progress | null>;
  /** Why the last call failed. */
  readonly error: ReadonlySignal<ErrorData | null>;
  /** @param start what is shown as progress until some is known. @param take gets the answer, `failed` is called without one */
  run<T>(start: Progress, call: () => Promise<T>, take: (answer: T) => void, failed?: () => void): Promise<void>;
  /** Whatever is asked is waited for no more; what was wrong before is forgotten. */
  end(): void;
}

/** @param look asks for the progress; null when there is none to tell */
export function createLongCall<Progress>(look: () => Promise<Progress | null>): LongCall<Progress> {
  const progress = signal<Progress | null>(null);
  const error = signal<ErrorData | null>(null);
  let turn = 0;
  return {
    progress,
    error,
    async run(start, call, take, failed) {
      const mine = ++turn;
      error.value = null;
      progress.value = start;
      const timer = setInterval(() => {
        look().then(
          (now) => {
            if (mine === turn && now !== null) progress.value = now;
          },
          () => {}, // the call itself tells what is wrong
        );
      }, LOOK_MS);
      try {
        const answer = await call();
        if (mine === turn) take(answer);
      } catch (reason) {
        if (mine !== turn) return;
        failed?.();
        error.value = toErrorData(reason);
      } finally {
        clearInterval(timer);
        if (mine === turn) progress.value = null;
      }
    },
    end() {
      turn++;
      error.value = null;
      progress.value = null;
    },
  };
}
