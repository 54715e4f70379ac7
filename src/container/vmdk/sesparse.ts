/**
 * seSparse, the space-efficient sparse extent of vSphere 6.5 and later. Two headers of one sector each:
 *
 *     constant   0  0xcafebabe u64   8  version u64 (2.1)   16 capacity   24 grain_size (8)   32 grain_table_size (64)
 *                40 flags   80 volatile_header_offset   88 its size   96 journal header, 112 journal
 *                128 grain_dir_offset, 136 size   144 grain_tables_offset, 152 size   192 grains_offset, 200 size
 *     volatile   0  0xcafecafe u64   8  free_gt_number   16 next_txn_seq_number   24 replay_journal
 *
 * Sizes and offsets are in sectors, entries have 64 bits and say in their highest four what they are:
 *
 *     directory   0 nothing, 1 table number in bits 0 to 31
 *     table       0 not stored (the parent's), 1 unmapped and 2 zeroed (zeros), 3 stored: the grain's number with its high
 *                 48 bits in bits 0 to 47 and its low 12 in bits 48 to 59
 */
import type { Bytes } from '../../base/bytes.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { SECTOR } from './header.ts';
import { HOLE, type Layout, NOWHERE, ZEROS } from './layout.ts';

/** As it stands on disk. */
export const SESPARSE_MAGIC = '\xbe\xba\xfe\xca\0\0\0\0';
const VERSION = 0x2_0000_0001n;
const VOLATILE_MAGIC = 0xcafe_cafen;
const MAX_SECTORS = 2 ** 44;
const MAX_GRAIN = 1 << 17;
const MAX_TABLE = 1 << 12;

/** @throws FormatError InvalidSignature, UnsupportedVersion, UnsupportedFeature, InvalidHeader, UnexpectedEnd */
export function readSeSparse(source: ByteSource): Layout {
  const view = readView(source, 0, SECTOR);
  const version = view.u64(8);
  if (version !== VERSION) failAt('UnsupportedVersion', source, 8, 'version 2.1', `0x${version.toString(16)}`);
  const sectors = (at: number, what: string, most = MAX_SECTORS): number => {
    const value = view.size64(at, what);
    if (value > most) failAt('InvalidHeader', source, at, `${what} of at most ${most} sectors`, value);
    return value;
  };
  const grain = sectors(24, 'a grain', MAX_GRAIN);
  const table = sectors(32, 'a grain table', MAX_TABLE);
  if (grain === 0 || table === 0) failAt('InvalidHeader', source, 24, 'grains and grain tables', 'none');
  const flags = view.u64(40);
  if (flags !== 0n) failAt('UnsupportedFeature', source, 40, 'no flags', `0x${flags.toString(16)}`);
  checkJournal(source, sectors(80, 'a volatile header offset') * SECTOR);
  const capacity = sectors(16, 'a capacity') * SECTOR;
  const perTable = (table * SECTOR) / 8;
  const needed = Math.ceil(capacity / (grain * SECTOR * perTable));
  if (needed * 8 > sectors(136, 'a grain directory') * SECTOR)
    failAt('InvalidHeader', source, 136, `a grain directory of ${needed} entries`, `${sectors(136, '')} sectors`);
  const tablesAt = sectors(144, 'a grain tables offset') * SECTOR;
  const grainsAt = sectors(192, 'a grains offset') * SECTOR;
  return {
    kind: 'seSparse',
    version: 2,
    raw: view.bytes,
    at: 128,
    capacity,
    grainSize: grain * SECTOR,
    perTable,
    entrySize: 8,
    directoryAt: sectors(128, 'a grain directory offset') * SECTOR,
    copyAt: 0,
    compressed: false,
    markers: false,
    uncleanShutdown: false,
    table(entries: Bytes, at: number): number {
      const [low, high] = [entries.u32(at), entries.u32(at + 4)];
      if (low === 0 && high === 0) return HOLE;
      return high === 0x1000_0000 ? tablesAt + low * table * SECTOR : NOWHERE;
    },
    grain(entries: Bytes, at: number): number {
      const [low, high] = [entries.u32(at), entries.u32(at + 4)];
      const type = high >>> 28;
      if (type === 0) return low === 0 && high === 0 ? HOLE : NOWHERE;
      if (type === 1 || type === 2) return ZEROS;
      if (type !== 3) return NOWHERE;
      const number = ((high & 0xffff) * 2 ** 32 + low) * 4096 + ((high >>> 16) & 0xfff);
      return grainsAt + number * grain * SECTOR;
    },
  };
}

function checkJournal(source: ByteSource, at: number): void {
  const view = readView(source, at, SECTOR);
  const magic = view.u64(0);
  if (magic !== VOLATILE_MAGIC)
    failAt('InvalidSignature', source, at, `0x${VOLATILE_MAGIC.toString(16)}`, `0x${magic.toString(16)}`);
  const replay = view.u64(24);
  if (replay !== 0n)
    failAt('UnsupportedFeature', source, at + 24, 'a disk that was closed', 'a journal that must be replayed first');
}
