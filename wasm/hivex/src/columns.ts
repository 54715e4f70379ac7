/** Keys and values as columns: one typed array a field, names in one array of UTF-16 units. */
import * as C from '../assembly/constants.ts';
import type { Engine } from './engine.ts';

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
}

export const KeyFlag = {
  symlink: C.KEY_SYMLINK,
  inheritClass: C.KEY_INHERIT_CLASS,
  hasClass: C.KEY_HAS_CLASS,
  volatile: C.KEY_VOLATILE,
} as const;

export const ValueFlag = { tombstone: C.VALUE_TOMBSTONE, damaged: C.VALUE_DAMAGED } as const;

function names(buffer: ArrayBufferLike, address: number, offset: Uint32Array, length: Uint16Array): Uint16Array {
  const last = offset.length - 1;
  const units = last < 0 ? 0 : offset[last]! + length[last]!;
  return new Uint16Array(buffer, address, units).slice();
}

/** Copies the key window out of the engine. */
export function takeKeys({ wasm }: Engine): KeyColumns {
  const { buffer } = wasm.memory;
  const count = wasm.keyCount();
  const u32 = (column: number) => new Uint32Array(buffer, wasm.keyColumn(column) >>> 0, count).slice();
  const u16 = (column: number) => new Uint16Array(buffer, wasm.keyColumn(column) >>> 0, count).slice();
  const nameOffset = u32(2);
  const nameLength = u16(3);
  return {
    count,
    id: u32(0),
    parent: u32(1),
    nameOffset,
    nameLength,
    names: names(buffer, wasm.keyNamesAddress() >>> 0, nameOffset, nameLength),
    lastWriteLo: u32(4),
    lastWriteHi: u32(5),
    layerKind: new Uint8Array(buffer, wasm.keyColumn(6) >>> 0, count).slice(),
    flags: u16(7),
    security: u32(8),
    subkeys: u32(9),
    values: u32(10),
  };
}

/** Copies the value window out of the engine. */
export function takeValues({ wasm }: Engine): ValueColumns {
  const { buffer } = wasm.memory;
  const count = wasm.valueRowCount();
  const u32 = (column: number) => new Uint32Array(buffer, wasm.valueColumn(column) >>> 0, count).slice();
  const nameOffset = u32(2);
  const nameLength = new Uint16Array(buffer, wasm.valueColumn(3) >>> 0, count).slice();
  return {
    count,
    key: u32(0),
    ref: u32(1),
    nameOffset,
    nameLength,
    names: names(buffer, wasm.valueNamesAddress() >>> 0, nameOffset, nameLength),
    type: u32(4),
    size: u32(5),
    flags: new Uint8Array(buffer, wasm.valueColumn(6) >>> 0, count).slice(),
    hashHi: u32(7),
    hashLo: u32(8),
  };
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
