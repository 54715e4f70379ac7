/** Cells and bins of a hive being written: what `hive-builder.ts` allocates and fills. */
import { utf16leBytes } from '../base/utf16.ts';

const BASE_BLOCK = 4096;
const BIN_HEADER = 32;

export interface BaseFields {
  readonly root: number;
  readonly fileName: string;
  readonly lastWrite: bigint;
  readonly sequence1: number;
  readonly sequence2: number;
  readonly flags: number;
}

/** Bytes of text whose units are all below 256, else null. */
export function latin1(text: string): Uint8Array | null {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0xff) return null;
    bytes[i] = text.charCodeAt(i);
  }
  return bytes;
}

/** Sets the checksum of a base block: XOR of its first 127 words, 0 and -1 avoided. */
export function setChecksum(hive: Uint8Array): void {
  const view = new DataView(hive.buffer, hive.byteOffset, hive.byteLength);
  let sum = 0;
  for (let i = 0; i < 508; i += 4) sum ^= view.getInt32(i, true);
  if (sum === 0) sum = 1;
  if (sum === -1) sum = -2;
  view.setInt32(508, sum, true);
}

export class HiveWriter {
  readonly #minor: number;
  /** Bytes of a cell before its payload: formats 1.0 and 1.1 also store the previous cell's offset. */
  readonly #head: number;
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  /** End of the current bin, and of its last cell, in bytes from the first bin. */
  #binEnd = 0;
  #next = 0;

  constructor(minor: number) {
    this.#minor = minor;
    this.#head = minor <= 1 ? 8 : 4;
  }

  /** Allocates a cell. @returns its offset */
  cell(payload: number): number {
    const size = (payload + this.#head + 7) & ~7;
    if (size > this.#binEnd - this.#next) this.#newBin(size);
    const cell = this.#next;
    this.#view.setInt32(BASE_BLOCK + cell, -size, true);
    if (this.#head === 8) this.u32(BASE_BLOCK + cell + 4, 0xffff_ffff);
    this.#next += size;
    return cell;
  }

  /** Place in the file of a cell's payload, for the setters. */
  payload(cell: number): number {
    return BASE_BLOCK + cell + this.#head;
  }

  /** A cell with `data`, at least `room` bytes large. */
  blob(data: Uint8Array, room = data.length): number {
    const cell = this.cell(Math.max(data.length, room));
    this.bytes(this.payload(cell), data);
    return cell;
  }

  /** A cell with a list of offsets. */
  offsets(cells: readonly number[]): number {
    const list = this.cell(cells.length * 4);
    cells.forEach((cell, i) => {
      this.u32(this.payload(list) + i * 4, cell);
    });
    return list;
  }

  name(text: string): { readonly bytes: Uint8Array; readonly compressed: boolean } {
    const narrow = latin1(text);
    return narrow === null ? { bytes: utf16leBytes(text), compressed: false } : { bytes: narrow, compressed: true };
  }

  u8(at: number, value: number): void {
    this.#view.setUint8(at, value);
  }
  u16(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }
  u32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }
  u64(at: number, value: bigint): void {
    this.#view.setBigUint64(at, value, true);
  }
  bytes(at: number, data: Uint8Array): void {
    this.#bytes.set(data, at);
  }
  ascii(at: number, text: string): void {
    for (let i = 0; i < text.length; i++) this.u8(at + i, text.charCodeAt(i));
  }

  /** Closes the last bin and writes the base block. */
  finish(base: BaseFields): Uint8Array {
    this.#closeBin();
    const hive = this.#bytes.slice(0, BASE_BLOCK + this.#binEnd);
    const view = new DataView(hive.buffer);
    hive.set([0x72, 0x65, 0x67, 0x66]);
    view.setUint32(4, base.sequence1, true);
    view.setUint32(8, base.sequence2, true);
    view.setBigUint64(12, base.lastWrite, true);
    view.setUint32(20, 1, true);
    view.setUint32(24, this.#minor, true);
    view.setUint32(32, 1, true);
    view.setUint32(36, base.root, true);
    view.setUint32(40, this.#binEnd, true);
    view.setUint32(44, 1, true);
    hive.set(utf16leBytes(base.fileName.slice(-31)), 48);
    view.setUint32(144, base.flags, true);
    setChecksum(hive);
    if (this.#binEnd > 0) view.setBigUint64(BASE_BLOCK + 20, base.lastWrite, true);
    return hive;
  }

  #closeBin(): void {
    const free = this.#binEnd - this.#next;
    if (free >= 8) this.#view.setInt32(BASE_BLOCK + this.#next, free, true);
  }

  #newBin(cell: number): void {
    this.#closeBin();
    const at = this.#binEnd;
    const size = Math.ceil((cell + BIN_HEADER) / 4096) * 4096;
    const end = BASE_BLOCK + at + size;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.ascii(BASE_BLOCK + at, 'hbin');
    this.u32(BASE_BLOCK + at + 4, at);
    this.u32(BASE_BLOCK + at + 8, size);
    this.#binEnd = at + size;
    this.#next = at + BIN_HEADER;
  }
}
