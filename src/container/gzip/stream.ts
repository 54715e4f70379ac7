/**
 * The decoded stream as a ByteSource. One pass over the file finds its size, checks every member's CRC and notes a place
 * every few MiB; a read decodes from the place before it, or goes on where the last one ended.
 */
import { fail } from '../../base/errors.ts';
import { Lru } from '../../base/lru.ts';
import type { Codecs, InflatePlace, InflateStream } from '../../codec/types.ts';
import { BaseSource } from '../../source/base.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes, readView } from '../../source/read.ts';
import type { ByteSource, Extent } from '../../source/types.ts';
import { looksLikeMember, type Member, readMember, TRAILER } from './header.ts';

/** Distance of places: 32 KiB of history each, so 0.4 % of the decoded bytes. */
const PLACE_EVERY = 8 << 20;
const READ = 256 << 10;
const PIECE = 1 << 20;
const HELD = 32 << 20;
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

export class GzipSource extends BaseSource {
  readonly #file: ByteSource;
  readonly #index: GzipIndex;
  readonly #codecs: Codecs;
  readonly #held = new Lru<number, Uint8Array>(HELD);
  #feeder: Feeder | null = null;
  /** Where the feeder's next byte stands in the output. */
  #at = 0;
  /** The piece that is being filled, from its beginning; null after a restart inside one. */
  #open: { readonly start: number; readonly bytes: Uint8Array } | null = null;

  constructor(file: ByteSource, name: string, index: GzipIndex, codecs: Codecs) {
    super(name, index.size);
    this.#file = file;
    this.#index = index;
    this.#codecs = codecs;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    for (let done = 0; done < dst.length; ) {
      const at = offset + done;
      const piece = this.#piece(Math.floor(at / PIECE));
      const part = piece.subarray(at % PIECE, (at % PIECE) + dst.length - done);
      dst.set(part, done);
      done += part.length;
    }
  }

  #piece(n: number): Uint8Array {
    const hit = this.#held.get(n);
    if (hit !== undefined) return hit;
    const start = n * PIECE;
    const before = this.#markBefore(start);
    const goesOn = this.#feeder !== null && (this.#at <= start || this.#open?.start === start);
    if (!goesOn || this.#at < this.#index.marks[before]!.output) {
      this.#open = null;
      this.#restart(before);
    }
    for (;;) {
      const { at, bytes } = this.#feeder!.next();
      this.#collect(bytes);
      // on into the next member, whose beginning is a mark
      if (at === 'end' && this.#at < this.size) this.#restart(this.#markBefore(this.#at));
      const found = this.#held.get(n);
      if (found !== undefined) return found;
      if (at === 'end' && this.#at >= this.size)
        failAt('UnexpectedChange', this.#file, 0, `${this.size} decoded bytes, as before`, this.#at);
    }
  }

  /** Puts decoded bytes into pieces; whole ones are kept. */
  #collect(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const within = this.#at % PIECE;
      const length = Math.min(PIECE - within, bytes.length - done);
      if (within === 0) this.#open = { start: this.#at, bytes: new Uint8Array(Math.min(PIECE, this.size - this.#at)) };
      const open = this.#open;
      if (open !== null) {
        open.bytes.set(bytes.subarray(done, done + length), within);
        if (within + length === open.bytes.length) {
          this.#held.set(open.start / PIECE, open.bytes, open.bytes.length);
          this.#open = null;
        }
      }
      done += length;
      this.#at += length;
    }
  }

  /** Last mark at or before an offset of the output. */
  #markBefore(offset: number): number {
    const { marks } = this.#index;
    let [low, high] = [0, marks.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (marks[middle]!.output <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #restart(mark: number): void {
    const found = this.#index.marks[mark]!;
    this.#feeder ??= new Feeder(this.#file, this.#codecs.inflateStream());
    this.#feeder.restart(found);
    this.#at = found.output;
  }

  protected spans(offset: number, length: number): Iterable<Extent> {
    const mark = this.#index.marks[this.#markBefore(offset)]!;
    const where = place(this.#file, mark.input);
    const next = this.#index.marks[this.#markBefore(offset + length - 1) + 1];
    const fileLength = (next?.input ?? this.#index.end) - mark.input;
    return [{ kind: 'decoded', offset, length, file: where.source, fileOffset: where.offset ?? 0, fileLength }];
  }
}
