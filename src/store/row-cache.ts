/** Rows of one view and generation, kept in blocks, so that scrolling asks for few and large pieces. Pure. */

export const BLOCK = 128;

export class RowCache<Row> {
  readonly #blocks = new Map<number, readonly Row[]>();
  readonly #asked = new Set<number>();
  readonly #limit: number;

  /** `limit`: blocks kept; the ones longest unused go first. */
  constructor(limit = 64) {
    this.#limit = limit;
  }

  get(index: number): Row | null {
    return this.#blocks.get(Math.floor(index / BLOCK))?.[index % BLOCK] ?? null;
  }

  /** Block numbers that cover rows `from` to `to` (exclusive) and are neither here nor asked for; marks them as asked. */
  want(from: number, to: number): number[] {
    const wanted: number[] = [];
    for (let block = Math.floor(Math.max(0, from) / BLOCK); block * BLOCK < to; block++) {
      const rows = this.#blocks.get(block);
      if (rows !== undefined) {
        // re-inserted, so that the order of the map is the order of use
        this.#blocks.delete(block);
        this.#blocks.set(block, rows);
      } else if (!this.#asked.has(block)) {
        this.#asked.add(block);
        wanted.push(block);
      }
    }
    return wanted;
  }

  put(block: number, rows: readonly Row[]): void {
    this.#asked.delete(block);
    this.#blocks.delete(block);
    this.#blocks.set(block, rows);
    for (const old of this.#blocks.keys()) {
      if (this.#blocks.size <= this.#limit) break;
      this.#blocks.delete(old);
    }
  }

  /** A request that failed may be asked again. */
  forget(block: number): void {
    this.#asked.delete(block);
  }

  /** First loaded row for which `test` holds, with its index; null when it is not loaded. */
  find(test: (row: Row) => boolean): { index: number; row: Row } | null {
    for (const [block, rows] of this.#blocks) {
      const at = rows.findIndex(test);
      if (at >= 0) return { index: block * BLOCK + at, row: rows[at]! };
    }
    return null;
  }
}
