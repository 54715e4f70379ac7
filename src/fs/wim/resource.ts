/**
 * Resources: stretches of the file that hold metadata, XML, or a file's data, stored as they are or in chunks.
 *
 * A chunk that did not shrink is stored raw: its stored size equals its size. No codec carries a checksum; the SHA-1 in the
 * blob table is the only guard.
 *
 * Solid resources hold the data of many files, one after the other, in chunks of up to 256 MiB. The entries of the blob table
 * that belong together are a run: its resources, and blobs that lie in the data of these resources as if it were joined.
 *
 * How chunks are found (`ChunkLayout`) and how they are decoded (`ChunkDecoder`) are apart, so that a resource with
 * another order of chunks or another codec is one more layout or one more decoder, and everything above stays.
 */
import { Lru } from '../../base/lru.ts';
import type { ChunkDecoder, Codecs, HeldChunk } from '../../codec/types.ts';
import { BaseSource } from '../../source/base.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource, Extent } from '../../source/types.ts';
import { type ChunkLayout, type ChunkPlace, ChunkTable, SolidChunks } from './chunk-layout.ts';
import { ResourceFlag, type ResourceHeader, type WimHeader } from './header.ts';

/** Decoded chunks kept for random reads, for all resources together. */
const CACHE_BYTES = 16 << 20;
/** Chunks beyond that size have a cache of their own, or one of them would drive out all others. */
const LARGE_CHUNK = 2 << 20;
/** Two of the largest that are usual: each takes a third of a second to decode, and neighbouring files lie in the same one. */
const LARGE_CACHE_BYTES = 128 << 20;

interface SolidPart {
  /** Where its data begins in that of the run. */
  readonly start: number;
  readonly content: ByteSource;
}

/** Decoded chunks and decoders of all files of a WIM together, so that ten parts do not hold ten times as much. */
export class ChunkCaches {
  readonly small = new Lru<string, Uint8Array>(CACHE_BYTES);
  readonly large = new Lru<string, HeldChunk>(LARGE_CACHE_BYTES);
  readonly decoders = new Map<string, ChunkDecoder>();
}

/** Opens resources of one WIM file. */
export class ResourceReader {
  readonly file: ByteSource;
  readonly #header: WimHeader;
  readonly #codecs: Codecs;
  readonly #caches: ChunkCaches;
  readonly #number: number;
  readonly #solid = new Map<readonly ResourceHeader[], SolidPart[]>();

  /** @param number of this file among those that share the caches */
  constructor(file: ByteSource, header: WimHeader, codecs: Codecs, caches = new ChunkCaches(), number = 0) {
    this.file = file;
    this.#caches = caches;
    this.#number = number;
    this.#header = header;
    this.#codecs = codecs;
  }

  /**
   * The content of a resource as a source. Nothing is decoded before it is read.
   * @throws FormatError UnsupportedFeature (solid), InvalidLength, UnexpectedEnd when it lies beyond the file
   */
  open(resource: ResourceHeader, name: string): ByteSource {
    const { bFlags, liOffset, liOriginalSize, ullSize } = resource;
    const { file } = this;
    if (bFlags & ResourceFlag.solid)
      failAt('UnsupportedFeature', file, liOffset, 'a resource of its own', 'metadata in a solid resource');
    const stored = file.slice(liOffset, ullSize, name);
    if ((bFlags & ResourceFlag.compressed) === 0) {
      if (ullSize !== liOriginalSize)
        failAt('InvalidLength', file, liOffset, `${liOriginalSize} bytes stored uncompressed`, `${ullSize} bytes`);
      return stored;
    }
    const { compression, dwCompressionSize, pipable } = this.#header;
    if (compression === 'none')
      failAt('InvalidHeader', file, liOffset, 'no compressed resource in an uncompressed WIM', 'a compressed one');
    const layout = new ChunkTable(file, resource, compression, dwCompressionSize, pipable);
    return this.#chunked(name, liOriginalSize, layout);
  }

  /**
   * The content of a blob in a solid run.
   * @param run resources of the run, in order
   * @param offset place of the blob in the joined data of the run
   * @throws FormatError InvalidOffset when no resource of the run holds it, and what the resources throw
   */
  openSolid(run: readonly ResourceHeader[], offset: number, size: number, name: string): ByteSource {
    let parts = this.#solid.get(run);
    if (parts === undefined) {
      parts = [];
      let start = 0;
      for (const resource of run) {
        // The place must be in the file before its header is believed.
        this.file.slice(resource.liOffset, resource.ullSize, name);
        const layout = new SolidChunks(this.file, resource);
        parts.push({ start, content: this.#chunked(`${this.file.name} solid resource`, layout.size, layout) });
        start += layout.size;
      }
      this.#solid.set(run, parts);
    }
    for (const { start, content } of parts)
      if (offset >= start && offset + size <= start + content.size) return content.slice(offset - start, size, name);
    const held = parts.reduce((sum, { content }) => sum + content.size, 0);
    failAt(
      'InvalidOffset',
      this.file,
      run[0]?.liOffset ?? 0,
      `${name} inside one of ${parts.length} solid resources with ${held} bytes`,
      `${size} bytes at ${offset}`,
    );
  }

  #chunked(name: string, size: number, layout: ChunkLayout): ByteSource {
    // Made here so that a chunk size that no codec takes is refused before anything is allocated for a chunk.
    this.#decoder(layout);
    return new ChunkedSource(name, size, layout, this);
  }

  #decoder({ compression, chunkSize }: ChunkLayout): ChunkDecoder | null {
    if (compression === 'none') return null;
    const key = `${compression} ${chunkSize}`;
    const { decoders } = this.#caches;
    let decoder = decoders.get(key);
    if (decoder === undefined) {
      decoder = this.#codecs[compression](chunkSize);
      decoders.set(key, decoder);
    }
    return decoder;
  }

  #decoderOf(layout: ChunkLayout, at: ChunkPlace, size: number): ChunkDecoder {
    const decoder = this.#decoder(layout);
    if (decoder !== null) return decoder;
    failAt('InvalidLength', this.file, at.offset, `an uncompressed chunk of ${size} bytes`, at.length);
  }

  /** Fills `dst` with the chunk whose stored bytes lie at `at`. */
  decode(layout: ChunkLayout, at: ChunkPlace, dst: Uint8Array): void {
    if (at.length === dst.length) {
      this.file.readInto(at.offset, dst);
      return;
    }
    const decoder = this.#decoderOf(layout, at, dst.length);
    const where = place(this.file, at.offset);
    decoder.decode(readBytes(this.file, at.offset, at.length), dst, where.source, where.offset ?? at.offset);
  }

  /** Fills `dst` with what stands at `within` in a chunk of `size` bytes, which is kept for the next look. */
  readChunk(layout: ChunkLayout, at: ChunkPlace, size: number, within: number, dst: Uint8Array): void {
    if (at.length === size) {
      this.file.readInto(at.offset + within, dst);
      return;
    }
    const decoder = this.#decoderOf(layout, at, size);
    // Hostile resources may overlap with other lengths: the place alone does not tell what was decoded.
    const key = `${this.#number} ${layout.compression} ${layout.chunkSize}: ${at.offset}+${at.length}>${size}`;
    if (size > LARGE_CHUNK && decoder.hold !== undefined) {
      const { large } = this.#caches;
      let held = large.get(key);
      if (held === undefined) {
        const where = place(this.file, at.offset);
        const stored = () => readBytes(this.file, at.offset, at.length);
        held = decoder.hold(stored, size, where.source, where.offset ?? at.offset);
        large.set(key, held, size);
      }
      held.readInto(within, dst);
      return;
    }
    const { small } = this.#caches;
    let bytes = small.get(key);
    if (bytes === undefined) {
      bytes = new Uint8Array(size);
      this.decode(layout, at, bytes);
      small.set(key, bytes, size);
    }
    dst.set(bytes.subarray(within, within + dst.length));
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
      const place = this.#layout.locate(chunk);
      if (length === size) this.#reader.decode(this.#layout, place, part);
      else this.#reader.readChunk(this.#layout, place, size, within, part);
      done += length;
    }
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
