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

/**
 * Names of rows in any order. Files of a directory were mostly made one after the other, so their names lie behind each
 * other in the pool as well: such runs are copied at once.
 */
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
    units += sum(chunk.nameLength, chunk.count) + (chunk.shortLength ? sum(chunk.shortLength, chunk.count) : 0);
  }
  const names = new Uint16Array(units);
  const run = new UnitRun(names);
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
    const { names: pool, shortOffset } = chunk;
    const i = item - starts[which]!;
    const length = chunk.nameLength[i]!;
    const offset = chunk.nameOffset[i]!;
    if (length > pool.length - offset) invalid++;
    else {
      if (pool !== run.pool || offset !== run.end) run.begin(pool, offset, at);
      run.end = offset + length;
      at += nameLength[row] = length;
    }
    const short = chunk.shortLength?.[i] ?? 0;
    if (short === 0 || shortOffset === undefined) continue;
    const shortAt = shortOffset[i]!;
    if (short > pool.length - shortAt) invalid++;
    else {
      if (pool !== run.pool || shortAt !== run.end) run.begin(pool, shortAt, at);
      run.end = shortAt + short;
      at += shortLength[row] = short;
    }
  }
  run.copy();
  return { names: at === units ? names : names.slice(0, at), nameOffset, nameLength, shortLength, invalid };
}

/** As `gatherNames` without short names and with the pools as they came, for a table that only tells names. */
export function poolNames(chunks: readonly NameParts[], order: Uint32Array): NamePool {
  const nameOffset = new Uint32Array(order.length);
  const nameLength = new Uint16Array(order.length);
  const starts: number[] = [];
  const bases: number[] = [];
  let items = 0;
  let units = 0;
  for (const { count, names } of chunks) {
    starts.push(items);
    bases.push(units);
    items += count;
    units += names.length;
  }
  const names = new Uint16Array(units);
  for (let i = 0; i < chunks.length; i++) names.set(chunks[i]!.names, bases[i]!);
  let invalid = 0;
  let which = 0;
  for (let row = 0; row < order.length; row++) {
    const item = order[row]! - 1;
    if (item < 0 || item >= items) continue;
    if (item < starts[which]! || item >= starts[which]! + chunks[which]!.count) which = chunkOf(starts, item);
    const chunk = chunks[which]!;
    const i = item - starts[which]!;
    const offset = chunk.nameOffset[i]!;
    const length = chunk.nameLength[i]!;
    if (length > chunk.names.length - offset) {
      invalid++;
      continue;
    }
    nameOffset[row] = bases[which]! + offset;
    nameLength[row] = length;
  }
  return { names, nameOffset, nameLength, shortLength: new Uint8Array(order.length), invalid };
}

function sum(lengths: ArrayLike<number>, count: number): number {
  let all = 0;
  for (let i = 0; i < count; i++) all += lengths[i]!;
  return all;
}

/** Units that lie behind each other in a pool and go behind each other: copied when the next ones lie elsewhere. */
class UnitRun {
  pool: Uint16Array | null = null;
  end = 0;
  readonly #to: Uint16Array;
  #start = 0;
  #at = 0;

  constructor(to: Uint16Array) {
    this.#to = to;
  }

  /** Copies what the run has and begins one at `start` of `pool`, whose units go to `at`. */
  begin(pool: Uint16Array, start: number, at: number): void {
    this.copy();
    this.pool = pool;
    this.#start = start;
    this.#at = at;
  }

  copy(): void {
    if (this.pool !== null) this.#to.set(this.pool.subarray(this.#start, this.end), this.#at);
  }
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
