/** Compares the tables of a volume: they are copies of each other. */
import type { Finding } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import { checkRange, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import type { Boot } from './boot.ts';

const BLOCK = 65_536;

export class MirrorCheck implements Scan {
  done = 0;
  readonly total: number;
  readonly #source: ByteSource;
  readonly #boot: Boot;
  readonly #report: (finding: Finding) => void;
  readonly #told = new Set<number>();

  constructor(source: ByteSource, boot: Boot, report: (finding: Finding) => void) {
    this.#source = source;
    this.#boot = boot;
    this.#report = report;
    this.total = boot.fatLength;
    checkRange(source, boot.fatOffset, boot.fatLength * boot.numFats);
  }

  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    while (this.done < this.total) {
      this.#compare(this.done, Math.min(BLOCK, this.total - this.done));
      this.done = Math.min(this.total, this.done + BLOCK);
      if (performance.now() >= end) break;
    }
    return this.done >= this.total;
  }

  #compare(at: number, length: number): void {
    const { fatOffset, fatLength, numFats } = this.#boot;
    const first = readBytes(this.#source, fatOffset + at, length);
    for (let copy = 1; copy < numFats; copy++) {
      if (this.#told.has(copy)) continue;
      const start = fatOffset + copy * fatLength + at;
      const other = readBytes(this.#source, start, length);
      const differs = first.findIndex((byte, i) => byte !== other[i]);
      if (differs < 0) continue;
      this.#told.add(copy);
      this.#report({
        code: 'fatTablesDiffer',
        severity: 'warning',
        where: place(this.#source, start + differs),
        message: 'A copy of the file allocation table differs from the first, which is used.',
        facts: { what: `table ${copy}`, expected: first[differs]!, actual: other[differs]! },
      });
    }
  }
}
