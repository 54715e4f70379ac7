// Names and the merge join.
//
// A name space gives every distinct name one number. Names are folded with a case table of 65,536 UTF-16 units ($UpCase of
// the OS volume, or the system's for keys), so equal numbers are names that Windows cannot tell apart.
//
//   fold   names window -> ids           once a layer and case table
//   join   ids of the children of one union directory, all layers behind each other
//          -> the distinct ids in NTFS order, and for every child its place among them
//   search which names contain a text    the filter box
//
// Memory: fixed windows first, then an arena that only grows: entry segments (32 bytes a name), pool segments (folded
// units, each name padded with zeros to 8 bytes so that it is compared in words), hash tables (8 bytes a slot).
// The hash multiplies each 32 bits by a key of their place, and the sum's upper half counts: keys come from the caller's
// secret, so that no image can be made whose names all collide.
import { ERR_ARGUMENT, ERR_OUTPUT_FULL, OK } from '../abi';

const NAMES_MAX: u32 = 8192; // names a call of fold
const UNITS_MAX: u32 = 262144; // units a call of fold; a single name has at most 65,535
const NAME_KEYS: u32 = 1 + 32768; // u64: for the length, and for each 32 bits of a name
const ENTRIES_MAX: u32 = 65536; // children a call of join
const GROUPS_MAX: u32 = 8192; // directories a call of join
const SKIP: u32 = 0xffffffff; // a child that does not take part

const SEGMENT_BITS: u32 = 16; // names an entry segment
const SEGMENTS_MAX: u32 = 1024;
const POOL_SEGMENT: usize = 1 << 20;
const ENTRY: usize = 32; // +0 address, +4 length, +8 hash, +12 stamp, +16 place, +24 first four units as u64

let base: usize = 0;
let tablePtr: usize = 0;
let unitsPtr: usize = 0;
let offsetsPtr: usize = 0;
let lengthsPtr: usize = 0;
let idsPtr: usize = 0;
let entriesPtr: usize = 0;
let uniquePtr: usize = 0;
let scratchPtr: usize = 0;
let groupsPtr: usize = 0;
let segmentsPtr: usize = 0;
let top: usize = 0;

let names: u32 = 0;
let poolAt: usize = 0;
let poolEnd: usize = 0;
let slots: usize = 0;
let slotMask: u32 = 0;
let stamp: u32 = 0;
let keysPtr: usize = 0;

export function table(): usize { return tablePtr; }
export function units(): usize { return unitsPtr; }
export function offsets(): usize { return offsetsPtr; }
export function lengths(): usize { return lengthsPtr; }
export function ids(): usize { return idsPtr; }
export function entries(): usize { return entriesPtr; }
export function unique(): usize { return uniquePtr; }
export function groups(): usize { return groupsPtr; }
export function maxNames(): u32 { return NAMES_MAX; }
export function maxUnits(): u32 { return UNITS_MAX; }
export function maxEntries(): u32 { return ENTRIES_MAX; }
export function maxGroups(): u32 { return GROUPS_MAX; }
export function count(): u32 { return names; }

/** Takes `size` bytes (rounded up to 16) from the arena; 0 when memory ends. */
function take(size: usize): usize {
  const at = top;
  const rounded = (size + 15) & ~(<usize>15);
  const have: u64 = <u64>memory.size() << 16;
  const need: u64 = <u64>at + <u64>rounded;
  if (need > have && memory.grow(<i32>((need - have + 0xffff) >> 16)) < 0) return 0;
  top = at + rounded;
  return at;
}

/** Lays out the windows; once, before anything else. `keyHi`/`keyLo`: the secret that the hash's keys come from. */
export function init(keyHi: u32, keyLo: u32): i32 {
  if (base != 0) return ERR_ARGUMENT;
  base = (__heap_base + 15) & ~(<usize>15);
  top = base;
  tablePtr = take(65536 * 2);
  unitsPtr = take(<usize>UNITS_MAX * 2 + 8);
  offsetsPtr = take(<usize>NAMES_MAX * 4);
  lengthsPtr = take(<usize>NAMES_MAX * 2);
  idsPtr = take(<usize>NAMES_MAX * 4);
  entriesPtr = take(<usize>ENTRIES_MAX * 4);
  uniquePtr = take(<usize>ENTRIES_MAX * 4);
  scratchPtr = take(<usize>ENTRIES_MAX * 4);
  groupsPtr = take(<usize>GROUPS_MAX * 4);
  segmentsPtr = take(<usize>SEGMENTS_MAX * 4);
  slotMask = (1 << 16) - 1;
  slots = take((<usize>slotMask + 1) << 3);
  keysPtr = take(<usize>NAME_KEYS * 8);
  if (keysPtr == 0) return ERR_OUTPUT_FULL;
  let state = (<u64>keyHi << 32) | <u64>keyLo; // splitmix64
  for (let at = keysPtr; at < keysPtr + NAME_KEYS * 8; at += 8) {
    state += 0x9e3779b97f4a7c15;
    let mixed = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    store<u64>(at, mixed ^ (mixed >> 31));
  }
  return slots == 0 ? ERR_OUTPUT_FULL : OK;
}

// @ts-ignore: decorator
@inline
function entryOf(id: u32): usize {
  return <usize>load<u32>(segmentsPtr + (<usize>(id >> SEGMENT_BITS) << 2)) + <usize>(id & 0xffff) * ENTRY;
}

/** Doubles the hash table; the old one stays behind (all of them together are smaller than the new one). */
function grow(): bool {
  if (slotMask >= 0x1ffffff) return false;
  const mask: u32 = (slotMask << 1) | 1;
  const fresh = take((<usize>mask + 1) << 3);
  if (fresh == 0) return false;
  memory.fill(fresh, 0, (<usize>mask + 1) << 3);
  for (let id: u32 = 0; id < names; id++) {
    const hash = load<u32>(entryOf(id), 8);
    let slot: u32 = hash & mask;
    while (load<u32>(fresh + (<usize>slot << 3), 4) != 0) slot = (slot + 1) & mask;
    store<u32>(fresh + (<usize>slot << 3), hash);
    store<u32>(fresh + (<usize>slot << 3), id + 1, 4);
  }
  slots = fresh;
  slotMask = mask;
  return true;
}

/** Folds one name to the pool's end, finds or makes its id. @returns the id, SKIP when memory ends */
function intern(from: usize, length: u32): u32 {
  const bytes: usize = (<usize>length * 2 + 7) & ~(<usize>7);
  if (bytes > poolEnd - poolAt) {
    const segment = take(POOL_SEGMENT);
    if (segment == 0) return SKIP;
    poolAt = segment;
    poolEnd = segment + POOL_SEGMENT;
  }
  const at = poolAt;
  if (bytes != 0) store<u64>(at + bytes - 8, 0);
  for (let i: u32 = 0; i < length; i++) {
    const unit: u32 = load<u16>(from + (<usize>i << 1));
    store<u16>(at + (<usize>i << 1), load<u16>(tablePtr + (<usize>unit << 1)));
  }
  let sum: u64 = <u64>length * load<u64>(keysPtr);
  let key = keysPtr + 8;
  for (let p: usize = 0; p < bytes; p += 8) {
    const four = load<u64>(at + p);
    sum += (four & 0xffffffff) * load<u64>(key) + (four >> 32) * load<u64>(key, 8);
    key += 16;
  }
  const hash: u32 = <u32>(sum >> 32);

  let slot: u32 = hash & slotMask;
  for (;;) {
    const s = slots + (<usize>slot << 3);
    const held = load<u32>(s, 4);
    if (held == 0) break;
    if (load<u32>(s) == hash) {
      const e = entryOf(held - 1);
      if (load<u32>(e, 4) == length) {
        const other = <usize>load<u32>(e);
        let p: usize = 0;
        while (p < bytes && load<u64>(at + p) == load<u64>(other + p)) p += 8;
        if (p >= bytes) return held - 1;
      }
    }
    slot = (slot + 1) & slotMask;
  }

  const id = names;
  const segment: u32 = id >> SEGMENT_BITS;
  if ((id & 0xffff) == 0) {
    if (segment >= SEGMENTS_MAX) return SKIP;
    const fresh = take(ENTRY << SEGMENT_BITS);
    if (fresh == 0) return SKIP;
    memory.fill(fresh, 0, ENTRY << SEGMENT_BITS);
    store<u32>(segmentsPtr + (<usize>segment << 2), <u32>fresh);
  }
  const e = entryOf(id);
  store<u32>(e, <u32>at);
  store<u32>(e, length, 4);
  store<u32>(e, hash, 8);
  let prefix: u64 = 0;
  for (let i: u32 = 0; i < 4; i++) {
    const unit: u64 = i < length ? <u64>load<u16>(at + (<usize>i << 1)) : 0;
    prefix = (prefix << 16) | unit;
  }
  store<u64>(e, prefix, 24);
  store<u32>(slots + (<usize>slot << 3), hash);
  store<u32>(slots + (<usize>slot << 3), id + 1, 4);
  poolAt = at + bytes;
  names = id + 1;
  if (names << 1 > slotMask && !grow()) return names > slotMask - 1 ? SKIP : id;
  return id;
}

/** Ids of `n` names: offsets (units into the units window) and lengths in their windows, ids out. */
export function fold(n: u32): i32 {
  if (n > NAMES_MAX) return ERR_ARGUMENT;
  for (let i: u32 = 0; i < n; i++) {
    const offset = load<u32>(offsetsPtr + (<usize>i << 2));
    const length: u32 = load<u16>(lengthsPtr + (<usize>i << 1));
    if (offset > UNITS_MAX || length > UNITS_MAX - offset) return ERR_ARGUMENT;
    const id = intern(unitsPtr + (<usize>offset << 1), length);
    if (id == SKIP) return ERR_OUTPUT_FULL;
    store<u32>(idsPtr + (<usize>i << 2), id);
  }
  return OK;
}

export function nameAt(id: u32): usize { return id < names ? <usize>load<u32>(entryOf(id)) : 0; }
export function nameLength(id: u32): u32 { return id < names ? load<u32>(entryOf(id), 4) : 0; }

/** Order of two folded names by units: negative, 0, positive. */
export function compare(a: u32, b: u32): i32 {
  if (a >= names || b >= names || a == b) return 0;
  return before(a, b) ? -1 : 1;
}

/** True when name a stands before name b; a and b are different names. */
function before(a: u32, b: u32): bool {
  const ea = entryOf(a);
  const eb = entryOf(b);
  const pa = load<u64>(ea, 24);
  const pb = load<u64>(eb, 24);
  if (pa != pb) return pa < pb;
  const la = load<u32>(ea, 4);
  const lb = load<u32>(eb, 4);
  const shorter: u32 = la < lb ? la : lb;
  const ta = <usize>load<u32>(ea);
  const tb = <usize>load<u32>(eb);
  for (let i: u32 = 4; i < shorter; i++) {
    const ua: u32 = load<u16>(ta + (<usize>i << 1));
    const ub: u32 = load<u16>(tb + (<usize>i << 1));
    if (ua != ub) return ua < ub;
  }
  return la < lb;
}

/** Sorts `n` distinct ids at `list`; what is in order already costs one pass. */
function sort(list: usize, n: u32): void {
  let sorted: u32 = 1;
  while (sorted < n && before(load<u32>(list + (<usize>(sorted - 1) << 2)), load<u32>(list + (<usize>sorted << 2))))
    sorted++;
  if (sorted >= n) return;
  if (n <= 16) {
    for (let i: u32 = sorted; i < n; i++) {
      const id = load<u32>(list + (<usize>i << 2));
      let k: u32 = i;
      while (k > 0 && before(id, load<u32>(list + (<usize>(k - 1) << 2)))) {
        store<u32>(list + (<usize>k << 2), load<u32>(list + (<usize>(k - 1) << 2)));
        k--;
      }
      store<u32>(list + (<usize>k << 2), id);
    }
    return;
  }
  let from = list;
  let to = scratchPtr;
  for (let width: u32 = 1; width < n; width <<= 1) {
    for (let left: u32 = 0; left < n; left += width << 1) {
      const middle: u32 = left + width < n ? left + width : n;
      const right: u32 = middle + width < n ? middle + width : n;
      let a: u32 = left;
      let b: u32 = middle;
      for (let k: u32 = left; k < right; k++) {
        const takeB =
          a >= middle || (b < right && before(load<u32>(from + (<usize>b << 2)), load<u32>(from + (<usize>a << 2))));
        store<u32>(to + (<usize>k << 2), load<u32>(from + (<usize>(takeB ? b++ : a++) << 2)));
      }
    }
    const swap = from;
    from = to;
    to = swap;
  }
  if (from != list) memory.copy(list, from, <usize>n << 2);
}

/**
 * Joins `n` directories. Entries window: name ids of their children, directory after directory; groups window: how many
 * each has. Afterwards each entry is the place of its name in its directory (SKIP stays SKIP), the unique window
 * holds the distinct ids of each directory in order, and the groups window how many those are.
 */
export function join(n: u32): i32 {
  if (n > GROUPS_MAX) return ERR_ARGUMENT;
  let at: u32 = 0;
  let out: u32 = 0;
  for (let g: u32 = 0; g < n; g++) {
    const size = load<u32>(groupsPtr + (<usize>g << 2));
    if (size > ENTRIES_MAX - at) return ERR_ARGUMENT;
    if (++stamp == 0) {
      for (let id: u32 = 0; id < names; id++) store<u32>(entryOf(id), 0, 12);
      stamp = 1;
    }
    const first = uniquePtr + (<usize>out << 2);
    let distinct: u32 = 0;
    for (let i: u32 = at; i < at + size; i++) {
      const id = load<u32>(entriesPtr + (<usize>i << 2));
      if (id == SKIP) continue;
      if (id >= names) return ERR_ARGUMENT;
      const e = entryOf(id);
      if (load<u32>(e, 12) == stamp) continue;
      store<u32>(e, stamp, 12);
      store<u32>(first + (<usize>distinct << 2), id);
      distinct++;
    }
    sort(first, distinct);
    for (let k: u32 = 0; k < distinct; k++) store<u32>(entryOf(load<u32>(first + (<usize>k << 2))), k, 16);
    for (let i: u32 = at; i < at + size; i++) {
      const id = load<u32>(entriesPtr + (<usize>i << 2));
      if (id != SKIP) store<u32>(entriesPtr + (<usize>i << 2), load<u32>(entryOf(id), 16));
    }
    store<u32>(groupsPtr + (<usize>g << 2), distinct);
    at += size;
    out += distinct;
  }
  return OK;
}

/** Marks in the ids window (1 or 0 each) which of the names from .. from + n - 1 contain the `length` folded units in the units window. */
export function search(from: u32, n: u32, length: u32): i32 {
  if (n > NAMES_MAX || from > names || n > names - from || length > 65535) return ERR_ARGUMENT;
  for (let i: u32 = 0; i < n; i++) {
    const e = entryOf(from + i);
    const size = load<u32>(e, 4);
    const text = <usize>load<u32>(e);
    let hit: u32 = length == 0 ? 1 : 0;
    if (size >= length && length != 0) {
      const first: u32 = load<u16>(unitsPtr);
      const last = size - length;
      for (let k: u32 = 0; k <= last; k++) {
        const p = text + (<usize>k << 1);
        if (<u32>load<u16>(p) != first) continue;
        let m: u32 = 1;
        while (m < length && load<u16>(p + (<usize>m << 1)) == load<u16>(unitsPtr + (<usize>m << 1))) m++;
        if (m >= length) {
          hit = 1;
          break;
        }
      }
    }
    store<u32>(idsPtr + (<usize>i << 2), hit);
  }
  return OK;
}
