/**
 * Registry values in words, as regedit shows them. Data come from images and may be anything: a DWORD of three bytes, a
 * string without its NUL, half a surrogate pair. What does not fit its type is shown as bytes; nothing here throws.
 */
import { fromUnits } from '../base/utf16.ts';

const TYPE_NAMES = [
  'REG_NONE',
  'REG_SZ',
  'REG_EXPAND_SZ',
  'REG_BINARY',
  'REG_DWORD',
  'REG_DWORD_BIG_ENDIAN',
  'REG_LINK',
  'REG_MULTI_SZ',
  'REG_RESOURCE_LIST',
  'REG_FULL_RESOURCE_DESCRIPTOR',
  'REG_RESOURCE_REQUIREMENTS_LIST',
  'REG_QWORD',
] as const;

export const RegType = {
  none: 0,
  sz: 1,
  expandSz: 2,
  binary: 3,
  dword: 4,
  dwordBigEndian: 5,
  link: 6,
  multiSz: 7,
  resourceList: 8,
  fullResourceDescriptor: 9,
  resourceRequirementsList: 10,
  qword: 11,
} as const;

/** `REG_SZ`; `REG_0xFFFF0012` for a number that has no name. */
export function valueTypeName(type: number): string {
  return TYPE_NAMES[type] ?? `REG_0x${(type >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
}

/** UTF-16LE text of at most `limit` units, lone surrogates kept; a last odd byte is left out. */
function decode(data: Uint8Array, limit: number): string {
  const units = new Uint16Array(Math.min(data.length >> 1, limit));
  for (let i = 0; i < units.length; i++) units[i] = data[i * 2]! | (data[i * 2 + 1]! << 8);
  return fromUnits(units);
}

/** Text of a string value up to its first NUL, which is where every reader in Windows stops. */
export function stringOf(data: Uint8Array, limit = Number.POSITIVE_INFINITY): string {
  const text = decode(data, limit);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** Strings of a REG_MULTI_SZ. Empty strings in the middle are kept, those at the end are its end. */
export function stringsOf(data: Uint8Array, limit = Number.POSITIVE_INFINITY): string[] {
  const strings = decode(data, limit).split('\0');
  while (strings.length > 0 && strings.at(-1) === '') strings.pop();
  return strings;
}

/** A number value; null when the type is none or the size does not fit it. */
export function numberOf(type: number, data: Uint8Array): bigint | null {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (type === RegType.dword && data.length === 4) return BigInt(view.getUint32(0, true));
  if (type === RegType.dwordBigEndian && data.length === 4) return BigInt(view.getUint32(0, false));
  if (type === RegType.qword && data.length === 8) return view.getBigUint64(0, true);
  return null;
}

const hexByte = (byte: number) => byte.toString(16).padStart(2, '0');
const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
/** Most units of a value's text when the caller does not say. */
export const TEXT_LIMIT = 260;
const SPACE = 0x20;
const INVALID = '(invalid value)';
/** Units beyond the limit that are written before the text is cut, or that a number or remark may have. */
export const TEXT_SPARE = 64;

function put(to: Uint16Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) to[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** The first `length` units cut to `limit` with an ellipsis in the last one; never between the halves of a pair. */
function clip(to: Uint16Array, length: number, limit: number, more = false): number {
  if (length <= limit && !more) return length;
  let end = Math.max(0, Math.min(length, limit - 1));
  if (end > 0 && (to[end - 1]! & 0xfc00) === 0xd800) end--;
  to[end] = 0x2026;
  return end + 1;
}

function putHex(to: Uint16Array, start: number, data: Uint8Array, limit: number): number {
  // Each byte takes three characters; no more bytes are looked at than can be shown.
  const shown = Math.min(data.length, Math.ceil(limit / 3) + 1);
  let at = start;
  for (let i = 0; i < shown; i++) {
    const byte = data[i]!;
    if (i > 0) to[at++] = SPACE;
    to[at++] = DIGITS[byte >> 4]!;
    to[at++] = DIGITS[byte & 15]!;
  }
  return at;
}

const unitAt = (data: Uint8Array, i: number): number => data[i * 2]! | (data[i * 2 + 1]! << 8);

/** Line ends, tabs and other controls would break a one-line cell: they are shown as their pictures. */
function picture(unit: number): number {
  if (unit < 0x20) return 0x2400 + unit;
  return unit === 0x7f ? 0x2421 : unit;
}

function putString(to: Uint16Array, data: Uint8Array, limit: number): number {
  const end = Math.min(data.length >> 1, limit + 1);
  let at = 0;
  for (let unit = 0; at < end; at++) {
    unit = unitAt(data, at);
    if (unit === 0) break;
    to[at] = picture(unit);
  }
  return clip(to, at, limit);
}

function putStrings(to: Uint16Array, data: Uint8Array, limit: number): number {
  let end = Math.min(data.length >> 1, limit + 1);
  while (end > 0 && unitAt(data, end - 1) === 0) end--;
  for (let i = 0; i < end; i++) {
    const unit = unitAt(data, i);
    to[i] = unit === 0 ? SPACE : picture(unit);
  }
  return clip(to, end, limit);
}

/** Number of a value that is not too wide for a double, so that no big integer is made for most of them. */
function smallNumberOf(type: number, data: Uint8Array): number | bigint | null {
  if (type !== RegType.dword || data.length !== 4) return numberOf(type, data);
  return (data[0]! | (data[1]! << 8) | (data[2]! << 16) | (data[3]! << 24)) >>> 0;
}

/**
 * Writes what `valueText` gives as UTF-16 units, for lists of a hundred thousand values.
 * @param to has `limit` + TEXT_SPARE units
 * @returns how many were written
 */
export function putValueText(to: Uint16Array, type: number, data: Uint8Array, limit = TEXT_LIMIT): number {
  switch (type) {
    case RegType.sz:
    case RegType.expandSz:
    case RegType.link:
      return putString(to, data, limit);
    case RegType.multiSz:
      return putStrings(to, data, limit);
    case RegType.dword:
    case RegType.dwordBigEndian:
    case RegType.qword: {
      const number = smallNumberOf(type, data);
      if (number !== null)
        return put(to, 0, `0x${number.toString(16).padStart(type === RegType.qword ? 16 : 8, '0')} (${number})`);
      const at = put(to, 0, INVALID);
      if (data.length === 0) return at;
      const digits = clip(to.subarray(at + 1), putHex(to, at + 1, data, limit) - at - 1, limit, isLonger(data, limit));
      to[at] = SPACE;
      return clip(to, at + 1 + digits, limit);
    }
    default:
      if (data.length === 0) return put(to, 0, '(zero-length binary value)');
      return clip(to, putHex(to, 0, data, limit), limit, isLonger(data, limit));
  }
}

const isLonger = (data: Uint8Array, limit: number): boolean => data.length > Math.ceil(limit / 3) + 1;

/**
 * One line for the list: `text`, `0x00000001 (1)`, `one two`, `0a 0b`, `(zero-length binary value)`.
 * @param limit most UTF-16 units of the result
 */
export function valueText(type: number, data: Uint8Array, limit = TEXT_LIMIT): string {
  const units = new Uint16Array(limit + TEXT_SPARE);
  return fromUnits(units, 0, putValueText(units, type, data, limit));
}

/** Bytes of one hexadecimal line. */
const ROW = 16;

/**
 * All of it for the detail pane: each string of a list on its own line, text split at its line ends, bytes as rows of
 * offset, hexadecimal and ASCII.
 * @param limit most lines; a last line says how much is left out
 */
export function valueLines(type: number, data: Uint8Array, limit = 4096): string[] {
  if (numberOf(type, data) !== null) return [valueText(type, data)];
  let lines: string[];
  if (type === RegType.multiSz) lines = stringsOf(data);
  else if (type === RegType.sz || type === RegType.expandSz || type === RegType.link)
    lines = stringOf(data).split(/\r\n|\n|\r/);
  else {
    const rows = Math.ceil(data.length / ROW);
    lines = Array.from({ length: Math.min(rows, limit + 1) }, (_, row) => hexRow(data, row * ROW));
    if (rows > lines.length) return [...lines.slice(0, limit), `\u2026 ${rows - limit} more`];
  }
  return lines.length <= limit ? lines : [...lines.slice(0, limit), `\u2026 ${lines.length - limit} more`];
}

function hexRow(data: Uint8Array, at: number): string {
  const bytes = data.subarray(at, at + ROW);
  const ascii = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  const hex = Array.from(bytes, hexByte).join(' ');
  return `${at.toString(16).padStart(8, '0')}  ${hex.padEnd(ROW * 3 - 1)}  ${ascii}`;
}
