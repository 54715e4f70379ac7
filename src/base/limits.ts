/** Bounds that more than one room needs, each with its reason. A format's own limits stand in its folder. */

/** Largest FileReaderSync read that works is just below 2 GiB; everything held whole must be well below it. */
export const MAX_HELD_BYTES = 0x7fff_0000;
/** Rows of one column chunk: small enough that a first chunk comes soon, large enough that a message costs nothing. */
export const CHUNK_ROWS = 65_536;
/** NT paths are at most 32,767 UTF-16 units, so no real tree is deeper than half of that. */
export const MAX_DEPTH = 16_384;
/** Containers inside containers: nobody has more on purpose, a hostile file could have without end. */
export const MAX_NESTING = 16;
/** Containers and volumes opened in one image: a disk has a handful, partition tables that overlap make 4^16 of them. */
export const MAX_UNWRAPPED = 512;
/** Bytes handed to `probe`: past the second VHDX header and the GPT of a 4Kn disk, and one cheap read. */
export const PROBE_HEAD = 65_536;
/** Bytes from the end handed to `probe`: the VHD footer of 512 or 511 bytes. */
export const PROBE_TAIL = 1024;
