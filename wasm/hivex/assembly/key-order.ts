/** Order of sub-keys: by upper-case names, then by the names, then as they are listed. Most lists have it. */
import { cellLength } from './cells';
import { NK_SIZE, nodeAt, stackEntry } from './keys';
import { upper } from './state';

function nameUnits(cell: u32, node: usize): u32 {
  const flags: u32 = load<u16>(node, 2);
  const bytes = min<u32>(load<u16>(node, 72), cellLength(cell) - NK_SIZE);
  return (flags & 0x20) != 0 ? bytes : bytes >> 1;
}

// @ts-ignore: decorator
@inline
function unitOf(name: usize, narrow: bool, at: u32): u32 {
  return narrow ? <u32>load<u8>(name + at) : <u32>load<u16>(name + ((<usize>at) << 1));
}

// @ts-ignore: decorator
@inline
function upperOf(unit: u32): u32 {
  return load<u16>(upper + ((<usize>unit) << 1));
}

/** Negative, 0 or positive, as the first key stands before or behind the second. */
function compare(a: u32, b: u32): i32 {
  const nodeA = nodeAt(a);
  const nodeB = nodeAt(b);
  const lengthA = nameUnits(a, nodeA);
  const lengthB = nameUnits(b, nodeB);
  const flagsA: u32 = load<u16>(nodeA, 2);
  const flagsB: u32 = load<u16>(nodeB, 2);
  const narrowA = (flagsA & 0x20) != 0;
  const narrowB = (flagsB & 0x20) != 0;
  const nameA = nodeA + NK_SIZE;
  const nameB = nodeB + NK_SIZE;
  const common = min<u32>(lengthA, lengthB);
  for (let i: u32 = 0; i < common; i++) {
    const unitA = unitOf(nameA, narrowA, i);
    const unitB = unitOf(nameB, narrowB, i);
    if (unitA == unitB) continue;
    const difference = <i32>upperOf(unitA) - <i32>upperOf(unitB);
    if (difference != 0) return difference;
  }
  if (lengthA != lengthB) return lengthA < lengthB ? -1 : 1;
  for (let i: u32 = 0; i < common; i++) {
    const difference = <i32>unitOf(nameA, narrowA, i) - <i32>unitOf(nameB, narrowB, i);
    if (difference != 0) return difference;
  }
  return 0;
}

/** Entries while they are sorted: cell in the low half, place in the list in the high one. */
function isBefore(a: u64, b: u64): bool {
  const order = compare(<u32>a, <u32>b);
  return order != 0 ? order < 0 : a >> 32 < b >> 32;
}

/** Sorts the top of the stack, where the first sub-key lies uppermost. */
export function sortTop(from: u32, count: u32, parent: u32): void {
  const first = stackEntry(from);
  const last = first + ((<usize>(count - 1)) << 3);
  let sorted = true;
  for (let p = first; p < last; p += 8) {
    if (compare(load<u32>(p, 8), load<u32>(p)) >= 0) {
      sorted = false;
      break;
    }
  }
  if (sorted) return;
  for (let i: u32 = 0; i < count; i++) store<u32>(first + ((<usize>i) << 3), count - 1 - i, 4);
  // Heap sort: no memory, and no order of a hostile list makes it slow.
  for (let i = count >> 1; i > 0; i--) sift(first, i - 1, count);
  // The heap keeps the first name on top, so that the names go to the end of the stack from first to last.
  for (let end = count - 1; end > 0; end--) {
    const p = first + ((<usize>end) << 3);
    const top = load<u64>(first);
    store<u64>(first, load<u64>(p));
    store<u64>(p, top);
    sift(first, 0, end);
  }
  for (let i: u32 = 0; i < count; i++) store<u32>(first + ((<usize>i) << 3), parent, 4);
}

/** Lets the entry at `at` sink until it is before both entries below it. */
function sift(first: usize, at: u32, count: u32): void {
  const entry = load<u64>(first + ((<usize>at) << 3));
  while (true) {
    let child = at * 2 + 1;
    if (child >= count) break;
    let below = load<u64>(first + ((<usize>child) << 3));
    if (child + 1 < count) {
      const other = load<u64>(first + ((<usize>(child + 1)) << 3));
      if (isBefore(other, below)) {
        child++;
        below = other;
      }
    }
    if (!isBefore(below, entry)) break;
    store<u64>(first + ((<usize>at) << 3), below);
    at = child;
  }
  store<u64>(first + ((<usize>at) << 3), entry);
}
