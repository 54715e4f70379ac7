/**
 * Resources: stretches of the file that hold metadata, XML, or a file's data, stored as they are or in chunks.
 *
 *     compressed, not solid:   [ chunk table ][ chunk 0 ][ chunk 1 ] ... [ last chunk, short ]
 *
 * The chunk table has one entry fewer than there are chunks: offsets from the end of the table, 4 bytes each, 8 when the
 * resource has 2^32 bytes or more. A chunk that did not shrink is stored raw: its stored size equals its size. Neither
 * XPRESS nor LZX carries a checksum; the resource's SHA-1 in the blob table is the only guard.
 *
 * How chunks are found (`ChunkLayout`) and how they are decoded (`ChunkDecoder`) are apart, so that a resource with
 * another order of chunks or another codec is one more layout or one more decoder, and everything above stays.
 */
import { Bytes } from '../../base/bytes.ts';
import { Lru } from '../../base/lru.ts';
import type { ChunkDecoder, Codecs } from '../../codec/types.ts';
import { BaseSource } from '../../source/base.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource, Extent } from '../../source/types.ts';
import { ResourceFlag, type ResourceHeader, type WimHeader } from './header.ts';

/** Decoded chunks kept for random reads, for all resources of one file together. */
const CACHE_BYTES = 16 << 20;

/** Where the stored bytes of a chunk lie in the WIM file. */
export interface ChunkPlace {
  readonly offset: number;
  readonly length: number;
}

export interface ChunkLayout {
  /** Bytes of every chunk but the last after decompression. */
  readonly chunkSize: number;
  /** @throws FormatError InvalidOffset when the table does not fit the resource */
  locate(chunk: number): ChunkPlace;
}

/** Opens resources of one WIM file; owns its decoders and the cache of decoded chunks. */
export class ResourceReader {
  readonly file: ByteSource;
  readonly #header: WimHeader;
  readonly #codecs: Codecs;
  readonly cache = new Lru<string, Uint8Array>(CACHE_BYTES);
  #decoder: ChunkDecoder | null = null;

  constructor(file: ByteSource, header: WimHeader, codecs: Codecs) {
    this.file = file;
    this.#header = header;
    this.#codecs = codecs;
  }

  /**
   * The content of a resource as a source. Nothing is decoded before it is read.
   * @throws FormatError UnsupportedFeature (solid, LZMS), InvalidLength, UnexpectedEnd when it lies beyond the file
   */
  open(resource: ResourceHeader, name: string): ByteSource {
    const { bFlags, liOffset, liOriginalSize, ullSize } = resource;
    const { file } = this;
    if (bFlags & ResourceFlag.solid)
      failAt('UnsupportedFeature', file, liOffset, 'a resource of its own', 'data in a solid resource');
    if (bFlags & ResourceFlag.spanned)
      failAt('UnsupportedFeature', file, liOffset, 'a resource in one piece', 'a resource that spans several files');
    const stored = file.slice(liOffset, ullSize, name);
    if ((bFlags & ResourceFlag.compressed) === 0) {
      if (ullSize !== liOriginalSize)
        failAt('InvalidLength', file, liOffset, `${liOriginalSize} bytes stored uncompressed`, `${ullSize} bytes`);
      return stored;
    }
    const { compression } = this.#header;
    if (compression === 'none')
      failAt('InvalidHeader', file, liOffset, 'no compressed resource in an uncompressed WIM', 'a compressed one');
    if (compression === 'lzms')
      failAt('UnsupportedFeature', file, liOffset, 'a resource compressed with XPRESS or LZX', 'LZMS');
    const layout = new ChunkTable(file, resource, this.#header.dwCompressionSize);
    return new ChunkedSource(name, liOriginalSize, layout, this);
  }

  /** Fills `dst` with the chunk whose stored bytes lie at `at`. */
  decode(at: ChunkPlace, dst: Uint8Array): void {
    if (at.length === dst.length) {
      this.file.readInto(at.offset, dst);
      return;
    }
    const where = place(this.file, at.offset);
    this.#decoder ??= this.#codecs[this.#header.compression as 'xpress' | 'lzx'](this.#header.dwCompressionSize);
    this.#decoder.decode(readBytes(this.file, at.offset, at.length), dst, where.source, where.offset ?? at.offset);
  }
}

/** The chunk table in front of a compressed resource; read when the first chunk is asked for. */
class ChunkTable implements ChunkLayout {
  readonly chunkSize: number;
  readonly #file: ByteSource;
  readonly #resource: ResourceHeader;
  readonly #chunks: number;
  readonly #wide: boolean;
  #table: Bytes | null = null;

  constructor(file: ByteSource, resource: ResourceHeader, chunkSize: number) {
    this.chunkSize = chunkSize;
    this.#file = file;
    this.#resource = resource;
    this.#chunks = Math.ceil(resource.liOriginalSize / chunkSize);
    this.#wide = resource.liOriginalSize >= 2 ** 32;
    // Each chunk but a raw one has at least one byte: this bounds the table before it is read.
    if (this.#tableBytes() + this.#chunks > resource.ullSize)
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

  #start(chunk: number): number {
    const tableBytes = this.#tableBytes();
    if (chunk === 0) return 0;
    if (chunk === this.#chunks) return this.#resource.ullSize - tableBytes;
    if (this.#table === null) {
      const bytes = readBytes(this.#file, this.#resource.liOffset, tableBytes);
      this.#table = new Bytes(bytes, this.#file.name, this.#resource.liOffset);
    }
    return this.#wide ? this.#table.size64((chunk - 1) * 8, 'a chunk offset') : this.#table.u32((chunk - 1) * 4);
  }

  locate(chunk: number): ChunkPlace {
    const start = this.#start(chunk);
    const length = this.#start(chunk + 1) - start;
    const { liOffset, liOriginalSize, ullSize } = this.#resource;
    const tableBytes = this.#tableBytes();
    const size = Math.min(this.chunkSize, liOriginalSize - chunk * this.chunkSize);
    if (length < 1 || length > size || start + length > ullSize - tableBytes)
      failAt(
        'InvalidOffset',
        this.#file,
        liOffset + Math.max(0, chunk - 1) * (this.#wide ? 8 : 4),
        `chunk ${chunk} of 1 to ${size} bytes inside the resource`,
        `${length} bytes at ${start}`,
      );
    return { offset: liOffset + tableBytes + start, length };
  }
}

/** Random access to decompressed data. Whole chunks are decoded straight into the reader's buffer and not kept. */
class ChunkedSource extends BaseSource {
  readonly #layout: ChunkLayout;
  readonly #reader: ResourceReader;

  constructor(name: string, size: number, layout: ChunkLayout, reader: ResourceReader) {
    super(name, size);
    this.#layout = layout;
    this.#reader = reader;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    const { chunkSize } = this.#layout;
    for (let done = 0; done < dst.length; ) {
      const at = offset + done;
      const chunk = Math.floor(at / chunkSize);
      const within = at - chunk * chunkSize;
      const size = Math.min(chunkSize, this.size - chunk * chunkSize);
      const length = Math.min(size - within, dst.length - done);
      const part = dst.subarray(done, done + length);
      if (length === size) this.#reader.decode(this.#layout.locate(chunk), part);
      else part.set(this.#chunk(chunk, size).subarray(within, within + length));
      done += length;
    }
  }

  #chunk(chunk: number, size: number): Uint8Array {
    const at = this.#layout.locate(chunk);
    // Hostile resources may overlap with other lengths: the place alone does not tell what was decoded.
    const key = `${at.offset}+${at.length}>${size}`;
    let bytes = this.#reader.cache.get(key);
    if (bytes === undefined) {
      bytes = new Uint8Array(size);
      this.#reader.decode(at, bytes);
      this.#reader.cache.set(key, bytes, size);
    }
    return bytes;
  }

  protected *spans(offset: number, length: number): Iterable<Extent> {
    const { chunkSize } = this.#layout;
    const end = offset + length;
    for (let chunk = Math.floor(offset / chunkSize); chunk * chunkSize < end; chunk++) {
      const start = chunk * chunkSize;
      const size = Math.min(chunkSize, this.size - start);
      const from = Math.max(start, offset);
      const to = Math.min(start + size, end);
      const at = this.#layout.locate(chunk);
      if (at.length === size) {
        const shift = start - at.offset;
        for (const extent of this.#reader.file.extents(from - shift, to - from))
          yield { ...extent, offset: extent.offset + shift };
        continue;
      }
      // All stored bytes of a chunk are needed for any byte of it.
      const [first] = this.#reader.file.extents(at.offset, at.length);
      const held = first !== undefined && first.file !== null;
      yield {
        kind: held ? 'decoded' : 'missing',
        offset: from,
        length: to - from,
        file: held ? first.file : null,
        fileOffset: held ? first.fileOffset : 0,
        fileLength: held ? at.length : 0,
      };
    }
  }
}
