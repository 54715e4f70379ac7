/** Who is told of the workspace: at once when it has changed, some ten times a second while things are read. */
import type { Listener, WorkspaceState } from '../api.ts';

/** State goes out at most this often while things are read. */
const EMIT_MS = 100;

export class Listeners {
  readonly #state: () => WorkspaceState;
  readonly #all: Listener[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param state made only when somebody listens */
  constructor(state: () => WorkspaceState) {
    this.#state = state;
  }

  add(listener: Listener): void {
    this.#all.push(listener);
    listener(this.#state());
  }

  emit(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#all.length === 0) return;
    const state = this.#state();
    for (const listener of this.#all) listener(state);
  }

  emitSoon(): void {
    if (this.#all.length === 0) return;
    this.#timer ??= setTimeout(() => this.emit(), EMIT_MS);
  }
}
