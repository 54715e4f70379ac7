/**
 * Sector bitmaps of differencing disks: one bit a sector of a block, 1 where the child holds the sector itself.
 * VHD counts from the high bit of each byte, VHDX from the low one.
 */
import { Lru } from '../base/lru.ts';
import { readBytes } from '../source/read.ts';
import type { ByteSource } from '../source/types.ts';
import { attempt, isSound } from './attempt.ts';

/** Bytes of bitmaps kept: 512 bytes a block of 2 MiB, so 16 GiB of a usual disk. */
const BUDGET = 4 << 20;
/** Bytes looked at for one run; a longer one comes in pieces, so that a small read does not pay for a large block. */
const MAX_SCAN = 4096;

export interface SectorRun {
  readonly present: boolean;
  /** Sectors, at least 1. */
  readonly count: number;
}

export class SectorBitmaps {
  readonly #file: ByteSource;
  readonly #highBitFirst: boolean;
  readonly #held = new Lru<number, Uint8Array | null>(BUDGET);

  constructor(file: ByteSource, order: 'high bit first' | 'low bit first') {
    this.#file = file;
    this.#highBitFirst = order === 'high bit first';
  }

  /**
   * The sectors from `first` on that are alike.
   * @param at where the block's bitmap of `length` bytes stands in the file
   * @returns null when the bitmap is not there to be read
   */
  run(at: number, length: number, first: number): SectorRun | null {
    const bitmap = this.#bitmap(at, length);
    if (bitmap === null || first >= length * 8) return null;
    const flip = this.#highBitFirst ? 7 : 0;
    const bit = (sector: number): number => (bitmap[sector >> 3]! >> ((sector & 7) ^ flip)) & 1;
    const wanted = bit(first);
    const whole = wanted === 1 ? 0xff : 0;
    const end = Math.min(length * 8, (first & ~7) + MAX_SCAN * 8);
    let next = first + 1;
    while (next < end) {
      if ((next & 7) === 0 && bitmap[next >> 3] === whole) next += 8;
      else if (bit(next) === wanted) next++;
      else break;
    }
    return { present: wanted === 1, count: Math.min(next, end) - first };
  }

  #bitmap(at: number, length: number): Uint8Array | null {
    const hit = this.#held.get(at);
    if (hit !== undefined) return hit;
    const read = attempt(() => readBytes(this.#file, at, length));
    const bitmap = isSound(read) ? read : null;
    this.#held.set(at, bitmap, length);
    return bitmap;
  }
}
