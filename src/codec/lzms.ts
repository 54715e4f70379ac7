/** LZMS chunks, as WIM writes them, over `wasm/codec`. */
import { FormatError, fail } from '../base/errors.ts';
import type { ChunkKernel, LzmsTenant } from './chunk-kernel.ts';
import type { ChunkDecoder, HeldChunk } from './types.ts';

const MIN_CHUNK = 1 << 15;
/** What the format knows. */
const MAX_CHUNK = 1 << 30;
/** Bytes that one chunk may really have: it is decoded in memory, four times as large as what Windows and wimlib write. */
const MAX_BYTES = 1 << 28;

/** @throws FormatError UnsupportedSize when `chunkSize` is no power of two from 32 KiB to 1 GiB */
export function lzmsDecoder(kernel: ChunkKernel, chunkSize: number): ChunkDecoder {
  if (chunkSize < MIN_CHUNK || chunkSize > MAX_CHUNK || (chunkSize & (chunkSize - 1)) !== 0)
    fail('UnsupportedSize', 'LZMS', null, 'a chunk size of 2^15 to 2^30 bytes', chunkSize);
  const check = (size: number, source: string, offset: number) => {
    if (size > chunkSize)
      fail('InvalidData', source, offset, `an LZMS chunk of at most ${chunkSize} bytes`, `${size} bytes`);
    if (size > MAX_BYTES)
      fail('UnsupportedSize', source, offset, `an LZMS chunk of at most ${MAX_BYTES} bytes`, `${size} bytes`);
  };
  return {
    decode(src, dst, source, offset) {
      check(dst.length, source, offset);
      kernel.decodeLzms(src, dst, source, offset);
    },
    hold(stored, size, source, offset) {
      check(size, source, offset);
      return new HeldLzms(kernel, stored, size, source, offset);
    },
  };
}

/**
 * A chunk that stands in the kernel while no other takes its place; then what was decoded of it is copied out. So a file
 * near the end of a chunk costs what lies before it, and nothing is copied but what is asked for.
 */
class HeldLzms implements HeldChunk, LzmsTenant {
  readonly #kernel: ChunkKernel;
  readonly #stored: () => Uint8Array;
  readonly #size: number;
  readonly #source: string;
  readonly #offset: number;
  /** Bytes that are there: in `#kept` when it is not null, else in the kernel. */
  #have = 0;
  #kept: Uint8Array | null = null;
  /** Up to there decoding failed, and why: it is not tried a second time. */
  #bad: { readonly length: number; readonly error: FormatError } | null = null;

  constructor(kernel: ChunkKernel, stored: () => Uint8Array, size: number, source: string, offset: number) {
    this.#kernel = kernel;
    this.#stored = stored;
    this.#size = size;
    this.#source = source;
    this.#offset = offset;
  }

  leave(): void {
    this.#kept = this.#kernel.lzmsBytes(this.#have).slice();
  }

  readInto(offset: number, dst: Uint8Array): void {
    const need = offset + dst.length;
    if (this.#kept === null && !this.#kernel.hasLzms(this)) this.#have = 0;
    if (need > this.#have) this.#decode(need);
    const bytes = this.#kept ?? this.#kernel.lzmsBytes(this.#have);
    dst.set(bytes.subarray(offset, need));
  }

  #decode(need: number): void {
    if (this.#bad !== null && need >= this.#bad.length) throw this.#bad.error;
    // To go on costs a pass over what is there: half as much again is worth it. Damage is closed in on from both sides.
    const end = this.#bad === null ? this.#size : need + ((this.#bad.length - need) >> 1);
    const more = Math.min(end, Math.max(need, this.#have + Math.ceil(this.#have / 2)));
    if (more === need || !this.#reach(more, true)) this.#reach(need, false);
  }

  /** Decodes up to `length`. @param tryOnly damage is no error, but a false answer */
  #reach(length: number, tryOnly: boolean): boolean {
    const [source, offset] = [this.#source, this.#offset];
    const stored = this.#kernel.hasLzms(this) ? null : this.#stored();
    try {
      if (stored !== null) this.#kernel.beginLzms(this, stored, this.#size, source, offset);
      this.#kernel.continueLzms(length, source, offset);
    } catch (error) {
      if (!(error instanceof FormatError) || error.code !== 'InvalidData') throw error;
      this.#bad = { length, error };
      if (tryOnly) return false;
      throw error;
    }
    this.#kept = null;
    this.#have = length;
    return true;
  }
}
