/**
 * Cells and bins of a hive that is being written. Bins stand in segments of some MiB, so that a large hive is never
 * copied to grow; cells may be filled in at any time until the end.
 */

import { HivexError } from '../errors.ts';
import { baseChecksum } from '../log.ts';

const BIN_HEADER = 32;
const PAGE = 4096;
const LARGE_HIVE = 1 << 20;
const LARGE_BIN = 64 << 10;
const SEGMENT_BYTES = 4 << 20;
/** Bit 31 of a cell's offset marks volatile cells, which no file has. */
const MAX_BINS = 0x7fff_f000;
/** Bins whose rest is still tried for the next cells: a small cell fits behind a large one. */
const OPEN_BINS = 6;

export interface BaseFields {
  readonly root: number;
  readonly fileName: string;
  readonly lastWrite: bigint;
  readonly sequence1: number;
  readonly sequence2: number;
  readonly flags: number;
}

export class CellWriter {
  readonly #minor: number;
  /** Bytes of a cell before its payload: formats 1.0 and 1.1 also store the previous cell's offset. */
  readonly #head: number;
  readonly #segments: Uint8Array<ArrayBuffer>[] = [];
  /** Offset of each segment, counted from the first bin. */
  readonly #starts: number[] = [];
  /** What is free at the ends of open bins: offsets. */
  readonly #restAt: number[] = [];
  readonly #restEnd: number[] = [];
  /** End of the last bin. */
  #end = 0;
  /** The segment that the setters write to, the offsets it has, and where in it the open cell's payload begins. */
  #bytes = new Uint8Array(0);
  #from = 0;
  #to = 0;
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  constructor(minor: number) {
    this.#minor = minor;
    this.#head = minor <= 1 ? 8 : 4;
  }

  /** Allocates a cell of zeros and opens it for the setters. @returns its offset */
  cell(payload: number): number {
    const size = (payload + this.#head + 7) & ~7;
    const cell = this.#room(size);
    this.open(cell);
    this.#view.setInt32(this.#at - this.#head, -size, true);
    if (this.#head === 8) this.#view.setUint32(this.#at - 4, 0xffff_ffff, true);
    return cell;
  }

  /** The setters write to this cell's payload from now on. */
  open(cell: number): void {
    if (cell < this.#from || cell >= this.#to) this.#seek(cell);
    this.#at = cell - this.#from + this.#head;
  }

  #seek(cell: number): void {
    let low = 0;
    for (let high = this.#starts.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= cell) low = middle;
      else high = middle - 1;
    }
    this.#bytes = this.#segments[low]!;
    this.#view = new DataView(this.#bytes.buffer);
    this.#from = this.#starts[low]!;
    this.#to = this.#starts[low + 1] ?? this.#from + this.#bytes.length;
  }

  /** A cell with `data`, at least `room` bytes large. */
  blob(data: Uint8Array, room = 0): number {
    const cell = this.cell(Math.max(data.length, room));
    this.#bytes.set(data, this.#at);
    return cell;
  }

  /** A cell with a list of offsets. */
  offsets(cells: readonly number[]): number {
    const list = this.cell(cells.length * 4);
    for (let i = 0; i < cells.length; i++) this.u32(i * 4, cells[i]!);
    return list;
  }

  /** Two letters. */
  signature(text: string): void {
    this.u16(0, text.charCodeAt(0) | (text.charCodeAt(1) << 8));
  }
  u8(at: number, value: number): void {
    this.#bytes[this.#at + at] = value;
  }
  u16(at: number, value: number): void {
    this.#view.setUint16(this.#at + at, value, true);
  }
  u32(at: number, value: number): void {
    this.#view.setUint32(this.#at + at, value, true);
  }
  u64(at: number, value: bigint): void {
    this.#view.setBigUint64(this.#at + at, value, true);
  }
  bytes(at: number, data: Uint8Array): void {
    this.#bytes.set(data, this.#at + at);
  }
  /** A name as Latin-1 or UTF-16LE. */
  name(at: number, text: string, narrow: boolean): void {
    const to = this.#at + at;
    if (narrow) for (let i = 0; i < text.length; i++) this.#bytes[to + i] = text.charCodeAt(i);
    else for (let i = 0; i < text.length; i++) this.#view.setUint16(to + i * 2, text.charCodeAt(i), true);
  }

  /** Ends the bins. @returns the base block and the bins, in pieces */
  finish(base: BaseFields): Uint8Array[] {
    for (let i = 0; i < this.#restAt.length; i++) this.#free(i);
    const block = new Uint8Array(PAGE);
    const view = new DataView(block.buffer);
    block.set([0x72, 0x65, 0x67, 0x66]); // regf
    view.setUint32(4, base.sequence1, true);
    view.setUint32(8, base.sequence2, true);
    view.setBigUint64(12, base.lastWrite, true);
    view.setUint32(20, 1, true);
    view.setUint32(24, this.#minor, true);
    view.setUint32(32, 1, true); // format: direct memory load
    view.setUint32(36, base.root, true);
    view.setUint32(40, this.#end, true);
    view.setUint32(44, 1, true); // clustering factor
    const name = base.fileName.slice(-31);
    for (let i = 0; i < name.length; i++) view.setUint16(48 + i * 2, name.charCodeAt(i), true);
    view.setUint32(144, base.flags, true);
    view.setUint32(508, baseChecksum(view), true);
    // The first bin keeps the time as well: a base block that is lost is recovered by it.
    const first = this.#segments[0]!;
    new DataView(first.buffer).setBigUint64(20, base.lastWrite, true);
    return [
      block,
      ...this.#segments.map((one, i) => one.subarray(0, (this.#starts[i + 1] ?? this.#end) - this.#starts[i]!)),
    ];
  }

  /** Offset of `size` free bytes. */
  #room(size: number): number {
    for (let i = 0; i < this.#restAt.length; i++) {
      const at = this.#restAt[i]!;
      if (this.#restEnd[i]! - at < size) continue;
      this.#restAt[i] = at + size;
      return at;
    }
    return this.#newBin(size);
  }

  #newBin(cell: number): number {
    const start = this.#end;
    // A page a bin as Windows does it; in a large hive larger ones, whose ends lose less.
    const least = start < LARGE_HIVE ? PAGE : LARGE_BIN;
    const size = Math.max(least, Math.ceil((cell + BIN_HEADER) / PAGE) * PAGE);
    if (size > MAX_BINS - start)
      throw new HivexError('UnsupportedSize', start, 'a hive of at most 2 GiB', `${start + size} bytes and more`);
    const last = this.#starts.length - 1;
    if (last < 0 || size > this.#segments[last]!.length - (start - this.#starts[last]!)) {
      this.#segments.push(new Uint8Array(Math.max(size, SEGMENT_BYTES)));
      this.#starts.push(start);
      this.#to = Math.min(this.#to, start);
    }
    this.#end = start + size;
    this.open(start);
    const view = this.#view;
    const at = this.#at - this.#head;
    view.setUint32(at, 0x6e696268, true); // hbin
    view.setUint32(at + 4, start, true);
    view.setUint32(at + 8, size, true);
    this.#keepRest(start + BIN_HEADER + cell, start + size);
    return start + BIN_HEADER;
  }

  /** Remembers the rest of a bin in the place of the smallest one that is remembered. */
  #keepRest(at: number, end: number): void {
    let smallest = this.#restAt.length;
    if (smallest === OPEN_BINS) {
      smallest = 0;
      for (let i = 1; i < OPEN_BINS; i++)
        if (this.#restEnd[i]! - this.#restAt[i]! < this.#restEnd[smallest]! - this.#restAt[smallest]!) smallest = i;
      this.#free(smallest);
    }
    this.#restAt[smallest] = at;
    this.#restEnd[smallest] = end;
  }

  /** What is left of a bin becomes a free cell. */
  #free(i: number): void {
    const size = this.#restEnd[i]! - this.#restAt[i]!;
    if (size === 0) return;
    this.open(this.#restAt[i]!);
    this.#view.setInt32(this.#at - this.#head, size, true);
  }
}
