/**
 * Extended attributes: behind the fields of a large inode, and in one block more.
 *
 *     in the inode   EA020000 | entries ... | ... values         offsets of values from the first entry
 *     in a block     EA020000, 28 bytes | entries ... | values   offsets from the block's beginning
 *     entry          name length, name index, value offset u16, inode of the value u32, size u32, hash u32, name, padded
 */
import type { Bytes } from '../../base/bytes.ts';
import { failAt } from '../../source/place.ts';
import { readBytes, readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import type { ExtendedAttribute } from '../types.ts';
import { inodeData } from './data.ts';
import { type Inode, InodeFlag, readInode } from './inode.ts';
import type { Superblock } from './superblock.ts';

const MAGIC = 0xea02_0000;
const BLOCK_HEADER = 32;
const ENTRY = 16;
const PREFIXES: Readonly<Record<number, string>> = {
  1: 'user.',
  2: 'system.posix_acl_access',
  3: 'system.posix_acl_default',
  4: 'trusted.',
  6: 'security.',
  7: 'system.',
  8: 'system.richacl',
};
const INLINE = 'system.data';
/** Values in inodes of their own are at most 64 KiB each; a block of 4 KiB names two hundred of them. */
const MAX_VALUE = 65_536;
const MAX_VALUES = 16 << 20;
const decoder = new TextDecoder();

interface Entry {
  readonly name: string;
  readonly size: number;
  /** @throws FormatError when the inode that holds it is not one of a value */
  read(): Uint8Array;
}

function* entries(
  source: ByteSource,
  sb: Superblock,
  view: Bytes,
  at: number,
  first: number,
  base: number,
): Generator<Entry> {
  for (let entry = first; entry + 4 <= view.length && view.u32(entry) !== 0; ) {
    const length = view.u8(entry);
    const [value, inode, size] = [view.u16(entry + 2), view.u32(entry + 4), view.u32(entry + 8)];
    if (entry + ENTRY + length > view.length)
      failAt('UnexpectedEnd', source, at + entry, 'an attribute within its block', `a name of ${length} bytes`);
    const name = `${PREFIXES[view.u8(entry + 1)] ?? ''}${decoder.decode(view.bytes.subarray(entry + ENTRY, entry + ENTRY + length))}`;
    if (inode !== 0) {
      if (size > MAX_VALUE) failAt('InvalidLength', source, at + entry + 8, `at most ${MAX_VALUE} bytes`, size);
      const where = at + entry + 4;
      yield { name, size, read: () => heldValue(source, sb, inode, size, where) };
    } else {
      if (base + value + size > view.length)
        failAt('InvalidOffset', source, at + entry + 2, 'a value within its block', `${size} bytes at ${value}`);
      yield { name, size, read: () => view.bytes.slice(base + value, base + value + size) };
    }
    entry += (ENTRY + length + 3) & ~3;
  }
}

function heldValue(source: ByteSource, sb: Superblock, inode: number, size: number, where: number): Uint8Array {
  const holder = readInode(source, sb, inode);
  // its own data are in blocks: inline data are attributes, and attributes of attributes would never end
  if ((holder.flags & InodeFlag.inlineData) !== 0 || holder.size !== size)
    failAt('InvalidReference', source, where, `an inode with a value of ${size} bytes`, `inode ${inode}`);
  return readBytes(inodeData(source, sb, holder), 0, size);
}

function* inInode(source: ByteSource, sb: Superblock, inode: Inode): Generator<Entry> {
  const start = 128 + inode.extra;
  if (inode.extra === 0 || start + 4 > inode.view.length || inode.view.u32(start) !== MAGIC) return;
  yield* entries(source, sb, inode.view, inode.at, start + 4, start + 4);
}

/** All but the one that holds inline data. */
function* allOf(source: ByteSource, sb: Superblock, inode: Inode): Generator<Entry> {
  for (const entry of inInode(source, sb, inode)) if (entry.name !== INLINE) yield entry;
  if (inode.fileAcl === 0) return;
  const at = inode.fileAcl * sb.blockSize;
  if (inode.fileAcl >= sb.blocks)
    failAt('InvalidOffset', source, inode.at + 0x68, `a block below ${sb.blocks}`, inode.fileAcl);
  const view = readView(source, at, sb.blockSize);
  if (view.u32(0) !== MAGIC) failAt('InvalidSignature', source, at, 'EA020000', view.u32(0));
  yield* entries(source, sb, view, at, BLOCK_HEADER, 0);
}

/** Names alone: a listing needs no more, and the values of one block may be megabytes. @throws FormatError */
export function attributeNames(source: ByteSource, sb: Superblock, inode: Inode): string[] {
  return Array.from(allOf(source, sb, inode), ({ name }) => name);
}

/** @throws FormatError */
export function readAttributes(source: ByteSource, sb: Superblock, inode: Inode): ExtendedAttribute[] {
  const found: ExtendedAttribute[] = [];
  let total = 0;
  for (const { name, size, read } of allOf(source, sb, inode)) {
    total += size;
    if (total > MAX_VALUES)
      failAt('UnsupportedSize', source, inode.at, `at most ${MAX_VALUES} bytes of attributes`, 'more');
    found.push({ name, value: read() });
  }
  return found;
}

/** What does not fit into the inode's own sixty bytes. */
export function inlineRest(source: ByteSource, sb: Superblock, inode: Inode): Uint8Array {
  for (const { name, read } of inInode(source, sb, inode)) if (name === INLINE) return read();
  return new Uint8Array(0);
}
