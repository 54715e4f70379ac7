/**
 * The block allocation table of a VHDX as a lazy map from the virtual disk to the file.
 *
 *     | payload 0 .. payload r-1 | sector bitmap 0 | payload r .. payload 2r-1 | sector bitmap 1 | ...
 *     r = chunk ratio = 2^23 * LogicalSectorSize / BlockSize
 *     entry: State in bits 0-2, file offset in bits 20-63 (in MiB)
 *
 * A sector bitmap block is 1 MiB, one bit a sector of the chunk, low bit first. It counts for the blocks of a differencing
 * disk that are partially present: 1 is here, 0 is the parent's. A block that is not present is the parent's as a whole,
 * zero and unmapped ones are not: they hide what the parent has.
 */
import type { FindingList } from '../../base/findings.ts';
import { failAt, place } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import { emptyRun, type Run, type RunMapper, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { countOverlaps } from '../overlap.ts';
import { type Behind, zerosBehind } from '../parent.ts';
import { SectorBitmaps } from '../sector-bitmap.ts';
import type { Region } from './headers.ts';
import type { Metadata } from './metadata.ts';

/** Bytes of table held in memory: 64 MiB map 256 TiB in blocks of 32 MiB and 8 TiB in the smallest. */
const MAX_TABLE = 64 << 20;

/** PAYLOAD_BLOCK_*: what is neither here nor the parent's reads as zeros; 5 is "unmapped" of the 0.95 draft. */
const NOT_PRESENT = 0;
const READS_AS_ZERO = [1, 2, 3, 5];
const FULLY_PRESENT = 6;
const PARTIALLY_PRESENT = 7;
/** SB_BLOCK_PRESENT */
const BITMAP_PRESENT = 6;
const FIRST_BLOCK = 1 << 20;

export interface BlockMap {
  readonly map: RunMapper;
  readonly table: Uint8Array;
  readonly allocated: number;
  /** Of these the blocks that the parent shares. */
  readonly partial: number;
}

/**
 * @param parent what lies behind a differencing disk; null for the other kinds
 * @throws FormatError InvalidLength when the region has too few entries, UnsupportedSize when it is too large to hold
 */
export function readBat(
  file: ByteSource,
  region: Region,
  metadata: Metadata,
  parent: Behind | null,
  findings: FindingList,
): BlockMap {
  const { blockSize, virtualDiskSize, logicalSectorSize } = metadata;
  const chunkRatio = (2 ** 23 * logicalSectorSize) / blockSize;
  const blocks = Math.ceil(virtualDiskSize / blockSize);
  const indexOf = (block: number): number => block + Math.floor(block / chunkRatio);
  const needed = blocks === 0 ? 0 : (indexOf(blocks - 1) + 1) * 8;
  if (needed > region.length)
    failAt(
      'InvalidLength',
      file,
      region.offset,
      `a BAT of ${needed} bytes for ${blocks} blocks`,
      `${region.length} bytes`,
    );
  // a differencing disk has the bitmap entry of its last chunk as well
  const whole = Math.ceil(blocks / chunkRatio) * (chunkRatio + 1) * 8;
  const length = parent === null ? needed : Math.min(whole, region.length - (region.length % 8));
  if (length > MAX_TABLE) failAt('UnsupportedSize', file, region.offset, `a BAT of at most ${MAX_TABLE} bytes`, length);
  const table = readView(file, region.offset, length);

  const stateOf = (entry: number): number => table.u8(entry * 8) & 7;
  /** The file offset of an entry, NaN for one that cannot be. */
  const placeOf = (entry: number): number => {
    const at = table.u32(entry * 8 + 4) * 2 ** 32 + ((table.u32(entry * 8) & 0xfff0_0000) >>> 0);
    return at >= FIRST_BLOCK && at <= Number.MAX_SAFE_INTEGER ? at : Number.NaN;
  };
  const bitmaps = new SectorBitmaps(file, 'low bit first');
  const bitmapLength = blockSize / logicalSectorSize / 8;
  /** Where the bits of a block stand, NaN when they do not. */
  const bitmapOf = (block: number): number => {
    const entry = Math.floor(block / chunkRatio) * (chunkRatio + 1) + chunkRatio;
    if (entry * 8 >= table.length || stateOf(entry) !== BITMAP_PRESENT) return Number.NaN;
    return placeOf(entry) + (block % chunkRatio) * bitmapLength;
  };
  const isPartial = (state: number): boolean => state === PARTIALLY_PRESENT && parent !== null;
  const behind = parent ?? zerosBehind;
  const map = (offset: number): Run => {
    const block = Math.floor(offset / blockSize);
    const start = block * blockSize;
    const end = Math.min(start + blockSize, virtualDiskSize);
    const state = stateOf(indexOf(block));
    if (state === NOT_PRESENT) return behind(offset, end - offset);
    if (READS_AS_ZERO.includes(state)) return emptyRun('zero', start, end - start);
    let from = start;
    let to = end;
    if (isPartial(state)) {
      const sector = Math.floor((offset - start) / logicalSectorSize);
      const bits = bitmapOf(block);
      const alike = Number.isNaN(bits) ? null : bitmaps.run(bits, bitmapLength, sector);
      if (alike === null) return emptyRun('missing', start, end - start);
      from = start + sector * logicalSectorSize;
      to = Math.min(end, from + alike.count * logicalSectorSize);
      if (!alike.present) return behind(offset, to - offset);
    }
    const known = state === FULLY_PRESENT || isPartial(state) ? placeOf(indexOf(block)) : Number.NaN;
    const at = known + from - start;
    const here = Number.isNaN(at) ? 0 : Math.min(to - from, Math.max(0, file.size - at));
    if (offset < from + here) return storedRun(from, here, file, at);
    return emptyRun('missing', from + here, to - from - here);
  };

  const starts = new Float64Array(blocks);
  let allocated = 0;
  let partial = 0;
  let lost = 0;
  let firstLost = 0;
  for (let block = 0; block < blocks; block++) {
    const state = stateOf(indexOf(block));
    if (state === NOT_PRESENT || READS_AS_ZERO.includes(state)) continue;
    const shared = isPartial(state);
    const at = state === FULLY_PRESENT || shared ? placeOf(indexOf(block)) : Number.NaN;
    const whole = Math.min(blockSize, virtualDiskSize - block * blockSize) <= file.size - at;
    if (whole && !(shared && !(bitmapOf(block) + bitmapLength <= file.size))) starts[allocated++] = at;
    else if (lost++ === 0) firstLost = block;
    if (shared) partial++;
  }
  if (lost > 0)
    findings.add({
      code: 'vhdxBlocksLost',
      severity: 'error',
      where: place(file, region.offset + indexOf(firstLost) * 8),
      message:
        'Block table entries have no valid state, lack their sector bitmap or lead beyond the end of the file: data are missing.',
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
  return { map, table: table.bytes, allocated, partial };
}
