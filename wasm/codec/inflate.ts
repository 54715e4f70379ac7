/**
 * DEFLATE (RFC 1951): streams of known size as a whole (the clusters of qcow2 and the grains of VMDK), and streams of any
 * size piece by piece (gzip).
 *
 *     block     final bit, 2 bits of type: 0 stored, 1 fixed codes, 2 codes of its own
 *     stored    to the next byte edge, LEN and its complement (u16 each), bytes
 *     others    symbols: below 256 literals, 256 the end of the block, above a length; a distance code follows a length
 *
 * Codes stand with their first bit lowest (inflate-bits.ts, inflate-codes.ts). A stream that used bits past the end of the
 * input is ERR_INPUT_END, whatever those bits said.
 *
 * In pieces OUTPUT holds up to 32 KiB of history and then what the last call put out; INPUT begins with the first byte that
 * was not used up, of whose predecessor up to 7 bits are kept here. A call ends between two symbols: at the end of a block
 * (INFLATE_BLOCK) once it has put out as much as was asked for, so that the host may note the place, when input or room runs
 * short (MORE), or OK. Blocks may be empty: a call for each would cost far more than they do.
 */
import { ERR_ARGUMENT, ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL, INFLATE_BLOCK, MORE, OK } from '../abi';
import { copyMatch } from './copy';
import {
  beyond, bits, closeInput, count, input, inputEnd, inputUsed, leaveInput, openInput, passInput, refill, setBits, storedHead,
  take, usedBeyond,
} from './inflate-bits';
import { distanceCode, entryOf, fixedCodes, literalCode, ownCodes } from './inflate-codes';
import { INPUT, OUTPUT, SLACK, WINDOW_BYTES } from './memory';

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

const HISTORY: u32 = 32 << 10;
/** The most that one round of the loop puts out: a literal and the longest match. A piece never cuts one in two. */
const ROUND: usize = 1 + 258;
/** More than the symbols of a round take, and more than the head of a block takes. */
const ROUND_MARGIN: usize = 16;
const HEAD_MARGIN: usize = 512;
const NEVER: usize = usize.MAX_VALUE;
/** Entries of a code below it are those of literals. */
const LITERALS: u32 = 256 << 4;

/** 0 between blocks, 1 among symbols, 2 in a stored block. */
let within: u32 = 0;
let storedLeft: u32 = 0;
let lastBlock = false;
let fresh: usize = OUTPUT;
let out: usize = OUTPUT;
let outEnd: usize = OUTPUT;
/** Beyond it a piece ends. */
let outStop: usize = NEVER;

/** Decodes `inputLength` bytes of INPUT to at most `outputLength` bytes of OUTPUT; see inflatedBytes and inflateUsed. */
export function inflate(inputLength: u32, outputLength: u32): i32 {
  inflateRestart(0, 0, 0);
  if (inputLength > WINDOW_BYTES || outputLength > WINDOW_BYTES) return ERR_ARGUMENT;
  openInput(inputLength);
  outEnd = OUTPUT + outputLength;
  outStop = NEVER;
  let status = INFLATE_BLOCK;
  while (status == INFLATE_BLOCK) status = block(false);
  return status == MORE ? ERR_OUTPUT_FULL : status;
}

/** How many bytes the last call has put out; they mean something after OK and ERR_OUTPUT_FULL. */
export function inflatedBytes(): u32 {
  return <u32>(out - OUTPUT);
}

/** Begins at the head of a block: `bitCount` bits are left of the byte before, OUTPUT holds `historyLength` bytes. */
export function inflateRestart(bitCount: u32, bitValue: u32, historyLength: u32): i32 {
  if (bitCount > 7 || historyLength > HISTORY) return ERR_ARGUMENT;
  within = 0;
  lastBlock = false;
  setBits(bitCount, bitValue);
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
  openInput(inputLength);
  outEnd = OUTPUT + WINDOW_BYTES;
  outStop = outEnd - ROUND;
  let status = INFLATE_BLOCK;
  while (status == INFLATE_BLOCK) {
    status = block(more);
    if (<u32>(out - fresh) >= enough) break;
  }
  closeInput();
  return status;
}

/** Where the bytes that the last run put out begin in OUTPUT, and how many they are. */
export function inflateFresh(): u32 {
  return <u32>(fresh - OUTPUT);
}
export function inflateFreshBytes(): u32 {
  return <u32>(out - fresh);
}

/** How many bytes of the input were used up, after OK or a run; after a run also the bits that are left of the last one. */
export function inflateUsed(): u32 {
  return inputUsed();
}
export function inflateBitCount(): u32 {
  return count;
}
export function inflateBitValue(): u32 {
  return <u32>bits;
}

/** One block, or what is left of it. @returns INFLATE_BLOCK at its end, OK at that of the last one */
function block(more: bool): i32 {
  if (within == 0) {
    if (lastBlock) return OK;
    if (input - (count >> 3) > stopOf(more, HEAD_MARGIN)) return MORE;
    refill();
    lastBlock = take(1) != 0;
    const type = take(2);
    if (usedBeyond()) return ERR_INPUT_END;
    if (type == 3) return ERR_DATA;
    if (type == 0) {
      const length = storedHead();
      if (length < 0) return -length;
      storedLeft = length;
      within = 2;
    } else {
      const status = type == 1 ? fixedCodes() : ownCodes();
      if (status != OK) return status;
      within = 1;
    }
  }
  const status = within == 2 ? stored(more) : symbols(more);
  if (status != OK) return status;
  within = 0;
  return lastBlock ? OK : INFLATE_BLOCK;
}

/** Where input that is not the last is left to the next call, so that nothing is cut in two. */
// @ts-ignore: decorator
@inline
function stopOf(more: bool, margin: usize): usize {
  return more ? inputEnd - margin : NEVER;
}

function stored(more: bool): i32 {
  const here = min<u32>(storedLeft, min<u32>(<u32>(inputEnd - input), <u32>(outEnd - out)));
  memory.copy(out, input, here);
  out += here;
  passInput(here);
  storedLeft -= here;
  if (storedLeft == 0) return OK;
  return input == inputEnd && !more ? ERR_INPUT_END : MORE;
}

/** Literals and matches up to the end of the block. Everything stands in locals here, as in the other codecs (bits.ts). */
function symbols(more: bool): i32 {
  const inputStop = stopOf(more, ROUND_MARGIN);
  const stop = outStop;
  const end = outEnd;
  const fromEnd = inputEnd;
  let to = out;
  let from = input;
  let buffer = bits;
  let have = count;
  let status = OK;
  while (true) {
    // before more is loaded: so far behind the end the input never gets that a load leaves the slack
    if (beyond(from, fromEnd, have)) {
      status = ERR_INPUT_END;
      break;
    }
    if (to > stop || from - (have >> 3) > inputStop) {
      status = MORE;
      break;
    }
    assert(from >= INPUT && from <= INPUT + WINDOW_BYTES + SLACK - 16);
    buffer |= load<u64>(from) << (<u64>have);
    from += (63 - have) >> 3;
    have |= 56;
    let entry = entryOf(literalCode, buffer);
    buffer >>= <u64>(entry & 15);
    have -= entry & 15;
    if (entry < LITERALS && to < end && from <= fromEnd) {
      // 41 bits are left: two more codes
      store<u8>(to++, <u8>(entry >> 4));
      entry = entryOf(literalCode, buffer);
      buffer >>= <u64>(entry & 15);
      have -= entry & 15;
      if (entry < LITERALS && to < end) {
        store<u8>(to++, <u8>(entry >> 4));
        continue;
      }
      buffer |= load<u64>(from) << (<u64>have);
      from += (63 - have) >> 3;
      have |= 56;
    }
    if (beyond(from, fromEnd, have)) {
      status = ERR_INPUT_END;
      break;
    }
    const symbol = entry >> 4;
    if (symbol < 256) {
      if (to == end) {
        status = ERR_OUTPUT_FULL;
        break;
      }
      store<u8>(to++, <u8>symbol);
      continue;
    }
    if (symbol == 256) break;
    const row = symbol - 257;
    if (row > 28) {
      status = ERR_DATA;
      break;
    }
    // 41 bits are left: 5 + 15 + 13 are needed
    const lengthBits: u32 = load<u8>(lengthExtra + row);
    const length = <u32>load<u16>(lengthBase + (row << 1)) + (<u32>buffer & ((1 << lengthBits) - 1));
    buffer >>= <u64>lengthBits;
    have -= lengthBits;
    entry = entryOf(distanceCode, buffer);
    buffer >>= <u64>(entry & 15);
    have -= entry & 15;
    if (beyond(from, fromEnd, have)) {
      status = ERR_INPUT_END;
      break;
    }
    const slot = entry >> 4;
    if (slot > 29) {
      status = ERR_DATA;
      break;
    }
    const distanceBits: u32 = slot < 4 ? 0 : (slot >> 1) - 1;
    const distance = <u32>load<u16>(distanceBase + (slot << 1)) + (<u32>buffer & ((1 << distanceBits) - 1));
    buffer >>= <u64>distanceBits;
    have -= distanceBits;
    if (beyond(from, fromEnd, have)) {
      status = ERR_INPUT_END;
      break;
    }
    if (distance > <u32>(to - OUTPUT)) {
      status = ERR_DATA;
      break;
    }
    const here = min(length, <u32>(end - to));
    if (here > 0) copyMatch(to, distance, here);
    to += here;
    if (here < length) {
      status = ERR_OUTPUT_FULL;
      break;
    }
  }
  out = to;
  leaveInput(from, buffer, have);
  return status;
}
