/**
 * DEFLATE (RFC 1951): streams of known size as a whole (the clusters of qcow2 and the grains of VMDK), and streams of any
 * size piece by piece (gzip; inflate-pieces.ts).
 *
 *     block     final bit, 2 bits of type: 0 stored, 1 fixed codes, 2 codes of its own
 *     stored    to the next byte edge, LEN and its complement (u16 each), bytes
 *     others    symbols: below 256 literals, 256 the end of the block, above a length; a distance code follows a length
 *
 * Codes stand with their first bit lowest (inflate-bits.ts, inflate-codes.ts). A stream that used bits past the end of the input is ERR_INPUT_END, whatever those bits said.
 */
import { ERR_ARGUMENT, ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL, OK } from '../abi';
import { copyMatch } from './copy';
import {
  input, inputEnd, inputUsed, openInput, passInput, refill, setBits, storedHead, take, usedBeyond,
} from './inflate-bits';
import { distanceCode, fixedCodes, literalCode, ownCodes, readSymbol } from './inflate-codes';
import { OUTPUT, WINDOW_BYTES } from './memory';

/** Base and extra bits of the length symbols 257 to 285 and of the 30 distances. */
export const lengthBase = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]);
export const lengthExtra = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
export const distanceBase = memory.data<u16>([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
]);

let out: usize = 0;
let outEnd: usize = 0;

/** Decodes `inputLength` bytes of INPUT to at most `outputLength` bytes of OUTPUT; see inflatedBytes and inflateUsed. */
export function inflate(inputLength: u32, outputLength: u32): i32 {
  out = OUTPUT;
  setBits(0, 0);
  if (inputLength > WINDOW_BYTES || outputLength > WINDOW_BYTES) return ERR_ARGUMENT;
  openInput(inputLength);
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
  return inputUsed();
}

function storedBlock(): i32 {
  const length = storedHead();
  if (length < 0) return -length;
  const here = min<u32>(length, min<u32>(<u32>(inputEnd - input), <u32>(outEnd - out)));
  memory.copy(out, input, here);
  out += here;
  passInput(here);
  if (here == <u32>length) return OK;
  return input == inputEnd ? ERR_INPUT_END : ERR_OUTPUT_FULL;
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
