/** Inodes: what a file is, when it changed, where its bytes begin. */
import type { Bytes } from '../../base/bytes.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { inodeOffset, type Superblock } from './superblock.ts';

export const Mode = {
  mask: 0xf000,
  fifo: 0x1000,
  character: 0x2000,
  directory: 0x4000,
  file: 0x8000,
  link: 0xa000,
} as const;
export const InodeFlag = {
  encrypted: 0x800,
  hugeFile: 0x4_0000,
  extents: 0x8_0000,
  inlineData: 0x1000_0000,
} as const;
/** i_block: sixty bytes of pointers, an extent tree, a short link or the beginning of inline data. */
export const BLOCK_MAP = 0x28;
export const BLOCK_MAP_SIZE = 60;

export interface Inode {
  readonly number: number;
  /** Offset in the volume. */
  readonly at: number;
  readonly view: Bytes;
  readonly mode: number;
  readonly kind: number;
  readonly size: number;
  readonly links: number;
  readonly flags: number;
  /** Bytes that it uses. */
  readonly allocated: number;
  /** Block of further extended attributes, 0 when there is none. */
  readonly fileAcl: number;
  readonly uid: number;
  readonly gid: number;
  /** FILETIME ticks. */
  readonly accessed: bigint;
  readonly changed: bigint;
  readonly modified: bigint;
  readonly created: bigint;
  /** Bytes behind the first 128 that have a meaning. */
  readonly extra: number;
}

const EPOCH = 11_644_473_600n;

/** Seconds (signed), and two bits and nanoseconds more where the inode has room for them. */
function timeOf(seconds: number, extra: number): bigint {
  const whole = BigInt(seconds) + (BigInt(extra & 3) << 32n) + EPOCH;
  const ticks = whole * 10_000_000n + BigInt(Math.floor((extra >>> 2) / 100));
  return ticks > 0n ? ticks : 0n;
}

/** @throws FormatError when there is no such inode */
export function readInode(source: ByteSource, sb: Superblock, number: number): Inode {
  const at = inodeOffset(source, sb, number);
  const view = readView(source, at, sb.inodeSize);
  const extra = sb.inodeSize > 128 ? Math.min(view.u16(0x80), sb.inodeSize - 128) : 0;
  const has = (end: number) => extra >= end - 128;
  const extraAt = (offset: number) => (has(offset + 4) ? view.u32(offset) : 0);
  const mode = view.u16(0);
  const kind = mode & Mode.mask;
  const flags = view.u32(0x20);
  return {
    number,
    at,
    view,
    mode,
    kind,
    size: view.u32(4) + (kind === Mode.file || kind === Mode.directory ? view.u32(0x6c) * 2 ** 32 : 0),
    links: view.u16(0x1a),
    flags,
    // counted in sectors, of files beyond 2 TiB in blocks
    allocated: (view.u32(0x1c) + view.u16(0x74) * 2 ** 32) * ((flags & InodeFlag.hugeFile) === 0 ? 512 : sb.blockSize),
    fileAcl: view.u32(0x68) + view.u16(0x76) * 2 ** 32,
    uid: view.u16(2) + view.u16(0x78) * 65_536,
    gid: view.u16(0x18) + view.u16(0x7a) * 65_536,
    accessed: timeOf(view.i32(8), extraAt(0x8c)),
    changed: timeOf(view.i32(0xc), extraAt(0x84)),
    modified: timeOf(view.i32(0x10), extraAt(0x88)),
    created: has(0x94) ? timeOf(view.i32(0x90), extraAt(0x94)) : 0n,
    extra,
  };
}

/** Device 0/0: how overlayfs says that a name is deleted. */
export function isWhiteout({ kind, view }: Inode): boolean {
  return kind === Mode.character && view.u32(BLOCK_MAP) === 0 && view.u32(BLOCK_MAP + 4) === 0;
}
