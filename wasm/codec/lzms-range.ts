/**
 * The front stream of LZMS: a range coder, and the models of its choices.
 *
 * A choice has 16 to 64 models, picked by the last 4 to 6 answers to the same question. A model is the last 64 answers in
 * it: the probability of 0 is their share of zeros, kept from 1/64 to 63/64.
 *
 * The coder's two numbers live in locals of the loop (lzms-items.ts), which has the frequent choices written out; `choose`
 * takes and gives them as one: range above, code below.
 */

const MODELS: u32 = 16 + 32 + 6 * 64;
/** Models: 8 bytes each, the answers of one choice after the other. */
export const MAIN_MODELS = memory.data(MODELS * 8, 16);
export const MATCH_MODELS: usize = MAIN_MODELS + 16 * 8;
export const LZ_MODELS: usize = MATCH_MODELS + 32 * 8;
export const DELTA_MODELS: usize = LZ_MODELS + 64 * 8;
/** Two of LZ, then two of delta. */
export const REPEAT_MODELS: usize = DELTA_MODELS + 64 * 8;
const NEW_MODEL: u64 = 0x55555555;
/** Below this the range gets another unit. */
export const LOW_RANGE: u32 = 65536;
export const SHARE_BITS: u32 = 6;

let front: usize = 0;
let frontEnd: usize = 0;
let over: bool = false;

/** Begins with the units of the input, four bytes at least. @returns the coder */
export function startRange(input: usize, inputSize: u32): u64 {
  for (let i: u32 = 0; i < MODELS; i++) store<u64>(MAIN_MODELS + (i << 3), NEW_MODEL);
  front = input + 4;
  frontEnd = input + inputSize;
  over = false;
  return ((<u64>0xffffffff) << 32) | <u64>rotl<u32>(load<u32>(input), 16);
}

/** True when units were taken that lie beyond the input. */
export function rangeOver(): bool {
  return over;
}

/** The next unit. Beyond the input there are zeros, and the chunk is refused in the end. */
export function takeUnit(): u32 {
  if (front >= frontEnd) {
    over = true;
    return 0;
  }
  const unit: u32 = load<u16>(front);
  front += 2;
  return unit;
}

/** Share of zeros among the last 64 answers, at least 1 and at most 63. */
// @ts-ignore: decorator
@inline
export function zerosOf(recent: u64): u32 {
  return min<u32>(max<u32>(64 - <u32>popcnt<u64>(recent), 1), 63);
}

/**
 * One answer with a model that is not in the hot path.
 * @param state where the last six answers are (u32): the lowest bit is the new one afterwards
 * @returns the coder
 */
export function choose(models: usize, state: usize, coder: u64): u64 {
  let range = <u32>(coder >> 32);
  let code = <u32>coder;
  const slot = models + (load<u32>(state) << 3);
  if (range < LOW_RANGE) {
    range <<= 16;
    code = (code << 16) | takeUnit();
  }
  const recent = load<u64>(slot);
  const bound = (range >> SHARE_BITS) * zerosOf(recent);
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
  return ((<u64>range) << 32) | <u64>code;
}
