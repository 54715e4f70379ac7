/**
 * Constants both sides of the Wasm boundary share: asc compiles this file into the kernels, TypeScript imports it.
 * Plain `export const NAME: i32 = n` would not type-check in TypeScript, so the constants carry no annotation.
 */

/** The call did what it says. */
export const OK = 0;
/** Input ended before the output was full, or a length points beyond it. */
export const ERR_INPUT_END = 1;
/** Output would run past its window. */
export const ERR_OUTPUT_FULL = 2;
/** A match, code or field that the format does not allow. */
export const ERR_DATA = 3;
/** An argument from the caller is outside its window. */
export const ERR_ARGUMENT = 4;
/** More rows or names than the output window holds: empty it and call again. */
export const MORE = 5;

// codec: a stream in pieces is at the end of a block that is not its last.
export const INFLATE_BLOCK = 6;

// ntfs: what a record of the window was, beside its rows. One event a record at most.
/** Has an $ATTRIBUTE_LIST or a non-resident $REPARSE_POINT: gave no rows, needs bytes from elsewhere. */
export const NTFS_COMPLEX = 1;
/** The update sequence does not match: a torn write. Gave no rows. */
export const NTFS_TORN = 2;
/** Signature `BAAD`, or neither `FILE` nor zeros. Gave no rows. */
export const NTFS_SIGNATURE = 3;
/** The attributes run out of the record; rows are from what stands before that place. */
export const NTFS_DAMAGED = 4;

// wim: what the walk of an image found, beside its rows.
/** The root entry does not fit. */
export const WIM_ROOT_DAMAGED = 1;
/** The root entry is not a directory. */
export const WIM_ROOT_FILE = 2;
/** An entry that is no directory names a list of children. */
export const WIM_CHILDREN_OF_FILE = 3;
/** The list of a directory would be deeper than any path. */
export const WIM_TOO_DEEP = 4;
/** The place of a list is not in the metadata; with the place, low half first. */
export const WIM_LIST_OFFSET = 5;
/** An entry does not fit; what follows in its list is left out. */
export const WIM_ENTRY_DAMAGED = 6;
/** An entry was visited before: two directories share a list, or contain themselves. */
export const WIM_LIST_REPEATS = 7;
/** A name occurs twice in one directory; the second is left out. */
export const WIM_DUPLICATE_NAME = 8;
/** A name that no file can have; left out. */
export const WIM_INVALID_NAME = 9;
/** Two entries with one hard link id that differ in data or attributes; kept as two files. */
export const WIM_LINK_MISMATCH = 10;
/** The first entry on its way whose path is longer than any that NT takes; with its units. It is kept. */
export const WIM_LONG_PATH = 11;
