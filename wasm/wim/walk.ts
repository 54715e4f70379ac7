/**
 * The walk over the metadata: rows in breadth-first order, so that the children of a directory are neighbours and stand
 * behind it. A bit for each entry makes every entry count once: offsets that repeat, point backwards or into the middle of
 * another list cannot loop or multiply.
 */
import {
  MORE, OK, WIM_CHILDREN_OF_FILE, WIM_DUPLICATE_NAME, WIM_ENTRY_DAMAGED, WIM_INVALID_NAME, WIM_LIST_OFFSET,
  WIM_LIST_REPEATS, WIM_LONG_PATH, WIM_ROOT_DAMAGED, WIM_ROOT_FILE, WIM_TOO_DEEP,
} from '../abi';
import {
  DENTRY_SIZE, EVENT_LIMIT, STREAM_ENTRY_SIZE, align8, attributesOf, bytes, capacity, childEnd, events,
  firstChild, half, linkFirst, links, nameBytesOf, offsets, parents, pathUnits, room, shortBytesOf, streamsOf, tell, visited, word,
} from './memory';
import { NAME_DUPLICATE, NAME_GOOD, beginNames, checkName } from './names';
import { LINKABLE, linkRows } from './links';

export const DIRECTORY: u32 = 0x10;
export const REPARSE_POINT: u32 = 0x400;
/** As in src/base/limits.ts. */
const MAX_DEPTH: u32 = 16384;
/** A UNICODE_STRING has no more units. */
const MAX_PATH_UNITS: u32 = 32767;
/** No length: the structure does not fit, or claims 2^32 bytes or more. */
const NONE: u32 = 0xffffffff;

/** Rows so far. */
export let count: u32 = 0;
let started: bool = false;
/** The row whose list is next, or being read. */
let dir: u32 = 0;
let depth: u32 = 0;
let levelEnd: u32 = 0;
/** Where the walk stands in the list of `dir`; 0 (the security block) between two lists. */
let listAt: u32 = 0;
let listStart: u32 = 0;
/**
 * Bytes of entries that may still be looked at. Sound entries do not overlap and need the length of the metadata once;
 * entries that share their streams would be walked again and again. The rest is room for entries that claim too much.
 */
let budget: i64 = 0;
/** Entries and streams that may still be looked at in this call. */
let left: i32 = 0;

/** `liLength` at `at`, of which 8 bytes lie in the metadata. */
// @ts-ignore: decorator
@inline
function lengthAt(at: u32): u32 {
  return word(at, 4) == 0 ? word(at, 0) : NONE;
}

/** Where the stream entry at `at` ends; NONE when it does not fit. */
function endOfStream(at: u32): u32 {
  const held = room(at);
  if (held < STREAM_ENTRY_SIZE) return NONE;
  const length = lengthAt(at);
  if (length < STREAM_ENTRY_SIZE || length > held) return NONE;
  const name = half(at, 36);
  if ((name & 1) != 0 || STREAM_ENTRY_SIZE + name > length) return NONE;
  return align8(at + length);
}

/** Where the entry at `at` ends with its streams; NONE when it, its names or its stream entries do not fit. */
function endOfEntry(at: u32): u32 {
  const held = room(at);
  const length = lengthAt(at);
  if (length < DENTRY_SIZE || length > held) return NONE;
  const name = nameBytesOf(at);
  const short = shortBytesOf(at);
  if (((name | short) & 1) != 0) return NONE;
  const terminator: u32 = name != 0 && short != 0 ? 2 : 0;
  if (DENTRY_SIZE + name + terminator + short > length) return NONE;
  let end = align8(at + length);
  for (let streams = streamsOf(at); streams > 0; streams--) {
    end = endOfStream(end);
    if (end == NONE) return NONE;
  }
  return end;
}

/** As `endOfEntry`, within the budget. */
function charged(at: u32): u32 {
  if (room(at) < DENTRY_SIZE) return NONE;
  const streams = streamsOf(at);
  const claimed = <i64>(DENTRY_SIZE + streams * STREAM_ENTRY_SIZE);
  if (claimed > budget) return NONE;
  budget -= claimed;
  left -= <i32>streams;
  const end = endOfEntry(at);
  if (end != NONE) budget -= max<i64>(0, <i64>(end - at) - claimed);
  return end;
}

/** True when the entry at `at`, a multiple of 8, had not been visited before. */
function visit(at: u32): bool {
  const address = visited + (at >> 6);
  const bit: u32 = 1 << ((at >> 3) & 7);
  const held: u32 = load<u8>(address);
  if ((held & bit) != 0) return false;
  store<u8>(address, <u8>(held | bit));
  return true;
}

/** Appends a sound entry. The caller has seen that there is room for a row, and for an event. */
function append(at: u32, parent: u32): void {
  const row = <usize>count;
  if (row > 0) {
    const before = load<u32>(pathUnits + (<usize>parent << 2));
    const units = before + 1 + (nameBytesOf(at) >> 1);
    store<u32>(pathUnits + (row << 2), units);
    if (units > MAX_PATH_UNITS && before <= MAX_PATH_UNITS) tell(WIM_LONG_PATH, parent, at, units);
  }
  store<u32>(offsets + (row << 2), at);
  store<u32>(parents + (row << 2), parent);
  // remembered while the entry is at hand: most have no list and no link
  store<u32>(firstChild + (row << 2), word(at, 16) | word(at, 20));
  store<u32>(childEnd + (row << 2), 0);
  store<u32>(linkFirst + (row << 2), count);
  const linkable = (word(at, 88) | word(at, 92)) != 0 && (attributesOf(at) & (DIRECTORY | REPARSE_POINT)) == 0;
  store<u16>(links + (row << 1), linkable ? LINKABLE : 1);
  count++;
}

/** The root entry behind the security block. */
function openRoot(): void {
  const total = bytes < 8 ? 0 : word(0, 0);
  const at = align8(min(bytes, max<u32>(8, total)));
  if (room(at) >= 8 && lengthAt(at) <= 8) return;
  if (room(at) < DENTRY_SIZE || endOfEntry(at) == NONE) {
    tell(WIM_ROOT_DAMAGED, 0, at);
    return;
  }
  visit(at);
  append(at, 0);
  levelEnd = 1;
  if ((attributesOf(at) & DIRECTORY) != 0) return;
  tell(WIM_ROOT_FILE, 0, at);
  count = 0;
}

/** Begins the list of row `dir`, if it has one that can be. */
function beginList(): void {
  const row = <usize>dir;
  const has = load<u32>(firstChild + (row << 2)) != 0;
  store<u32>(firstChild + (row << 2), 0);
  if (!has) return;
  const entry = load<u32>(offsets + (row << 2));
  const low = word(entry, 16);
  const high = word(entry, 20);
  if ((attributesOf(entry) & DIRECTORY) == 0) tell(WIM_CHILDREN_OF_FILE, dir, entry);
  else if (depth >= MAX_DEPTH) tell(WIM_TOO_DEEP, dir, entry);
  else if (high != 0 || (low & 7) != 0 || low > bytes - 8) tell(WIM_LIST_OFFSET, dir, entry, low, high);
  else {
    listAt = low;
    listStart = count;
    beginNames(count);
  }
}

/** Reads on in the list of row `dir`. @returns false when it must be gone on with */
function readList(): bool {
  while (true) {
    if (events == EVENT_LIMIT || left <= 0) return false;
    left--;
    const at = listAt;
    const length = room(at) < 8 ? NONE : lengthAt(at);
    if (length <= 8) break;
    const end = length == NONE || count == capacity ? NONE : charged(at);
    if (end == NONE) {
      tell(WIM_ENTRY_DAMAGED, dir, at);
      break;
    }
    if (!visit(at)) {
      tell(WIM_LIST_REPEATS, dir, at);
      break;
    }
    const name = checkName(at, count);
    if (name == NAME_GOOD) append(at, dir);
    else tell(name == NAME_DUPLICATE ? WIM_DUPLICATE_NAME : WIM_INVALID_NAME, dir, at);
    listAt = end;
  }
  listAt = 0;
  if (count > listStart) {
    store<u32>(firstChild + (<usize>dir << 2), listStart);
    store<u32>(childEnd + (<usize>dir << 2), count);
  }
  return true;
}

/** Walks on, looking at about `work` entries. @returns OK at the end, MORE when it is to be called again */
export function walkOn(work: i32): i32 {
  left = work;
  if (!started) {
    started = true;
    budget = 4 * <i64>bytes + (1 << 20);
    openRoot();
  }
  while (dir < count) {
    if (listAt == 0) {
      if (events == EVENT_LIMIT || left <= 0) return MORE;
      left--;
      if (dir == levelEnd) {
        levelEnd = count;
        depth++;
      }
      beginList();
    }
    if (listAt != 0 && !readList()) return MORE;
    dir++;
  }
  return linkRows(count, work) ? OK : MORE;
}
