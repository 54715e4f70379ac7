/** Which blob has a SHA-1: an open-addressing index over the columns that the host has written. */
import { METADATA, blobHashes, blobSlotBits, blobSlots, blobs } from './memory';

const HASH_BYTES: usize = 20;
export const NO_BLOB: u32 = 0xffffffff;

/** Drawn by the host, odd: no file can be made that fills one slot. */
let factor0: u64 = 1;
let factor1: u64 = 1;
let factor2: u64 = 1;

export function seedBlobs(which: u32, value: u64): void {
  if (which == 0) factor0 = value | 1;
  else if (which == 1) factor1 = value | 1;
  else factor2 = value | 1;
}

// @ts-ignore: decorator
@inline
function hashAt(blob: u32): usize {
  return blobHashes + <usize>blob * HASH_BYTES;
}

// @ts-ignore: decorator
@inline
function same(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8) && load<u32>(a, 16) == load<u32>(b, 16);
}

/** Address of the slot that holds the hash at `hash`, or of the empty one where it would stand. */
// @ts-ignore: decorator
@inline
function slotOf(hash: usize): usize {
  const mask: u32 = (<u32>1 << blobSlotBits) - 1;
  const mixed = load<u64>(hash) * factor0 + load<u64>(hash, 8) * factor1 + <u64>load<u32>(hash, 16) * factor2;
  let slot = <u32>(mixed >> (64 - blobSlotBits));
  while (true) {
    const address = blobSlots + (<usize>slot << 2);
    const held = load<u32>(address);
    if (held == 0 || same(hashAt(held - 1), hash)) return address;
    slot = (slot + 1) & mask;
  }
}

/** Puts blobs `from` to `to` (exclusive) into the index; of equal ones the first counts. */
export function indexOn(from: u32, to: u32): void {
  for (let blob = from; blob < min(to, blobs); blob++) {
    const slot = slotOf(hashAt(blob));
    if (load<u32>(slot) == 0) store<u32>(slot, blob + 1);
  }
}

/** The blob whose SHA-1 stands in the metadata at `hash`. */
export function find(hash: u32): u32 {
  return load<u32>(slotOf(METADATA + hash)) - 1;
}
