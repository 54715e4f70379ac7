/** Chunks of keys and values in any order -> KeyTable, with the same distrust as NodeTableBuilder. */
import { type Finding, FindingList } from '../base/findings.ts';
import { toUnits } from '../base/utf16.ts';
import type { KeyChunk, KeySink, ValueChunk } from '../hive/types.ts';
import { type Column, type ColumnType, concat, gather, gatherNames, ZeroColumns } from './columns.ts';
import { IdMap } from './id-map.ts';
import { KEPT_KEY_COLUMNS, KEPT_VALUE_COLUMNS, KeyTable, type KeyTableData, type ValueColumns } from './key-table.ts';
import type { Sealed } from './node-table-builder.ts';
import { LOST, orderTree, type TreeOrder } from './tree-order.ts';

const ORPHAN_NAME = '$Orphan';
const NO_CELL = 0xffff_ffff;

export class KeyTableBuilder implements KeySink {
  readonly #source: string;
  readonly #root: number;
  readonly #findings = new FindingList();
  #keys: KeyChunk[] = [];
  #values: ValueChunk[] = [];
  #keyRows = 0;
  #valueRows = 0;

  /** @param source name for findings; @param root `OpenedHive.root`, cell offset of the root key */
  constructor(source: string, root: number) {
    this.#source = source;
    this.#root = root;
  }

  get keyRows(): number {
    return this.#keyRows;
  }
  get valueRows(): number {
    return this.#valueRows;
  }

  keys(chunk: KeyChunk): void {
    if (chunk.count === 0) return;
    this.#keys.push(chunk);
    this.#keyRows += chunk.count;
  }
  values(chunk: ValueChunk): void {
    if (chunk.count === 0) return;
    this.#values.push(chunk);
    this.#valueRows += chunk.count;
  }
  finding(finding: Finding): void {
    this.#findings.add(finding);
  }

  #report(code: string, message: string, count: number): void {
    if (count > 0)
      this.#findings.add({
        code,
        severity: 'warning',
        where: { source: this.#source, offset: null },
        message,
        facts: { count },
      });
  }

  /** Makes the table; the builder is empty afterwards. */
  seal(): Sealed<KeyTable> {
    const keys = this.#keys;
    const keyCounts = keys.map((c) => c.count);
    const column = <T extends Column>(Type: ColumnType<T>, name: keyof KeyChunk): T =>
      concat(
        Type,
        keys.map((c) => c[name] as unknown as T),
        keyCounts,
        this.#keyRows,
      );
    const id = column(Uint32Array, 'id');
    const { tree, map, rootItem } = this.#tree(id, column(Uint32Array, 'parent'));
    // The root key has a row of its own in the chunks: its columns belong to row 0.
    if (rootItem > 0) tree.order[0] = rootItem;
    const pool = gatherNames(keys, tree.order);
    this.#report('keyInvalidName', 'Keys have a name outside the name pool; they have no name now.', pool.invalid);
    const zeros = new ZeroColumns(tree.count);
    const columns: Record<string, Column> = {};
    for (const [name, Type] of Object.entries(KEPT_KEY_COLUMNS) as [keyof KeyChunk, ColumnType][])
      columns[name] = gather(Type, column(Type, name), tree.order) ?? zeros.of(Type);
    const ref = gather(Uint32Array, id, tree.order) ?? new Uint32Array(tree.count);
    ref[0] = this.#root;
    let { names } = pool;
    if (tree.orphanRow > 0) {
      ref[tree.orphanRow] = NO_CELL;
      const name = toUnits(ORPHAN_NAME);
      const longer = new Uint16Array(names.length + name.length);
      longer.set(names);
      longer.set(name, names.length);
      pool.nameOffset[tree.orphanRow] = names.length;
      pool.nameLength[tree.orphanRow] = name.length;
      names = longer;
    }
    const rowOf = new Uint32Array(this.#keyRows + 2);
    for (let row = 0; row < tree.count; row++) rowOf[tree.order[row]!] = row;
    const { values, valueStart } = this.#sealValues(map, rowOf, tree.count);
    this.#keys = [];
    this.#values = [];
    this.#keyRows = this.#valueRows = 0;
    const table = new KeyTable({
      ...(columns as unknown as Pick<KeyTableData, keyof typeof KEPT_KEY_COLUMNS>),
      count: tree.count,
      ref,
      parent: tree.parent,
      childStart: tree.childStart,
      valueStart,
      names,
      nameOffset: pool.nameOffset,
      nameLength: pool.nameLength,
      orphanRow: tree.orphanRow,
      values,
    });
    return { table, findings: this.#findings.items };
  }

  #tree(id: Uint32Array, parent: Uint32Array): { tree: TreeOrder; map: IdMap; rootItem: number } {
    let max = this.#root;
    for (let i = 0; i < id.length; i++) if (id[i]! > max) max = id[i]!;
    const map = new IdMap(max, id.length);
    let duplicates = 0;
    for (let i = 0; i < id.length; i++) {
      if (map.get(id[i]!) === 0) map.set(id[i]!, i + 1);
      else duplicates++;
    }
    const rootItem = map.get(this.#root);
    const parents = new Uint32Array(id.length);
    let unknown = 0;
    for (let i = 0; i < id.length; i++) {
      const found = parent[i] === this.#root ? 0 : map.get(parent[i]!);
      const none = parent[i] !== this.#root && (found === 0 || found === i + 1);
      if (none) unknown++;
      parents[i] = none ? LOST : found;
    }
    if (rootItem > 0) return { ...this.#withoutRoot(parents, rootItem, unknown, duplicates), map, rootItem };
    return { tree: this.#ordered(parents, unknown, duplicates), map, rootItem };
  }

  /** Orders without the root's own item: items behind it move up by one and back again. */
  #withoutRoot(parents: Uint32Array, rootItem: number, unknown: number, duplicates: number): { tree: TreeOrder } {
    const rest = new Uint32Array(parents.length - 1);
    for (let i = 0, k = 0; i < parents.length; i++) {
      if (i + 1 === rootItem) continue;
      const p = parents[i]!;
      rest[k++] = p === LOST ? LOST : p === rootItem ? 0 : p > rootItem ? p - 1 : p;
    }
    const tree = this.#ordered(rest, unknown, duplicates);
    for (let row = 1; row < tree.count; row++) if (tree.order[row]! >= rootItem) tree.order[row]!++;
    return { tree };
  }

  #ordered(parents: Uint32Array, unknown: number, duplicates: number): TreeOrder {
    const tree = orderTree(parents);
    this.#report('keyDuplicateCell', 'Keys share one cell; the first has the sub-keys.', duplicates);
    this.#report('keyMissingParent', 'Keys name a parent that does not exist; they stand in $Orphan.', unknown);
    this.#report('keyCycle', 'Keys contain each other; each ring is cut and stands in $Orphan.', tree.cycles);
    this.#report('keyTooDeep', 'Keys are deeper than any path can be; they stand in $Orphan.', tree.tooDeep);
    return tree;
  }

  #sealValues(map: IdMap, rowOf: Uint32Array, keyRows: number): { values: ValueColumns; valueStart: Uint32Array } {
    const chunks = this.#values;
    const counts = chunks.map((c) => c.count);
    const total = this.#valueRows;
    const column = <T extends Column>(Type: ColumnType<T>, name: keyof ValueChunk): T =>
      concat(
        Type,
        chunks.map((c) => c[name] as unknown as T),
        counts,
        total,
      );
    const key = column(Uint32Array, 'key');
    const rows = new Uint32Array(total);
    const valueStart = new Uint32Array(keyRows + 1);
    let lost = 0;
    for (let i = 0; i < total; i++) {
      const item = map.get(key[i]!);
      const known = item > 0 || key[i] === this.#root;
      rows[i] = known ? rowOf[item]! : LOST;
      if (known) valueStart[rows[i]! + 1]!++;
      else lost++;
    }
    for (let row = 0; row < keyRows; row++) valueStart[row + 1]! += valueStart[row]!;
    const fill = valueStart.slice();
    const order = new Uint32Array(total - lost);
    for (let i = 0; i < total; i++) if (rows[i] !== LOST) order[fill[rows[i]!]!++] = i + 1;
    this.#report('valueMissingKey', 'Values belong to no key that was read; they are left out.', lost);
    const pool = gatherNames(chunks, order);
    this.#report('valueInvalidName', 'Values have a name outside the name pool; it is empty now.', pool.invalid);
    const zeros = new ZeroColumns(order.length);
    const columns: Record<string, Column> = {};
    for (const [name, Type] of Object.entries(KEPT_VALUE_COLUMNS) as [keyof ValueChunk, ColumnType][])
      columns[name] = gather(Type, column(Type, name), order) ?? zeros.of(Type);
    const values = {
      ...(columns as unknown as ValueColumns),
      count: order.length,
      names: pool.names,
      nameOffset: pool.nameOffset,
      nameLength: pool.nameLength,
    };
    return { values, valueStart };
  }
}
