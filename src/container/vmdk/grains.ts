/**
 * A sparse extent as a lazy map from the disk to the file.
 *
 *     directory   an entry a grain table: its place, 0 where nothing below it is stored
 *     table       an entry a grain: its place, 0 not stored, or a mark for zeros
 *     grain       its bytes; compressed: u64 sector of the disk, u32 size, a zlib stream
 */
import type { FindingList } from '../../base/findings.ts';
import type { Codecs } from '../../codec/types.ts';
import { place } from '../../source/place.ts';
import { readBytes, readView } from '../../source/read.ts';
import { emptyRun, type Run, type RunMapper, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { DecodedPieces } from '../decoded.ts';
import { BlockStarts } from '../overlap.ts';
import type { Behind } from '../parent.ts';
import { SECTOR } from './header.ts';
import { HOLE, type Layout, NOWHERE, ZEROS } from './layout.ts';
import { readTables, type Tables } from './tables.ts';

const MARKER_SIZE = 12;
/** Largest compressed grain the decoder takes. */
const MAX_STORED = 2 << 20;
/** Steps one look-up takes to join what belongs together: bounded, so that a forged size costs no long search. */
const MAX_JOINED = 2048;
/** Bytes of grain tables that are looked at when the disk is opened: grains of 64 KiB of a disk of 1 TiB. */
export const MAX_CHECKED = 64 << 20;
/** Forged tables of a few bytes each are looked at up to this number. */
const MAX_TABLES = 1 << 20;

export interface GrainMap {
  readonly map: RunMapper;
  readonly tables: Tables;
  /** Grains that are stored; null when there are too many tables to look at. */
  readonly allocated: number | null;
}

/**
 * @param behind what lies where nothing is stored, by offset in the extent
 * @throws FormatError InvalidOffset for a directory outside the file
 */
export function readGrains(
  source: ByteSource,
  layout: Layout,
  behind: Behind,
  codecs: Codecs,
  findings: FindingList,
): GrainMap {
  const { capacity, grainSize, perTable } = layout;
  const tables = readTables(source, layout);
  const pieces = new DecodedPieces(source, decoder(source, layout, codecs));
  const covered = grainSize * perTable;

  const nothing = (kind: number, offset: number, end: number): Run =>
    kind === HOLE ? behind(offset, end - offset) : emptyRun(kind === ZEROS ? 'zero' : 'missing', offset, end - offset);

  const map = (offset: number): Run => {
    const entry = Math.floor(offset / covered);
    const table = tables.offsetOf(entry);
    if (table <= 0) {
      let next = entry + 1;
      const last = Math.min(tables.entries, entry + MAX_JOINED);
      while (next < last && tables.offsetOf(next) === table) next++;
      return nothing(table, offset, Math.min(capacity, next * covered));
    }
    const index = Math.floor(offset / grainSize) - entry * perTable;
    const at = tables.grain(table, entry, index);
    const start = entry * covered + index * grainSize;
    const step = at > 0 ? grainSize : 0;
    // neighbours that go on alike are one run; compressed grains stand alone
    let next = index + 1;
    const last = layout.compressed && at > 0 ? next : Math.min(perTable, index + MAX_JOINED);
    while (next < last && tables.grain(table, entry, next) === at + (next - index) * step) next++;
    const length = Math.min((next - index) * grainSize, capacity - start);
    if (at <= 0) return nothing(at, offset, start + length);
    if (layout.compressed) {
      const stored = storedLength(source, layout, at, start);
      if (stored === null) return emptyRun('missing', start, length);
      return storedRun(start, length, pieces.piece(at, stored, length), 0);
    }
    const here = Math.min(length, source.size - at);
    if (offset < start + here) return storedRun(start, here, source, at);
    return emptyRun('missing', start + here, length - here);
  };
  return { map, tables, allocated: checkGrains(source, layout, tables, findings) };
}

/** Bytes of a compressed grain with its marker, null when there is none of this place of the disk. */
function storedLength(source: ByteSource, layout: Layout, at: number, start: number): number | null {
  if (!layout.markers) return Math.min(source.size - at, layout.grainSize * 2, MAX_STORED);
  if (source.size - at < MARKER_SIZE) return null;
  const marker = readView(source, at, MARKER_SIZE);
  const size = marker.u32(8);
  if (marker.u64(0) !== BigInt(start / SECTOR) || size === 0) return null;
  return size > MAX_STORED || size > source.size - at - MARKER_SIZE ? null : MARKER_SIZE + size;
}

function decoder(source: ByteSource, layout: Layout, codecs: Codecs) {
  if (!layout.compressed) return () => new Uint8Array(0);
  const zlib = codecs.inflate(layout.grainSize, 'zlib');
  const head = layout.markers ? MARKER_SIZE : 0;
  return (at: number, stored: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    const where = place(source, at + head);
    zlib.decode(readBytes(source, at + head, stored - head), bytes, where.source, where.offset ?? at + head);
    return bytes;
  };
}

/** Looks for grains outside the file and grains that share bytes. @returns the number of stored grains */
function checkGrains(source: ByteSource, layout: Layout, tables: Tables, findings: FindingList): number | null {
  const { capacity, grainSize, perTable, entrySize, compressed } = layout;
  const where = place(source, layout.directoryAt);
  const grains = Math.ceil(capacity / grainSize);
  let lost = 0;
  let firstLost = 0;
  let used = 0;
  const lose = (grain: number, count: number): void => {
    if (lost === 0) firstLost = grain;
    lost += count;
  };
  for (let entry = 0; entry < tables.entries; entry++) {
    const offset = tables.offsetOf(entry);
    if (offset > 0) used++;
    if (offset === NOWHERE) lose(entry * perTable, Math.min(perTable, grains - entry * perTable));
  }
  const most = Math.min(MAX_TABLES, Math.floor(MAX_CHECKED / (perTable * entrySize)));
  const distinct = tables.distinct(most + 1);
  const whole = distinct.size <= most;
  const starts = new BlockStarts();
  if (whole)
    for (const [offset, entry] of distinct)
      for (let i = 0; i < Math.min(perTable, grains - entry * perTable); i++) {
        const at = tables.grain(offset, entry, i);
        if (at === HOLE || at === ZEROS) continue;
        const grain = entry * perTable + i;
        const need = compressed ? MARKER_SIZE : Math.min(grainSize, capacity - grain * grainSize);
        if (at === NOWHERE || need > source.size - at) lose(grain, 1);
        else starts.add(at);
      }
  const copies = tables.copies();
  if (copies > 0)
    findings.add({
      code: 'vmdkTableCopyUsed',
      severity: 'warning',
      where,
      message: 'The grain directory or a grain table is damaged; the redundant copy is used.',
      facts: { copies },
    });
  if (lost > 0)
    findings.add({
      code: 'vmdkGrainsLost',
      severity: 'error',
      where,
      message: 'Grain tables or grains lie beyond the end of the file; the data of these grains are missing.',
      facts: { grains: lost, firstGrain: firstLost, fileSize: source.size },
    });
  const shared = whole ? starts.overlaps(compressed ? 1 : grainSize) + used - distinct.size : 0;
  if (shared > 0)
    findings.add({
      code: 'vmdkGrainsOverlap',
      severity: 'warning',
      where,
      message: 'Grains of the disk share bytes of the file; one of them shows the data of another.',
      facts: { grains: shared },
    });
  return whole ? starts.count : null;
}
