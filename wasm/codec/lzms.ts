/**
 * LZMS as WIM uses it, one chunk of up to 64 MiB. There is no public specification by its maker; this follows descriptions
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
 * A choice has 16 to 64 models, picked by the last 4 to 6 answers to the same question. A model is the last 64 answers in
 * it: the probability of 0 is their share of zeros, kept from 1/64 to 63/64.
 *
 * Traps: the offset of a match is among "the last three" only from the item after next on, so right after a match of the
 * same kind the list is read one place further; the number of offset slots depends on the chunk's size.
 *
 * A chunk of 64 MiB takes a second, so it is decoded in steps of 1 MiB; between two of them everything stands in globals.
 */
import { ERR_ARGUMENT, ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL, MORE, OK } from '../abi';
import { copyBytes } from './copy';
import { longCode, tableBytes } from './huffman';
import {
  LENGTH_SLOTS,
  lengthBase,
  lengthExtra,
  MAX_SYMBOLS,
  offsetBase,
  offsetExtra,
  renewCode,
  slotsFor,
  startCode,
} from './lzms-codes';
import { startX86, undoX86, X86_TABLE_BYTES } from './lzms-x86';
import { ensureMemory, LARGE, SLACK, TABLES, TABLES_BYTES } from './memory';

/** Largest chunk taken, compressed or not. */
const MAX_CHUNK: u32 = 64 << 20;
const STEP: u32 = 1 << 20;

const LITERAL_BITS: u32 = 10;
const OFFSET_BITS: u32 = 11;
const LENGTH_BITS: u32 = 9;
const POWER_BITS: u32 = 7;
const LITERALS: u32 = 256;
const POWERS: u32 = 8;
/** Symbols after which a code is renewed. */
const LONG_PERIOD: u32 = 1024;
const SHORT_PERIOD: u32 = 512;

const LITERAL_TABLE: usize = TABLES;
const LZ_TABLE: usize = LITERAL_TABLE + tableBytes(LITERAL_BITS, LITERALS);
const DELTA_TABLE: usize = LZ_TABLE + tableBytes(OFFSET_BITS, MAX_SYMBOLS);
const LENGTH_TABLE: usize = DELTA_TABLE + tableBytes(OFFSET_BITS, MAX_SYMBOLS);
const POWER_TABLE: usize = LENGTH_TABLE + tableBytes(LENGTH_BITS, LENGTH_SLOTS);
const TABLES_END: usize = POWER_TABLE + tableBytes(POWER_BITS, POWERS);

const literalWeights = memory.data(LITERALS * 2, 16);
const lzWeights = memory.data(MAX_SYMBOLS * 2, 16);
const deltaWeights = memory.data(MAX_SYMBOLS * 2, 16);
const lengthWeights = memory.data(LENGTH_SLOTS * 2, 16);
const powerWeights = memory.data(POWERS * 2, 16);

// Models: 8 bytes each, the answers of one choice after the other.
const MODELS: u32 = 16 + 32 + 6 * 64;
const MAIN_MODELS = memory.data(MODELS * 8, 16);
const MATCH_MODELS: usize = MAIN_MODELS + 16 * 8;
const LZ_MODELS: usize = MATCH_MODELS + 32 * 8;
const DELTA_MODELS: usize = LZ_MODELS + 64 * 8;
/** Two of LZ, then two of delta. */
const REPEAT_MODELS: usize = DELTA_MODELS + 64 * 8;
const NEW_MODEL: u64 = 0x55555555;
/** Last answers, as the number of the next model: lz, delta, and the four repeats. */
const states = memory.data(6 * 4, 16);
/** Last four offsets, newest first, and pairs of raw offset and power. */
const lzRecent = memory.data(4 * 4, 16);
const deltaRecent = memory.data(4 * 8, 16);

let output: usize = 0;
let outputSize: u32 = 0;
let input: usize = 0;
let inputSize: u32 = 0;
let slots: u32 = 0;

// The chunk between two steps; inside a loop most of these are locals.
let to: usize = 0;
let front: usize = 0;
let frontOver: bool = false;
let range: u32 = 0;
let code: u32 = 0;
let back: usize = 0;
let bits: u64 = 0;
let count: u32 = 0;
let mainState: u32 = 0;
let matchState: u32 = 0;
/** What the last item was: 0 literal, 1 LZ, 2 delta. */
let lastKind: u32 = 0;
let literalsLeft: u32 = 0;
let lzLeft: u32 = 0;
let deltaLeft: u32 = 0;
let lengthsLeft: u32 = 0;
let powersLeft: u32 = 0;
let filtered: u32 = 0;
/** Bytes of the chunk that are wanted: all, unless `lzmsWant` said less. */
let wanted: u32 = 0;

/** Bytes behind those that are wanted which the filter may look at. */
const AHEAD: u32 = 32;

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
  assert(TABLES_END <= TABLES + TABLES_BYTES);
  slots = slotsFor(outputSize);
  startCode(LITERAL_TABLE, LITERAL_BITS, literalWeights, LITERALS);
  startCode(LZ_TABLE, OFFSET_BITS, lzWeights, slots);
  startCode(DELTA_TABLE, OFFSET_BITS, deltaWeights, slots);
  startCode(LENGTH_TABLE, LENGTH_BITS, lengthWeights, LENGTH_SLOTS);
  startCode(POWER_TABLE, POWER_BITS, powerWeights, POWERS);
  literalsLeft = lzLeft = deltaLeft = LONG_PERIOD;
  lengthsLeft = powersLeft = SHORT_PERIOD;
  for (let i: u32 = 0; i < MODELS; i++) store<u64>(MAIN_MODELS + (i << 3), NEW_MODEL);
  memory.fill(states, 0, 6 * 4);
  for (let i: u32 = 0; i < 4; i++) {
    store<u32>(lzRecent + (i << 2), i + 1);
    store<u64>(deltaRecent + (i << 3), i + 1);
  }
  mainState = matchState = lastKind = 0;
  to = output;
  front = input + 4;
  frontOver = false;
  range = 0xffffffff;
  code = rotl<u32>(load<u32>(input), 16);
  back = input + inputSize;
  bits = 0;
  count = 0;
  filtered = 0;
  wanted = outputSize;
  return OK;
}

/** Only the first `length` bytes are wanted: what lies behind them is not decoded. After `lzmsStart`. */
export function lzmsWant(length: u32): i32 {
  if (outputSize == 0 || length == 0 || length > outputSize) return ERR_ARGUMENT;
  wanted = length;
  return OK;
}

/** Decodes on for about 1 MiB. @returns MORE while there is something left to do */
export function lzmsStep(): i32 {
  if (outputSize == 0) return ERR_ARGUMENT;
  const end = output + outputSize;
  // the filter looks at what follows an instruction, and leaves the end of a chunk alone
  const part = wanted < outputSize && outputSize - wanted > AHEAD;
  const enough = part ? output + wanted + AHEAD : end;
  if (to < enough) {
    let status = decodeItems(end, min<usize>(enough, to + STEP));
    if (frontOver || usedBeyondStart()) status = ERR_INPUT_END;
    if (status != OK) {
      outputSize = 0;
      return status;
    }
    return MORE;
  }
  if (filtered == 0) {
    startX86(LARGE);
    filtered = 1;
  }
  const limit = part ? wanted : outputSize;
  const stop = filtered + 4 * STEP;
  filtered = undoX86(output, outputSize, filtered, min(stop, limit), LARGE);
  if (stop < limit) return MORE;
  outputSize = 0;
  return OK;
}

/** True when bits were used that lie before the input. */
function usedBeyondStart(): bool {
  return back < input && (input - back) << 3 > count;
}

/** The range coder's next unit. Beyond the input there are zeros, and the chunk is refused in the end. */
function takeUnit(): u32 {
  if (front >= input + inputSize) {
    frontOver = true;
    return 0;
  }
  const unit: u32 = load<u16>(front);
  front += 2;
  return unit;
}

/** Share of zeros among the last 64 answers, at least 1 and at most 63. */
// @ts-ignore: decorator
@inline
function zerosOf(recent: u64): u32 {
  return min<u32>(max<u32>(64 - <u32>popcnt<u64>(recent), 1), 63);
}

/** One answer with a model that is not in the hot path. */
function choose(models: usize, state: usize): u32 {
  const slot = models + (load<u32>(state) << 3);
  if (range < 65536) {
    range <<= 16;
    code = (code << 16) | takeUnit();
  }
  const recent = load<u64>(slot);
  const bound = (range >> 6) * zerosOf(recent);
  let answer: u32 = 0;
  if (code < bound) {
    range = bound;
  } else {
    range -= bound;
    code -= bound;
    answer = 1;
  }
  store<u64>(slot, (recent << 1) | answer);
  store<u32>(state, ((load<u32>(state) << 1) | answer) & 63);
  return answer;
}

/** Which of the last three is meant. @param kind 0 LZ, 1 delta */
function chooseRepeat(kind: u32): u32 {
  const models = REPEAT_MODELS + kind * (2 * 64 * 8);
  const state = states + 8 + (kind << 3);
  if (choose(models, state) == 0) return 0;
  return 1 + choose(models + 64 * 8, state + 4);
}

function decodeItems(end: usize, stop: usize): i32 {
  let out = to;
  let buffer = bits;
  let have = count;
  let from = back;
  let main = mainState;
  let last = lastKind;
  let literals = literalsLeft;
  const begin = input;
  let status = OK;

  while (out < stop) {
    if (from < begin && (begin - from) << 3 > have) {
      status = ERR_INPUT_END;
      break;
    }
    // 48 bits: a symbol of 15 and 30 extra bits. Units lie in memory as they are wanted: no turning is needed.
    buffer |= load<u64>(from - 8) >> have;
    from -= ((63 - have) >> 4) << 1;
    have |= 48;

    // The one choice of every item, written out.
    if (range < 65536) {
      range <<= 16;
      code = (code << 16) | takeUnit();
    }
    const model = MAIN_MODELS + (main << 3);
    const recent = load<u64>(model);
    const bound = (range >> 6) * zerosOf(recent);
    if (code < bound) {
      range = bound;
      store<u64>(model, recent << 1);
      main = (main << 1) & 15;
      let entry: u32 = load<u16>(LITERAL_TABLE + ((<usize>(buffer >> (64 - LITERAL_BITS))) << 1));
      if (entry == 0) entry = longCode(LITERAL_TABLE, LITERAL_BITS, <u32>(buffer >> 48));
      buffer <<= entry & 31;
      have -= entry & 31;
      const literal = entry >> 5;
      store<u8>(out++, <u8>literal);
      const weight = literalWeights + (literal << 1);
      store<u16>(weight, <u16>(<u32>load<u16>(weight) + 1));
      last = 0;
      if (--literals == 0) {
        renewCode(LITERAL_TABLE, LITERAL_BITS, literalWeights, LITERALS);
        literals = LONG_PERIOD;
      }
      continue;
    }
    range -= bound;
    code -= bound;
    store<u64>(model, (recent << 1) | 1);
    main = ((main << 1) | 1) & 15;

    let offset: u32;
    let power: u32 = 0;
    const isDelta = chooseMatch();
    if (isDelta == 0) {
      if (choose(LZ_MODELS, states) == 0) {
        if (slots < 2) {
          status = ERR_DATA;
          break;
        }
        let entry: u32 = load<u16>(LZ_TABLE + ((<usize>(buffer >> (64 - OFFSET_BITS))) << 1));
        if (entry == 0) entry = longCode(LZ_TABLE, OFFSET_BITS, <u32>(buffer >> 48));
        buffer <<= entry & 31;
        have -= entry & 31;
        const slot = entry >> 5;
        const extra: u32 = load<u8>(offsetExtra + slot);
        offset = load<u32>(offsetBase + (slot << 2)) + <u32>((buffer >> 1) >> (63 - extra));
        buffer <<= extra;
        have -= extra;
        v128.store(lzRecent, i32x4.replace_lane(i32x4.shuffle(v128.load(lzRecent), v128.load(lzRecent), 0, 0, 1, 2), 0, offset));
        const weight = lzWeights + (slot << 1);
        store<u16>(weight, <u16>(<u32>load<u16>(weight) + 1));
        if (--lzLeft == 0) {
          renewCode(LZ_TABLE, OFFSET_BITS, lzWeights, slots);
          lzLeft = LONG_PERIOD;
        }
      } else {
        offset = takeLzRepeat(chooseRepeat(0) + (last & 1));
      }
      last = 1;
    } else {
      if (choose(DELTA_MODELS, states + 4) == 0) {
        let entry: u32 = load<u16>(POWER_TABLE + ((<usize>(buffer >> (64 - POWER_BITS))) << 1));
        buffer <<= entry & 31;
        have -= entry & 31;
        power = entry >> 5;
        const powerWeight = powerWeights + (power << 1);
        store<u16>(powerWeight, <u16>(<u32>load<u16>(powerWeight) + 1));
        if (--powersLeft == 0) {
          renewCode(POWER_TABLE, POWER_BITS, powerWeights, POWERS);
          powersLeft = SHORT_PERIOD;
        }
        if (slots < 2) {
          status = ERR_DATA;
          break;
        }
        buffer |= load<u64>(from - 8) >> have;
        from -= ((63 - have) >> 4) << 1;
        have |= 48;
        entry = load<u16>(DELTA_TABLE + ((<usize>(buffer >> (64 - OFFSET_BITS))) << 1));
        if (entry == 0) entry = longCode(DELTA_TABLE, OFFSET_BITS, <u32>(buffer >> 48));
        buffer <<= entry & 31;
        have -= entry & 31;
        const slot = entry >> 5;
        const extra: u32 = load<u8>(offsetExtra + slot);
        offset = load<u32>(offsetBase + (slot << 2)) + <u32>((buffer >> 1) >> (63 - extra));
        buffer <<= extra;
        have -= extra;
        const weight = deltaWeights + (slot << 1);
        store<u16>(weight, <u16>(<u32>load<u16>(weight) + 1));
        if (--deltaLeft == 0) {
          renewCode(DELTA_TABLE, OFFSET_BITS, deltaWeights, slots);
          deltaLeft = LONG_PERIOD;
        }
        memory.copy(deltaRecent + 8, deltaRecent, 3 * 8);
        store<u32>(deltaRecent, offset);
        store<u32>(deltaRecent, power, 4);
      } else {
        takeDeltaRepeat(chooseRepeat(1) + (last >> 1));
        offset = load<u32>(deltaRecent);
        power = load<u32>(deltaRecent, 4);
      }
      last = 2;
    }

    buffer |= load<u64>(from - 8) >> have;
    from -= ((63 - have) >> 4) << 1;
    have |= 48;
    let entry: u32 = load<u16>(LENGTH_TABLE + ((<usize>(buffer >> (64 - LENGTH_BITS))) << 1));
    if (entry == 0) entry = longCode(LENGTH_TABLE, LENGTH_BITS, <u32>(buffer >> 48));
    buffer <<= entry & 31;
    have -= entry & 31;
    const slot = entry >> 5;
    const extra: u32 = load<u8>(lengthExtra + slot);
    const length = load<u32>(lengthBase + (slot << 2)) + <u32>((buffer >> 1) >> (63 - extra));
    buffer <<= extra;
    have -= extra;
    const weight = lengthWeights + (slot << 1);
    store<u16>(weight, <u16>(<u32>load<u16>(weight) + 1));
    if (--lengthsLeft == 0) {
      renewCode(LENGTH_TABLE, LENGTH_BITS, lengthWeights, LENGTH_SLOTS);
      lengthsLeft = SHORT_PERIOD;
    }

    const done = <u32>(out - output);
    // A delta match needs the byte at distance + span: (offset << power) + (1 << power).
    if (isDelta == 0 ? offset > done : ((<u64>offset + 1) << power) > done) {
      status = ERR_DATA;
      break;
    }
    if (length > <u32>(end - out)) {
      status = ERR_OUTPUT_FULL;
      break;
    }
    if (isDelta == 0) copyBytes(out, offset, length);
    else copyDelta(out, offset << power, 1 << power, length);
    out += length;
  }
  to = out;
  bits = buffer;
  count = have;
  back = from;
  mainState = main;
  lastKind = last;
  literalsLeft = literals;
  return status;
}

/** 0 an LZ match, 1 a delta match. */
function chooseMatch(): u32 {
  const slot = MATCH_MODELS + (matchState << 3);
  if (range < 65536) {
    range <<= 16;
    code = (code << 16) | takeUnit();
  }
  const recent = load<u64>(slot);
  const bound = (range >> 6) * zerosOf(recent);
  let answer: u32 = 0;
  if (code < bound) {
    range = bound;
  } else {
    range -= bound;
    code -= bound;
    answer = 1;
  }
  store<u64>(slot, (recent << 1) | answer);
  matchState = ((matchState << 1) | answer) & 31;
  return answer;
}

/** Moves an offset to the front of the last ones. */
function takeLzRepeat(index: u32): u32 {
  assert(index < 4);
  const offset = load<u32>(lzRecent + (index << 2));
  memory.copy(lzRecent + 4, lzRecent, index << 2);
  store<u32>(lzRecent, offset);
  return offset;
}

function takeDeltaRepeat(index: u32): void {
  assert(index < 4);
  const pair = load<u64>(deltaRecent + (index << 3));
  memory.copy(deltaRecent + 8, deltaRecent, index << 3);
  store<u64>(deltaRecent, pair);
}

function copyDelta(out: usize, distance: u32, span: u32, length: u32): void {
  assert(distance + span <= <u32>(out - output));
  for (const end = out + length; out < end; out++) {
    const before: u32 = load<u8>(out - span);
    const then: u32 = load<u8>(out - distance);
    const beforeThen: u32 = load<u8>(out - distance - span);
    store<u8>(out, <u8>(before + then - beforeThen));
  }
}
