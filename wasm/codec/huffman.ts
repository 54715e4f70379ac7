/**
 * Canonical Huffman codes: from code lengths to a decode table.
 *
 * A table of 2^tableBits entries is indexed by the next bits of the stream. An entry is `symbol << 5 | length`, or 0 when
 * the code is longer than tableBits; those are rare, and `longEntry` finds them among the symbols in order of their codes.
 *
 *     entries   u16 each   2^tableBits
 *     limits    u32 each   17: first code beyond those of this length, as 16 bits from the left
 *     ranks     u32 each   17: rank of the first symbol of this length, minus its code (mod 2^32)
 *     sorted    u16 each   symbols in order of length, then value
 *
 * Only complete codes are accepted: an incomplete one has bit patterns without a meaning, and the formats forbid it. A
 * code without any symbol is legal where LZX does not use it, so it gets a table of its own kind: every look-up is 0 and
 * `longEntry` answers 0, which no symbol has.
 */

/** Longest code of either format. */
export const MAX_CODE_LENGTH: u32 = 16;
export const LIMITS_BYTES: u32 = 17 * 4;

/** Two rows, for symbols of even and of odd number: equal neighbours would wait for each other. */
const counts = memory.data(2 * 17 * 4, 4);
const ROW: u32 = 17 * 4;
/** Where the next symbol of a length goes: from the first place upwards, from the last downwards. */
const starts = memory.data(17 * 4, 4);
const ends = memory.data(17 * 4, 4);

// @ts-ignore: decorator
@inline
export function tableBytes(tableBits: u32, symbols: u32): u32 {
  return (((2 << tableBits) + 2 * LIMITS_BYTES + 2 * symbols) + 63) & ~63;
}

/**
 * Makes the decode table of the code whose lengths (u8 each, at most 16) stand at `lengths`.
 * @returns 1 when the code is complete, 0 when it is empty, -1 when it is neither
 */
export function buildTable(table: usize, tableBits: u32, lengths: usize, symbols: u32): i32 {
  memory.fill(counts, 0, 2 * 17 * 4);
  for (let i: u32 = 0; i < symbols; i++) {
    const length: u32 = load<u8>(lengths + i);
    const slot = counts + (i & 1) * ROW + (length << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  let any: u32 = 0;
  for (let length: u32 = 1; length <= MAX_CODE_LENGTH; length++) {
    const count = load<u32>(counts + (length << 2)) + load<u32>(counts + ROW + (length << 2));
    store<u32>(counts + (length << 2), count);
    any |= count;
  }
  if (any == 0) {
    memory.fill(table, 0, (2 << tableBits) + LIMITS_BYTES);
    return 0;
  }
  return fillTable(table, tableBits, lengths, symbols) ? 1 : -1;
}

/** For who knows how many codes of each length there are: no count yet. */
export function clearLengthCounts(): void {
  for (let length: u32 = 0; length <= MAX_CODE_LENGTH; length++) store<u32>(counts + (length << 2), 0);
}

export function setLengthCount(length: u32, count: u32): void {
  assert(length > 0 && length <= MAX_CODE_LENGTH);
  store<u32>(counts + (length << 2), count);
}

/** As `buildTable`, when the lengths have been counted. @returns false when the code is not complete */
export function fillTable(table: usize, tableBits: u32, lengths: usize, symbols: u32): bool {
  const limits = table + (2 << tableBits);
  const ranks = limits + LIMITS_BYTES;
  const sorted = ranks + LIMITS_BYTES;

  let code: u32 = 0; // left-aligned in 16 bits
  let rank: u32 = 0;
  for (let length: u32 = 1; length <= MAX_CODE_LENGTH; length++) {
    const count = load<u32>(counts + (length << 2));
    store<u32>(starts + (length << 2), rank);
    store<u32>(ranks + (length << 2), rank - (code >> (16 - length)));
    code += count << (16 - length);
    rank += count;
    store<u32>(ends + (length << 2), rank - 1);
    store<u32>(limits + (length << 2), code);
  }
  if (code != 65536) return false;

  // From both ends at once: symbols of equal length would wait for each other.
  let low: u32 = 0;
  let high = symbols - 1;
  for (; low < high; low++, high--) {
    putSymbol(starts, lengths, sorted, low, 1);
    putSymbol(ends, lengths, sorted, high, -1);
  }
  if (low == high) putSymbol(starts, lengths, sorted, low, 1);
  fillEntries(table, tableBits, sorted);
  return true;
}

/** Puts a symbol to the place of its length. @param step where the next of that length goes: 1 behind it, -1 before it */
// @ts-ignore: decorator
@inline
function putSymbol(places: usize, lengths: usize, sorted: usize, symbol: u32, step: i32): void {
  const length: u32 = load<u8>(lengths + symbol);
  if (length == 0) return;
  const slot = places + (length << 2);
  const at = load<u32>(slot);
  store<u16>(sorted + (at << 1), <u16>symbol);
  store<u32>(slot, at + step);
}

/** Codes in order of their values fill the table from left to right, each 2^(tableBits - length) times. */
function fillEntries(table: usize, tableBits: u32, sorted: usize): void {
  let next = table;
  let symbolAt = sorted;
  for (let length: u32 = 1; length <= tableBits; length++) {
    let count = load<u32>(counts + (length << 2));
    const bytes: u32 = 2 << (tableBits - length);
    for (; count > 0; count--) {
      const entry: u16 = <u16>((<u32>load<u16>(symbolAt) << 5) | length);
      symbolAt += 2;
      if (bytes >= 16) {
        const filled = i16x8.splat(entry);
        for (const end = next + bytes; next < end; next += 16) v128.store(next, filled);
      } else if (bytes == 2) {
        store<u16>(next, entry);
        next += 2;
      } else if (bytes == 4) {
        store<u32>(next, <u32>entry * 0x10001);
        next += 4;
      } else {
        store<u64>(next, <u64>entry * 0x1000100010001);
        next += 8;
      }
    }
  }
  const end = table + (2 << tableBits);
  memory.fill(next, 0, end - next);
}

/** Entry of the code that `bits` begin with, from the highest bit on; 16 of them count. 0 when the code is empty. */
// @ts-ignore: decorator
@inline
export function entryOf(table: usize, tableBits: u32, bits: u64): u32 {
  const entry: u32 = load<u16>(table + (<usize>(bits >> (64 - tableBits)) << 1));
  return entry != 0 ? entry : longEntry(table, tableBits, <u32>(bits >> 48));
}

/** Entry of a code longer than `tableBits`; `top` is the next 16 bits. */
function longEntry(table: usize, tableBits: u32, top: u32): u32 {
  const limits = table + (2 << tableBits);
  for (let length = tableBits + 1; length <= MAX_CODE_LENGTH; length++) {
    if (top < load<u32>(limits + (length << 2))) {
      const rank = load<u32>(limits + LIMITS_BYTES + (length << 2)) + (top >> (16 - length));
      const symbol: u32 = load<u16>(limits + 2 * LIMITS_BYTES + (rank << 1));
      return (symbol << 5) | length;
    }
  }
  return 0;
}
