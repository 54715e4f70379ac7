/** Path of the row that a walk is at, as bytes: the part that neighbours share is written once. */

import { putAscii, putUnits, type Style, UNIT_BYTES } from '../base/text-bytes.ts';
import { toUnits } from '../base/utf16.ts';
import type { PooledTree, SortedWalk } from './order.ts';

export class PathBytes {
  /** The path is its first `length` bytes. */
  bytes: Uint8Array;
  length: number;
  readonly #style: Style;
  readonly #tree: PooledTree;
  /** Where the path of each depth ends. */
  readonly #ends: number[];

  /** @param base path of the row at depth 0 */
  constructor(tree: PooledTree, base: string, style: Style) {
    const units = toUnits(base);
    this.bytes = new Uint8Array(1024 + units.length * UNIT_BYTES);
    this.length = putUnits(this.bytes, 0, units, 0, units.length, style);
    this.#tree = tree;
    this.#style = style;
    this.#ends = [this.length];
  }

  /** The path becomes that of the row where `walk` is. */
  follow({ row, depth }: SortedWalk): void {
    if (depth === 0) return;
    const { names, nameOffset, nameLength } = this.#tree.data;
    const units = nameLength[row]!;
    let at = this.#ends[depth - 1]!;
    const room = at + 2 + units * UNIT_BYTES;
    if (room > this.bytes.length) {
      const longer = new Uint8Array(room * 2);
      longer.set(this.bytes);
      this.bytes = longer;
    }
    if (depth > 1 || at > 0) at = putAscii(this.bytes, at, this.#style.separator);
    at = putUnits(this.bytes, at, names, nameOffset[row]!, nameOffset[row]! + units, this.#style);
    this.#ends[depth] = at;
    this.length = at;
  }
}
