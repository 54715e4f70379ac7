/** The superblock and the group descriptors: where inodes lie. */
import { failAt } from '../../source/place.ts';
import { readBytes, readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

export const SUPERBLOCK = 1024;
export const SUPERBLOCK_SIZE = 1024;
export const MAGIC = 0xef53;

/** s_feature_incompat: who does not know one of these must not read the volume. */
export const Incompat = {
  compression: 0x1,
  fileType: 0x2,
  recover: 0x4,
  journalDevice: 0x8,
  metaBg: 0x10,
  extents: 0x40,
  bit64: 0x80,
  mmp: 0x100,
  flexBg: 0x200,
  eaInode: 0x400,
  dirData: 0x1000,
  csumSeed: 0x2000,
  largeDir: 0x4000,
  inlineData: 0x8000,
  encrypt: 0x1_0000,
  casefold: 0x2_0000,
} as const;
/** What is refused, in words. */
const REFUSED: readonly (readonly [bit: number, what: string])[] = [
  [Incompat.compression, 'files that e2compr compressed'],
  [Incompat.journalDevice, 'the journal of another volume, which holds no files'],
  [Incompat.dirData, 'the directories of a Lustre server'],
];
const KNOWN =
  Object.values(Incompat).reduce((all, bit) => all | bit, 0) & ~REFUSED.reduce((all, [bit]) => all | bit, 0);
/** s_feature_ro_compat, s_feature_compat. */
const SPARSE_SUPER = 0x1;
const BIGALLOC = 0x200;
const HAS_JOURNAL = 0x4;
const SPARSE_SUPER2 = 0x200;

export interface Superblock {
  readonly inodes: number;
  readonly blocks: number;
  readonly blockSize: number;
  readonly firstDataBlock: number;
  readonly blocksPerGroup: number;
  readonly inodesPerGroup: number;
  readonly inodeSize: number;
  readonly descriptorSize: number;
  readonly firstMetaBg: number;
  readonly incompat: number;
  /** Whether a group begins with a copy of the superblock. */
  readonly hasSuper: (group: number) => boolean;
  readonly label: string;
  readonly uuid: string;
  readonly kind: 'ext2' | 'ext3' | 'ext4';
  /** Unmounted cleanly, nothing to be replayed from the journal, no errors noted. */
  readonly state: 'clean' | 'journal' | 'errors';
}

/** @throws FormatError when it is none, or of a kind that cannot be read */
export function readSuperblock(source: ByteSource): Superblock {
  const view = readView(source, SUPERBLOCK, SUPERBLOCK_SIZE);
  const bad = (at: number, expected: string, actual: unknown): never =>
    failAt('InvalidHeader', source, SUPERBLOCK + at, expected, actual);
  if (view.u16(0x38) !== MAGIC) failAt('InvalidSignature', source, SUPERBLOCK + 0x38, 'EF53', view.u16(0x38));
  const logBlock = view.u32(0x18);
  if (logBlock > 6) bad(0x18, 'blocks of 1 to 64 KiB', `2^${logBlock} KiB`);
  const blockSize = 1024 << logBlock;
  const dynamic = view.u32(0x4c) > 0;
  const incompat = dynamic ? view.u32(0x60) : 0;
  const unknown = incompat & ~KNOWN;
  if (unknown !== 0) {
    const others = unknown & ~REFUSED.reduce((all, [bit]) => all | bit, 0);
    const words = REFUSED.flatMap(([bit, what]) => ((unknown & bit) === 0 ? [] : [what]));
    if (others !== 0) words.push(`features 0x${(others >>> 0).toString(16)}`);
    failAt('UnsupportedFeature', source, SUPERBLOCK + 0x60, 'a volume whose features are known', words.join(', '));
  }
  const is64 = (incompat & Incompat.bit64) !== 0;
  const inodeSize = dynamic ? view.u16(0x58) : 128;
  if (inodeSize < 128 || inodeSize > blockSize || (inodeSize & (inodeSize - 1)) !== 0)
    bad(0x58, 'inodes of 128 bytes or more, a power of two', inodeSize);
  const descriptorSize = is64 ? view.u16(0xfe) : 32;
  if (descriptorSize < 32 || descriptorSize > blockSize || (is64 && descriptorSize < 64))
    bad(0xfe, 'group descriptors of 32 bytes or more', descriptorSize);
  const [compat, roCompat] = dynamic ? [view.u32(0x5c), view.u32(0x64)] : [0, 0];
  // a group's bitmap is one block: of a bit for each block, or with bigalloc for each cluster of blocks
  const logCluster = (roCompat & BIGALLOC) === 0 ? logBlock : view.u32(0x1c);
  if (logCluster < logBlock || logCluster > 20) bad(0x1c, 'clusters of a block or more', `2^${logCluster} KiB`);
  const [blocksPerGroup, inodesPerGroup, inodes] = [view.u32(0x20), view.u32(0x28), view.u32(0)];
  if (blocksPerGroup === 0 || blocksPerGroup > blockSize * 8 * 2 ** (logCluster - logBlock))
    bad(0x20, 'as many blocks in a group as its bitmap has bits for', blocksPerGroup);
  if (inodesPerGroup === 0 || inodesPerGroup > blockSize * 8)
    bad(0x28, 'as many inodes in a group as its bitmap has bits for', inodesPerGroup);
  const copies = (compat & SPARSE_SUPER2) === 0 ? null : [0, view.u32(0x24c), view.u32(0x250)];
  const ext4 = Incompat.extents | Incompat.bit64 | Incompat.flexBg | Incompat.inlineData | Incompat.eaInode;
  const text = (at: number, length: number) =>
    new TextDecoder().decode(readBytes(source, SUPERBLOCK + at, length)).replace(/\0.*$/s, '');
  return {
    inodes,
    blocks: view.u32(4) + (is64 ? view.u32(0x150) * 2 ** 32 : 0),
    blockSize,
    firstDataBlock: view.u32(0x14),
    blocksPerGroup,
    inodesPerGroup,
    inodeSize,
    descriptorSize,
    firstMetaBg: view.u32(0x104),
    incompat,
    hasSuper: (group) => copies?.includes(group) ?? hasSuper(group, (roCompat & SPARSE_SUPER) !== 0),
    label: text(0x78, 16),
    uuid: uuidOf(readBytes(source, SUPERBLOCK + 0x68, 16)),
    kind: (incompat & ext4) !== 0 ? 'ext4' : (compat & HAS_JOURNAL) !== 0 ? 'ext3' : 'ext2',
    state: (incompat & Incompat.recover) !== 0 ? 'journal' : (view.u16(0x3a) & 2) !== 0 ? 'errors' : 'clean',
  };
}

/** Unlike GUIDs of Windows, all of it is big-endian. */
function uuidOf(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Groups that begin with a copy of the superblock: all, or 0, 1 and powers of 3, 5 and 7. */
function hasSuper(group: number, sparse: boolean): boolean {
  if (!sparse || group <= 1) return true;
  return [3, 5, 7].some((base) => {
    let power = base;
    while (power < group) power *= base;
    return power === group;
  });
}

/** Byte offset of an inode. @throws FormatError when there is no such inode, or its group is none of the volume */
export function inodeOffset(source: ByteSource, sb: Superblock, inode: number): number {
  if (!(inode >= 1 && inode <= sb.inodes))
    failAt('InvalidReference', source, SUPERBLOCK, `an inode of 1 to ${sb.inodes}`, inode);
  const group = Math.floor((inode - 1) / sb.inodesPerGroup);
  const perBlock = Math.floor(sb.blockSize / sb.descriptorSize);
  const meta = Math.floor(group / perBlock);
  // the first block of a bigalloc volume is 0, also where the superblock stands in block 1
  let block = Math.max(sb.firstDataBlock, Math.floor(SUPERBLOCK / sb.blockSize)) + 1 + meta;
  if ((sb.incompat & Incompat.metaBg) !== 0 && meta >= sb.firstMetaBg) {
    // the descriptors of a meta group stand in its own first group
    const first = meta * perBlock;
    if (first > 0) block = sb.firstDataBlock + first * sb.blocksPerGroup + (sb.hasSuper(first) ? 1 : 0);
  }
  const at = block * sb.blockSize + (group % perBlock) * sb.descriptorSize;
  const view = readView(source, at, sb.descriptorSize);
  const table = view.u32(8) + (sb.descriptorSize >= 64 ? view.u32(0x28) * 2 ** 32 : 0);
  if (table === 0 || table >= sb.blocks) failAt('InvalidOffset', source, at + 8, `a block below ${sb.blocks}`, table);
  return table * sb.blockSize + ((inode - 1) % sb.inodesPerGroup) * sb.inodeSize;
}
