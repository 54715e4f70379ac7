/**
 * A compressed stream as a ByteSource: places were noted from which decoding can begin; a read decodes from the one before
 * it, or goes on where the last one ended. What was decoded is kept in pieces, within a budget.
 */
import { Lru } from '../base/lru.ts';
import { BaseSource } from './base.ts';
import { failAt, place } from './place.ts';
import type { ByteSource, Extent } from './types.ts';

const PIECE = 1 << 20;
const HELD = 32 << 20;

export interface StreamMark {
  /** Offset in the file, and in the decoded bytes. */
  readonly input: number;
  readonly output: number;
}

export interface StreamIndex {
  /** Decoded bytes. */
  readonly size: number;
  /** In order; the first has output 0. */
  readonly marks: readonly StreamMark[];
  /** Offset in the file behind the last compressed byte. */
  readonly end: number;
}

export interface StreamDecoder {
  restart(mark: number): void;
  /** @returns bytes that the next call overwrites; `end` where decoding goes on at the next mark only */
  next(): { readonly bytes: Uint8Array; readonly end: boolean };
}

export class StreamSource extends BaseSource {
  readonly #file: ByteSource;
  readonly #index: StreamIndex;
  readonly #decoder: StreamDecoder;
  readonly #held = new Lru<number, Uint8Array>(HELD);
  /** Where the decoder's next byte stands; -1 before it was started. */
  #at = -1;
  /** The piece that is being filled, from its beginning; null after a restart inside one. */
  #open: { readonly start: number; readonly bytes: Uint8Array } | null = null;

  constructor(file: ByteSource, name: string, index: StreamIndex, decoder: StreamDecoder) {
    super(name, index.size);
    this.#file = file;
    this.#index = index;
    this.#decoder = decoder;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    for (let done = 0; done < dst.length; ) {
      const at = offset + done;
      const piece = this.#piece(Math.floor(at / PIECE));
      const part = piece.subarray(at % PIECE, (at % PIECE) + dst.length - done);
      dst.set(part, done);
      done += part.length;
    }
  }

  #piece(n: number): Uint8Array {
    const hit = this.#held.get(n);
    if (hit !== undefined) return hit;
    const start = n * PIECE;
    const before = this.#markBefore(start);
    const goesOn = this.#at >= 0 && (this.#at <= start || this.#open?.start === start);
    if (!goesOn || this.#at < this.#index.marks[before]!.output) {
      this.#open = null;
      this.#restart(before);
    }
    for (;;) {
      const { bytes, end } = this.#decode();
      this.#collect(bytes);
      const found = this.#held.get(n);
      // the next stream of several begins at a mark
      if (end && this.#at < this.size) this.#restart(this.#markBefore(this.#at));
      if (found !== undefined) return found;
      if (end && this.#at >= this.size)
        failAt('UnexpectedChange', this.#file, 0, `${this.size} decoded bytes, as before`, this.#at);
    }
  }

  /** A decoder that failed is somewhere unknown. */
  #decode(): ReturnType<StreamDecoder['next']> {
    try {
      return this.#decoder.next();
    } catch (error) {
      this.#at = -1;
      this.#open = null;
      throw error;
    }
  }

  /** Puts decoded bytes into pieces; whole ones are kept. */
  #collect(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const within = this.#at % PIECE;
      const length = Math.min(PIECE - within, bytes.length - done);
      if (within === 0) this.#open = { start: this.#at, bytes: new Uint8Array(Math.min(PIECE, this.size - this.#at)) };
      const open = this.#open;
      if (open !== null) {
        open.bytes.set(bytes.subarray(done, done + length), within);
        if (within + length === open.bytes.length) {
          this.#held.set(open.start / PIECE, open.bytes, open.bytes.length);
          this.#open = null;
        }
      }
      done += length;
      this.#at += length;
    }
  }

  /** Last mark at or before an offset of the output. */
  #markBefore(offset: number): number {
    const { marks } = this.#index;
    let [low, high] = [0, marks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (marks[middle]!.output <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #restart(mark: number): void {
    this.#decoder.restart(mark);
    this.#at = this.#index.marks[mark]!.output;
  }

  protected spans(offset: number, length: number): Iterable<Extent> {
    const { marks, end } = this.#index;
    const mark = marks[this.#markBefore(offset)]!;
    const where = place(this.#file, mark.input);
    const next = marks[this.#markBefore(offset + length - 1) + 1];
    const fileLength = (next?.input ?? end) - mark.input;
    return [{ kind: 'decoded', offset, length, file: where.source, fileOffset: where.offset ?? 0, fileLength }];
  }
}
