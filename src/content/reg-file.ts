/**
 * Registration files, version 5: what regedit exports and imports.
 *
 *     ff fe                                       UTF-16LE, every line ends with CR LF
 *     Windows Registry Editor Version 5.00
 *     <empty>
 *     [HKEY_LOCAL_MACHINE\SOFTWARE\Contoso]       [-KEY] takes the key away
 *     @="value of (Default)"
 *     "name \\ \""="text"                         REG_SZ; \ and " are written twice or behind \
 *     "number"=dword:0000000a
 *     "bytes"=hex:01,02,\                         REG_BINARY; lines end before column 80 and go on after two spaces
 *       03
 *     "other"=hex(7):61,00,00,00,00,00            any type by its number in hexadecimal; "name"=- takes the value away
 *     <empty>
 *
 * Only what reads back as the same bytes is written as text: a REG_SZ that is not one string with its NUL, or that holds a
 * line end, is `hex(1)`; a REG_DWORD of another size than four is `hex(4)`.
 *
 * Trap: a name with a line end or NUL cannot be written in this format at all. It is left out, counted, and a comment says so.
 */
import { hex } from '../base/guid.ts';
import { fromUnits, utf16leBytes } from '../base/utf16.ts';
import { RegType } from './registry-value.ts';

const COLUMNS = 80;
const FLUSH_AT = 1 << 16;
const UNWRITABLE = /[\0\r\n]/;

export class RegFileWriter {
  /** Keys and values whose names the format cannot hold. */
  left = 0;
  readonly #emit: (bytes: Uint8Array) => void;
  #text = '\ufeffWindows Registry Editor Version 5.00\r\n';
  /** False below a key that is left out. */
  #writable = false;

  /** @param emit takes pieces of the file in order */
  constructor(emit: (bytes: Uint8Array) => void) {
    this.#emit = emit;
  }

  #line(text: string): void {
    this.#text += `${text}\r\n`;
    if (this.#text.length >= FLUSH_AT) this.#flush();
  }

  #flush(): void {
    if (this.#text !== '') this.#emit(utf16leBytes(this.#text));
    this.#text = '';
  }

  #leave(what: string): void {
    this.left++;
    this.#line(`; ${what} has a name that a registration file cannot hold`);
  }

  /** @param path with the full name of the root. @param deleted the key is taken away */
  key(path: string, deleted = false): void {
    this.#line('');
    this.#writable = !UNWRITABLE.test(path);
    if (this.#writable) this.#line(`[${deleted ? '-' : ''}${path}]`);
    else this.#leave('a key');
  }

  /** A value of the last key. @param data null takes the value away */
  value(name: string, type: number, data: Uint8Array | null): void {
    if (!this.#writable) return;
    if (UNWRITABLE.test(name)) {
      this.#leave('a value');
      return;
    }
    const left = name === '' ? '@=' : `"${escaped(name)}"=`;
    const text = data === null ? '-' : plain(type, data);
    if (text !== null) this.#line(left + text);
    else this.#bytes(`${left}hex${type === RegType.binary ? '' : `(${(type >>> 0).toString(16)})`}:`, data!);
  }

  #bytes(start: string, data: Uint8Array): void {
    let line = start;
    let at = 0;
    while (at < data.length) {
      // at least one byte stands behind a name that fills the line; the last line needs no place for `\`
      const room = Math.max(1, Math.floor((COLUMNS - 1 - line.length) / 3));
      const end = Math.min(data.length, at + room);
      line += hex(data.subarray(at, end)).replace(/..(?=.)/g, '$&,');
      at = end;
      if (at === data.length) break;
      this.#line(`${line},\\`);
      line = '  ';
    }
    this.#line(line);
  }

  end(): void {
    this.#line('');
    this.#flush();
  }
}

function escaped(text: string): string {
  return text.replace(/[\\"]/g, '\\$&');
}

/** Text of data that it stands for exactly; null when only bytes do. */
function plain(type: number, data: Uint8Array): string | null {
  if (type === RegType.dword && data.length === 4) {
    const number = (data[0]! | (data[1]! << 8) | (data[2]! << 16) | (data[3]! << 24)) >>> 0;
    return `dword:${number.toString(16).padStart(8, '0')}`;
  }
  if (type !== RegType.sz || data.length < 2 || data.length % 2 !== 0) return null;
  const units = new Uint16Array(data.length / 2);
  for (let i = 0; i < units.length; i++) units[i] = data[i * 2]! | (data[i * 2 + 1]! << 8);
  if (units[units.length - 1] !== 0) return null;
  const text = fromUnits(units, 0, units.length - 1);
  return UNWRITABLE.test(text) ? null : `"${escaped(text)}"`;
}
