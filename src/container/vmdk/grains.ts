/**
 * Grain directory and grain tables of a sparse extent as a lazy map from the virtual disk to the file.
 *
 *     directory   u32 a grain table: its sector, 0 where nothing below it is stored
 *     table       u32 a grain: its sector, 0 not stored, 1 zeros (when the header says so)
 *     grain       its bytes; compressed: u64 sector of the disk, u32 size, a zlib stream
 */
import type { FindingList } from '../../base/findings.ts';
import type { Codecs } from '../../codec/types.ts';
import { place } from '../../source/place.ts';
import { readBytes, readView } from '../../source/read.ts';
import { emptyRun, type Run, type RunMapper, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { DecodedPieces } from '../decoded.ts';
import { countOverlaps } from '../overlap.ts';
import { SECTOR, type SparseHeader } from './header.ts';
import { readTables, type Tables } from './tables.ts';

const MARKER_SIZE = 12;
/** Largest compressed grain the decoder takes. */
const MAX_STORED = 2 << 20;

export interface GrainMap {
  readonly map: RunMapper;
  readonly tables: Tables;
  readonly allocated: number;
}

/** @throws FormatError InvalidOffset for a directory outside the file, UnsupportedSize for tables too large to hold */
export function readGrains(source: ByteSource, header: SparseHeader, codecs: Codecs, findings: FindingList): GrainMap {
  const { capacity, grainSize } = header;
  const tables = readTables(source, header, findings);
  const pieces = new DecodedPieces(source, decoder(source, header, codecs));

  /** Sector of a grain: 0 not stored, -1 when its table is not in the file. */
  const entryOf = (grain: number): number => {
    const table = tables.of(Math.floor(grain / header.numGTEsPerGT));
    if (table === 'zero') return 0;
    return table === 'missing' ? -1 : table.u32((grain % header.numGTEsPerGT) * 4);
  };
  const isZero = (entry: number): boolean => entry === 0 || (entry === 1 && header.zeroedGrains);

  const map = (offset: number): Run => {
    const grain = Math.floor(offset / grainSize);
    const start = grain * grainSize;
    const length = Math.min(grainSize, capacity - start);
    const entry = entryOf(grain);
    if (isZero(entry)) return emptyRun('zero', start, length);
    const at = entry * SECTOR;
    if (entry < 0 || at >= source.size) return emptyRun('missing', start, length);
    if (header.compressed) {
      const stored = storedLength(source, header, at, start);
      if (stored === null) return emptyRun('missing', start, length);
      return storedRun(start, length, pieces.piece(at, stored, length), 0);
    }
    const here = Math.min(length, source.size - at);
    if (offset < start + here) return storedRun(start, here, source, at);
    return emptyRun('missing', start + here, length - here);
  };
  const allocated = checkGrains(source, header, entryOf, isZero, findings);
  return { map, tables, allocated };
}

/** Bytes of a compressed grain with its marker, null when there is none of this place of the disk. */
function storedLength(source: ByteSource, header: SparseHeader, at: number, start: number): number | null {
  if (!header.markers) return Math.min(source.size - at, header.grainSize * 2, MAX_STORED);
  if (source.size - at < MARKER_SIZE) return null;
  const marker = readView(source, at, MARKER_SIZE);
  const size = marker.u32(8);
  if (marker.u64(0) !== BigInt(start / SECTOR) || size === 0) return null;
  return size > MAX_STORED || size > source.size - at - MARKER_SIZE ? null : MARKER_SIZE + size;
}

function decoder(source: ByteSource, header: SparseHeader, codecs: Codecs) {
  if (!header.compressed) return () => new Uint8Array(0);
  const zlib = codecs.inflate(header.grainSize, 'zlib');
  const head = header.markers ? MARKER_SIZE : 0;
  return (at: number, stored: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    const where = place(source, at + head);
    zlib.decode(readBytes(source, at + head, stored - head), bytes, where.source, where.offset ?? at + head);
    return bytes;
  };
}

/** Looks for grains outside the file and grains that share bytes. @returns the number of stored grains */
function checkGrains(
  source: ByteSource,
  { capacity, grainSize, compressed, gdOffset }: SparseHeader,
  entryOf: (grain: number) => number,
  isZero: (entry: number) => boolean,
  findings: FindingList,
): number {
  const grains = Math.ceil(capacity / grainSize);
  let allocated = 0;
  let lost = 0;
  let firstLost = 0;
  for (let grain = 0; grain < grains; grain++) {
    const entry = entryOf(grain);
    if (isZero(entry)) continue;
    const need = compressed ? MARKER_SIZE : Math.min(grainSize, capacity - grain * grainSize);
    if (entry >= 0 && entry * SECTOR + need <= source.size) allocated++;
    else if (lost++ === 0) firstLost = grain;
  }
  if (lost > 0)
    findings.add({
      code: 'vmdkGrainsLost',
      severity: 'error',
      where: place(source, gdOffset),
      message: 'Grain tables or grains lie beyond the end of the file; the data of these grains are missing.',
      facts: { grains: lost, firstGrain: firstLost, fileSize: source.size },
    });
  const starts = new Float64Array(allocated);
  let count = 0;
  for (let grain = 0; grain < grains && count < allocated; grain++) {
    const entry = entryOf(grain);
    if (!isZero(entry) && entry >= 0) starts[count++] = entry * SECTOR;
  }
  const shared = countOverlaps(starts, compressed ? 1 : grainSize);
  if (shared > 0)
    findings.add({
      code: 'vmdkGrainsOverlap',
      severity: 'warning',
      where: place(source, gdOffset),
      message: 'Grains of the disk share bytes of the file; one of them shows the data of another.',
      facts: { grains: shared },
    });
  return allocated;
}
