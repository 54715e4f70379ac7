/** What the columns have no room for, read from one entry: streams, reparse data, security, object id, EAs. */
import { FormatError } from '../../base/errors.ts';
import type { Facts } from '../../base/findings.ts';
import { hex } from '../../base/guid.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { ByteState, type NodeDetail, type StreamInfo } from '../types.ts';
import type { BlobTable } from './blob-table.ts';
import { type Metadata, type StreamRoles, streamRoles } from './dentry.ts';
import { ResourceFlag } from './header.ts';
import { reparseTarget } from './reparse.ts';
import { stateOf } from './rows.ts';
import { objectIdOf, taggedFacts, taggedItems } from './tagged.ts';

/** MAXIMUM_REPARSE_DATA_BUFFER_SIZE. */
const MAX_REPARSE = 16_384;

export interface DetailContext {
  readonly metadata: Metadata;
  readonly blobs: BlobTable;
  readonly chunkSize: number;
  /** Opens the blob whose hash stands at index `hash` of the metadata's words. */
  openHash(hash: number, name: string): ByteSource;
}

export function describeEntry(context: DetailContext, at: number): NodeDetail {
  const { metadata, blobs } = context;
  const roles = streamRoles(metadata, at);
  const directory = metadata.isDirectory(at);
  const data = roles.data >= 0 ? roles.data : roles.efs;
  const tagged = taggedItems(metadata, at);
  const reparseData = metadata.isReparse(at) ? reparseBytes(context, roles) : null;
  return {
    streams: [
      ...(directory ? [] : [streamInfo(context, '', data)]),
      ...roles.named.map(({ name, hash }) => streamInfo(context, name, hash)),
    ],
    reparseTarget: reparseData && reparseTarget(metadata.u32[(at + 88) >> 2]!, reparseData),
    reparseData,
    security: securityDescriptor(metadata, metadata.securityId(at)),
    sha1: directory || data < 0 || metadata.isZeroHash(data) ? null : hashText(metadata, data),
    objectId: objectIdOf(tagged),
    byteState: byteState(context, directory ? -1 : roles.data, directory ? -1 : roles.efs),
    facts: {
      metadataOffset: at,
      securityId: metadata.securityId(at) < 0 ? null : metadata.securityId(at),
      hardLinkId: metadata.isReparse(at) ? null : linkId(metadata, at),
      ...(data >= 0 && !directory ? resourceFacts(blobs, blobs.find(metadata.u32, data), context.chunkSize) : {}),
      ...taggedFacts(tagged),
    },
  };
}

function streamInfo({ metadata, blobs }: DetailContext, name: string, hash: number): StreamInfo {
  const blob = hash < 0 || metadata.isZeroHash(hash) ? -1 : blobs.find(metadata.u32, hash);
  return { name, size: blob < 0 ? 0 : blobs.sizes[blob]!, allocated: blob < 0 ? 0 : blobs.stored[blob]! };
}

function byteState({ metadata, blobs }: DetailContext, data: number, efs: number): ByteState {
  if (data < 0) return efs < 0 ? ByteState.complete : ByteState.efs;
  return stateOf(blobs, blobs.find(metadata.u32, data));
}

function hashText(metadata: Metadata, hash: number): string {
  return hex(metadata.bytes.subarray(hash * 4, hash * 4 + 20));
}

function linkId(metadata: Metadata, at: number): string | null {
  const id = (BigInt(metadata.u32[(at + 92) >> 2]!) << 32n) | BigInt(metadata.u32[(at + 88) >> 2]!);
  return id === 0n ? null : id.toString();
}

function resourceFacts(blobs: BlobTable, blob: number, chunkSize: number): Facts {
  if (blob < 0) return {};
  const flags = blobs.flags[blob]!;
  return {
    resourceOffset: blobs.offsets[blob]!,
    resourceBytes: blobs.stored[blob]!,
    compressed: (flags & ResourceFlag.compressed) !== 0,
    chunkSize: flags & ResourceFlag.compressed ? chunkSize : null,
    solid: (flags & ResourceFlag.solid) !== 0,
    refCount: blobs.refCounts[blob]!,
  };
}

/** Reparse data of a blob that is here and sound; null otherwise: the tag in the row says that there should be some. */
function reparseBytes(context: DetailContext, roles: StreamRoles): Uint8Array | null {
  if (roles.reparse < 0) return null;
  try {
    const source = context.openHash(roles.reparse, 'reparse data');
    return source.size > MAX_REPARSE ? null : readBytes(source, 0, source.size);
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

/** Descriptor `id` of the security block; null when the id is -1 or the block does not hold it. */
function securityDescriptor(metadata: Metadata, id: number): Uint8Array | null {
  if (id < 0 || metadata.length < 8) return null;
  const total = Math.min(metadata.u32[0]!, metadata.length);
  const count = metadata.u32[1]!;
  if (id >= count || count > (total - 8) / 8) return null;
  let start = 8 + count * 8;
  for (let i = 0; i <= id; i++) {
    const length = metadata.u32[2 + i * 2]!;
    if (metadata.u32[3 + i * 2] !== 0 || length > total - start) return null;
    if (i === id) return metadata.bytes.slice(start, start + length);
    start += length;
  }
  return null;
}
