/** A part of a hive as a table of its own: some stores keep several hives in one file. */
import type { Column } from './columns.ts';
import { KEPT_KEY_COLUMNS, KEPT_VALUE_COLUMNS, KeyTable, type KeyTableData, type ValueColumns } from './key-table.ts';

type Columns = Record<string, { [index: number]: number }>;

function pick(
  types: Readonly<Record<string, new (length: number) => Column>>,
  from: Columns,
  rows: readonly number[],
): Columns {
  const columns: Columns = {};
  for (const [name, Type] of Object.entries(types)) {
    const column = new Type(rows.length);
    rows.forEach((row, at) => {
      column[at] = from[name]![row]!;
    });
    columns[name] = column;
  }
  return columns;
}

function pickNames(
  from: { readonly names: Uint16Array; readonly nameOffset: Uint32Array; readonly nameLength: Uint16Array },
  rows: readonly number[],
): { names: Uint16Array; nameOffset: Uint32Array; nameLength: Uint16Array } {
  const names = new Uint16Array(rows.reduce((units, row) => units + from.nameLength[row]!, 0));
  const nameOffset = new Uint32Array(rows.length);
  const nameLength = new Uint16Array(rows.length);
  let used = 0;
  rows.forEach((row, at) => {
    const [start, length] = [from.nameOffset[row]!, from.nameLength[row]!];
    names.set(from.names.subarray(start, start + length), used);
    nameOffset[at] = used;
    nameLength[at] = length;
    used += length;
  });
  return { names, nameOffset, nameLength };
}

/** The key `row` and everything below it; refs stay those of the whole hive. */
export function keySubtree(table: KeyTable, row: number): KeyTable {
  if (row === 0) return table;
  const old = table.data;
  const rows = [row];
  const parent = [0];
  const childStart: number[] = [];
  const valueStart: number[] = [];
  const values: number[] = [];
  for (let at = 0; at < rows.length; at++) {
    const key = rows[at]!;
    childStart.push(rows.length);
    for (let child = old.childStart[key]!; child < old.childStart[key + 1]!; child++) {
      if (child === old.orphanRow) continue;
      rows.push(child);
      parent.push(at);
    }
    valueStart.push(values.length);
    for (let value = old.valueStart[key]!; value < old.valueStart[key + 1]!; value++) values.push(value);
  }
  const keys = pick(KEPT_KEY_COLUMNS, old as unknown as Columns, rows);
  const columns = pick(KEPT_VALUE_COLUMNS, old.values as unknown as Columns, values);
  const data: KeyTableData = {
    ...old,
    ...(keys as unknown as Pick<KeyTableData, keyof typeof KEPT_KEY_COLUMNS>),
    ...pickNames(old, rows),
    count: rows.length,
    ref: Uint32Array.from(rows, (key) => old.ref[key]!),
    parent: Uint32Array.from(parent),
    childStart: Uint32Array.from([...childStart, rows.length]),
    valueStart: Uint32Array.from([...valueStart, values.length]),
    orphanRow: 0,
    values: {
      ...(columns as unknown as ValueColumns),
      ...pickNames(old.values, values),
      count: values.length,
    },
  };
  return new KeyTable(data);
}
