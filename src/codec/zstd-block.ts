/**
 * One compressed Zstandard block (RFC 8878, 3.1.1.3): literals, then sequences of "so many literals, then so many bytes from
 * so far back". The tables and the three last offsets live on from block to block of a frame.
 */
import {
  bitsOf,
  buildFse,
  damaged,
  type FseTable,
  type HuffmanTable,
  readFse,
  readHuffman,
  rleTable,
} from './zstd-tables.ts';

export const MAX_BLOCK = 128 << 10;
/** Bytes behind the block's own in `bytes`: loads take four at a time. */
export const SLACK = 8;

const LL_BITS = Uint8Array.of(
  ...new Array<number>(16).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);
const ML_BITS = Uint8Array.of(
  ...new Array<number>(32).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);
const LL_BASE = bases(LL_BITS, 0);
const ML_BASE = bases(ML_BITS, 3);
/** Offset codes above this lead further back than any window that is taken. */
const MAX_OFFSET_CODE = 30;

function bases(bits: Uint8Array, first: number): Int32Array {
  const found = new Int32Array(bits.length);
  let at = first;
  bits.forEach((count, code) => {
    found[code] = at;
    at += 1 << count;
  });
  return found;
}

const LL_DEFAULT = buildFse(
  [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
  6,
);
const ML_DEFAULT = buildFse(
  [
    ...[1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    ...[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1],
  ],
  6,
);
const OF_DEFAULT = buildFse(
  [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
  5,
);

/** What a frame carries from block to block. */
export class ZstdBlocks {
  #huffman: HuffmanTable | null = null;
  #ll: FseTable | null = null;
  #of: FseTable | null = null;
  #ml: FseTable | null = null;
  readonly #recent = [1, 4, 8];
  readonly #literals = new Uint8Array(MAX_BLOCK);

  reset(): void {
    this.#huffman = this.#ll = this.#of = this.#ml = null;
    this.#recent.splice(0, 3, 1, 4, 8);
  }

  /**
   * Decodes the block bytes[0, size) to `out` from `at`.
   * @param limit where the block must end in `out` at the latest
   * @param window how far back a match may lead, never before 0 of `out`
   * @returns where it ended. @throws ZstdDamage
   */
  decode(bytes: Uint8Array, size: number, out: Uint8Array, at: number, limit: number, window: number): number {
    const { start, count } = this.#readLiterals(bytes, size, limit - at);
    return this.#sequences(bytes, start, size, count, out, at, limit, window);
  }

  /** Fills `#literals`. @returns how many there are, and where the sequences start */
  #readLiterals(bytes: Uint8Array, size: number, max: number): { start: number; count: number } {
    if (size < 1) damaged('an empty block');
    const type = bytes[0]! & 3;
    const format = (bytes[0]! >> 2) & 3;
    const head = bytes[0]! + bytes[1]! * 0x100 + bytes[2]! * 0x1_0000 + bytes[3]! * 0x100_0000 + bytes[4]! * 2 ** 32;
    const literals = this.#literals;
    if (type < 2) {
      const headSize = (format & 1) === 0 ? 1 : format === 1 ? 2 : 3;
      const count = (format & 1) === 0 ? bytes[0]! >> 3 : (head & (2 ** (headSize * 8) - 1)) >>> 4;
      const start = headSize + (type === 0 ? count : 1);
      if (count > max || start > size) damaged('more literals than the block holds');
      if (type === 0) literals.set(bytes.subarray(headSize, start));
      else literals.fill(bytes[headSize]!, 0, count);
      return { start, count };
    }
    const headSize = Math.max(3, format + 2);
    const width = [10, 10, 14, 18][format]!;
    const count = Math.floor(head / 16) % 2 ** width;
    const end = headSize + (Math.floor(head / 2 ** (4 + width)) % 2 ** width);
    if (count > max || end > size) damaged('more literals than the block holds');
    let start = headSize;
    if (type === 2) {
      const tree = readHuffman(bytes, start, end);
      this.#huffman = tree.table;
      start = tree.end;
    }
    const table = this.#huffman ?? damaged('literals of a tree that is not there');
    if (format === 0) huffmanStream(bytes, start, end, table, literals, 0, count);
    else fourStreams(bytes, start, end, table, literals, count);
    return { start: end, count };
  }

  #table(mode: number, bytes: Uint8Array, at: number, size: number, kind: Kind, last: FseTable | null) {
    if (mode === 0) return { table: kind.usual, end: at };
    if (mode === 3) return { table: last ?? damaged('a table of a block that is not there'), end: at };
    if (mode === 2) return readFse(bytes, at, size, kind.log, kind.max);
    if (at >= size || bytes[at]! > kind.max) damaged('a code that is not defined');
    return { table: rleTable(bytes[at]!), end: at + 1 };
  }

  #sequences(
    bytes: Uint8Array,
    start: number,
    size: number,
    literalCount: number,
    out: Uint8Array,
    to: number,
    limit: number,
    window: number,
  ): number {
    const literals = this.#literals;
    if (start >= size) damaged('a block without its sequences');
    const first = bytes[start]!;
    let at = start + (first < 128 ? 1 : first < 255 ? 2 : 3);
    let left = first;
    if (first === 255) left = bytes[start + 1]! + (bytes[start + 2]! << 8) + 0x7f00;
    else if (first >= 128) left = ((first - 128) << 8) + bytes[start + 1]!;
    if (left === 0) {
      if (at !== size || literalCount > limit - to) damaged('bytes behind the last sequence');
      out.set(literals.subarray(0, literalCount), to);
      return to + literalCount;
    }
    const modes = bytes[at++]!;
    if (at > size || (modes & 3) !== 0) damaged('compression modes that are not defined');
    const llRead = this.#table(modes >> 6, bytes, at, size, LL, this.#ll);
    const ofRead = this.#table((modes >> 4) & 3, bytes, llRead.end, size, OF, this.#of);
    const mlRead = this.#table((modes >> 2) & 3, bytes, ofRead.end, size, ML, this.#ml);
    const [ll, of, ml] = [llRead.table, ofRead.table, mlRead.table];
    [this.#ll, this.#of, this.#ml] = [ll, of, ml];
    at = mlRead.end;
    let bits = bitsOf(bytes, at, size);
    const take = (count: number): number => {
      bits -= count;
      if (bits < 0) damaged('sequences that are cut off');
      const p = at + (bits >> 3);
      const word = bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24);
      return (word >>> (bits & 7)) & ((1 << count) - 1);
    };
    let llState = take(ll.log);
    let ofState = take(of.log);
    let mlState = take(ml.log);
    let from = 0;
    let [r0, r1, r2] = this.#recent as [number, number, number];
    for (; left > 0; left--) {
      const code = of.symbol[ofState]!;
      if (code > MAX_OFFSET_CODE) damaged(`the offset code ${code}`);
      const extra = code > 16 ? take(code - 16) * 65_536 + take(16) : take(code);
      const value = 2 ** code + extra;
      const mlCode = ml.symbol[mlState]!;
      const length = ML_BASE[mlCode]! + take(ML_BITS[mlCode]!);
      const llCode = ll.symbol[llState]!;
      const run = LL_BASE[llCode]! + take(LL_BITS[llCode]!);
      if (left > 1) {
        llState = ll.base[llState]! + take(ll.bits[llState]!);
        mlState = ml.base[mlState]! + take(ml.bits[mlState]!);
        ofState = of.base[ofState]! + take(of.bits[ofState]!);
      }
      let offset = r0;
      const choice = value > 3 ? 4 : value - (run === 0 ? 0 : 1);
      if (choice > 0) {
        offset = choice === 4 ? value - 3 : choice === 1 ? r1 : choice === 2 ? r2 : r0 - 1;
        if (choice > 1) r2 = r1;
        r1 = r0;
        r0 = offset;
      }
      if (run > literalCount - from || run + length > limit - to) damaged('more bytes than the block holds');
      for (const end = from + run; from < end; ) out[to++] = literals[from++]!;
      if (!(offset > 0 && offset <= window && offset <= to)) damaged(`a match ${offset} bytes back`);
      for (const end = to + length; to < end; to++) out[to] = out[to - offset]!;
    }
    if (bits !== 0) damaged('bits behind the last sequence');
    this.#recent.splice(0, 3, r0, r1, r2);
    if (literalCount - from > limit - to) damaged('more bytes than the block holds');
    out.set(literals.subarray(from, literalCount), to);
    return to + literalCount - from;
  }
}

interface Kind {
  readonly usual: FseTable;
  readonly log: number;
  readonly max: number;
}
const LL: Kind = { usual: LL_DEFAULT, log: 9, max: 35 };
const OF: Kind = { usual: OF_DEFAULT, log: 8, max: 31 };
const ML: Kind = { usual: ML_DEFAULT, log: 9, max: 52 };

function fourStreams(
  bytes: Uint8Array,
  start: number,
  end: number,
  table: HuffmanTable,
  out: Uint8Array,
  count: number,
): void {
  const part = (count + 3) >> 2;
  if (end - start < 6 || part * 3 > count) damaged('four streams of too few literals');
  let at = start + 6;
  for (let i = 0; i < 4; i++) {
    const size = bytes[start + i * 2]! + (bytes[start + i * 2 + 1]! << 8);
    const stop = i === 3 ? end : at + size;
    if (stop > end) damaged('literals that are cut off');
    huffmanStream(bytes, at, stop, table, out, part * i, i === 3 ? count : part * (i + 1));
    at = stop;
  }
}

/** Fills out[to, until) from a stream that must end with it. */
function huffmanStream(
  bytes: Uint8Array,
  at: number,
  end: number,
  { log, entries }: HuffmanTable,
  out: Uint8Array,
  to: number,
  until: number,
): void {
  let bits = bitsOf(bytes, at, end);
  const mask = (1 << log) - 1;
  let i = to;
  // in the beginning of the stream, which is read last, zeros stand for the bits that are not there
  for (; i < until && bits >= log; i++) {
    const low = bits - log;
    const p = at + (low >> 3);
    const entry = entries[((bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16)) >> (low & 7)) & mask]!;
    out[i] = entry;
    bits -= entry >> 8;
  }
  for (; i < until; i++) {
    const rest = (bytes[at]! | (bytes[at + 1]! << 8)) & ((1 << bits) - 1);
    const entry = entries[(rest << (log - bits)) & mask]!;
    out[i] = entry;
    bits -= entry >> 8;
    if (bits < 0) damaged('literals that are cut off');
  }
  if (bits !== 0) damaged('bits behind the last literal');
}
