/** Rows of an image as NodeChunks: the kernel fills the columns (wasm/wim/rows.ts) from the metadata and from what stands here. */
import { ByteState, NODE_COLUMNS, type NodeChunk } from '../types.ts';
import type { BlobTable } from './blob-table.ts';
import { ResourceFlag } from './header.ts';
import type { BlobColumns } from './kernel.ts';
import type { ImageTree } from './tree.ts';

/** SHA-1 of nothing, as five little-endian words: some writers state it, with or without a blob. */
const EMPTY_SHA1 = [0xeea3_39da, 0x0d4b_6b5e, 0xefbf_5532, 0x9018_6095, 0x0907_d8af] as const;

export function isEmptySha1(words: Uint32Array, at: number): boolean {
  return EMPTY_SHA1.every((word, i) => words[at + i] === word);
}

/** What the data of a stated hash is. */
export function stateOf(blobs: BlobTable, blob: number): ByteState {
  if (blob < 0 || blobs.kind(blob) === 'elsewhere') return ByteState.missing;
  const flags = blobs.flags[blob]!;
  if (blobs.isCut(blob)) return ByteState.damaged;
  return flags & (ResourceFlag.compressed | ResourceFlag.solid) ? ByteState.decompressed : ByteState.complete;
}

/** The blob table as the kernel takes it. */
export function blobColumns(blobs: BlobTable): BlobColumns {
  const { count, hashes, sizes, stored } = blobs;
  const states = new Uint8Array(count);
  for (let blob = 0; blob < count; blob++) states[blob] = stateOf(blobs, blob);
  return { count, hashes, sizes, stored, states };
}

/** Rows `from` to `to` (exclusive) of the tree in one chunk, however many they are. */
export function rowsChunk(tree: ImageTree, from: number, to: number): NodeChunk {
  const parts: NodeChunk[] = [];
  let at = from;
  do {
    const part = tree.chunk(at, to);
    parts.push(part);
    at += part.count;
  } while (at < to);
  return parts.length === 1 ? parts[0]! : joined(parts, to - from);
}

function joined(parts: readonly NodeChunk[], count: number): NodeChunk {
  const columns: Record<string, unknown> = {};
  for (const [name, Type] of Object.entries(NODE_COLUMNS) as [keyof typeof NODE_COLUMNS, typeof Uint32Array][]) {
    const column = new Type(count);
    let at = 0;
    for (const part of parts) {
      column.set(part[name] as Uint32Array, at);
      at += part.count;
    }
    columns[name] = column;
  }
  const names = new Uint16Array(parts.reduce((sum, part) => sum + part.names.length, 0));
  const chunk = { ...columns, names, count } as unknown as NodeChunk;
  let row = 0;
  let units = 0;
  for (const part of parts) {
    names.set(part.names, units);
    for (const end = row + part.count; row < end; row++) {
      chunk.nameOffset[row]! += units;
      if (chunk.shortLength[row]! > 0) chunk.shortOffset[row]! += units;
    }
    units += part.names.length;
  }
  return chunk;
}
