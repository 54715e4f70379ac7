/** Writes the rows of the gathered record: one for each $FILE_NAME that is not a DOS name. */
import {
  COL_ACCESSED, COL_ALLOCATED, COL_ATTRIBUTES, COL_BYTE_STATE, COL_CHANGED, COL_CREATED, COL_FLAGS, COL_ID, COL_LINKS,
  COL_LINK_ID, COL_MODIFIED, COL_NAME_LENGTH, COL_NAME_OFFSET, COL_PARENT, COL_PARENT_SEQUENCE, COL_REF, COL_REPARSE_TAG,
  COL_SECURITY_ID, COL_SHORT_LENGTH, COL_SHORT_OFFSET, COL_SIZE, MIN_NAME_ATTRIBUTE, NAMES, NAME_LIST, NAME_UNITS, ROWS,
  columnStart, record, u32At, u64At, u8At,
} from './memory';
import {
  allocated, byteState, caseSensitive, hasEa, hasStreams, names, reparseTag, securityId, size, standard,
} from './facts';

const DOS: u32 = 2;
const WIN32: u32 = 1;
const ROOT: u32 = 5;

export let rows: u32 = 0;
export let units: u32 = 0;

export function clearRows(): void {
  rows = 0;
  units = 0;
}

/** True when the rows of any record of this size still fit. */
export function hasRoom(recordSize: u32): bool {
  return recordSize / MIN_NAME_ATTRIBUTE + 1 <= ROWS - rows && recordSize / 2 <= NAME_UNITS - units;
}

// @ts-ignore: decorator
@inline
function nameAt(index: u32): u32 {
  return load<u32>(NAME_LIST + (index << 2));
}

function sameName(a: u32, b: u32): bool {
  const length = u8At(a + 64);
  return length == u8At(b + 64) && memory.compare(record + a + 66, record + b + 66, length * 2) == 0;
}

/** Appends the units of a name to the names window. @returns their offset */
function takeName(name: u32): u32 {
  const start = units;
  const length = u8At(name + 64);
  memory.copy(NAMES + (<usize>start << 1), record + name + 66, length * 2);
  units += length;
  return start;
}

/** True when the name at `index` must not give a row: a DOS name beside a real one, or the same link said twice. */
function skipped(index: u32, allDos: bool): bool {
  const name = nameAt(index);
  if (u8At(name + 65) == DOS && !allDos) return true;
  for (let i: u32 = 0; i < index; i++) {
    const other = nameAt(i);
    if (u64At(other) != u64At(name) || !sameName(other, name)) continue;
    if (u8At(other + 65) != DOS || allDos) return true;
  }
  return false;
}

/** The DOS name that belongs to the WIN32 name at `index` (same parent, first pair of that parent), or 0. */
function shortOf(index: u32): u32 {
  const name = nameAt(index);
  if (u8At(name + 65) != WIN32) return 0;
  const parent = u64At(name);
  for (let i: u32 = 0; i < index; i++) {
    const other = nameAt(i);
    if (u8At(other + 65) == WIN32 && u64At(other) == parent) return 0;
  }
  for (let i: u32 = 0; i < names; i++) {
    const other = nameAt(i);
    if (u8At(other + 65) == DOS && u64At(other) == parent) return sameName(other, name) ? 0 : other;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function putU32(column: u32, value: u32): void {
  store<u32>(columnStart(column) + (rows << 2), value);
}

function putTime(column: u32, at: u32): void {
  store<u32>(columnStart(column) + (rows << 2), u32At(at));
  store<u32>(columnStart(column + 1) + (rows << 2), u32At(at + 4));
}

function writeRow(number: u32, name: u32, short: u32, directory: bool, links: u32): void {
  const parent = u64At(name);
  const length = u8At(name + 64);
  putU32(COL_ID, number);
  // File references have 48-bit record numbers; what passes 32 bits names no record of any volume we can index.
  putU32(COL_PARENT, ((parent >> 32) & 0xffff) == 0 ? <u32>parent : 0xffffffff);
  store<u16>(columnStart(COL_PARENT_SEQUENCE) + (rows << 1), <u16>(parent >> 48));
  store<f64>(columnStart(COL_REF) + (rows << 3), <f64>number);
  putU32(COL_NAME_OFFSET, takeName(name));
  store<u16>(columnStart(COL_NAME_LENGTH) + (rows << 1), <u16>length);
  putU32(COL_SHORT_OFFSET, short != 0 ? takeName(short) : 0);
  store<u8>(columnStart(COL_SHORT_LENGTH) + rows, short != 0 ? <u8>u8At(short + 64) : 0);
  const times = standard != 0 ? standard : name + 8;
  putTime(COL_CREATED, times);
  putTime(COL_MODIFIED, times + 8);
  putTime(COL_CHANGED, times + 16);
  putTime(COL_ACCESSED, times + 24);
  // The two highest bits mark indexes in $FILE_NAME; Windows never shows them.
  let attributes = u32At(standard != 0 ? standard + 32 : name + 56) & 0x0fffffff;
  attributes = directory ? attributes | 0x10 : attributes & ~0x10;
  if (attributes == 0) attributes = 0x80;
  putU32(COL_ATTRIBUTES, attributes);
  putU32(COL_REPARSE_TAG, reparseTag);
  putU32(COL_SECURITY_ID, securityId);
  putU32(COL_LINK_ID, links > 1 ? number : 0);
  store<u16>(columnStart(COL_LINKS) + (rows << 1), <u16>links);
  store<f64>(columnStart(COL_SIZE) + (rows << 3), directory ? 0 : <f64>size);
  store<f64>(columnStart(COL_ALLOCATED) + (rows << 3), directory ? 0 : <f64>allocated);
  let flags: u32 = directory ? 1 : 0;
  if (directory && caseSensitive) flags |= 2;
  if (hasStreams) flags |= 4;
  if ((reparseTag & 0x20000000) != 0) flags |= 8;
  if (hasEa) flags |= 32;
  store<u16>(columnStart(COL_FLAGS) + (rows << 1), <u16>flags);
  store<u8>(columnStart(COL_BYTE_STATE) + rows, directory ? 0 : <u8>byteState(attributes));
  rows++;
}

/** Rows of record `number`, whose facts are gathered. The caller has asked `hasRoom`. */
export function writeRows(number: u32, directory: bool): void {
  if (number == ROOT) return;
  let real: u32 = 0;
  for (let i: u32 = 0; i < names; i++) if (u8At(nameAt(i) + 65) != DOS) real++;
  const allDos = real == 0;
  let links: u32 = 0;
  for (let i: u32 = 0; i < names; i++) if (!skipped(i, allDos)) links++;
  for (let i: u32 = 0; i < names; i++) {
    if (!skipped(i, allDos)) writeRow(number, nameAt(i), shortOf(i), directory, links);
  }
}
