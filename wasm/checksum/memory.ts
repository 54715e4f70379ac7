/**
 * The windows of this module.
 *
 *     heap base  INPUT     1 MiB    bytes to take in; one call takes at most this much
 *                STATE     32       words of the running hash, put in and taken out by the caller
 *                SCHEDULE  320      words of one block: 80 of SHA-1, 64 of SHA-256
 *                TABLES             slicing tables of both CRCs, made when the module starts
 */
export const WINDOW_BYTES: u32 = 1 << 20;
export const CRC_SLICES: u32 = 16;

export const INPUT: usize = (__heap_base + 63) & ~63;
export const STATE: usize = INPUT + WINDOW_BYTES;
export const SCHEDULE: usize = STATE + 64;
export const IEEE_TABLE: usize = SCHEDULE + 320;
export const CASTAGNOLI_TABLE: usize = IEEE_TABLE + CRC_SLICES * 1024;
const END: usize = CASTAGNOLI_TABLE + CRC_SLICES * 1024;

/** Grows the memory to hold the windows. Called once, when the module starts. */
export function layOut(): void {
  const pages = <i32>((END + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) unreachable();
}
