/** Rows of directory-entry file systems (FAT, exFAT, ISO 9660, UDF): made one by one, handed out as chunks. */
import { CHUNK_ROWS } from '../base/limits.ts';
import { type ByteState, NODE_COLUMNS, type NodeChunk, NodeFlag } from './types.ts';

type Column = keyof typeof NODE_COLUMNS;
const COLUMNS = Object.keys(NODE_COLUMNS) as Column[];

/** One name in a directory. Times are FILETIME ticks, 0n when not set. */
export interface EntryRow {
  /** Byte offset of the entry in the volume: what `open`, `list` and `describe` take. */
  readonly ref: number;
  readonly name: string;
  /** Short (8.3) name, '' when there is none or it is the name. */
  readonly short: string;
  readonly size: number;
  readonly allocated: number;
  readonly created: bigint;
  readonly modified: bigint;
  readonly accessed: bigint;
  readonly changed?: bigint;
  /** Names of the file, when it may have several; then rows with one ref are one file. */
  readonly links?: number;
  /** Further NodeFlag bits. */
  readonly flags?: number;
  readonly reparseTag?: number;
  readonly securityId?: number;
  /** FILE_ATTRIBUTE_*, with the directory bit. */
  readonly attributes: number;
  readonly byteState: ByteState;
}

export const FILE_ATTRIBUTE_DIRECTORY = 0x10;

/**
 * Local ids by entry offset: an offset has more bits than the `id` column, so ids are given in the order entries are
 * first seen, and kept, so that a listing and a scan agree. Id 0 is the root.
 */
export class EntryIds {
  readonly #ids = new Map<number, number>();

  of(ref: number): number {
    let id = this.#ids.get(ref);
    if (id === undefined) {
      id = this.#ids.size + 1;
      this.#ids.set(ref, id);
    }
    return id;
  }
}

export class EntryRows {
  readonly #ids: EntryIds;
  #rows: { readonly parent: number; readonly row: EntryRow }[] = [];

  constructor(ids: EntryIds) {
    this.#ids = ids;
  }

  get full(): boolean {
    return this.#rows.length >= CHUNK_ROWS;
  }

  get count(): number {
    return this.#rows.length;
  }

  add(parent: number, row: EntryRow): void {
    this.#rows.push({ parent, row });
  }

  /** The rows as a chunk; the writer is empty afterwards. */
  take(): NodeChunk {
    const rows = this.#rows;
    this.#rows = [];
    const columns = Object.fromEntries(
      COLUMNS.map((column) => [column, new NODE_COLUMNS[column](rows.length)]),
    ) as unknown as Record<Column, Float64Array>;
    const names = new Uint16Array(rows.reduce((units, { row }) => units + row.name.length + row.short.length, 0));
    let used = 0;
    const write = (text: string): number => {
      const start = used;
      for (let i = 0; i < text.length; i++) names[used++] = text.charCodeAt(i);
      return start;
    };
    const time = (what: 'created' | 'modified' | 'accessed' | 'changed', i: number, ticks: bigint): void => {
      columns[`${what}Lo`][i] = Number(ticks & 0xffff_ffffn);
      columns[`${what}Hi`][i] = Number(ticks >> 32n);
    };
    rows.forEach(({ parent, row }, i) => {
      columns.id[i] = this.#ids.of(row.ref);
      columns.parent[i] = parent;
      columns.ref[i] = row.ref;
      columns.nameOffset[i] = write(row.name);
      columns.nameLength[i] = row.name.length;
      columns.shortOffset[i] = row.short === '' ? 0 : write(row.short);
      columns.shortLength[i] = row.short.length;
      columns.size[i] = row.size;
      columns.allocated[i] = row.allocated;
      time('created', i, row.created);
      time('modified', i, row.modified);
      time('accessed', i, row.accessed);
      time('changed', i, row.changed ?? 0n);
      columns.attributes[i] = row.attributes;
      const directory = (row.attributes & FILE_ATTRIBUTE_DIRECTORY) !== 0;
      columns.links[i] = row.links ?? 1;
      columns.linkId[i] = !directory && (row.links ?? 1) > 1 ? this.#ids.of(row.ref) : 0;
      columns.flags[i] = (directory ? NodeFlag.directory : 0) | (row.flags ?? 0);
      columns.reparseTag[i] = row.reparseTag ?? 0;
      columns.securityId[i] = row.securityId ?? 0;
      columns.byteState[i] = row.byteState;
    });
    return { ...columns, names, count: rows.length } as unknown as NodeChunk;
  }
}

/** What one directory holds, as a chunk. @param parent id of the directory */
export function listed(ids: EntryIds, parent: number, entries: Iterable<EntryRow>): NodeChunk {
  const rows = new EntryRows(ids);
  for (const row of entries) rows.add(parent, row);
  return rows.take();
}
