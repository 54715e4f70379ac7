/**
 * The internal snapshots: each has an L1 table of its own and shares the clusters that did not change.
 *
 *     0   l1_table_offset u64   8  l1_size u32   12 id_str_size u16   14 name_size u16
 *     16  date_sec u32          20 date_nsec u32 24 vm_clock_nsec u64 32 vm_state_size u32
 *     36  extra_data_size u32   40 extra data: vm_state_size u64, disk size u64 ...   then id, name, padding to 8
 *
 * The disk size stands in the extra data of version 3 only; older snapshots are as large as the disk is now.
 */
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { attempt, isSound } from '../attempt.ts';
import type { Qcow2Header } from './header.ts';
import type { State } from './tables.ts';

const ENTRY_SIZE = 40;
const MAX_EXTRA = 1024;
/** Snapshots that are offered; the count is told in any case. */
export const MAX_SNAPSHOTS = 64;

export interface Snapshot {
  readonly id: string;
  readonly name: string;
  /** ISO time. */
  readonly date: string;
  /** Bytes of the machine's memory that were saved with it. */
  readonly vmStateSize: number;
  readonly state: State;
}

/** The first snapshots; a table that leads nowhere ends the list. */
export function readSnapshots(source: ByteSource, header: Qcow2Header): Snapshot[] {
  const found: Snapshot[] = [];
  let at = header.snapshotsOffset;
  while (found.length < Math.min(header.nbSnapshots, MAX_SNAPSHOTS)) {
    const read = attempt(() => readSnapshot(source, header, at));
    if (!isSound(read) || read === null) break;
    found.push(read.snapshot);
    at += read.length;
  }
  return found;
}

function readSnapshot(source: ByteSource, header: Qcow2Header, at: number) {
  const entry = readView(source, at, ENTRY_SIZE);
  const [idSize, nameSize, extraSize] = [entry.u16be(12), entry.u16be(14), entry.u32be(36)];
  if (extraSize > MAX_EXTRA) return null;
  const rest = readView(source, at + ENTRY_SIZE, extraSize + idSize + nameSize);
  const text = (from: number, size: number): string => new TextDecoder().decode(rest.slice(extraSize + from, size));
  const state: State = {
    l1TableOffset: entry.size64be(0, 'a table offset'),
    l1Size: entry.u32be(8),
    size: extraSize >= 16 ? rest.size64be(8, 'a disk size') : header.size,
    at,
  };
  const snapshot: Snapshot = {
    id: text(0, idSize),
    name: text(idSize, nameSize),
    date: new Date(entry.u32be(16) * 1000).toISOString(),
    vmStateSize: extraSize >= 8 ? rest.size64be(0, 'a state size') : entry.u32be(32),
    state,
  };
  return { snapshot, length: Math.ceil((ENTRY_SIZE + extraSize + idSize + nameSize) / 8) * 8 };
}
