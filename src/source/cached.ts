/**
 * The one cache of a file, right above FileSource or NodeFileSource.
 *
 *     random read       one 64 KiB block, kept in an LRU (a browser's read of 4 KiB costs as much as one of 64 KiB)
 *     sequential reads  one read-ahead window that doubles, 128 KiB to 8 MiB, held apart from the blocks
 *     1 MiB and more    straight into the caller's buffer, nothing is kept
 *
 * A scan therefore cannot push the blocks of directories and tables out, and random reads do not stop its read-ahead.
 */
import { Lru } from '../base/lru.ts';
import { BaseSource } from './base.ts';
import type { ByteSource, Extent } from './types.ts';

const BLOCK = 65_536;
const MAX_AHEAD = 8 << 20;
const BYPASS = 1 << 20;
const DEFAULT_BUDGET = 32 << 20;

export class CachedSource extends BaseSource {
  /** What was asked of the file below: for progress and tests. */
  readonly stats = { reads: 0, bytes: 0 };
  readonly #below: ByteSource;
  readonly #blocks: Lru<number, Uint8Array>;
  /** The read-ahead window: starts on a block edge, empty until reads were sequential. */
  #ahead = new Uint8Array(0);
  #aheadStart = 0;
  /** Where a miss would be sequential: the block behind the last one that was read alone. */
  #next = -1;

  /** @param budget bytes of random blocks to keep; the read-ahead window comes on top */
  constructor(below: ByteSource, budget = DEFAULT_BUDGET) {
    super(below.name, below.size);
    this.#below = below;
    this.#blocks = new Lru(budget);
  }

  /** Forgets what is held; the next reads go to the file again. */
  clear(): void {
    this.#blocks.clear();
    this.#ahead = new Uint8Array(0);
  }

  protected fill(offset: number, dst: Uint8Array): void {
    if (dst.length >= BYPASS) {
      this.#read(offset, dst);
      return;
    }
    for (let done = 0; done < dst.length; ) {
      const at = offset + done;
      const { bytes, start } = this.#hold(at);
      const part = bytes.subarray(at - start, Math.min(bytes.length, at - start + dst.length - done));
      dst.set(part, done);
      done += part.length;
    }
  }

  /** Held bytes that contain byte `at`, read if they are not there. */
  #hold(at: number): { bytes: Uint8Array; start: number } {
    const aheadEnd = this.#aheadStart + this.#ahead.length;
    if (at >= this.#aheadStart && at < aheadEnd) return { bytes: this.#ahead, start: this.#aheadStart };
    const start = at - (at % BLOCK);
    const hit = this.#blocks.get(start);
    if (hit !== undefined) return { bytes: hit, start };
    if (this.#ahead.length > 0 && start === aheadEnd) return this.#readAhead(start, this.#ahead.length * 2);
    if (start === this.#next) return this.#readAhead(start, BLOCK * 2);
    const bytes = new Uint8Array(Math.min(BLOCK, this.size - start));
    this.#read(start, bytes);
    this.#blocks.set(start, bytes, bytes.length);
    this.#next = start + BLOCK;
    return { bytes, start };
  }

  #readAhead(start: number, length: number): { bytes: Uint8Array; start: number } {
    const bytes = new Uint8Array(Math.min(length, MAX_AHEAD, this.size - start));
    this.#read(start, bytes);
    this.#ahead = bytes;
    this.#aheadStart = start;
    this.#next = -1;
    return { bytes, start };
  }

  #read(offset: number, dst: Uint8Array): void {
    this.#below.readInto(offset, dst);
    this.stats.reads++;
    this.stats.bytes += dst.length;
  }

  protected spans(offset: number, length: number): Iterable<Extent> {
    return this.#below.extents(offset, length);
  }
}
