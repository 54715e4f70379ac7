/** B-trees of directories and of $Secure, loaded from sorted entries. */
import { align8, protect } from './encode.ts';

export interface IndexItem {
  readonly key: Uint8Array;
  /** First 8 bytes of the entry: a file reference, or place and length of `data`. */
  readonly reference?: bigint;
  readonly data?: Uint8Array;
}

export interface IndexKind {
  readonly attributeType: number;
  readonly collation: number;
}

export const FILE_NAME_INDEX: IndexKind = { attributeType: 0x30, collation: 1 };

interface Branch {
  readonly item: IndexItem | null;
  readonly child: number | null;
}

export const BLOCK = 4096;
const BLOCK_USA = 40;
const BLOCK_HEADER = 24;
const FIRST = align8(BLOCK_USA + (BLOCK / 512 + 1) * 2);
const BLOCK_ROOM = BLOCK - FIRST;
const END_ENTRY = 24;

function entrySize(item: IndexItem, child: boolean): number {
  return align8(16 + item.key.length + (item.data?.length ?? 0)) + (child ? 8 : 0);
}

function encodeEntry({ item, child }: Branch): Uint8Array {
  const size = item === null ? 16 + (child === null ? 0 : 8) : entrySize(item, child !== null);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, size, true);
  view.setUint16(12, (child === null ? 0 : 1) | (item === null ? 2 : 0), true);
  if (child !== null) view.setBigUint64(size - 8, BigInt(child), true);
  if (item === null) return bytes;
  view.setUint16(10, item.key.length, true);
  bytes.set(item.key, 16);
  if (item.data !== undefined) {
    view.setUint16(0, 16 + item.key.length, true);
    view.setUint16(2, item.data.length, true);
    bytes.set(item.data, 16 + item.key.length);
  } else if (item.reference !== undefined) view.setBigUint64(0, item.reference, true);
  return bytes;
}

function encodeNode(branches: readonly Branch[], firstEntry: number, available: number): Uint8Array {
  const entries = branches.map(encodeEntry);
  const used = firstEntry + entries.reduce((sum, e) => sum + e.length, 0);
  const bytes = new Uint8Array(Math.max(used, available));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, firstEntry, true);
  view.setUint32(4, used, true);
  view.setUint32(8, available === 0 ? used : available, true);
  view.setUint8(12, branches.some((b) => b.child !== null) ? 1 : 0);
  let at = firstEntry;
  for (const entry of entries) {
    bytes.set(entry, at);
    at += entry.length;
  }
  return bytes;
}

function encodeBlock(branches: readonly Branch[], vcn: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK);
  bytes.set(new TextEncoder().encode('INDX'));
  new DataView(bytes.buffer).setBigUint64(16, BigInt(vcn), true);
  bytes.set(encodeNode(branches, FIRST - BLOCK_HEADER, BLOCK - BLOCK_HEADER), BLOCK_HEADER);
  protect(bytes, BLOCK_USA);
  return bytes;
}

export interface BuiltIndex {
  readonly root: Uint8Array;
  /** INDX blocks one after another, empty when the root holds everything. */
  readonly allocation: Uint8Array;
  readonly blocks: number;
}

/** @param rootRoom bytes the entries of the root may take */
export function buildIndex(
  items: readonly IndexItem[],
  kind: IndexKind,
  clusterSize: number,
  rootRoom: number,
): BuiltIndex {
  const unit = BLOCK / (BLOCK < clusterSize ? 512 : clusterSize);
  const blocks: Uint8Array[] = [];
  let branches: Branch[] = [...items.map((item) => ({ item, child: null })), { item: null, child: null }];
  const size = (all: readonly Branch[]) => all.reduce((sum, b) => sum + encodeEntry(b).length, 0);
  while (size(branches) > rootRoom) {
    // Fill blocks from the left; the entry that would not fit goes up and points to the block before it.
    const up: Branch[] = [];
    let node: Branch[] = [];
    let used = 0;
    const close = (item: IndexItem | null, child: number | null) => {
      const vcn = blocks.length * unit;
      blocks.push(encodeBlock([...node, { item: null, child }], vcn));
      up.push({ item, child: vcn });
      node = [];
      used = 0;
    };
    for (let i = 0; i < branches.length; i++) {
      const branch = branches[i]!;
      if (branch.item === null) {
        close(null, branch.child);
        break;
      }
      const bytes = entrySize(branch.item, branch.child !== null);
      if (used + bytes + END_ENTRY <= BLOCK_ROOM) {
        node.push(branch);
        used += bytes;
      } else if (i < branches.length - 2) close(branch.item, branch.child);
      else {
        // The last entry must stay below, or the last block would be empty.
        const before = node.pop()!;
        close(before.item, before.child);
        node.push(branch);
        used = bytes;
      }
    }
    branches = up;
  }
  const header = new Uint8Array(16);
  const view = new DataView(header.buffer);
  view.setUint32(0, kind.attributeType, true);
  view.setUint32(4, kind.collation, true);
  view.setUint32(8, BLOCK, true);
  view.setInt8(12, BLOCK < clusterSize ? BLOCK / 512 : BLOCK / clusterSize);
  const node = encodeNode(branches, 16, 0);
  const root = new Uint8Array(16 + node.length);
  root.set(header);
  root.set(node, 16);
  const allocation = new Uint8Array(blocks.length * BLOCK);
  for (let i = 0; i < blocks.length; i++) allocation.set(blocks[i]!, i * BLOCK);
  return { root, allocation, blocks: blocks.length };
}
