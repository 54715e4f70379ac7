/** A reflected CRC of 32 bits, one bit at a time: the oracle of `wasm/checksum/crc.ts`. */

export const IEEE = 0xedb88320;
export const CASTAGNOLI = 0x82f63b78;

/** @param polynomial bit-reversed */
export function plainCrc(bytes: Uint8Array, polynomial: number, seed = 0): number {
  let crc = ~seed;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  }
  return ~crc >>> 0;
}
