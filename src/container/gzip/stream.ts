/**
 * The decoded stream. One pass over the file finds its size, checks every member's CRC and notes a place every few MiB,
 * from which reads decode.
 */
import { fail } from '../../base/errors.ts';
import type { Codecs, InflatePlace, InflateStream } from '../../codec/types.ts';
import { failAt, place } from '../../source/place.ts';
import { StreamSource } from '../../source/stream-source.ts';
import type { ByteSource } from '../../source/types.ts';
import { looksLikeMember, type Member, readMember, TRAILER } from './header.ts';
import { FileWindow } from './window.ts';

/** Distance of places, at first: 32 KiB of history each, so 0.4 % of the decoded bytes. */
const PLACE_EVERY = 8 << 20;
/** 32 MiB of histories; a stream that needs more has every second place taken out, and the next ones twice as far apart. */
const MAX_MARKS = 1024;
/** Input of one call: little at first, since a member may be a few bytes long. */
const FEED = { least: 4 << 10, most: 256 << 10 };
/** Beyond this an archive is not unpacked in a tab: the pass alone takes minutes. */
const MAX_DECODED = 64 * 2 ** 30;
/** bgzip makes one for each 64 KiB. */
const MAX_MEMBERS = 4 << 20;
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
  readonly window: FileWindow;
  readonly #file: ByteSource;
  readonly #stream: InflateStream;
  #feed = FEED.least;
  input = 0;

  constructor(file: ByteSource, stream: InflateStream) {
    this.#file = file;
    this.#stream = stream;
    this.window = new FileWindow(file);
  }

  restart({ input, place: at }: Pick<Mark, 'input' | 'place'>): void {
    this.input = input;
    this.#feed = FEED.least;
    this.#stream.restart(at);
  }

  /** @param enough decoded bytes from which on the end of a block ends the piece */
  next(enough: number): ReturnType<InflateStream['run']> {
    const bytes = this.window.at(this.input, this.#feed);
    const where = place(this.#file, this.input);
    const more = this.input + bytes.length < this.#file.size;
    const piece = this.#stream.run(bytes, more, where.source, where.offset ?? this.input, enough);
    if (piece.used === 0 && piece.bytes.length === 0 && piece.at === 'more')
      failAt('InvalidData', this.#file, this.input, 'a DEFLATE stream that goes on', 'one that does not');
    this.input += piece.used;
    this.#feed = Math.min(FEED.most, Math.max(FEED.least, piece.used * 2));
    return piece;
  }

  place(): InflatePlace {
    return this.#stream.place();
  }

  /** The member that follows the one whose stream ended here; null behind the last: zeros there are padding of tapes. */
  follower(): Member | null {
    const at = this.input + TRAILER;
    return looksLikeMember(this.window.at(at, 10)) ? readMember(this.#file, at, this.window) : null;
  }
}

/** The places to go on from, as far apart as their number asks for. */
export class Marks {
  readonly list: Mark[] = [];
  #distance = PLACE_EVERY;

  /** Decoded bytes from `output` to where the next place is wanted. */
  until(output: number): number {
    const last = this.list.at(-1);
    return last === undefined ? 0 : Math.max(0, last.output + this.#distance - output);
  }

  add(mark: Mark): void {
    this.list.push(mark);
    if (this.list.length < MAX_MARKS) return;
    const kept = this.list.filter((_, i) => i % 2 === 0);
    this.list.splice(0, this.list.length, ...kept);
    this.#distance *= 2;
  }
}

/** Decodes the whole file once. @throws FormatError InvalidHeader, InvalidData, InvalidChecksum, UnexpectedEnd, UnsupportedSize */
export function indexGzip(file: ByteSource, codecs: Codecs): GzipIndex {
  const feeder = new Feeder(file, codecs.inflateStream());
  const marks = new Marks();
  const first = readMember(file, 0, feeder.window);
  let [members, output] = [0, 0];
  for (let member: Member | null = first; member !== null; member = feeder.follower()) {
    if (++members > MAX_MEMBERS) fail('UnsupportedSize', file.name, null, `at most ${MAX_MEMBERS} members`, 'more');
    const begin = output;
    feeder.restart({ input: member.start, place: START });
    if (marks.until(output) === 0) marks.add({ input: member.start, output, place: START });
    let crc = 0;
    for (let end = false; !end; ) {
      const { at, bytes } = feeder.next(marks.until(output));
      crc = codecs.crc32(bytes, crc);
      output += bytes.length;
      if (output > MAX_DECODED)
        fail('UnsupportedSize', file.name, null, `at most ${MAX_DECODED} decoded bytes`, 'more');
      end = at === 'end';
      if (at === 'block' && marks.until(output) === 0)
        marks.add({ input: feeder.input, output, place: feeder.place() });
    }
    checkTrailer(file, feeder, crc, output - begin);
  }
  return { size: output, members, first, marks: marks.list, end: feeder.input + TRAILER };
}

function checkTrailer(file: ByteSource, { input, window }: Feeder, crc: number, length: number): void {
  const bytes = window.at(input, TRAILER);
  if (bytes.length < TRAILER)
    failAt('UnexpectedEnd', file, input, `the ${TRAILER} bytes behind a stream`, `${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [statedCrc, statedLength] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (statedCrc !== crc) failAt('InvalidChecksum', file, input, `CRC-32 ${statedCrc.toString(16)}`, crc.toString(16));
  if (statedLength !== length % 2 ** 32)
    failAt('InvalidLength', file, input + 4, `${statedLength} decoded bytes`, length);
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
      const { at, bytes } = feeder!.next(0xffff_ffff);
      if (at !== 'end') return { bytes, end: false };
      const next = feeder!.input + TRAILER < index.end ? feeder!.follower() : null;
      if (next !== null) feeder!.restart({ input: next.start, place: START });
      return { bytes, end: next === null };
    },
  });
}
