/** Rows that are one file: equal hard link ids of entries that also agree in data and attributes. */
import { WIM_LINK_MISMATCH } from '../abi';
import {
  EVENT_LIMIT, METADATA, attributesOf, events, linkFirst, links, offsets, parents, slotCount, slots, tell,
} from './memory';

/** Stands in `links` until the rows are linked: the entry has an id, and is neither directory nor reparse point. */
export const LINKABLE: u16 = 2;
const HARD_LINK: usize = 88;
const HASH: u32 = 64;
const HASH_BYTES: usize = 20;
const MAX_LINKS: u32 = 0xffff;

/** Drawn by the host: which ids meet in a slot depends on it. */
let factor: u64 = 1;
let cleared: bool = false;
let linked: u32 = 0;
let counted: u32 = 0;

export function seedLinks(value: u64): void {
  factor = value | 1;
}

// @ts-ignore: decorator
@inline
function offsetOf(row: u32): u32 {
  return load<u32>(offsets + (<usize>row << 2));
}

// @ts-ignore: decorator
@inline
function idOf(row: u32): u64 {
  return load<u64>(METADATA + offsetOf(row) + HARD_LINK);
}

function join(row: u32, first: u32): void {
  const a = offsetOf(row);
  const b = offsetOf(first);
  if (
    attributesOf(a) != attributesOf(b) ||
    memory.compare(METADATA + a + HASH, METADATA + b + HASH, HASH_BYTES) != 0
  ) {
    tell(WIM_LINK_MISMATCH, load<u32>(parents + (<usize>row << 2)), a);
    return;
  }
  store<u32>(linkFirst + (<usize>row << 2), first);
  const address = links + (<usize>first << 1);
  const names: u32 = load<u16>(address);
  if (names < MAX_LINKS) store<u16>(address, <u16>(names + 1));
}

function link(row: u32): void {
  store<u16>(links + (<usize>row << 1), 1);
  const id = idOf(row);
  let slot = <u32>((id * factor) >> (64 - ctz<u32>(slotCount)));
  while (true) {
    const address = slots + (<usize>slot << 2);
    const held = load<u32>(address);
    if (held == 0) {
      store<u32>(address, row + 1);
      return;
    }
    if (idOf(held - 1) == id) {
      join(row, held - 1);
      return;
    }
    slot = (slot + 1) & (slotCount - 1);
  }
}

/** Links on, some `work` rows. @returns true at the end */
export function linkRows(count: u32, work: i32): bool {
  if (!cleared) {
    cleared = true;
    memory.fill(slots, 0, <usize>slotCount << 2);
  }
  let left = work;
  for (; linked < count; linked++) {
    if (<u32>load<u16>(links + (<usize>linked << 1)) != LINKABLE) continue;
    if (events == EVENT_LIMIT || left-- <= 0) return false;
    link(linked);
  }
  for (; counted < count; counted++) {
    const first = load<u32>(linkFirst + (<usize>counted << 2));
    if (first != counted)
      store<u16>(links + (<usize>counted << 1), load<u16>(links + (<usize>first << 1)));
  }
  return true;
}
