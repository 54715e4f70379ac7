/**
 * The cells of a hive that is not read to its end: each is fetched when it is needed, looked at, and marked in the engine's
 * map of cells, so that the engine lists keys and values as it does later, from what is there.
 *
 * What is fetched is what a row is made of: a key with the cells of its value list, class and descriptor; a list of
 * sub-keys with what it leads to; values with their data. Offsets are not yet known to be those of cells: what has the
 * shape of one counts. All marks are made anew when everything is there.
 */
import type { Exports } from './engine.ts';

const BASE_BLOCK = 4096;
const NK = 0x6b6e;
const VK = 0x6b76;
const DB = 0x6264;
const LF = 0x666c;
const LH = 0x686c;
const LI = 0x696c;
const RI = 0x6972;
const NIL = 0xffff_ffff;
const NK_SIZE = 76;
const VK_SIZE = 20;
const SEGMENT = 16_344;
const PREDEFINED = 0x40;
const MAX_LIST_DEPTH = 8;
/** Cells that one question may look at: far more than a key of Windows has, and soon over in a hostile hive. */
const MAX_LOOKS = 1_000_000;
/** A longer cell, which only a hostile hive has, can wait until everything is there. */
const MAX_CELL = 4 << 20;

export class EarlyCells {
  readonly #view: DataView;
  readonly #map: Uint8Array;
  readonly #bins: number;
  readonly #size: number;
  readonly #head: number;
  readonly #fetch: (offset: number, length: number) => void;
  #looks = 0;

  /**
   * @param file address of the file in the engine, whose base block has been read
   * @param fetch brings bytes of the file into the engine
   */
  constructor(wasm: Exports, file: number, fetch: (offset: number, length: number) => void) {
    const { buffer } = wasm.memory;
    this.#view = new DataView(buffer);
    this.#bins = file + BASE_BLOCK;
    this.#size = wasm.getBinsSize() >>> 0;
    this.#map = new Uint8Array(buffer, wasm.cellMapAddress() >>> 0, (this.#size >>> 6) + 1);
    this.#head = wasm.getMinor() <= 1 ? 8 : 4;
    this.#fetch = fetch;
  }

  /** Takes all marks away. */
  clear(): void {
    this.#map.fill(0);
  }

  /** What the row of a key is made of. @returns false when no key can be seen there */
  key(cell: number): boolean {
    this.#looks = 0;
    return this.#key(cell);
  }

  /** A key with the rows of its sub-keys. */
  children(cell: number): void {
    if (!this.key(cell)) return;
    const at = this.#at(cell);
    if (this.#u32(at + 20) !== 0) this.#list(this.#u32(at + 28), 0);
  }

  /** A key with the rows of its values, and their data. */
  values(cell: number): void {
    if (!this.key(cell)) return;
    const at = this.#at(cell);
    if ((this.#u16(at + 2) & PREDEFINED) !== 0) return;
    const list = this.#u32(at + 40);
    const count = Math.min(this.#u32(at + 36), this.#cell(list) >>> 2);
    for (let i = 0; i < count && this.#looks < MAX_LOOKS; i++) this.#value(this.#u32(this.#at(list) + i * 4));
  }

  /** A value with its data. */
  value(cell: number): void {
    this.#looks = 0;
    this.#value(cell);
  }

  #key(cell: number): boolean {
    if (this.#cell(cell) < NK_SIZE) return false;
    const at = this.#at(cell);
    if (this.#u16(at) !== NK) return false;
    for (const field of [40, 44, 48]) if (this.#u32(at + field) !== NIL) this.#cell(this.#u32(at + field));
    return true;
  }

  #list(cell: number, depth: number): void {
    const length = this.#cell(cell);
    if (length < 4 || depth > MAX_LIST_DEPTH) return;
    const at = this.#at(cell);
    const signature = this.#u16(at);
    const wide = signature === LF || signature === LH;
    if (!wide && signature !== LI && signature !== RI) return;
    const stride = wide ? 8 : 4;
    const count = Math.min(this.#u16(at + 2), Math.floor((length - 4) / stride));
    for (let i = 0; i < count && this.#looks < MAX_LOOKS; i++) {
      const entry = this.#u32(at + 4 + i * stride);
      if (signature === RI) this.#list(entry, depth + 1);
      else this.#key(entry);
    }
  }

  #value(cell: number): void {
    if (this.#cell(cell) < VK_SIZE) return;
    const at = this.#at(cell);
    const size = this.#u32(at + 4);
    // up to four bytes stand in the value itself
    if (this.#u16(at) !== VK || size === 0 || size >>> 31 === 1) return;
    const data = this.#u32(at + 8);
    const length = this.#cell(data);
    if (length >= size || size <= SEGMENT || length < 8 || this.#u16(this.#at(data)) !== DB) return;
    const pieces = this.#u32(this.#at(data) + 4);
    const count = Math.min(this.#u16(this.#at(data) + 2), this.#cell(pieces) >>> 2);
    for (let i = 0; i < count && this.#looks < MAX_LOOKS; i++) this.#cell(this.#u32(this.#at(pieces) + i * 4));
  }

  /** Fetches and marks a cell. @returns bytes of its payload, 0 when it is none or cannot be had yet */
  #cell(cell: number): number {
    this.#looks++;
    if (cell % 8 !== 0 || cell > this.#size - 8) return 0;
    const mark = 1 << ((cell >>> 3) & 7);
    const marked = (this.#map[cell >>> 6]! & mark) !== 0;
    if (!marked) this.#fetch(BASE_BLOCK + cell, 4);
    const length = -this.#view.getInt32(this.#bins + cell, true);
    if (marked) return length - this.#head;
    if (length < 8 || length % 8 !== 0 || length > Math.min(this.#size - cell, MAX_CELL)) return 0;
    this.#fetch(BASE_BLOCK + cell, length);
    this.#map[cell >>> 6]! |= mark;
    return length - this.#head;
  }

  #at(cell: number): number {
    return this.#bins + cell + this.#head;
  }
  #u16(at: number): number {
    return this.#view.getUint16(at, true);
  }
  #u32(at: number): number {
    return this.#view.getUint32(at, true);
  }
}
