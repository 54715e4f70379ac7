/** Lines as bytes in one buffer that is emptied when it is full. */
import { JSON_STYLE, putAscii, putUnits, type Style, UNIT_BYTES } from './text-bytes.ts';

const CAPACITY = 1 << 18;
/** Units or bytes written between two looks at the room: a piece of any length goes through the one buffer. */
const PIECE = 1 << 14;
const ROOM = PIECE * UNIT_BYTES;
const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const NEWLINE = 0x0a;
const QUOTE = 0x22;

export class ByteWriter {
  readonly #bytes = new Uint8Array(CAPACITY);
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
      let at = this.#at;
      for (let i = from; i < end; i++) this.#bytes[at++] = bytes[i]!;
      this.#at = at;
    }
  }

  hex(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += PIECE) {
      this.#room(ROOM);
      const end = Math.min(bytes.length, from + PIECE);
      const to = this.#bytes;
      let at = this.#at;
      for (let i = from; i < end; i++) {
        const byte = bytes[i]!;
        to[at++] = DIGITS[byte >> 4]!;
        to[at++] = DIGITS[byte & 15]!;
      }
      this.#at = at;
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
