/**
 * Numbers both sides of the Wasm boundary share: asc compiles this file into the engine, TypeScript imports it.
 * No annotations, so that both compilers take it as it is.
 */

/** The call did what it says. */
export const OK = 0;
/** More rows than the windows hold, or enough work for one call: empty the windows and call again. */
export const MORE = 1;
/** The offset is no key, value or cell of this hive. */
export const ERR_REFERENCE = 2;
/** The file does not begin with a base block. */
export const ERR_SIGNATURE = 3;
/** The base block states a version this engine does not know. */
export const ERR_VERSION = 4;
/** The base block is that of a log or states an unknown format. */
export const ERR_TYPE = 5;
/** The memory cannot grow to the size of this hive. */
export const ERR_MEMORY = 6;
/** The root cell is not a key. */
export const ERR_ROOT = 7;
/** Data of a value cannot be read. */
export const ERR_DATA = 8;
/** A path is too long or too deep for the engine's windows. */
export const ERR_PATH = 10;
/** The file is too short for a base block. */
export const ERR_END = 9;

/** Rows of the output windows. */
export const KEY_ROWS = 4096;
export const VALUE_ROWS = 16384;
/** UTF-16 units of each names window; a name has at most 65,535, so a row always fits when this much is free. */
export const NAME_UNITS = 262144;
export const NAME_MAX = 65535;
export const FINDING_ROWS = 256;

export const KEY_COLUMN_COUNT = 11;
export const VALUE_COLUMN_COUNT = 10;

export const KEY_SYMLINK = 1;
export const KEY_INHERIT_CLASS = 2;
export const KEY_HAS_CLASS = 4;
export const KEY_VOLATILE = 8;

export const VALUE_TOMBSTONE = 1;
export const VALUE_DAMAGED = 2;

/** "None" of every offset field. */
export const NIL = 0xffffffff;

/** Finding codes; names and sentences are in `src/findings.ts` in this order. */
export const F_CHECKSUM = 0;
export const F_BINS_SIZE = 1;
export const F_BIN_SIGNATURE = 2;
export const F_BIN_OFFSET = 3;
export const F_BIN_SIZE = 4;
export const F_CELL_SIZE = 5;
export const F_LIST_MISSING = 6;
export const F_LIST_SIGNATURE = 7;
export const F_LIST_LENGTH = 8;
export const F_LIST_SHARED = 9;
export const F_LIST_DEPTH = 10;
export const F_SUBKEY_MISSING = 11;
export const F_SUBKEY_TWICE = 12;
export const F_SUBKEY_PARENT = 13;
export const F_SUBKEY_COUNT = 14;
export const F_VALUES_MISSING = 15;
export const F_VALUES_LENGTH = 16;
export const F_VALUES_SHARED = 17;
export const F_VALUE_MISSING = 18;
export const F_VALUE_TWICE = 19;
export const F_VALUE_DATA = 20;
export const F_NAME_LENGTH = 21;
export const F_SECURITY_MISSING = 22;
export const F_PREDEFINED = 23;
export const F_HASH_BUDGET = 24;
export const F_CLASS_MISSING = 25;

/** Bytes of the window that JSON lines are written to, and of the path that all lines of a key begin with. */
export const LINES_BYTES = 2097152;
export const PATH_BYTES = 524288;
/** Keys one in another that have a path; Windows allows 512. */
export const PATH_DEPTH = 4096;

/**
 * Pieces of JSON lines; their texts are in `src/json-lines.ts` in this order. From W_TYPES on there is one for each type
 * from 0 to 11.
 */
export const W_LAST_WRITE = 0;
export const W_NULL = 1;
export const W_CLASS = 2;
export const W_VALUES = 3;
export const W_SUBKEYS = 4;
export const W_LAYER_KIND = 5;
export const W_NAME = 6;
export const W_TYPE = 7;
export const W_TYPE_CODE = 8;
export const W_SIZE = 9;
export const W_DATA = 10;
export const W_TEXT = 11;
export const W_NO_DATA = 12;
export const W_TOMBSTONE = 13;
export const W_ZERO_LENGTH = 14;
export const W_INVALID = 15;
export const W_TYPES = 16;
export const WORD_COUNT = 28;
/** Bytes of a piece's place in the words window: its length, then at most 63 characters. */
export const WORD_STRIDE = 64;
