/** What a reader saw and went past: collected, never thrown. Plain data, so that it crosses threads and JSON as it is. */
import type { Where } from './errors.ts';

export type Severity = 'error' | 'warning' | 'info';

/** A value that may stand in facts: 64-bit integers are strings, times are ISO strings. */
export type Fact = string | number | boolean | null | readonly Fact[] | { readonly [key: string]: Fact };
export type Facts = { readonly [key: string]: Fact };

export interface Finding {
  /** camelCase, stable, e.g. `vhdFooterChecksum`; the user sees a sentence looked up (or made) from it. */
  readonly code: string;
  readonly severity: Severity;
  readonly where: Where;
  /** One plain English sentence without the place; the page may translate by `code`. */
  readonly message: string;
  readonly facts?: Facts;
}

/** Collects findings up to a bound, so that a hostile image cannot fill memory with complaints. */
export class FindingList {
  readonly items: Finding[] = [];
  /** How many were dropped because the list was full. */
  dropped = 0;
  readonly #limit: number;

  constructor(limit = 1000) {
    this.#limit = limit;
  }

  add(finding: Finding): void {
    if (this.items.length < this.#limit) this.items.push(finding);
    else this.dropped++;
  }
}
