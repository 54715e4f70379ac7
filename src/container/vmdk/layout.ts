/** What the three sparse formats have in common: a directory of tables, a table of grains. */
import type { Bytes } from '../../base/bytes.ts';
import type { SparseHeader } from './header.ts';
import { SECTOR } from './header.ts';

/** What an entry may say in place of an offset. */
export const HOLE = 0;
export const NOWHERE = -1;
export const ZEROS = -2;

export interface Layout {
  /** Said in facts: `hosted sparse`, `COWD`, `seSparse`. */
  readonly kind: string;
  readonly version: number;
  /** The header as it stands on disk. */
  readonly raw: Uint8Array;
  /** Where it says where the directory is. */
  readonly at: number;
  /** Bytes of the extent, and of a grain. */
  readonly capacity: number;
  readonly grainSize: number;
  /** Entries of a table, and bytes of one entry in directory and tables. */
  readonly perTable: number;
  readonly entrySize: 4 | 8;
  readonly directoryAt: number;
  /** 0 when there is no copy. */
  readonly copyAt: number;
  readonly compressed: boolean;
  /** Compressed grains begin with their sector and size. */
  readonly markers: boolean;
  readonly uncleanShutdown: boolean;
  /** Byte offset of the table of the directory entry at `at` of a view, HOLE or NOWHERE. */
  table(view: Bytes, at: number): number;
  /** Byte offset of the grain of the table entry at `at` of a view, HOLE, ZEROS or NOWHERE. */
  grain(view: Bytes, at: number): number;
}

/** The format of VMware's hosted products, for files of one part and of several. */
export function hostedLayout(header: SparseHeader): Layout {
  const { zeroedGrains } = header;
  return {
    ...header,
    kind: 'hosted sparse',
    at: header.offset + 56,
    perTable: header.numGTEsPerGT,
    entrySize: 4,
    directoryAt: header.gdOffset,
    copyAt: header.rgdOffset,
    table: (view, at) => view.u32(at) * SECTOR,
    grain(view, at) {
      const entry = view.u32(at);
      return entry === 1 && zeroedGrains ? ZEROS : entry * SECTOR;
    },
  };
}
