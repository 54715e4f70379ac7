/**
 * COWD, the sparse extent of ESX (`vmfsSparse`): the redo logs of snapshots, and disks of old products.
 *
 *     0   "COWD"          4   version u32 (1)    8   flags u32          12  numSectors u32
 *     16  grainSize u32   20  gdOffset u32       24  numGDEntries u32   28  freeSector u32
 *
 * A table has 4,096 entries of 32 bits; a grain is mostly one sector. What is not stored lies in the parent, whose name in
 * the header is not asked: the descriptor says it as well.
 */
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { SECTOR } from './header.ts';
import type { Layout } from './layout.ts';

export const COWD_MAGIC = 'COWD';
const HEADER_SIZE = 2048;
const PER_TABLE = 4096;
/** Grains of 64 MiB. */
const MAX_GRAIN = 1 << 17;

/** @throws FormatError UnsupportedVersion, InvalidHeader, UnexpectedEnd */
export function readCowd(source: ByteSource): Layout {
  const view = readView(source, 0, HEADER_SIZE);
  const version = view.u32(4);
  if (version !== 1) failAt('UnsupportedVersion', source, 4, 'version 1', version);
  const grain = view.u32(16);
  if (grain < 1 || grain > MAX_GRAIN)
    failAt('InvalidHeader', source, 16, `a grain of 1 to ${MAX_GRAIN} sectors`, grain);
  const capacity = view.u32(12) * SECTOR;
  const needed = Math.ceil(capacity / (grain * SECTOR * PER_TABLE));
  if (view.u32(24) < needed) failAt('InvalidCount', source, 24, `${needed} directory entries`, view.u32(24));
  const sector = (bytes: typeof view, at: number): number => bytes.u32(at) * SECTOR;
  return {
    kind: 'COWD',
    version,
    raw: view.bytes,
    at: 20,
    capacity,
    grainSize: grain * SECTOR,
    perTable: PER_TABLE,
    entrySize: 4,
    directoryAt: view.u32(20) * SECTOR,
    copyAt: 0,
    compressed: false,
    markers: false,
    uncleanShutdown: false,
    table: sector,
    grain: sector,
  };
}
