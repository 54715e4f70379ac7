/** Entries of directories. Trees of hashes (htree) are disguised as unused entries: reading in a row finds every name. */
import { Bytes } from '../../base/bytes.ts';
import { utf8Name } from '../../base/utf8-name.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import type { DirectoryBlocks } from '../directory-blocks.ts';
import { inlineRest } from './attributes.ts';
import { blocksOf } from './data.ts';
import { BLOCK_MAP, BLOCK_MAP_SIZE, type Inode, InodeFlag } from './inode.ts';
import type { Superblock } from './superblock.ts';

export interface DirEntry {
  readonly inode: number;
  readonly name: string;
}

/** Names in encrypted directories are bytes without a meaning: told in base64url, as Linux tells those it has no key for. */
const hidden = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replace(/=+$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
/** Millions of names. */
const MAX_SIZE = 256 << 20;
/** Of an inline directory: the parent's inode, in place of `.` and `..`. */
const PARENT = 4;

function* entriesOf(
  view: ReturnType<typeof readView>,
  source: ByteSource,
  at: number,
  encrypted: boolean,
): Generator<DirEntry> {
  for (let entry = 0; entry + 8 <= view.length; ) {
    const stated = view.u16(entry + 4);
    // blocks of 64 KiB: the length of a whole one has no room in sixteen bits
    const length = stated === 0 || stated === 65_535 ? 65_536 : (stated & 65_532) | ((stated & 3) << 16);
    const nameLength = view.u8(entry + 6);
    if (length < 8 || entry + length > view.length || nameLength > length - 8)
      failAt('InvalidLength', source, at + entry + 4, 'an entry within its block', `${length} bytes`);
    const inode = view.u32(entry);
    const bytes = view.bytes.subarray(entry + 8, entry + 8 + nameLength);
    const name = utf8Name(bytes);
    if (inode !== 0 && name !== '' && name !== '.' && name !== '..')
      yield { inode, name: encrypted ? hidden(bytes) : name };
    entry += length;
  }
}

/**
 * @param blocks those that directories were read from before, in a scan
 * @throws FormatError where the directory is damaged; what stood before has been told then
 */
export function* directoryEntries(
  source: ByteSource,
  sb: Superblock,
  inode: Inode,
  blocks?: DirectoryBlocks,
): Generator<DirEntry> {
  const encrypted = (inode.flags & InodeFlag.encrypted) !== 0;
  // groups may share a table, and an inline directory has no block
  blocks?.take(source, inode.at);
  if ((inode.flags & InodeFlag.inlineData) !== 0) {
    const at = inode.at + BLOCK_MAP + PARENT;
    yield* entriesOf(readView(source, at, BLOCK_MAP_SIZE - PARENT), source, at, encrypted);
    const rest = inlineRest(source, sb, inode);
    if (rest.length > 0) yield* entriesOf(new Bytes(rest, source.name, inode.at), source, inode.at, encrypted);
    return;
  }
  if (inode.size > MAX_SIZE) failAt('UnsupportedSize', source, inode.at + 4, `at most ${MAX_SIZE} bytes`, inode.size);
  for (const block of blocksOf(source, sb, inode)) {
    const at = block * sb.blockSize;
    blocks?.take(source, at);
    yield* entriesOf(readView(source, at, sb.blockSize), source, at, encrypted);
  }
}
