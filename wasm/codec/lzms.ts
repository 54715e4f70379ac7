/**
 * LZMS as WIM uses it, one chunk of up to 256 MiB. There is no public specification by its maker; this follows descriptions
 * of the format and what independent programs write and accept.
 *
 *     chunk   16-bit little-endian units, read from both ends
 *       from the front, upwards     a range coder: choices between two things, each with a model that learns
 *       from the end, downwards     bits, highest first: symbols of Huffman codes that are renewed as data goes by, extra bits
 *
 *     item    main 0              literal: symbol
 *             main 1  match 0     LZ     lz 0     offset slot, extra bits; length slot, extra bits
 *                                        lz 1     one of the last three offsets (repeat 0, or 1 0, or 1 1); length
 *             main 1  match 1     delta  delta 0  power; offset slot, extra bits; length
 *                                        delta 1  one of the last three pairs of power and offset; length
 *
 * A delta match copies differences: with d = offset << power and s = 1 << power, out[i] = out[i-s] + out[i-d] - out[i-d-s].
 * At the end the x86 filter is undone over the whole chunk (lzms-x86.ts); matches see the data before that.
 *
 * Traps: the offset of a match is among "the last three" only from the item after next on, so right after a match of the
 * same kind the list is read one place further; the number of offset slots depends on the chunk's size.
 *
 * A chunk of 64 MiB takes a third of a second, so it is decoded in steps of 1 MiB, and no further than somebody looks;
 * between two steps everything stands in globals. To go on behind a beginning, the filter is applied to it again.
 */
import { ERR_ARGUMENT, ERR_INPUT_END, MORE, OK } from '../abi';
import { decodeItems, itemsBytes, startItems } from './lzms-items';
import { passX86, startX86, X86_TABLE_BYTES } from './lzms-x86';
import { ensureMemory, LARGE, SLACK } from './memory';

/** Largest chunk taken, compressed or not; the format knows 1 GiB. */
const MAX_CHUNK: u32 = 256 << 20;
const STEP: u32 = 1 << 20;
const FILTER_STEP: u32 = 4 << 20;
/** Bytes behind those that are wanted which the filter may look at. */
const AHEAD: u32 = 32;

let output: usize = 0;
/** 0 while there is no chunk that can be gone on with. */
let outputSize: u32 = 0;
let input: usize = 0;
let inputSize: u32 = 0;
/** Bytes of the chunk that are wanted: all, unless `lzmsWant` said less. */
let wanted: u32 = 0;
/** Where the filter goes on; 0 before it began. */
let filtered: u32 = 0;
/** What the filter was undone for and is applied to again, before items that look at it are decoded; 0 when it is not. */
let again: u32 = 0;
/** Everything that is wanted is there. */
let finished: bool = false;

/** Makes room for a chunk; addresses and the view of the memory are new after it. */
export function lzmsReserve(inputLength: u32, outputLength: u32): i32 {
  outputSize = 0;
  if (inputLength > MAX_CHUNK || outputLength > MAX_CHUNK || outputLength == 0) return ERR_ARGUMENT;
  output = LARGE + X86_TABLE_BYTES;
  input = (output + outputLength + SLACK + 15) & ~15;
  if (!ensureMemory(input + inputLength + SLACK)) return ERR_ARGUMENT;
  outputSize = outputLength;
  inputSize = inputLength;
  return OK;
}

/** Where the compressed bytes go, once room was made. */
export function lzmsInput(): usize {
  return input;
}

export function lzmsOutput(): usize {
  return output;
}

/** Begins with the chunk that stands at `lzmsInput()`. */
export function lzmsStart(): i32 {
  if (outputSize == 0) return ERR_ARGUMENT;
  if (inputSize < 4 || (inputSize & 1) != 0) {
    outputSize = 0;
    return ERR_INPUT_END;
  }
  startItems(input, inputSize, output, outputSize);
  filtered = again = 0;
  finished = false;
  wanted = outputSize;
  return OK;
}

/**
 * Only the first `length` bytes are wanted: what lies behind them is not decoded. After `lzmsStart`; and to have more of a
 * chunk whose beginning was decoded.
 */
export function lzmsWant(length: u32): i32 {
  if (outputSize == 0 || length == 0 || length > outputSize || again != 0) return ERR_ARGUMENT;
  if (filtered != 0 && filterEnd() < outputSize) {
    if (!finished || length <= wanted) return ERR_ARGUMENT;
    again = wanted;
    filtered = 1;
    startX86(LARGE);
  }
  finished = false;
  wanted = length;
  return OK;
}

/** Decodes on for about 1 MiB. @returns MORE while there is something left to do */
export function lzmsStep(): i32 {
  if (outputSize == 0) return ERR_ARGUMENT;
  if (again != 0) {
    const stop = filtered + FILTER_STEP;
    filtered = passX86(output, outputSize, filtered, min(stop, again), LARGE, false);
    if (stop >= again) again = filtered = 0;
    return MORE;
  }
  const limit = filterEnd();
  const enough = limit < outputSize ? limit + AHEAD : outputSize;
  const have = itemsBytes();
  if (have < enough) {
    // the first code of a kernel is slow, and is replaced between two calls only
    const status = decodeItems(min(enough, have + (have < STEP ? STEP >> 3 : STEP)));
    if (status == OK) return MORE;
    outputSize = 0;
    return status;
  }
  if (filtered == 0) {
    startX86(LARGE);
    filtered = 1;
  }
  const stop = filtered + FILTER_STEP;
  filtered = passX86(output, outputSize, filtered, min(stop, limit), LARGE, true);
  if (stop < limit) return MORE;
  finished = true;
  return OK;
}

/** Where the filter ends: it looks at what follows an instruction, and leaves the end of a chunk alone. */
function filterEnd(): u32 {
  return outputSize - wanted > AHEAD ? wanted : outputSize;
}
