/**
 * Values and their data.
 *
 *     vk   0 'vk' 2 name length 4 data size (bit 31: the data stand in the next field) 8 data cell 12 type 16 flags 20 name
 *     db   0 'db' 2 number of segments 4 cell of the list of segments      each segment but the last has 16,344 bytes
 *
 * Flags: 1 the name is Latin-1; 2 (layered hives) a tombstone. A size above 16,344 with a cell that is too small for it
 * is big data; the cell decides and not the version, because hives that were upgraded hold both kinds.
 */

import { cellLength, payload } from './cells';
import {
  ERR_DATA,
  ERR_REFERENCE,
  F_HASH_BUDGET,
  F_NAME_LENGTH,
  F_VALUE_DATA,
  MORE,
  NAME_MAX,
  NAME_UNITS,
  NIL,
  OK,
  VALUE_DAMAGED,
  VALUE_ROWS,
  VALUE_TOMBSTONE,
} from './constants';
import { nodeAt, putName, valueCount } from './keys';
import { BASE_BLOCK, bins, binsSize, cellHead, layered, list, noteCell, valueColumns, valueNames } from './state';

const VK: u32 = 0x6b76;
const DB: u32 = 0x6264;
export const VK_SIZE: u32 = 20;
const SEGMENT: u32 = 16344;

const FNV_OFFSET: u64 = 0xcbf29ce484222325;
const FNV_PRIME: u64 = 0x00000100000001b3;
// A byte that is zero only multiplies: one multiplication by a power of the prime does for a byte and the zeros after it.
const FNV_PRIME_2: u64 = FNV_PRIME * FNV_PRIME;
/** The high bytes of four UTF-16 units. */
const HIGH_BYTES: u64 = 0xff00ff00ff00ff00;

export let valueRows: i32 = 0;
let nameUnits: u32 = 0;
/** Bytes hashed since the window was last cleared, and since the walk or listing began. */
export let hashed: u32 = 0;
let walkHashed: u64 = 0;
let listHashed: u64 = 0;
let overBudget: bool = false;

export function clearValues(): void {
  valueRows = 0;
  nameUnits = 0;
  hashed = 0;
}

export function startHashing(): void {
  walkHashed = 0;
  overBudget = false;
}

export function startListing(): void {
  listHashed = 0;
  namesListed = 0;
}

export function valueRoom(): bool {
  return valueRows < VALUE_ROWS && nameUnits <= <u32>(NAME_UNITS - NAME_MAX);
}

/** Address of the value in `cell`, 0 when there is none. */
export function valueAt(cell: u32): usize {
  if (cellLength(cell) < VK_SIZE) return 0;
  const value = payload(cell);
  const signature: u32 = load<u16>(value);
  return signature == VK ? value : 0;
}

/** Pieces of the data found by `locate`: offset in the file and length of each, in `list`. */
export let segments: u32 = 0;
/** Bytes of segments that were found before one was missing: what a failed search has cost. */
let touched: u32 = 0;
export let dataSize: u32 = 0;

function segment(offset: u32, length: u32): void {
  const p = list + ((<usize>segments) << 3);
  store<u32>(p, offset + BASE_BLOCK);
  store<u32>(p, length, 4);
  segments++;
}

export function isTombstone(value: usize): bool {
  const flags: u32 = load<u16>(value, 16);
  return layered && (flags & 2) != 0;
}

/** Finds the bytes of a value; false when they are not all there. */
export function locate(cell: u32, value: usize): bool {
  segments = 0;
  touched = 0;
  const stated = load<u32>(value, 4);
  dataSize = stated & 0x7fffffff;
  if (isTombstone(value)) {
    dataSize = 0;
    return true;
  }
  if (dataSize == 0) return true;
  if (stated >> 31 != 0) {
    if (dataSize > 4) return false;
    segment(cell + cellHead + 8, dataSize);
    return true;
  }
  const at = load<u32>(value, 8);
  const length = cellLength(at);
  if (length >= dataSize) {
    segment(at + cellHead, dataSize);
    return true;
  }
  // Segments that add up to more than the hive are one segment named many times.
  if (dataSize <= SEGMENT || length < 8 || dataSize > binsSize) return false;
  const p = payload(at);
  const signature: u32 = load<u16>(p);
  if (signature != DB) return false;
  const count: u32 = load<u16>(p, 2);
  const pieces = load<u32>(p, 4);
  const needed = (dataSize + SEGMENT - 1) / SEGMENT;
  if (count < needed || cellLength(pieces) >> 2 < needed) return false;
  let left = dataSize;
  for (let i: u32 = 0; i < needed; i++) {
    const piece = load<u32>(payload(pieces) + ((<usize>i) << 2));
    const take = min<u32>(left, SEGMENT);
    if (cellLength(piece) < take) {
      segments = 0;
      touched = dataSize - left;
      return false;
    }
    segment(piece + cellHead, take);
    left -= take;
  }
  return true;
}

function fnv(h: u64, p: usize, length: u32): u64 {
  let at = p;
  const wide = p + (length & ~7);
  const end = p + length;
  for (; at < wide; at += 8) {
    const word = load<u64>(at);
    if ((word & HIGH_BYTES) == 0) {
      h = (h ^ (word & 0xff)) * FNV_PRIME_2;
      h = (h ^ ((word >> 16) & 0xff)) * FNV_PRIME_2;
      h = (h ^ ((word >> 32) & 0xff)) * FNV_PRIME_2;
      h = (h ^ (word >> 48)) * FNV_PRIME_2;
      continue;
    }
    h = (h ^ (word & 0xff)) * FNV_PRIME;
    h = (h ^ ((word >> 8) & 0xff)) * FNV_PRIME;
    h = (h ^ ((word >> 16) & 0xff)) * FNV_PRIME;
    h = (h ^ ((word >> 24) & 0xff)) * FNV_PRIME;
    h = (h ^ ((word >> 32) & 0xff)) * FNV_PRIME;
    h = (h ^ ((word >> 40) & 0xff)) * FNV_PRIME;
    h = (h ^ ((word >> 48) & 0xff)) * FNV_PRIME;
    h = (h ^ (word >> 56)) * FNV_PRIME;
  }
  for (; at < end; at++) h = (h ^ <u64>load<u8>(at)) * FNV_PRIME;
  return h;
}

function fnvWord(h: u64, word: u32): u64 {
  h ^= word & 0xff;
  if (word < 0x100) return h * FNV_PRIME_2 * FNV_PRIME_2;
  h = ((h * FNV_PRIME) ^ ((word >> 8) & 0xff)) * FNV_PRIME;
  if (word < 0x10000) return h * FNV_PRIME_2;
  h = (h ^ ((word >> 16) & 0xff)) * FNV_PRIME;
  return (h ^ (word >> 24)) * FNV_PRIME;
}

function put(column: usize, row: usize, value: u32): void {
  store<u32>(valueColumns + (column * VALUE_ROWS + row) * 4, value);
}

/** Notes what is odd about a value itself, apart from its data. */
export function reportValue(cell: u32, value: usize): void {
  const bytes: u32 = load<u16>(value, 2);
  const room = cellLength(cell) - VK_SIZE;
  if (bytes > room) noteCell(F_NAME_LENGTH, cell, room, bytes);
}

/** Appends one row. `walk`: report findings. */
export function putValue(cell: u32, value: usize, key: u32, walk: bool): void {
  const row = <usize>valueRows;
  valueRows++;
  put(0, row, key);
  put(1, row, cell);
  const stored: u32 = load<u16>(value, 16);
  let bytes: u32 = load<u16>(value, 2);
  const room = cellLength(cell) - VK_SIZE;
  if (bytes > room) {
    if (walk) reportValue(cell, value);
    bytes = room;
  }
  const units = putName(valueNames + ((<usize>nameUnits) << 1), value + VK_SIZE, bytes, (stored & 1) != 0);
  put(2, row, nameUnits);
  store<u16>(valueColumns + 3 * VALUE_ROWS * 4 + row * 2, <u16>units);
  nameUnits += units;

  const type = load<u32>(value, 12);
  let flags: u32 = isTombstone(value) ? VALUE_TOMBSTONE : 0;
  let readable: bool;
  // Each cell is read once in a sound hive; many values that share one large cell must not cost without end.
  const stated = load<u32>(value, 4) & 0x7fffffff;
  if (stated > 64 && flags == 0 && (walk ? walkHashed : listHashed) > <u64>binsSize * 4) {
    readable = false;
    dataSize = stated;
    segments = 0;
    if (walk && !overBudget) noteCell(F_HASH_BUDGET, cell, binsSize, stated);
    overBudget = true;
  } else {
    readable = locate(cell, value);
    if (!readable && walk) noteCell(F_VALUE_DATA, cell, dataSize, load<u32>(value, 8));
    const cost = readable ? dataSize : touched;
    if (walk) walkHashed += cost;
    else listHashed += cost;
    hashed += cost;
  }
  let h = fnvWord(fnvWord(FNV_OFFSET, type), dataSize);
  if (readable) {
    for (let i: u32 = 0; i < segments; i++) {
      const p = list + ((<usize>i) << 3);
      h = fnv(h, bins - BASE_BLOCK + load<u32>(p), load<u32>(p, 4));
    }
  } else {
    flags |= VALUE_DAMAGED;
    h = fnvWord(h, cell); // damaged data equal nothing else
  }
  put(4, row, type);
  put(5, row, dataSize);
  store<u8>(valueColumns + 6 * VALUE_ROWS * 4 + row, <u8>flags);
  put(7, row, <u32>(h >> 32));
  put(8, row, <u32>h);
  put(9, row, readable && segments == 1 ? load<u32>(list) : NIL);
}

/** Entry of the values' list that `putValuesOf` would look at next. */
export let nextValue: u32 = 0;

let namesListed: u32 = 0;

/**
 * Values of one key from list entry `from`; MORE when the window is full. As with sub-keys, names that add up to more
 * than the hive end the list.
 */
export function putValuesOf(key: u32, from: u32): i32 {
  const node = nodeAt(key);
  if (node == 0) return ERR_REFERENCE;
  clearValues();
  if (from == 0) startListing();
  const count = valueCount(node);
  const entries = payload(load<u32>(node, 40));
  for (nextValue = from; nextValue < count; nextValue++) {
    if (!valueRoom()) {
      namesListed += nameUnits;
      return MORE;
    }
    if (namesListed + nameUnits > binsSize) return OK;
    const cell = load<u32>(entries + ((<usize>nextValue) << 2));
    const value = valueAt(cell);
    if (value != 0) putValue(cell, value, key, false);
  }
  return OK;
}

/** Finds the bytes of a value for the caller. */
export function dataOf(cell: u32): i32 {
  const value = valueAt(cell);
  if (value == 0) return ERR_REFERENCE;
  return locate(cell, value) ? OK : ERR_DATA;
}
