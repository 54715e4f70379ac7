/**
 * The windows of this module, and the metadata of one image with what is known of its entries.
 *
 *     heap base  columns   ROWS entries each, in the order of NODE_COLUMNS in src/fs/types.ts
 *                names     u16 each, UTF-16 units of the rows
 *                events    20 each: u32 WIM_* of abi.ts, row, place in the metadata, two more
 *                keys      u64 each, for the hash of names
 *     `reserve`  metadata  the decompressed metadata resource: the host writes it once, nobody after that
 *                rows      u32 place, parent, firstChild, childEnd, pathUnits, linkFirst; u16 links: `capacity` each
 *                visited   a bit for each 8 bytes of metadata
 *                slots     names of one directory while it is walked, hard link ids after that
 *                blobs     SHA-1, size, stored bytes and state of each blob, and their index
 *
 * The metadata is random access (a list may stand anywhere), so it is here as a whole and not in a window.
 */
import { ERR_ARGUMENT, OK } from '../abi';

export const ROWS: u32 = 16384;
export const NAME_UNITS: u32 = 1 << 18;
/** A name of 65,535 bytes and a short one of 12 units. */
export const MAX_ROW_UNITS: u32 = 32768 + 12;
export const EVENT_LIMIT: u32 = 1024;
export const EVENT_BYTES: u32 = 20;
/** Loops copy 16 bytes at a time: what they touch behind an end is never taken for data. */
const SLACK: usize = 16;

export const DENTRY_SIZE: u32 = 102;
export const STREAM_ENTRY_SIZE: u32 = 38;
/** Entries start at multiples of 8. */
const DENTRY_STRIDE: u32 = 104;
/** As wim-file.ts says: 1 GiB of metadata, 2^28 bytes of blob table. */
const MAX_METADATA: u32 = 1 << 30;
const MAX_BLOBS: u32 = (1 << 28) / 50;

/** Columns back to back: ROWS times any width is a multiple of 8. */
export const BASE: usize = (__heap_base + 15) & ~15;
export const COL_ID: usize = BASE;
export const COL_PARENT: usize = COL_ID + ROWS * 4;
export const COL_REF: usize = COL_PARENT + ROWS * 4;
export const COL_NAME_OFFSET: usize = COL_REF + ROWS * 8;
export const COL_NAME_LENGTH: usize = COL_NAME_OFFSET + ROWS * 4;
export const COL_SHORT_OFFSET: usize = COL_NAME_LENGTH + ROWS * 2;
export const COL_SHORT_LENGTH: usize = COL_SHORT_OFFSET + ROWS * 4;
export const COL_SIZE: usize = COL_SHORT_LENGTH + ROWS;
export const COL_ALLOCATED: usize = COL_SIZE + ROWS * 8;
export const COL_CREATED: usize = COL_ALLOCATED + ROWS * 8;
export const COL_MODIFIED: usize = COL_CREATED + ROWS * 8;
/** WIM has no change time: stays zero. */
export const COL_CHANGED: usize = COL_MODIFIED + ROWS * 8;
export const COL_ACCESSED: usize = COL_CHANGED + ROWS * 8;
export const COL_ATTRIBUTES: usize = COL_ACCESSED + ROWS * 8;
export const COL_REPARSE_TAG: usize = COL_ATTRIBUTES + ROWS * 4;
export const COL_SECURITY_ID: usize = COL_REPARSE_TAG + ROWS * 4;
export const COL_LINK_ID: usize = COL_SECURITY_ID + ROWS * 4;
export const COL_LINKS: usize = COL_LINK_ID + ROWS * 4;
export const COL_FLAGS: usize = COL_LINKS + ROWS * 2;
export const COL_BYTE_STATE: usize = COL_FLAGS + ROWS * 2;
export const COL_HASH: usize = COL_BYTE_STATE + ROWS;
export const NAMES: usize = COL_HASH + ROWS * 8;
export const EVENTS: usize = NAMES + NAME_UNITS * 2 + SLACK;
/** Keys (u64) of the hash of names: one for the length, one for each 32 bits of 65,535 bytes, and for the rest of a word. */
export const NAME_KEYS: u32 = 1 + 16384 + 1;
export const KEYS: usize = (EVENTS + EVENT_LIMIT * EVENT_BYTES + 15) & ~15;
export const METADATA: usize = (KEYS + NAME_KEYS * 8 + 15) & ~15;

/** Bytes of metadata. */
export let bytes: u32 = 0;
/** Most rows: an honest list has no entries that overlap. */
export let capacity: u32 = 0;
export let offsets: usize = 0;
export let parents: usize = 0;
export let firstChild: usize = 0;
export let childEnd: usize = 0;
/** UTF-16 units of `\dir\name`; 0 for the root. */
export let pathUnits: usize = 0;
export let linkFirst: usize = 0;
export let links: usize = 0;
export let visited: usize = 0;
export let slots: usize = 0;
/** Slots there are: a power of two, at least twice `capacity`. */
export let slotCount: u32 = 0;
export let blobs: u32 = 0;
export let blobHashes: usize = 0;
export let blobSizes: usize = 0;
export let blobStored: usize = 0;
export let blobStates: usize = 0;
export let blobSlots: usize = 0;
export let blobSlotBits: u32 = 0;

let top: u64 = 0;

/** The next area of `size` bytes, aligned to 16. */
function area(size: u64): usize {
  const at = <usize>top;
  top = (top + size + 15) & ~15;
  return at;
}

/** Bits of the least power of two that is not below `count`. */
function bitsFor(count: u32): u32 {
  return 32 - clz<u32>(count - 1);
}

/**
 * Lays out the areas of an image and grows the memory to hold them. Once in an instance.
 * @returns OK, or ERR_ARGUMENT when they are larger than any image or memory
 */
export function layOut(metadataBytes: u32, blobCount: u32): i32 {
  if (capacity != 0 || metadataBytes > MAX_METADATA || blobCount > MAX_BLOBS) return ERR_ARGUMENT;
  const rows = metadataBytes / DENTRY_STRIDE + 1;
  slotCount = 1 << max(bitsFor(rows * 2 + 2), 10);
  blobSlotBits = bitsFor(blobCount * 2 + 2);
  top = METADATA;
  area(<u64>metadataBytes + SLACK);
  offsets = area(<u64>rows * 4);
  parents = area(<u64>rows * 4);
  firstChild = area(<u64>rows * 4);
  childEnd = area(<u64>rows * 4);
  pathUnits = area(<u64>rows * 4);
  linkFirst = area(<u64>rows * 4);
  links = area(<u64>rows * 2);
  visited = area((<u64>metadataBytes >> 6) + 8);
  slots = area(<u64>slotCount * 4);
  blobHashes = area(<u64>blobCount * 20 + SLACK);
  blobSizes = area(<u64>blobCount * 8);
  blobStored = area(<u64>blobCount * 8);
  blobStates = area(blobCount);
  blobSlots = area((<u64>1 << blobSlotBits) * 4);
  const pages = <i32>((top + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return ERR_ARGUMENT;
  bytes = metadataBytes;
  capacity = rows;
  blobs = blobCount;
  return OK;
}

// @ts-ignore: decorator
@inline
export function align8(value: u32): u32 {
  return (value + 7) & ~7;
}

/** Bytes of metadata from `at` on; 0 behind its end. */
// @ts-ignore: decorator
@inline
export function room(at: u32): u32 {
  return at < bytes ? bytes - at : 0;
}

// Fields of an entry at `at`, of which the caller knows that its 102 bytes lie in the metadata.

// @ts-ignore: decorator
@inline
export function word(at: u32, offset: usize): u32 {
  return load<u32>(METADATA + at + offset);
}
// @ts-ignore: decorator
@inline
export function half(at: u32, offset: usize): u32 {
  return <u32>load<u16>(METADATA + at + offset);
}
// @ts-ignore: decorator
@inline
export function attributesOf(at: u32): u32 {
  return word(at, 8);
}
// @ts-ignore: decorator
@inline
export function streamsOf(at: u32): u32 {
  return half(at, 96);
}
// @ts-ignore: decorator
@inline
export function shortBytesOf(at: u32): u32 {
  return half(at, 98);
}
// @ts-ignore: decorator
@inline
export function nameBytesOf(at: u32): u32 {
  return half(at, 100);
}

/** True when the 20 bytes at `hash` (a place in the metadata) are zero: no data. */
// @ts-ignore: decorator
@inline
export function isZeroHash(hash: u32): bool {
  return (load<u64>(METADATA + hash) | load<u64>(METADATA + hash + 8)) == 0 && load<u32>(METADATA + hash + 16) == 0;
}

export let events: u32 = 0;

export function clearEvents(): void {
  events = 0;
}

/** The caller has seen that there is room. */
export function tell(kind: u32, row: u32, at: u32, low: u32 = 0, high: u32 = 0): void {
  const to = EVENTS + events * EVENT_BYTES;
  store<u32>(to, kind);
  store<u32>(to, row, 4);
  store<u32>(to, at, 8);
  store<u32>(to, low, 12);
  store<u32>(to, high, 16);
  events++;
}
