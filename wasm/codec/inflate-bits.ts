/**
 * The bit stream of DEFLATE: bits are taken from the lowest of each byte. Refill without a branch, as in bits.ts: below
 * `bits + count` stand zeros or bits of the bytes at `input`.
 */
import { ERR_DATA, ERR_INPUT_END } from '../abi';
import { INPUT, SLACK, WINDOW_BYTES } from './memory';

export let input: usize = 0;
export let inputEnd: usize = 0;
export let bits: u64 = 0;
export let count: u32 = 0;

/** Begins with `length` bytes of INPUT; what is left of the bits before stands in front of them. */
export function openInput(length: u32): void {
  input = INPUT;
  inputEnd = INPUT + length;
}

/** The `kept` bits in front of the input. */
export function setBits(kept: u32, value: u32): void {
  bits = value & ((1 << kept) - 1);
  count = kept;
}

/** For a loop that had all of it in locals. */
export function leaveInput(at: usize, kept: u64, keptCount: u32): void {
  input = at;
  bits = kept;
  count = keptCount;
}

/** Gives back whole bytes: up to 7 bits are kept. */
export function closeInput(): void {
  input -= count >> 3;
  count &= 7;
  bits &= (1 << count) - 1;
}

/** Passes `length` bytes of the input, while no bits are held. */
export function passInput(length: u32): void {
  assert(count == 0);
  input += length;
}

/** Bytes of the input up to the last one that a bit was used of. */
export function inputUsed(): u32 {
  return <u32>(input - INPUT) - (count >> 3);
}

// @ts-ignore: decorator
@inline
export function refill(): void {
  assert(input >= INPUT && input <= INPUT + WINDOW_BYTES + SLACK - 8);
  bits |= load<u64>(input) << (<u64>count);
  input += (63 - count) >> 3;
  count |= 56;
}

/** The next `n` bits, at most 16; the caller has refilled. */
// @ts-ignore: decorator
@inline
export function take(n: u32): u32 {
  const value = <u32>bits & ((1 << n) - 1);
  bits >>= <u64>n;
  count -= n;
  return value;
}

/** True when bits were used that do not stand in the input. */
// @ts-ignore: decorator
@inline
export function usedBeyond(): bool {
  return beyond(input, inputEnd, count);
}

// @ts-ignore: decorator
@inline
export function beyond(at: usize, end: usize, held: u32): bool {
  return at > end && <u32>(at - end) << 3 > held;
}

/** The head of a stored block. @returns how many bytes follow, or a status below zero: `-status` */
export function storedHead(): i32 {
  take(count & 7);
  if (usedBeyond()) return -ERR_INPUT_END;
  input -= count >> 3;
  bits = 0;
  count = 0;
  if (inputEnd - input < 4) return -ERR_INPUT_END;
  const length: u32 = load<u16>(input);
  const complement: u32 = load<u16>(input, 2);
  input += 4;
  if ((length ^ complement) != 0xffff) return -ERR_DATA;
  return length;
}
