/**
 * The keys and values of one hive as columns: keys in breadth-first order (row 0 is the root key, children are
 * neighbours), values grouped by key in that order and in stored order within a key.
 */
import type { ItemRef } from '../base/brand.ts';
import { fromUnits } from '../base/utf16.ts';

export const KEPT_KEY_COLUMNS = {
  lastWriteLo: Uint32Array,
  lastWriteHi: Uint32Array,
  layerKind: Uint8Array,
  flags: Uint16Array,
  security: Uint32Array,
} as const;

export const Unread = { keys: 1, values: 2 } as const;

export const KEPT_VALUE_COLUMNS = {
  ref: Uint32Array,
  type: Uint32Array,
  size: Uint32Array,
  flags: Uint8Array,
  hashHi: Uint32Array,
  hashLo: Uint32Array,
} as const;

/** Values of a table; `valueStart` of the keys points into these columns. */
export type ValueColumns = {
  readonly [K in keyof typeof KEPT_VALUE_COLUMNS]: InstanceType<(typeof KEPT_VALUE_COLUMNS)[K]>;
} & {
  readonly count: number;
  readonly names: Uint16Array;
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
};

export type KeyTableData = {
  readonly [K in keyof typeof KEPT_KEY_COLUMNS]: InstanceType<(typeof KEPT_KEY_COLUMNS)[K]>;
} & {
  readonly count: number;
  /** Cell offset of the key node: what `list`, `values` and `describe` of the hive take. */
  readonly ref: Uint32Array;
  readonly parent: Uint32Array;
  /** Sub-keys of row r are the rows childStart[r] .. childStart[r + 1] - 1. */
  readonly childStart: Uint32Array;
  /** Values of row r are the value rows valueStart[r] .. valueStart[r + 1] - 1. */
  readonly valueStart: Uint32Array;
  readonly names: Uint16Array;
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
  /** Row of the synthetic key that collects keys which hang on nothing, 0 when there is none. */
  readonly orphanRow: number;
  /** By row, while a hive is being read: Unread bits of what is not here yet. Absent when everything is. */
  readonly unread?: Uint8Array;
  /** By row: keys that were renamed, and the path below the table's root where the layers below have them. */
  readonly origins?: ReadonlyMap<number, readonly string[]>;
  readonly values: ValueColumns;
};

export class KeyTable {
  readonly data: KeyTableData;

  constructor(data: KeyTableData) {
    this.data = data;
  }

  get count(): number {
    return this.data.count;
  }
  name(row: number): string {
    return fromUnits(this.data.names, this.data.nameOffset[row]!, this.data.nameLength[row]!);
  }
  /** Name of a value row; empty for the default value. */
  valueName(value: number): string {
    const v = this.data.values;
    return fromUnits(v.names, v.nameOffset[value]!, v.nameLength[value]!);
  }
  ref(row: number): ItemRef {
    return this.data.ref[row]! as ItemRef;
  }
  valueRef(value: number): ItemRef {
    return this.data.values.ref[value]! as ItemRef;
  }
}
