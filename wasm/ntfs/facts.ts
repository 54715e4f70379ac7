/** What the attributes of one record say, gathered before its rows are written. */
import { NTFS_COMPLEX, NTFS_DAMAGED, OK } from '../abi';
import { MAX_NAMES, NAME_LIST, recordSize, outside, u16At, u32At, u64At, u8At, within } from './memory';

const STANDARD_INFORMATION: u32 = 0x10;
const ATTRIBUTE_LIST: u32 = 0x20;
const FILE_NAME: u32 = 0x30;
const DATA: u32 = 0x80;
const REPARSE_POINT: u32 = 0xc0;
const EA: u32 = 0xe0;
const END: u32 = 0xffffffff;
/** Sizes from 2^53 on are not sizes of anything. */
const MAX_SIZE: u64 = 0x1fffffffffffff;

const ATTRIBUTE_IS_COMPRESSED: u32 = 0x00ff;
const ATTRIBUTE_IS_ENCRYPTED: u32 = 0x4000;
const ATTRIBUTE_IS_SPARSE: u32 = 0x8000;

/** Offset of the $STANDARD_INFORMATION value in the record, 0 when there is none. */
export let standard: u32 = 0;
export let securityId: u32 = 0;
export let caseSensitive: bool = false;
export let names: u32 = 0;
export let size: u64 = 0;
export let allocated: u64 = 0;
export let reparseTag: u32 = 0;
export let hasStreams: bool = false;
export let hasEa: bool = false;
let hasData: bool = false;
let dataNonResident: bool = false;
let dataFlags: u32 = 0;
let damaged: bool = false;

function clear(): void {
  standard = 0;
  securityId = 0;
  caseSensitive = false;
  names = 0;
  size = 0;
  allocated = 0;
  reparseTag = 0;
  hasStreams = false;
  hasEa = false;
  hasData = false;
  dataNonResident = false;
  dataFlags = 0;
  damaged = false;
}

function onStandardInformation(value: u32, length: u32): void {
  if (length < 48) {
    damaged = true;
    return;
  }
  standard = value;
  caseSensitive = (u32At(value + 40) & 1) != 0;
  if (length >= 72) securityId = u32At(value + 52);
}

function onFileName(value: u32, length: u32): void {
  const units = length >= 66 ? u8At(value + 64) : 0;
  if (units == 0 || units * 2 > length - 66 || names >= MAX_NAMES) {
    damaged = true;
    return;
  }
  store<u32>(NAME_LIST + (names << 2), value);
  names++;
}

function onData(at: u32, length: u32, nonResident: bool, valueLength: u32): void {
  if (u8At(at + 9) != 0) {
    hasStreams = true;
    return;
  }
  if (hasData) return;
  if (!nonResident) {
    size = valueLength;
    allocated = (<u64>valueLength + 7) & ~7;
  } else {
    if (length < 64) {
      damaged = true;
      return;
    }
    if (u64At(at + 16) != 0) return; // a later piece; the sizes stand in the piece with LowestVcn 0
    const flags = u16At(at + 12);
    const total = (flags & (ATTRIBUTE_IS_COMPRESSED | ATTRIBUTE_IS_SPARSE)) != 0 && length >= 72;
    size = u64At(at + 48);
    allocated = u64At(total ? at + 64 : at + 40);
    if (size > MAX_SIZE || allocated > MAX_SIZE) {
      damaged = true;
      size = 0;
      allocated = 0;
    }
  }
  hasData = true;
  dataNonResident = nonResident;
  dataFlags = u16At(at + 12);
}

/** Reads all attributes of the open record. @returns OK, NTFS_COMPLEX or NTFS_DAMAGED (facts up to the bad place) */
export function gather(): i32 {
  clear();
  const used = u32At(24);
  const end = used < recordSize ? used : recordSize;
  let at = u16At(20);
  if (at < 40) return NTFS_DAMAGED;
  while (true) {
    if (at > end || end - at < 4) break;
    const type = u32At(at);
    if (type == END) break;
    if (end - at < 24) {
      damaged = true;
      break;
    }
    const length = u32At(at + 4);
    if (length < 24 || length > end - at) {
      damaged = true;
      break;
    }
    if (type == ATTRIBUTE_LIST) return NTFS_COMPLEX;
    const nonResident = u8At(at + 8) != 0;
    let value: u32 = 0;
    let valueLength: u32 = 0;
    let usable = true;
    if (nonResident) {
      if (type == REPARSE_POINT) return NTFS_COMPLEX;
      usable = type == DATA || type == EA;
      if (type == STANDARD_INFORMATION || type == FILE_NAME) damaged = true; // both are always resident
    } else {
      valueLength = u32At(at + 16);
      const valueOffset = u16At(at + 20);
      if (valueOffset > length || valueLength > length - valueOffset) {
        damaged = true;
        usable = false;
      }
      value = at + valueOffset;
    }
    if (usable) {
      if (type == STANDARD_INFORMATION) onStandardInformation(value, valueLength);
      else if (type == FILE_NAME) onFileName(value, valueLength);
      else if (type == DATA) onData(at, length, nonResident, valueLength);
      else if (type == EA) hasEa = true;
      else if (type == REPARSE_POINT) {
        if (valueLength >= 4) reparseTag = u32At(value);
        else damaged = true;
      }
    }
    at += length;
  }
  return damaged || outside ? NTFS_DAMAGED : OK;
}

/** ByteState (src/fs/types.ts) of the unnamed stream of a file with these attributes. */
export function byteState(attributes: u32): u32 {
  if (damaged) return 8;
  if (reparseTag == 0x80000017) return 4;
  if (reparseTag == 0x80000013 || reparseTag == 0x80000007) return 9;
  if ((dataFlags & ATTRIBUTE_IS_ENCRYPTED) != 0) return 5;
  if (reparseTag == 0x80000018 || (reparseTag & 0xffff0fff) == 0x90000018) {
    if ((attributes & 0x1200) != 0) return 7;
  } else if (reparseTag != 0 && (attributes & 0x401000) != 0) return 6;
  if (!dataNonResident) return 0;
  if ((dataFlags & ATTRIBUTE_IS_COMPRESSED) != 0) return 3;
  return (dataFlags & ATTRIBUTE_IS_SPARSE) != 0 ? 2 : 0;
}
