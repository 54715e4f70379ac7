/**
 * Hives: bytes to keys and values as columns. One HiveFormat today (regf); the shape is the same as in `fs/`:
 * `list`/`values` of one key at once for the first rows, `scan` of everything.
 */
import type { Recovered, ReplayChanges } from 'hivex-wasm';
import type { ItemRef } from '../base/brand.ts';
import type { Facts, Finding } from '../base/findings.ts';
import type { Scan } from '../base/scan.ts';
import type { FormatDescriptor, Opened } from '../source/format.ts';
import type { ByteSource } from '../source/types.ts';

/** What free cells hold of deleted keys and values, and what transaction logs changed. */
export type { KeyChange, Recovered, RecoveredKey, RecoveredValue, ReplayChanges, ValueChange } from 'hivex-wasm';

/** `layerKind` column (merge-semantics.md 0.2, regf 1.6 layer byte bits 0-1). */
export const LayerKind = { merge: 0, tombstone: 1, supersedeLocal: 2, supersedeTree: 3 } as const;
export type LayerKind = (typeof LayerKind)[keyof typeof LayerKind];

export const KeyFlag = {
  /** REG_LINK key: a leaf for the merge. */
  symlink: 1 << 0,
  /** Class comes from the next lower layer (layer byte bit 7). */
  inheritClass: 1 << 1,
  hasClass: 1 << 2,
  volatile: 1 << 3,
} as const;

export const ValueFlag = {
  /** Tombstone value: hides the name in lower layers. */
  tombstone: 1 << 0,
  /** The data could not be read (damaged cell); size is what the cell states. */
  damaged: 1 << 1,
} as const;

/** Keys as columns, parents and children in any order; the root key is row of its own with parent = its own id. */
export interface KeyChunk {
  readonly count: number;
  /** Cell offset of the key node relative to the first hive bin: local id and ref in one. */
  readonly id: Uint32Array;
  readonly parent: Uint32Array;
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
  readonly names: Uint16Array;
  readonly lastWriteLo: Uint32Array;
  readonly lastWriteHi: Uint32Array;
  readonly layerKind: Uint8Array;
  readonly flags: Uint16Array;
  /** `sk` cell offset, 0xffffffff when there is none. */
  readonly security: Uint32Array;
  readonly subkeys: Uint32Array;
  /** Number of rows of this key in the value chunks. */
  readonly values: Uint32Array;
}

export const KEY_COLUMNS = {
  id: Uint32Array,
  parent: Uint32Array,
  nameOffset: Uint32Array,
  nameLength: Uint16Array,
  lastWriteLo: Uint32Array,
  lastWriteHi: Uint32Array,
  layerKind: Uint8Array,
  flags: Uint16Array,
  security: Uint32Array,
  subkeys: Uint32Array,
  values: Uint32Array,
} as const;

/** Values as columns, values of one key adjoining and in stored order. */
export interface ValueChunk {
  readonly count: number;
  /** `id` of the key. */
  readonly key: Uint32Array;
  /** Cell offset of the value: what `data` takes. */
  readonly ref: Uint32Array;
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
  readonly names: Uint16Array;
  readonly type: Uint32Array;
  /** Data size in bytes. */
  readonly size: Uint32Array;
  readonly flags: Uint8Array;
  /** 64-bit hash of type, size and data bytes (FNV-1a over them), halves; equal data have equal hashes. */
  readonly hashHi: Uint32Array;
  readonly hashLo: Uint32Array;
}

export const VALUE_COLUMNS = {
  key: Uint32Array,
  ref: Uint32Array,
  nameOffset: Uint32Array,
  nameLength: Uint16Array,
  type: Uint32Array,
  size: Uint32Array,
  flags: Uint8Array,
  hashHi: Uint32Array,
  hashLo: Uint32Array,
} as const;

export interface KeySink {
  keys(chunk: KeyChunk): void;
  values(chunk: ValueChunk): void;
  finding(finding: Finding): void;
}

export interface KeyDetail {
  readonly className: string | null;
  /** Self-relative SECURITY_DESCRIPTOR of the key. */
  readonly security: Uint8Array | null;
  readonly facts: Facts;
}

/** Everything of a hive as JSON lines in UTF-8, in key order. */
export interface HiveLines {
  /** Keys written so far. */
  readonly keys: number;
  /**
   * The next bytes: a view, to be used before anything else is asked of the hive. Null at the end.
   * @throws FormatError UnsupportedSize before a key whose path is too long for them; what came before is whole lines
   */
  next(): Uint8Array | null;
  /** What was odd on the way, as a scan tells it. */
  findings(): Finding[];
}

/** What a hive tells of single keys and values. */
export interface HiveKeys {
  readonly root: ItemRef;
  /** clean | recovered (log replayed) | dirtyNoLog */
  readonly state: 'clean' | 'recovered' | 'dirtyNoLog';
  /** One key as a chunk of one row. */
  row(key: ItemRef): KeyChunk;
  /** Sub-keys of one key in list order. */
  list(key: ItemRef): KeyChunk;
  /** Values of one key in stored order. */
  values(key: ItemRef): ValueChunk;
  /** Data bytes of a value. @throws FormatError when they cannot be read */
  data(value: ItemRef): Uint8Array;
  /** As `data`, but perhaps a view of the hive's memory: read it before anything else is asked of the hive. */
  dataView(value: ItemRef): Uint8Array;
  /** Where the data of a value lie, offset in the hive file; null for tombstones. */
  locate(value: ItemRef): { readonly offset: number; readonly length: number } | null;
  describe(key: ItemRef): KeyDetail;
}

export interface OpenedHive extends Opened, HiveKeys {
  /** regf minor version, e.g. 3, 5, 6. */
  readonly minor: number;
  /** True when the hive says that its keys carry layer bits (regf 1.6 differencing). */
  readonly layered: boolean;
  scan(sink: KeySink): Scan;
  /** As `scan`, but as text. @param path of the root key. @param upcase table by which keys are sorted */
  jsonLines(path: string, upcase: Uint16Array): HiveLines;
  /** Keys and values before and after the replay of the transaction logs; null when none was applied. */
  changes(): ReplayChanges | null;
  /** Deleted keys and values from free cells: guesses that hold up, not part of the tree. Ends a scan that is under way. */
  deleted(): Iterable<Recovered>;
}

/** A hive that is being read. */
export interface OpeningHive extends Scan {
  /** File name that the hive itself states. */
  readonly fileName: string;
  /** What can be had before all of it is there, cell by cell; null when no root key can be seen yet. */
  readonly early: HiveKeys | null;
  /** The hive once it has been read: reads what is left. @throws FormatError when it cannot be read */
  finish(): OpenedHive;
}

export interface HiveContext {
  /** Compiled hivex-wasm module. */
  readonly module: WebAssembly.Module;
  /** Transaction logs found beside the hive, in the order LOG1, LOG2, LOG; empty when there are none. */
  readonly logs: readonly ByteSource[];
}

export interface HiveFormat extends FormatDescriptor {
  open(source: ByteSource, context: HiveContext): OpenedHive;
  /** Opens in steps. @throws FormatError as `open` does, but for what only the rest of the file shows */
  begin(source: ByteSource, context: HiveContext): OpeningHive;
}
