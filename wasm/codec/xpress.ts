/**
 * XPRESS with Huffman codes, one chunk ([MS-XCA] 2.2).
 *
 *     0      256 bytes   512 code lengths of 4 bits, the lower half first
 *     256    units       16 bits each, little-endian, read from the highest bit; bytes of long match lengths between them
 *
 * Symbols below 256 are literals. The others are `256 | log2(offset) << 4 | min(length - 3, 15)`; bytes with the rest of a
 * long length follow, then the lower bits of the offset.
 *
 * Trap: those bytes lie where a decoder stands that reads one unit as soon as fewer than 16 bits are left. This one reads
 * ahead by up to four units, so before it takes such a byte it gives the units back that the other would not have read.
 *
 * Bits past the end of the input read as whatever is there, and a chunk that used one of them is refused: at the latest
 * when the output is full.
 */
import { ERR_ARGUMENT, ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL, OK } from '../abi';
import { refillWord, usedBeyond } from './bits';
import { copyMatch } from './copy';
import { buildTable, entryOf } from './huffman';
import { INPUT, OUTPUT, TABLES, WINDOW_BYTES } from './memory';

const SYMBOLS: u32 = 512;
const LENGTHS_BYTES: u32 = 256;
const TABLE_BITS: u32 = 11;
const MIN_MATCH: u32 = 3;

const lengths = memory.data(512, 16);

/** Decodes `inputLength` bytes of INPUT to exactly `outputLength` bytes of OUTPUT. */
export function xpressDecode(inputLength: u32, outputLength: u32): i32 {
  if (inputLength > WINDOW_BYTES || outputLength > WINDOW_BYTES) return ERR_ARGUMENT;
  if (inputLength < LENGTHS_BYTES) return ERR_INPUT_END;
  for (let i: u32 = 0; i < LENGTHS_BYTES; i += 16) {
    const pairs = v128.load(INPUT + i);
    const lower = v128.and(pairs, i8x16.splat(15));
    const upper = i8x16.shr_u(pairs, 4);
    const at = lengths + (i << 1);
    v128.store(at, i8x16.shuffle(lower, upper, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
    v128.store(at + 16, i8x16.shuffle(lower, upper, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31));
  }
  if (buildTable(TABLES, TABLE_BITS, lengths, SYMBOLS) != 1) return ERR_DATA;
  return decodeSymbols(INPUT + LENGTHS_BYTES, INPUT + inputLength, OUTPUT + outputLength);
}

function decodeSymbols(input: usize, inputEnd: usize, outputEnd: usize): i32 {
  let out = OUTPUT;
  let bits: u64 = 0; // the next bits, from the highest
  let count: u32 = 0; // how many of them are there; those below are the ones that follow, or zero
  const lastPair = outputEnd - 2;

  while (out < outputEnd) {
    if (input >= inputEnd && usedBeyond(input, inputEnd, count)) return ERR_INPUT_END;
    // 49 bits: three codes of 15.
    bits |= refillWord(input) >> count;
    input += ((63 - count) >> 4) << 1;
    count |= 48;

    let entry = entryOf(TABLES, TABLE_BITS, bits);
    bits <<= entry & 31;
    count -= entry & 31;
    if (entry < 256 << 5) {
      store<u8>(out++, <u8>(entry >> 5));
      if (out > lastPair) continue;
      entry = entryOf(TABLES, TABLE_BITS, bits);
      bits <<= entry & 31;
      count -= entry & 31;
      if (entry < 256 << 5) {
        store<u8>(out++, <u8>(entry >> 5));
        entry = entryOf(TABLES, TABLE_BITS, bits);
        bits <<= entry & 31;
        count -= entry & 31;
        if (entry < 256 << 5) {
          store<u8>(out++, <u8>(entry >> 5));
          continue;
        }
        // After one or two codes 18 bits or more are left, enough for an offset.
        bits |= refillWord(input) >> count;
        input += ((63 - count) >> 4) << 1;
        count |= 48;
      }
    }

    let length = (entry >> 5) & 15;
    const log = (entry >> 9) & 15;
    if (length == 15) {
      const ahead = (count - 16) >> 4;
      input -= ahead << 1;
      count -= ahead << 4;
      bits = (bits >> (64 - count)) << (64 - count);
      if (input >= inputEnd) return ERR_INPUT_END;
      const byte: u32 = load<u8>(input++);
      length += byte;
      if (byte == 255) {
        if (inputEnd - input < 2) return ERR_INPUT_END;
        length = load<u16>(input);
        input += 2;
        if (length == 0) {
          if (inputEnd - input < 4) return ERR_INPUT_END;
          length = load<u32>(input);
          input += 4;
        }
        if (length < 15) return usedBeyond(input, inputEnd, count) ? ERR_INPUT_END : ERR_DATA;
        if (length > WINDOW_BYTES) return usedBeyond(input, inputEnd, count) ? ERR_INPUT_END : ERR_OUTPUT_FULL;
      }
      bits |= refillWord(input) >> count;
      input += ((63 - count) >> 4) << 1;
      count |= 48;
    }
    length += MIN_MATCH;
    const offset: u32 = (1 << log) | <u32>((bits >> 1) >> (63 - log));
    bits <<= log;
    count -= log;
    if (offset > <u32>(out - OUTPUT)) return usedBeyond(input, inputEnd, count) ? ERR_INPUT_END : ERR_DATA;
    if (length > <u32>(outputEnd - out)) return usedBeyond(input, inputEnd, count) ? ERR_INPUT_END : ERR_OUTPUT_FULL;
    copyMatch(out, offset, length);
    out += length;
  }
  return usedBeyond(input, inputEnd, count) ? ERR_INPUT_END : OK;
}
