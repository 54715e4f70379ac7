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
const DIGITS = '0123456789abcdef';

function hexLine(data: Uint8Array, limit: number): string {
  // Each byte takes three characters; no more bytes are looked at than can be shown.
  const shown = Math.min(data.length, Math.ceil(limit / 3) + 1);
  const line = new Uint16Array(Math.max(0, shown * 3 - 1)).fill(0x20);
  for (let i = 0; i < shown; i++) {
    const byte = data[i]!;
    line[i * 3] = DIGITS.charCodeAt(byte >> 4);
    line[i * 3 + 1] = DIGITS.charCodeAt(byte & 15);
  }
  return clip(fromUnits(line), limit, data.length > shown);
}

/** `text` cut to `limit` units with an ellipsis in the last one; never between the halves of a pair. */
function clip(text: string, limit: number, more = false): string {
  if (text.length <= limit && !more) return text;
  let end = Math.max(0, Math.min(text.length, limit - 1));
  const last = text.charCodeAt(end - 1);
  if (last >= 0xd800 && last <= 0xdbff) end--;
  return `${text.slice(0, end)}\u2026`;
}

const CONTROL = /\p{Cc}/u;

/** Line ends, tabs and other controls would break a one-line cell: they are shown as their pictures. */
function oneLine(text: string): string {
  if (!CONTROL.test(text)) return text;
  return text.replace(/\p{Cc}/gu, (control) => {
    const code = control.charCodeAt(0);
    if (code === 0x7f) return '\u2421';
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : control;
  });
}

const INVALID = '(invalid value)';

/**
 * One line for the list: `text`, `0x00000001 (1)`, `one two`, `0a 0b`, `(zero-length binary value)`.
 * @param limit most UTF-16 units of the result
 */
export function valueText(type: number, data: Uint8Array, limit = 260): string {
  switch (type) {
    case RegType.sz:
    case RegType.expandSz:
    case RegType.link:
      return clip(oneLine(stringOf(data, limit + 1)), limit);
    case RegType.multiSz:
      return clip(oneLine(stringsOf(data, limit + 1).join(' ')), limit);
    case RegType.dword:
    case RegType.dwordBigEndian:
    case RegType.qword: {
      if (type === RegType.dword && data.length === 4) {
        // most numbers are of this type, and big integers take their time
        const number = (data[0]! | (data[1]! << 8) | (data[2]! << 16) | (data[3]! << 24)) >>> 0;
        return `0x${number.toString(16).padStart(8, '0')} (${number})`;
      }
      const number = numberOf(type, data);
      if (number === null) return data.length === 0 ? INVALID : clip(`${INVALID} ${hexLine(data, limit)}`, limit);
      return `0x${number.toString(16).padStart(type === RegType.qword ? 16 : 8, '0')} (${number})`;
    }
    default:
      return data.length === 0 ? '(zero-length binary value)' : hexLine(data, limit);
  }
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
