/**
 * LZX as WIM uses it, one chunk. [MS-PATCH] describes LZX itself; a WIM differs: no header before the first block, window =
 * chunk, nothing kept from one chunk to the next, the default block size has a bit of its own, and the E8 filter always
 * runs (e8.ts).
 *
 *     chunk   blocks until the output is full
 *     block   3 bits type; 1 bit: size is 32,768, else 16 bits of size (24 when the window is 2^16 or more)
 *             1 verbatim, 2 aligned, 3 uncompressed
 *       aligned       8 lengths of 3 bits: code of the lowest three bits of an offset
 *       both          code lengths of literals, of matches and of long lengths, each after a pre-code of 20 x 4 bits and as
 *                     differences from the last block's; then symbols
 *       uncompressed  bits to the end of the unit (a whole unit when there are none), R0 R1 R2 of 32 bits, bytes, one more
 *                     byte when their number is odd
 *
 * A match symbol is `256 + slot << 3 | min(length - 2, 7)`; a code for the rest of the length, then the extra bits of the
 * slot follow. Slots 0 to 2 are the last three offsets.
 *
 * Traps: slot 3 has no extra bits and offset 1; a code may be empty when nothing uses it; a run of code lengths may not
 * leave its part of the code.
 */
import { ERR_ARGUMENT, ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL, OK } from '../abi';
import { refillWord, usedBeyond } from './bits';
import { copyMatch } from './copy';
import { undoE8 } from './e8';
import { buildTable, entryOf, tableBytes } from './huffman';
import { INPUT, OUTPUT, TABLES, TABLES_BYTES, WINDOW_BYTES } from './memory';

const MIN_WINDOW_ORDER: u32 = 15;
const MAX_WINDOW_ORDER: u32 = 21;
const DEFAULT_BLOCK: u32 = 32768;
const VERBATIM: u32 = 1;
const ALIGNED: u32 = 2;
const UNCOMPRESSED: u32 = 3;
const LITERALS: u32 = 256;
const MAX_SLOTS: u32 = 50;
const MAIN_SYMBOLS: u32 = LITERALS + 8 * MAX_SLOTS;
const LENGTH_SYMBOLS: u32 = 249;
const PRE_SYMBOLS: u32 = 20;
const ALIGNED_SYMBOLS: u32 = 8;
const MIN_MATCH: u32 = 2;
/** Slots below have no bits for the aligned code. */
const ALIGNED_MIN_EXTRA: u32 = 3;
const NEVER: u32 = 255;

const MAIN_BITS: u32 = 11;
const LENGTH_BITS: u32 = 9;
const PRE_BITS: u32 = 6;
const ALIGNED_BITS: u32 = 7;
const MAIN_TABLE: usize = TABLES;
const LENGTH_TABLE: usize = MAIN_TABLE + tableBytes(MAIN_BITS, MAIN_SYMBOLS);
const PRE_TABLE: usize = LENGTH_TABLE + tableBytes(LENGTH_BITS, LENGTH_SYMBOLS);
const ALIGNED_TABLE: usize = PRE_TABLE + tableBytes(PRE_BITS, PRE_SYMBOLS);
const TABLES_END: usize = ALIGNED_TABLE + tableBytes(ALIGNED_BITS, ALIGNED_SYMBOLS);

const mainLengths = memory.data(MAIN_SYMBOLS, 16);
const lengthLengths = memory.data(LENGTH_SYMBOLS, 16);
const smallLengths = memory.data(PRE_SYMBOLS, 16);
/** Offset of each slot when its extra bits are 0, and the number of those bits. */
const slotBase = memory.data(MAX_SLOTS * 4, 4);
const slotExtra = memory.data(MAX_SLOTS, 4);

// The stream between two blocks; inside a loop these are locals (bits.ts).
let input: usize = 0;
let inputEnd: usize = 0;
let bits: u64 = 0;
let count: u32 = 0;
let out: usize = 0;
let r0: u32 = 1;
let r1: u32 = 1;
let r2: u32 = 1;

/** Called once, when the module starts. */
export function initLzx(): void {
  assert(TABLES_END <= TABLES + TABLES_BYTES);
  let base: u32 = 0;
  for (let slot: u32 = 0; slot < MAX_SLOTS; slot++) {
    const extra: u32 = slot < 4 ? 0 : min<u32>((slot >> 1) - 1, 17);
    store<u8>(slotExtra + slot, <u8>extra);
    // An offset is stored plus 2, because 0 to 2 stand for the last three. Slots 0 to 2 are never looked up.
    store<u32>(slotBase + (slot << 2), slot < 3 ? 0 : base - 2);
    base += 1 << extra;
  }
}

/** Decodes `inputLength` bytes of INPUT to exactly `outputLength` bytes of OUTPUT. @param windowOrder log2 of the chunk size */
export function lzxDecode(inputLength: u32, outputLength: u32, windowOrder: u32): i32 {
  if (windowOrder < MIN_WINDOW_ORDER || windowOrder > MAX_WINDOW_ORDER) return ERR_ARGUMENT;
  if (inputLength > WINDOW_BYTES || outputLength > (<u32>1) << windowOrder) return ERR_ARGUMENT;
  memory.fill(mainLengths, 0, MAIN_SYMBOLS);
  memory.fill(lengthLengths, 0, LENGTH_SYMBOLS);
  input = INPUT;
  inputEnd = INPUT + inputLength;
  bits = 0;
  count = 0;
  out = OUTPUT;
  r0 = r1 = r2 = 1;
  const end = OUTPUT + outputLength;
  while (out < end) {
    const status = decodeBlock(end, windowOrder);
    if (usedBeyond(input, inputEnd, count)) return ERR_INPUT_END;
    if (status != OK) return status;
  }
  undoE8(OUTPUT, outputLength);
  return OK;
}

/** Takes up to 17 bits. */
function takeBits(wanted: u32): u32 {
  bits |= refillWord(input) >> count;
  input += ((63 - count) >> 4) << 1;
  count |= 48;
  const value = <u32>((bits >> 1) >> (63 - wanted));
  bits <<= wanted;
  count -= wanted;
  return value;
}

function decodeBlock(end: usize, windowOrder: u32): i32 {
  const type = takeBits(3);
  let size = DEFAULT_BLOCK;
  if (takeBits(1) == 0) {
    size = takeBits(16);
    if (windowOrder >= 16) size = (size << 8) | takeBits(8);
  }
  if (usedBeyond(input, inputEnd, count)) return ERR_INPUT_END;
  if (size == 0) return ERR_DATA; // no progress
  if (size > <u32>(end - out)) return ERR_OUTPUT_FULL;
  if (type == UNCOMPRESSED) return copyBlock(size);
  if (type != VERBATIM && type != ALIGNED) return ERR_DATA;
  if (type == ALIGNED) {
    for (let i: u32 = 0; i < ALIGNED_SYMBOLS; i++) store<u8>(smallLengths + i, <u8>takeBits(3));
    if (buildTable(ALIGNED_TABLE, ALIGNED_BITS, smallLengths, ALIGNED_SYMBOLS) < 0) return ERR_DATA;
  }
  const slots = windowOrder == 21 ? 50 : windowOrder == 20 ? 42 : windowOrder << 1;
  const symbols = LITERALS + 8 * slots;
  let status = readLengths(mainLengths, LITERALS);
  if (status != OK) return status;
  status = readLengths(mainLengths + LITERALS, symbols - LITERALS);
  if (status != OK) return status;
  if (buildTable(MAIN_TABLE, MAIN_BITS, mainLengths, symbols) != 1) return ERR_DATA;
  status = readLengths(lengthLengths, LENGTH_SYMBOLS);
  if (status != OK) return status;
  if (buildTable(LENGTH_TABLE, LENGTH_BITS, lengthLengths, LENGTH_SYMBOLS) < 0) return ERR_DATA;
  return decodeSymbols(out + size, type == ALIGNED ? ALIGNED_MIN_EXTRA : NEVER);
}

/** Gives the units back that were read ahead, then copies bytes. */
function copyBlock(size: u32): i32 {
  input -= (count >> 4) << 1;
  if ((count & 15) == 0) input += 2;
  bits = 0;
  count = 0;
  if (input > inputEnd || inputEnd - input < 12) return ERR_INPUT_END;
  r0 = load<u32>(input);
  r1 = load<u32>(input, 4);
  r2 = load<u32>(input, 8);
  input += 12;
  if (r0 == 0 || r1 == 0 || r2 == 0) return ERR_DATA;
  if (inputEnd - input < size) return ERR_INPUT_END;
  memory.copy(out, input, size);
  out += size;
  input += size;
  // The last block's odd byte may be left out.
  if ((size & 1) != 0 && input < inputEnd) input++;
  return OK;
}

/** Reads one pre-code and with it the lengths of one part of a code, as differences from what stands at `lengths`. */
function readLengths(lengths: usize, symbols: u32): i32 {
  for (let i: u32 = 0; i < PRE_SYMBOLS; i++) store<u8>(smallLengths + i, <u8>takeBits(4));
  if (buildTable(PRE_TABLE, PRE_BITS, smallLengths, PRE_SYMBOLS) != 1) return ERR_DATA;
  let i: u32 = 0;
  while (i < symbols) {
    if (input > inputEnd && usedBeyond(input, inputEnd, count)) return ERR_INPUT_END;
    let symbol = takePre();
    let run: u32 = 1;
    let length: u32 = 0;
    if (symbol == 17) {
      run = 4 + takeBits(4);
    } else if (symbol == 18) {
      run = 20 + takeBits(5);
    } else {
      if (symbol == 19) {
        run = 4 + takeBits(1);
        symbol = takePre();
        if (symbol > 16) return ERR_DATA;
      }
      const last: u32 = load<u8>(lengths + i);
      length = last >= symbol ? last - symbol : last + 17 - symbol;
    }
    if (run > symbols - i) return ERR_DATA;
    memory.fill(lengths + i, <u8>length, run);
    i += run;
  }
  return OK;
}

function takePre(): u32 {
  bits |= refillWord(input) >> count;
  input += ((63 - count) >> 4) << 1;
  count |= 48;
  let entry = entryOf(PRE_TABLE, PRE_BITS, bits);
  bits <<= entry & 31;
  count -= entry & 31;
  return entry >> 5;
}

/** Symbols of one block, to `end`. @param alignedFrom slots with that many extra bits take three from the aligned code */
function decodeSymbols(end: usize, alignedFrom: u32): i32 {
  let to = out;
  let from = input;
  let buffer = bits;
  let have = count;
  let last0 = r0;
  let last1 = r1;
  let last2 = r2;
  const fromEnd = inputEnd;
  const lastPair = end - 2;
  let status = OK;

  while (to < end) {
    if (from >= fromEnd && usedBeyond(from, fromEnd, have)) {
      status = ERR_INPUT_END;
      break;
    }
    // 48 bits: three codes of 16.
    buffer |= refillWord(from) >> have;
    from += ((63 - have) >> 4) << 1;
    have |= 48;

    let entry = entryOf(MAIN_TABLE, MAIN_BITS, buffer);
    buffer <<= entry & 31;
    have -= entry & 31;
    if (entry < LITERALS << 5) {
      store<u8>(to++, <u8>(entry >> 5));
      if (to > lastPair) continue;
      entry = entryOf(MAIN_TABLE, MAIN_BITS, buffer);
      buffer <<= entry & 31;
      have -= entry & 31;
      if (entry < LITERALS << 5) {
        store<u8>(to++, <u8>(entry >> 5));
        entry = entryOf(MAIN_TABLE, MAIN_BITS, buffer);
        buffer <<= entry & 31;
        have -= entry & 31;
        if (entry < LITERALS << 5) {
          store<u8>(to++, <u8>(entry >> 5));
          continue;
        }
      }
    }

    // 48 bits again: 16 of a length, 17 of an offset.
    buffer |= refillWord(from) >> have;
    from += ((63 - have) >> 4) << 1;
    have |= 48;
    let length = (entry >> 5) & 7;
    const slot = (entry - (LITERALS << 5)) >> 8;
    if (length == 7) {
      entry = entryOf(LENGTH_TABLE, LENGTH_BITS, buffer);
      if (entry == 0) {
        status = ERR_DATA;
        break;
      }
      buffer <<= entry & 31;
      have -= entry & 31;
      length += entry >> 5;
    }
    length += MIN_MATCH;

    let offset: u32;
    if (slot < 3) {
      if (slot == 0) {
        offset = last0;
      } else if (slot == 1) {
        offset = last1;
        last1 = last0;
      } else {
        offset = last2;
        last2 = last0;
      }
    } else {
      let extra: u32 = load<u8>(slotExtra + slot);
      offset = load<u32>(slotBase + (slot << 2));
      if (extra >= alignedFrom) {
        extra -= 3;
        offset += (<u32>((buffer >> 1) >> (63 - extra))) << 3;
        buffer <<= extra;
        have -= extra;
        entry = entryOf(ALIGNED_TABLE, ALIGNED_BITS, buffer);
        if (entry == 0) {
          status = ERR_DATA;
          break;
        }
        buffer <<= entry & 31;
        have -= entry & 31;
        offset += entry >> 5;
      } else {
        offset += <u32>((buffer >> 1) >> (63 - extra));
        buffer <<= extra;
        have -= extra;
      }
      last2 = last1;
      last1 = last0;
    }
    last0 = offset;

    if (offset > <u32>(to - OUTPUT)) {
      status = ERR_DATA;
      break;
    }
    if (length > <u32>(end - to)) {
      status = ERR_OUTPUT_FULL;
      break;
    }
    copyMatch(to, offset, length);
    to += length;
  }
  out = to;
  input = from;
  bits = buffer;
  count = have;
  r0 = last0;
  r1 = last1;
  r2 = last2;
  return status;
}
