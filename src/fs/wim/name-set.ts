/** The names of one directory at a time: finds impossible names, and names that occur twice (equal unit by unit). */
import { DENTRY_SIZE, type Metadata } from './dentry.ts';

const DOT = 0x2e;
const SLASH = 0x2f;

export class NameSet {
  readonly #metadata: Metadata;
  /** Row + 1. Rows only grow, so a slot of an earlier directory (below `#first`) counts as empty: nothing is cleared. */
  #slots = new Int32Array(1024);
  #first = 0;
  /** Drawn anew each time, so that no file can be made whose names all meet in one slot. */
  readonly #seed = Math.floor(Math.random() * 0x1_0000_0000);

  constructor(metadata: Metadata) {
    this.#metadata = metadata;
  }

  /** A new directory, whose rows start at `first`. */
  begin(first: number): void {
    this.#first = first;
  }

  /**
   * Checks the name of the entry at `at` and, when it is good, notes it as row `row`.
   * @param offsets places of the rows so far
   */
  check(at: number, offsets: Uint32Array, row: number): 'invalid' | 'duplicate' | null {
    const { u16 } = this.#metadata;
    const start = (at + DENTRY_SIZE) >> 1;
    const length = this.#metadata.nameBytes(at) >> 1;
    if (length === 0 || (u16[start] === DOT && (length === 1 || (length === 2 && u16[start + 1] === DOT))))
      return 'invalid';
    let hash = this.#seed;
    for (let i = start; i < start + length; i++) {
      const unit = u16[i]!;
      if (unit === 0 || unit === SLASH) return 'invalid';
      hash = Math.imul(hash ^ unit, 0x01000193);
      hash ^= hash >>> 13;
    }
    if ((row - this.#first) * 2 >= this.#slots.length) this.#grow(offsets, row);
    const slot = this.#slot(hash, at, offsets);
    if (this.#slots[slot]! > this.#first) return 'duplicate';
    this.#slots[slot] = row + 1;
    return null;
  }

  #slot(hash: number, at: number, offsets: Uint32Array): number {
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 16)) & mask;
    for (; this.#slots[slot]! > this.#first; slot = (slot + 1) & mask)
      if (this.#sameName(at, offsets[this.#slots[slot]! - 1]!)) break;
    return slot;
  }

  #sameName(a: number, b: number): boolean {
    const { u16 } = this.#metadata;
    const bytes = this.#metadata.nameBytes(a);
    if (bytes !== this.#metadata.nameBytes(b)) return false;
    const x = (a + DENTRY_SIZE) >> 1;
    const y = (b + DENTRY_SIZE) >> 1;
    for (let i = 0; i < bytes >> 1; i++) if (u16[x + i] !== u16[y + i]) return false;
    return true;
  }

  #grow(offsets: Uint32Array, rows: number): void {
    const first = this.#first;
    this.#slots = new Int32Array(this.#slots.length * 4);
    for (let row = first; row < rows; row++) this.check(offsets[row]!, offsets, row);
  }
}
