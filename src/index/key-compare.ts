/**
 * Two hives compared key by key and value by value: a pure function over their columns. Keys and values are matched by name as
 * the registry matches them; data are compared by their 64-bit hash, and byte by byte where the caller can read them.
 */
import { KeyFlag } from '../hive/types.ts';
import type { KeyTable } from './key-table.ts';
import { foldText } from './upcase.ts';

/** `times`: nothing differs but the last write, which every change below leaves behind. */
export type KeyChange = 'added' | 'removed' | 'changed' | 'times' | 'same';
export type ValueChange = 'added' | 'removed' | 'changed' | 'same';

/** What differs in a key that is there on both sides, beside its values and times. */
export type KeyAspect = 'class' | 'security' | 'layer' | 'link';

export interface KeyDifference {
  readonly change: KeyChange;
  /** Rows of the key, -1 where it is not. */
  readonly a: number;
  readonly b: number;
  /** Names below the keys where the comparison began, as `b` spells them where it has them. */
  readonly path: readonly string[];
  readonly aspects: readonly KeyAspect[];
  /** In the order of `b`, then what only `a` has. Values that are the same are left out. */
  readonly values: readonly ValueDifference[];
  /** Values that are the same. */
  readonly same: number;
}

export interface ValueDifference {
  readonly change: ValueChange;
  /** Value rows, -1 where there is none. */
  readonly a: number;
  readonly b: number;
}

/** What the columns do not hold: asked for only where it decides. Without it hashes count, and classes and descriptors do not. */
export interface CompareReader {
  /** True when the data of two values with equal type, size and hash are equal. */
  sameData(a: number, b: number): boolean;
  sameClass(a: number, b: number): boolean;
  sameSecurity(a: number, b: number): boolean;
}

export interface CompareSide {
  readonly table: KeyTable;
  /** Row of the key to begin with; -1 when this side has no such key. */
  readonly row: number;
}

interface Pair {
  readonly a: number;
  readonly b: number;
  readonly path: readonly string[];
}

/** Every key of either side, parents first, siblings in key order. */
export function* compareKeys(
  a: CompareSide,
  b: CompareSide,
  upcase: Uint16Array,
  reader: CompareReader | null,
): Generator<KeyDifference> {
  const stack: Pair[] = a.row < 0 && b.row < 0 ? [] : [{ a: a.row, b: b.row, path: [] }];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    yield compareKey(a.table, b.table, pair, upcase, reader);
    const below = children(a.table, b.table, pair, upcase);
    for (let i = below.length - 1; i >= 0; i--) stack.push(below[i]!);
  }
}

/** Sub-keys of both, matched by name, in the order of their folded names. */
function children(a: KeyTable, b: KeyTable, pair: Pair, upcase: Uint16Array): Pair[] {
  const found = new Map<string, { a: number; b: number }>();
  const collect = (table: KeyTable, key: number, side: 'a' | 'b') => {
    if (key < 0) return;
    const { childStart } = table.data;
    for (let row = childStart[key]!; row < childStart[key + 1]!; row++) {
      const name = foldText(table.name(row), upcase);
      const known = found.get(name);
      if (known === undefined) found.set(name, { a: -1, b: -1, [side]: row });
      // of two keys with one name Windows finds the first
      else if (known[side] < 0) known[side] = row;
    }
  };
  collect(a, pair.a, 'a');
  collect(b, pair.b, 'b');
  return [...found]
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([, rows]) => ({ ...rows, path: [...pair.path, rows.b < 0 ? a.name(rows.a) : b.name(rows.b)] }));
}

function compareKey(
  a: KeyTable,
  b: KeyTable,
  pair: Pair,
  upcase: Uint16Array,
  reader: CompareReader | null,
): KeyDifference {
  const { values, same } = compareValues(a, b, pair, upcase, reader);
  if (pair.a < 0) return { ...pair, change: 'added', aspects: [], values, same };
  if (pair.b < 0) return { ...pair, change: 'removed', aspects: [], values, same };
  const [x, y] = [a.data, b.data];
  const aspects: KeyAspect[] = [];
  const flags = x.flags[pair.a]! ^ y.flags[pair.b]!;
  const classes = ((x.flags[pair.a]! | y.flags[pair.b]!) & KeyFlag.hasClass) !== 0;
  if ((flags & KeyFlag.hasClass) !== 0 || (classes && reader !== null && !reader.sameClass(pair.a, pair.b)))
    aspects.push('class');
  if (reader !== null && !reader.sameSecurity(pair.a, pair.b)) aspects.push('security');
  if (x.layerKind[pair.a] !== y.layerKind[pair.b] || (flags & KeyFlag.inheritClass) !== 0) aspects.push('layer');
  if ((flags & KeyFlag.symlink) !== 0) aspects.push('link');
  const times = x.lastWriteLo[pair.a] !== y.lastWriteLo[pair.b] || x.lastWriteHi[pair.a] !== y.lastWriteHi[pair.b];
  const change = aspects.length + values.length > 0 ? 'changed' : times ? 'times' : 'same';
  return { ...pair, change, aspects, values, same };
}

function compareValues(
  a: KeyTable,
  b: KeyTable,
  pair: Pair,
  upcase: Uint16Array,
  reader: CompareReader | null,
): { values: ValueDifference[]; same: number } {
  const [x, y] = [a.data, b.data];
  const left = new Map<string, number>();
  if (pair.a >= 0)
    for (let value = x.valueStart[pair.a]!; value < x.valueStart[pair.a + 1]!; value++) {
      const name = foldText(a.valueName(value), upcase);
      if (!left.has(name)) left.set(name, value);
    }
  const values: ValueDifference[] = [];
  const met = new Set<string>();
  let same = 0;
  if (pair.b >= 0)
    for (let value = y.valueStart[pair.b]!; value < y.valueStart[pair.b + 1]!; value++) {
      const name = foldText(b.valueName(value), upcase);
      if (met.has(name)) continue;
      met.add(name);
      const other = left.get(name) ?? -1;
      left.delete(name);
      if (other < 0) values.push({ change: 'added', a: -1, b: value });
      else if (sameValue(a, b, other, value, reader)) same++;
      else values.push({ change: 'changed', a: other, b: value });
    }
  for (const value of left.values()) values.push({ change: 'removed', a: value, b: -1 });
  return { values, same };
}

function sameValue(a: KeyTable, b: KeyTable, left: number, right: number, reader: CompareReader | null): boolean {
  const [x, y] = [a.data.values, b.data.values];
  const equal =
    x.type[left] === y.type[right] &&
    x.size[left] === y.size[right] &&
    x.flags[left] === y.flags[right] &&
    x.hashHi[left] === y.hashHi[right] &&
    x.hashLo[left] === y.hashLo[right];
  return equal && (reader === null || x.size[left] === 0 || reader.sameData(left, right));
}
