/**
 * A hive's table with what a store says was deleted or renamed, where the store does not say it in the hive's own way (layered keys):
 * by marks on keys and values, or by a list of paths kept elsewhere.
 */
import { LayerKind, ValueFlag } from '../hive/types.ts';
import { KEPT_KEY_COLUMNS, KEPT_VALUE_COLUMNS, KeyTable, type KeyTableData, type ValueColumns } from './key-table.ts';
import { foldText, windowsUpcase } from './upcase.ts';

export interface KeyDeletions {
  /** Rows of keys that are marks themselves: with everything below them they stand for nothing. */
  readonly keys: ReadonlySet<number>;
  /** Rows of values that are marks. */
  readonly values: ReadonlySet<number>;
  /** Components below the table's root; a value's name, or null for the key with everything below it. */
  readonly paths: readonly { readonly path: readonly string[]; readonly value: string | null }[];
  /** Keys that were renamed: where they are now, and where the layers below have them. */
  readonly moves?: readonly KeyMove[];
}

export interface KeyMove {
  readonly path: readonly string[];
  readonly from: readonly string[];
}

interface Key {
  readonly name: string;
  /** Row in the old table; of a made key that of the nearest key above it: who asks about it is told of that one. */
  readonly row: number;
  readonly made: boolean;
  kind: number;
  /** Where the layers below have it. */
  from: readonly string[] | null;
  readonly children: Map<string, Key>;
  readonly values: Map<string, { readonly name: string; readonly row: number; deleted: boolean }>;
}

const NO_VALUE = 0xffff_ffff;
const NO_SECURITY = 0xffff_ffff;
const fold = (name: string) => foldText(name, windowsUpcase());

/**
 * Deletion of a key that the hive has means that nothing of the layers below is seen there; of one that it has not, that the
 * key is gone. Keys on the way to it are made, and say nothing themselves.
 */
export function withDeletions(table: KeyTable, { keys, values, paths, moves = [] }: KeyDeletions): KeyTable {
  if (keys.size === 0 && values.size === 0 && paths.length === 0 && moves.length === 0) return table;
  const root = treeOf(table, keys, values);
  // a key that was renamed is there, whatever had its name before
  for (const { path, from } of moves) move(root, path, from);
  for (const { path, value } of paths) remove(root, path, value);
  return seal(table, root);
}

function treeOf(table: KeyTable, keys: ReadonlySet<number>, values: ReadonlySet<number>): Key {
  const { childStart, valueStart, layerKind, orphanRow } = table.data;
  const keyOf = (row: number): Key => {
    const gone = keys.has(row);
    const key: Key = {
      name: table.name(row),
      row,
      made: false,
      kind: gone ? LayerKind.tombstone : layerKind[row]!,
      from: null,
      children: new Map(),
      values: new Map(),
    };
    if (!gone)
      for (let value = valueStart[row]!; value < valueStart[row + 1]!; value++) {
        const name = table.valueName(value);
        key.values.set(fold(name), { name, row: value, deleted: values.has(value) });
      }
    return key;
  };
  const root = keyOf(0);
  const work = [root];
  for (let at = 0; at < work.length; at++) {
    const parent = work[at]!;
    if (keys.has(parent.row)) continue;
    for (let row = childStart[parent.row]!; row < childStart[parent.row + 1]!; row++) {
      if (row === orphanRow && orphanRow !== 0) continue;
      const key = keyOf(row);
      parent.children.set(fold(key.name), key);
      work.push(key);
    }
  }
  return root;
}

function make(parent: Key, name: string): Key {
  const made = { name, row: parent.row, made: true, kind: LayerKind.merge, from: null };
  const key: Key = { ...made, children: new Map(), values: new Map() };
  parent.children.set(fold(name), key);
  return key;
}

function move(root: Key, path: readonly string[], from: readonly string[]): void {
  let key = root;
  for (const name of path) {
    if (key.kind === LayerKind.tombstone) return;
    key = key.children.get(fold(name)) ?? make(key, name);
  }
  if (key === root || key.kind !== LayerKind.merge) return;
  key.from = from;
}

function remove(root: Key, path: readonly string[], value: string | null): void {
  let key = root;
  let known = true;
  for (const name of path) {
    // what lies below a key that is gone needs no word of its own
    if (key.kind === LayerKind.tombstone) return;
    let next = key.children.get(fold(name));
    known = next !== undefined;
    next ??= make(key, name);
    key = next;
  }
  if (key.kind === LayerKind.tombstone || (value === null && key.from !== null)) return;
  if (value !== null) {
    if (!key.values.has(fold(value))) key.values.set(fold(value), { name: value, row: -1, deleted: true });
  } else if (key !== root) {
    key.kind = known && !key.made ? LayerKind.supersedeTree : LayerKind.tombstone;
    if (key.kind === LayerKind.tombstone) key.children.clear();
  }
}

/** The tree as a table, breadth first. */
function seal(table: KeyTable, root: Key): KeyTable {
  const old = table.data;
  const keys = [root];
  const parents = [0];
  const childStart: number[] = [];
  const valueStart: number[] = [];
  const values: { readonly name: string; readonly row: number; readonly deleted: boolean }[] = [];
  for (let at = 0; at < keys.length; at++) {
    childStart.push(keys.length);
    valueStart.push(values.length);
    const key = keys[at]!;
    for (const child of key.children.values()) {
      keys.push(child);
      parents.push(at);
    }
    values.push(...key.values.values());
  }
  const columns = Object.fromEntries(
    Object.entries(KEPT_KEY_COLUMNS).map(([name, Type]) => {
      const from = old[name as keyof typeof KEPT_KEY_COLUMNS];
      const column = new Type(keys.length);
      keys.forEach(({ row, made }, at) => {
        if (!made) column[at] = from[row]!;
      });
      return [name, column];
    }),
  ) as unknown as Pick<KeyTableData, keyof typeof KEPT_KEY_COLUMNS>;
  keys.forEach(({ kind, made }, at) => {
    columns.layerKind[at] = kind;
    if (made) columns.security[at] = NO_SECURITY;
  });
  const valueColumns = Object.fromEntries(
    Object.entries(KEPT_VALUE_COLUMNS).map(([name, Type]) => {
      const from = old.values[name as keyof typeof KEPT_VALUE_COLUMNS];
      const column = new Type(values.length);
      values.forEach(({ row }, at) => {
        if (row >= 0) column[at] = from[row]!;
      });
      return [name, column];
    }),
  ) as unknown as ValueColumns;
  values.forEach(({ row, deleted }, at) => {
    if (row < 0) valueColumns.ref[at] = NO_VALUE;
    if (deleted) valueColumns.flags[at] = valueColumns.flags[at]! | ValueFlag.tombstone;
  });
  const origins = new Map<number, readonly string[]>();
  keys.forEach(({ from }, at) => {
    if (from !== null) origins.set(at, from);
  });
  return new KeyTable({
    ...columns,
    ...namesOf(keys),
    count: keys.length,
    ref: Uint32Array.from(keys, ({ row }) => old.ref[row]!),
    parent: Uint32Array.from(parents),
    childStart: Uint32Array.from([...childStart, keys.length]),
    valueStart: Uint32Array.from([...valueStart, values.length]),
    orphanRow: 0,
    ...(origins.size === 0 ? {} : { origins }),
    values: { ...valueColumns, ...namesOf(values), count: values.length },
  });
}

function namesOf(items: readonly { readonly name: string }[]) {
  const names = new Uint16Array(items.reduce((units, { name }) => units + name.length, 0));
  const nameOffset = new Uint32Array(items.length);
  const nameLength = new Uint16Array(items.length);
  let used = 0;
  items.forEach(({ name }, at) => {
    nameOffset[at] = used;
    nameLength[at] = name.length;
    for (let i = 0; i < name.length; i++) names[used++] = name.charCodeAt(i);
  });
  return { names, nameOffset, nameLength };
}
