/** The header of a VDI: disk shape in, memory shape out. All fields are little-endian. */
import type { Bytes } from '../../base/bytes.ts';
import { guidLe } from '../../base/guid.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

export const SIGNATURE = 0xbeda107f;
export const SIGNATURE_OFFSET = 64;
/** Pre-header (signature and version) and the header 1.1 without what 1.1+ adds. */
export const HEADER_SIZE = 72 + 384;

/** In the block map: never written; and written with zeros, or discarded. */
export const BLOCK_FREE = 0xffff_ffff;
export const BLOCK_ZERO = 0xffff_fffe;

export const ImageType = { normal: 1, fixed: 2, undo: 3, diff: 4 } as const;
export const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'dynamic',
  2: 'fixed',
  3: 'undo',
  4: 'differencing',
};

const ZERO_ID = '00000000-0000-0000-0000-000000000000';

export interface VdiHeader {
  readonly raw: Uint8Array;
  readonly fileInfo: string;
  readonly version: string;
  readonly type: number;
  readonly comment: string;
  readonly offBlocks: number;
  readonly offData: number;
  readonly sectorSize: number;
  readonly diskSize: number;
  readonly blockSize: number;
  /** Bytes in front of each block for other programs' use. */
  readonly blockExtra: number;
  readonly blocks: number;
  readonly blocksAllocated: number;
  readonly uuidCreate: string;
  readonly uuidModify: string;
  /** The parent of a differencing image, and the state of the parent it was made over; null when there is none. */
  readonly uuidLinkage: string | null;
  readonly uuidParentModify: string | null;
}

/** @throws FormatError InvalidSignature, UnsupportedVersion, InvalidHeader, UnexpectedEnd */
export function readHeader(source: ByteSource): VdiHeader {
  const view = readView(source, 0, HEADER_SIZE);
  const signature = view.u32(SIGNATURE_OFFSET);
  if (signature !== SIGNATURE)
    failAt('InvalidSignature', source, SIGNATURE_OFFSET, '0xbeda107f', `0x${signature.toString(16)}`);
  const [minor, major] = [view.u16(68), view.u16(70)];
  if (major !== 1) failAt('UnsupportedVersion', source, 68, 'version 1', `${major}.${minor}`);
  const cbHeader = view.u32(72);
  if (cbHeader < 384) failAt('InvalidHeader', source, 72, 'a header of at least 384 bytes', cbHeader);
  const link = (at: number): string | null => {
    const id = uuid(view, at);
    return id === ZERO_ID ? null : id;
  };
  return {
    raw: view.bytes,
    fileInfo: view.ascii(0, 64).trimEnd(),
    version: `${major}.${minor}`,
    type: view.u32(76),
    comment: view.ascii(84, 256).trimEnd(),
    offBlocks: view.u32(340),
    offData: view.u32(344),
    sectorSize: view.u32(360),
    diskSize: view.size64(368, 'a disk size'),
    blockSize: view.u32(376),
    blockExtra: view.u32(380),
    blocks: view.u32(384),
    blocksAllocated: view.u32(388),
    uuidCreate: uuid(view, 392),
    uuidModify: uuid(view, 408),
    uuidLinkage: link(424),
    uuidParentModify: link(440),
  };
}

function uuid(view: Bytes, at: number): string {
  return guidLe(view.slice(at, 16));
}
