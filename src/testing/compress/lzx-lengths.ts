/** How LZX writes the code lengths of one part of a code: differences modulo 17 from the last block's, and runs. */
import type { BitWriter } from './bit-writer.ts';
import { makeCode } from './huffman.ts';

const PRE_SYMBOLS = 20;
const MAX_PRE_LENGTH = 15;
const SHORT_ZEROS = 17;
const LONG_ZEROS = 18;
const SAME = 19;

interface Item {
  readonly symbol: number;
  readonly extra: number;
  readonly extraBits: number;
  /** For SAME: the difference that follows, -1 otherwise. */
  readonly follower: number;
}

/** Writes `lengths` after a pre-code of its own. @param last lengths of the block before; takes the new ones */
export function writeLengths(writer: BitWriter, last: Uint8Array, lengths: Uint8Array): void {
  const items: Item[] = [];
  for (let i = 0; i < lengths.length; ) {
    const length = lengths[i]!;
    let run = 1;
    while (i + run < lengths.length && lengths[i + run] === length) run++;
    const difference = (last[i]! - length + 17) % 17;
    if (length === 0 && run >= 20) {
      run = Math.min(run, 51);
      items.push({ symbol: LONG_ZEROS, extra: run - 20, extraBits: 5, follower: -1 });
    } else if (length === 0 && run >= 4) {
      items.push({ symbol: SHORT_ZEROS, extra: run - 4, extraBits: 4, follower: -1 });
    } else if (run >= 4) {
      run = Math.min(run, 5);
      items.push({ symbol: SAME, extra: run - 4, extraBits: 1, follower: difference });
    } else {
      run = 1;
      items.push({ symbol: difference, extra: 0, extraBits: 0, follower: -1 });
    }
    i += run;
  }
  const counts = new Uint32Array(PRE_SYMBOLS);
  for (const item of items) {
    counts[item.symbol]!++;
    if (item.follower >= 0) counts[item.follower]!++;
  }
  const code = makeCode(counts, MAX_PRE_LENGTH);
  for (const length of code.lengths) writer.bits(length, 4);
  for (const item of items) {
    writer.bits(code.codes[item.symbol]!, code.lengths[item.symbol]!);
    writer.bits(item.extra, item.extraBits);
    if (item.follower >= 0) writer.bits(code.codes[item.follower]!, code.lengths[item.follower]!);
  }
  last.set(lengths);
}
