/**
 * The paths of a tree as lines of UTF-8, in directory order: what `ls -r --names` prints. The host writes the columns of a
 * node table and the case table into their areas, calls `prepare`, then `write` until it says OK.
 *
 *     heap base   out      OUT_BYTES + slack   whole lines
 *                 path     PATH_BYTES + slack  path of the row that the walk is at
 *                 stack    16 for each level   next and last row, bytes of the path of their directory
 *                 upcase   65,536 units
 *     `reserve`   names, nameOffset, nameLength, childStart as in the table, and the rows in the order of their directories
 *
 * Rows stand in breadth-first order: the children of row r are rows childStart[r] to childStart[r + 1], behind it.
 */
import { ERR_ARGUMENT, ERR_DATA, ERR_OUTPUT_FULL, MORE, OK } from '../abi';

const OUT_BYTES: u32 = 1 << 19;
const PATH_BYTES: u32 = 1 << 18;
/** As in src/base/limits.ts; a table of the index is not deeper. */
const MAX_DEPTH: u32 = 16384;
const LEVEL: usize = 16;
const UPCASE_BYTES: usize = 65536 * 2;
/** Most bytes that one unit becomes. */
const UNIT_BYTES: u32 = 6;
const SLACK: usize = 16;
const BACKSLASH: u8 = 0x5c;
const NEWLINE: u8 = 0x0a;

const OUT: usize = (__heap_base + 15) & ~15;
const PATH: usize = OUT + OUT_BYTES + SLACK;
const STACK: usize = PATH + PATH_BYTES + SLACK;
const UPCASE: usize = STACK + (MAX_DEPTH + 2) * LEVEL;
const TABLE: usize = UPCASE + UPCASE_BYTES;

let count: u32 = 0;
let unitCount: u32 = 0;
let namesAt: usize = 0;
let offsetsAt: usize = 0;
let lengthsAt: usize = 0;
let startsAt: usize = 0;
let orderAt: usize = 0;
let scratchAt: usize = 0;
let baseBytes: u32 = 0;
/** Levels that are open. */
let depth: u32 = 0;
let outBytes: u32 = 0;

export function out(): usize {
  return OUT;
}
export function outLength(): u32 {
  return outBytes;
}
export function upcase(): usize {
  return UPCASE;
}
export function names(): usize {
  return namesAt;
}
export function nameOffset(): usize {
  return offsetsAt;
}
export function nameLength(): usize {
  return lengthsAt;
}
export function childStart(): usize {
  return startsAt;
}
/** Where the bytes of the path that everything lies below go. */
export function path(): usize {
  return PATH;
}
export function pathBytes(): u32 {
  return PATH_BYTES;
}

/** Lays out the table and grows the memory to hold it. Once in an instance. */
export function reserve(rows: u32, units: u32): i32 {
  if (count != 0 || rows == 0 || rows > 1 << 26 || units > 1 << 28) return ERR_ARGUMENT;
  namesAt = TABLE;
  offsetsAt = (namesAt + <usize>units * 2 + SLACK + 15) & ~15;
  lengthsAt = offsetsAt + <usize>rows * 4;
  startsAt = (lengthsAt + <usize>rows * 2 + 15) & ~15;
  orderAt = startsAt + (<usize>rows + 1) * 4;
  scratchAt = orderAt + <usize>rows * 4;
  const end = scratchAt + <usize>rows * 4;
  const pages = <i32>((end + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return ERR_ARGUMENT;
  count = rows;
  unitCount = units;
  return OK;
}

// @ts-ignore: decorator
@inline
function startOf(row: u32): u32 {
  return load<u32>(startsAt + (<usize>row << 2));
}
// @ts-ignore: decorator
@inline
function unitsOf(row: u32): u32 {
  return <u32>load<u16>(lengthsAt + (<usize>row << 1));
}
// @ts-ignore: decorator
@inline
function nameAt(row: u32): usize {
  return namesAt + (<usize>load<u32>(offsetsAt + (<usize>row << 2)) << 1);
}
// @ts-ignore: decorator
@inline
function folded(unit: u32): i32 {
  return <i32>(<u32>load<u16>(UPCASE + (<usize>unit << 1)));
}

/** Directory order as NTFS has it: by upcased units, ties by the units themselves, then by row. */
function compare(a: u32, b: u32): i32 {
  const nameA = nameAt(a);
  const nameB = nameAt(b);
  const lengthA = unitsOf(a);
  const lengthB = unitsOf(b);
  const common = min(lengthA, lengthB);
  let tie: i32 = 0;
  for (let i: usize = 0; i < common; i++) {
    const x = <u32>load<u16>(nameA + (i << 1));
    const y = <u32>load<u16>(nameB + (i << 1));
    if (x == y) continue;
    const difference = folded(x) - folded(y);
    if (difference != 0) return difference;
    if (tie == 0) tie = <i32>x - <i32>y;
  }
  if (lengthA != lengthB) return lengthA < lengthB ? -1 : 1;
  if (tie != 0) return tie;
  return a < b ? -1 : 1;
}

// @ts-ignore: decorator
@inline
function rowAt(place: u32): u32 {
  return load<u32>(orderAt + (<usize>place << 2));
}

/** Sorts places `start` to `end` (exclusive) by merging runs, so that no order of names is slow. */
function sort(start: u32, end: u32): void {
  let from = orderAt;
  let to = scratchAt;
  for (let width: u32 = 1; width < end - start; width <<= 1) {
    for (let left = start; left < end; left += 2 * width) {
      const middle = min(left + width, end);
      const right = min(left + 2 * width, end);
      let i = left;
      let j = middle;
      for (let k = left; k < right; k++) {
        const a = i < middle ? load<u32>(from + (<usize>i << 2)) : 0;
        const b = j < right ? load<u32>(from + (<usize>j << 2)) : 0;
        const first = i < middle && (j >= right || compare(a, b) < 0);
        store<u32>(to + (<usize>k << 2), first ? a : b);
        if (first) i++;
        else j++;
      }
    }
    const swapped = from;
    from = to;
    to = swapped;
  }
  if (from != orderAt)
    memory.copy(orderAt + (<usize>start << 2), from + (<usize>start << 2), <usize>(end - start) << 2);
}

/** Puts the children of a row in directory order; most stand in it. */
function orderChildren(start: u32, end: u32): void {
  for (let row = start + 1; row < end; row++) {
    if (compare(row - 1, row) < 0) continue;
    sort(start, end);
    return;
  }
}

/** Opens the level with the children of `row`, whose path has `bytes` bytes. */
function open(row: u32, bytes: u32): void {
  const start = startOf(row);
  const end = startOf(row + 1);
  if (start >= end) return;
  orderChildren(start, end);
  const level = STACK + <usize>depth * LEVEL;
  store<u32>(level, start);
  store<u32>(level, end, 4);
  store<u32>(level, bytes, 8);
  depth++;
}

/**
 * Looks whether everything can be written: names lie in their pool, children behind their directory, no path is too long.
 * @param root row that the lines lie below
 * @param base bytes of its path, which stand in the path's window
 * @returns OK, ERR_DATA when the table is none, ERR_OUTPUT_FULL when a path may be longer than its window
 */
export function prepare(root: u32, base: u32): i32 {
  if (root >= count || base > PATH_BYTES) return ERR_ARGUMENT;
  if (startOf(count) != count || startOf(0) != 1) return ERR_DATA;
  // scratch holds the longest that the path of a row can be, until rows are sorted; levels are told by where they end
  let levelEnd: u32 = 1;
  let levels: u32 = 0;
  store<u32>(scratchAt, base);
  for (let row: u32 = 0; row < count; row++) {
    if (row == levelEnd) {
      levelEnd = startOf(row);
      if (++levels > MAX_DEPTH) return ERR_OUTPUT_FULL;
    }
    const start = startOf(row);
    const end = startOf(row + 1);
    if (start <= row && start < end || end < start || end > count) return ERR_DATA;
    const units = unitsOf(row);
    const offset = load<u32>(offsetsAt + (<usize>row << 2));
    if (offset > unitCount || units > unitCount - offset) return ERR_DATA;
    store<u32>(orderAt + (<usize>row << 2), row);
    const bytes = load<u32>(scratchAt + (<usize>row << 2));
    for (let child = start; child < end; child++) {
      const longest = bytes + 1 + unitsOf(child) * UNIT_BYTES;
      if (longest >= PATH_BYTES) return ERR_OUTPUT_FULL;
      store<u32>(scratchAt + (<usize>child << 2), longest);
    }
  }
  baseBytes = base;
  depth = 0;
  open(root, base);
  return OK;
}

// @ts-ignore: decorator
@inline
function hexDigit(value: u32): u8 {
  return <u8>(value < 10 ? 0x30 + value : 0x57 + value);
}

/** `\uXXXX`: what a terminal must not get. */
function putEscaped(at: usize, unit: u32): usize {
  store<u8>(at, BACKSLASH);
  store<u8>(at, 0x75, 1);
  store<u8>(at, hexDigit(unit >> 12), 2);
  store<u8>(at, hexDigit((unit >> 8) & 15), 3);
  store<u8>(at, hexDigit((unit >> 4) & 15), 4);
  store<u8>(at, hexDigit(unit & 15), 5);
  return at + 6;
}

/** A unit beyond ASCII, or a control character. @returns where it ends; `next` is the unit behind it, 0 for none */
function putOdd(at: usize, unit: u32, next: u32): usize {
  if (unit < 0xa0) return putEscaped(at, unit);
  if (unit < 0x800) {
    store<u8>(at, <u8>(0xc0 | (unit >> 6)));
    store<u8>(at, <u8>(0x80 | (unit & 63)), 1);
    return at + 2;
  }
  if ((unit & 0xf800) != 0xd800) {
    store<u8>(at, <u8>(0xe0 | (unit >> 12)));
    store<u8>(at, <u8>(0x80 | ((unit >> 6) & 63)), 1);
    store<u8>(at, <u8>(0x80 | (unit & 63)), 2);
    return at + 3;
  }
  if (unit >= 0xdc00 || (next & 0xfc00) != 0xdc00) return putEscaped(at, unit);
  const point: u32 = 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
  store<u8>(at, <u8>(0xf0 | (point >> 18)));
  store<u8>(at, <u8>(0x80 | ((point >> 12) & 63)), 1);
  store<u8>(at, <u8>(0x80 | ((point >> 6) & 63)), 2);
  store<u8>(at, <u8>(0x80 | (point & 63)), 3);
  return at + 4;
}

/** Writes the name of a row at `at`. @returns where it ends */
function putName(at: usize, row: u32): usize {
  let from = nameAt(row);
  const end = from + (<usize>unitsOf(row) << 1);
  let to = at;
  for (; from < end; from += 2) {
    const unit = <u32>load<u16>(from);
    if (unit - 0x20 < 0x5f) {
      store<u8>(to++, <u8>unit);
      continue;
    }
    const next: u32 = from + 2 < end ? <u32>load<u16>(from, 2) : 0;
    const odd = putOdd(to, unit, next);
    if (odd - to == 4) from += 2;
    to = odd;
  }
  return to;
}

/** Fills the out window with lines. @returns MORE when it must be emptied, OK at the end */
export function write(): i32 {
  outBytes = 0;
  while (depth > 0) {
    const level = STACK + <usize>(depth - 1) * LEVEL;
    const place = load<u32>(level);
    if (place == load<u32>(level, 4)) {
      depth--;
      continue;
    }
    if (OUT_BYTES - outBytes < PATH_BYTES + 1) return MORE;
    store<u32>(level, place + 1);
    const row = rowAt(place);
    let bytes = load<u32>(level, 8);
    if (depth > 1 || baseBytes > 0) store<u8>(PATH + bytes++, BACKSLASH);
    bytes = <u32>(putName(PATH + bytes, row) - PATH);
    const line = OUT + outBytes;
    for (let i: usize = 0; i < bytes; i += 16) v128.store(line + i, v128.load(PATH + i));
    store<u8>(line + bytes, NEWLINE);
    outBytes += bytes + 1;
    open(row, bytes);
  }
  return OK;
}
