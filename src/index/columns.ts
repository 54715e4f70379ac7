/** Columns as they arrive (many chunks) and as they are kept (one array in row order). */
export type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;
export type ColumnType<T extends Column = Column> = new (length: number) => T;

/** The parts of one column, each `counts[i]` values long, joined. */
export function concat<T extends Column>(
  Type: ColumnType<T>,
  parts: readonly T[],
  counts: readonly number[],
  total: number,
): T {
  const all = new Type(total);
  let at = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    all.set(part.length === counts[i] ? part : part.subarray(0, counts[i]), at);
    at += counts[i]!;
  }
  return all;
}

/**
 * Values of `flat` in the order of `order` (1-based items; 0 and what lies beyond the column become 0).
 * @returns the column, or null when everything in it is zero
 */
export function gather<T extends Column>(Type: ColumnType<T>, flat: T, order: Uint32Array): T | null {
  const column = new Type(order.length);
  const items = flat.length;
  let used = false;
  for (let row = 0; row < order.length; row++) {
    const item = order[row]!;
    if (item === 0 || item > items) continue;
    const value = flat[item - 1]!;
    if (value !== 0) {
      column[row] = value;
      used = true;
    }
  }
  return used ? column : null;
}

/** True when all items stand in the order of rows already (1, 2, 3 ...), as they do in a WIM: then nothing has to be gathered. */
export function isInOrder(order: Uint32Array, items: number): boolean {
  if (order.length !== items + 1) return false;
  for (let row = 0; row < order.length; row++) if (order[row] !== row) return false;
  return true;
}

/** As `concat` and `gather` in one for items that are in order: row 0 has no item and stays 0. */
export function place<T extends Column>(
  Type: ColumnType<T>,
  parts: readonly T[],
  counts: readonly number[],
  rows: number,
): T | null {
  const column = new Type(rows);
  let at = 1;
  let used = false;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!.length === counts[i] ? parts[i]! : parts[i]!.subarray(0, counts[i]);
    column.set(part, at);
    at += counts[i]!;
    used ||= !isZero(part, part.length);
  }
  return used ? column : null;
}

/** True when the first `count` values are zero: looked at as whole words where the array lies so that it can be. */
function isZero(column: Column, count: number): boolean {
  const { buffer, byteOffset, BYTES_PER_ELEMENT } = column;
  const words = byteOffset % 4 === 0 ? (count * BYTES_PER_ELEMENT) >> 2 : 0;
  const view = new Int32Array(buffer, byteOffset - (byteOffset % 4), words);
  for (let i = 0; i < words; i++) if (view[i] !== 0) return false;
  for (let i = Math.floor((words * 4) / BYTES_PER_ELEMENT); i < count; i++) if (column[i] !== 0) return false;
  return true;
}

/** One array of zeros for all columns of a type that hold nothing else: images without hashes pay nothing for them. */
export class ZeroColumns {
  readonly #count: number;
  readonly #made = new Map<unknown, Column>();

  constructor(count: number) {
    this.#count = count;
  }

  of<T extends Column>(Type: ColumnType<T>): T {
    let zeros = this.#made.get(Type) as T | undefined;
    if (zeros === undefined) {
      zeros = new Type(this.#count);
      this.#made.set(Type, zeros);
    }
    return zeros;
  }
}

/**
 * Names in row order in one pool, each followed by its short name: a run of rows is then one run of units, which a
 * kernel takes with a single copy.
 * @param order 1-based items by row; items without a chunk (root, orphan directory) get an empty name
 */
export interface NameParts {
  readonly names: Uint16Array;
  readonly count: number;
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
  readonly shortOffset?: Uint32Array;
  readonly shortLength?: Uint8Array;
}

export interface NamePool {
  readonly names: Uint16Array;
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
  readonly shortLength: Uint8Array;
  /** Items whose name points outside its pool: their names are empty now. */
  readonly invalid: number;
}

export function gatherNames(chunks: readonly NameParts[], order: Uint32Array): NamePool {
  return placeNames(chunks, order) ?? gatherEach(chunks, order);
}

/**
 * Names that are in order and stand back to back, as file systems without short names send them: whole pools are copied.
 * @returns null when they do not
 */
function placeNames(chunks: readonly NameParts[], order: Uint32Array): NamePool | null {
  let items = 0;
  for (const { count } of chunks) items += count;
  if (!isInOrder(order, items)) return null;
  let units = 0;
  for (const { count, names, nameOffset, nameLength, shortLength } of chunks) {
    let at = 0;
    if (shortLength !== undefined && !isZero(shortLength, count)) return null;
    for (let i = 0; i < count; i++) {
      if (nameOffset[i] !== at) return null;
      at += nameLength[i]!;
    }
    if (at > names.length) return null;
    units += at;
  }
  const names = new Uint16Array(units);
  const nameOffset = new Uint32Array(order.length);
  const nameLength = new Uint16Array(order.length);
  let row = 1;
  let base = 0;
  for (const chunk of chunks) {
    const { count, nameLength: lengths, nameOffset: offsets } = chunk;
    nameLength.set(lengths.subarray(0, count), row);
    for (let i = 0; i < count; i++) nameOffset[row + i] = base + offsets[i]!;
    row += count;
    const used = count === 0 ? 0 : offsets[count - 1]! + lengths[count - 1]!;
    names.set(chunk.names.subarray(0, used), base);
    base += used;
  }
  return { names, nameOffset, nameLength, shortLength: new Uint8Array(order.length), invalid: 0 };
}

function gatherEach(chunks: readonly NameParts[], order: Uint32Array): NamePool {
  const nameOffset = new Uint32Array(order.length);
  const nameLength = new Uint16Array(order.length);
  const shortLength = new Uint8Array(order.length);
  const starts: number[] = [];
  let items = 0;
  let units = 0;
  for (const chunk of chunks) {
    starts.push(items);
    items += chunk.count;
    for (let i = 0; i < chunk.count; i++) units += chunk.nameLength[i]! + (chunk.shortLength?.[i] ?? 0);
  }
  const names = new Uint16Array(units);
  let at = 0;
  let invalid = 0;
  let which = 0;
  for (let row = 0; row < order.length; row++) {
    const item = order[row]! - 1;
    nameOffset[row] = at;
    if (item < 0 || item >= items) continue;
    // Neighbouring rows mostly come from one chunk, so the last one is tried first.
    if (item < starts[which]! || item >= starts[which]! + chunks[which]!.count) which = chunkOf(starts, item);
    const chunk = chunks[which]!;
    const i = item - starts[which]!;
    const long = copyUnits(names, at, chunk.names, chunk.nameOffset[i]!, chunk.nameLength[i]!);
    if (long < 0) invalid++;
    else at += nameLength[row] = long;
    if (chunk.shortLength && chunk.shortOffset && chunk.shortLength[i]! > 0) {
      const short = copyUnits(names, at, chunk.names, chunk.shortOffset[i]!, chunk.shortLength[i]!);
      if (short < 0) invalid++;
      else at += shortLength[row] = short;
    }
  }
  return { names: at === units ? names : names.slice(0, at), nameOffset, nameLength, shortLength, invalid };
}

/** @returns `length`, or -1 when the pool does not hold them */
function copyUnits(to: Uint16Array, at: number, pool: Uint16Array, offset: number, length: number): number {
  if (length > pool.length - offset) return -1;
  for (let k = 0; k < length; k++) to[at + k] = pool[offset + k]!;
  return length;
}

/** Index of the last start that is not above `item`. */
function chunkOf(starts: readonly number[], item: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= item) low = middle;
    else high = middle - 1;
  }
  return low;
}
