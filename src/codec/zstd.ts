/**
 * Zstandard (RFC 8878): frames of blocks of at most 128 KiB, each decoded by one bounded call.
 *
 *     frame       28 b5 2f fd | descriptor | window, dictionary id, content size | block | block ... | checksum
 *     block       3 bytes: last, type, size | raw, one repeated byte, or compressed
 *     skippable   5x 2a 4d 18 | size | bytes that mean nothing here
 *
 * Frames follow one another and share nothing. The window (how far back a match may lead) is stated by the frame; memory
 * for it is taken as data come out, never by what the header says. Content size and checksum are compared where stated.
 *
 * Our own decoder: the one of the npm registry that is synchronous and without dependencies (fzstd 0.1.1) checks neither
 * distances nor lengths nor checksums, and 18 forged bytes keep it busy for minutes.
 */
import { fail } from '../base/errors.ts';
import type { ChunkDecoder } from './types.ts';
import { Xxh64 } from './xxh64.ts';
import { MAX_BLOCK, SLACK, ZstdBlocks } from './zstd-block.ts';
import { ZstdDamage } from './zstd-tables.ts';

const MAGIC = 0xfd2f_b528;
/** What `zstd` itself takes unless it is told otherwise. */
const MAX_WINDOW = 128 << 20;
/** Bytes that are read at once. */
const READ = 256 << 10;

/** Where compressed bytes come from; every ByteSource is one. */
export interface ZstdInput {
  readonly name: string;
  readonly size: number;
  readInto(offset: number, dst: Uint8Array): void;
}

interface Frame {
  readonly window: number;
  readonly contentSize: number | null;
  readonly checksum: boolean;
}

/** Reads frames in order; ends at the end of the input. */
export class ZstdReader {
  /** Offset in the input of the frame that `next` read last: decoding may begin there anew. */
  frameOffset = 0;
  readonly #input: ZstdInput;
  readonly #maxWindow: number;
  /** Said in errors: the user's file and the place of the input's first byte in it. */
  readonly #file: string;
  readonly #base: number;
  readonly #blocks = new ZstdBlocks();
  readonly #hash = new Xxh64();
  readonly #block = new Uint8Array(MAX_BLOCK + SLACK);
  #held = new Uint8Array(0);
  #heldAt = 0;
  #offset: number;
  #frame: Frame | null = null;
  #produced = 0;
  #out = new Uint8Array(0);
  #at = 0;

  /**
   * @param options.offset where the first frame begins in the input; `file` and `base` name the input's place for errors
   * @param options.maxWindow larger windows are refused, 128 MiB when absent
   */
  constructor(input: ZstdInput, options: { offset?: number; maxWindow?: number; file?: string; base?: number } = {}) {
    this.#input = input;
    this.#offset = options.offset ?? 0;
    this.#maxWindow = options.maxWindow ?? MAX_WINDOW;
    this.#file = options.file ?? input.name;
    this.#base = options.base ?? 0;
  }

  /** Offset in the input of what is read next. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * The bytes of the next block, at most 128 KiB, never none: a view that holds until the next call. Null at the end.
   * @throws FormatError InvalidData, InvalidChecksum, UnexpectedEnd, UnsupportedFeature, UnsupportedSize
   */
  next(): Uint8Array | null {
    for (;;) {
      if (this.#frame === null && !this.#begin()) return null;
      const block = this.#step(this.#frame!);
      if (block.length > 0) return block;
    }
  }

  #fail(
    code: 'InvalidData' | 'UnsupportedFeature' | 'UnsupportedSize',
    at: number,
    expected: string,
    actual: unknown,
  ): never {
    return fail(code, this.#file, this.#base + at, expected, actual);
  }

  /** A view on `length` bytes of the input, which `offset` goes past. */
  #take(length: number): Uint8Array {
    const left = this.#input.size - this.#offset;
    if (length > left)
      fail(
        'UnexpectedEnd',
        this.#file,
        this.#base + this.#input.size,
        `${length} bytes of Zstandard data`,
        `${left} bytes`,
      );
    let start = this.#offset - this.#heldAt;
    if (start < 0 || start + length > this.#held.length) {
      this.#held = new Uint8Array(Math.min(READ, left));
      this.#heldAt = this.#offset;
      this.#input.readInto(this.#offset, this.#held);
      start = 0;
    }
    this.#offset += length;
    return this.#held.subarray(start, start + length);
  }

  /** Reads the header of the next frame. @returns false at the end of the input */
  #begin(): boolean {
    for (;;) {
      const at = this.#offset;
      if (at >= this.#input.size) return false;
      const start = this.#take(4);
      const magic = (start[0]! | (start[1]! << 8) | (start[2]! << 16) | (start[3]! << 24)) >>> 0;
      if (magic === MAGIC) {
        this.frameOffset = at;
        this.#frame = this.#header(at);
        this.#blocks.reset();
        this.#hash.reset();
        this.#produced = 0;
        this.#at = 0;
        return true;
      }
      if ((magic & 0xffff_fff0) >>> 0 !== 0x184d_2a50)
        this.#fail('InvalidData', at, 'a Zstandard frame', `0x${magic.toString(16)}`);
      const size = this.#take(4);
      this.#offset += (size[0]! | (size[1]! << 8) | (size[2]! << 16) | (size[3]! << 24)) >>> 0;
      if (this.#offset > this.#input.size)
        fail(
          'UnexpectedEnd',
          this.#file,
          this.#base + this.#input.size,
          'the end of a skippable frame',
          'the end of the data',
        );
    }
  }

  #header(at: number): Frame {
    const descriptor = this.#take(1)[0]!;
    const single = (descriptor & 0x20) !== 0;
    if ((descriptor & 8) !== 0)
      this.#fail('UnsupportedFeature', at + 4, 'a known frame header', `0x${descriptor.toString(16)}`);
    const number = (bytes: Uint8Array): number => bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
    let window = 0;
    if (!single) {
      const [byte] = this.#take(1) as unknown as [number];
      const base = 2 ** (10 + (byte >> 3));
      window = base + (base / 8) * (byte & 7);
    }
    const dictionary = number(this.#take([0, 1, 2, 4][descriptor & 3]!));
    if (dictionary !== 0)
      this.#fail('UnsupportedFeature', at, 'a frame without a dictionary', `dictionary ${dictionary}`);
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
    const size = number(this.#take(sizeBytes)) + (sizeBytes === 2 ? 256 : 0);
    if (single) window = size;
    if (window > this.#maxWindow)
      this.#fail('UnsupportedSize', at, `a window of at most ${this.#maxWindow} bytes`, window);
    return { window, contentSize: sizeBytes === 0 ? null : size, checksum: (descriptor & 4) !== 0 };
  }

  /** Decodes one block. */
  #step(frame: Frame): Uint8Array {
    const at = this.#offset;
    const head = this.#take(3);
    const word = head[0]! | (head[1]! << 8) | (head[2]! << 16);
    const [last, type, size] = [(word & 1) !== 0, (word >> 1) & 3, word >> 3];
    const most = Math.min(MAX_BLOCK, Math.max(frame.window, 1));
    if (type === 3 || size > most)
      this.#fail('InvalidData', at, `a block of at most ${most} bytes`, `type ${type}, ${size} bytes`);
    this.#room(frame, type === 2 ? most : size);
    const from = this.#at;
    if (type === 0) this.#out.set(this.#take(size), from);
    else if (type === 1) this.#out.fill(this.#take(1)[0]!, from, from + size);
    this.#at = type === 2 ? this.#compressed(frame, at, size, from + most) : from + size;
    const block = this.#out.subarray(from, this.#at);
    this.#produced += block.length;
    const { contentSize, checksum } = frame;
    if (contentSize !== null && (this.#produced > contentSize || (last && this.#produced < contentSize)))
      this.#fail('InvalidData', at, `a frame of ${contentSize} bytes`, `${this.#produced} bytes`);
    if (checksum) this.#hash.update(block);
    if (last) {
      if (checksum) this.#compare(this.#take(4));
      this.#frame = null;
    }
    return block;
  }

  #compressed(frame: Frame, at: number, size: number, limit: number): number {
    const bytes = this.#block;
    bytes.set(this.#take(size));
    bytes.fill(0, size, size + SLACK);
    try {
      return this.#blocks.decode(bytes, size, this.#out, this.#at, limit, frame.window);
    } catch (error) {
      if (error instanceof ZstdDamage) this.#fail('InvalidData', at, 'a Zstandard block', error.actual);
      throw error;
    }
  }

  #compare(stored: Uint8Array): void {
    const stated = (stored[0]! | (stored[1]! << 8) | (stored[2]! << 16) | (stored[3]! << 24)) >>> 0;
    const sum = this.#hash.digest()[1];
    if (stated !== sum)
      fail(
        'InvalidChecksum',
        this.#file,
        this.#base + this.#offset - 4,
        `XXH64 ${stated.toString(16)}`,
        `${sum.toString(16)} for the data`,
      );
  }

  /** Makes room for a block: the buffer grows to the window and a quarter, then its beginning is let go. */
  #room({ window, contentSize }: Frame, length: number): void {
    if (this.#out.length - this.#at >= length) return;
    const most = window + Math.max(window >> 2, MAX_BLOCK * 4);
    if (this.#at > window && this.#at + length > most) {
      this.#out.copyWithin(0, this.#at - window, this.#at);
      this.#at = window;
      if (this.#out.length - this.#at >= length) return;
    }
    const known = contentSize === null ? most : Math.min(most, contentSize + MAX_BLOCK);
    const size = Math.max(this.#at + length, Math.min(known, Math.max(this.#out.length * 2, MAX_BLOCK * 2)));
    const more = new Uint8Array(size);
    more.set(this.#out.subarray(0, this.#at));
    this.#out = more;
  }
}

/** Fills chunks from the frame at the beginning of `src`. @param maxBytes largest chunk */
export function zstdDecoder(maxBytes: number): ChunkDecoder {
  return {
    decode(src, dst, source, offset) {
      if (dst.length > maxBytes)
        fail('InvalidData', source, offset, `a Zstandard chunk of at most ${maxBytes} bytes`, `${dst.length} bytes`);
      const input = {
        name: source,
        size: src.length,
        readInto: (from: number, to: Uint8Array) => to.set(src.subarray(from, from + to.length)),
      };
      const reader = new ZstdReader(input, { base: offset });
      for (let at = 0; at < dst.length; ) {
        const block = reader.next();
        if (block === null)
          fail('InvalidData', source, offset, `a Zstandard chunk of ${dst.length} bytes`, `${at} bytes`);
        dst.set(block.subarray(0, dst.length - at), at);
        at += block.length;
      }
    },
  };
}
