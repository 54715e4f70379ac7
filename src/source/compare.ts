/**
 * Which bytes of two sources differ: two nodes of one chain of disks, or any two disks. What both have stored at one place of
 * one file, and what is zeros in both by definition, is equal without being read: two nodes of a chain are compared by
 * reading what the files between them hold.
 */
import { type ErrorCode, FormatError } from '../base/errors.ts';
import type { Scan } from '../base/scan.ts';
import type { ByteSource, Extent } from './types.ts';

/**
 * - `differs`: the bytes are other ones
 * - `unknown`: the bytes of one or of both cannot be read
 * - `onlyFirst`, `onlySecond`: beyond the end of the other source
 */
export type DifferenceKind = 'differs' | 'unknown' | 'onlyFirst' | 'onlySecond';

/** In bytes of both sources, in whole units but at the end. Neighbours of one kind come as one. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly offset: number;
  readonly length: number;
}

export interface CompareOptions {
  /** Bytes that are told as a whole, a multiple of 4; a sector of 512 when absent. */
  readonly unit?: number;
  /**
   * Names of files that are the same file in both sources; a name under which two files are open must not be among them.
   * None when absent: then all that is stored is read.
   */
  readonly shared?: ReadonlySet<string>;
  /** Differences after which it ends early; a million when absent, since two unlike disks may differ in every other sector. */
  readonly limit?: number;
}

const SECTOR = 512;
const LIMIT = 1 << 20;
/** Bytes of each source held at a time, and the most work between two looks at the clock. */
const WINDOW = 1 << 20;
/** Extents are asked for over so much at a time: the one extent of a sparse disk is put together of all its blocks. */
const STRETCH = 1 << 30;
/** Faults of reading, not of the bytes: they end the comparison. */
const NOT_DAMAGE: readonly ErrorCode[] = ['UnexpectedChange', 'UnexpectedTrap', 'Cancelled'];

/** A comparison in progress; `done` and `total` count bytes of the shorter source. */
export class Comparison implements Scan {
  readonly total: number;
  done = 0;
  /** Bytes of each source that had to be read to know. */
  compared = 0;
  /** True when it ended at the limit: what lies behind the last difference was not looked at. */
  full = false;
  readonly #sources: readonly [ByteSource, ByteSource];
  readonly #sink: (difference: Difference) => void;
  readonly #unit: number;
  readonly #shared: ReadonlySet<string>;
  readonly #pieces: Iterator<Piece, undefined>;
  readonly #windows: readonly [Uint8Array, Uint8Array];
  #left: number;
  /** End of what is still to be looked at, from `done` on. */
  #wanted = 0;
  #held: Difference | null = null;
  #finished = false;

  /** @param sink takes each difference in order, the last one in the last step */
  constructor(
    first: ByteSource,
    second: ByteSource,
    sink: (difference: Difference) => void,
    options: CompareOptions = {},
  ) {
    this.total = Math.min(first.size, second.size);
    this.#sources = [first, second];
    this.#sink = sink;
    this.#unit = options.unit ?? SECTOR;
    this.#shared = options.shared ?? new Set();
    this.#left = options.limit ?? LIMIT;
    this.#pieces = piecesOf(first, second, this.total);
    const room = Math.max(this.#unit, WINDOW - (WINDOW % this.#unit));
    this.#windows = [new Uint8Array(room), new Uint8Array(room)];
  }

  /** @throws FormatError UnexpectedChange when a file changed meanwhile */
  step(budgetMs: number): boolean {
    const end = performance.now() + budgetMs;
    while (!this.#finished) {
      if (this.done < this.#wanted) this.#look();
      else this.#advance();
      if (performance.now() >= end) break;
    }
    return this.#finished;
  }

  /** Goes to the next piece; what is not alike is looked at from the unit it begins in to the one it ends in. */
  #advance(): void {
    const next = this.#pieces.next().value;
    if (next === undefined) {
      this.#finish();
      return;
    }
    const { offset, end, first, second } = next;
    if (this.#alike(first, second)) {
      // the last unit may go on in a piece that is not alike
      this.done = Math.max(this.done, end === this.total ? end : end - (end % this.#unit));
      this.#wanted = this.done;
      return;
    }
    this.done = Math.max(this.done, offset - (offset % this.#unit));
    this.#wanted = Math.min(this.total, Math.ceil(end / this.#unit) * this.#unit);
    if ((first.kind === 'missing' || second.kind === 'missing') && this.done < this.#wanted) {
      this.#tell('unknown', this.done, this.#wanted - this.done);
      this.done = this.#wanted;
    }
  }

  #alike(first: Extent, second: Extent): boolean {
    if (first.kind !== second.kind || first.kind === 'missing') return false;
    if (first.kind === 'zero') return true;
    // decoded: the same compressed bytes may stand for others, in clusters of another size or under another key
    if (first.kind === 'decoded' || first.file !== second.file || !this.#shared.has(first.file!)) return false;
    return first.fileOffset - first.offset === second.fileOffset - second.offset;
  }

  #look(): void {
    const at = this.done;
    this.done += Math.min(this.#windows[0].length, this.#wanted - at);
    this.#compare(at, this.done - at);
  }

  /** Compares units of at most a window; where something cannot be read, half by half down to the unit. */
  #compare(at: number, length: number): void {
    const readable = this.#sources.every((source, i) => read(source, at, this.#windows[i]!, length));
    if (!readable && length > this.#unit) {
      const half = Math.ceil(length / this.#unit / 2) * this.#unit;
      this.#compare(at, half);
      if (!this.full) this.#compare(at + half, length - half);
    } else if (readable) this.#tellUnits(at, length);
    else this.#tell('unknown', at, length);
  }

  #tellUnits(at: number, length: number): void {
    this.compared += length;
    const [a, b] = this.#windows.map((window) => new Uint32Array(window.buffer)) as [Uint32Array, Uint32Array];
    const words = Math.ceil(length / 4);
    for (let from = 0; from < words && !this.full; from += this.#unit / 4) {
      const to = Math.min(from + this.#unit / 4, words);
      let word = from;
      while (word < to && a[word] === b[word]) word++;
      if (word < to) this.#tell('differs', at + from * 4, Math.min(this.#unit, length - from * 4));
    }
  }

  #tell(kind: DifferenceKind, offset: number, length: number): void {
    const held = this.#held;
    if (held !== null && held.kind === kind && held.offset + held.length === offset) {
      this.#held = { ...held, length: held.length + length };
      return;
    }
    this.#flush();
    if (!this.full) this.#held = { kind, offset, length };
  }

  /** Hands out what is held, and ends everything when that was the last that is wanted. */
  #flush(): void {
    if (this.#held !== null) {
      this.#sink(this.#held);
      this.#held = null;
      if (--this.#left === 0) this.full = this.#finished = true;
    }
  }

  #finish(): void {
    const [first, second] = this.#sources;
    this.done = this.total;
    if (first.size > this.total) this.#tell('onlyFirst', this.total, first.size - this.total);
    if (second.size > this.total) this.#tell('onlySecond', this.total, second.size - this.total);
    // the last difference that was wanted may have been the last there is: then nothing was left out
    const leftOut = this.full;
    this.#flush();
    this.full = leftOut;
    this.#finished = true;
  }
}

/** A range in which each source has one extent. */
interface Piece {
  readonly offset: number;
  readonly end: number;
  readonly first: Extent;
  readonly second: Extent;
}

function* piecesOf(first: ByteSource, second: ByteSource, total: number): Generator<Piece, undefined> {
  for (let start = 0; start < total; start += STRETCH) {
    const length = Math.min(STRETCH, total - start);
    const others = second.extents(start, length)[Symbol.iterator]();
    let other: Extent | null = null;
    for (const extent of first.extents(start, length)) {
      const end = extent.offset + extent.length;
      for (let offset = extent.offset; offset < end; ) {
        if (other === null || other.offset + other.length <= offset) other = others.next().value as Extent;
        const until = Math.min(end, other.offset + other.length);
        yield { offset, end: until, first: extent, second: other };
        offset = until;
      }
    }
  }
  return undefined;
}

/** Fills the start of `window`, and zeros up to a whole word. @returns false when the bytes cannot be read */
function read(source: ByteSource, offset: number, window: Uint8Array, length: number): boolean {
  try {
    source.readInto(offset, window.subarray(0, length));
    window.fill(0, length, Math.ceil(length / 4) * 4);
    return true;
  } catch (error) {
    if (error instanceof FormatError && !NOT_DAMAGE.includes(error.code)) return false;
    throw error;
  }
}
