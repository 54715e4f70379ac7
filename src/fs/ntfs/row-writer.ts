/** Rows made one by one in TypeScript: directory listings, files of several records, rows that waited for their parent. */
import type { NodeChunk } from '../types.ts';
import { NODE_COLUMNS } from '../types.ts';
import type { Times } from './summary.ts';

type Column = keyof typeof NODE_COLUMNS;
const COLUMNS = Object.keys(NODE_COLUMNS) as Column[];
const ZEROS: Record<Column, number> = Object.fromEntries(COLUMNS.map((c) => [c, 0])) as Record<Column, number>;

export interface Row {
  readonly id: number;
  readonly parent: number;
  readonly name: string;
  readonly short: string;
  readonly size: number;
  readonly allocated: number;
  readonly times: Times;
  readonly attributes: number;
  readonly reparseTag: number;
  readonly securityId: number;
  readonly links: number;
  readonly flags: number;
  readonly byteState: number;
}

export class RowWriter {
  readonly #rows: Record<Column, number>[] = [];
  readonly #names: string[] = [];
  #units = 0;

  get count(): number {
    return this.#rows.length;
  }

  #name(text: string): number {
    const offset = this.#units;
    this.#names.push(text);
    this.#units += text.length;
    return offset;
  }

  add(row: Row): void {
    const { id, times } = row;
    this.#rows.push({
      ...ZEROS,
      id,
      parent: row.parent,
      ref: id,
      nameOffset: this.#name(row.name),
      nameLength: row.name.length,
      shortOffset: row.short === '' ? 0 : this.#name(row.short),
      shortLength: row.short.length,
      size: row.size,
      allocated: row.allocated,
      createdLo: times.created[0],
      createdHi: times.created[1],
      modifiedLo: times.modified[0],
      modifiedHi: times.modified[1],
      changedLo: times.changed[0],
      changedHi: times.changed[1],
      accessedLo: times.accessed[0],
      accessedHi: times.accessed[1],
      attributes: row.attributes,
      reparseTag: row.reparseTag,
      securityId: row.securityId,
      linkId: row.links > 1 ? id : 0,
      links: row.links,
      flags: row.flags,
      byteState: row.byteState,
    });
  }

  /** The rows as a chunk; the writer is empty afterwards. */
  take(): NodeChunk {
    const rows = this.#rows;
    const names = new Uint16Array(this.#units);
    let at = 0;
    for (const text of this.#names) for (let i = 0; i < text.length; i++) names[at++] = text.charCodeAt(i);
    const columns = Object.fromEntries(
      COLUMNS.map((column) => {
        const values = new NODE_COLUMNS[column](rows.length);
        for (let i = 0; i < rows.length; i++) values[i] = rows[i]![column];
        return [column, values];
      }),
    );
    const chunk = { ...columns, names, count: rows.length } as unknown as NodeChunk;
    this.#rows.length = 0;
    this.#names.length = 0;
    this.#units = 0;
    return chunk;
  }
}
