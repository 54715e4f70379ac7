/** Compares the allocation bitmap with the clusters that the files, the directories and the volume's own tables take. */
import type { Finding } from '../../base/findings.ts';
import type { Scan } from '../../base/scan.ts';
import { place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import type { Claims } from '../clusters.ts';

const BLOCK = 65_536;

export interface BitmapInput {
  /** The walk over everything, which fills `claims`. */
  readonly walk: Scan;
  readonly claims: Claims;
  readonly bitmap: ByteSource;
  readonly clusters: number;
  readonly report: (finding: Finding) => void;
}

export class BitmapCheck implements Scan {
  readonly total = null;
  readonly #input: BitmapInput;
  #walked = false;
  #at = 0;
  #used = 0;
  #firstUsed = -1;
  #lost = 0;

  constructor(input: BitmapInput) {
    this.#input = input;
  }

  get done(): number {
    return this.#input.walk.done;
  }

  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    if (!this.#walked) {
      this.#walked = this.#input.walk.step(budgetMs);
      return false;
    }
    const bytes = Math.min(this.#input.bitmap.size, Math.ceil(this.#input.clusters / 8));
    while (this.#at < bytes) {
      this.#compare(readBytes(this.#input.bitmap, this.#at, Math.min(BLOCK, bytes - this.#at)));
      if (performance.now() >= end) break;
    }
    if (this.#at < bytes) return false;
    this.#tell();
    return true;
  }

  #compare(block: Uint8Array): void {
    const { claims, clusters } = this.#input;
    const last = Math.min(clusters, (this.#at + block.length) * 8);
    for (let n = this.#at * 8; n < last; n++) {
      const marked = (block[(n >> 3) - this.#at]! & (1 << (n & 7))) !== 0;
      if (marked === claims.has(n + 2)) continue;
      if (marked) this.#lost++;
      else {
        if (this.#used === 0) this.#firstUsed = n;
        this.#used++;
      }
    }
    this.#at += block.length;
  }

  #tell(): void {
    const { bitmap, report } = this.#input;
    if (this.#used > 0)
      report({
        code: 'exfatBitmapFree',
        severity: 'error',
        where: place(bitmap, this.#firstUsed >> 3),
        message: 'Clusters of files are marked free: what is written next may overwrite them.',
        facts: { what: 'allocation bitmap', expected: 'in use', actual: 'free', clusters: this.#used },
      });
    if (this.#lost > 0)
      report({
        code: 'exfatBitmapLost',
        severity: 'info',
        where: place(bitmap, 0),
        message: 'Clusters are marked in use that no file has.',
        facts: { what: 'allocation bitmap', expected: 'free', actual: 'in use', clusters: this.#lost },
      });
  }
}
