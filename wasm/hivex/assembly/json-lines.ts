/**
 * The whole hive as JSON lines in UTF-8: a line a key, then one for each of its values, then its sub-keys in the order
 * of their upper-case names. As in the walk, each key, list and value comes once and nothing recurses; hexadecimal
 * digits of large data go on in the next call.
 *
 * A value is counted before its key's line and written after it. Between the two it is told from a value that another
 * key has had by a second bit of the claim map: a value's cell has at least 24 bytes, so the bit of its bytes 8 to 15
 * is free.
 */
import { cellLength, claim, payload } from './cells';
import {
  ERR_PATH,
  F_HASH_BUDGET,
  F_VALUE_DATA,
  F_VALUE_MISSING,
  F_VALUE_TWICE,
  F_VALUES_LENGTH,
  F_VALUES_MISSING,
  F_VALUES_SHARED,
  LINES_BYTES,
  MORE,
  NIL,
  OK,
  PATH_BYTES,
  PATH_DEPTH,
  W_CLASS,
  W_DATA,
  W_LAST_WRITE,
  W_LAYER_KIND,
  W_NAME,
  W_NO_DATA,
  W_NULL,
  W_SIZE,
  W_SUBKEYS,
  W_TEXT,
  W_TOMBSTONE,
  W_TYPE,
  W_TYPE_CODE,
  W_TYPES,
  W_VALUES,
} from './constants';
import { putByte, putBytes, putHex, putHexNumber, putLatin1, putNumber, putTime, putUtf16, putWord } from './json-text';
import { sortTop } from './key-order';
import { clearStack, expandToStack, NK_SIZE, nodeAt, pop, push, reportKey, stackSize, valueCount } from './keys';
import {
  above,
  BASE_BLOCK,
  bins,
  binsSize,
  claimMap,
  keyNames,
  layered,
  lines,
  list,
  noteCell,
  path,
  rootCell,
} from './state';
import { dataSize, isTombstone, locate, reportValue, segments, VK_SIZE, valueAt } from './values';
import { putText } from './value-text';

/** Room for a key's or value's line without its path and data: a name of 65,535 bytes becomes six times that. */
const LINE_ROOM: usize = 420000;
const TEXT_ROOM: usize = 4096;
const ENTRY_WORK: u32 = 1 << 18;

const NEXT_KEY: i32 = 0;
const COUNT_VALUES: i32 = 1;
const KEY_LINE: i32 = 2;
const VALUES: i32 = 3;
const DATA: i32 = 4;
const TEXT: i32 = 5;

let phase: i32 = NEXT_KEY;
/** `{"key":"` and the path so far. */
let pathEnd: usize = 0;
let baseEnd: usize = 0;
let depth: i32 = 0;

let key: u32 = NIL;
let node: usize = 0;
let subkeys: u32 = 0;
let entries: usize = 0;
let count: u32 = 0;
let index: u32 = 0;
let rows: u32 = 0;

let valueCell: u32 = NIL;
let value: usize = 0;
/** Where in the data the digits go on: piece and byte of it. */
let piece: u32 = 0;
let pieceAt: u32 = 0;
let dataWritten: u64 = 0;
let overBudget: bool = false;

let out: usize = 0;
/** Keys written so far, for progress. */
export let keysWritten: u32 = 0;

export function linesLength(): u32 {
  return <u32>(out - lines);
}

/** @param baseUnits units of the root key's path that the caller has put at `keyNames` */
export function startLines(baseUnits: u32): i32 {
  if (baseUnits > 32768) return ERR_PATH;
  memory.fill(claimMap, 0, (binsSize >> 6) + 1);
  clearStack();
  store<u64>(path, 0x223a2279656b227b); // {"key":"
  baseEnd = putUtf16(path + 8, keyNames, baseUnits);
  pathEnd = baseEnd;
  depth = 0;
  keysWritten = 0;
  dataWritten = 0;
  overBudget = false;
  phase = NEXT_KEY;
  claim(rootCell);
  push(rootCell, NIL);
  return OK;
}

function hasRoom(bytes: usize): bool {
  return lines + LINES_BYTES - out >= bytes;
}

/** Fills the window; MORE until the last line is in it. */
export function stepLines(): i32 {
  out = lines;
  let work: u32 = 0;
  while (true) {
    if (phase == NEXT_KEY) {
      if (stackSize() == 0) return OK;
      if (work > ENTRY_WORK) return MORE;
      const next = pop();
      const status = enter(<u32>next, <u32>(next >> 32));
      if (status != OK) return status;
      work += subkeys + 1;
      phase = COUNT_VALUES;
    }
    if (phase == COUNT_VALUES) {
      for (; index < count; index++) {
        if (work > ENTRY_WORK) return MORE;
        work++;
        countValue(load<u32>(entries + ((<usize>index) << 2)));
      }
      phase = KEY_LINE;
    }
    if (phase == KEY_LINE) {
      if (!hasRoom(LINE_ROOM + (pathEnd - path))) return MORE;
      putKeyLine();
      keysWritten++;
      index = 0;
      phase = VALUES;
    }
    if (!putValues()) return MORE;
  }
}

/** Writes the values of the key; false when the window is full before the last one. */
function putValues(): bool {
  while (phase != VALUES || index < count) {
    if (phase == VALUES) {
      if (!hasRoom(LINE_ROOM + (pathEnd - path))) return false;
      const cell = load<u32>(entries + ((<usize>index) << 2));
      index++;
      beginValue(cell);
    }
    if (phase == DATA && !goOnData()) return false;
    if (phase == TEXT) {
      if (!hasRoom(TEXT_ROOM)) return false;
      endValue();
    }
  }
  phase = NEXT_KEY;
  return true;
}

function enter(cell: u32, parent: u32): i32 {
  key = cell;
  node = nodeAt(cell);
  if (parent != NIL) {
    while (load<u32>(above + ((<usize>(depth - 1)) << 3)) != parent) depth--;
    let at = path + <usize>load<u32>(above + ((<usize>(depth - 1)) << 3), 4);
    const flags: u32 = load<u16>(node, 2);
    const bytes = min<u32>(load<u16>(node, 72), cellLength(cell) - NK_SIZE);
    if (at + 4 + <usize>bytes * 6 > path + PATH_BYTES) return ERR_PATH;
    if (depth > 1 || at > path + 8) {
      store<u16>(at, 0x5c5c);
      at += 2;
    }
    at = (flags & 0x20) != 0 ? putLatin1(at, node + NK_SIZE, bytes) : putUtf16(at, node + NK_SIZE, bytes >> 1);
    pathEnd = at;
  }
  const before = stackSize();
  subkeys = expandToStack(cell, node);
  if (subkeys > 0) {
    if (depth == PATH_DEPTH) return ERR_PATH;
    const p = above + ((<usize>depth) << 3);
    store<u32>(p, cell);
    store<u32>(p, <u32>(pathEnd - path), 4);
    depth++;
    sortTop(before, subkeys, cell);
  }
  index = 0;
  rows = 0;
  count = valueCount(node);
  const flags: u32 = load<u16>(node, 2);
  const stated: u32 = (flags & 0x40) != 0 ? 0 : load<u32>(node, 36);
  const at = load<u32>(node, 40);
  if (stated != count) {
    if (cellLength(at) == 0) noteCell(F_VALUES_MISSING, cell, stated, at);
    else noteCell(F_VALUES_LENGTH, at, stated, count);
  }
  if (count == 0) return OK;
  if (!claim(at)) {
    noteCell(F_VALUES_SHARED, at, 0, cell);
    count = 0;
    return OK;
  }
  // A list in a value's cell uses that cell up: it is not to be written as a value.
  if (cellLength(at) >= VK_SIZE) claim(at + 8);
  entries = payload(at);
  return OK;
}

function countValue(cell: u32): void {
  if (valueAt(cell) == 0) noteCell(F_VALUE_MISSING, key, 0, cell);
  else if (!claim(cell)) noteCell(F_VALUE_TWICE, cell, 0, key);
  else rows++;
}

function putKeyLine(): void {
  reportKey(key, node);
  let to = putBytes(out, path, pathEnd - path);
  to = putWord(to, W_LAST_WRITE);
  const after = putTime(to, load<u64>(node, 4));
  to = after == to ? putWord(to, W_NULL) : after;
  to = putWord(to, W_CLASS);
  const at = load<u32>(node, 48);
  const length: u32 = load<u16>(node, 74);
  if (length != 0 && at != NIL && cellLength(at) >= length) {
    to = putByte(to, 0x22);
    to = putUtf16(to, payload(at), length >> 1);
    to = putByte(to, 0x22);
  } else to = putWord(to, W_NULL);
  to = putWord(to, W_VALUES);
  to = putNumber(to, rows);
  to = putWord(to, W_SUBKEYS);
  to = putNumber(to, subkeys);
  to = putWord(to, W_LAYER_KIND);
  const kind: u32 = layered ? <u32>load<u8>(node, 13) & 3 : 0;
  to = putNumber(to, kind);
  to = putByte(to, 0x7d);
  out = putByte(to, 0x0a);
}

function beginValue(cell: u32): void {
  value = valueAt(cell);
  if (value == 0 || !claim(cell + 8)) return;
  valueCell = cell;
  reportValue(cell, value);
  const type = load<u32>(value, 12);
  const flags: u32 = load<u16>(value, 16);
  const bytes = min<u32>(load<u16>(value, 2), cellLength(cell) - VK_SIZE);
  let to = putBytes(out, path, pathEnd - path);
  to = putWord(to, W_NAME);
  to = (flags & 1) != 0 ? putLatin1(to, value + VK_SIZE, bytes) : putUtf16(to, value + VK_SIZE, bytes >> 1);
  if (type < 12) to = putWord(to, W_TYPES + type);
  else {
    to = putWord(to, W_TYPE);
    const digits = to;
    to = putHexNumber(to, type, 8, 1);
    for (let at = digits; at < to; at++) {
      const digit: u32 = load<u8>(at);
      if (digit > 0x60) store<u8>(at, <u8>(digit - 0x20));
    }
    to = putWord(to, W_TYPE_CODE);
    to = putNumber(to, type);
    to = putWord(to, W_SIZE);
  }
  const stated = load<u32>(value, 4) & 0x7fffffff;
  // Each cell is read once in a sound hive; many values that share one large cell must not cost without end.
  const tooMuch = stated > 64 && !isTombstone(value) && dataWritten > <u64>binsSize * 4;
  const readable = !tooMuch && locate(cell, value);
  to = putNumber(to, tooMuch ? stated : dataSize);
  to = putWord(to, W_DATA);
  if (readable) {
    dataWritten += dataSize;
    piece = 0;
    pieceAt = 0;
    out = putByte(to, 0x22);
    phase = DATA;
    return;
  }
  if (!tooMuch) noteCell(F_VALUE_DATA, cell, dataSize, load<u32>(value, 8));
  else if (!overBudget) noteCell(F_HASH_BUDGET, cell, binsSize, stated);
  if (tooMuch) overBudget = true;
  out = putWord(to, W_NO_DATA);
  closeLine();
}

/** Digits of the data as far as the window goes; false when they are not all in it. */
function goOnData(): bool {
  // What the pieces are may have been forgotten since the last call.
  locate(valueCell, value);
  while (piece < segments) {
    const p = list + ((<usize>piece) << 3);
    const length = load<u32>(p, 4);
    const room = <u32>((lines + LINES_BYTES - out) >> 1);
    const take = min<u32>(length - pieceAt, room);
    out = putHex(out, bins - BASE_BLOCK + load<u32>(p) + pieceAt, take);
    pieceAt += take;
    if (pieceAt < length) return false;
    piece++;
    pieceAt = 0;
  }
  phase = TEXT;
  return true;
}

function endValue(): void {
  locate(valueCell, value);
  let to = putWord(out, W_TEXT);
  const data = segments > 0 ? bins - BASE_BLOCK + load<u32>(list) : bins;
  to = putText(to, load<u32>(value, 12), data, dataSize);
  out = putByte(to, 0x22);
  closeLine();
}

function closeLine(): void {
  let to = out;
  if (isTombstone(value)) to = putWord(to, W_TOMBSTONE);
  to = putByte(to, 0x7d);
  out = putByte(to, 0x0a);
  phase = VALUES;
}
