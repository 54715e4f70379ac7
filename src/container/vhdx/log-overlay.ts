/** What the entries of a VHDX log do to the file, kept as an overlay of 4 KiB sectors: the file itself is never written. */
import type { Bytes } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { MemorySource } from '../../source/memory.ts';
import { emptyRun, MappedSource, type Run, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import type { Entry } from './log.ts';

const SECTOR = 4096;
const ENTRY_HEADER = 64;
const DESCRIPTOR = 32;
/** Sectors of zeros: 4 GiB, far above what table updates need. */
const MAX_ZERO_SECTORS = 1 << 20;
/** No file offset is beyond a disk of 64 TiB with its tables. */
const MAX_FILE = 2 ** 47;

/** By file offset: a sector from the log, or null for one of zeros. */
export type Sectors = Map<number, ByteSource | null>;

/**
 * Adds the sectors of one entry; what is there already is older and is replaced.
 * @param bytes the whole entry, unrolled from the ring
 * @param placeOf where a byte of the entry stands in the file
 * @throws FormatError InvalidData when a descriptor or data sector of a whole entry is not what it must be
 */
export function applyEntry(entry: Entry, bytes: Bytes, placeOf: (at: number) => number, sectors: Sectors): void {
  const bad = (at: number, expected: string): never =>
    fail('InvalidData', bytes.source, placeOf(at), expected, 'something else in an entry whose checksum is right');
  let data = Math.ceil((ENTRY_HEADER + entry.descriptors * DESCRIPTOR) / SECTOR) * SECTOR;
  for (let i = 0; i < entry.descriptors; i++) {
    const at = ENTRY_HEADER + i * DESCRIPTOR;
    const kind = bytes.ascii(at, 4);
    const target = bytes.size64(at + 16, 'a file offset');
    if (target % SECTOR !== 0 || target > MAX_FILE || bytes.u64(at + 24) !== entry.sequence)
      bad(at, 'a descriptor of this entry');
    if (kind === 'zero') {
      const length = bytes.size64(at + 8, 'a length');
      if (length % SECTOR !== 0 || length / SECTOR > MAX_ZERO_SECTORS - sectors.size)
        bad(at + 8, `at most ${MAX_ZERO_SECTORS} sectors of zeros`);
      for (let offset = target; offset < target + length; offset += SECTOR) sectors.set(offset, null);
    } else if (kind === 'desc') {
      sectors.set(target, dataSector(entry, bytes, at, data, placeOf, bad));
      data += SECTOR;
    } else bad(at, 'a zero or data descriptor');
  }
}

/** The data sector with the bytes put back that its own signature and sequence number stand on. */
function dataSector(
  entry: Entry,
  bytes: Bytes,
  descriptor: number,
  data: number,
  placeOf: (at: number) => number,
  bad: (at: number, expected: string) => never,
): ByteSource {
  const sequence = (BigInt(bytes.u32(data + 4)) << 32n) | BigInt(bytes.u32(data + SECTOR - 4));
  if (bytes.ascii(data, 4) !== 'data' || sequence !== entry.sequence) bad(data, 'a data sector of this entry');
  const sector = bytes.slice(data, SECTOR).slice();
  sector.set(bytes.slice(descriptor + 8, 8));
  sector.set(bytes.slice(descriptor + 4, 4), SECTOR - 4);
  return new MemorySource(bytes.source, sector, { file: bytes.source, offset: placeOf(data), length: SECTOR });
}

/**
 * `file` with some sectors replaced, grown to the head's LastFileOffset. FlushedFileOffset is what the writer knew to be
 * on disk: a file that ends before it was cut off, so what lies between is missing; what lies behind it is zeros.
 */
export function overlay(file: ByteSource, head: Entry, sectors: Sectors): ByteSource {
  const changed = Float64Array.from(sectors.keys()).sort();
  const end = Math.max(file.size, head.lastFileOffset, head.flushedFileOffset, (changed.at(-1) ?? -SECTOR) + SECTOR);
  const map = (offset: number): Run => {
    const start = offset - (offset % SECTOR);
    const sector = sectors.get(start);
    if (sector !== undefined)
      return sector === null ? emptyRun('zero', start, SECTOR) : storedRun(start, SECTOR, sector, 0);
    const next = changed[upperBound(changed, offset)] ?? end;
    if (offset < file.size) return storedRun(offset, Math.min(next, file.size) - offset, file, offset);
    if (offset < head.flushedFileOffset)
      return emptyRun('missing', offset, Math.min(next, head.flushedFileOffset) - offset);
    return emptyRun('zero', offset, next - offset);
  };
  return new MappedSource(file.name, end, map, 'the end of the file');
}

/** Index of the first value above `value`. */
function upperBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
