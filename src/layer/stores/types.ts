/**
 * Store adapters: how a layer's image says which of its files are content and which are marks.
 *
 * Two phases, both pure, because the tree is in one thread and the bytes in another: `needs(tree)` names the files whose
 * content must be read, somebody fetches them, `apply(tree, bytes)` gives the normal form.
 */
import type { ItemRef } from '../../base/brand.ts';
import type { Facts, Finding } from '../../base/findings.ts';
import type { ExtendedAttribute } from '../../fs/types.ts';
import type { KeyTable } from '../../index/key-table.ts';
import type { NodeTable } from '../../index/node-table.ts';
import type { Placement } from '../arrange.ts';
import type { Policy } from '../policies.ts';
import type { FileMarker } from '../types.ts';

export interface StoreNeed {
  /** What `FsVolume.open` takes. */
  readonly ref: ItemRef;
  readonly path: string;
  /** Bytes as the tree states them; larger files than `limit` are not read and arrive as null. */
  readonly size: number;
  readonly limit: number;
}

export interface StoreHive {
  /** `HKU/*` and `HKU/*_Classes`: every user's. */
  readonly mount: string;
  readonly row: number;
  readonly path: string;
  /** The key of the file that is the mount's root, when the file is more than that. */
  readonly inside?: readonly string[];
  /** What the store's own marks make of the hive; absent where the hive says everything itself. */
  readonly restate?: (table: KeyTable) => KeyTable;
}

export interface StoreResult {
  /** Row whose children are the root of the layer's files. */
  readonly root: number;
  /** Rows that belong to the store and are no content. */
  readonly internal: readonly number[];
  /**
   * Where the files stand on the disk, when that is not where the store has them (`layer/arrange.ts`); `root` is not looked at
   * then, and rows without a place are left out. Markers speak of the disk, `internal` and hives of the store's rows.
   */
  readonly places?: readonly Placement[];
  /** Rules that the store brings along. */
  readonly policies?: readonly Policy[];
  readonly markers: readonly FileMarker[];
  /** Hives that the store itself keeps, beside those found by path (`layer/hives.ts`). */
  readonly hives: readonly StoreHive[];
  /** What the store says about itself. */
  readonly facts: Facts;
  readonly findings: readonly Finding[];
}

/** What is known of the volume beside its files. */
export interface StoreVolume {
  readonly label: string;
}

export interface StoreAdapter {
  readonly id: string;
  readonly title: string;
  /**
   * True when the tree has this store's signs. The registry asks in order; `plain` is last and takes everything.
   * @param format of the file system that holds the tree (`tar`, `ntfs`): some signs are ordinary names elsewhere
   */
  detect(table: NodeTable, upcase: Uint16Array, format: string | null): boolean;
  needs(table: NodeTable, upcase: Uint16Array): readonly StoreNeed[];
  /** Some paths by which it is known, where they are not those of `needs`. */
  signs?(table: NodeTable, upcase: Uint16Array): readonly string[];
  /** Rows whose extended attributes `apply` has to know. */
  attributed?(table: NodeTable): readonly number[];
  /**
   * @param bytes one entry for each need, in order; null when the file could not be read
   * @param source name for findings
   * @param attributes of the rows that `attributed` names; one that could not be read is absent
   */
  apply(
    table: NodeTable,
    upcase: Uint16Array,
    bytes: readonly (Uint8Array | null)[],
    source: string,
    attributes?: ReadonlyMap<number, readonly ExtendedAttribute[]>,
    volume?: StoreVolume,
  ): StoreResult;
}
