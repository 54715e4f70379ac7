/** Two points of a chain of disks, compared block by block. */
import { type CompareOptions, Comparison, type Difference } from '../source/compare.ts';
import type { DiskDifferences } from './api-compare.ts';
import type { ImageFiles } from './image-files.ts';

/** Ranges that are handed out; what differs beyond them is counted. */
const MAX_TOLD = 100_000;

/** A comparison of two points, stepped by whoever looks at it. */
export class NodeComparison {
  readonly #comparison: Comparison;
  readonly #bytes = { differs: 0, unknown: 0, onlyFirst: 0, onlySecond: 0 };
  #news: Difference[] = [];
  #ranges = 0;

  /** @throws FormatError when one of them is not here */
  constructor(files: ImageFiles, first: string | null, second: string | null, options: CompareOptions = {}) {
    const take = (difference: Difference) => {
      this.#bytes[difference.kind] += difference.length;
      if (this.#ranges++ < MAX_TOLD) this.#news.push(difference);
    };
    const shared = files.ownNames;
    this.#comparison = new Comparison(files.node(first), files.node(second), take, { ...options, shared });
  }

  step(budgetMs: number): DiskDifferences {
    const finished = this.#comparison.step(budgetMs);
    const { done, total, compared, full } = this.#comparison;
    const news = this.#news;
    this.#news = [];
    return { news, ranges: this.#ranges, bytes: { ...this.#bytes }, done, total, compared, full, finished };
  }
}
