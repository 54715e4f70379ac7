/**
 * Files compressed by the Windows Overlay Filter (CompactOS, `compact /exe`). The unnamed stream is one hole of the right
 * size: its zeros are never the content. The bytes are in the stream `WofCompressedData`, in chunks:
 *
 *     table    offset of each chunk but the first, from the end of the table: u32, or u64 when the file is 4 GiB or more
 *     chunks   XPRESS-Huffman of 4, 8 or 16 KiB or LZX of 32 KiB; one as long as what it decodes to is stored as it is
 *
 *     reparse data, behind its 8-byte header (WOF_EXTERNAL_INFO, FILE_PROVIDER_EXTERNAL_INFO_V1)
 *     00 Version 1   04 Provider (1 WIM, 2 file)   08 Version 1   0C Algorithm (0 XPRESS4K 1 LZX 2 XPRESS8K 3 XPRESS16K)
 *
 * Source: [MS-FSCC] and wof.h; the E8 translation of LZX is that of WIM.
 */
import { Bytes } from '../../base/bytes.ts';
import { Lru } from '../../base/lru.ts';
import type { ChunkDecoder, Codecs } from '../../codec/types.ts';
import { BaseSource } from '../../source/base.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource, Extent } from '../../source/types.ts';

export const WOF_STREAM = 'WofCompressedData';

const HEADER = 8;
const PROVIDER_WIM = 1;
const PROVIDER_FILE = 2;
const CACHE_BYTES = 4 << 20;
/** A table this large belongs to a file of hundreds of gigabytes; what CompactOS compresses is far smaller. */
const MAX_TABLE = 64 << 20;
const ALGORITHMS: readonly { readonly lzx: boolean; readonly chunkSize: number }[] = [
  { lzx: false, chunkSize: 4096 },
  { lzx: true, chunkSize: 32_768 },
  { lzx: false, chunkSize: 8192 },
  { lzx: false, chunkSize: 16_384 },
];

export type WofBacking = { readonly lzx: boolean; readonly chunkSize: number } | 'wim' | null;

/** What the reparse data of a WOF file says of its bytes; null when it says nothing we know. */
export function wofBacking(reparse: Uint8Array): WofBacking {
  if (reparse.length < HEADER + 8) return null;
  const bytes = new Bytes(reparse, '$REPARSE_POINT');
  const provider = bytes.u32(HEADER + 4);
  if (provider === PROVIDER_WIM) return 'wim';
  if (provider !== PROVIDER_FILE || reparse.length < HEADER + 16) return null;
  return ALGORITHMS[bytes.u32(HEADER + 12)] ?? null;
}

export class WofSource extends BaseSource {
  readonly #packed: ByteSource;
  readonly #chunkSize: number;
  readonly #decoder: ChunkDecoder;
  /** Start of each chunk in the packed stream, and the end of the last one. */
  readonly #starts: Float64Array;
  readonly #chunks = new Lru<number, Uint8Array>(CACHE_BYTES);

  /**
   * @param packed the stream `WofCompressedData`
   * @param size bytes of the unnamed stream
   * @throws FormatError InvalidLength, InvalidOffset when the table does not fit the stream
   */
  constructor(
    name: string,
    packed: ByteSource,
    size: number,
    backing: { readonly lzx: boolean; readonly chunkSize: number },
    codecs: Codecs,
  ) {
    super(name, size);
    this.#packed = packed;
    this.#chunkSize = backing.chunkSize;
    this.#decoder = backing.lzx ? codecs.lzx(backing.chunkSize) : codecs.xpress(backing.chunkSize);
    this.#starts = this.#readTable();
  }

  #readTable(): Float64Array {
    const packed = this.#packed;
    const count = Math.ceil(this.size / this.#chunkSize);
    const width = this.size >= 2 ** 32 ? 8 : 4;
    const tableSize = Math.max(0, count - 1) * width;
    if (tableSize > MAX_TABLE || tableSize > packed.size)
      failAt('InvalidLength', packed, 0, `a table of ${count} chunks`, `${packed.size} bytes`);
    const table = new Bytes(readBytes(packed, 0, tableSize), packed.name);
    const starts = new Float64Array(count + 1).fill(tableSize);
    for (let i = 1; i < count; i++) {
      const at = (i - 1) * width;
      starts[i] = tableSize + (width === 8 ? table.size64(at, 'chunk offset') : table.u32(at));
      if (!(starts[i]! > starts[i - 1]! && starts[i]! < packed.size))
        failAt('InvalidOffset', packed, at, `chunk ${i} behind chunk ${i - 1} and before ${packed.size}`, starts[i]);
    }
    starts[count] = count === 0 ? tableSize : packed.size;
    return starts;
  }

  #length(chunk: number): number {
    return Math.min(this.#chunkSize, this.size - chunk * this.#chunkSize);
  }

  #decode(chunk: number): Uint8Array {
    const known = this.#chunks.get(chunk);
    if (known !== undefined) return known;
    const start = this.#starts[chunk]!;
    const stored = this.#starts[chunk + 1]! - start;
    const length = this.#length(chunk);
    if (stored > length) failAt('InvalidLength', this.#packed, start, `a chunk of at most ${length} bytes`, stored);
    let bytes = readBytes(this.#packed, start, stored);
    if (stored < length) {
      const where = place(this.#packed, start);
      const packed = bytes;
      bytes = new Uint8Array(length);
      this.#decoder.decode(packed, bytes, where.source, where.offset ?? start);
    }
    this.#chunks.set(chunk, bytes, bytes.length);
    return bytes;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    for (let done = 0; done < dst.length; ) {
      const chunk = Math.floor((offset + done) / this.#chunkSize);
      const skip = offset + done - chunk * this.#chunkSize;
      const part = this.#decode(chunk).subarray(skip, skip + dst.length - done);
      dst.set(part, done);
      done += part.length;
    }
  }

  protected *spans(offset: number, length: number): Iterable<Extent> {
    const end = offset + length;
    for (let at = offset; at < end; ) {
      const chunk = Math.floor(at / this.#chunkSize);
      const skip = at - chunk * this.#chunkSize;
      const count = Math.min(this.#length(chunk) - skip, end - at);
      const start = this.#starts[chunk]!;
      const stored = this.#starts[chunk + 1]! - start;
      if (stored === this.#length(chunk))
        for (const extent of this.#packed.extents(start + skip, count))
          yield { ...extent, offset: extent.offset - start - skip + at };
      else {
        const where = place(this.#packed, start);
        const kind = 'decoded';
        yield {
          kind,
          offset: at,
          length: count,
          file: where.source,
          fileOffset: where.offset ?? 0,
          fileLength: stored,
        };
      }
      at += count;
    }
  }
}
