/**
 * The windows of this module and the record that is being read.
 *
 *     heap base  input    INPUT_BYTES   records as they stand in $MFT, fixed up in place
 *                seqs     u16 each      sequence number of each record of the window (0: no FILE record)
 *                events   8 each        u32 record index, u32 NTFS_* of abi.ts
 *                names    u16 each      UTF-16 units of the rows
 *                columns                ROWS entries each, order and width as in COLUMN_WIDTHS
 *
 * Bytes of a record are hostile: they are read by `u8At` ... `u64At`, which test `size - offset`, set `outside` and
 * give 0 when the field does not lie inside the record.
 */

export const INPUT_BYTES: u32 = 4 << 20;
export const MIN_RECORD: u32 = 512;
/** Windows makes 1,024 and 4,096; NT 3.1 had one cluster. Above this the names of one record would not be few. */
export const MAX_RECORD: u32 = 16384;
export const MAX_RECORDS: u32 = INPUT_BYTES / MIN_RECORD;
export const ROWS: u32 = 32768;
export const NAME_UNITS: u32 = 1 << 20;
/** Smallest $FILE_NAME attribute: header of 24 bytes, structure of 66, one unit. */
export const MIN_NAME_ATTRIBUTE: u32 = 92;
export const MAX_NAMES: u32 = MAX_RECORD / MIN_NAME_ATTRIBUTE + 1;

/** Columns in the order of NODE_COLUMNS in src/fs/types.ts without the hashes, then the sequence of the parent. */
export const COL_ID: u32 = 0;
export const COL_PARENT: u32 = 1;
export const COL_REF: u32 = 2;
export const COL_NAME_OFFSET: u32 = 3;
export const COL_NAME_LENGTH: u32 = 4;
export const COL_SHORT_OFFSET: u32 = 5;
export const COL_SHORT_LENGTH: u32 = 6;
export const COL_SIZE: u32 = 7;
export const COL_ALLOCATED: u32 = 8;
export const COL_CREATED: u32 = 9;
export const COL_MODIFIED: u32 = 11;
export const COL_CHANGED: u32 = 13;
export const COL_ACCESSED: u32 = 15;
export const COL_ATTRIBUTES: u32 = 17;
export const COL_REPARSE_TAG: u32 = 18;
export const COL_SECURITY_ID: u32 = 19;
export const COL_LINK_ID: u32 = 20;
export const COL_LINKS: u32 = 21;
export const COL_FLAGS: u32 = 22;
export const COL_BYTE_STATE: u32 = 23;
export const COL_PARENT_SEQUENCE: u32 = 24;
export const COLUMNS: u32 = 25;

const COLUMN_WIDTHS = memory.data<u8>([4, 4, 8, 4, 2, 4, 1, 8, 8, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 2, 2, 1, 2]);
const COLUMN_STARTS = memory.data(COLUMNS * 4, 4);

export const INPUT: usize = (__heap_base + 15) & ~15;
export const SEQS: usize = INPUT + INPUT_BYTES;
export const EVENTS: usize = SEQS + MAX_RECORDS * 2;
export const NAMES: usize = EVENTS + MAX_RECORDS * 8;
export const NAME_LIST: usize = NAMES + NAME_UNITS * 2;
const FIRST_COLUMN: usize = NAME_LIST + ((MAX_NAMES * 4 + 15) & ~15);

/** Lays the columns out and grows the memory to hold them. Called once when the module starts. */
export function layOut(): void {
  let at = FIRST_COLUMN;
  for (let i: u32 = 0; i < COLUMNS; i++) {
    store<u32>(COLUMN_STARTS + (i << 2), <u32>at);
    const width: u32 = load<u8>(COLUMN_WIDTHS + i);
    at += ROWS * width;
    at = (at + 15) & ~15;
  }
  const pages = <i32>((at + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
}

// @ts-ignore: decorator
@inline
export function columnStart(index: u32): usize {
  return <usize>load<u32>(COLUMN_STARTS + (index << 2));
}

export let record: usize = 0;
export let recordSize: u32 = 0;
/** True when a field was asked for that does not lie inside the record. */
export let outside: bool = false;

export function openRecord(at: usize, size: u32): void {
  record = at;
  recordSize = size;
  outside = false;
}

// @ts-ignore: decorator
@inline
function fits(offset: u32, bytes: u32): bool {
  if (offset <= recordSize && bytes <= recordSize - offset) return true;
  outside = true;
  return false;
}

// @ts-ignore: decorator
@inline
export function u8At(offset: u32): u32 {
  return fits(offset, 1) ? <u32>load<u8>(record + offset) : 0;
}
// @ts-ignore: decorator
@inline
export function u16At(offset: u32): u32 {
  return fits(offset, 2) ? <u32>load<u16>(record + offset) : 0;
}
// @ts-ignore: decorator
@inline
export function u32At(offset: u32): u32 {
  return fits(offset, 4) ? load<u32>(record + offset) : 0;
}
// @ts-ignore: decorator
@inline
export function u64At(offset: u32): u64 {
  return fits(offset, 8) ? load<u64>(record + offset) : 0;
}
// @ts-ignore: decorator
@inline
export function within(offset: u32, bytes: u32): bool {
  return fits(offset, bytes);
}
