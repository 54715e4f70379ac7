/**
 * MFT records to columns: the host reads a window of $MFT into `input()`, calls `scan` until it says OK, and takes the
 * rows whenever it says MORE or wants them. `memory.ts` has the map, `facts.ts` the attributes, `rows.ts` the columns.
 *
 * A record that needs bytes from elsewhere, or that is damaged, is an event (NTFS_* in abi.ts).
 */
import {
  ERR_ARGUMENT, MORE, NTFS_COMPLEX, NTFS_SIGNATURE, NTFS_TORN, OK,
} from '../abi';
import {
  COLUMNS, EVENTS, INPUT, INPUT_BYTES, MAX_RECORD, MIN_RECORD, NAMES, ROWS, SEQS, columnStart, layOut, openRecord, u16At,
  u32At, u64At,
} from './memory';
import { gather } from './facts';
import { clearRows, hasRoom, rows, units, writeRows } from './rows';

const FILE_SIGNATURE: u32 = 0x454c4946;
const STRIDE: u32 = 512;
const FILE_RECORD_SEGMENT_IN_USE: u32 = 1;
const FILE_NAME_INDEX_PRESENT: u32 = 2;

layOut();

let events: u32 = 0;
let stopped: u32 = 0;

export function input(): usize {
  return INPUT;
}
export function inputBytes(): u32 {
  return INPUT_BYTES;
}
export function sequences(): usize {
  return SEQS;
}
export function eventList(): usize {
  return EVENTS;
}
export function eventCount(): u32 {
  return events;
}
export function names(): usize {
  return NAMES;
}
export function nameUnits(): u32 {
  return units;
}
export function rowCount(): u32 {
  return rows;
}
export function rowLimit(): u32 {
  return ROWS;
}
/** Address of a column, 0 when there is no such column. */
export function column(index: u32): usize {
  return index < COLUMNS ? columnStart(index) : 0;
}
/** Index of the record `scan` stopped before. */
export function next(): u32 {
  return stopped;
}
/** Forgets the rows, which the host has taken. */
export function clear(): void {
  clearRows();
}

/** Replaces the last two bytes of each 512-byte stride by those of the update sequence array. False: torn or no array. */
function fixUp(at: usize, size: u32): bool {
  const array = u16At(4);
  const count = u16At(6);
  if (count != size / STRIDE + 1 || array > size || count * 2 > size - array) return false;
  const number = u16At(array);
  for (let i: u32 = 1; i < count; i++) if (u16At(i * STRIDE - 2) != number) return false;
  for (let i: u32 = 1; i < count; i++) store<u16>(at + i * STRIDE - 2, <u16>u16At(array + i * 2));
  return true;
}

// @ts-ignore: decorator
@inline
function event(index: u32, kind: u32): void {
  store<u32>(EVENTS + (events << 3), index);
  store<u32>(EVENTS + (events << 3), kind, 4);
  events++;
}

function scanRecord(index: u32, size: u32, number: u32): void {
  const at = INPUT + index * size;
  openRecord(at, size);
  const signature = u32At(0);
  if (signature != FILE_SIGNATURE) {
    store<u16>(SEQS + (index << 1), 0);
    if (signature != 0) event(index, NTFS_SIGNATURE);
    return;
  }
  store<u16>(SEQS + (index << 1), <u16>u16At(16));
  const flags = u16At(22);
  if ((flags & FILE_RECORD_SEGMENT_IN_USE) == 0) return;
  if (!fixUp(at, size)) {
    event(index, NTFS_TORN);
    return;
  }
  if (u64At(32) != 0) return; // an extension record: its base names it
  const status = gather();
  if (status != OK) event(index, status);
  if (status != NTFS_COMPLEX) writeRows(number, (flags & FILE_NAME_INDEX_PRESENT) != 0);
}

/**
 * Reads records `first` to `count` of the window; record 0 of the window has the number `number`.
 * @returns OK at the end, MORE when the rows must be taken first (go on at `next()`), ERR_ARGUMENT
 */
export function scan(first: u32, count: u32, size: u32, number: u32): i32 {
  events = 0;
  stopped = first;
  if (size < MIN_RECORD || size > MAX_RECORD || size % STRIDE != 0 || count > INPUT_BYTES / size || first > count) return ERR_ARGUMENT;
  for (let i = first; i < count; i++) {
    stopped = i;
    if (!hasRoom(size)) return MORE;
    scanRecord(i, size, number + i);
  }
  stopped = count;
  return OK;
}
