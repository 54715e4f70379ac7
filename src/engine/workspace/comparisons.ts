/** The comparison that the page looks at: read once, its differences kept as rows of the two tables and listed in windows. */
import { fail } from '../../base/errors.ts';
import type { Difference } from '../../index/compare.ts';
import type { Change, ComparedEntry, CompareReport } from '../api-compare.ts';
import { type Comparison, comparedEntry, compareMounts, type MountedTree, type ReadyTree } from '../compare-mounts.ts';

/** Differences that are kept; two unrelated disks have more, and nobody reads them. */
const MAX_LISTED = 500_000;
const MAX_ROWS = 2000;

interface Held {
  readonly comparison: Comparison;
  readonly differences: readonly Difference[];
}

export class Comparisons {
  #turn = 0;
  #progress: { done: number; total: number | null } | null = null;
  #held: Held | null = null;
  /** The list that was asked for last: paging through it filters once. */
  #list: { readonly key: string; readonly items: readonly Difference[] } | null = null;

  async compare(before: MountedTree | ReadyTree, after: MountedTree | ReadyTree): Promise<CompareReport> {
    const turn = ++this.#turn;
    this.#held = null;
    this.#list = null;
    this.#progress = { done: 0, total: null };
    try {
      const comparison = await compareMounts(before, after, {
        cancelled: () => turn !== this.#turn,
        progress: (done, total) => {
          if (turn === this.#turn) this.#progress = { done, total };
        },
      });
      const differences: Difference[] = [];
      for (const difference of comparison.differences())
        if (difference.change !== 'same' && differences.length < MAX_LISTED) differences.push(difference);
      if (turn === this.#turn) this.#held = { comparison, differences };
      const { totals, shared } = comparison;
      return { totals, shared, listed: differences.length };
    } finally {
      if (turn === this.#turn) this.#progress = null;
    }
  }

  progress(): { readonly done: number; readonly total: number | null } | null {
    return this.#progress;
  }

  rows(
    changes: readonly Change[],
    filter: string,
    from: number,
    count: number,
  ): { readonly count: number; readonly rows: readonly ComparedEntry[] } {
    const held = this.#held ?? fail('MissingItem', 'workspace', null, 'a comparison', 'none');
    const key = `${changes.join()}\n${filter}`;
    if (this.#list?.key !== key) {
      const text = filter.toLowerCase();
      const wanted = new Set(changes);
      const items = held.differences.filter(
        ({ change, path }) => wanted.has(change) && (text === '' || path.toLowerCase().includes(text)),
      );
      this.#list = { key, items };
    }
    const { items } = this.#list;
    const rows = items
      .slice(from, from + Math.min(count, MAX_ROWS))
      .map((item) => comparedEntry(held.comparison, item));
    return { count: items.length, rows };
  }

  /** Gives up what is being read and forgets what was. */
  end(): void {
    this.#turn++;
    this.#progress = null;
    this.#held = null;
    this.#list = null;
  }
}
