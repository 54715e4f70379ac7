/** Rows of an FsVolume as objects with paths: what tests compare. */
import type { ItemRef } from '../base/brand.ts';
import { filetimeMs } from '../base/filetime.ts';
import type { Finding } from '../base/findings.ts';
import { fromUnits } from '../base/utf16.ts';
import { type FsVolume, NODE_COLUMNS, type NodeChunk } from '../fs/types.ts';

type Columns = { readonly [K in keyof typeof NODE_COLUMNS]: number };

export interface NodeRow extends Columns {
  readonly ref: ItemRef & number;
  readonly name: string;
  readonly short: string;
}

/** The rows of a chunk; throws when a name lies outside the chunk's names. */
export function chunkRows(chunk: NodeChunk): NodeRow[] {
  const columns = Object.keys(NODE_COLUMNS) as (keyof typeof NODE_COLUMNS)[];
  for (const column of columns)
    if (chunk[column].length !== chunk.count) throw new Error(`${column} has ${chunk[column].length} entries`);
  const text = (offset: number, length: number) => {
    if (offset + length > chunk.names.length) throw new Error('name outside the names of its chunk');
    return fromUnits(chunk.names, offset, length);
  };
  return Array.from({ length: chunk.count }, (_, i) => ({
    ...(Object.fromEntries(columns.map((c) => [c, chunk[c][i]!])) as Columns),
    ref: chunk.ref[i]! as ItemRef & number,
    name: text(chunk.nameOffset[i]!, chunk.nameLength[i]!),
    short: text(chunk.shortOffset[i]!, chunk.shortLength[i]!),
  }));
}

/** Everything a scan delivers. */
export function scanRows(volume: FsVolume, stepMs = 20): { rows: NodeRow[]; findings: Finding[]; chunks: number } {
  const rows: NodeRow[] = [];
  const findings: Finding[] = [];
  let chunks = 0;
  const scan = volume.scan({
    push(chunk) {
      chunks++;
      for (const row of chunkRows(chunk)) rows.push(row);
    },
    finding: (finding) => findings.push(finding),
  });
  while (!scan.step(stepMs));
  return { rows, findings, chunks };
}

/** Path of each row, `/` between names, by the parents the rows state; rows that do not reach the root are left out. */
export function rowPaths(rows: readonly NodeRow[], rootId: number): Map<string, NodeRow> {
  const directories = new Map<number, NodeRow>();
  for (const row of rows) if ((row.flags & 1) !== 0) directories.set(row.id, row);
  const paths = new Map<string, NodeRow>();
  for (const row of rows) {
    const names = [row.name];
    let parent = row.parent;
    while (parent !== rootId && names.length <= directories.size + 1) {
      const directory = directories.get(parent);
      if (directory === undefined) break;
      names.unshift(directory.name);
      parent = directory.parent;
    }
    if (parent === rootId) paths.set(names.join('/'), row);
  }
  return paths;
}

/** Seconds since 1970, as tools print them. */
export function seconds(lo: number, hi: number): number {
  return Math.floor(filetimeMs(lo, hi) / 1000);
}
