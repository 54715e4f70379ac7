/**
 * The decoded stream. One pass over the file finds its size, checks every member's CRC and notes a place every few MiB,
 * from which reads decode.
 */
import { fail } from '../../base/errors.ts';
import type { Codecs, InflatePlace, InflateStream } from '../../codec/types.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes, readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { StreamSource } from '../stream-source.ts';
import { looksLikeMember, type Member, readMember, TRAILER } from './header.ts';

/** Distance of places: 32 KiB of history each, so 0.4 % of the decoded bytes. */
const PLACE_EVERY = 8 << 20;
const READ = 256 << 10;
/** Beyond this an archive is not unpacked in a tab: the pass alone takes minutes. */
const MAX_DECODED = 64 * 2 ** 30;
const START: InflatePlace = { bitCount: 0, bitValue: 0, history: new Uint8Array(0) };

interface Mark {
  /** Offset in the file of the next byte, and in the output. */
  readonly input: number;
  readonly output: number;
  readonly place: InflatePlace;
}

export interface GzipIndex {
  readonly size: number;
  readonly members: number;
  readonly first: Member;
  readonly marks: readonly Mark[];
  /** Offset behind the last member. */
  readonly end: number;
}

/** Feeds the stream from the file. */
class Feeder {
  readonly #file: ByteSource;
  readonly #stream: InflateStream;
  input = 0;

  constructor(file: ByteSource, stream: InflateStream) {
    this.#file = file;
    this.#stream = stream;
  }

  restart({ input, place: at }: Pick<Mark, 'input' | 'place'>): void {
    this.input = input;
    this.#stream.restart(at);
  }

  next(): ReturnType<InflateStream['run']> {
    const length = Math.min(READ, this.#file.size - this.input);
    const bytes = readBytes(this.#file, this.input, length);
    const where = place(this.#file, this.input);
    const piece = this.#stream.run(
      bytes,
      this.input + length < this.#file.size,
      where.source,
      where.offset ?? this.input,
    );
    if (piece.used === 0 && piece.bytes.length === 0 && piece.at === 'more')
      failAt('InvalidData', this.#file, this.input, 'a DEFLATE stream that goes on', 'one that does not');
    this.input += piece.used;
    return piece;
  }
}

/** Decodes the whole file once. @throws FormatError InvalidHeader, InvalidData, InvalidChecksum, UnexpectedEnd, UnsupportedSize */
export function indexGzip(file: ByteSource, codecs: Codecs): GzipIndex {
  const stream = codecs.inflateStream();
  const feeder = new Feeder(file, stream);
  const marks: Mark[] = [];
  const first = readMember(file, 0);
  let member = first;
  let [members, output] = [0, 0];
  for (;;) {
    members++;
    const start: Mark = { input: member.start, output, place: START };
    marks.push(start);
    feeder.restart(start);
    let crc = 0;
    for (let end = false; !end; ) {
      const { at, bytes } = feeder.next();
      crc = codecs.crc32(bytes, crc);
      output += bytes.length;
      if (output > MAX_DECODED)
        fail('UnsupportedSize', file.name, null, `at most ${MAX_DECODED} decoded bytes`, 'more');
      end = at === 'end';
      if (at === 'block' && output - marks.at(-1)!.output >= PLACE_EVERY)
        marks.push({ input: feeder.input, output, place: stream.place() });
    }
    const trailer = readView(file, feeder.input, TRAILER);
    if (trailer.u32(0) !== crc)
      failAt('InvalidChecksum', file, feeder.input, `CRC-32 ${trailer.u32(0).toString(16)}`, crc.toString(16));
    if (trailer.u32(4) !== (output - start.output) % 2 ** 32)
      failAt('InvalidLength', file, feeder.input + 4, `${trailer.u32(4)} decoded bytes`, output - start.output);
    const end = feeder.input + TRAILER;
    // members follow one another; zeros behind the last are padding of tapes
    const head = readBytes(file, end, Math.min(10, file.size - end));
    if (!looksLikeMember(head)) return { size: output, members, first, marks, end };
    member = readMember(file, end);
  }
}

/** The decoded stream at random. */
export function gzipSource(file: ByteSource, name: string, index: GzipIndex, codecs: Codecs): ByteSource {
  let feeder: Feeder | null = null;
  return new StreamSource(file, name, index, {
    restart(mark) {
      feeder ??= new Feeder(file, codecs.inflateStream());
      feeder.restart(index.marks[mark]!);
    },
    next() {
      const { at, bytes } = feeder!.next();
      return { bytes, end: at === 'end' };
    },
  });
}
