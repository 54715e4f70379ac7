/**
 * The items of an LZMS chunk (lzms.ts tells the format), in steps: between two of them everything stands in globals.
 *
 * The bits of the back stream need no buffer. Its units are little-endian and read downwards, so the next bits are those
 * below a bit position, and one load at any byte and one shift bring at least 57 of them to the top.
 */
import { ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL, OK } from '../abi';
import { copyBytes } from './copy';
import { entryOf, tableBytes } from './huffman';
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
  WEIGHTS_BYTES,
} from './lzms-codes';
import {
  choose,
  DELTA_MODELS,
  LOW_RANGE,
  LZ_MODELS,
  MAIN_MODELS,
  MATCH_MODELS,
  REPEAT_MODELS,
  rangeOver,
  SHARE_BITS,
  startRange,
  takeUnit,
  zerosOf,
} from './lzms-range';
import { TABLES, TABLES_BYTES } from './memory';

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

const literalWeights = memory.data(WEIGHTS_BYTES, 16);
const lzWeights = memory.data(WEIGHTS_BYTES, 16);
const deltaWeights = memory.data(WEIGHTS_BYTES, 16);
const lengthWeights = memory.data(WEIGHTS_BYTES, 16);
const powerWeights = memory.data(WEIGHTS_BYTES, 16);

/** Last answers, as the number of the next model: lz, delta, and the four repeats. */
const states = memory.data(6 * 4, 16);
/** Last four offsets, newest first, and pairs of raw offset and power. */
const lzRecent = memory.data(4 * 4, 16);
const deltaRecent = memory.data(4 * 8, 16);

/** Row i: the lanes (u32) of a vector with lane i first, and the others in their order. */
const toFront = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 4, 5, 6, 7, 0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11,
  0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
]);

let output: usize = 0;
let outputSize: u32 = 0;
/** Eight bytes before the end of the input, and the number of its bits. */
let lastWord: usize = 0;
let inputBits: u32 = 0;
let slots: u32 = 0;

let to: usize = 0;
let coder: u64 = 0;
/** Bits of the back stream that were used. */
let used: u32 = 0;
let mainState: u32 = 0;
let matchState: u32 = 0;
/** What the last item was: 0 literal, 1 LZ, 2 delta. */
let lastKind: u32 = 0;
let literalsLeft: u32 = 0;
let lzLeft: u32 = 0;
let deltaLeft: u32 = 0;
let lengthsLeft: u32 = 0;
let powersLeft: u32 = 0;

/** Begins with a chunk of `size` bytes that is packed in `inputSize` bytes, four at least and an even number. */
export function startItems(input: usize, inputSize: u32, chunk: usize, size: u32): void {
  assert(TABLES_END <= TABLES + TABLES_BYTES);
  output = chunk;
  outputSize = size;
  slots = slotsFor(size);
  startCode(LITERAL_TABLE, LITERAL_BITS, literalWeights, LITERALS);
  startCode(LZ_TABLE, OFFSET_BITS, lzWeights, slots);
  startCode(DELTA_TABLE, OFFSET_BITS, deltaWeights, slots);
  startCode(LENGTH_TABLE, LENGTH_BITS, lengthWeights, LENGTH_SLOTS);
  startCode(POWER_TABLE, POWER_BITS, powerWeights, POWERS);
  literalsLeft = lzLeft = deltaLeft = LONG_PERIOD;
  lengthsLeft = powersLeft = SHORT_PERIOD;
  memory.fill(states, 0, 6 * 4);
  for (let i: u32 = 0; i < 4; i++) {
    store<u32>(lzRecent + (i << 2), i + 1);
    store<u64>(deltaRecent + (i << 3), i + 1);
  }
  mainState = matchState = lastKind = 0;
  to = chunk;
  coder = startRange(input, inputSize);
  lastWord = input + inputSize - 8;
  inputBits = inputSize << 3;
  used = 0;
}

/** Number of bytes that are there. */
export function itemsBytes(): u32 {
  return <u32>(to - output);
}

/** The next 57 bits or more of the back stream, the first one on top. */
// @ts-ignore: decorator
@inline
function bitsAt(base: usize, position: u32): u64 {
  return load<u64>(base - (position >> 3)) << (position & 7);
}

// @ts-ignore: decorator
@inline
function addWeight(weights: usize, symbol: u32): void {
  const weight = weights + (symbol << 1);
  store<u16>(weight, <u16>(<u32>load<u16>(weight) + 1));
}

/** Decodes on until at least `wanted` bytes of the chunk are there. */
export function decodeItems(wanted: u32): i32 {
  const end = output + outputSize;
  const stop = output + wanted;
  const base = lastWord;
  const limit = inputBits;
  let out = to;
  let position = used;
  let range = <u32>(coder >> 32);
  let code = <u32>coder;
  let main = mainState;
  let match = matchState;
  let last = lastKind;
  let literals = literalsLeft;
  let status = OK;

  while (out < stop) {
    if (position > limit) {
      status = ERR_INPUT_END;
      break;
    }
    let bits = bitsAt(base, position);

    // The one choice of every item; the two that follow in most others are written out as well.
    if (range < LOW_RANGE) {
      range <<= 16;
      code = (code << 16) | takeUnit();
    }
    const model = MAIN_MODELS + (main << 3);
    const recent = load<u64>(model);
    const bound = (range >> SHARE_BITS) * zerosOf(recent);
    if (code < bound) {
      range = bound;
      store<u64>(model, recent << 1);
      main = (main << 1) & 15;
      let entry = entryOf(LITERAL_TABLE, LITERAL_BITS, bits);
      position += entry & 31;
      const literal = entry >> 5;
      store<u8>(out++, <u8>literal);
      addWeight(literalWeights, literal);
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

    if (range < LOW_RANGE) {
      range <<= 16;
      code = (code << 16) | takeUnit();
    }
    const matchModel = MATCH_MODELS + (match << 3);
    const matchRecent = load<u64>(matchModel);
    const matchBound = (range >> SHARE_BITS) * zerosOf(matchRecent);
    let offset: u32;
    let power: u32 = 0;
    const isLz = code < matchBound;
    if (isLz) {
      range = matchBound;
      store<u64>(matchModel, matchRecent << 1);
      match = (match << 1) & 31;

      if (range < LOW_RANGE) {
        range <<= 16;
        code = (code << 16) | takeUnit();
      }
      const state = load<u32>(states);
      const lzModel = LZ_MODELS + (state << 3);
      const lzAnswers = load<u64>(lzModel);
      const lzBound = (range >> SHARE_BITS) * zerosOf(lzAnswers);
      if (code < lzBound) {
        range = lzBound;
        store<u64>(lzModel, lzAnswers << 1);
        store<u32>(states, (state << 1) & 63);
        if (slots < 2) {
          status = ERR_DATA;
          break;
        }
        let entry = entryOf(LZ_TABLE, OFFSET_BITS, bits);
        const slot = entry >> 5;
        const extra: u32 = load<u8>(offsetExtra + slot);
        bits <<= entry & 31;
        offset = load<u32>(offsetBase + (slot << 2)) + <u32>((bits >> 1) >> (63 - extra));
        position += (entry & 31) + extra;
        const older = v128.load(lzRecent);
        v128.store(lzRecent, i32x4.replace_lane(i32x4.shuffle(older, older, 0, 0, 1, 2), 0, offset));
        addWeight(lzWeights, slot);
        if (--lzLeft == 0) {
          renewCode(LZ_TABLE, OFFSET_BITS, lzWeights, slots);
          lzLeft = LONG_PERIOD;
        }
        bits = bitsAt(base, position);
      } else {
        range -= lzBound;
        code -= lzBound;
        store<u64>(lzModel, (lzAnswers << 1) | 1);
        store<u32>(states, ((state << 1) | 1) & 63);
        const index = chooseRepeat(0, range, code) + (last & 1);
        range = <u32>(coder >> 32);
        code = <u32>coder;
        offset = takeLzRepeat(index);
      }
      last = 1;
    } else {
      range -= matchBound;
      code -= matchBound;
      store<u64>(matchModel, (matchRecent << 1) | 1);
      match = ((match << 1) | 1) & 31;

      const packed = choose(DELTA_MODELS, states + 4, ((<u64>range) << 32) | <u64>code);
      range = <u32>(packed >> 32);
      code = <u32>packed;
      if ((load<u32>(states, 4) & 1) == 0) {
        let entry = entryOf(POWER_TABLE, POWER_BITS, bits);
        position += entry & 31;
        power = entry >> 5;
        addWeight(powerWeights, power);
        if (--powersLeft == 0) {
          renewCode(POWER_TABLE, POWER_BITS, powerWeights, POWERS);
          powersLeft = SHORT_PERIOD;
        }
        if (slots < 2) {
          status = ERR_DATA;
          break;
        }
        bits = bitsAt(base, position);
        entry = entryOf(DELTA_TABLE, OFFSET_BITS, bits);
        const slot = entry >> 5;
        const extra: u32 = load<u8>(offsetExtra + slot);
        bits <<= entry & 31;
        offset = load<u32>(offsetBase + (slot << 2)) + <u32>((bits >> 1) >> (63 - extra));
        position += (entry & 31) + extra;
        addWeight(deltaWeights, slot);
        if (--deltaLeft == 0) {
          renewCode(DELTA_TABLE, OFFSET_BITS, deltaWeights, slots);
          deltaLeft = LONG_PERIOD;
        }
        takeDeltaRepeat(3);
        store<u32>(deltaRecent, offset);
        store<u32>(deltaRecent, power, 4);
        bits = bitsAt(base, position);
      } else {
        const index = chooseRepeat(1, range, code) + (last >> 1);
        range = <u32>(coder >> 32);
        code = <u32>coder;
        takeDeltaRepeat(index);
        offset = load<u32>(deltaRecent);
        power = load<u32>(deltaRecent, 4);
      }
      last = 2;
    }

    let entry = entryOf(LENGTH_TABLE, LENGTH_BITS, bits);
    const slot = entry >> 5;
    const extra: u32 = load<u8>(lengthExtra + slot);
    bits <<= entry & 31;
    const length = load<u32>(lengthBase + (slot << 2)) + <u32>((bits >> 1) >> (63 - extra));
    position += (entry & 31) + extra;
    addWeight(lengthWeights, slot);
    if (--lengthsLeft == 0) {
      renewCode(LENGTH_TABLE, LENGTH_BITS, lengthWeights, LENGTH_SLOTS);
      lengthsLeft = SHORT_PERIOD;
    }

    const done = <u32>(out - output);
    // A delta match needs the byte at distance + span: (offset << power) + (1 << power).
    if (isLz ? offset > done : ((<u64>offset + 1) << power) > done) {
      status = ERR_DATA;
      break;
    }
    if (length > <u32>(end - out)) {
      status = ERR_OUTPUT_FULL;
      break;
    }
    if (isLz) copyBytes(out, offset, length);
    else copyDelta(out, offset << power, 1 << power, length);
    out += length;
  }
  to = out;
  used = position;
  coder = ((<u64>range) << 32) | <u64>code;
  mainState = main;
  matchState = match;
  lastKind = last;
  literalsLeft = literals;
  return rangeOver() || position > limit ? ERR_INPUT_END : status;
}

/** Which of the last three is meant; the coder stands in its global afterwards. @param kind 0 LZ, 1 delta */
function chooseRepeat(kind: u32, range: u32, code: u32): u32 {
  const models = REPEAT_MODELS + kind * (2 * 64 * 8);
  const state = states + 8 + (kind << 3);
  coder = choose(models, state, ((<u64>range) << 32) | <u64>code);
  if ((load<u32>(state) & 1) == 0) return 0;
  coder = choose(models + 64 * 8, state + 4, coder);
  return 1 + (load<u32>(state, 4) & 1);
}

/** Moves an offset to the front of the last ones. */
// @ts-ignore: decorator
@inline
function takeLzRepeat(index: u32): u32 {
  assert(index < 4);
  const offset = load<u32>(lzRecent + (index << 2));
  v128.store(lzRecent, i8x16.swizzle(v128.load(lzRecent), v128.load(toFront + (index << 4))));
  return offset;
}

function takeDeltaRepeat(index: u32): void {
  assert(index < 4);
  const pair = load<u64>(deltaRecent + (index << 3));
  for (let i = index; i > 0; i--) store<u64>(deltaRecent + (i << 3), load<u64>(deltaRecent + ((i - 1) << 3)));
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
