/**
 * CRC-32 by slicing: table k holds the effect of a byte that k more bytes follow, so that 16 bytes need 16 independent
 * look-ups instead of a chain of 16. Both polynomials are bit-reversed, start with all ones and end inverted.
 */
import { CRC_SLICES } from './memory';

/** Fills the tables of the bit-reversed `polynomial`. Called when the module starts. */
export function makeTables(table: usize, polynomial: u32): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ polynomial : crc >> 1;
    store<u32>(table + (byte << 2), crc);
  }
  for (let i: u32 = 256; i < CRC_SLICES * 256; i++) {
    const last = load<u32>(table + ((i - 256) << 2));
    store<u32>(table + (i << 2), (last >> 8) ^ load<u32>(table + ((last & 255) << 2)));
  }
}

/** Effect of the four bytes of `word` when `slice` bytes follow the last of them. */
// @ts-ignore: decorator
@inline
function four(table: usize, word: u32, slice: u32): u32 {
  return (
    load<u32>(table + ((slice + 3) << 10) + ((word & 255) << 2)) ^
    load<u32>(table + ((slice + 2) << 10) + (((word >> 8) & 255) << 2)) ^
    load<u32>(table + ((slice + 1) << 10) + (((word >> 16) & 255) << 2)) ^
    load<u32>(table + (slice << 10) + ((word >> 24) << 2))
  );
}

/** CRC of `length` bytes at `data`, going on from `seed` (0 at the start). */
export function crc(table: usize, data: usize, length: u32, seed: u32): u32 {
  let value = ~seed;
  let at = data;
  const end = data + length;
  while (end - at >= 16) {
    const first = four(table, load<u32>(at) ^ value, 12);
    value =
      first ^ four(table, load<u32>(at, 4), 8) ^ four(table, load<u32>(at, 8), 4) ^ four(table, load<u32>(at, 12), 0);
    at += 16;
  }
  while (at < end) {
    value = (value >> 8) ^ load<u32>(table + (((value ^ <u32>load<u8>(at)) & 255) << 2));
    at++;
  }
  return ~value;
}
