/**
 * A stream in pieces. OUTPUT holds up to 32 KiB of history and then what the last call put out; INPUT begins with the
 * first byte that was not used up, of whose predecessor up to 7 bits are kept here. A call ends between two symbols: at
 * the end of a block (INFLATE_BLOCK) once it has put out as much as was asked for, so that the host may note the place, when
 * input or room runs short (MORE), or OK. Blocks may be empty: a call for each would cost far more than they do.
 */
import { ERR_ARGUMENT, ERR_DATA, ERR_INPUT_END, INFLATE_BLOCK, MORE, OK } from '../abi';
import { copyMatch } from './copy';
import { distanceBase, lengthBase, lengthExtra } from './inflate';
import {
  bits, closeInput, count, input, inputEnd, inputLeft, inputUsed, openInput, passInput, refill, setBits, storedHead, take,
  usedBeyond,
} from './inflate-bits';
import { distanceCode, fixedCodes, literalCode, ownCodes, readSymbol } from './inflate-codes';
import { OUTPUT, WINDOW_BYTES } from './memory';

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
let out: usize = OUTPUT;
let outEnd: usize = OUTPUT;

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
  let status = INFLATE_BLOCK;
  while (status == INFLATE_BLOCK) {
    status = step(more);
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

/** How many bytes of the input the last run used up, and the bits that are left of the last of them. */
export function inflateRunUsed(): u32 {
  return inputUsed();
}
export function inflateBitCount(): u32 {
  return count;
}
export function inflateBitValue(): u32 {
  return <u32>bits;
}

function step(more: bool): i32 {
  if (within == 0) {
    if (lastBlock) return OK;
    if (more && inputLeft() < HEAD_MARGIN) return MORE;
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
  const status = within == 2 ? storedPiece(more) : symbolsPiece(more);
  if (status != OK) return status;
  within = 0;
  return lastBlock ? OK : INFLATE_BLOCK;
}

function storedPiece(more: bool): i32 {
  const here = min<u32>(storedLeft, min<u32>(<u32>(inputEnd - input), <u32>(outEnd - out)));
  memory.copy(out, input, here);
  out += here;
  passInput(here);
  storedLeft -= here;
  if (storedLeft == 0) return OK;
  return input == inputEnd && !more ? ERR_INPUT_END : MORE;
}

function symbolsPiece(more: bool): i32 {
  while (true) {
    if (usedBeyond()) return ERR_INPUT_END;
    if (outEnd - out < MAX_MATCH) return MORE;
    if (more && inputLeft() < SYMBOL_MARGIN) return MORE;
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
