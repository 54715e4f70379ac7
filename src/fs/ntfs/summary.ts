/** What a row says of a file, from its attributes. The kernel (wasm/ntfs/facts.ts) says the same for simple records. */
import { FormatError } from '../../base/errors.ts';
import { ByteState, NodeFlag } from '../types.ts';
import {
  ATTRIBUTE_FLAG_COMPRESSION_MASK,
  ATTRIBUTE_FLAG_ENCRYPTED,
  ATTRIBUTE_FLAG_SPARSE,
  AttributeType,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_NORMAL,
  FILE_ATTRIBUTE_OFFLINE,
  FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS,
  FILE_ATTRIBUTE_SPARSE_FILE,
  IO_REPARSE_TAG_DEDUP,
  IO_REPARSE_TAG_SIS,
  IO_REPARSE_TAG_WCI,
  IO_REPARSE_TAG_WOF,
  REPARSE_NAME_SURROGATE,
} from './layout.ts';
import type { Mft } from './mft.ts';
import { type Node, openAttribute } from './node.ts';
import type { Attribute } from './record.ts';

/** Offsets of the four times in $STANDARD_INFORMATION (in $FILE_NAME eight further). */
export interface Times {
  readonly created: readonly [number, number];
  readonly modified: readonly [number, number];
  readonly changed: readonly [number, number];
  readonly accessed: readonly [number, number];
}

export interface Summary {
  readonly directory: boolean;
  /** Null when the file has no readable $STANDARD_INFORMATION: its names then speak for themselves. */
  readonly times: Times | null;
  readonly attributes: number;
  readonly securityId: number;
  readonly size: number;
  readonly allocated: number;
  readonly reparseTag: number;
  readonly flags: number;
  readonly byteState: ByteState;
}

/** FILE_ATTRIBUTE_* as Windows shows them: index marks away, directory bit from the record. */
export function shownAttributes(raw: number, directory: boolean): number {
  const kept = raw & 0x0fff_ffff & ~FILE_ATTRIBUTE_DIRECTORY;
  return (directory ? kept | FILE_ATTRIBUTE_DIRECTORY : kept) || FILE_ATTRIBUTE_NORMAL;
}

/** The bytes with the four times at `at`. */
export function timesAt(bytes: { u32(offset: number): number }, at: number): Times {
  const time = (offset: number) => [bytes.u32(at + offset), bytes.u32(at + offset + 4)] as const;
  return { created: time(0), modified: time(8), changed: time(16), accessed: time(24) };
}

function reparseTagOf(mft: Mft, node: Node): number {
  const source = openAttribute(mft, node, AttributeType.reparsePoint, '', '$REPARSE_POINT');
  if (source === null || source.size < 4) return 0;
  const bytes = new Uint8Array(4);
  source.readInto(0, bytes);
  return new DataView(bytes.buffer).getUint32(0, true);
}

/** The state of the unnamed stream, in the order of what rules out reading its clusters as they are. */
export function byteStateOf(data: Attribute | undefined, tag: number, attributes: number): ByteState {
  if (tag === IO_REPARSE_TAG_WOF) return ByteState.wof;
  if (tag === IO_REPARSE_TAG_DEDUP || tag === IO_REPARSE_TAG_SIS) return ByteState.dedup;
  const flags = data?.flags ?? 0;
  if ((flags & ATTRIBUTE_FLAG_ENCRYPTED) !== 0) return ByteState.efs;
  if (tag === IO_REPARSE_TAG_WCI || (tag & 0xffff_0fff) >>> 0 === 0x9000_0018) {
    if ((attributes & (FILE_ATTRIBUTE_SPARSE_FILE | FILE_ATTRIBUTE_OFFLINE)) !== 0) return ByteState.missing;
  } else if (tag !== 0 && (attributes & (FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS | FILE_ATTRIBUTE_OFFLINE)) !== 0)
    return ByteState.cloud;
  if (data === undefined || data.mapping === null) return ByteState.complete;
  if ((flags & ATTRIBUTE_FLAG_COMPRESSION_MASK) !== 0) return ByteState.lznt1;
  return (flags & ATTRIBUTE_FLAG_SPARSE) !== 0 ? ByteState.sparse : ByteState.complete;
}

/** The piece of the unnamed stream that carries its sizes. */
export function unnamedData(node: Node): Attribute | undefined {
  return node.attributes.find(
    (a) => a.type === AttributeType.data && a.name === '' && (a.mapping === null || a.mapping.lowestVcn === 0),
  );
}

export function summarize(mft: Mft, node: Node): Summary {
  const { directory } = node.record;
  const standard = node.attributes.find((a) => a.type === AttributeType.standardInformation)?.value ?? null;
  const readable = standard !== null && standard.length >= 48 ? standard : null;
  let damaged = node.damage !== null || (standard !== null && readable === null);
  let tag = 0;
  try {
    tag = reparseTagOf(mft, node);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    damaged = true;
  }
  const attributes = shownAttributes(readable?.u32(32) ?? 0, directory);
  const data = unnamedData(node);
  const has = (type: number) => node.attributes.some((a) => a.type === type);
  let flags = directory ? NodeFlag.directory : 0;
  if (directory && readable !== null && (readable.u32(40) & 1) !== 0) flags |= NodeFlag.caseSensitive;
  if (node.attributes.some((a) => a.type === AttributeType.data && a.name !== '')) flags |= NodeFlag.streams;
  if ((tag & REPARSE_NAME_SURROGATE) !== 0) flags |= NodeFlag.link;
  if (has(AttributeType.ea)) flags |= NodeFlag.ea;
  const size = data?.value?.length ?? data?.mapping?.fileSize ?? 0;
  const allocated = data?.mapping?.totalAllocated ?? Math.ceil(size / 8) * 8;
  const state = damaged ? ByteState.damaged : byteStateOf(data, tag, attributes);
  return {
    directory,
    times: readable === null ? null : timesAt(readable, 0),
    attributes,
    securityId: readable !== null && readable.length >= 72 ? readable.u32(52) : 0,
    size: directory ? 0 : size,
    allocated: directory ? 0 : allocated,
    reparseTag: tag,
    flags,
    byteState: directory ? ByteState.complete : state,
  };
}
