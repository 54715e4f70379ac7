/**
 * Bytes of JSON lines: words, names, numbers, times, hexadecimal digits. Writers take the address to write to and
 * return where they end; the caller has seen to the room. Some write up to 16 bytes more than they count.
 */
import { WORD_STRIDE } from './constants';
import { words } from './state';

/** Copies in steps of 16 bytes, up to 15 beyond the end. */
// @ts-ignore: decorator
@inline
export function putBytes(to: usize, from: usize, length: usize): usize {
  for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
  return to + length;
}

// @ts-ignore: decorator
@inline
export function putWord(to: usize, word: u32): usize {
  const p = words + <usize>word * WORD_STRIDE;
  const length: u32 = load<u8>(p);
  return putBytes(to, p + 1, length);
}

// @ts-ignore: decorator
@inline
export function putByte(to: usize, byte: u32): usize {
  store<u8>(to, <u8>byte);
  return to + 1;
}

export function putNumber(to: usize, value: u32): usize {
  let digits: usize = 1;
  for (let rest = value; rest >= 10; rest /= 10) digits++;
  let at = to + digits;
  do {
    at--;
    const tens = value / 10;
    store<u8>(at, <u8>(0x30 + (value - tens * 10)));
    value = tens;
  } while (at > to);
  return to + digits;
}

function digit(nibble: u32): u32 {
  return nibble < 10 ? 0x30 + nibble : 0x57 + nibble;
}

/** `count` hexadecimal digits of a number, as UTF-16 units when `stride` is 2. */
export function putHexNumber(to: usize, value: u64, count: u32, stride: usize): usize {
  for (let i = count; i > 0; i--) {
    const d = digit(<u32>((value >> ((i - 1) << 2)) & 15));
    if (stride == 2) store<u16>(to, <u16>d);
    else store<u8>(to, <u8>d);
    to += stride;
  }
  return to;
}

/** Two digits a byte. */
export function putHex(to: usize, from: usize, length: u32): usize {
  const digits = i8x16(0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66);
  const mask = i8x16.splat(15);
  let at: u32 = 0;
  for (; at + 16 <= length; at += 16) {
    const bytes = v128.load(from + at);
    const high = v128.swizzle(digits, v128.and(i8x16.shr_u(bytes, 4), mask));
    const low = v128.swizzle(digits, v128.and(bytes, mask));
    v128.store(to, v128.shuffle<u8>(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    v128.store(to + 16, v128.shuffle<u8>(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
    to += 32;
  }
  for (; at < length; at++) {
    const byte: u32 = load<u8>(from + at);
    store<u8>(to, <u8>digit(byte >> 4));
    store<u8>(to + 1, <u8>digit(byte & 15));
    to += 2;
  }
  return to;
}

/** \uXXXX */
function putEscape(to: usize, unit: u32): usize {
  store<u8>(to, 0x5c);
  store<u8>(to + 1, 0x75);
  return putHexNumber(to + 2, unit, 4, 1);
}

/** One unit below 0x80 as it stands between the quotes of a JSON string. */
function putAscii(to: usize, unit: u32): usize {
  if (unit >= 0x20 && unit != 0x22 && unit != 0x5c) return putByte(to, unit);
  let letter: u32 = 0;
  if (unit == 0x22 || unit == 0x5c) letter = unit;
  else if (unit == 8) letter = 0x62;
  else if (unit == 9) letter = 0x74;
  else if (unit == 10) letter = 0x6e;
  else if (unit == 12) letter = 0x66;
  else if (unit == 13) letter = 0x72;
  else return putEscape(to, unit);
  store<u8>(to, 0x5c);
  store<u8>(to + 1, <u8>letter);
  return to + 2;
}

/** True when one of 16 bytes is not written as it is: a control character, a quote, a backslash, or beyond ASCII. */
// @ts-ignore: decorator
@inline
function hasOdd(bytes: v128): bool {
  // As signed bytes all that is beyond ASCII lies below the space as well.
  const low = i8x16.lt_s(bytes, i8x16.splat(0x20));
  const marks = v128.or(i8x16.eq(bytes, i8x16.splat(0x22)), i8x16.eq(bytes, i8x16.splat(0x5c)));
  return v128.any_true(v128.or(low, marks));
}

/** Latin-1 text, at most 6 bytes a character. */
export function putLatin1(to: usize, from: usize, length: u32): usize {
  let i: u32 = 0;
  for (; i + 16 <= length; i += 16) {
    const bytes = v128.load(from + i);
    if (hasOdd(bytes)) break;
    v128.store(to, bytes);
    to += 16;
  }
  for (; i < length; i++) {
    const unit: u32 = load<u8>(from + i);
    if (unit - 0x20 < 0x60 && unit != 0x22 && unit != 0x5c) to = putByte(to, unit);
    else if (unit < 0x80) to = putAscii(to, unit);
    else {
      store<u8>(to, <u8>(0xc0 | (unit >> 6)));
      store<u8>(to + 1, <u8>(0x80 | (unit & 63)));
      to += 2;
    }
  }
  return to;
}

/** UTF-16 text, at most 6 bytes a unit; lone surrogates as \uXXXX. */
export function putUtf16(to: usize, from: usize, length: u32): usize {
  let i: u32 = 0;
  for (; i + 16 <= length; i += 16) {
    const p = from + ((<usize>i) << 1);
    // Units above 255 become 255, those above 32,767 become 0: both are odd.
    const bytes = i8x16.narrow_i16x8_u(v128.load(p), v128.load(p, 16));
    if (hasOdd(bytes)) break;
    v128.store(to, bytes);
    to += 16;
  }
  for (; i < length; i++) {
    const unit: u32 = load<u16>(from + ((<usize>i) << 1));
    if (unit - 0x20 < 0x60 && unit != 0x22 && unit != 0x5c) to = putByte(to, unit);
    else if (unit < 0x80) to = putAscii(to, unit);
    else if (unit < 0x800) {
      store<u8>(to, <u8>(0xc0 | (unit >> 6)));
      store<u8>(to + 1, <u8>(0x80 | (unit & 63)));
      to += 2;
    } else if (unit < 0xd800 || unit > 0xdfff) {
      store<u8>(to, <u8>(0xe0 | (unit >> 12)));
      store<u8>(to + 1, <u8>(0x80 | ((unit >> 6) & 63)));
      store<u8>(to + 2, <u8>(0x80 | (unit & 63)));
      to += 3;
    } else {
      let low: u32 = 0;
      if (unit < 0xdc00 && i + 1 < length) low = load<u16>(from + ((<usize>(i + 1)) << 1));
      if (low < 0xdc00 || low > 0xdfff) {
        to = putEscape(to, unit);
        continue;
      }
      const point: u32 = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
      i++;
      store<u8>(to, <u8>(0xf0 | (point >> 18)));
      store<u8>(to + 1, <u8>(0x80 | ((point >> 12) & 63)));
      store<u8>(to + 2, <u8>(0x80 | ((point >> 6) & 63)));
      store<u8>(to + 3, <u8>(0x80 | (point & 63)));
      to += 4;
    }
  }
  return to;
}

function putTwo(to: usize, value: u32): usize {
  store<u8>(to, <u8>(0x30 + value / 10));
  store<u8>(to + 1, <u8>(0x30 + (value % 10)));
  return to + 2;
}

/** Seconds from 1601 to the year 10000, where ISO text would need a fifth digit. */
const YEAR_10000: u64 = 265046774400;

/** A FILETIME in quotes, `"2026-01-02T03:04:05.1234567Z"`. @returns `to` for one that is not set or in no calendar */
export function putTime(to: usize, ticks: u64): usize {
  const seconds = ticks / 10000000;
  if (ticks == 0 || seconds >= YEAR_10000) return to;
  let days = <u32>(seconds / 86400);
  const inDay = <u32>(seconds - <u64>days * 86400);
  // 1601 begins a cycle of 400 years; years begin in March so that the leap day is the last one of a year.
  days += 306;
  const cycle = days / 146097;
  const inCycle = days - cycle * 146097;
  const yearInCycle = (inCycle - inCycle / 1460 + inCycle / 36524 - inCycle / 146096) / 365;
  const inYear = inCycle - (365 * yearInCycle + yearInCycle / 4 - yearInCycle / 100);
  const march = (5 * inYear + 2) / 153;
  const day = inYear - (153 * march + 2) / 5 + 1;
  const month = march < 10 ? march + 3 : march - 9;
  const year = 1600 + cycle * 400 + yearInCycle + (month <= 2 ? 1 : 0);
  to = putByte(to, 0x22);
  to = putTwo(to, year / 100);
  to = putTwo(to, year % 100);
  to = putByte(to, 0x2d);
  to = putTwo(to, month);
  to = putByte(to, 0x2d);
  to = putTwo(to, day);
  to = putByte(to, 0x54);
  to = putTwo(to, inDay / 3600);
  to = putByte(to, 0x3a);
  to = putTwo(to, (inDay / 60) % 60);
  to = putByte(to, 0x3a);
  to = putTwo(to, inDay % 60);
  to = putByte(to, 0x2e);
  let rest = <u32>(ticks - seconds * 10000000);
  for (let i: usize = 7; i > 0; i--) {
    store<u8>(to + i - 1, <u8>(0x30 + (rest % 10)));
    rest /= 10;
  }
  to = putByte(to + 7, 0x5a);
  return putByte(to, 0x22);
}
