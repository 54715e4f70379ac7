/**
 * Key nodes and lists of sub-keys.
 *
 *     nk   0 'nk' 2 flags 4 last write 12 access bits 13 layer byte 16 parent 20 sub-keys 28 list 36 values 40 values' list
 *          44 security 48 class 72 name length 74 class length 76 name
 *     lf lh  0 signature 2 count 4 (cell, hint or hash)*      li  4 cell*      ri  4 cell of a list*
 *
 * Layer byte (only in a hive whose base block says so): bits 0-1 kind, bit 7 the class is inherited.
 */

import { cellLength, claim, payload } from './cells';
import {
  ERR_REFERENCE,
  F_CLASS_MISSING,
  F_LIST_DEPTH,
  F_LIST_LENGTH,
  F_LIST_MISSING,
  F_LIST_SHARED,
  F_LIST_SIGNATURE,
  F_NAME_LENGTH,
  F_PREDEFINED,
  F_SECURITY_MISSING,
  F_SUBKEY_COUNT,
  F_SUBKEY_MISSING,
  F_SUBKEY_PARENT,
  F_SUBKEY_TWICE,
  KEY_HAS_CLASS,
  KEY_INHERIT_CLASS,
  KEY_ROWS,
  KEY_SYMLINK,
  KEY_VOLATILE,
  MORE,
  NAME_MAX,
  NAME_UNITS,
  NIL,
  OK,
} from './constants';
import {
  BASE_BLOCK,
  binsSize,
  cellHead,
  keyColumns,
  keyNames,
  layered,
  list,
  listCapacity,
  noteCell,
  stack,
} from './state';

const NK: u32 = 0x6b6e;
const SK: u32 = 0x6b73;
const LF: u32 = 0x666c;
const LH: u32 = 0x686c;
const LI: u32 = 0x696c;
const RI: u32 = 0x6972;

/** Bytes of a key node before its name. */
export const NK_SIZE: u32 = 76;
/** The format has `ri` over leaves and nothing deeper; hostile files nest. */
const MAX_LIST_DEPTH: i32 = 8;

export let keyRows: i32 = 0;
let nameUnits: u32 = 0;

export function clearKeys(): void {
  keyRows = 0;
  nameUnits = 0;
}

export function keyRoom(): bool {
  return keyRows < KEY_ROWS && nameUnits <= <u32>(NAME_UNITS - NAME_MAX);
}

/** Address of the key node in `cell`, 0 when there is none. */
export function nodeAt(cell: u32): usize {
  if (cellLength(cell) < NK_SIZE) return 0;
  const node = payload(cell);
  const signature: u32 = load<u16>(node);
  return signature == NK ? node : 0;
}

/** Copies a name to UTF-16: `bytes` of Latin-1 or of UTF-16LE. @returns units written */
export function putName(to: usize, from: usize, bytes: u32, latin1: bool): u32 {
  if (!latin1) {
    const units = bytes >> 1;
    memory.copy(to, from, units << 1);
    return units;
  }
  let i: u32 = 0;
  for (; i + 8 <= bytes; i += 8) v128.store(to + (i << 1), v128.load_ext<u8>(from + i));
  for (; i < bytes; i++) store<u16>(to + (i << 1), <u16>load<u8>(from + i));
  return bytes;
}

function put(column: usize, row: usize, value: u32): void {
  store<u32>(keyColumns + (column * KEY_ROWS + row) * 4, value);
}

/** Number of values a key states, never more than its list can hold; 0 for a predefined handle. */
export function valueCount(node: usize): u32 {
  const flags: u32 = load<u16>(node, 2);
  if ((flags & 0x40) != 0) return 0;
  const count = load<u32>(node, 36);
  return count == 0 ? 0 : min<u32>(count, cellLength(load<u32>(node, 40)) >> 2);
}

/** Appends one row. `report` is true in the walk, which sees each key once, so that a finding is told once. */
export function putKey(cell: u32, node: usize, parent: u32, subkeys: u32, values: u32, report: bool): void {
  const row = <usize>keyRows;
  keyRows++;
  const flags: u32 = load<u16>(node, 2);
  put(0, row, cell);
  put(1, row, parent);
  let bytes: u32 = load<u16>(node, 72);
  const room = cellLength(cell) - NK_SIZE;
  if (bytes > room) bytes = room;
  const units = putName(keyNames + ((<usize>nameUnits) << 1), node + NK_SIZE, bytes, (flags & 0x20) != 0);
  put(2, row, nameUnits);
  store<u16>(keyColumns + 3 * KEY_ROWS * 4 + row * 2, <u16>units);
  nameUnits += units;
  put(4, row, load<u32>(node, 4));
  put(5, row, load<u32>(node, 8));
  const layer: u32 = layered ? <u32>load<u8>(node, 13) : 0;
  store<u8>(keyColumns + 6 * KEY_ROWS * 4 + row, <u8>(layer & 3));
  let out: u32 = 0;
  if ((flags & 0x10) != 0) out |= KEY_SYMLINK;
  if ((layer & 0x80) != 0) out |= KEY_INHERIT_CLASS;
  if ((flags & 1) != 0) out |= KEY_VOLATILE;
  const classLength: u32 = load<u16>(node, 74);
  if (classLength != 0 && load<u32>(node, 48) != NIL && cellLength(load<u32>(node, 48)) >= classLength)
    out |= KEY_HAS_CLASS;
  store<u16>(keyColumns + 7 * KEY_ROWS * 4 + row * 2, <u16>out);
  put(8, row, securityCell(node));
  put(9, row, subkeys);
  put(10, row, values);
  if (report) reportKey(cell, node);
}

/** Notes what is odd about a key itself. */
export function reportKey(cell: u32, node: usize): void {
  const bytes: u32 = load<u16>(node, 72);
  const room = cellLength(cell) - NK_SIZE;
  if (bytes > room) noteCell(F_NAME_LENGTH, cell, room, bytes);
  const classLength: u32 = load<u16>(node, 74);
  const at = load<u32>(node, 48);
  if (classLength != 0 && at != NIL && cellLength(at) < classLength) noteCell(F_CLASS_MISSING, cell, classLength, at);
  const security = load<u32>(node, 44);
  if (security != NIL && securityCell(node) == NIL) noteCell(F_SECURITY_MISSING, cell, 0, security);
  const flags: u32 = load<u16>(node, 2);
  if ((flags & 0x40) != 0) noteCell(F_PREDEFINED, cell, 0, load<u32>(node, 36));
}

function securityCell(node: usize): u32 {
  const security = load<u32>(node, 44);
  if (security == NIL) return NIL;
  if (cellLength(security) >= 20) {
    const signature: u32 = load<u16>(payload(security));
    if (signature == SK) return security;
  }
  return NIL;
}

/** Where the piece found by `classOf` or `securityOf` lies in the file. */
export let pieceOffset: u32 = 0;
export let pieceLength: u32 = 0;

export function classOf(cell: u32): i32 {
  const node = nodeAt(cell);
  if (node == 0) return ERR_REFERENCE;
  const at = load<u32>(node, 48);
  const length: u32 = load<u16>(node, 74);
  pieceLength = 0;
  pieceOffset = at + cellHead + BASE_BLOCK;
  if (length != 0 && cellLength(at) >= length) pieceLength = length;
  return OK;
}

export function securityOf(cell: u32): i32 {
  const node = nodeAt(cell);
  if (node == 0) return ERR_REFERENCE;
  const at = securityCell(node);
  pieceLength = 0;
  if (at == NIL) return OK;
  const length = load<u32>(payload(at), 16);
  pieceOffset = at + cellHead + BASE_BLOCK + 20;
  if (length <= cellLength(at) - 20) pieceLength = length;
  return OK;
}

// ---- lists of sub-keys -------------------------------------------------------------------------------------------

let listCount: u32 = 0;
let stackTop: u32 = 0;
/** List entries still allowed to be looked at in this expansion: lists that repeat one leaf end here. */
let budget: u32 = 0;

export function children(): u32 {
  return listCount;
}

/** Fills `list` with the sub-keys of a key, in list order, as the lists have them. */
export function expandToList(cell: u32): i32 {
  const node = nodeAt(cell);
  if (node == 0) return ERR_REFERENCE;
  listCount = 0;
  budget = listCapacity * 8;
  if (load<u32>(node, 20) != 0) collect(load<u32>(node, 28), cell, 0, false);
  return OK;
}

let namesListed: u32 = 0;

/**
 * Puts rows of `list` into the key window, from entry `from`; MORE when the window is full. Names that add up to more
 * units than the hive has bytes are one key named many times: the rest is left out.
 */
export function putListed(parent: u32, from: u32): i32 {
  clearKeys();
  if (from == 0) namesListed = 0;
  for (let i = from; i < listCount; i++) {
    if (!keyRoom()) {
      namesListed += nameUnits;
      return MORE;
    }
    if (namesListed + nameUnits > binsSize) return OK;
    const cell = load<u32>(list + ((<usize>i) << 2));
    const node = nodeAt(cell);
    if (node != 0) putKey(cell, node, parent, load<u32>(node, 20), valueCount(node), false);
  }
  return OK;
}

export function clearStack(): void {
  stackTop = 0;
}

/** Address of an entry of the stack. */
export function stackEntry(index: u32): usize {
  return stack + ((<usize>index) << 3);
}

export function stackSize(): u32 {
  return stackTop;
}

export function push(cell: u32, parent: u32): void {
  const p = stack + ((<usize>stackTop) << 3);
  store<u32>(p, cell);
  store<u32>(p, parent, 4);
  stackTop++;
}

/** Cell in the low half, parent in the high one. */
export function pop(): u64 {
  stackTop--;
  return load<u64>(stack + ((<usize>stackTop) << 3));
}

/** Pushes the sub-keys of a key that were not visited yet, so that the first is popped first. @returns how many */
export function expandToStack(cell: u32, node: usize): u32 {
  const stated = load<u32>(node, 20);
  if (stated == 0) return 0;
  const before = stackTop;
  budget = listCapacity * 8;
  collect(load<u32>(node, 28), cell, 0, true);
  const count = stackTop - before;
  if (count != stated) noteCell(F_SUBKEY_COUNT, cell, stated, count);
  if (count > 1) {
    let low = stack + ((<usize>before) << 3);
    let high = stack + ((<usize>(stackTop - 1)) << 3);
    while (low < high) {
      const swap = load<u64>(low);
      store<u64>(low, load<u64>(high));
      store<u64>(high, swap);
      low += 8;
      high -= 8;
    }
  }
  return count;
}

function collect(at: u32, key: u32, depth: i32, walk: bool): void {
  const length = cellLength(at);
  if (length < 4) {
    if (walk) noteCell(F_LIST_MISSING, key, 0, at);
    return;
  }
  if (walk && !claim(at)) {
    noteCell(F_LIST_SHARED, at, 0, key);
    return;
  }
  const p = payload(at);
  const signature: u32 = load<u16>(p);
  let count: u32 = load<u16>(p, 2);
  const wide = signature == LF || signature == LH;
  if (!wide && signature != LI && signature != RI) {
    if (walk) noteCell(F_LIST_SIGNATURE, at, LH, signature);
    return;
  }
  const capacity = (length - 4) >> (wide ? 3 : 2);
  if (count > capacity) {
    if (walk) noteCell(F_LIST_LENGTH, at, capacity, count);
    count = capacity;
  }
  const stride: usize = wide ? 8 : 4;
  for (let i: u32 = 0; i < count; i++) {
    if (budget == 0) return;
    budget--;
    const cell = load<u32>(p + 4 + <usize>i * stride);
    if (signature != RI) {
      take(cell, key, at, walk);
    } else if (depth == MAX_LIST_DEPTH) {
      if (walk) noteCell(F_LIST_DEPTH, at, MAX_LIST_DEPTH, depth + 1);
      return;
    } else collect(cell, key, depth + 1, walk);
  }
}

function take(cell: u32, key: u32, at: u32, walk: bool): void {
  const node = nodeAt(cell);
  if (node == 0) {
    if (walk) noteCell(F_SUBKEY_MISSING, at, 0, cell);
    return;
  }
  if (!walk) {
    if (listCount == listCapacity) return;
    store<u32>(list + ((<usize>listCount) << 2), cell);
    listCount++;
    return;
  }
  if (!claim(cell)) {
    noteCell(F_SUBKEY_TWICE, cell, load<u32>(node, 16), key);
    return;
  }
  if (load<u32>(node, 16) != key) noteCell(F_SUBKEY_PARENT, cell, key, load<u32>(node, 16));
  push(cell, key);
}
