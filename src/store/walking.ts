/** Folders that are being walked: how far it is, and the way to stop it. A share with a hundred thousand files takes its time. */
import { type ReadonlySignal, signal } from '@preact/signals';

export interface WalkingState {
  /** Of the folder. */
  readonly name: string;
  /** Entries that were found, or of which the files were asked for. */
  readonly done: number;
  /** Null while nobody knows how many there are. */
  readonly total: number | null;
}

/** Goes along with a walk. */
export interface Watch {
  readonly stop: AbortSignal;
  step(name: string, done: number, total: number | null): void;
}

export interface Walking {
  /** Null as long as it is quick. */
  readonly state: ReadonlySignal<WalkingState | null>;
  /**
   * Calls `work` at once, then `done` with what it gave, unless the walk was stopped meanwhile.
   * @throws what either of them throws, but nothing of a walk that was stopped
   */
  run<T>(work: (watch: Watch) => Promise<T>, done: (taken: T) => Promise<void> | void): Promise<void>;
  /** Stops all walks. What was found is let go. */
  cancel(): void;
}

/** A walk that takes no longer is not told; one that does is told anew as often. */
const LOOK_MS = 150;

export function createWalking(): Walking {
  const state = signal<WalkingState | null>(null);
  const running = new Set<AbortController>();
  return {
    state,
    async run(work, done) {
      const controller = new AbortController();
      running.add(controller);
      const stop = controller.signal;
      let now: WalkingState | null = null;
      const timer = setInterval(() => {
        if (now !== null && !stop.aborted) state.value = now;
      }, LOOK_MS);
      const end = () => {
        clearInterval(timer);
        running.delete(controller);
        if (running.size === 0) state.value = null;
      };
      stop.addEventListener('abort', end);
      const watch: Watch = {
        stop,
        step(name, count, total) {
          now = { name, done: count, total };
        },
      };
      try {
        const taken = await work(watch);
        end();
        if (!stop.aborted) await done(taken);
      } catch (error) {
        end();
        if (!stop.aborted) throw error;
      }
    },
    cancel() {
      for (const controller of [...running]) controller.abort();
    },
  };
}
