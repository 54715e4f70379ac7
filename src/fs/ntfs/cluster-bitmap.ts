/** $Bitmap: one bit for each cluster, set when the cluster belongs to a file. */
import { Lru } from '../../base/lru.ts';
import { failAt } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { AttributeType, BITMAP_RECORD } from './layout.ts';
import type { Mft } from './mft.ts';
import { collect, openAttribute } from './node.ts';

const BLOCK = 4096;
const BLOCK_BITS = BLOCK * 8;
/** Blocks kept: 2 GiB of a volume with clusters of 4 KiB for each 64 KiB here. */
const KEPT_BLOCKS = 256;
const BITS_SET = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

export class ClusterBitmap {
  readonly #source: ByteSource;
  readonly #blocks = new Lru<number, Uint8Array>(KEPT_BLOCKS);
  /** Bits set in whole blocks, so that a run over the whole volume is not counted twice. */
  readonly #counts = new Map<number, number>();

  /** @throws FormatError when $Bitmap cannot be found */
  constructor(mft: Mft) {
    const source = openAttribute(mft, collect(mft, BITMAP_RECORD), AttributeType.data, '', '$Bitmap');
    if (source === null)
      failAt('MissingItem', mft.source, BITMAP_RECORD * mft.boot.recordSize, 'the $DATA of $Bitmap', 'none');
    this.#source = source;
  }

  #block(index: number): Uint8Array {
    const known = this.#blocks.get(index);
    if (known !== undefined) return known;
    const bytes = readBytes(this.#source, index * BLOCK, Math.min(BLOCK, this.#source.size - index * BLOCK));
    this.#blocks.set(index, bytes, 1);
    return bytes;
  }

  /** Clusters of a run that belong to a file now. @throws FormatError when that part of $Bitmap is not there */
  used(lcn: number, count: number): number {
    const end = lcn + count;
    if (end > this.#source.size * 8)
      failAt('InvalidOffset', this.#source, 0, `a bit of $Bitmap below ${this.#source.size * 8}`, end);
    let used = 0;
    for (let at = lcn; at < end; ) {
      const index = Math.floor(at / BLOCK_BITS);
      const stop = Math.min(end, (index + 1) * BLOCK_BITS);
      used += this.#usedIn(index, at - index * BLOCK_BITS, stop - index * BLOCK_BITS);
      at = stop;
    }
    return used;
  }

  #usedIn(index: number, from: number, to: number): number {
    const whole = from === 0 && to === BLOCK_BITS;
    const known = whole ? this.#counts.get(index) : undefined;
    if (known !== undefined) return known;
    const used = bitsSet(this.#block(index), from, to);
    if (whole) this.#counts.set(index, used);
    return used;
  }
}

/** Bits set from bit `from` to below bit `to`, which lie inside. */
function bitsSet(bytes: Uint8Array, from: number, to: number): number {
  const [first, last] = [from >> 3, (to - 1) >> 3];
  let set = 0;
  for (let i = first; i <= last; i++) {
    let byte = bytes[i]!;
    if (i === first) byte &= 0xff << (from & 7);
    if (i === last) byte &= 0xff >> (7 - ((to - 1) & 7));
    set += BITS_SET[byte]!;
  }
  return set;
}
