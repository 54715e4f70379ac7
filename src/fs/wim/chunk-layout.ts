/**
 * How the chunks of a resource are found. Three kinds:
 *
 *     ordinary   [ chunk table ][ chunk 0 ][ chunk 1 ] ... [ last chunk, short ]
 *     pipable    [ size 0 ][ chunk 0 ][ size 1 ][ chunk 1 ] ... [ chunk table ]
 *     solid      [ size of the data, 8 bytes ][ chunk size, 4 ][ compression, 4 ][ sizes of the chunks ][ chunk 0 ] ...
 *
 * The chunk table has one entry fewer than there are chunks: where each but the first begins, counted from the first byte
 * behind the table; 4 bytes each, 8 when the resource has 2^32 bytes or more. In a pipable WIM (wimlib's own kind, made to
 * be applied from a pipe) it stands at the end, and does not count the 4 bytes of size in front of each chunk. A solid
 * resource has sizes instead, one for every chunk, and may differ from the rest of the WIM in compression and chunk size.
 */
import { Bytes } from '../../base/bytes.ts';
import { failAt } from '../../source/place.ts';
import { readBytes, readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import type { Compression, ResourceHeader } from './header.ts';

const SOLID_HEADER = 16;
const SOLID_COMPRESSION: readonly Compression[] = ['none', 'xpress', 'lzx', 'lzms'];
/** A table of 16 MiB: 256 TiB in the usual chunks of 64 MiB, 128 GiB in the smallest of LZMS. */
const MAX_SOLID_CHUNKS = 1 << 22;
/** The largest of LZMS; how large a chunk may really be is the codec's to say. */
const MAX_CHUNK_SIZE = 1 << 30;
const PIPE_HEADER = 4;

/** Where the stored bytes of a chunk lie in the WIM file. */
export interface ChunkPlace {
  readonly offset: number;
  readonly length: number;
}

export interface ChunkLayout {
  readonly compression: Compression;
  /** Bytes of every chunk but the last after decompression. */
  readonly chunkSize: number;
  /** @throws FormatError InvalidOffset when the table does not fit the resource */
  locate(chunk: number): ChunkPlace;
}

/** The chunk table of a compressed resource; read when a chunk behind the first is asked for. */
export class ChunkTable implements ChunkLayout {
  readonly compression: Compression;
  readonly chunkSize: number;
  readonly #file: ByteSource;
  readonly #resource: ResourceHeader;
  readonly #chunks: number;
  readonly #wide: boolean;
  /** Bytes in front of each chunk. */
  readonly #gap: number;
  #table: Bytes | null = null;

  constructor(
    file: ByteSource,
    resource: ResourceHeader,
    compression: Compression,
    chunkSize: number,
    pipable: boolean,
  ) {
    this.compression = compression;
    this.chunkSize = chunkSize;
    this.#file = file;
    this.#resource = resource;
    this.#chunks = Math.ceil(resource.liOriginalSize / chunkSize);
    this.#wide = resource.liOriginalSize >= 2 ** 32;
    this.#gap = pipable ? PIPE_HEADER : 0;
    // Each chunk but a raw one has at least one byte: this bounds the table before it is read.
    if (this.#tableBytes() + this.#chunks * (1 + this.#gap) > resource.ullSize)
      failAt(
        'InvalidLength',
        file,
        resource.liOffset,
        `room for a table of ${this.#chunks} chunks`,
        `${resource.ullSize} bytes`,
      );
  }

  #tableBytes(): number {
    return Math.max(0, this.#chunks - 1) * (this.#wide ? 8 : 4);
  }

  #tableOffset(): number {
    const { liOffset, ullSize } = this.#resource;
    return this.#gap === 0 ? liOffset : liOffset + ullSize - this.#tableBytes();
  }

  /** Stored bytes of all chunks. */
  #dataBytes(): number {
    return this.#resource.ullSize - this.#tableBytes() - this.#chunks * this.#gap;
  }

  #start(chunk: number): number {
    if (chunk === 0) return 0;
    if (chunk === this.#chunks) return this.#dataBytes();
    if (this.#table === null) {
      const bytes = readBytes(this.#file, this.#tableOffset(), this.#tableBytes());
      this.#table = new Bytes(bytes, this.#file.name, this.#tableOffset());
    }
    return this.#wide ? this.#table.size64((chunk - 1) * 8, 'a chunk offset') : this.#table.u32((chunk - 1) * 4);
  }

  locate(chunk: number): ChunkPlace {
    const start = this.#start(chunk);
    const length = this.#start(chunk + 1) - start;
    const { liOffset, liOriginalSize } = this.#resource;
    const size = Math.min(this.chunkSize, liOriginalSize - chunk * this.chunkSize);
    if (length < 1 || length > size || start + length > this.#dataBytes())
      failAt(
        'InvalidOffset',
        this.#file,
        this.#tableOffset() + Math.max(0, chunk - 1) * (this.#wide ? 8 : 4),
        `chunk ${chunk} of 1 to ${size} bytes inside the resource`,
        `${length} bytes at ${start}`,
      );
    const first = this.#gap === 0 ? liOffset + this.#tableBytes() : liOffset + (chunk + 1) * this.#gap;
    return { offset: first + start, length };
  }
}

/** The chunks of a solid resource. Its header is read at once, its table when the first chunk is asked for. */
export class SolidChunks implements ChunkLayout {
  readonly compression: Compression;
  readonly chunkSize: number;
  /** Bytes of the whole resource after decompression. */
  readonly size: number;
  readonly #file: ByteSource;
  readonly #resource: ResourceHeader;
  readonly #chunks: number;
  /** Where each chunk begins in the file, and where the last one ends. */
  #starts: Float64Array | null = null;

  /** @throws FormatError InvalidHeader, InvalidLength, UnsupportedSize, UnexpectedEnd */
  constructor(file: ByteSource, resource: ResourceHeader) {
    const { liOffset, ullSize } = resource;
    if (ullSize < SOLID_HEADER)
      failAt('InvalidLength', file, liOffset, `a solid resource of ${SOLID_HEADER} bytes or more`, `${ullSize} bytes`);
    const head = readView(file, liOffset, SOLID_HEADER);
    this.#file = file;
    this.#resource = resource;
    this.size = head.size64(0, 'the size of a solid resource');
    this.chunkSize = head.u32(8);
    const compression = SOLID_COMPRESSION[head.u32(12)];
    if (compression === undefined)
      failAt('InvalidHeader', file, liOffset + 12, 'compression 0 to 3 of a solid resource', head.u32(12));
    if (this.chunkSize === 0)
      failAt('InvalidHeader', file, liOffset + 8, 'a chunk size of a solid resource', this.chunkSize);
    if (this.chunkSize > MAX_CHUNK_SIZE)
      failAt('UnsupportedSize', file, liOffset + 8, `a chunk size of at most ${MAX_CHUNK_SIZE} bytes`, this.chunkSize);
    this.compression = compression!;
    this.#chunks = Math.ceil(this.size / this.chunkSize);
    if (this.#chunks > MAX_SOLID_CHUNKS)
      failAt('UnsupportedSize', file, liOffset, `at most ${MAX_SOLID_CHUNKS} chunks`, this.#chunks);
    if (SOLID_HEADER + this.#chunks * 5 > ullSize)
      failAt('InvalidLength', file, liOffset, `room for a table of ${this.#chunks} chunks`, `${ullSize} bytes`);
  }

  locate(chunk: number): ChunkPlace {
    this.#starts ??= this.#readStarts();
    const offset = this.#starts[chunk]!;
    const length = this.#starts[chunk + 1]! - offset;
    const size = Math.min(this.chunkSize, this.size - chunk * this.chunkSize);
    const { liOffset, ullSize } = this.#resource;
    if (length < 1 || length > size || offset + length > liOffset + ullSize)
      failAt(
        'InvalidOffset',
        this.#file,
        liOffset + SOLID_HEADER + chunk * 4,
        `chunk ${chunk} of 1 to ${size} bytes inside the solid resource`,
        `${length} bytes at ${offset}`,
      );
    return { offset, length };
  }

  #readStarts(): Float64Array {
    const at = this.#resource.liOffset + SOLID_HEADER;
    const sizes = readView(this.#file, at, this.#chunks * 4);
    const starts = new Float64Array(this.#chunks + 1);
    starts[0] = at + this.#chunks * 4;
    for (let i = 0; i < this.#chunks; i++) starts[i + 1] = starts[i]! + sizes.u32(i * 4);
    return starts;
  }
}
