/** The bytes of an entry: as they stand, or decoded piece by piece with places to go on from, noted on the way. */
import type { Codecs, InflatePlace } from '../../codec/types.ts';
import { BaseSource } from '../../source/base.ts';
import { MemorySource } from '../../source/memory.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes, readView } from '../../source/read.ts';
import { emptyRun, type Run, RunListSource, storedRun } from '../../source/run-list.ts';
import { type StreamDecoder, type StreamMark, StreamSource } from '../../source/stream-source.ts';
import type { ByteSource, Extent } from '../../source/types.ts';
import { Flag, LOCAL, Method, type ZipEntry } from './directory.ts';

const PLACE_EVERY = 8 << 20;
const READ = 256 << 10;
/** Up to here a file is decoded in one call, by the kernel that all files share. */
const SMALL = 2 << 20;
const SIGNATURE = 0x0403_4b50;
const START: InflatePlace = { bitCount: 0, bitValue: 0, history: new Uint8Array(0) };

interface Mark extends StreamMark {
  readonly place: InflatePlace;
}

export const isEncrypted = ({ flags }: ZipEntry): boolean =>
  (flags & (Flag.encrypted | Flag.strong | Flag.masked)) !== 0;

/** Where the data begins, behind the local header. @throws FormatError InvalidSignature, UnexpectedEnd */
export function dataOffset(source: ByteSource, { local }: ZipEntry): number {
  const header = readView(source, local, LOCAL);
  if (header.u32(0) !== SIGNATURE)
    failAt('InvalidSignature', source, local, 'a local header', header.u32(0).toString(16));
  return local + LOCAL + header.u16(26) + header.u16(28);
}

/** @throws FormatError UnsupportedFeature, and what `dataOffset` throws */
export function openEntry(source: ByteSource, entry: ZipEntry, codecs: Codecs): ByteSource {
  const { name, size, method } = entry;
  if (isEncrypted(entry)) failAt('UnsupportedFeature', source, entry.at, 'a file that is not encrypted', name);
  if (method !== Method.stored && method !== Method.deflate)
    failAt('UnsupportedFeature', source, entry.at + 10, 'a stored or deflated file', `method ${method}`);
  if (size === 0) return new MemorySource(name, new Uint8Array(0));
  const start = dataOffset(source, entry);
  if (method === Method.stored) {
    const here = Math.max(0, Math.min(size, entry.compressed, source.size - start));
    const runs: Run[] = here > 0 ? [storedRun(0, here, source, start)] : [];
    if (here < size) runs.push(emptyRun('missing', here, size - here));
    return new RunListSource(name, size, runs, 'the end of the archive');
  }
  const end = Math.min(source.size, start + entry.compressed);
  if (size <= SMALL && end - start <= SMALL) return new SmallFile(source, name, start, end, size, codecs);
  const marks: Mark[] = [{ input: start, output: 0, place: START }];
  return new StreamSource(source, name, { size, marks, end }, deflated(source, end, size, marks, codecs));
}

/** A deflated file that is decoded as a whole when it is first read. */
class SmallFile extends BaseSource {
  readonly #archive: ByteSource;
  readonly #start: number;
  readonly #end: number;
  readonly #codecs: Codecs;
  #bytes: Uint8Array | null = null;

  constructor(archive: ByteSource, name: string, start: number, end: number, size: number, codecs: Codecs) {
    super(name, size);
    this.#archive = archive;
    this.#start = start;
    this.#end = end;
    this.#codecs = codecs;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    if (this.#bytes === null) {
      const packed = readBytes(this.#archive, this.#start, Math.max(0, this.#end - this.#start));
      const where = place(this.#archive, this.#start);
      const bytes = new Uint8Array(this.size);
      this.#codecs.inflate(SMALL, 'raw').decode(packed, bytes, where.source, where.offset ?? this.#start);
      this.#bytes = bytes;
    }
    dst.set(this.#bytes.subarray(offset, offset + dst.length));
  }

  protected spans(offset: number, length: number): Iterable<Extent> {
    const where = place(this.#archive, this.#start);
    const fileLength = Math.max(0, this.#end - this.#start);
    return [{ kind: 'decoded', offset, length, file: where.source, fileOffset: where.offset ?? 0, fileLength }];
  }
}

/** @param marks grows while the stream is decoded for the first time */
function deflated(source: ByteSource, end: number, size: number, marks: Mark[], codecs: Codecs): StreamDecoder {
  const stream = codecs.inflateStream();
  let input = 0;
  let output = 0;
  return {
    restart(mark) {
      const from = marks[mark]!;
      input = from.input;
      output = from.output;
      stream.restart(from.place);
    },
    next() {
      const length = Math.min(READ, stream.inputBytes, Math.max(0, end - input));
      const bytes = readBytes(source, input, length);
      const where = place(source, input);
      const piece = stream.run(bytes, input + length < end, where.source, where.offset ?? input);
      if (piece.used === 0 && piece.bytes.length === 0 && piece.at === 'more')
        failAt('InvalidData', source, input, 'a DEFLATE stream that goes on', 'one that does not');
      input += piece.used;
      // what the stream holds beyond the stated size is not the file's
      const fresh = piece.bytes.subarray(0, size - output);
      output += fresh.length;
      if (piece.at === 'end' && output < size) failAt('InvalidLength', source, input, `${size} decoded bytes`, output);
      if (piece.at === 'block' && output < size && output - marks.at(-1)!.output >= PLACE_EVERY) {
        const at = stream.place();
        marks.push({ input, output, place: at });
      }
      return { bytes: fresh, end: false };
    },
  };
}
