/**
 * What free cells still hold of deleted keys and values. Windows only turns the sign of a cell's size when it deletes, and
 * joins free neighbours; the records inside stay until something else is written over them.
 *
 * Every eighth byte that belongs to no allocated cell is looked at. A record counts when all of it is plausible: its
 * name fits before the next allocated cell and has no forbidden character, its time is sane, each offset is a place of
 * this hive. Data count only where no allocated cell lies over them; they may still have been overwritten by a later
 * deletion, which nothing can tell. All of it is told as recovered and never mixed into the living tree.
 */
import type { Hive, Node } from './hive.ts';

export interface RecoveredValue {
  readonly kind: 'value';
  /** Bytes from the start of the hive file: where the record lies. */
  readonly offset: number;
  readonly name: string;
  readonly type: number;
  /** Bytes of data that the record states. */
  readonly size: number;
  /** Null when the data have been overwritten, or more records share them than a hive has bytes for. */
  readonly data: Uint8Array | null;
  /** Path of the key it belonged to, a living or a recovered one; null when no list leads to it. */
  readonly key: string | null;
}

export interface RecoveredKey {
  readonly kind: 'key';
  readonly offset: number;
  readonly name: string;
  /** Names below the root key, divided by backslashes; begins with `?` where a parent is lost. */
  readonly path: string;
  /** Whether the parent is in the tree, was recovered too, or is lost. */
  readonly parent: 'live' | 'recovered' | 'lost';
  readonly lastWrite: bigint;
  /** Null when there is none, it has been overwritten, or more records share it than a hive has bytes for. */
  readonly className: string | null;
  readonly values: readonly RecoveredValue[];
}

export type Recovered = RecoveredKey | RecoveredValue;

const NIL = 0xffff_ffff;
const NK = 0x6b6e;
const VK = 0x6b76;
const DB = 0x6264;
const NK_SIZE = 76;
const VK_SIZE = 20;
const SEGMENT = 16_344;
const FIRST_BIN = 4096;
/** Windows allows 255 characters in the name of a key, 16,383 in that of a value. */
const MAX_KEY_NAME = 512;
const MAX_VALUE_NAME = 32_766;
/** Windows allows 512 keys one in another. */
const MAX_DEPTH = 512;
/** Units of paths for each byte of the hive: a record of 90 bytes has a path of some hundred. */
const PATH_UNITS = 8;
/** FILETIME halves of 1990 and 2100: what lies outside is no time of a key. */
const EARLIEST = 122_736_384_000_000_000n;
const LATEST = 157_469_184_000_000_000n;
/** Flags of a key node that Windows has ever set. */
const KEY_FLAGS = 0x53ff;
const PREDEFINED = 0x40;

interface FreeKey {
  readonly cell: Node;
  readonly name: string;
  readonly parent: Node;
}

/** A hive seen from its free cells. `isAllocated` tells of an offset whether an allocated cell begins there. */
export function* recover(hive: Hive, isAllocated: (cell: number) => boolean): Generator<Recovered> {
  yield* new Recovery(hive, isAllocated).all();
}

class Recovery {
  readonly #hive: Hive;
  readonly #isAllocated: (cell: number) => boolean;
  readonly #bins: Uint8Array;
  readonly #view: DataView;
  /** Bytes before the payload of a cell. */
  readonly #head: number;
  readonly #keys = new Map<Node, FreeKey>();
  readonly #values = new Set<number>();
  /** Starts and ends of what no allocated cell covers, in order. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  /** Lists, data and paths have their own bytes in a sound hive. These end what many hostile records share. */
  #entriesLeft: number;
  #bytesLeft: number;
  #unitsLeft: number;

  constructor(hive: Hive, isAllocated: (cell: number) => boolean) {
    this.#hive = hive;
    this.#isAllocated = isAllocated;
    this.#bins = hive.view().subarray(FIRST_BIN);
    this.#view = new DataView(this.#bins.buffer, this.#bins.byteOffset, this.#bins.byteLength);
    this.#entriesLeft = this.#bins.length;
    this.#bytesLeft = this.#bins.length * 4;
    this.#unitsLeft = this.#bins.length * PATH_UNITS;
    this.#head = hive.base.minor <= 1 ? 8 : 4;
  }

  *all(): Generator<Recovered> {
    this.#findFree();
    this.#findRecords();
    const owned = new Set<number>();
    for (const key of this.#keys.values()) {
      const at = key.cell + this.#head;
      const path = this.#path(key);
      const values: RecoveredValue[] = [];
      for (const cell of this.#listed(at)) {
        if (owned.has(cell)) continue;
        owned.add(cell);
        values.push(this.#value(cell, path));
      }
      yield {
        kind: 'key',
        offset: FIRST_BIN + key.cell,
        name: key.name,
        path,
        parent: this.#keys.has(key.parent) ? 'recovered' : this.#hive.isNode(key.parent) ? 'live' : 'lost',
        lastWrite: this.#view.getBigUint64(at + 4, true),
        className: this.#className(at),
        values,
      };
    }
    yield* this.#valuesOfLiving(owned);
    for (const cell of this.#values) if (!owned.has(cell)) yield this.#value(cell, null);
  }

  /** Lists of living keys keep the entries of values that were removed from their ends. */
  *#valuesOfLiving(owned: Set<number>): Generator<RecoveredValue> {
    if (this.#values.size === owned.size) return;
    const found: { cell: number; key: Node }[] = [];
    const walk = this.#hive.walk();
    for (let done = false; !done; ) {
      const { keys, done: last } = walk.step();
      for (let row = 0; row < keys.count; row++) {
        const key = keys.id[row]!;
        const at = key + this.#head;
        if ((this.#u16(at + 2) & PREDEFINED) !== 0) continue;
        const list = this.#u32(at + 40);
        if (!this.#isPlace(list) || !this.#isAllocated(list)) continue;
        const end = list + Math.min(-this.#view.getInt32(list, true), this.#bins.length - list);
        for (let entry = list + this.#head + this.#u32(at + 36) * 4; entry + 4 <= end; entry += 4) {
          if (this.#entriesLeft-- <= 0) break;
          const cell = this.#u32(entry);
          if (!this.#values.has(cell) || owned.has(cell)) continue;
          owned.add(cell);
          found.push({ cell, key });
        }
      }
      done = last;
    }
    for (const { cell, key } of found) yield this.#value(cell, this.#livePath(key).path);
  }

  #findFree(): void {
    const { length } = this.#bins;
    let start = -1;
    for (let at = 0; at < length; ) {
      const bin = (at & 4095) === 0 && this.#isBin(at);
      if (bin || this.#isAllocated(at)) {
        if (start >= 0) this.#addFree(start, at);
        start = -1;
        at += bin ? 32 : Math.min(-this.#view.getInt32(at, true), length - at);
        continue;
      }
      if (start < 0) start = at;
      at += 8;
    }
    if (start >= 0) this.#addFree(start, length);
  }

  #addFree(start: number, end: number): void {
    this.#starts.push(start);
    this.#ends.push(end);
  }

  #isBin(at: number): boolean {
    return at + 32 <= this.#bins.length && this.#u32(at) === 0x6e696268 && this.#u32(at + 4) === at;
  }

  #findRecords(): void {
    for (let i = 0; i < this.#starts.length; i++) {
      const end = this.#ends[i]!;
      for (let cell = this.#starts[i]!; cell + this.#head + VK_SIZE <= end; cell += 8) {
        const at = cell + this.#head;
        const signature = this.#u16(at);
        if (signature === NK) {
          const name = this.#keyName(at, end);
          if (name !== null) this.#keys.set(cell, { cell, name, parent: this.#u32(at + 16) });
        } else if (signature === VK && this.#isValue(cell, end)) this.#values.add(cell);
      }
    }
  }

  /** Name of the key whose record begins at `at`, null when it is none that can be believed. */
  #keyName(at: number, end: number): string | null {
    if (at + NK_SIZE > end) return null;
    const flags = this.#u16(at + 2);
    const time = this.#view.getBigUint64(at + 4, true);
    const length = this.#u16(at + 72);
    if ((flags & ~KEY_FLAGS) !== 0 || (time !== 0n && (time < EARLIEST || time > LATEST))) return null;
    if (length === 0 || length > MAX_KEY_NAME || length > end - at - NK_SIZE) return null;
    if (!this.#isPlace(this.#u32(at + 16))) return null;
    const most = this.#bins.length / 4;
    if (this.#u32(at + 20) > most || this.#u32(at + 36) > most) return null;
    for (const field of [28, 40, 44, 48]) {
      const offset = this.#u32(at + field);
      // A key without sub-keys, values or class may keep anything there; with them it must lead somewhere.
      const used =
        field === 28 ? this.#u32(at + 20) : field === 40 ? this.#u32(at + 36) : field === 48 ? this.#u16(at + 74) : 0;
      if (offset !== NIL && used !== 0 && !this.#isPlace(offset)) return null;
    }
    const name = this.#name(at + NK_SIZE, length, (flags & 0x20) !== 0);
    return name?.includes('\\') ? null : name;
  }

  #isValue(cell: number, end: number): boolean {
    const at = cell + this.#head;
    const length = this.#u16(at + 2);
    const flags = this.#u16(at + 16);
    const type = this.#u32(at + 12);
    if (length > MAX_VALUE_NAME || length > end - at - VK_SIZE || flags > 3) return false;
    // Types are small numbers; property stores use 0xffff as their upper half.
    if (type > 0xffff && type >>> 16 !== 0xffff) return false;
    const stated = this.#u32(at + 4);
    const size = stated & 0x7fff_ffff;
    if (stated > 0x7fff_ffff) {
      if (size > 4) return false;
    } else if (size > 0 && (size > this.#bins.length || !this.#isPlace(this.#u32(at + 8)))) return false;
    // Default values have any type (SAM keeps numbers of accounts there), but no name that could vouch for them.
    if (length === 0) return flags <= 1 && type <= 0xffff;
    return this.#name(at + VK_SIZE, length, (flags & 1) !== 0) !== null;
  }

  /** Null when it holds what no name holds. */
  #name(at: number, bytes: number, narrow: boolean): string | null {
    if (!narrow && (bytes & 1) !== 0) return null;
    let name = '';
    for (let i = 0; i < bytes; i += narrow ? 1 : 2) {
      const unit = narrow ? this.#bins[at + i]! : this.#u16(at + i);
      if (unit < 0x20) return null;
      name += String.fromCharCode(unit);
    }
    return name;
  }

  /** Free values in the list of the key record at `at`. */
  #listed(at: number): number[] {
    const list = this.#u32(at + 40);
    const count = this.#u32(at + 36);
    const cells: number[] = [];
    if (count === 0 || !this.#isPlace(list) || !this.#isFree(list + this.#head, 4)) return cells;
    for (let i = 0; i < count; i++) {
      const entry = list + this.#head + i * 4;
      if (!this.#isFree(entry, 4) || this.#entriesLeft-- <= 0) break;
      const cell = this.#u32(entry);
      if (this.#values.has(cell)) cells.push(cell);
    }
    return cells;
  }

  #value(cell: number, key: string | null): RecoveredValue {
    const at = cell + this.#head;
    const stated = this.#u32(at + 4);
    const size = stated & 0x7fff_ffff;
    const narrow = (this.#u16(at + 16) & 1) !== 0;
    return {
      kind: 'value',
      offset: FIRST_BIN + cell,
      name: this.#name(at + VK_SIZE, this.#u16(at + 2), narrow) ?? '',
      type: this.#u32(at + 12),
      size,
      data: stated > 0x7fff_ffff ? this.#bins.slice(at + 8, at + 8 + size) : this.#data(this.#u32(at + 8), size),
      key,
    };
  }

  /** Data in free cells; a cell that is too small for them (the cell's own size is what it was) has lost them. */
  #data(cell: number, size: number): Uint8Array | null {
    if (size === 0) return new Uint8Array(0);
    const at = cell + this.#head;
    if (this.#isFree(cell, this.#head + size) && Math.abs(this.#view.getInt32(cell, true)) >= size + this.#head)
      return this.#canCopy(size) ? this.#bins.slice(at, at + size) : null;
    if (size <= SEGMENT || !this.#isFree(cell, this.#head + 8) || this.#u16(at) !== DB) return null;
    const list = this.#u32(at + 4);
    const needed = Math.ceil(size / SEGMENT);
    if (this.#u16(at + 2) < needed || !this.#isPlace(list) || !this.#isFree(list, this.#head + needed * 4)) return null;
    this.#entriesLeft -= needed;
    if (this.#entriesLeft < 0) return null;
    const pieces: Uint8Array[] = [];
    for (let i = 0; i < needed; i++) {
      const piece = this.#u32(list + this.#head + i * 4);
      const length = Math.min(SEGMENT, size - i * SEGMENT);
      if (!this.#isPlace(piece) || !this.#isFree(piece, this.#head + length)) return null;
      pieces.push(this.#bins.subarray(piece + this.#head, piece + this.#head + length));
    }
    if (!this.#canCopy(size)) return null;
    const data = new Uint8Array(size);
    pieces.forEach((piece, i) => {
      data.set(piece, i * SEGMENT);
    });
    return data;
  }

  /** Only what is handed out is counted: records whose data are gone must not take the room of others. */
  #canCopy(size: number): boolean {
    if (size > this.#bytesLeft) return false;
    this.#bytesLeft -= size;
    return true;
  }

  /** Counts a name on a path; false when paths have become longer than any hive's. */
  #canName(name: string): boolean {
    this.#unitsLeft -= name.length + 1;
    return this.#unitsLeft >= 0;
  }

  #className(at: number): string | null {
    const length = this.#u16(at + 74);
    const cell = this.#u32(at + 48);
    if (length === 0 || !this.#isPlace(cell) || !this.#isFree(cell, this.#head + length)) return null;
    if (!this.#canCopy(length)) return null;
    return this.#name(cell + this.#head, length & ~1, false);
  }

  #path(key: FreeKey): string {
    const names = [key.name];
    const seen = new Set<Node>([key.cell]);
    let parent = key.parent;
    for (
      let next = this.#keys.get(parent);
      next !== undefined && !seen.has(parent) && seen.size < MAX_DEPTH && this.#canName(next.name);
      next = this.#keys.get(parent)
    ) {
      seen.add(parent);
      names.push(next.name);
      parent = next.parent;
    }
    const { path, whole } = this.#hive.isNode(parent) ? this.#livePath(parent) : { path: '', whole: false };
    if (path !== '') names.push(path);
    if (!whole) names.push('?');
    return names.reverse().join('\\');
  }

  /** Path of a key that is in the tree, by the parents that the nodes name. */
  #livePath(node: Node): { path: string; whole: boolean } {
    const names: string[] = [];
    const seen = new Set<Node>();
    let at: Node | null = node;
    for (; at !== null && at !== this.#hive.root() && !seen.has(at); at = this.#hive.nodeParent(at)) {
      const name = this.#hive.nodeName(at);
      if (seen.size >= MAX_DEPTH || !this.#canName(name)) break;
      seen.add(at);
      names.push(name);
    }
    return { path: names.reverse().join('\\'), whole: at === this.#hive.root() };
  }

  #isPlace(offset: number): boolean {
    return (offset & 7) === 0 && offset >= 32 && offset < this.#bins.length;
  }

  /** True when `length` bytes from `at` on lie in one free stretch. */
  #isFree(at: number, length: number): boolean {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! > at) high = middle;
      else low = middle + 1;
    }
    return low < this.#starts.length && this.#starts[low]! <= at && length <= this.#ends[low]! - at;
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, true);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, true);
  }
}
