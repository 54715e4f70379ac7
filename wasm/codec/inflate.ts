/**
 * DEFLATE (RFC 1951): streams of known size as a whole (the clusters of qcow2 and the grains of VMDK), and streams of any
 * size piece by piece (gzip).
 *
 *     block     final bit, 2 bits of type: 0 stored, 1 fixed codes, 2 codes of its own
 *     stored    to the next byte edge, LEN and its complement (u16 each), bytes
 *     others    symbols: below 256 literals, 256 the end of the block, above a length; a distance code follows a length
 *
 * Bits are taken from the lowest of each byte; codes stand with their first bit lowest. Refill without a branch, as in
 * bits.ts: below `bits + count` stand zeros or bits of the bytes at `input`.
 *
 * A code may be incomplete only when it is one symbol of one bit, and the distance code may be empty; that is what zlib
 * takes. A stream that used bits past the end of the input is ERR_INPUT_END, whatever those bits said.
 */
import { ERR_ARGUMENT, ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL, INFLATE_BLOCK, MORE, OK } from '../abi';
import { copyMatch } from './copy';
import { INPUT, OUTPUT, SLACK, WINDOW_BYTES } from './memory';

const TABLE_BITS: u32 = 10;
const TABLE_SIZE: u32 = 2 << TABLE_BITS;
const MAX_LENGTH: u32 = 15;
const LITERALS: u32 = 288;
const DISTANCES: u32 = 32;

/**
 * A code: look-up by the next 10 bits (u16 `symbol << 4 | length`, 0 for longer codes), then how many codes there are of
 * each length (u32, 16), then the symbols in order of their codes (u16, 288).
 */
const COUNTS: u32 = TABLE_SIZE;
const SORTED: u32 = COUNTS + 16 * 4;
const CODE_BYTES: u32 = SORTED + LITERALS * 2;

const literalCode = memory.data(2 * 1024 + 64 + 576, 16);
const distanceCode = memory.data(2 * 1024 + 64 + 576, 16);
const lengths = memory.data(288 + 32, 16);
const starts = memory.data(16 * 4, 4);
const nextCodes = memory.data(16 * 4, 4);

/** Base and extra bits of the length symbols 257 to 285 and of the 30 distances. */
const lengthBase = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]);
const lengthExtra = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const distanceBase = memory.data<u16>([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
]);
const codeOrder = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

let input: usize = 0;
let inputEnd: usize = 0;
let bits: u64 = 0;
let count: u32 = 0;
let out: usize = 0;
let outEnd: usize = 0;

/** Decodes `inputLength` bytes of INPUT to at most `outputLength` bytes of OUTPUT; see inflatedBytes and inflateUsed. */
export function inflate(inputLength: u32, outputLength: u32): i32 {
  out = OUTPUT;
  input = INPUT;
  bits = 0;
  count = 0;
  if (inputLength > WINDOW_BYTES || outputLength > WINDOW_BYTES) return ERR_ARGUMENT;
  inputEnd = INPUT + inputLength;
  outEnd = OUTPUT + outputLength;
  for (let last = false; !last; ) {
    refill();
    last = take(1) != 0;
    const type = take(2);
    if (usedBeyond()) return ERR_INPUT_END;
    let status = OK;
    if (type == 0) status = storedBlock();
    else if (type == 3) return ERR_DATA;
    else {
      status = type == 1 ? fixedCodes() : ownCodes();
      if (status == OK) status = symbols();
    }
    if (status != OK) return status;
  }
  return OK;
}

/** How many bytes the last call has put out; they mean something after OK and ERR_OUTPUT_FULL. */
export function inflatedBytes(): u32 {
  return <u32>(out - OUTPUT);
}

/** Bytes of the input up to the end of the stream, after OK. */
export function inflateUsed(): u32 {
  return <u32>(input - INPUT) - (count >> 3);
}

// @ts-ignore: decorator
@inline
function refill(): void {
  assert(input >= INPUT && input <= INPUT + WINDOW_BYTES + SLACK - 8);
  bits |= load<u64>(input) << (<u64>count);
  input += (63 - count) >> 3;
  count |= 56;
}

/** The next `n` bits, at most 16; the caller has refilled. */
// @ts-ignore: decorator
@inline
function take(n: u32): u32 {
  const value = <u32>bits & ((1 << n) - 1);
  bits >>= <u64>n;
  count -= n;
  return value;
}

/** True when bits were used that do not stand in the input. */
// @ts-ignore: decorator
@inline
function usedBeyond(): bool {
  return input > inputEnd && <u32>(input - inputEnd) << 3 > count;
}

function storedBlock(): i32 {
  const status = storedHead();
  if (status != OK) return status;
  const here = min<u32>(storedLeft, min<u32>(<u32>(inputEnd - input), <u32>(outEnd - out)));
  memory.copy(out, input, here);
  out += here;
  input += here;
  if (here == storedLeft) return OK;
  return input == inputEnd ? ERR_INPUT_END : ERR_OUTPUT_FULL;
}

/** Both tables hold the fixed codes: many small blocks need not make them anew. */
let fixedHeld = false;

function fixedCodes(): i32 {
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

function ownCodes(): i32 {
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
    const symbol = readSymbol(literalCode);
    if (symbol < 0) return usedBeyond() ? ERR_INPUT_END : ERR_DATA;
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

/** The next symbol, or -1 when the bits are no code; then 15 bits count as used. The caller has refilled. */
// @ts-ignore: decorator
@inline
function readSymbol(code: usize): i32 {
  const entry: u32 = load<u16>(code + ((<usize>bits & ((1 << TABLE_BITS) - 1)) << 1));
  if (entry == 0) return longSymbol(code);
  take(entry & 15);
  return <i32>(entry >> 4);
}

function longSymbol(code: usize): i32 {
  let value: u32 = 0;
  let first: u32 = 0;
  let rank: u32 = 0;
  for (let length: u32 = 1; length <= MAX_LENGTH; length++) {
    value = (value << 1) | take(1);
    first <<= 1;
    const here = load<u32>(code + COUNTS + (length << 2));
    if (value - first < here) {
      const symbol: u32 = load<u16>(code + SORTED + ((rank + value - first) << 1));
      return <i32>symbol;
    }
    first += here;
    rank += here;
  }
  return -1;
}

/** Literals and matches up to the end of the block. */
function symbols(): i32 {
  while (true) {
    // before more is loaded: so far behind the end the input never gets that a load leaves the slack
    if (usedBeyond()) return ERR_INPUT_END;
    refill();
    let symbol = readSymbol(literalCode);
    if (symbol < 256 && symbol >= 0 && out < outEnd && input <= inputEnd) {
      // 41 bits are left: two more codes
      store<u8>(out++, <u8>symbol);
      symbol = readSymbol(literalCode);
      if (symbol < 256 && symbol >= 0 && out < outEnd) {
        store<u8>(out++, <u8>symbol);
        continue;
      }
      if (symbol >= 257) refill();
    }
    if (usedBeyond()) return ERR_INPUT_END;
    if (symbol < 0) return ERR_DATA;
    if (symbol == 256) return OK;
    if (symbol < 256) {
      if (out == outEnd) return ERR_OUTPUT_FULL;
      store<u8>(out++, <u8>symbol);
      continue;
    }
    const row = <u32>symbol - 257;
    if (row > 28) return ERR_DATA;
    // 41 bits are left: 5 + 15 + 13 are needed
    const length = <u32>load<u16>(lengthBase + (row << 1)) + take(load<u8>(lengthExtra + row));
    const slot = readSymbol(distanceCode);
    if (usedBeyond()) return ERR_INPUT_END;
    if (slot < 0 || slot > 29) return ERR_DATA;
    const extra = slot < 4 ? 0 : ((<u32>slot) >> 1) - 1;
    const distance = <u32>load<u16>(distanceBase + ((<usize>slot) << 1)) + take(extra);
    if (usedBeyond()) return ERR_INPUT_END;
    if (distance > <u32>(out - OUTPUT)) return ERR_DATA;
    const room = <u32>(outEnd - out);
    const here = min(length, room);
    if (here > 0) copyMatch(out, distance, here);
    out += here;
    if (here < length) return ERR_OUTPUT_FULL;
  }
}

/**
 * A stream in pieces. OUTPUT holds up to 32 KiB of history and then what the last call put out; INPUT begins with the
 * first byte that was not used up, of whose predecessor up to 7 bits are kept here. A call ends between two symbols: at
 * the end of a block (INFLATE_BLOCK) once it has put out as much as was asked for, so that the host may note the place, when
 * input or room runs short (MORE), or OK. Blocks may be empty: a call for each would cost far more than they do.
 */
const HISTORY: u32 = 32 << 10;
/** The longest match, which is never cut in two. */
const MAX_MATCH: usize = 258;
/** More than a symbol with its distance takes, and more than the head of a block takes. */
const SYMBOL_MARGIN: usize = 16;
const HEAD_MARGIN: usize = 512;

/** 0 between blocks, 1 among symbols, 2 in a stored block. */
let within: u32 = 0;
let storedLeft: u32 = 0;
let lastBlock = false;
let fresh: usize = OUTPUT;

/** Begins at the head of a block: `bitCount` bits are left of the byte before, OUTPUT holds `historyLength` bytes. */
export function inflateRestart(bitCount: u32, bitValue: u32, historyLength: u32): i32 {
  if (bitCount > 7 || historyLength > HISTORY) return ERR_ARGUMENT;
  within = 0;
  lastBlock = false;
  bits = bitValue & ((1 << bitCount) - 1);
  count = bitCount;
  out = OUTPUT + historyLength;
  fresh = out;
  return OK;
}

/**
 * Goes on with `inputLength` bytes of INPUT.
 * @param more whether the stream has bytes behind them
 * @param enough bytes put out from which on the end of a block ends the call
 */
export function inflateRun(inputLength: u32, more: bool, enough: u32): i32 {
  if (inputLength > WINDOW_BYTES) return ERR_ARGUMENT;
  if (<u32>(out - OUTPUT) > HISTORY) {
    memory.copy(OUTPUT, out - HISTORY, HISTORY);
    out = OUTPUT + HISTORY;
  }
  fresh = out;
  input = INPUT;
  inputEnd = INPUT + inputLength;
  outEnd = OUTPUT + WINDOW_BYTES;
  let status = INFLATE_BLOCK;
  while (status == INFLATE_BLOCK) {
    status = step(more);
    if (<u32>(out - fresh) >= enough) break;
  }
  input -= count >> 3;
  count &= 7;
  bits &= (1 << count) - 1;
  return status;
}

/** Where the bytes that the last run put out begin in OUTPUT, and how many they are. */
export function inflateFresh(): u32 {
  return <u32>(fresh - OUTPUT);
}
export function inflateFreshBytes(): u32 {
  return <u32>(out - fresh);
}

/** How many bytes of the input the last run used up, and the bits that are left of the last of them. */
export function inflateRunUsed(): u32 {
  return <u32>(input - INPUT);
}
export function inflateBitCount(): u32 {
  return count;
}
export function inflateBitValue(): u32 {
  return <u32>bits;
}

/** Bytes of the input that no bit was used of. */
// @ts-ignore: decorator
@inline
function left(): usize {
  const at = input - (count >> 3);
  return at < inputEnd ? inputEnd - at : 0;
}

function step(more: bool): i32 {
  if (within == 0) {
    if (lastBlock) return OK;
    if (more && left() < HEAD_MARGIN) return MORE;
    refill();
    lastBlock = take(1) != 0;
    const type = take(2);
    if (usedBeyond()) return ERR_INPUT_END;
    if (type == 3) return ERR_DATA;
    if (type == 0) {
      const status = storedHead();
      if (status != OK) return status;
      within = 2;
    } else {
      const status = type == 1 ? fixedCodes() : ownCodes();
      if (status != OK) return status;
      within = 1;
    }
  }
  const status = within == 2 ? storedPiece(more) : symbolsPiece(more);
  if (status != OK) return status;
  within = 0;
  return lastBlock ? OK : INFLATE_BLOCK;
}

function storedHead(): i32 {
  take(count & 7);
  if (usedBeyond()) return ERR_INPUT_END;
  input -= count >> 3;
  bits = 0;
  count = 0;
  if (inputEnd - input < 4) return ERR_INPUT_END;
  const length: u32 = load<u16>(input);
  const complement: u32 = load<u16>(input, 2);
  input += 4;
  if ((length ^ complement) != 0xffff) return ERR_DATA;
  storedLeft = length;
  return OK;
}

function storedPiece(more: bool): i32 {
  const here = min<u32>(storedLeft, min<u32>(<u32>(inputEnd - input), <u32>(outEnd - out)));
  memory.copy(out, input, here);
  out += here;
  input += here;
  storedLeft -= here;
  if (storedLeft == 0) return OK;
  return input == inputEnd && !more ? ERR_INPUT_END : MORE;
}

function symbolsPiece(more: bool): i32 {
  while (true) {
    if (usedBeyond()) return ERR_INPUT_END;
    if (outEnd - out < MAX_MATCH) return MORE;
    if (more && left() < SYMBOL_MARGIN) return MORE;
    refill();
    let symbol = readSymbol(literalCode);
    if (symbol < 256 && symbol >= 0 && input <= inputEnd) {
      // 41 bits are left: two more codes
      store<u8>(out++, <u8>symbol);
      symbol = readSymbol(literalCode);
      if (symbol < 256 && symbol >= 0) {
        if (usedBeyond()) return ERR_INPUT_END;
        store<u8>(out++, <u8>symbol);
        continue;
      }
      if (symbol >= 257) refill();
    }
    if (usedBeyond()) return ERR_INPUT_END;
    if (symbol < 0) return ERR_DATA;
    if (symbol == 256) return OK;
    if (symbol < 256) {
      store<u8>(out++, <u8>symbol);
      continue;
    }
    const row = <u32>symbol - 257;
    if (row > 28) return ERR_DATA;
    const length = <u32>load<u16>(lengthBase + (row << 1)) + take(load<u8>(lengthExtra + row));
    const slot = readSymbol(distanceCode);
    if (usedBeyond()) return ERR_INPUT_END;
    if (slot < 0 || slot > 29) return ERR_DATA;
    const extra = slot < 4 ? 0 : ((<u32>slot) >> 1) - 1;
    const distance = <u32>load<u16>(distanceBase + ((<usize>slot) << 1)) + take(extra);
    if (usedBeyond()) return ERR_INPUT_END;
    if (distance > <u32>(out - OUTPUT) || <usize>length > outEnd - out) return ERR_DATA;
    copyMatch(out, distance, length);
    out += length;
  }
}
