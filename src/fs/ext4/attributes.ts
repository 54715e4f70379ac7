/**
 * Extended attributes: behind the fields of a large inode, and in one block more.
 *
 *     in the inode   EA020000 | entries ... | ... values         offsets of values from the first entry
 *     in a block     EA020000, 28 bytes | entries ... | values   offsets from the block's beginning
 *     entry          name length, name index, value offset u16, inode of the value u32, size u32, hash u32, name, padded
 */
import type { Bytes } from '../../base/bytes.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
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
/** Values in inodes of their own are at most 64 KiB. */
const MAX_VALUE = 65_536;
const decoder = new TextDecoder();

function* entries(
  source: ByteSource,
  sb: Superblock,
  view: Bytes,
  at: number,
  first: number,
  base: number,
): Generator<ExtendedAttribute> {
  for (let entry = first; entry + 4 <= view.length && view.u32(entry) !== 0; ) {
    const length = view.u8(entry);
    const [value, inode, size] = [view.u16(entry + 2), view.u32(entry + 4), view.u32(entry + 8)];
    if (entry + ENTRY + length > view.length)
      failAt('UnexpectedEnd', source, at + entry, 'an attribute within its block', `a name of ${length} bytes`);
    const name = `${PREFIXES[view.u8(entry + 1)] ?? ''}${decoder.decode(view.bytes.subarray(entry + ENTRY, entry + ENTRY + length))}`;
    if (inode !== 0) {
      if (size > MAX_VALUE) failAt('InvalidLength', source, at + entry + 8, `at most ${MAX_VALUE} bytes`, size);
      const holder = readInode(source, sb, inode);
      // its own data are in blocks: inline data are attributes, and attributes of attributes would never end
      if ((holder.flags & InodeFlag.inlineData) !== 0)
        failAt('InvalidReference', source, at + entry + 4, 'an inode with a value', `inode ${inode}`);
      const held = inodeData(source, sb, holder);
      const bytes = new Uint8Array(Math.min(size, held.size));
      if (bytes.length > 0) held.readInto(0, bytes);
      yield { name, value: bytes };
    } else {
      if (base + value + size > view.length)
        failAt('InvalidOffset', source, at + entry + 2, 'a value within its block', `${size} bytes at ${value}`);
      yield { name, value: view.bytes.slice(base + value, base + value + size) };
    }
    entry += (ENTRY + length + 3) & ~3;
  }
}

function* inInode(source: ByteSource, sb: Superblock, inode: Inode): Generator<ExtendedAttribute> {
  const start = 128 + inode.extra;
  if (inode.extra === 0 || start + 4 > inode.view.length || inode.view.u32(start) !== MAGIC) return;
  yield* entries(source, sb, inode.view, inode.at, start + 4, start + 4);
}

/** All attributes but the one that holds inline data. @throws FormatError */
export function readAttributes(source: ByteSource, sb: Superblock, inode: Inode): ExtendedAttribute[] {
  const found = [...inInode(source, sb, inode)];
  if (inode.fileAcl !== 0) {
    const at = inode.fileAcl * sb.blockSize;
    if (inode.fileAcl >= sb.blocks)
      failAt('InvalidOffset', source, inode.at + 0x68, `a block below ${sb.blocks}`, inode.fileAcl);
    const view = readView(source, at, sb.blockSize);
    if (view.u32(0) !== MAGIC) failAt('InvalidSignature', source, at, 'EA020000', view.u32(0));
    found.push(...entries(source, sb, view, at, BLOCK_HEADER, 0));
  }
  return found.filter(({ name }) => name !== INLINE);
}

/** What does not fit into the inode's own sixty bytes. */
export function inlineRest(source: ByteSource, sb: Superblock, inode: Inode): Uint8Array {
  for (const { name, value } of inInode(source, sb, inode)) if (name === INLINE) return value;
  return new Uint8Array(0);
}
