/**
 * What the replay of transaction logs changed: the hive before and the hive after, both walked into columns. Cells keep
 * their places when a log is applied, so a key whose rows are equal under the same cell is unchanged; the few others
 * are paired by path.
 */
import { joinKeys, joinValues, type KeyColumns, nameOf, type ValueColumns, ValueFlag } from './columns.ts';
import { HivexError } from './errors.ts';
import type { Hive, Node } from './hive.ts';
import { upcase } from './upcase.ts';

export type ChangeKind = 'added' | 'removed' | 'changed';

export interface KeyState {
  readonly name: string;
  /** FILETIME. */
  readonly lastWrite: bigint;
  readonly className: string | null;
  readonly security: Uint8Array | null;
}

export interface ValueState {
  readonly name: string;
  readonly type: number;
  /** Null when the data cannot be read. */
  readonly data: Uint8Array | null;
}

export interface ValueChange {
  readonly kind: ChangeKind;
  readonly before: ValueState | null;
  readonly after: ValueState | null;
}

export interface KeyChange {
  /** Names below the root key, divided by backslashes; `''` is the root key. */
  readonly path: string;
  readonly kind: ChangeKind;
  readonly before: KeyState | null;
  readonly after: KeyState | null;
  readonly values: readonly ValueChange[];
}

export interface ReplayChanges {
  /** False when the hive cannot be read without its logs, as when its base block was lost: every key counts as added. */
  readonly readableBefore: boolean;
  /** Bytes of the hive file that were written, in order, adjoining ones joined. */
  readonly ranges: readonly { readonly offset: number; readonly length: number }[];
  /** Keys that are new, gone or other than before, by path. */
  readonly keys: readonly KeyChange[];
}

/**
 * Class names and descriptors of keys. A sound hive has a cell for each class, and one for each descriptor that keys share;
 * in a hostile one all keys may share what is large.
 */
class KeyCells {
  readonly #hive: Hive;
  /** Bytes of class names that may still be read; each is read twice. */
  #left: number;
  readonly #descriptors = new Map<number, Uint8Array | null>();
  readonly #same = new Map<number, boolean>();

  constructor(hive: Hive) {
    this.#hive = hive;
    this.#left = hive.view().length * 4;
  }

  /** @throws HivexError UnsupportedSize when classes have more bytes than the hive */
  className(node: Node): string | null {
    const name = this.#hive.nodeClass(node);
    this.#left -= (name?.length ?? 0) * 2;
    if (this.#left < 0)
      throw new HivexError('UnsupportedSize', node + 4096, 'class names in cells of their own', 'one that keys share');
    return name;
  }

  /** @param cell where the descriptor of `node` lies. @returns the same bytes for all keys that share it */
  security(node: Node, cell: number): Uint8Array | null {
    let bytes = this.#descriptors.get(cell);
    if (bytes === undefined) {
      bytes = this.#hive.nodeSecurity(node);
      this.#descriptors.set(cell, bytes);
    }
    return bytes;
  }

  /** True when the class of `node` and its descriptor are those that stand in the same cells of another state of the hive. */
  equal(other: KeyCells, node: Node, cell: number): boolean {
    if (this.className(node) !== other.className(node)) return false;
    let same = this.#same.get(cell);
    if (same === undefined) {
      same = sameBytes(this.security(node, cell), other.security(node, cell));
      this.#same.set(cell, same);
    }
    return same;
  }
}

/** Everything of one hive as columns. */
interface Columns {
  readonly hive: Hive;
  readonly cells: KeyCells;
  readonly keys: KeyColumns;
  readonly values: ValueColumns;
  /** First value row of each key row. */
  readonly start: Uint32Array;
  readonly rowOf: Map<Node, number>;
}

function columnsOf(hive: Hive): Columns {
  const keyParts: KeyColumns[] = [];
  const valueParts: ValueColumns[] = [];
  const walk = hive.walk();
  for (let done = false; !done; ) {
    const batch = walk.step();
    keyParts.push(batch.keys);
    valueParts.push(batch.values);
    done = batch.done;
  }
  const keys = joinKeys(keyParts);
  const start = new Uint32Array(keys.count + 1);
  const rowOf = new Map<Node, number>();
  for (let row = 0; row < keys.count; row++) {
    start[row + 1] = start[row]! + keys.values[row]!;
    rowOf.set(keys.id[row]!, row);
  }
  return { hive, cells: new KeyCells(hive), keys, values: joinValues(valueParts), start, rowOf };
}

function sameName(a: KeyColumns | ValueColumns, i: number, b: KeyColumns | ValueColumns, j: number): boolean {
  const length = a.nameLength[i]!;
  if (length !== b.nameLength[j]) return false;
  const [from, to] = [a.nameOffset[i]!, b.nameOffset[j]!];
  for (let k = 0; k < length; k++) if (a.names[from + k] !== b.names[to + k]) return false;
  return true;
}

const KEY_FIELDS = ['parent', 'lastWriteLo', 'lastWriteHi', 'layerKind', 'flags', 'security', 'values'] as const;
const VALUE_FIELDS = ['ref', 'type', 'size', 'flags', 'hashHi', 'hashLo'] as const;

/** True when two rows and their values are equal. */
function sameKey(a: Columns, i: number, b: Columns, j: number): boolean {
  for (const field of KEY_FIELDS) if (a.keys[field][i] !== b.keys[field][j]) return false;
  if (!sameName(a.keys, i, b.keys, j)) return false;
  const [from, to] = [a.start[i]!, b.start[j]!];
  for (let n = a.keys.values[i]! - 1; n >= 0; n--) {
    for (const field of VALUE_FIELDS) if (a.values[field][from + n] !== b.values[field][to + n]) return false;
    if (!sameName(a.values, from + n, b.values, to + n)) return false;
  }
  return true;
}

/** Windows allows 512 keys one in another; the paths of hostile hives would grow with the square of their depth. */
const MAX_DEPTH = 1024;

function pathOf({ keys, rowOf }: Columns, row: number): string {
  const names: string[] = [];
  for (let at = row; keys.parent[at] !== keys.id[at]; at = rowOf.get(keys.parent[at]!)!) {
    if (names.length === MAX_DEPTH) {
      names.push('?');
      break;
    }
    names.push(nameOf(keys, at));
  }
  return names.reverse().join('\\');
}

function keyState({ cells, keys }: Columns, row: number): KeyState {
  const node = keys.id[row]!;
  return {
    name: nameOf(keys, row),
    lastWrite: (BigInt(keys.lastWriteHi[row]!) << 32n) | BigInt(keys.lastWriteLo[row]!),
    className: cells.className(node),
    security: cells.security(node, keys.security[row]!),
  };
}

function valueStates({ hive, values, start }: Columns, row: number): ValueState[] {
  const states: ValueState[] = [];
  for (let at = start[row]!; at < start[row + 1]!; at++) {
    // What the walk could not read, or would not read once more because too many values share it.
    const damaged = (values.flags[at]! & ValueFlag.damaged) !== 0;
    const data = damaged ? null : hive.valueValue(values.ref[at]!);
    states.push({ name: nameOf(values, at), type: values.type[at]!, data });
  }
  return states;
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Items by name, each list in the order of the items. */
function listed<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const lists = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const list = lists.get(name);
    if (list === undefined) lists.set(name, [item]);
    else list.push(item);
  }
  return lists;
}

/** Values paired by name, in the order in which they stand before and then after. */
function valueChanges(before: readonly ValueState[], after: readonly ValueState[]): ValueChange[] {
  // the last of a list is the first of its name, so that it is taken off without moving the others
  const left = listed(after.toReversed(), ({ name }) => upcase(name));
  const changes: ValueChange[] = [];
  for (const old of before) {
    const now = left.get(upcase(old.name))?.pop() ?? null;
    if (now === null) changes.push({ kind: 'removed', before: old, after: null });
    else if (old.name !== now.name || old.type !== now.type || !sameBytes(old.data, now.data))
      changes.push({ kind: 'changed', before: old, after: now });
  }
  const added = new Set([...left.values()].flat());
  for (const now of after) if (added.has(now)) changes.push({ kind: 'added', before: null, after: now });
  return changes;
}

/** Rows of `from` that are not the same under the same cell in `to`, by path. */
function differing(from: Columns, to: Columns): Map<string, { path: string; row: number }[]> {
  const found: { path: string; row: number }[] = [];
  for (let row = 0; row < from.keys.count; row++) {
    const node = from.keys.id[row]!;
    const other = to.rowOf.get(node);
    // A class or descriptor may change in its own cell, which no column of the key shows.
    if (
      other !== undefined &&
      sameKey(from, row, to, other) &&
      from.cells.equal(to.cells, node, from.keys.security[row]!)
    )
      continue;
    found.push({ path: pathOf(from, row), row });
  }
  return listed(found, ({ path }) => upcase(path));
}

/** Keys and values that differ between two states of one hive. @param before null when it cannot be read */
export function hiveChanges(before: Hive | null, after: Hive): KeyChange[] {
  const now = columnsOf(after);
  const none = { ...now, rowOf: new Map<Node, number>() };
  const old = before === null ? none : columnsOf(before);
  const oldRows = before === null ? new Map<string, { path: string; row: number }[]>() : differing(old, now);
  const nowRows = differing(now, old);
  const changes: KeyChange[] = [];
  for (const name of new Set([...oldRows.keys(), ...nowRows.keys()])) {
    const olds = oldRows.get(name) ?? [];
    const nows = nowRows.get(name) ?? [];
    for (let i = 0; i < Math.max(olds.length, nows.length); i++) {
      const [from, to] = [olds[i], nows[i]];
      const a = from === undefined ? null : keyState(old, from.row);
      const b = to === undefined ? null : keyState(now, to.row);
      const values = valueChanges(
        from === undefined ? [] : valueStates(old, from.row),
        to === undefined ? [] : valueStates(now, to.row),
      );
      if (a !== null && b !== null && values.length === 0 && sameState(a, b)) continue; // it only moved
      const kind = a === null ? 'added' : b === null ? 'removed' : 'changed';
      changes.push({ path: (to ?? from)!.path, kind, before: a, after: b, values });
    }
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function sameState(a: KeyState, b: KeyState): boolean {
  const same = a.name === b.name && a.lastWrite === b.lastWrite && a.className === b.className;
  return same && sameBytes(a.security, b.security);
}
