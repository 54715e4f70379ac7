/**
 * Small trees and hives as JSON-like descriptions -> column chunks, for tests of what works on columns.
 *
 *     { Windows: { 'a.dll': 'text', System32: {} } }
 *
 * Strings are files (their text stands for size and hash), objects are directories; `file({...})` and `dir({...}, children)` set columns.
 */
import { NODE_COLUMNS, type NodeChunk, NodeFlag } from '../fs/types.ts';
import { KEY_COLUMNS, type KeyChunk, VALUE_COLUMNS, type ValueChunk } from '../hive/types.ts';
import type { KeyTable } from '../index/key-table.ts';
import { KeyTableBuilder } from '../index/key-table-builder.ts';
import type { NodeTable } from '../index/node-table.ts';
import { NodeTableBuilder } from '../index/node-table-builder.ts';

export type NodeFields = Partial<
  Record<Exclude<keyof typeof NODE_COLUMNS, 'nameOffset' | 'nameLength' | 'shortOffset' | 'shortLength'>, number>
>;

export interface FileSpec {
  readonly file: NodeFields & { readonly short?: string };
}
export interface DirSpec {
  readonly dir: NodeFields & { readonly short?: string };
  readonly children: TreeSpec;
}
export interface TreeSpec {
  readonly [name: string]: string | FileSpec | DirSpec | TreeSpec;
}

export const file = (fields: FileSpec['file']): FileSpec => ({ file: fields });
export const dir = (fields: DirSpec['dir'], children: TreeSpec = {}): DirSpec => ({ dir: fields, children });

const isFile = (spec: object): spec is FileSpec => {
  if (!('file' in spec)) return false;
  for (const name in spec) if (name !== 'file') return false;
  return true;
};
const isDir = (spec: object): spec is DirSpec => 'dir' in spec && 'children' in spec;

/** FNV-1a over UTF-16 units, never 0: a hash that a made image "states". */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0 || 1;
}

/** Hashes of values by type and text: made hives have a few of them many times. */
const valueHashes = new Map<number, Map<string, { readonly hi: number; readonly lo: number }>>();
const MOST_HASHES = 10_000;

/** What the hash columns say of a value. */
export function valueHash(type: number, text: string): { readonly hi: number; readonly lo: number } {
  let known = valueHashes.get(type);
  if (known === undefined || known.size > MOST_HASHES) {
    known = new Map();
    valueHashes.set(type, known);
  }
  let hash = known.get(text);
  if (hash === undefined) {
    hash = { hi: textHash(`${type}:${text}`), lo: textHash(text) };
    known.set(text, hash);
  }
  return hash;
}

export interface RowSpec extends NodeFields {
  readonly name: string;
  readonly short?: string;
}

/** One chunk of rows as they are given, valid or not. */
export function nodeChunk(rows: readonly RowSpec[]): NodeChunk {
  const columns: Record<string, { [row: number]: number }> = {};
  for (const [name, Type] of Object.entries(NODE_COLUMNS)) columns[name] = new Type(rows.length);
  const { nameOffset, nameLength, shortOffset, shortLength } = columns as Record<string, { [row: number]: number }>;
  const texts: string[] = [];
  let units = 0;
  rows.forEach((row, i) => {
    // most columns of most rows are 0
    for (const name in row) {
      const column = columns[name];
      if (column !== undefined) column[i] = (row as unknown as Record<string, number | undefined>)[name] ?? 0;
    }
    nameOffset![i] = units;
    nameLength![i] = row.name.length;
    units += row.name.length;
    shortOffset![i] = units;
    shortLength![i] = row.short?.length ?? 0;
    units += row.short?.length ?? 0;
    texts.push(row.name);
    if (row.short !== undefined) texts.push(row.short);
  });
  const all = texts.join('');
  const names = new Uint16Array(units);
  for (let i = 0; i < units; i++) names[i] = all.charCodeAt(i);
  return { ...columns, count: rows.length, names } as unknown as NodeChunk;
}

export const ROOT_ID = 5;

/** Rows of a description, parents before children; ids from 16 on. */
export function treeRows(tree: TreeSpec): RowSpec[] {
  const rows: RowSpec[] = [];
  let next = 16;
  const walk = (spec: TreeSpec, parent: number): void => {
    for (const [name, entry] of Object.entries(spec)) {
      const id = next++;
      if (typeof entry === 'string') {
        const text = { size: entry.length, hashHi: textHash(entry), hashLo: 1, attributes: 0x20 };
        rows.push({ name, id, parent, ref: id, ...text });
      } else if (isFile(entry)) {
        rows.push(Object.assign({ name, id, parent, ref: id }, entry.file));
      } else {
        const below = isDir(entry);
        const row = { name, id, parent, ref: id, attributes: 0x10, flags: 0 };
        if (below) Object.assign(row, entry.dir);
        row.flags |= NodeFlag.directory;
        rows.push(row);
        walk(below ? entry.children : (entry as TreeSpec), id);
      }
    }
  };
  walk(tree, ROOT_ID);
  return rows;
}

/** A sealed table; `shuffle` changes the order of arrival and `chunk` the number of rows a chunk. */
export function nodeTable(
  tree: TreeSpec,
  options: { shuffle?: (rows: RowSpec[]) => RowSpec[]; chunk?: number } = {},
): NodeTable {
  const rows = (options.shuffle ?? ((r) => r))(treeRows(tree));
  const builder = new NodeTableBuilder('test', ROOT_ID, ROOT_ID);
  const size = options.chunk ?? Math.max(1, rows.length);
  for (let i = 0; i < rows.length; i += size) builder.push(nodeChunk(rows.slice(i, i + size)));
  return builder.seal().table;
}

/** `values`: name -> text (REG_SZ), or type and text; `keys`: sub-keys. Tombstone values are null. */
export interface KeySpec {
  readonly values?: { readonly [name: string]: string | { readonly type: number; readonly data: string } | null };
  readonly keys?: { readonly [name: string]: KeySpec };
  /** LayerKind. */
  readonly kind?: number;
  /** KeyFlag bits. */
  readonly flags?: number;
  readonly lastWrite?: number;
  readonly lastWriteHi?: number;
  readonly security?: number;
}

export const HIVE_ROOT = 32;

/** Chunks of a hive description; cell offsets are made up, 8 apart. */
export function keyChunks(root: KeySpec): { keys: KeyChunk; values: ValueChunk } {
  const keys: Record<string, unknown>[] = [];
  const values: Record<string, unknown>[] = [];
  let cell = HIVE_ROOT;
  const walk = (name: string, spec: KeySpec, parent: number | null): void => {
    const id = cell;
    cell += 8;
    const entries = Object.entries(spec.values ?? {});
    keys.push({
      name,
      id,
      parent: parent ?? id,
      lastWriteLo: spec.lastWrite ?? 0,
      lastWriteHi: spec.lastWriteHi ?? 0,
      layerKind: spec.kind ?? 0,
      flags: spec.flags ?? 0,
      security: spec.security ?? 0xffff_ffff,
      subkeys: Object.keys(spec.keys ?? {}).length,
      values: entries.length,
    });
    for (const [valueName, value] of entries) {
      const data = value === null ? '' : typeof value === 'string' ? value : value.data;
      const type = value === null ? 0 : typeof value === 'string' ? 1 : value.type;
      const hash = valueHash(type, data);
      values.push({
        name: valueName,
        key: id,
        ref: cell,
        type,
        size: data.length * 2,
        flags: value === null ? 1 : 0,
        hashHi: hash.hi,
        hashLo: hash.lo,
      });
      cell += 8;
    }
    for (const [child, below] of Object.entries(spec.keys ?? {})) walk(child, below, id);
  };
  walk('ROOT', root, null);
  return {
    keys: columnsOf(keys, KEY_COLUMNS) as unknown as KeyChunk,
    values: columnsOf(values, VALUE_COLUMNS) as unknown as ValueChunk,
  };
}

function columnsOf(
  rows: readonly Record<string, unknown>[],
  columns: Record<string, new (n: number) => ArrayLike<number>>,
) {
  const made: Record<string, { [row: number]: number }> = {};
  for (const [name, Type] of Object.entries(columns))
    made[name] = new Type(rows.length) as unknown as { [row: number]: number };
  const { nameOffset, nameLength } = made;
  let units = 0;
  rows.forEach((row, i) => {
    for (const field in row) {
      const column = made[field];
      if (column !== undefined) column[i] = (row[field] as number | undefined) ?? 0;
    }
    const { length } = row['name'] as string;
    nameOffset![i] = units;
    nameLength![i] = length;
    units += length;
  });
  const all = rows.map((row) => row['name'] as string).join('');
  const names = new Uint16Array(units);
  for (let i = 0; i < units; i++) names[i] = all.charCodeAt(i);
  return { ...made, count: rows.length, names };
}

export function keyTable(root: KeySpec): KeyTable {
  const builder = new KeyTableBuilder('test', HIVE_ROOT);
  const { keys, values } = keyChunks(root);
  builder.keys(keys);
  builder.values(values);
  return builder.seal().table;
}
