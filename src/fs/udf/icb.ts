/** File entries (ICBs): type, size, times, and the allocation descriptors that say where the bytes lie. */
import { fail } from '../../base/errors.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import { emptyRun, type Run, RunListSource, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { crcHolds, type LongAd, longAd, readDescriptor, TAG_SIZE, Tag, timestamp } from './descriptors.ts';

export const FileType = { directory: 4, symlink: 12 } as const;

export interface Icb {
  /** Offset of the descriptor in the image. */
  readonly offset: number;
  readonly fileType: number;
  /** How allocation descriptors look: 0 short, 1 long, 3 the content itself stands there. */
  readonly allocation: number;
  readonly size: number;
  readonly blocksRecorded: number;
  readonly links: number;
  readonly writable: boolean;
  readonly created: bigint;
  readonly modified: bigint;
  readonly accessed: bigint;
  readonly changed: bigint;
  /** Directory of named streams; length 0 when there is none. */
  readonly streams: LongAd;
  /** Place of the allocation descriptors in the descriptor's block. */
  readonly adStart: number;
  readonly adLength: number;
  /** The reference of the partition it was read from: what short descriptors mean. */
  readonly partition: number;
  readonly crcOk: boolean;
}

/** One stretch of a file in bytes of the image; `offset` null: zeros, or missing. */
export interface Piece {
  readonly length: number;
  readonly offset: number | null;
  readonly missing: boolean;
}

export interface BlockMap {
  readonly source: ByteSource;
  readonly blockSize: number;
  map(partition: number, block: number): { readonly offset: number; readonly length: number } | null;
}

const NO_STREAMS: LongAd = { length: 0, kind: 0, block: 0, partition: 0 };
/** Extents of one file: a file of 1 TiB in blocks that are nowhere neighbours has more, and no disc has that. */
const MAX_PIECES = 1 << 20;
const MAX_CONTINUATIONS = 65_536;
const WRITE_BITS = 0b00010_00010_00010;

/** @throws FormatError InvalidSignature, InvalidHeader, UnexpectedEnd */
export function readIcb(source: ByteSource, offset: number, blockSize: number, partition = 0): Icb {
  const view = readDescriptor(source, offset, blockSize, [Tag.fileEntry, Tag.extendedFileEntry], 'a file entry');
  const extended = view.u16(0) === Tag.extendedFileEntry;
  const ea = view.u32(extended ? 208 : 168);
  const adLength = view.u32(extended ? 212 : 172);
  const adStart = (extended ? 216 : 176) + ea;
  if (adStart + adLength > view.length)
    failAt(
      'InvalidLength',
      source,
      offset + (extended ? 212 : 172),
      `descriptors within ${view.length} bytes`,
      `${adStart} + ${adLength}`,
    );
  const time = (plain: number, other: number) => timestamp(view, extended ? other : plain);
  const modified = time(84, 92);
  return {
    offset,
    fileType: view.u8(27),
    allocation: view.u16(34) & 7,
    size: Number(view.u64(56) & 0x1f_ffff_ffff_ffffn),
    blocksRecorded: Number(view.u64(extended ? 72 : 64) & 0xffff_ffffn),
    links: view.u16(48),
    writable: (view.u32(44) & WRITE_BITS) !== 0,
    created: extended ? timestamp(view, 104) : modified,
    modified,
    accessed: time(72, 80),
    changed: time(96, 116),
    streams: extended ? longAd(view, 152) : NO_STREAMS,
    adStart,
    adLength,
    partition,
    crcOk: crcHolds(view),
  };
}

/** Blocks of further descriptors that may still be followed. */
export interface Follow {
  left: number;
}

/** Where the bytes of a file lie, in order, together `size` bytes long. @throws FormatError on descriptors that cannot be */
export function piecesOf(blocks: BlockMap, icb: Icb, follow: Follow = { left: MAX_CONTINUATIONS }): Piece[] {
  const { source, blockSize } = blocks;
  const pieces: Piece[] = [];
  let left = icb.size;
  const push = (offset: number | null, length: number, missing = false): void => {
    if (pieces.length >= MAX_PIECES)
      fail('UnsupportedSize', source.name, null, `at most ${MAX_PIECES} extents in a file`, 'more');
    pieces.push({ offset, length, missing });
    left -= length;
  };
  if (icb.allocation === 3) {
    push(icb.offset + icb.adStart, Math.min(left, icb.adLength));
  } else if (icb.allocation > 1) {
    failAt('UnsupportedFeature', source, icb.offset + 34, 'short or long allocation descriptors', 'extended ones');
  } else {
    const step = icb.allocation === 0 ? 8 : 16;
    let [area, end] = [icb.offset + icb.adStart, icb.offset + icb.adStart + icb.adLength];
    for (let at = area; at + step <= end && left > 0; at += step) {
      const view = readView(source, at, step);
      const ad = step === 16 ? longAd(view, 0) : { ...longAd8(view.u32(0), view.u32(4)), partition: icb.partition };
      if (ad.length === 0) break;
      if (ad.kind === 3) {
        if (--follow.left < 0) failAt('UnexpectedLoop', source, at, 'an end of the allocation descriptors', 'none');
        const next =
          blocks.map(ad.partition, ad.block) ??
          failAt('InvalidReference', source, at, 'a block of the partition', ad.block);
        const extent = readDescriptor(source, next.offset, blockSize, [Tag.allocationExtent], 'an allocation extent');
        [area, end] = [next.offset + 24, next.offset + 24 + Math.min(extent.u32(TAG_SIZE + 4), blockSize - 24)];
        at = area - step;
        continue;
      }
      let rest = Math.min(ad.length, left);
      if (ad.kind !== 0) push(null, rest);
      else
        for (let block = ad.block; rest > 0; ) {
          const found = blocks.map(ad.partition, block);
          const length = Math.min(rest, found?.length ?? rest);
          push(found?.offset ?? null, length, found === null);
          rest -= length;
          block += Math.ceil(length / blockSize);
        }
    }
  }
  if (left > 0) push(null, left, true);
  return pieces;
}

function longAd8(length: number, block: number) {
  return { length: length & 0x3fff_ffff, kind: length >>> 30, block };
}

/** The bytes of a file; what its descriptors do not reach or the image does not hold is missing, never zeros. */
export function contentOf(blocks: BlockMap, icb: Icb, name: string, follow?: Follow): ByteSource {
  const runs: Run[] = [];
  let at = 0;
  for (const { length, offset, missing } of piecesOf(blocks, icb, follow)) {
    if (offset === null) runs.push(emptyRun(missing ? 'missing' : 'zero', at, length));
    else {
      const here = Math.max(0, Math.min(length, blocks.source.size - offset));
      if (here > 0) runs.push(storedRun(at, here, blocks.source, offset));
      if (here < length) runs.push(emptyRun('missing', at + here, length - here));
    }
    at += length;
  }
  return new RunListSource(name, icb.size, runs, `bytes of ${name}`);
}
