/**
 * The bit stream of both codecs: 16-bit little-endian units, each read from its highest bit.
 *
 * A loop keeps three locals: `input` (next unit to load), `bits` (the next bits from bit 63 down) and `count` (how many are
 * there). Below `count` the buffer holds zeros or bits of the units at `input`, so loading those again changes nothing, and
 * a refill needs no branch:
 *
 *     bits |= refillWord(input) >> count;
 *     input += ((63 - count) >> 4) << 1;
 *     count |= 48;                              // 48 to 63 bits, whole units
 */
import { INPUT, SLACK, WINDOW_BYTES } from './memory';

/** Four units at `input` as one word with the first unit on top. Loads 8 bytes. */
// @ts-ignore: decorator
@inline
export function refillWord(input: usize): u64 {
  assert(input >= INPUT && input <= INPUT + WINDOW_BYTES + SLACK - 8);
  const word = rotl<u64>(load<u64>(input), 32);
  return ((word & 0x0000ffff0000ffff) << 16) | ((word >> 16) & 0x0000ffff0000ffff);
}

/**
 * True when bits were used that do not stand in the input. A single byte at the end is no unit.
 * @param count bits in the buffer that were not used yet
 */
export function usedBeyond(input: usize, inputEnd: usize, count: u32): bool {
  if (input <= inputEnd) return false;
  const beyond = input - inputEnd;
  return ((beyond + (beyond & 1)) << 3) > count;
}
