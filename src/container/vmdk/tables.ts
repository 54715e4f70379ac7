/** The grain directory and its tables, read when asked for; the redundant copy stands in where the first is damaged. */
import { Bytes } from '../../base/bytes.ts';
import { failAt } from '../../source/place.ts';
import type { ByteSource } from '../../source/types.ts';
import { TableCache } from '../table-cache.ts';
import { HOLE, type Layout, NOWHERE } from './layout.ts';

export interface Tables {
  readonly entries: number;
  /** Directory entries, or the whole directory, for which the copy is used, and grains for which it was used so far. */
  copies(): number;
  /** Byte offset of the table of a directory entry, HOLE or NOWHERE. */
  offsetOf(entry: number): number;
  /** Entry `index` of the table at `offset`, which belongs to directory entry `entry`. */
  grain(offset: number, entry: number, index: number): number;
  /** Offsets of tables, each once, with the first directory entry that leads to it: the first `most` of them. */
  distinct(most: number): ReadonlyMap<number, number>;
  /** Directory and tables as they stand on disk, tables up to `limit` bytes. */
  bytes(limit: number): Uint8Array;
}

/** The largest disks (62 TiB of seSparse, with tables of 16 MiB) have so many bytes of directory. */
const MAX_DIRECTORY = 32 << 20;

/** @throws FormatError InvalidOffset for a directory outside the file, UnsupportedSize for one that no disk needs */
export function readTables(source: ByteSource, layout: Layout): Tables {
  const { capacity, grainSize, perTable, entrySize, directoryAt, copyAt } = layout;
  const cache = new TableCache(source);
  const tableBytes = perTable * entrySize;
  const entries = Math.ceil(capacity / (grainSize * perTable));
  const length = entries * entrySize;
  if (length > MAX_DIRECTORY)
    failAt(
      'UnsupportedSize',
      source,
      layout.at,
      `a grain directory of at most ${MAX_DIRECTORY} bytes`,
      `${entries} entries of ${entrySize} bytes`,
    );
  const fits = (at: number): boolean => at > 0 && cache.fits(at, length);
  const main = [directoryAt, copyAt].find(fits);
  if (main === undefined)
    failAt(
      'InvalidOffset',
      source,
      layout.at,
      `a grain directory of ${entries} entries inside the file of ${source.size} bytes`,
      `a directory at ${directoryAt}`,
    );
  const reader = (directory: number) => {
    let held = { view: new Bytes(new Uint8Array(0), source.name), start: 0 };
    return (entry: number): number => {
      let at = entry * entrySize - held.start;
      if (at < 0 || at >= held.view.length) {
        held = cache.piece(directory, length, entry * entrySize);
        at = entry * entrySize - held.start;
      }
      const offset = layout.table(held.view, at);
      return offset === HOLE || (offset > 0 && cache.fits(offset, tableBytes)) ? offset : NOWHERE;
    };
  };
  const first = reader(main);
  const copy = main !== copyAt && fits(copyAt) ? reader(copyAt) : null;
  /** The copy's table where the first directory has none: both have the same entries. */
  const offsetOf = (entry: number): number => {
    const offset = first(entry);
    if (offset > 0 || copy === null) return offset;
    const other = copy(entry);
    return other > 0 ? other : offset;
  };
  const grainAt = (offset: number, index: number): number => {
    const grain = layout.grain(cache.at(offset, tableBytes), index * entrySize);
    return grain === NOWHERE || grain >= source.size ? NOWHERE : grain;
  };
  let rescued = 0;
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
    offsetOf,
    distinct,
    copies() {
      let count = rescued + (main === directoryAt ? 0 : 1);
      if (copy !== null) for (let entry = 0; entry < entries; entry++) if (first(entry) !== offsetOf(entry)) count++;
      return count;
    },
    grain(offset, entry, index) {
      const grain = grainAt(offset, index);
      if (grain !== NOWHERE || copy === null) return grain;
      const other = copy(entry);
      const found = other > 0 && other !== offset ? grainAt(other, index) : NOWHERE;
      if (found !== NOWHERE) rescued++;
      return found;
    },
    bytes(limit) {
      const offsets = [...distinct(Math.floor(limit / tableBytes)).keys()];
      const all = new Uint8Array(length + offsets.length * tableBytes);
      source.readInto(main, all.subarray(0, length));
      offsets.forEach((offset, i) => {
        source.readInto(offset, all.subarray(length + i * tableBytes, length + (i + 1) * tableBytes));
      });
      return all;
    },
  };
}
