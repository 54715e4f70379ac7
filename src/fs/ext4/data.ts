/** The bytes of an inode: extent trees, block pointers, inline data. */

import { MemorySource } from '../../source/memory.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import { emptyRun, MappedSource, type Run, RunListSource, storedRun } from '../../source/run-list.ts';
import type { ByteSource } from '../../source/types.ts';
import { inlineRest } from './attributes.ts';
import { BLOCK_MAP, BLOCK_MAP_SIZE, type Inode, InodeFlag, Mode } from './inode.ts';
import type { Superblock } from './superblock.ts';

const EXTENT_MAGIC = 0xf30a;
const MAX_DEPTH = 5;
/** As many as a file of a terabyte in small pieces has; each costs some dozens of bytes here. */
const MAX_EXTENTS = 1 << 20;
/** Nodes of a tree: a million extents have some three thousand. */
const MAX_NODES = 8192;
/** Longer extents are such as were reserved and never written. */
const WRITTEN = 32_768;
/** A size of 2^60 in a damaged inode must not become one of a source. */
const MAX_SIZE = 2 ** 50;

interface Extent {
  readonly block: number;
  readonly count: number;
  /** Null: reserved, not written. */
  readonly at: number | null;
}

function extentsOf(source: ByteSource, sb: Superblock, inode: Inode): Extent[] {
  const found: Extent[] = [];
  let blocks = 0;
  const walk = (node: ReturnType<typeof readView>, at: number, length: number, depth: number | null): void => {
    const bad = (offset: number, expected: string, actual: unknown): never =>
      failAt('InvalidData', source, at + offset, expected, actual);
    if (node.u16(0) !== EXTENT_MAGIC) bad(0, 'an extent node', node.u16(0));
    const [entries, level] = [node.u16(2), node.u16(6)];
    if (entries > Math.floor((length - 12) / 12)) bad(2, 'entries that the node has room for', entries);
    if (depth === null ? level > MAX_DEPTH : level !== depth) bad(6, `depth ${depth ?? `at most ${MAX_DEPTH}`}`, level);
    for (let i = 0; i < entries; i++) {
      const entry = 12 + i * 12;
      const block = node.u32(entry);
      const last = found.at(-1);
      if (last !== undefined && block < last.block + last.count) bad(entry, 'blocks in order', block);
      if (level > 0) {
        const child = node.u32(entry + 4) + node.u16(entry + 8) * 2 ** 32;
        if (++blocks > MAX_NODES || child >= sb.blocks) bad(entry + 4, `a block below ${sb.blocks}`, child);
        walk(readView(source, child * sb.blockSize, sb.blockSize), child * sb.blockSize, sb.blockSize, level - 1);
        continue;
      }
      const stated = node.u16(entry + 4);
      const count = stated > WRITTEN ? stated - WRITTEN : stated;
      const start = node.u32(entry + 8) + node.u16(entry + 6) * 2 ** 32;
      if (count === 0 || start + count > sb.blocks) bad(entry + 4, `blocks below ${sb.blocks}`, `${count} at ${start}`);
      if (found.length >= MAX_EXTENTS) bad(entry, `at most ${MAX_EXTENTS} extents`, 'more');
      found.push({ block, count, at: stated > WRITTEN ? null : start });
    }
  };
  walk(readView(source, inode.at + BLOCK_MAP, BLOCK_MAP_SIZE), inode.at + BLOCK_MAP, BLOCK_MAP_SIZE, null);
  return found;
}

function extentRuns(source: ByteSource, sb: Superblock, inode: Inode, size: number): Run[] {
  const runs: Run[] = [];
  let end = 0;
  const push = (run: Run) => {
    runs.push(run);
    end = run.offset + run.length;
  };
  for (const { block, count, at } of extentsOf(source, sb, inode)) {
    const offset = block * sb.blockSize;
    if (offset >= size) break;
    if (offset > end) push(emptyRun('zero', end, offset - end));
    const length = Math.min(count * sb.blockSize, size - offset);
    if (at === null) push(emptyRun('zero', offset, length));
    else {
      const start = at * sb.blockSize;
      // an image that was cut off
      const here = Math.max(0, Math.min(length, source.size - start));
      if (here > 0) push(storedRun(offset, here, source, start));
      if (here < length) push(emptyRun('missing', offset + here, length - here));
    }
  }
  if (end < size) push(emptyRun('zero', end, size - end));
  return runs;
}

/** Twelve pointers to blocks, then one to a block of pointers, one to a block of those, and one to a block of those. */
function pointersOf(source: ByteSource, sb: Superblock, inode: Inode) {
  const { blockSize } = sb;
  const per = blockSize / 4;
  /** Where a block lies; 0 for a hole, which goes on for `alike` blocks: what no pointer leads to is not looked at one by one. */
  return (block: number): { at: number; alike: number } => {
    let left = block;
    if (left < 12) return { at: inode.view.u32(BLOCK_MAP + left * 4), alike: 1 };
    left -= 12;
    for (let depth = 1, reach = per; depth <= 3; depth++, reach *= per) {
      if (left >= reach) {
        left -= reach;
        continue;
      }
      let at = inode.view.u32(BLOCK_MAP + (11 + depth) * 4);
      let alike = reach - left;
      for (let below = reach / per; at !== 0 && below >= 1; below /= per) {
        if (at >= sb.blocks) failAt('InvalidOffset', source, inode.at + BLOCK_MAP, `a block below ${sb.blocks}`, at);
        at = readView(source, at * blockSize + Math.floor(left / below) * 4, 4).u32(0);
        left %= below;
        alike = below - left;
      }
      return { at, alike };
    }
    return failAt('InvalidOffset', source, inode.at + 4, 'a file that its pointers reach', `block ${block}`);
  };
}

function pointerSource(source: ByteSource, sb: Superblock, inode: Inode, size: number, name: string): ByteSource {
  const { blockSize } = sb;
  const pointer = pointersOf(source, sb, inode);
  return new MappedSource(
    name,
    size,
    (offset) => {
      const block = Math.floor(offset / blockSize);
      const { at, alike } = pointer(block);
      const start = block * blockSize;
      if (at === 0) return emptyRun('zero', start, Math.min(alike * blockSize, size - start));
      const length = Math.min(blockSize, size - start);
      if (at >= sb.blocks) failAt('InvalidOffset', source, inode.at + BLOCK_MAP, `a block below ${sb.blocks}`, at);
      const here = Math.max(0, Math.min(length, source.size - at * blockSize));
      return here < length ? emptyRun('missing', start, length) : storedRun(start, length, source, at * blockSize);
    },
    'the end of the image',
  );
}

/** Blocks of the volume that hold the data of an inode, in order, holes left out; none that is not whole. @throws FormatError */
export function* blocksOf(source: ByteSource, sb: Superblock, inode: Inode): Generator<number> {
  const blocks = Math.floor(inode.size / sb.blockSize);
  if ((inode.flags & InodeFlag.extents) !== 0) {
    for (const { block, count, at } of extentsOf(source, sb, inode))
      for (let i = 0; at !== null && i < count && block + i < blocks; i++) yield at + i;
    return;
  }
  const pointer = pointersOf(source, sb, inode);
  for (let block = 0; block < blocks; ) {
    const { at, alike } = pointer(block);
    if (at >= sb.blocks) failAt('InvalidOffset', source, inode.at + BLOCK_MAP, `a block below ${sb.blocks}`, at);
    if (at > 0) yield at;
    block += at > 0 ? 1 : alike;
  }
}

/** Bytes of a file, a directory or a symbolic link. @throws FormatError */
export function inodeData(source: ByteSource, sb: Superblock, inode: Inode): ByteSource {
  const name = `inode ${inode.number}`;
  const { size, flags, kind } = inode;
  if (size > MAX_SIZE) failAt('InvalidLength', source, inode.at + 4, `at most ${MAX_SIZE} bytes`, size);
  const short =
    kind === Mode.link && size < BLOCK_MAP_SIZE && (flags & (InodeFlag.extents | InodeFlag.inlineData)) === 0;
  if (short || (flags & InodeFlag.inlineData) !== 0) {
    const rest = size > BLOCK_MAP_SIZE ? inlineRest(source, sb, inode) : new Uint8Array(0);
    const first = Math.min(size, BLOCK_MAP_SIZE);
    const bytes = new Uint8Array(Math.min(size, first + rest.length));
    bytes.set(inode.view.bytes.subarray(BLOCK_MAP, BLOCK_MAP + first));
    bytes.set(rest.subarray(0, bytes.length - first), first);
    const origin = source
      .extents(inode.at + BLOCK_MAP, Math.max(1, first))
      [Symbol.iterator]()
      .next().value;
    const place = origin?.file == null ? null : { file: origin.file, offset: origin.fileOffset, length: first };
    const held = new MemorySource(name, bytes, place);
    if (bytes.length === size) return held;
    // a file that was only made longer: Linux reads zeros there
    const runs = [storedRun(0, bytes.length, held, 0), emptyRun('zero', bytes.length, size - bytes.length)];
    return new RunListSource(name, size, runs);
  }
  if (size === 0) return new MemorySource(name, new Uint8Array(0));
  if ((flags & InodeFlag.extents) !== 0)
    return new RunListSource(name, size, extentRuns(source, sb, inode, size), 'the end of the image');
  return pointerSource(source, sb, inode, size, name);
}
