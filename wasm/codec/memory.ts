/**
 * The windows of this module. Every one is followed by slack, because the hot loops load 8 bytes and store 16 bytes at a
 * time and may touch what lies just behind the end of a window; nothing there is ever taken for data.
 *
 *     heap base  OUTPUT   2 MiB + slack   the chunk as it comes out; matches are copied inside it
 *                INPUT    2 MiB + slack   the compressed chunk
 *                tables                   decode tables of the Huffman codes, made anew for each chunk or block
 *                LARGE                    LZMS, only when it is used: table of the x86 filter, output, input
 */

/** Largest chunk of XPRESS and LZX: a window of 2^21. */
export const WINDOW_BYTES: u32 = 2 << 20;
/** More than one round of a hot loop can read past the end of the input or write past the end of the output. */
export const SLACK: u32 = 64;

export const OUTPUT: usize = (__heap_base + 63) & ~63;
export const INPUT: usize = OUTPUT + WINDOW_BYTES + SLACK;
export const TABLES: usize = INPUT + WINDOW_BYTES + SLACK;
/** Where the next table goes; huffman.ts knows their sizes. */
export const TABLES_BYTES: u32 = 128 << 10;

/** Where the windows of LZMS begin; they are as large as the chunk. */
export const LARGE: usize = TABLES + TABLES_BYTES;

/** Grows the memory to hold the fixed windows. Called once, when the module starts. */
export function layOut(): void {
  if (!ensureMemory(LARGE)) unreachable();
}

/** Grows the memory to hold what lies before `end`. @returns false when there is not so much */
export function ensureMemory(end: usize): bool {
  const pages = <i32>((end + 0xffff) >> 16) - memory.size();
  return pages <= 0 || memory.grow(pages) >= 0;
}
