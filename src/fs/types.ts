/**
 * File systems: bytes to rows. A row is a name in a directory; a file with three hard links has three rows with one ref.
 *
 * Two ways to the same rows: `list(dir)` from the format's own directory index (first rows, `ls PATH`), and
 * `scan(sink)` of everything, in any order, with parents perhaps after children and perhaps lying. `index/` seals.
 */
import type { ItemRef } from '../base/brand.ts';
import type { Facts, Finding } from '../base/findings.ts';
import type { Scan } from '../base/scan.ts';
import type { Codecs, WasmModules } from '../codec/types.ts';
import type { FingerprintPart, FormatDescriptor, Identity, Opened, Resolve } from '../source/format.ts';
import type { ByteSource } from '../source/types.ts';

/** Bits of the `flags` column. */
export const NodeFlag = {
  directory: 1 << 0,
  /** Children of this directory are compared case-sensitively. */
  caseSensitive: 1 << 1,
  /** Has named data streams: ask `describe`. */
  streams: 1 << 2,
  /** A reparse point whose tag makes it a leaf: it names another place (name surrogate), or leaves a directory no children. */
  link: 1 << 3,
  /** Seen only in the directory index or only in the record table: see findings. */
  orphan: 1 << 4,
  /** Extended attributes present. */
  ea: 1 << 5,
  /** Has extended attributes by which overlayfs marks what it keeps: `describe` has them. */
  overlay: 1 << 6,
} as const;

/** Honest bytes: what the unnamed data stream of a row is. Values of the `byteState` column. */
export const ByteState = {
  complete: 0,
  /** Made from compressed bytes of the image (WIM resource): complete, decompressed. */
  decompressed: 1,
  sparse: 2,
  lznt1: 3,
  wof: 4,
  efs: 5,
  cloud: 6,
  /** Data is in another file that is not here. */
  missing: 7,
  damaged: 8,
  dedup: 9,
  /** Encrypted by a password or by Linux, not by EFS; the key is not in the image. */
  encrypted: 10,
  /** Here, but compressed or laid out in a way that is not read. */
  unread: 11,
} as const;
export type ByteState = (typeof ByteState)[keyof typeof ByteState];
export const BYTE_STATE_NAMES = [
  'complete',
  'decompressed',
  'sparse',
  'lznt1',
  'wof',
  'efs',
  'cloud',
  'missing',
  'damaged',
  'dedup',
  'encrypted',
  'unread',
] as const;

/**
 * Up to CHUNK_ROWS rows as columns; each array has exactly `count` entries (names: `nameOffset`/`nameLength` in UTF-16
 * units into `names`). All arrays stand in buffers of their own, so that a chunk is transferred without copies.
 */
export interface NodeChunk {
  readonly count: number;
  /** Local id: what `parent` of other rows refers to. Rows of one hard-linked file share it. */
  readonly id: Uint32Array;
  /** Local id of the directory. The root directory's own row is not sent; its id is `FsVolume.rootId`. */
  readonly parent: Uint32Array;
  /** What `open`, `list` and `describe` take. */
  readonly ref: Float64Array;
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
  /** Short (8.3) name in `names`; length 0 when there is none or it equals the long one. */
  readonly shortOffset: Uint32Array;
  readonly shortLength: Uint8Array;
  readonly names: Uint16Array;
  /** Bytes of the unnamed data stream; 0 for directories. */
  readonly size: Float64Array;
  readonly allocated: Float64Array;
  /** FILETIME halves. */
  readonly createdLo: Uint32Array;
  readonly createdHi: Uint32Array;
  readonly modifiedLo: Uint32Array;
  readonly modifiedHi: Uint32Array;
  readonly changedLo: Uint32Array;
  readonly changedHi: Uint32Array;
  readonly accessedLo: Uint32Array;
  readonly accessedHi: Uint32Array;
  /** FILE_ATTRIBUTE_* as Windows shows them (directory bit set for directories). */
  readonly attributes: Uint32Array;
  readonly reparseTag: Uint32Array;
  /** Rows with the same non-zero value have one security descriptor; 0: none, or one of their own. */
  readonly securityId: Uint32Array;
  /** Rows with the same non-zero value are one file under several names. */
  readonly linkId: Uint32Array;
  readonly links: Uint16Array;
  readonly flags: Uint16Array;
  readonly byteState: Uint8Array;
  /** First 8 bytes of the SHA-1 the image itself states for the data, big-endian halves; 0/0 when it states none. */
  readonly hashHi: Uint32Array;
  readonly hashLo: Uint32Array;
}

/** The column names of a NodeChunk with their array types, so that nobody lists them twice. `names` stands apart. */
export const NODE_COLUMNS = {
  id: Uint32Array,
  parent: Uint32Array,
  ref: Float64Array,
  nameOffset: Uint32Array,
  nameLength: Uint16Array,
  shortOffset: Uint32Array,
  shortLength: Uint8Array,
  size: Float64Array,
  allocated: Float64Array,
  createdLo: Uint32Array,
  createdHi: Uint32Array,
  modifiedLo: Uint32Array,
  modifiedHi: Uint32Array,
  changedLo: Uint32Array,
  changedHi: Uint32Array,
  accessedLo: Uint32Array,
  accessedHi: Uint32Array,
  attributes: Uint32Array,
  reparseTag: Uint32Array,
  securityId: Uint32Array,
  linkId: Uint32Array,
  links: Uint16Array,
  flags: Uint16Array,
  byteState: Uint8Array,
  hashHi: Uint32Array,
  hashLo: Uint32Array,
} as const;

export interface TreeSink {
  /** The sink owns the chunk from here on. */
  push(chunk: NodeChunk): void;
  finding(finding: Finding): void;
}

export interface StreamInfo {
  /** Empty for the unnamed data stream. */
  readonly name: string;
  readonly size: number;
  readonly allocated: number;
}

export interface ExtendedAttribute {
  /** With its namespace: `user.overlay.opaque`. */
  readonly name: string;
  readonly value: Uint8Array;
}

/** What the columns have no room for, read when somebody looks. */
export interface NodeDetail {
  readonly streams: readonly StreamInfo[];
  /** Reparse target as text (print name, else substitute name), null when there is none or the tag is unknown. */
  readonly reparseTarget: string | null;
  readonly reparseData: Uint8Array | null;
  /** Self-relative SECURITY_DESCRIPTOR. */
  readonly security: Uint8Array | null;
  /** SHA-1 of the unnamed stream in hex as stated by the image, else null. */
  readonly sha1: string | null;
  /** GUID text. */
  readonly objectId: string | null;
  readonly byteState: ByteState;
  /** Of Linux: absent where the format has none. */
  readonly attributes?: readonly ExtendedAttribute[];
  /** Facts only this format has: record number and sequence, resource flags, security id ... */
  readonly facts: Facts;
}

/**
 * What became of the bytes of a deleted file: `none` it had none, `resident` they stand in its record, `free` no file uses
 * their clusters now (a deleted one may have in between), `partly` or `used` files use some or all of them.
 */
export type DeletedData = 'none' | 'resident' | 'free' | 'partly' | 'used' | 'unknown';
/** `here`: its folders are still there; `deleted`: one of them was deleted too; `unknown`: one of them cannot be told any more. */
export type DeletedFolder = 'here' | 'deleted' | 'unknown';

/** A file or directory that was deleted and whose entry is not used by another yet. */
export interface DeletedFile {
  readonly ref: ItemRef;
  /** Path with backslashes from the root; with `folder` unknown only its end; empty when not even a name is left. */
  readonly path: string;
  readonly folder: DeletedFolder;
  readonly directory: boolean;
  readonly size: number;
  /** FILETIME halves: low, high. */
  readonly created: readonly [number, number];
  readonly modified: readonly [number, number];
  readonly changed: readonly [number, number];
  readonly accessed: readonly [number, number];
  readonly attributes: number;
  readonly data: DeletedData;
}

/** One of several equal parts of a check; together they check everything. */
export interface VerifyShare {
  /** 0-based. */
  readonly part: number;
  readonly of: number;
}
export const WHOLE: VerifyShare = { part: 0, of: 1 };

export interface FsVolume {
  /** Selector of this volume inside its file system: `1` for WIM image 1, `` when there is one. */
  readonly key: string;
  readonly title: string;
  readonly facts: Facts;
  /** Local id and ref of the root directory. */
  readonly rootId: number;
  readonly rootRef: ItemRef;
  /** Number of rows if it is known before the scan, for progress. */
  readonly estimate: number | null;
  /** The volume's own `$UpCase` (65,536 units), null when the format has none (WIM): then the Windows table counts. */
  upcase(): Uint16Array | null;
  scan(sink: TreeSink): Scan;
  /** Rows of one directory, in the order of its index. @throws FormatError when `dir` is none */
  list(dir: ItemRef): NodeChunk;
  /** Content of a stream. @throws FormatError UnsupportedFeature (compressed, encrypted), MissingData, MissingItem */
  open(ref: ItemRef, stream?: string): ByteSource;
  describe(ref: ItemRef): NodeDetail;
  fingerprint(): FingerprintPart[];
  /** Finds deleted files; they are never among the rows of `scan` and `list`. Absent when the format keeps no traces. */
  deleted?(report: (file: DeletedFile) => void): Scan;
  /**
   * What the clusters of a deleted file hold. Another deleted file may have been written there in between: nothing says so.
   * @throws FormatError MissingData when files use some of them now, MissingItem when there is no deleted file
   */
  openDeleted?(ref: ItemRef): ByteSource;
  /**
   * Checks what this volume can check by itself (hashes, checksums). Steppable like a scan; each bad item is a finding
   * with facts `{ path?, ref?, what, expected, actual }`. Null when the format carries nothing to check.
   * @param share only with `verifiesFile`
   */
  verify(report: (finding: Finding) => void, share?: VerifyShare): Scan | null;
  /** `verify` checks the file with all its volumes, whichever is asked, and does a share of the work when told so. */
  readonly verifiesFile?: boolean;
}

export interface FsContext {
  readonly codecs: Codecs;
  readonly modules: WasmModules;
  readonly resolve: Resolve;
}

export interface OpenedFs extends Opened {
  readonly volumes: readonly FsVolume[];
}

export interface FsFormat extends FormatDescriptor {
  /** A file system of discs: it leaves room for a partition table before it, which does not make it a disk. */
  readonly onDiscs?: true;
  identify(source: ByteSource, codecs: Codecs): Identity;
  open(source: ByteSource, context: FsContext): OpenedFs;
}
