/**
 * The two kinds of table of a Zstandard block: FSE (a state leads to a symbol and to the bits of the next state) and
 * Huffman (bits lead to a symbol). Read forwards from `bytes`, which has 8 bytes of slack behind everything that is asked.
 */

/** What is wrong with a block; the reader says where. */
export class ZstdDamage {
  readonly actual: string;
  constructor(actual: string) {
    this.actual = actual;
  }
}

export function damaged(actual: string): never {
  throw new ZstdDamage(actual);
}

export interface FseTable {
  readonly log: number;
  readonly symbol: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
}

export interface HuffmanTable {
  readonly log: number;
  /** Symbol in bits 0 to 7, its length above. */
  readonly entries: Uint16Array;
}

const MAX_HUFFMAN_BITS = 11;

/** The table of one symbol that costs no bits. */
export function rleTable(symbol: number): FseTable {
  return { log: 0, symbol: Uint8Array.of(symbol), bits: new Uint8Array(1), base: new Uint16Array(1) };
}

/** @param counts probabilities, -1 for "less than one"; their sum is 2^log */
export function buildFse(counts: ArrayLike<number>, log: number): FseTable {
  const size = 1 << log;
  const symbol = new Uint8Array(size);
  const next = new Uint16Array(counts.length);
  let high = size;
  for (let s = 0; s < counts.length; s++) {
    if (counts[s] === -1) {
      symbol[--high] = s;
      next[s] = 1;
    } else next[s] = counts[s]!;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (let s = 0; s < counts.length; s++)
    for (let i = 0; i < counts[s]!; i++) {
      symbol[at] = s;
      // the step has no divisor in common with the size: each place is met once, those at the end are passed
      do at = (at + step) & (size - 1);
      while (at >= high && high > 0);
    }
  const bits = new Uint8Array(size);
  const base = new Uint16Array(size);
  for (let i = 0; i < size; i++) {
    const state = next[symbol[i]!]!++;
    bits[i] = log - (31 - Math.clz32(state));
    base[i] = (state << bits[i]!) - size;
  }
  return { log, symbol, bits, base };
}

/** @returns the table of the description at `at` and where it ends */
export function readFse(bytes: Uint8Array, at: number, end: number, maxLog: number, maxSymbol: number) {
  const log = (bytes[at]! & 15) + 5;
  if (at >= end || log > maxLog) damaged(`an FSE table of 2^${log} states`);
  let bit = at * 8 + 4;
  const take = (count: number): number => {
    if (bit + count > end * 8) damaged('an FSE table that is cut off');
    const p = bit >> 3;
    const value = (bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16)) >> (bit & 7);
    bit += count;
    return value & ((1 << count) - 1);
  };
  const counts: number[] = [];
  let left = 1 << log;
  while (left > 0 && counts.length <= maxSymbol) {
    const width = 32 - Math.clz32(left + 1);
    // the last bit is there only when the value needs it: at the end of the data it may be cut off
    const few = take(width - 1);
    const threshold = (1 << width) - 2 - left;
    let value = few;
    if (few >= threshold) {
      value += take(1) << (width - 1);
      if (value >= 1 << (width - 1)) value -= threshold;
    }
    const count = value - 1;
    left -= Math.abs(count);
    counts.push(count);
    if (count !== 0) continue;
    for (let repeat = 3; repeat === 3; ) {
      repeat = take(2);
      for (let i = 0; i < repeat; i++) counts.push(0);
      if (counts.length > maxSymbol + 1) damaged('an FSE table of too many symbols');
    }
  }
  if (left !== 0 || counts.length > maxSymbol + 1) damaged('an FSE table whose sum is wrong');
  return { table: buildFse(counts, log), end: (bit + 7) >> 3 };
}

/** Bits of a stream that is read backwards, counted from its first byte; the highest bit set is its end. */
export function bitsOf(bytes: Uint8Array, at: number, end: number): number {
  if (end <= at || bytes[end - 1] === 0) damaged('a bit stream without its end mark');
  return (end - at) * 8 + 23 - Math.clz32(bytes[end - 1]!);
}

function weightsByFse(bytes: Uint8Array, at: number, end: number): number[] {
  const { table, end: start } = readFse(bytes, at, end, 6, 255);
  let left = bitsOf(bytes, start, end);
  const take = (count: number): number => {
    left -= count;
    const low = Math.max(left, 0);
    const p = start + (low >> 3);
    const value = ((bytes[p]! | (bytes[p + 1]! << 8)) >> (low & 7)) & ((1 << (count + Math.min(left, 0))) - 1);
    return left < 0 ? value << -left : value;
  };
  let [now, other] = [take(table.log), take(table.log)];
  if (left < 0) damaged('Huffman weights that are cut off');
  const weights: number[] = [];
  for (;;) {
    weights.push(table.symbol[now]!);
    if (weights.length > 254) damaged('too many Huffman weights');
    if (left < table.bits[now]!) {
      weights.push(table.symbol[other]!);
      return weights;
    }
    [now, other] = [other, table.base[now]! + take(table.bits[now]!)];
  }
}

/** @returns the table of the tree at `at` and where its description ends */
export function readHuffman(bytes: Uint8Array, at: number, limit: number) {
  const head = bytes[at]!;
  const count = head - 127;
  const end = at + 1 + (head < 128 ? head : (count + 1) >> 1);
  if (end > limit) damaged('a Huffman tree that is cut off');
  let weights: number[];
  if (head < 128) weights = weightsByFse(bytes, at + 1, end);
  else weights = Array.from({ length: count }, (_, i) => (bytes[at + 1 + (i >> 1)]! >> (i % 2 === 0 ? 4 : 0)) & 15);
  let sum = 0;
  for (const weight of weights) {
    if (weight > MAX_HUFFMAN_BITS) damaged(`a Huffman weight of ${weight}`);
    if (weight > 0) sum += 1 << (weight - 1);
  }
  const log = 32 - Math.clz32(sum);
  const rest = (1 << log) - sum;
  if (sum === 0 || log > MAX_HUFFMAN_BITS || (rest & (rest - 1)) !== 0) damaged('Huffman weights whose sum is wrong');
  weights.push(32 - Math.clz32(rest));
  const entries = new Uint16Array(1 << log);
  let to = 0;
  for (let weight = 1; weight <= log; weight++)
    for (let symbol = 0; symbol < weights.length; symbol++)
      if (weights[symbol] === weight) {
        const from = to;
        to += 1 << (weight - 1);
        entries.fill(symbol | ((log + 1 - weight) << 8), from, to);
      }
  return { table: { log, entries }, end };
}
