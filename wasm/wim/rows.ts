/** Rows of the walked image as columns, each with what the blob table says of its data. */
import {
  COL_ACCESSED, COL_ALLOCATED, COL_ATTRIBUTES, COL_BYTE_STATE, COL_CREATED, COL_FLAGS, COL_HASH, COL_ID, COL_LINKS,
  COL_LINK_ID, COL_MODIFIED, COL_NAME_LENGTH, COL_NAME_OFFSET, COL_PARENT, COL_REF, COL_REPARSE_TAG, COL_SECURITY_ID,
  COL_SHORT_LENGTH, COL_SHORT_OFFSET, COL_SIZE, DENTRY_SIZE, MAX_ROW_UNITS, METADATA, NAMES, NAME_UNITS, ROWS,
  STREAM_ENTRY_SIZE, align8, attributesOf, blobSizes, blobStates, blobStored, half, isZeroHash, linkFirst, links,
  nameBytesOf, offsets, parents, shortBytesOf, streamsOf, word,
} from './memory';
import { NO_BLOB, find } from './blobs';
import { DIRECTORY, REPARSE_POINT } from './walk';

const ENCRYPTED: u32 = 0x4000;
const TAG_EA: u32 = 2;
/** 8.3 names have 12 units at most; what is longer is none. */
const MAX_SHORT_BYTES: u32 = 24;
/** No hash: no entry stands at 0. */
const NONE: u32 = 0;

// NodeFlag and ByteState of src/fs/types.ts
const FLAG_DIRECTORY: u32 = 1;
const FLAG_STREAMS: u32 = 4;
const FLAG_LINK: u32 = 8;
const FLAG_EA: u32 = 32;
const STATE_EFS: u32 = 5;
const STATE_CLOUD: u32 = 6;
const STATE_MISSING: u32 = 7;

/** SHA-1 of nothing: some writers state it, with or without a blob. */
const EMPTY_SHA1 = memory.data<u8>([
  0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55, 0xbf, 0xef, 0x95, 0x60, 0x18, 0x90, 0xaf, 0xd8, 0x07, 0x09,
]);

/** Rows and units in the windows. */
export let rows: u32 = 0;
export let units: u32 = 0;

/** What `streamRoles` of src/fs/wim/dentry.ts says: the hash of the data, whether it is an EFS stream, named ones. */
let data: u32 = 0;
let efs: bool = false;
let named: bool = false;

/** Sorts the hashes of a sound entry into roles: the rule stands in src/fs/wim/dentry.ts. */
function gatherRoles(at: u32, attributes: u32): void {
  const encrypted = (attributes & (ENCRYPTED | DIRECTORY)) == ENCRYPTED;
  const before: u32 = (encrypted ? 1 : 0) + ((attributes & REPARSE_POINT) != 0 ? 1 : 0);
  let raw: u32 = NONE;
  let real: u32 = 0;
  data = NONE;
  named = false;
  let hash = at + 64;
  let nameless = true;
  let next = align8(at + word(at, 0));
  for (let left = streamsOf(at); ; left--) {
    if (nameless && !isZeroHash(hash)) {
      if (real == 0 && encrypted) raw = hash;
      if (real == before) data = hash;
      real++;
    }
    if (left == 0) break;
    nameless = half(next, 36) == 0;
    if (!nameless) named = true;
    hash = next + 16;
    next = align8(next + word(next, 0));
  }
  efs = data == NONE && raw != NONE;
  if (efs) data = raw;
}

/** Where the short name starts. */
// @ts-ignore: decorator
@inline
function shortStart(at: u32): u32 {
  const name = nameBytesOf(at);
  return at + DENTRY_SIZE + (name == 0 ? 0 : name + 2);
}

/** True when a tagged item with extended attributes follows the names. */
function hasEa(at: u32): bool {
  const end = at + word(at, 0);
  const short = shortBytesOf(at);
  let item = align8(shortStart(at) + (short == 0 ? 0 : short + 2));
  while (item < end && end - item >= 8) {
    if (word(item, 0) == TAG_EA) return true;
    const length = word(item, 4);
    if (length > end - item - 8) return false;
    item += 8 + align8(length);
  }
  return false;
}

/** Copies units behind those of the rows so far, 16 bytes at a time. @returns their offset */
function takeName(at: u32, length: u32): u32 {
  const start = units;
  const to = NAMES + (<usize>start << 1);
  const from = METADATA + at;
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
  units += length >> 1;
  return start;
}

/** Bytes of the short name; 0 when there is none or it equals the long one. */
function shortLength(at: u32): u32 {
  const length = shortBytesOf(at);
  if (length == 0 || length > MAX_SHORT_BYTES) return 0;
  if (length != nameBytesOf(at)) return length;
  return memory.compare(METADATA + at + DENTRY_SIZE, METADATA + shortStart(at), length) == 0 ? 0 : length;
}

// @ts-ignore: decorator
@inline
function put(column: usize, value: u32): void {
  store<u32>(column + (<usize>rows << 2), value);
}

// @ts-ignore: decorator
@inline
function putTime(column: usize, at: u32, offset: usize): void {
  put(column, word(at, offset));
  put(column + ROWS * 4, word(at, offset + 4));
}

/** Size, state and hash of the data, as the image and the blob table state them. */
function putData(tag: u32): void {
  put(COL_HASH, bswap<u32>(word(data, 0)));
  put(COL_HASH + ROWS * 4, bswap<u32>(word(data, 4)));
  const blob = find(data);
  let state = STATE_MISSING;
  if (blob != NO_BLOB) {
    store<f64>(COL_SIZE + (<usize>rows << 3), load<f64>(blobSizes + (<usize>blob << 3)));
    store<f64>(COL_ALLOCATED + (<usize>rows << 3), load<f64>(blobStored + (<usize>blob << 3)));
    state = load<u8>(blobStates + blob);
  } else if (memory.compare(METADATA + data, EMPTY_SHA1, 20) == 0) return;
  if (efs) state = STATE_EFS;
  // IO_REPARSE_TAG_CLOUD and CLOUD_1 to CLOUD_F
  if (blob == NO_BLOB && (tag & 0xffff0fff) == 0x9000001a) state = STATE_CLOUD;
  store<u8>(COL_BYTE_STATE + rows, <u8>state);
}

function writeRow(row: u32): void {
  const at = load<u32>(offsets + (<usize>row << 2));
  const first = load<u32>(linkFirst + (<usize>row << 2));
  const names = <u32>load<u16>(links + (<usize>row << 1));
  const attributes = attributesOf(at);
  put(COL_ID, first);
  put(COL_PARENT, load<u32>(parents + (<usize>row << 2)));
  store<f64>(COL_REF + (<usize>rows << 3), <f64>load<u32>(offsets + (<usize>first << 2)));
  const long = nameBytesOf(at);
  put(COL_NAME_OFFSET, takeName(at + DENTRY_SIZE, long));
  store<u16>(COL_NAME_LENGTH + (<usize>rows << 1), <u16>(long >> 1));
  const short = shortLength(at);
  put(COL_SHORT_OFFSET, short == 0 ? 0 : takeName(shortStart(at), short));
  store<u8>(COL_SHORT_LENGTH + rows, <u8>(short >> 1));
  putTime(COL_CREATED, at, 40);
  putTime(COL_ACCESSED, at, 48);
  putTime(COL_MODIFIED, at, 56);
  put(COL_ATTRIBUTES, attributes);
  put(COL_SECURITY_ID, word(at, 12) + 1);
  store<u16>(COL_LINKS + (<usize>rows << 1), <u16>names);
  put(COL_LINK_ID, names > 1 ? first + 1 : 0);
  let flags: u32 = (attributes & DIRECTORY) != 0 ? FLAG_DIRECTORY : 0;
  const tag: u32 = (attributes & REPARSE_POINT) != 0 ? word(at, 88) : 0;
  put(COL_REPARSE_TAG, tag);
  if ((tag & 0x20000000) != 0) flags |= FLAG_LINK;
  data = at + 64;
  efs = false;
  if (streamsOf(at) > 0 || (attributes & (REPARSE_POINT | ENCRYPTED)) != 0) {
    gatherRoles(at, attributes);
    if (named) flags |= FLAG_STREAMS;
  }
  if (hasEa(at)) flags |= FLAG_EA;
  store<u16>(COL_FLAGS + (<usize>rows << 1), <u16>flags);
  put(COL_HASH, 0);
  put(COL_HASH + ROWS * 4, 0);
  store<f64>(COL_SIZE + (<usize>rows << 3), 0);
  store<f64>(COL_ALLOCATED + (<usize>rows << 3), 0);
  store<u8>(COL_BYTE_STATE + rows, 0);
  if ((flags & FLAG_DIRECTORY) == 0 && data != NONE && !isZeroHash(data)) putData(tag);
  rows++;
}

/** Fills the windows with rows from `from` on, `to` excluded, until one of them is full. */
export function fill(from: u32, to: u32): void {
  rows = 0;
  units = 0;
  for (let row = from; row < to && rows < ROWS && NAME_UNITS - units >= MAX_ROW_UNITS; row++) writeRow(row);
}
