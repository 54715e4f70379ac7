/** What lies below each directory: counted once, from the last row to the first, because parents stand before children. */
import type { NodeTable } from './node-table.ts';

export interface Totals {
  /** Files (rows that are no directories) below each row, itself not counted. */
  readonly files: Uint32Array;
  readonly directories: Uint32Array;
  /** Bytes of the unnamed streams below each row, a hard-linked file once for each of its names; a file has its own size. */
  readonly bytes: Float64Array;
}

const known = new WeakMap<NodeTable, Totals>();

/** Totals of a table, made when they are first asked for. */
export function totals(table: NodeTable): Totals {
  let made = known.get(table);
  if (made !== undefined) return made;
  const { count, parent, size } = table.data;
  const files = new Uint32Array(count);
  const directories = new Uint32Array(count);
  const bytes = Float64Array.from(size);
  for (let row = count - 1; row > 0; row--) {
    const up = parent[row]!;
    const directory = table.isDirectory(row) ? 1 : 0;
    files[up]! += files[row]! + 1 - directory;
    directories[up]! += directories[row]! + directory;
    bytes[up]! += bytes[row]!;
  }
  made = { files, directories, bytes };
  known.set(table, made);
  return made;
}
