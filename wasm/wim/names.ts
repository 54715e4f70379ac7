/** The names of one directory at a time: finds impossible names, and names that occur twice (equal unit by unit). */
import { DENTRY_SIZE, KEYS, METADATA, NAME_KEYS, nameBytesOf, offsets, slotCount, slots } from './memory';

export const NAME_GOOD: u32 = 0;
export const NAME_INVALID: u32 = 1;
export const NAME_DUPLICATE: u32 = 2;

const FIRST_SLOTS: u32 = 1024;
const DOT: u32 = 0x2e;
const LANES: u64 = 0x0001_0001_0001_0001;
const SIGNS: u64 = 0x8000_8000_8000_8000;
const SLASHES: u64 = 0x002f_002f_002f_002f;

let mask: u32 = 0;
/** Rows only grow, so a slot with a row of an earlier directory (at most `first`) counts as empty: nothing is cleared. */
let first: u32 = 0;

/** Makes a key for each place in a name out of `value`, which the host draws (splitmix64). */
export function seedNames(value: u64): void {
  let state = value;
  for (let at = KEYS; at < KEYS + NAME_KEYS * 8; at += 8) {
    state += 0x9e37_79b9_7f4a_7c15;
    let key = state;
    key = (key ^ (key >> 30)) * 0xbf58_476d_1ce4_e5b9;
    key = (key ^ (key >> 27)) * 0x94d0_49bb_1331_11eb;
    store<u64>(at, key ^ (key >> 31));
  }
}

/** A new directory, whose rows start at `row`. */
export function beginNames(row: u32): void {
  first = row;
  mask = FIRST_SLOTS - 1;
}

/** True when one of the four units is zero. */
// @ts-ignore: decorator
@inline
function hasZero(units: u64): bool {
  return ((units - LANES) & ~units & SIGNS) != 0;
}

/**
 * Hash of the name at `name`, 0 when a unit of it is NUL or a slash. At least one unit.
 *
 * Each 32 bits are multiplied by a key of their place, and the sum's upper half counts: that two names meet has the chance
 * of 2^-32 whatever they are, as the keys are not known. (A secret start alone does not help: differences in a name can
 * be made to cancel out in any chain of steps that are known.)
 */
function hashOf(name: usize, length: u32): u64 {
  let hash = <u64>length * load<u64>(KEYS);
  let key = KEYS + 8;
  let at = name;
  let left = length;
  while (left >= 8) {
    const units = load<u64>(at);
    if (hasZero(units) || hasZero(units ^ SLASHES)) return 0;
    hash += (units & 0xffff_ffff) * load<u64>(key) + (units >> 32) * load<u64>(key, 8);
    key += 16;
    at += 8;
    left -= 8;
  }
  if (left > 0) {
    // what lies behind the name is replaced by ones, which are neither NUL nor a slash
    const units = load<u64>(at) | (~(<u64>0) << (left << 3));
    if (hasZero(units) || hasZero(units ^ SLASHES)) return 0;
    hash += (units & 0xffff_ffff) * load<u64>(key) + (units >> 32) * load<u64>(key, 8);
  }
  return hash | 1;
}

function sameName(a: u32, b: u32): bool {
  const length = nameBytesOf(a);
  if (length != nameBytesOf(b)) return false;
  return memory.compare(METADATA + a + DENTRY_SIZE, METADATA + b + DENTRY_SIZE, length) == 0;
}

// @ts-ignore: decorator
@inline
function rowOffset(row: u32): u32 {
  return load<u32>(offsets + (<usize>row << 2));
}

/** Address of the slot that holds the name of the entry at `at`, or of the empty one where it would stand. */
function slotOf(hash: u64, at: u32): usize {
  let slot = <u32>(hash >> 32) & mask;
  while (true) {
    const address = slots + (<usize>slot << 2);
    const held = load<u32>(address);
    if (held <= first || sameName(at, rowOffset(held - 1))) return address;
    slot = (slot + 1) & mask;
  }
}

/** Four times as many slots, and the rows of this directory put in again. Never full: there are twice as many as rows. */
function grow(rows: u32): void {
  memory.fill(slots, 0, (<usize>mask + 1) << 2);
  mask = min(slotCount, (mask + 1) << 2) - 1;
  for (let row = first; row < rows; row++) {
    const at = rowOffset(row);
    store<u32>(slotOf(hashOf(METADATA + at + DENTRY_SIZE, nameBytesOf(at)), at), row + 1);
  }
}

/** Checks the name of the sound entry at `at` and, when it is good, notes it as row `row`, the next one. */
export function checkName(at: u32, row: u32): u32 {
  const length = nameBytesOf(at);
  const name = METADATA + at + DENTRY_SIZE;
  if (length == 0) return NAME_INVALID;
  if (length <= 4 && <u32>load<u16>(name) == DOT && (length == 2 || <u32>load<u16>(name, 2) == DOT)) return NAME_INVALID;
  const hash = hashOf(name, length);
  if (hash == 0) return NAME_INVALID;
  if ((row - first) * 2 > mask && mask + 1 < slotCount) grow(row);
  const slot = slotOf(hash, at);
  if (load<u32>(slot) > first) return NAME_DUPLICATE;
  store<u32>(slot, row + 1);
  return NAME_GOOD;
}
