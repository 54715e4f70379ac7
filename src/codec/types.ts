/**
 * What the stages may ask of the compiled kernels. Modules are compiled once by the Host and handed in; a codec
 * instance owns one Wasm instance with fixed windows and is dropped and made anew after a trap.
 */

/** Compiled modules of `wasm/`, one a folder. Posted as they are to every worker. */
export interface WasmModules {
  readonly codec: WebAssembly.Module;
  readonly checksum: WebAssembly.Module;
  readonly ntfs: WebAssembly.Module;
  readonly wim: WebAssembly.Module;
  readonly overlay: WebAssembly.Module;
  readonly paths: WebAssembly.Module;
  readonly hivex: WebAssembly.Module;
}

/** Decodes one self-contained chunk. Throws FormatError InvalidData when the input is damaged; never reads or writes outside. */
export interface ChunkDecoder {
  /** Fills `dst` exactly from `src`. `source`/`offset` name the place of `src` for the error. */
  decode(src: Uint8Array, dst: Uint8Array, source: string, offset: number): void;
  /**
   * A chunk of `size` bytes that is decoded no further than it is read, and later on from there. Only where chunks are so
   * large that this is worth it. @param stored gives its stored bytes: at the first look, and when they are needed again
   */
  hold?(stored: () => Uint8Array, size: number, source: string, offset: number): HeldChunk;
}

/** A chunk that stays in memory, or what of it was looked at. */
export interface HeldChunk {
  /** Fills `dst` with the bytes from `offset`; both lie inside the chunk. @throws FormatError InvalidData, UnsupportedSize */
  readInto(offset: number, dst: Uint8Array): void;
}

/** A running hash; `digest()` ends it. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** The head of a block in a DEFLATE stream: enough to go on from there. */
export interface InflatePlace {
  /** Bits that are left of the last byte used, and their value. */
  readonly bitCount: number;
  readonly bitValue: number;
  /** Up to 32 KiB that stand before this place in the output. */
  readonly history: Uint8Array;
}

export interface InflatePiece {
  /** `end` of the stream, of a `block` (a place to note, once there is `enough`), or `more`: of the input or of the room. */
  readonly at: 'end' | 'block' | 'more';
  /** Bytes of the input that were used up; the next piece begins behind them. */
  readonly used: number;
  /** What was decoded: a view that the next call overwrites. */
  readonly bytes: Uint8Array;
}

/** A DEFLATE stream of any size, raw (RFC 1951). */
export interface InflateStream {
  /** Most bytes `run` takes. */
  readonly inputBytes: number;
  restart(place: InflatePlace): void;
  /**
   * @param more whether the stream has bytes behind `input`
   * @param enough decoded bytes from which on the end of a block ends the piece; 0, each block does, when absent
   * @throws FormatError InvalidData
   */
  run(input: Uint8Array, more: boolean, source: string, offset: number, enough?: number): InflatePiece;
  /** Where the stream is, after a piece that ended at a block. */
  place(): InflatePlace;
}

export interface Codecs {
  /** Kernels that are no codecs: where a format is only identified, nothing else leads to them. */
  readonly modules: WasmModules;
  /** XPRESS-Huffman as WIM and WOF use it. @param chunkSize largest uncompressed chunk in bytes, a power of two */
  xpress(chunkSize: number): ChunkDecoder;
  /** LZX as WIM uses it (no stream header, per-chunk reset, E8 with 12,000,000). @param chunkSize window = chunk, 2^15 to 2^21 */
  lzx(chunkSize: number): ChunkDecoder;
  /** LZMS as WIM uses it, mostly in solid resources. @param chunkSize largest uncompressed chunk, 2^15 to 2^30 */
  lzms(chunkSize: number): ChunkDecoder;
  /**
   * DEFLATE, one stream a chunk, raw (RFC 1951) or with zlib's header and checksum (RFC 1950). `decode` fills `dst`; what
   * the stream holds beyond that, or what stands behind its end, is not asked for. @param maxBytes largest `dst`
   */
  inflate(maxBytes: number, wrapper: 'raw' | 'zlib'): ChunkDecoder;
  inflateStream(): InflateStream;
  /** Zstandard: the frame at the beginning of the chunk; what it holds beyond `dst` is not asked for. @param maxBytes largest `dst` */
  zstd(maxBytes: number): ChunkDecoder;
  sha1(): Hasher;
  /**
   * The platform's SHA-1, off-thread: the bytes are taken when it is called, the answer comes when the event loop turns.
   * Absent where `sha1` is as fast, or nothing turns.
   */
  readonly digestSha1?: (bytes: Uint8Array) => Promise<Uint8Array>;
  sha256(): Hasher;
  /** CRC-32 (IEEE 802.3) of bytes, unsigned; `seed` continues an earlier result. */
  crc32(bytes: Uint8Array, seed?: number): number;
  /** CRC-32C (Castagnoli). */
  crc32c(bytes: Uint8Array, seed?: number): number;
}
