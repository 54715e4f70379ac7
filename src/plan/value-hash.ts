/**
 * The 64-bit hash by which registry data are compared: FNV-1a over type and size (32-bit little-endian) and the data, as the
 * hive engine computes it for its columns. Written in 16-bit limbs, because a double cannot hold the products.
 */

/** @returns 16 hex digits */
export function valueHash(type: number, data: Uint8Array): string {
  // Offset basis 0xcbf29ce484222325, lowest limb first.
  let h0 = 0x2325;
  let h1 = 0x8422;
  let h2 = 0x9ce4;
  let h3 = 0xcbf2;
  const size = data.length;
  for (let i = -8; i < size; i++) {
    h0 ^= i < -4 ? (type >>> ((i + 8) * 8)) & 0xff : i < 0 ? (size >>> ((i + 4) * 8)) & 0xff : data[i]!;
    // Times the prime 2^40 + 0x1b3: the low part limb by limb, the 2^40 part as a shift by two limbs and eight bits.
    const p0 = h0 * 0x1b3;
    const p1 = h1 * 0x1b3 + (p0 >>> 16);
    const p2 = h2 * 0x1b3 + (p1 >>> 16) + ((h0 << 8) & 0xffff);
    h3 = (h3 * 0x1b3 + (p2 >>> 16) + ((h1 << 8) & 0xffff) + (h0 >>> 8)) & 0xffff;
    h0 = p0 & 0xffff;
    h1 = p1 & 0xffff;
    h2 = p2 & 0xffff;
  }
  const word = (limb: number) => limb.toString(16).padStart(4, '0');
  return word(h3) + word(h2) + word(h1) + word(h0);
}

/** The same text from the two halves of a hash column. */
export function hashText(hi: number, lo: number): string {
  return (hi >>> 0).toString(16).padStart(8, '0') + (lo >>> 0).toString(16).padStart(8, '0');
}
