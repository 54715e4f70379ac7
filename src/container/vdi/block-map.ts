/** The block map of a VDI as a lazy map from the virtual disk to the file. */
import type { FindingList } from '../../base/findings.ts';
import { failAt, place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import { emptyRun, type Run, type RunMapper, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { countOverlaps } from '../overlap.ts';
import type { Behind } from '../parent.ts';
import { BLOCK_FREE, BLOCK_ZERO, type VdiHeader } from './structures.ts';

/** Map entries held in memory: a disk of 4 TiB in usual blocks. */
const MAX_ENTRIES = 4 << 20;

export interface BlockMap {
  readonly map: RunMapper;
  /** The map as it stands on disk. */
  readonly table: Uint8Array;
  readonly allocated: number;
}

/**
 * Reads and checks the block map.
 * @param behind what stands where no block was written: the parent's data, or zeros
 * @throws FormatError InvalidHeader for a block size that cannot be, InvalidOffset for a map outside the file,
 *   UnsupportedSize for one too large to hold
 */
export function readBlockMap(source: ByteSource, header: VdiHeader, behind: Behind, findings: FindingList): BlockMap {
  const { blockSize, blockExtra, diskSize, offBlocks, offData } = header;
  if (blockSize === 0 || blockSize % 512 !== 0)
    failAt('InvalidHeader', source, 376, 'a block size in whole sectors', blockSize);
  const needed = Math.ceil(diskSize / blockSize);
  const entries = Math.min(needed, header.blocks);
  if (entries > MAX_ENTRIES) failAt('UnsupportedSize', source, 384, `at most ${MAX_ENTRIES} blocks`, entries);
  if (offBlocks + entries * 4 > source.size)
    failAt(
      'InvalidOffset',
      source,
      340,
      `a block map of ${entries} entries inside the file of ${source.size} bytes`,
      `a map at ${offBlocks}`,
    );
  const table = readView(source, offBlocks, entries * 4);
  if (entries < needed)
    findings.add({
      code: 'vdiTableShort',
      severity: 'error',
      where: place(source, 384),
      message: 'The block map has fewer entries than the disk has blocks; the rest of the disk cannot be found.',
      facts: { blocks: needed, entries },
    });

  const lengthOf = (block: number): number => Math.min(blockSize, diskSize - block * blockSize);
  const dataAt = (entry: number): number => offData + entry * (blockSize + blockExtra) + blockExtra;
  const map = (offset: number): Run => {
    const block = Math.floor(offset / blockSize);
    const start = block * blockSize;
    if (block >= entries) return emptyRun('missing', start, diskSize - start);
    const entry = table.u32(block * 4);
    const length = lengthOf(block);
    if (entry === BLOCK_FREE) return behind(offset, start + length - offset);
    if (entry === BLOCK_ZERO) return emptyRun('zero', start, length);
    const here = Math.min(length, Math.max(0, source.size - dataAt(entry)));
    if (offset < start + here) return storedRun(start, here, source, dataAt(entry));
    return emptyRun('missing', start + here, length - here);
  };

  const starts = new Float64Array(entries);
  let allocated = 0;
  let lost = 0;
  let firstLost = 0;
  for (let block = 0; block < entries; block++) {
    const entry = table.u32(block * 4);
    if (entry === BLOCK_FREE || entry === BLOCK_ZERO) continue;
    starts[allocated++] = dataAt(entry);
    if (dataAt(entry) + lengthOf(block) > source.size && lost++ === 0) firstLost = block;
  }
  if (lost > 0)
    findings.add({
      code: 'vdiBlocksLost',
      severity: 'error',
      where: place(source, offBlocks + firstLost * 4),
      message: 'Block map entries lead beyond the end of the file; the data of these blocks are missing.',
      facts: { blocks: lost, firstBlock: firstLost, fileSize: source.size },
    });
  const shared = countOverlaps(starts.subarray(0, allocated), blockSize);
  if (shared > 0)
    findings.add({
      code: 'vdiBlocksOverlap',
      severity: 'warning',
      where: place(source, offBlocks),
      message: 'Blocks of the disk share bytes of the file; one of them shows the data of another.',
      facts: { blocks: shared },
    });
  return { map, table: table.bytes, allocated };
}
