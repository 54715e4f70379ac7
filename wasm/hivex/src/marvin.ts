/** Marvin32, the hash of log entries, with the seed the registry uses (the number 0x82EF4D887A4E55C5). */

const SEED_LO = 0x7a4e55c5;
const SEED_HI = 0x82ef4d88 | 0;

const rotl = (x: number, n: number) => (x << n) | (x >>> (32 - n));

/** @returns the low and the high half as they stand in the file, unsigned */
export function marvin32(bytes: Uint8Array): readonly [lo: number, hi: number] {
  let lo = SEED_LO;
  let hi = SEED_HI;
  const mix = (word: number) => {
    lo = (lo + word) | 0;
    hi ^= lo;
    lo = (rotl(lo, 20) + hi) | 0;
    hi = rotl(hi, 9) ^ lo;
    lo = (rotl(lo, 27) + hi) | 0;
    hi = rotl(hi, 19);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  for (let at = 0; at < whole; at += 4) mix(view.getInt32(at, true));
  // The rest with a closing 0x80, then an empty word.
  let last = 0x80;
  for (let at = bytes.length - 1; at >= whole; at--) last = (last << 8) | bytes[at]!;
  mix(last);
  mix(0);
  return [lo >>> 0, hi >>> 0];
}
