/** Lines as bytes in one buffer that is emptied when it is full. */
import { JSON_STYLE, putAscii, putUnits, type Style, UNIT_BYTES } from './text-bytes.ts';

const CAPACITY = 1 << 18;
/** Units or bytes written between two looks at the room: a piece of any length goes through the one buffer. */
const PIECE = 1 << 14;
const ROOM = PIECE * UNIT_BYTES;
/** Both digits of a byte, the first one high. */
const HEX = Uint16Array.from({ length: 256 }, (_, byte) => {
  const text = byte.toString(16).padStart(2, '0');
  return (text.charCodeAt(0) << 8) | text.charCodeAt(1);
});
const NEWLINE = 0x0a;
const QUOTE = 0x22;

export class ByteWriter {
  readonly #bytes = new Uint8Array(CAPACITY);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #write: (bytes: Uint8Array) => void;
  #at = 0;
  #units = new Uint16Array(1024);

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  /** Bytes that wait. */
  get length(): number {
    return this.#at;
  }

  flush(): void {
    const length = this.#at;
    this.#at = 0;
    if (length > 0) this.#write(this.#bytes.subarray(0, length));
  }

  #room(bytes: number): void {
    if (CAPACITY - this.#at < bytes) this.flush();
  }

  /** Text of ASCII characters only, at most PIECE long. */
  ascii(text: string): void {
    this.#room(ROOM);
    this.#at = putAscii(this.#bytes, this.#at, text);
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array, length = bytes.length): void {
    for (let from = 0; from < length; from += PIECE) {
      this.#room(ROOM);
      const end = Math.min(length, from + PIECE);
      const to = this.#bytes; // a field would be read anew for each byte
      let at = this.#at;
      for (let i = from; i < end; i++) to[at++] = bytes[i]!;
      this.#at = at;
    }
  }

  /** Bytes that are many: what waits is written, then they are, without a copy. */
  through(bytes: Uint8Array): void {
    this.flush();
    if (bytes.length > 0) this.#write(bytes);
  }

  hex(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += PIECE) {
      this.#room(ROOM);
      const end = Math.min(bytes.length, from + PIECE);
      const view = this.#view;
      let at = this.#at;
      for (let i = from; i < end; i++, at += 2) view.setUint16(at, HEX[bytes[i]!]!);
      this.#at = at;
    }
  }

  /** A whole number from 0 to 2^32 - 1. */
  number(value: number): void {
    this.#room(ROOM);
    let digits = 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    let at = this.#at + digits;
    this.#at = at;
    for (let rest = value, i = digits; i > 0; i--) {
      const tens = Math.floor(rest / 10);
      this.#bytes[--at] = 0x30 + rest - tens * 10;
      rest = tens;
    }
  }

  units(units: Uint16Array, start: number, length: number, style: Style): void {
    const end = start + length;
    for (let from = start; from < end; ) {
      this.#room(ROOM);
      let to = Math.min(end, from + PIECE);
      // the halves of a pair go together
      if (to < end && (units[to - 1]! & 0xfc00) === 0xd800) to--;
      this.#at = putUnits(this.#bytes, this.#at, units, from, to, style);
      from = to;
    }
  }

  text(text: string, style: Style): void {
    if (this.#units.length < text.length) this.#units = new Uint16Array(text.length);
    for (let i = 0; i < text.length; i++) this.#units[i] = text.charCodeAt(i);
    this.units(this.#units, 0, text.length, style);
  }

  /** Text as JSON in quotes, or `null`. */
  json(text: string | null): void {
    if (text === null) {
      this.ascii('null');
      return;
    }
    this.#byte(QUOTE);
    this.text(text, JSON_STYLE);
    this.#byte(QUOTE);
  }

  newline(): void {
    this.#byte(NEWLINE);
  }

  #byte(byte: number): void {
    this.#room(ROOM);
    this.#bytes[this.#at++] = byte;
  }
}
