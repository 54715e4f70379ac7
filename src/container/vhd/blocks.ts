/** The block allocation table of a dynamic VHD as a lazy map from the virtual disk to the file. */
import type { FindingList } from '../../base/findings.ts';
import { failAt, place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import { emptyRun, type Run, type RunMapper, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { countOverlaps } from '../overlap.ts';
import { type Behind, zerosBehind } from '../parent.ts';
import { SectorBitmaps } from '../sector-bitmap.ts';
import { type DynamicHeader, SECTOR } from './structures.ts';

/** Table entries held in memory: a disk of 8 TiB in usual blocks, four times what the format's tools make. */
const MAX_ENTRIES = 4 << 20;
const UNALLOCATED = 0xffff_ffff;

export interface BlockMap {
  readonly map: RunMapper;
  /** The table as it stands on disk. */
  readonly table: Uint8Array;
  readonly allocated: number;
}

/**
 * Reads and checks the table.
 * @param parent what lies behind a differencing disk, whose sector bitmaps then count; null for a dynamic one
 * @throws FormatError InvalidHeader for a block size that cannot be, InvalidOffset for a table outside the file,
 *   UnsupportedSize for one too large to hold
 */
export function readBlocks(
  source: ByteSource,
  header: DynamicHeader,
  headerOffset: number,
  size: number,
  parent: Behind | null,
  findings: FindingList,
): BlockMap {
  const { blockSize, maxTableEntries, tableOffset } = header;
  if (blockSize === 0 || blockSize % SECTOR !== 0)
    failAt('InvalidHeader', source, headerOffset + 32, 'a block size in whole sectors', blockSize);
  const needed = Math.ceil(size / blockSize);
  const entries = Math.min(needed, maxTableEntries);
  if (entries > MAX_ENTRIES)
    failAt('UnsupportedSize', source, headerOffset + 28, `at most ${MAX_ENTRIES} table entries`, entries);
  if (tableOffset + entries * 4 > source.size)
    failAt(
      'InvalidOffset',
      source,
      headerOffset + 16,
      `a table of ${entries} entries inside the file of ${source.size} bytes`,
      `a table at ${tableOffset}`,
    );
  const table = readView(source, tableOffset, entries * 4);
  if (maxTableEntries < needed)
    findings.add({
      code: 'vhdTableShort',
      severity: 'error',
      where: place(source, headerOffset + 28),
      message: 'The block table has fewer entries than the disk has blocks; the rest of the disk cannot be found.',
      facts: { blocks: needed, maxTableEntries },
    });

  // a sector bitmap stands before each block's data, padded to whole sectors
  const bitmap = Math.ceil(blockSize / SECTOR / 8 / SECTOR) * SECTOR;
  const bitmaps = parent === null ? null : new SectorBitmaps(source, 'high bit first');
  const behind = parent ?? zerosBehind;
  const map = (offset: number): Run => {
    const block = Math.floor(offset / blockSize);
    const start = block * blockSize;
    if (block >= entries) return emptyRun('missing', start, size - start);
    const end = Math.min(start + blockSize, size);
    const entry = table.u32be(block * 4);
    if (entry === UNALLOCATED) return behind(offset, end - offset);
    let from = start;
    let to = end;
    if (bitmaps !== null) {
      const sector = Math.floor((offset - start) / SECTOR);
      const alike = bitmaps.run(entry * SECTOR, bitmap, sector);
      if (alike === null) return emptyRun('missing', start, end - start);
      from = start + sector * SECTOR;
      to = Math.min(end, from + alike.count * SECTOR);
      if (!alike.present) return behind(offset, to - offset);
    }
    const at = entry * SECTOR + bitmap + from - start;
    const here = Math.min(to - from, Math.max(0, source.size - at));
    if (offset < from + here) return storedRun(from, here, source, at);
    return emptyRun('missing', from + here, to - from - here);
  };
  const allocated = checkTable(source, header, table.bytes, (block) =>
    Math.min(blockSize, size - block * blockSize) + bitmap, findings); // biome-ignore format: one thought
  return { map, table: table.bytes, allocated };
}

/** Looks for blocks outside the file and blocks that share bytes. @returns the number of allocated blocks */
function checkTable(
  source: ByteSource,
  header: DynamicHeader,
  table: Uint8Array,
  lengthOf: (block: number) => number,
  findings: FindingList,
): number {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const starts = new Float64Array(table.length >> 2);
  let allocated = 0;
  let lost = 0;
  let firstLost = 0;
  for (let block = 0; block < starts.length; block++) {
    const entry = view.getUint32(block * 4);
    if (entry === UNALLOCATED) continue;
    starts[allocated++] = entry * SECTOR;
    if (entry * SECTOR + lengthOf(block) > source.size && lost++ === 0) firstLost = block;
  }
  if (lost > 0)
    findings.add({
      code: 'vhdBlocksLost',
      severity: 'error',
      where: place(source, header.tableOffset + firstLost * 4),
      message: 'Block table entries lead beyond the end of the file; the data of these blocks are missing.',
      facts: { blocks: lost, firstBlock: firstLost, fileSize: source.size },
    });
  const shared = countOverlaps(starts.subarray(0, allocated), header.blockSize);
  if (shared > 0)
    findings.add({
      code: 'vhdBlocksOverlap',
      severity: 'warning',
      where: place(source, header.tableOffset),
      message: 'Blocks of the disk share bytes of the file; one of them shows the data of another.',
      facts: { blocks: shared },
    });
  return allocated;
}
