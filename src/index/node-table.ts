/**
 * The files of one volume as columns in breadth-first order: row 0 is the root, children of a row are neighbours,
 * parents stand before children. About 96 bytes a row beside names; columns without content share one array of zeros.
 */
import type { ItemRef } from '../base/brand.ts';
import { fromUnits } from '../base/utf16.ts';
import { NodeFlag } from '../fs/types.ts';

/** Columns of a table that are kept as the file system sent them, by row. Meaning: see NodeChunk in `fs/types.ts`. */
export const KEPT_COLUMNS = {
  ref: Float64Array,
  size: Float64Array,
  allocated: Float64Array,
  createdLo: Uint32Array,
  createdHi: Uint32Array,
  modifiedLo: Uint32Array,
  modifiedHi: Uint32Array,
  changedLo: Uint32Array,
  changedHi: Uint32Array,
  accessedLo: Uint32Array,
  accessedHi: Uint32Array,
  attributes: Uint32Array,
  reparseTag: Uint32Array,
  securityId: Uint32Array,
  linkId: Uint32Array,
  links: Uint16Array,
  flags: Uint16Array,
  byteState: Uint8Array,
  hashHi: Uint32Array,
  hashLo: Uint32Array,
} as const;

export type KeptColumns = { readonly [K in keyof typeof KEPT_COLUMNS]: InstanceType<(typeof KEPT_COLUMNS)[K]> };

export interface NodeTableData extends KeptColumns {
  /** Rows, root included. */
  readonly count: number;
  /** Row of the directory; of the root: 0. */
  readonly parent: Uint32Array;
  /** Children of row r are the rows childStart[r] .. childStart[r + 1] - 1; has count + 1 entries. */
  readonly childStart: Uint32Array;
  readonly names: Uint16Array;
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
  /** The short name follows the long one in `names`. */
  readonly shortLength: Uint8Array;
  /** Row of the synthetic directory that collects what hangs on nothing, 0 when there is none. */
  readonly orphanRow: number;
}

/** Read-only once sealed. Indices of different tables must not be mixed. */
export class NodeTable {
  readonly data: NodeTableData;

  constructor(data: NodeTableData) {
    this.data = data;
  }

  get count(): number {
    return this.data.count;
  }
  /** Name in the case it has on disk; empty for the root. */
  name(row: number): string {
    return fromUnits(this.data.names, this.data.nameOffset[row]!, this.data.nameLength[row]!);
  }
  /** 8.3 name, empty when there is none or it equals the long one. */
  shortName(row: number): string {
    const d = this.data;
    return fromUnits(d.names, d.nameOffset[row]! + d.nameLength[row]!, d.shortLength[row]!);
  }
  isDirectory(row: number): boolean {
    return (this.data.flags[row]! & NodeFlag.directory) !== 0;
  }
  /** A directory that can have children in a merge: links are leaves even when they carry the directory bit. */
  isFolder(row: number): boolean {
    return (this.data.flags[row]! & (NodeFlag.directory | NodeFlag.link)) === NodeFlag.directory;
  }
  ref(row: number): ItemRef {
    return this.data.ref[row]! as ItemRef;
  }
}

/** A table with a root and nothing else: a layer that has no files. */
export function emptyNodeTable(rootRef = 0): NodeTable {
  const columns = Object.fromEntries(
    Object.entries(KEPT_COLUMNS).map(([name, Type]) => [name, new Type(1)]),
  ) as unknown as KeptColumns;
  columns.flags[0] = NodeFlag.directory;
  columns.ref[0] = rootRef;
  return new NodeTable({
    ...columns,
    count: 1,
    parent: new Uint32Array(1),
    childStart: Uint32Array.of(1, 1),
    names: new Uint16Array(0),
    nameOffset: new Uint32Array(1),
    nameLength: new Uint16Array(1),
    shortLength: new Uint8Array(1),
    orphanRow: 0,
  });
}
