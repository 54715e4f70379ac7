/** The L1 table of one state of the disk and the L2 tables it leads to; nothing is read before it is asked for. */
import { Bytes } from '../../base/bytes.ts';
import { failAt } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import type { TableCache } from '../table-cache.ts';

/** What qemu allows. */
const MAX_L1 = 32 << 20;

/** The active disk, or an internal snapshot of it. */
export interface State {
  readonly l1TableOffset: number;
  readonly l1Size: number;
  /** Bytes of the disk. */
  readonly size: number;
  /** Where in the file the state says so, for errors. */
  readonly at: number;
}

export interface Tables {
  /** L1 entries that are there and needed; what lies behind them is missing. */
  readonly entries: number;
  readonly needed: number;
  /** Offset of the L2 table of an L1 entry: 0 when nothing below it is stored, -1 when it is not in the file. */
  offsetOf(entry: number): number;
  /** The L2 table at an offset that `offsetOf` gave. */
  at(offset: number): Bytes;
  /** Offsets of L2 tables, each once, with the first L1 entry that leads to it: the first `most` of them. */
  distinct(most: number): ReadonlyMap<number, number>;
  /** The L1 table as it stands on disk, and behind it L2 tables up to `limit` bytes. */
  bytes(limit: number): Uint8Array;
}

/** Bits 9 to 55 of an entry: an offset in bytes. */
export function entryOffset(high: number, low: number): number {
  return (high & 0x00ff_ffff) * 2 ** 32 + ((low & 0xffff_fe00) >>> 0);
}

/**
 * @param perTable entries of an L2 table
 * @throws FormatError InvalidOffset for an L1 table outside the file, UnsupportedSize for one that is too large
 */
export function readTables(
  source: ByteSource,
  cache: TableCache,
  { l1TableOffset, l1Size, size, at }: State,
  clusterSize: number,
  perTable: number,
): Tables {
  const needed = Math.ceil(size / (clusterSize * perTable));
  const entries = Math.min(needed, l1Size);
  const length = entries * 8;
  if (length > MAX_L1) failAt('UnsupportedSize', source, at, `an L1 table of at most ${MAX_L1} bytes`, length);
  if (!cache.fits(l1TableOffset, length))
    failAt(
      'InvalidOffset',
      source,
      at,
      `an L1 table of ${entries} entries inside the file of ${source.size} bytes`,
      `a table at ${l1TableOffset}`,
    );

  let held = { view: new Bytes(new Uint8Array(0), source.name), start: 0 };
  const offsetOf = (entry: number): number => {
    if (entry >= entries) return -1;
    let at = entry * 8 - held.start;
    if (at < 0 || at >= held.view.length) {
      held = cache.piece(l1TableOffset, length, entry * 8);
      at = entry * 8 - held.start;
    }
    const { view } = held;
    const offset = entryOffset(view.u32be(at), view.u32be(at + 4));
    return offset === 0 || (offset % clusterSize === 0 && cache.fits(offset, clusterSize)) ? offset : -1;
  };
  const distinct = (most: number): Map<number, number> => {
    const found = new Map<number, number>();
    for (let entry = 0; entry < entries && found.size < most; entry++) {
      const offset = offsetOf(entry);
      if (offset > 0 && !found.has(offset)) found.set(offset, entry);
    }
    return found;
  };
  return {
    entries,
    needed,
    offsetOf,
    at: (offset) => cache.at(offset, clusterSize),
    distinct,
    bytes(limit) {
      const offsets = [...distinct(Math.floor(limit / clusterSize)).keys()];
      const all = new Uint8Array(length + offsets.length * clusterSize);
      all.set(readBytes(source, l1TableOffset, length));
      offsets.forEach((offset, i) => {
        source.readInto(offset, all.subarray(length + i * clusterSize, length + (i + 1) * clusterSize));
      });
      return all;
    },
  };
}
