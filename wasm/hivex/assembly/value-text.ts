/**
 * A value's data in words: text up to its NUL, strings side by side, numbers in both bases, bytes as digits. At most
 * 260 units, an ellipsis for what does not fit; control characters as their pictures.
 */
import { W_INVALID, W_ZERO_LENGTH, WORD_STRIDE } from './constants';
import { putHexNumber, putUtf16 } from './json-text';
import { units, words } from './state';

const LIMIT: u32 = 260;
/** Bytes whose digits fill the limit, and one more. */
const SHOWN_BYTES: u32 = 88;

const SZ: u32 = 1;
const EXPAND_SZ: u32 = 2;
const DWORD: u32 = 4;
const DWORD_BIG_ENDIAN: u32 = 5;
const LINK: u32 = 6;
const MULTI_SZ: u32 = 7;
const QWORD: u32 = 11;

function unitAt(at: u32): u32 {
  return load<u16>(units + ((<usize>at) << 1));
}
function setUnit(at: u32, unit: u32): void {
  store<u16>(units + ((<usize>at) << 1), <u16>unit);
}

function picture(unit: u32): u32 {
  if (unit < 0x20) return 0x2400 + unit;
  return unit == 0x7f ? 0x2421 : unit;
}

/** The units from `from` to `end` cut to the limit, an ellipsis in the last one; never between the halves of a pair. */
function clip(from: u32, end: u32, more: bool): u32 {
  const length = end - from;
  if (length <= LIMIT && !more) return end;
  let cut = from + min<u32>(length, LIMIT - 1);
  if (cut > from && (unitAt(cut - 1) & 0xfc00) == 0xd800) cut--;
  setUnit(cut, 0x2026);
  return cut + 1;
}

function putDigits(at: u32, data: usize, size: u32): u32 {
  const shown = min<u32>(size, SHOWN_BYTES);
  for (let i: u32 = 0; i < shown; i++) {
    if (i > 0) {
      setUnit(at, 0x20);
      at++;
    }
    const byte: u32 = load<u8>(data + i);
    putHexNumber(units + ((<usize>at) << 1), byte, 2, 2);
    at += 2;
  }
  return at;
}

function putWordUnits(at: u32, word: u32): u32 {
  const p = words + <usize>word * WORD_STRIDE;
  const length: u32 = load<u8>(p);
  for (let i: u32 = 0; i < length; i++) setUnit(at + i, load<u8>(p + 1 + i));
  return at + length;
}

/** `0x0000001f (31)` */
function putBothBases(value: u64, digits: u32): u32 {
  setUnit(0, 0x30);
  setUnit(1, 0x78);
  putHexNumber(units + 4, value, digits, 2);
  let at = digits + 2;
  setUnit(at, 0x20);
  setUnit(at + 1, 0x28);
  at += 2;
  let count: u32 = 1;
  for (let rest = value; rest >= 10; rest /= 10) count++;
  for (let i = count; i > 0; i--) {
    setUnit(at + i - 1, <u32>(0x30 + (value % 10)));
    value /= 10;
  }
  at += count;
  setUnit(at, 0x29);
  return at + 1;
}

function putString(data: usize, size: u32): u32 {
  const end = min<u32>(size >> 1, LIMIT + 1);
  let at: u32 = 0;
  for (; at < end; at++) {
    const unit: u32 = load<u16>(data + ((<usize>at) << 1));
    if (unit == 0) break;
    setUnit(at, picture(unit));
  }
  return clip(0, at, false);
}

function putStrings(data: usize, size: u32): u32 {
  let end = min<u32>(size >> 1, LIMIT + 1);
  while (end > 0) {
    const last: u32 = load<u16>(data + ((<usize>(end - 1)) << 1));
    if (last != 0) break;
    end--;
  }
  for (let i: u32 = 0; i < end; i++) {
    const unit: u32 = load<u16>(data + ((<usize>i) << 1));
    setUnit(i, unit == 0 ? 0x20 : picture(unit));
  }
  return clip(0, end, false);
}

function textUnits(type: u32, data: usize, size: u32): u32 {
  if (type == SZ || type == EXPAND_SZ || type == LINK) return putString(data, size);
  if (type == MULTI_SZ) return putStrings(data, size);
  const more = size > SHOWN_BYTES;
  if (type == DWORD || type == DWORD_BIG_ENDIAN || type == QWORD) {
    if (type == QWORD ? size == 8 : size == 4) {
      if (type == QWORD) return putBothBases(load<u64>(data), 16);
      const value = load<u32>(data);
      return putBothBases(type == DWORD ? value : bswap<u32>(value), 8);
    }
    const at = putWordUnits(0, W_INVALID);
    if (size == 0) return at;
    setUnit(at, 0x20);
    return clip(0, clip(at + 1, putDigits(at + 1, data, size), more), false);
  }
  if (size == 0) return putWordUnits(0, W_ZERO_LENGTH);
  return clip(0, putDigits(0, data, size), more);
}

/** Writes the words for `size` bytes of data, of which the first 1,024 stand at `data`. */
export function putText(to: usize, type: u32, data: usize, size: u32): usize {
  return putUtf16(to, units, textUnits(type, data, size));
}
