/**
 * The block allocation table of a VHDX as a lazy map from the virtual disk to the file.
 *
 *     | payload 0 .. payload r-1 | sector bitmap 0 | payload r .. payload 2r-1 | sector bitmap 1 | ...
 *     r = chunk ratio = 2^23 * LogicalSectorSize / BlockSize; bitmaps matter to differencing disks only
 *     entry: State in bits 0-2, file offset in bits 20-63 (in MiB)
 */
import type { FindingList } from '../../base/findings.ts';
import { failAt, place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import { emptyRun, type Run, type RunMapper, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { countOverlaps } from '../overlap.ts';
import type { Region } from './headers.ts';
import type { Metadata } from './metadata.ts';

/** Bytes of table held in memory: 64 MiB map 256 TiB in blocks of 32 MiB and 8 TiB in the smallest. */
const MAX_TABLE = 64 << 20;

/** PAYLOAD_BLOCK_*: what is not stored reads as zeros; 5 is "unmapped" of the 0.95 draft. */
const FULLY_PRESENT = 6;
const READS_AS_ZERO = [0, 1, 2, 3, 5];

export interface BlockMap {
  readonly map: RunMapper;
  readonly table: Uint8Array;
  readonly allocated: number;
}

/** @throws FormatError InvalidLength when the region has too few entries, UnsupportedSize when it is too large to hold */
export function readBat(file: ByteSource, region: Region, metadata: Metadata, findings: FindingList): BlockMap {
  const { blockSize, virtualDiskSize, logicalSectorSize } = metadata;
  const chunkRatio = (2 ** 23 * logicalSectorSize) / blockSize;
  const blocks = Math.ceil(virtualDiskSize / blockSize);
  const indexOf = (block: number): number => block + Math.floor(block / chunkRatio);
  const length = blocks === 0 ? 0 : (indexOf(blocks - 1) + 1) * 8;
  if (length > region.length)
    failAt(
      'InvalidLength',
      file,
      region.offset,
      `a BAT of ${length} bytes for ${blocks} blocks`,
      `${region.length} bytes`,
    );
  if (length > MAX_TABLE) failAt('UnsupportedSize', file, region.offset, `a BAT of at most ${MAX_TABLE} bytes`, length);
  const table = readView(file, region.offset, length);

  /** File offset of a stored block, null for zeros, NaN for an entry that cannot be. */
  const offsetOf = (block: number): number | null => {
    const entry = indexOf(block) * 8;
    const low = table.u32(entry);
    const state = low & 7;
    if (READS_AS_ZERO.includes(state)) return null;
    const offset = table.u32(entry + 4) * 2 ** 32 + ((low & 0xfff0_0000) >>> 0);
    return state === FULLY_PRESENT && offset >= 1 << 20 && offset <= Number.MAX_SAFE_INTEGER ? offset : Number.NaN;
  };
  const map = (offset: number): Run => {
    const block = Math.floor(offset / blockSize);
    const start = block * blockSize;
    const size = Math.min(blockSize, virtualDiskSize - start);
    const at = offsetOf(block);
    if (at === null) return emptyRun('zero', start, size);
    const here = Number.isNaN(at) ? 0 : Math.min(size, Math.max(0, file.size - at));
    if (offset < start + here) return storedRun(start, here, file, at);
    return emptyRun('missing', start + here, size - here);
  };

  const starts = new Float64Array(blocks);
  let allocated = 0;
  let lost = 0;
  let firstLost = 0;
  for (let block = 0; block < blocks; block++) {
    const at = offsetOf(block);
    if (at === null) continue;
    if (Math.min(blockSize, virtualDiskSize - block * blockSize) <= file.size - at) starts[allocated++] = at;
    else if (lost++ === 0) firstLost = block;
  }
  if (lost > 0)
    findings.add({
      code: 'vhdxBlocksLost',
      severity: 'error',
      where: place(file, region.offset + indexOf(firstLost) * 8),
      message:
        'Block table entries have no valid state or lead beyond the end of the file; the data of these blocks are missing.',
      facts: { blocks: lost, firstBlock: firstLost, fileSize: file.size },
    });
  const shared = countOverlaps(starts.subarray(0, allocated), blockSize);
  if (shared > 0)
    findings.add({
      code: 'vhdxBlocksOverlap',
      severity: 'warning',
      where: place(file, region.offset),
      message: 'Blocks of the disk share bytes of the file; one of them shows the data of another.',
      facts: { blocks: shared },
    });
  return { map, table: table.bytes, allocated };
}
