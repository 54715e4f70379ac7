/**
 * The codes of DEFLATE: fixed ones, and those that a block brings along, packed by a code of their own.
 *
 * A code may be incomplete only when it is one symbol of one bit, and the distance code may be empty; that is what zlib
 * takes.
 */
import { ERR_DATA, ERR_INPUT_END, OK } from '../abi';
import { bits, refill, take, usedBeyond } from './inflate-bits';

const TABLE_BITS: u32 = 10;
const TABLE_SIZE: u32 = 2 << TABLE_BITS;
const MAX_LENGTH: u32 = 15;
const LITERALS: u32 = 288;
const DISTANCES: u32 = 32;
/** A symbol that no code has, with a length of 15. */
const NO_CODE: u32 = 0xffff;

/**
 * A code: look-up by the next 10 bits (u16 `symbol << 4 | length`, 0 for longer codes), then how many codes there are of
 * each length (u32, 16), then the symbols in order of their codes (u16, 288).
 */
const COUNTS: u32 = TABLE_SIZE;
const SORTED: u32 = COUNTS + 16 * 4;
const CODE_BYTES: u32 = SORTED + LITERALS * 2;

export const literalCode = memory.data(2 * 1024 + 64 + 576, 16);
export const distanceCode = memory.data(2 * 1024 + 64 + 576, 16);
const lengths = memory.data(288 + 32, 16);
const starts = memory.data(16 * 4, 4);
const nextCodes = memory.data(16 * 4, 4);

const codeOrder = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

/** Both tables hold the fixed codes: many small blocks need not make them anew. */
let fixedHeld = false;

export function fixedCodes(): i32 {
  if (fixedHeld) return OK;
  memory.fill(lengths, 8, 144);
  memory.fill(lengths + 144, 9, 112);
  memory.fill(lengths + 256, 7, 24);
  memory.fill(lengths + 280, 8, 8);
  if (!buildCode(literalCode, lengths, LITERALS)) return ERR_DATA;
  memory.fill(lengths, 5, DISTANCES);
  fixedHeld = buildCode(distanceCode, lengths, DISTANCES);
  return fixedHeld ? OK : ERR_DATA;
}

export function ownCodes(): i32 {
  fixedHeld = false;
  refill();
  const literals = take(5) + 257;
  const distances = take(5) + 1;
  const codes = take(4) + 4;
  if (usedBeyond()) return ERR_INPUT_END;
  if (literals > 286 || distances > 30) return ERR_DATA;
  memory.fill(lengths, 0, 19);
  for (let i: u32 = 0; i < codes; i++) {
    refill();
    const order: u32 = load<u8>(codeOrder + i);
    store<u8>(lengths + order, <u8>take(3));
    if (usedBeyond()) return ERR_INPUT_END;
  }
  // the code of the lengths must be complete
  if (!buildCode(literalCode, lengths, 19) || load<u32>(literalCode + COUNTS) == 1) return ERR_DATA;

  const total = literals + distances;
  for (let i: u32 = 0; i < total; ) {
    refill();
    const entry = entryOf(literalCode, bits);
    take(entry & 15);
    const symbol = entry >> 4;
    if (symbol > 18) return usedBeyond() ? ERR_INPUT_END : ERR_DATA;
    if (symbol < 16) {
      if (usedBeyond()) return ERR_INPUT_END;
      store<u8>(lengths + i++, <u8>symbol);
      continue;
    }
    let repeat: u32 = 0;
    let value: u32 = 0;
    if (symbol == 16) {
      if (i == 0) return usedBeyond() ? ERR_INPUT_END : ERR_DATA;
      value = load<u8>(lengths + i - 1);
      repeat = 3 + take(2);
    } else if (symbol == 17) repeat = 3 + take(3);
    else repeat = 11 + take(7);
    if (usedBeyond()) return ERR_INPUT_END;
    if (repeat > total - i) return ERR_DATA;
    memory.fill(lengths + i, <u8>value, repeat);
    i += repeat;
  }
  if (load<u8>(lengths + 256) == 0) return ERR_DATA;
  if (!buildCode(literalCode, lengths, literals)) return ERR_DATA;
  return buildCode(distanceCode, lengths + literals, distances) ? OK : ERR_DATA;
}

/**
 * Makes the look-up of the code whose lengths (u8 each, at most 15) stand at `from`. The count of length 0 becomes 1 for a
 * code that is not complete, else 0.
 * @returns false for a code that has too many symbols, or too few and not a single one of one bit
 */
function buildCode(code: usize, from: usize, symbols: u32): bool {
  assert(symbols <= LITERALS && CODE_BYTES == 2 * 1024 + 64 + 576);
  const counts = code + COUNTS;
  memory.fill(code, 0, SORTED);
  for (let i: u32 = 0; i < symbols; i++) {
    const slot = counts + ((<u32>load<u8>(from + i)) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  store<u32>(counts, 0);
  let next: u32 = 0;
  let rank: u32 = 0;
  let left: i32 = 1;
  for (let length: u32 = 1; length <= MAX_LENGTH; length++) {
    const here = load<u32>(counts + (length << 2));
    store<u32>(starts + (length << 2), rank);
    store<u32>(nextCodes + (length << 2), next);
    rank += here;
    next = (next + here) << 1;
    left = (left << 1) - <i32>here;
    if (left < 0) return false;
  }
  if (left > 0) {
    // one code of one bit, or none at all
    if (rank > 1 || (rank == 1 && load<u32>(counts + 4) != 1)) return false;
    store<u32>(counts, 1);
  }
  for (let i: u32 = 0; i < symbols; i++) {
    const length: u32 = load<u8>(from + i);
    if (length == 0) continue;
    const slot = starts + (length << 2);
    const at = load<u32>(slot);
    store<u32>(slot, at + 1);
    store<u16>(code + SORTED + (at << 1), <u16>i);
    const codeSlot = nextCodes + (length << 2);
    const value = load<u32>(codeSlot);
    store<u32>(codeSlot, value + 1);
    if (length > TABLE_BITS) continue;
    const entry = <u16>((i << 4) | length);
    for (let to = reversed(value, length); to < (1 << TABLE_BITS); to += 1 << length) store<u16>(code + (to << 1), entry);
  }
  return true;
}

/** The lowest `length` bits of `value` in the other order. */
function reversed(value: u32, length: u32): u32 {
  let result: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    result = (result << 1) | (value & 1);
    value >>= 1;
  }
  return result;
}

/**
 * What the next bits are: `symbol << 4 | length`, or NO_CODE, whose 15 bits count as used. `next` has 15 bits or more of the
 * stream, the first one lowest.
 */
// @ts-ignore: decorator
@inline
export function entryOf(code: usize, next: u64): u32 {
  const entry: u32 = load<u16>(code + ((<usize>next & ((1 << TABLE_BITS) - 1)) << 1));
  return entry != 0 ? entry : longEntry(code, <u32>next);
}

function longEntry(code: usize, next: u32): u32 {
  let value: u32 = 0;
  let first: u32 = 0;
  let rank: u32 = 0;
  for (let length: u32 = 1; length <= MAX_LENGTH; length++) {
    value = (value << 1) | (next & 1);
    next >>= 1;
    first <<= 1;
    const here = load<u32>(code + COUNTS + (length << 2));
    if (value - first < here) {
      const symbol: u32 = load<u16>(code + SORTED + ((rank + value - first) << 1));
      return (symbol << 4) | length;
    }
    first += here;
    rank += here;
  }
  return NO_CODE;
}
