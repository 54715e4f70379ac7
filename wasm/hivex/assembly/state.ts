/**
 * Memory map and state of the one hive an instance holds.
 *
 *     heap base | key columns | value columns | key names | value names | findings | words | upper | units | path |
 *     above | lines | hive file | maps | list | stack
 *                   |<-------- sized by the hive
 *
 *
 * Offsets of cells are 32-bit and relative to the first hive bin, as in the file; `bins` is its address.
 */
import {
  FINDING_ROWS,
  KEY_COLUMN_COUNT,
  KEY_ROWS,
  LINES_BYTES,
  NAME_UNITS,
  PATH_BYTES,
  PATH_DEPTH,
  VALUE_COLUMN_COUNT,
  VALUE_ROWS,
  WORD_COUNT,
  WORD_STRIDE,
} from './constants';

export const BASE_BLOCK: u32 = 4096;

// Columns stand at a stride of four bytes a row whatever their type, so that an address is one multiplication.
export const keyColumns: usize = (__heap_base + 63) & ~63;
export const valueColumns: usize = keyColumns + KEY_COLUMN_COUNT * KEY_ROWS * 4;
export const keyNames: usize = valueColumns + VALUE_COLUMN_COUNT * VALUE_ROWS * 4;
export const valueNames: usize = keyNames + NAME_UNITS * 2;
export const findings: usize = valueNames + NAME_UNITS * 2;
export const words: usize = findings + FINDING_ROWS * 16;
/** Upper case of each UTF-16 unit, filled in by the caller. */
export const upper: usize = words + WORD_COUNT * WORD_STRIDE;
/** Units of a value's text before they are written. */
export const units: usize = upper + 131072;
export const path: usize = units + 1024;
/** Keys above the one that is written: (cell, end of its path). */
export const above: usize = path + PATH_BYTES + 64;
/** JSON lines. Like `path` with slack behind it: copies go in steps of 16 bytes. */
export const lines: usize = above + PATH_DEPTH * 8;
export const hive: usize = lines + LINES_BYTES + 64;
export const bins: usize = hive + BASE_BLOCK;

export let fileSize: u32 = 0;
export function setFileSize(size: u32): void {
  fileSize = size;
}

/** Bytes of hive bins that are there: what the base block states, cut to the file. */
export let binsSize: u32 = 0;
export let minor: u32 = 0;
/** Bytes before the payload of a cell: 4, or 8 in format 1.0 and 1.1, which also store the previous cell's offset. */
export let cellHead: u32 = 4;
export let layered: bool = false;
export let rootCell: u32 = 0;

export function setBase(size: u32, version: u32, root: u32, layers: bool): void {
  binsSize = size;
  minor = version;
  cellHead = version <= 1 ? 8 : 4;
  rootCell = root;
  layered = layers;
}

/** One bit for each 8 bytes of the bins: an allocated cell begins here. Every offset is tested against it before use. */
export let cellMap: usize = 0;
/** One bit for each 8 bytes of the bins: the walk has already been at this cell. Ends loops, bounds shared cells. */
export let claimMap: usize = 0;
/** Result of `children` and `data`: u32 entries. */
export let list: usize = 0;
export let listCapacity: u32 = 0;
/** Keys the walk has still to visit: (cell, parent) pairs. A key node needs an 80-byte cell, so this holds them all. */
export let stack: usize = 0;

/** Sets the maps behind the hive and clears them. False when the memory cannot grow so far. */
export function layOut(size: u32): bool {
  const mapBytes: u64 = ((<u64>size >> 6) + 16) & ~7;
  const rows: u64 = <u64>size / 80 + 64;
  let at: u64 = (<u64>hive + <u64>BASE_BLOCK + size + 15) & ~15;
  cellMap = <usize>at;
  at += mapBytes;
  claimMap = <usize>at;
  at += mapBytes;
  list = <usize>at;
  listCapacity = <u32>rows;
  at += rows * 4;
  stack = <usize>((at + 7) & ~7);
  at = <u64>stack + rows * 8;
  if (!grow(at)) return false;
  memory.fill(cellMap, 0, <usize>(mapBytes * 2));
  return true;
}

/** Grows the memory so that `end` bytes exist. */
export function grow(end: u64): bool {
  const pages = <i32>((end + 0xffff) >> 16);
  const missing = pages - memory.size();
  return missing <= 0 || memory.grow(missing) >= 0;
}

export let findingCount: i32 = 0;
/** Findings that had no room since the window was last emptied. */
export let findingsDropped: u32 = 0;

export function clearFindings(): void {
  findingCount = 0;
  findingsDropped = 0;
}

/** Notes something odd at `offset` (in the file, not in the bins). */
export function note(code: u32, offset: u32, expected: u32, actual: u32): void {
  if (findingCount == FINDING_ROWS) {
    findingsDropped++;
    return;
  }
  const p = findings + <usize>findingCount * 16;
  store<u32>(p, code);
  store<u32>(p, offset, 4);
  store<u32>(p, expected, 8);
  store<u32>(p, actual, 12);
  findingCount++;
}

/** The same for a place in the bins. */
export function noteCell(code: u32, cell: u32, expected: u32, actual: u32): void {
  note(code, cell + BASE_BLOCK, expected, actual);
}
