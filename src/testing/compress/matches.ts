/** Splits a chunk into literals and matches: hash chains over three bytes, one step of lazy matching. */

/** Matches as pairs: `offsets[i]` 0 means that `lengths[i]` is a literal byte. */
export interface Tokens {
  readonly count: number;
  readonly lengths: Uint32Array;
  readonly offsets: Uint32Array;
}

export interface MatchOptions {
  readonly minLength: number;
  readonly maxLength: number;
  readonly maxOffset: number;
  /** How many of the last offsets the format encodes for nothing: 3 in LZX, 0 in XPRESS. */
  readonly recent: number;
}

const HASH_BITS = 15;
const MAX_CHAIN = 48;
/** Good enough: no longer one is looked for. */
const NICE_LENGTH = 96;
/** A match of three bytes from further away costs more than three literals. */
const FAR = 4096;

export function findTokens(data: Uint8Array, options: MatchOptions): Tokens {
  const size = data.length;
  const lengths = new Uint32Array(size);
  const offsets = new Uint32Array(size);
  let count = 0;
  const heads = new Int32Array(1 << HASH_BITS).fill(-1);
  const chain = new Int32Array(size);
  const recent: number[] = new Array<number>(options.recent).fill(1);
  let bestLength = 0;
  let bestOffset = 0;

  let inserted = 0;
  /** Puts every position up to `at` into its chain. */
  const insertTo = (at: number) => {
    for (const last = Math.min(at, size - 3); inserted <= last; inserted++) {
      const word = data[inserted]! | (data[inserted + 1]! << 8) | (data[inserted + 2]! << 16);
      const hash = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
      chain[inserted] = heads[hash]!;
      heads[hash] = inserted;
    }
  };
  const lengthAt = (at: number, from: number) => {
    const most = Math.min(options.maxLength, size - at);
    let length = 0;
    while (length < most && data[from + length] === data[at + length]) length++;
    return length;
  };
  /** Sets bestLength (0: no match) and bestOffset for the match at `at`. */
  const search = (at: number) => {
    bestLength = 0;
    bestOffset = 0;
    if (at + 3 > size) return;
    insertTo(at);
    for (const offset of recent) {
      const length = offset <= at ? lengthAt(at, at - offset) : 0;
      if (length >= 2 && length > bestLength) {
        bestLength = length;
        bestOffset = offset;
      }
    }
    // A recent offset is so cheap that one byte more does not pay for another one.
    const needed = bestLength > 0 ? bestLength + 2 : options.minLength;
    let limit = MAX_CHAIN;
    for (let from = chain[at]!; from >= 0 && at - from <= options.maxOffset && limit-- > 0; from = chain[from]!) {
      if (bestLength > 0 && data[from + bestLength] !== data[at + bestLength]) continue;
      const length = lengthAt(at, from);
      if (length < needed || length <= bestLength || (length === 3 && at - from > FAR)) continue;
      bestLength = length;
      bestOffset = at - from;
      if (length >= NICE_LENGTH) return;
    }
  };
  const emit = (length: number, offset: number) => {
    lengths[count] = length;
    offsets[count++] = offset;
    if (offset !== 0 && recent.length > 0) useOffset(recent, offset);
  };

  for (let at = 0; at < size; ) {
    search(at);
    let length = bestLength;
    let offset = bestOffset;
    if (length > 0 && length < NICE_LENGTH) {
      search(at + 1);
      if (bestLength > length) {
        emit(data[at++]!, 0);
        length = bestLength;
        offset = bestOffset;
      }
    }
    if (length === 0) {
      emit(data[at++]!, 0);
    } else {
      emit(length, offset);
      at += length;
    }
  }
  return { count, lengths, offsets };
}

/** LZX swaps a recent offset with the first; a new one pushes the others back. */
export function useOffset(recent: number[], offset: number): void {
  const index = recent.indexOf(offset);
  if (index < 0) {
    recent.pop();
    recent.unshift(offset);
  } else {
    recent[index] = recent[0]!;
    recent[0] = offset;
  }
}
