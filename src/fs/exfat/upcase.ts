/**
 * The up-case table: 65,536 units, stored up to where all further ones are themselves, and with runs of such units
 * written as FFFF and their count.
 */
const UNITS = 65_536;
/** Uncompressed, and each unit as a run of one at worst. */
export const MAX_UPCASE_BYTES = UNITS * 4;

/** Null when the table says more than 65,536 units. */
export function expandUpcase(bytes: Uint8Array): Uint16Array | null {
  const table = Uint16Array.from({ length: UNITS }, (_, i) => i);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let i = 0; i + 2 <= bytes.length; i += 2) {
    const unit = view.getUint16(i, true);
    if (unit === 0xffff && i + 4 <= bytes.length) {
      i += 2;
      at += view.getUint16(i, true);
    } else if (at < UNITS) table[at++] = unit;
    else return null;
  }
  return at > UNITS ? null : table;
}

export function tableChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (((sum << 31) | (sum >>> 1)) + byte) >>> 0;
  return sum;
}
