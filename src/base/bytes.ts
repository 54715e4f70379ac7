/**
 * A checked little-endian (or big-endian) view of bytes that were read from a file.
 *
 * Every accessor tests `length - offset` before it touches the bytes and throws a FormatError that names the field's
 * place in the user's file: `base` is where byte 0 of this view lies there.
 */
import { fail } from './errors.ts';

export class Bytes {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Name and offset of the first byte, for error places. */
  readonly source: string;
  readonly base: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, source: string, base = 0) {
    this.bytes = bytes;
    this.length = bytes.byteLength;
    this.source = source;
    this.base = base;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #need(offset: number, size: number): void {
    if (offset < 0 || size < 0 || size > this.length - offset)
      fail(
        'UnexpectedEnd',
        this.source,
        this.base + offset,
        `${size} bytes`,
        `${Math.max(0, this.length - offset)} bytes`,
      );
  }

  u8(offset: number): number {
    this.#need(offset, 1);
    return this.#view.getUint8(offset);
  }
  i8(offset: number): number {
    this.#need(offset, 1);
    return this.#view.getInt8(offset);
  }
  u16(offset: number): number {
    this.#need(offset, 2);
    return this.#view.getUint16(offset, true);
  }
  u32(offset: number): number {
    this.#need(offset, 4);
    return this.#view.getUint32(offset, true);
  }
  i32(offset: number): number {
    this.#need(offset, 4);
    return this.#view.getInt32(offset, true);
  }
  u64(offset: number): bigint {
    this.#need(offset, 8);
    return this.#view.getBigUint64(offset, true);
  }
  u16be(offset: number): number {
    this.#need(offset, 2);
    return this.#view.getUint16(offset, false);
  }
  u32be(offset: number): number {
    this.#need(offset, 4);
    return this.#view.getUint32(offset, false);
  }
  u64be(offset: number): bigint {
    this.#need(offset, 8);
    return this.#view.getBigUint64(offset, false);
  }

  /**
   * A 64-bit size or offset as a number. What lies beyond 2^53 - 1 cannot be an offset in any file a browser can open,
   * so it is refused here once instead of being rounded somewhere.
   */
  size64(offset: number, what: string): number {
    const value = this.u64(offset);
    if (value > 0x1f_ffff_ffff_ffffn)
      fail('InvalidLength', this.source, this.base + offset, `${what} below 2^53`, value);
    return Number(value);
  }
  size64be(offset: number, what: string): number {
    const value = this.u64be(offset);
    if (value > 0x1f_ffff_ffff_ffffn)
      fail('InvalidLength', this.source, this.base + offset, `${what} below 2^53`, value);
    return Number(value);
  }

  /** A view of `length` bytes, not a copy. */
  slice(offset: number, length: number): Uint8Array {
    this.#need(offset, length);
    return this.bytes.subarray(offset, offset + length);
  }

  sub(offset: number, length: number): Bytes {
    return new Bytes(this.slice(offset, length), this.source, this.base + offset);
  }

  /** ASCII text, NUL and what follows cut off. */
  ascii(offset: number, length: number): string {
    let text = '';
    for (const byte of this.slice(offset, length)) {
      if (byte === 0) break;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** `units` UTF-16LE code units, lone surrogates kept (TextDecoder would replace them). */
  utf16(offset: number, units: number): string {
    this.#need(offset, units * 2);
    let text = '';
    for (let i = 0; i < units; i++) text += String.fromCharCode(this.#view.getUint16(offset + i * 2, true));
    return text;
  }
}
