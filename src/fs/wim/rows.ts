/** Rows of an image as NodeChunk columns, filled straight from the metadata: no object is made per row. */
import { ByteState, NODE_COLUMNS, type NodeChunk, NodeFlag } from '../types.ts';
import type { BlobTable } from './blob-table.ts';
import { Attribute, align8, DENTRY_SIZE, type Metadata, streamRoles, TAG_EA } from './dentry.ts';
import { ResourceFlag } from './header.ts';
import type { ImageTree } from './tree.ts';

/** Microsoft's tag bit: the reparse point stands for another named place. */
const NAME_SURROGATE = 0x2000_0000;
/** IO_REPARSE_TAG_CLOUD and CLOUD_1 to CLOUD_F. */
const CLOUD_MASK = 0xffff_0fff;
const CLOUD = 0x9000_001a;
/** SHA-1 of nothing, as five little-endian words: some writers state it, with or without a blob. */
const EMPTY_SHA1 = [0xeea3_39da, 0x0d4b_6b5e, 0xefbf_5532, 0x9018_6095, 0x0907_d8af] as const;

export function isEmptySha1(words: Uint32Array, at: number): boolean {
  return EMPTY_SHA1.every((word, i) => words[at + i] === word);
}

type Columns = { [Name in keyof typeof NODE_COLUMNS]: InstanceType<(typeof NODE_COLUMNS)[Name]> };

function columns(count: number): Columns {
  return Object.fromEntries(
    Object.entries(NODE_COLUMNS).map(([name, Type]) => [name, new Type(count)]),
  ) as unknown as Columns;
}

/** What the data of a stated hash is. */
export function stateOf(blobs: BlobTable, blob: number): ByteState {
  if (blob < 0 || blobs.kind(blob) === 'elsewhere') return ByteState.missing;
  const flags = blobs.flags[blob]!;
  if (blobs.isCut(blob)) return ByteState.damaged;
  return flags & (ResourceFlag.compressed | ResourceFlag.solid) ? ByteState.decompressed : ByteState.complete;
}

/** Rows `from` to `to` (exclusive) of the tree. */
export function rowsChunk(tree: ImageTree, blobs: BlobTable, from: number, to: number): NodeChunk {
  const { metadata, offsets, parents, linkFirst, links } = tree;
  const { u16, u32 } = metadata;
  const count = to - from;
  const c = columns(count);
  // Locals: a property load less for each of 27 columns of each row.
  const { id, parent, ref, nameOffset, nameLength, shortOffset, shortLength, size, allocated, reparseTag } = c;
  const { createdLo, createdHi, modifiedLo, modifiedHi, accessedLo, accessedHi, securityId, linkId } = c;
  const { byteState, hashHi, hashLo } = c;
  const names = new Uint16Array(nameUnits(tree, from, to));
  let used = 0;
  for (let i = 0; i < count; i++) {
    const row = from + i;
    const at = offsets[row]!;
    const first = linkFirst[row]!;
    const attributes = metadata.attributes(at);
    id[i] = first;
    parent[i] = parents[row]!;
    ref[i] = offsets[first]!;
    const long = metadata.nameBytes(at) >> 1;
    nameOffset[i] = used;
    nameLength[i] = long;
    const nameStart = (at + DENTRY_SIZE) >> 1;
    for (let k = 0; k < long; k++) names[used + k] = u16[nameStart + k]!;
    used += long;
    const short = shortUnits(metadata, at);
    if (short > 0) {
      shortOffset[i] = used;
      shortLength[i] = short;
      const shortStart = metadata.shortStart(at) >> 1;
      for (let k = 0; k < short; k++) names[used + k] = u16[shortStart + k]!;
      used += short;
    }
    const word = at >> 2;
    createdLo[i] = u32[word + 10]!;
    createdHi[i] = u32[word + 11]!;
    accessedLo[i] = u32[word + 12]!;
    accessedHi[i] = u32[word + 13]!;
    modifiedLo[i] = u32[word + 14]!;
    modifiedHi[i] = u32[word + 15]!;
    c.attributes[i] = attributes;
    securityId[i] = u32[word + 3]! + 1;
    c.links[i] = links[row]!;
    if (links[row]! > 1) linkId[i] = first + 1;
    let flags = attributes & Attribute.directory ? NodeFlag.directory : 0;
    if (attributes & Attribute.reparsePoint) {
      reparseTag[i] = u32[word + 22]!;
      if (u32[word + 22]! & NAME_SURROGATE) flags |= NodeFlag.link;
    }
    let data = metadata.hashIndex(at);
    let efs = false;
    if (metadata.streams(at) > 0 || attributes & (Attribute.reparsePoint | Attribute.encrypted)) {
      const roles = streamRoles(metadata, at);
      if (roles.named.length > 0) flags |= NodeFlag.streams;
      efs = roles.data < 0 && roles.efs >= 0;
      data = efs ? roles.efs : roles.data;
    }
    if (hasEa(metadata, at)) flags |= NodeFlag.ea;
    c.flags[i] = flags;
    if (flags & NodeFlag.directory || data < 0 || metadata.isZeroHash(data)) continue;
    hashHi[i] = swap(u32[data]!);
    hashLo[i] = swap(u32[data + 1]!);
    const blob = blobs.find(u32, data);
    if (blob < 0 && isEmptySha1(u32, data)) continue;
    if (blob >= 0) {
      size[i] = blobs.sizes[blob]!;
      allocated[i] = blobs.stored[blob]!;
    }
    byteState[i] = efs ? ByteState.efs : stateOf(blobs, blob);
    if (blob < 0 && (reparseTag[i]! & CLOUD_MASK) >>> 0 === CLOUD) byteState[i] = ByteState.cloud;
  }
  return { count, ...c, names };
}

/** Units of the short name; 0 when there is none or it equals the long one. */
function shortUnits(metadata: Metadata, at: number): number {
  const bytes = metadata.shortBytes(at);
  if (bytes === 0) return 0;
  const { u16 } = metadata;
  const [short, long] = [metadata.shortStart(at) >> 1, (at + DENTRY_SIZE) >> 1];
  let same = bytes === metadata.nameBytes(at);
  for (let i = 0; same && i < bytes >> 1; i++) same = u16[short + i] === u16[long + i];
  // 8.3 names have 12 units at most; what is longer is none and would not fit its column.
  return same || bytes > 24 ? 0 : bytes >> 1;
}

function nameUnits(tree: ImageTree, from: number, to: number): number {
  let units = 0;
  for (let row = from; row < to; row++) {
    const at = tree.offsets[row]!;
    units += tree.metadata.nameBytes(at) >> 1;
    if (tree.metadata.shortBytes(at) > 0) units += shortUnits(tree.metadata, at);
  }
  return units;
}

/** True when a tagged item with extended attributes follows the names. */
function hasEa(metadata: Metadata, at: number): boolean {
  const end = at + metadata.liLength(at);
  for (let item = metadata.taggedStart(at); end - item >= 8; ) {
    if (metadata.u32[item >> 2] === TAG_EA) return true;
    item += 8 + align8(metadata.u32[(item + 4) >> 2]!);
  }
  return false;
}

/** Big-endian value of four bytes read as a little-endian word. */
function swap(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
