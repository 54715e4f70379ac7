/** Keys and values as columns: one typed array a field, names in one array of UTF-16 units. */
import * as C from '../assembly/constants.ts';
import type { Exports } from './engine.ts';

export interface KeyColumns {
  readonly count: number;
  /** Cell offset of the key node, relative to the first hive bin; what every node function takes. */
  readonly id: Uint32Array;
  /** Cell offset of the key that lists this one; the root is its own parent. */
  readonly parent: Uint32Array;
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
  readonly names: Uint16Array;
  /** FILETIME halves. */
  readonly lastWriteLo: Uint32Array;
  readonly lastWriteHi: Uint32Array;
  /** 0 merge, 1 tombstone, 2 supersede local, 3 supersede tree; always 0 in a hive without layers. */
  readonly layerKind: Uint8Array;
  /** KeyFlag bits. */
  readonly flags: Uint16Array;
  /** Cell offset of the security descriptor, 0xffffffff when there is none. */
  readonly security: Uint32Array;
  readonly subkeys: Uint32Array;
  readonly values: Uint32Array;
}

export interface ValueColumns {
  readonly count: number;
  readonly key: Uint32Array;
  /** Cell offset of the value; what every value function takes. */
  readonly ref: Uint32Array;
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
  readonly names: Uint16Array;
  readonly type: Uint32Array;
  readonly size: Uint32Array;
  /** ValueFlag bits. */
  readonly flags: Uint8Array;
  /** FNV-1a of type, size (both 32-bit little-endian) and data, as halves. */
  readonly hashHi: Uint32Array;
  readonly hashLo: Uint32Array;
  /** Offset of the data in the file when they lie there in one piece; 0xffffffff for big, empty and damaged data. */
  readonly dataOffset: Uint32Array;
}

export const KeyFlag = {
  symlink: C.KEY_SYMLINK,
  inheritClass: C.KEY_INHERIT_CLASS,
  hasClass: C.KEY_HAS_CLASS,
  volatile: C.KEY_VOLATILE,
} as const;

export const ValueFlag = { tombstone: C.VALUE_TOMBSTONE, damaged: C.VALUE_DAMAGED } as const;

/** The engine's output windows as arrays. Valid while its memory does not grow, that is from `open` on. */
export class Windows {
  readonly id: Uint32Array;
  readonly parent: Uint32Array;
  readonly keyNameOffset: Uint32Array;
  readonly keyNameLength: Uint16Array;
  readonly keyNames: Uint16Array;
  readonly lastWriteLo: Uint32Array;
  readonly lastWriteHi: Uint32Array;
  readonly layerKind: Uint8Array;
  readonly keyFlags: Uint16Array;
  readonly security: Uint32Array;
  readonly subkeys: Uint32Array;
  readonly values: Uint32Array;
  readonly key: Uint32Array;
  readonly ref: Uint32Array;
  readonly valueNameOffset: Uint32Array;
  readonly valueNameLength: Uint16Array;
  readonly valueNames: Uint16Array;
  readonly type: Uint32Array;
  readonly size: Uint32Array;
  readonly valueFlags: Uint8Array;
  readonly hashHi: Uint32Array;
  readonly hashLo: Uint32Array;
  readonly dataOffset: Uint32Array;
  /** The whole memory as words. */
  readonly u32: Uint32Array<ArrayBuffer>;
  readonly #wasm: Exports;

  constructor(wasm: Exports) {
    const { buffer } = wasm.memory;
    this.u32 = new Uint32Array(buffer);
    const key = (column: number) => new Uint32Array(buffer, wasm.keyColumn(column) >>> 0, C.KEY_ROWS);
    const value = (column: number) => new Uint32Array(buffer, wasm.valueColumn(column) >>> 0, C.VALUE_ROWS);
    const names = (address: number) => new Uint16Array(buffer, address >>> 0, C.NAME_UNITS);
    this.#wasm = wasm;
    this.id = key(0);
    this.parent = key(1);
    this.keyNameOffset = key(2);
    this.keyNameLength = new Uint16Array(buffer, wasm.keyColumn(3) >>> 0, C.KEY_ROWS);
    this.keyNames = names(wasm.keyNamesAddress());
    this.lastWriteLo = key(4);
    this.lastWriteHi = key(5);
    this.layerKind = new Uint8Array(buffer, wasm.keyColumn(6) >>> 0, C.KEY_ROWS);
    this.keyFlags = new Uint16Array(buffer, wasm.keyColumn(7) >>> 0, C.KEY_ROWS);
    this.security = key(8);
    this.subkeys = key(9);
    this.values = key(10);
    this.key = value(0);
    this.ref = value(1);
    this.valueNameOffset = value(2);
    this.valueNameLength = new Uint16Array(buffer, wasm.valueColumn(3) >>> 0, C.VALUE_ROWS);
    this.valueNames = names(wasm.valueNamesAddress());
    this.type = value(4);
    this.size = value(5);
    this.valueFlags = new Uint8Array(buffer, wasm.valueColumn(6) >>> 0, C.VALUE_ROWS);
    this.hashHi = value(7);
    this.hashLo = value(8);
    this.dataOffset = value(9);
  }

  /** Copies the key rows out. */
  takeKeys(): KeyColumns {
    const count = this.#wasm.keyCount();
    return {
      count,
      id: this.id.slice(0, count),
      parent: this.parent.slice(0, count),
      nameOffset: this.keyNameOffset.slice(0, count),
      nameLength: this.keyNameLength.slice(0, count),
      names: this.keyNames.slice(0, used(count, this.keyNameOffset, this.keyNameLength)),
      lastWriteLo: this.lastWriteLo.slice(0, count),
      lastWriteHi: this.lastWriteHi.slice(0, count),
      layerKind: this.layerKind.slice(0, count),
      flags: this.keyFlags.slice(0, count),
      security: this.security.slice(0, count),
      subkeys: this.subkeys.slice(0, count),
      values: this.values.slice(0, count),
    };
  }

  /** Copies the value rows out. */
  takeValues(): ValueColumns {
    const count = this.#wasm.valueRowCount();
    return {
      count,
      key: this.key.slice(0, count),
      ref: this.ref.slice(0, count),
      nameOffset: this.valueNameOffset.slice(0, count),
      nameLength: this.valueNameLength.slice(0, count),
      names: this.valueNames.slice(0, used(count, this.valueNameOffset, this.valueNameLength)),
      type: this.type.slice(0, count),
      size: this.size.slice(0, count),
      flags: this.valueFlags.slice(0, count),
      hashHi: this.hashHi.slice(0, count),
      hashLo: this.hashLo.slice(0, count),
      dataOffset: this.dataOffset.slice(0, count),
    };
  }
}

/** Units of the names of `count` rows: they stand one behind the other. */
function used(count: number, offset: Uint32Array, length: Uint16Array): number {
  return count === 0 ? 0 : offset[count - 1]! + length[count - 1]!;
}

/** Joins batches of one listing; names move along. */
export function joinKeys(parts: readonly KeyColumns[]): KeyColumns {
  if (parts.length === 1) return parts[0]!;
  const { nameOffset, names: joined } = joinNames(parts);
  const u32 = (pick: (part: KeyColumns) => Uint32Array) => join(parts.map(pick), Uint32Array);
  const u16 = (pick: (part: KeyColumns) => Uint16Array) => join(parts.map(pick), Uint16Array);
  return {
    count: nameOffset.length,
    id: u32((p) => p.id),
    parent: u32((p) => p.parent),
    nameOffset,
    nameLength: u16((p) => p.nameLength),
    names: joined,
    lastWriteLo: u32((p) => p.lastWriteLo),
    lastWriteHi: u32((p) => p.lastWriteHi),
    layerKind: join(
      parts.map((p) => p.layerKind),
      Uint8Array,
    ),
    flags: u16((p) => p.flags),
    security: u32((p) => p.security),
    subkeys: u32((p) => p.subkeys),
    values: u32((p) => p.values),
  };
}

export function joinValues(parts: readonly ValueColumns[]): ValueColumns {
  if (parts.length === 1) return parts[0]!;
  const { nameOffset, names: joined } = joinNames(parts);
  const u32 = (pick: (part: ValueColumns) => Uint32Array) => join(parts.map(pick), Uint32Array);
  return {
    count: nameOffset.length,
    key: u32((p) => p.key),
    ref: u32((p) => p.ref),
    nameOffset,
    nameLength: join(
      parts.map((p) => p.nameLength),
      Uint16Array,
    ),
    names: joined,
    type: u32((p) => p.type),
    size: u32((p) => p.size),
    flags: join(
      parts.map((p) => p.flags),
      Uint8Array,
    ),
    hashHi: u32((p) => p.hashHi),
    hashLo: u32((p) => p.hashLo),
    dataOffset: u32((p) => p.dataOffset),
  };
}

type Column = Uint8Array | Uint16Array | Uint32Array;

function join<T extends Column>(parts: readonly T[], type: new (length: number) => T): T {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new type(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

interface Named {
  readonly nameOffset: Uint32Array;
  readonly names: Uint16Array;
}

function joinNames(parts: readonly Named[]): Named {
  const nameOffset = join(
    parts.map((p) => p.nameOffset),
    Uint32Array,
  );
  let row = 0;
  let base = 0;
  for (const part of parts) {
    for (let i = 0; i < part.nameOffset.length; i++) nameOffset[row++]! += base;
    base += part.names.length;
  }
  return {
    nameOffset,
    names: join(
      parts.map((p) => p.names),
      Uint16Array,
    ),
  };
}

/** Name of one row. */
export function nameOf(rows: Named & { readonly nameLength: Uint16Array }, row: number): string {
  const start = rows.nameOffset[row]!;
  return text(rows.names, start, start + rows.nameLength[row]!);
}

/** Units to text, cut into pieces that a call takes as arguments. Lone surrogates stay. */
export function text(units: Uint16Array, start: number, end: number): string {
  let all = '';
  for (let at = start; at < end; at += 4096)
    all += String.fromCharCode.apply(null, units.subarray(at, Math.min(end, at + 4096)) as unknown as number[]);
  return all;
}
