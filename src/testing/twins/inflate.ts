/** DEFLATE (RFC 1951) bit by bit, as the specification tells it: the oracle of wasm/codec's `inflate`. */
import { ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL } from '../../../wasm/abi.ts';
import { Refused, type Verdict, verdict } from './bits.ts';

const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

class Bits {
  readonly #src: Uint8Array;
  #at = 0;

  constructor(src: Uint8Array) {
    this.#src = src;
  }

  bit(): number {
    const byte = this.#src[this.#at >> 3];
    if (byte === undefined) throw new Refused(ERR_INPUT_END);
    return (byte >> (this.#at++ & 7)) & 1;
  }

  number(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++) value += this.bit() * 2 ** i;
    return value;
  }

  toByteEdge(): void {
    this.#at = (this.#at + 7) & ~7;
  }
}

/** A code as a map from `1` + its bits to the symbol. */
class Code {
  readonly #symbols = new Map<number, number>();

  /** @param mayLack whether it may be a single code of one bit, or none */
  constructor(lengths: readonly number[], mayLack: boolean) {
    let code = 0;
    let space = 0;
    for (let length = 1; length <= 15; length++) {
      code *= 2;
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== length) continue;
        this.#symbols.set(2 ** length + code++, symbol);
        space += 2 ** (15 - length);
      }
    }
    const single = this.#symbols.size === 0 || (this.#symbols.size === 1 && space === 2 ** 14);
    if (space > 2 ** 15 || (space < 2 ** 15 && !(mayLack && single))) throw new Refused(ERR_DATA);
  }

  read(bits: Bits): number {
    for (let code = 1, length = 1; length <= 15; length++) {
      code = code * 2 + bits.bit();
      const symbol = this.#symbols.get(code);
      if (symbol !== undefined) return symbol;
    }
    throw new Refused(ERR_DATA);
  }
}

const FIXED_LENGTHS = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));

function ownCodes(bits: Bits): [Code, Code] {
  const literals = bits.number(5) + 257;
  const distances = bits.number(5) + 1;
  const count = bits.number(4) + 4;
  if (literals > 286 || distances > 30) throw new Refused(ERR_DATA);
  const lengthLengths = new Array<number>(19).fill(0);
  for (const symbol of LENGTH_ORDER.slice(0, count)) lengthLengths[symbol] = bits.number(3);
  const code = new Code(lengthLengths, false);
  const lengths: number[] = [];
  while (lengths.length < literals + distances) {
    const symbol = code.read(bits);
    if (symbol < 16) {
      lengths.push(symbol);
      continue;
    }
    if (symbol === 16 && lengths.length === 0) throw new Refused(ERR_DATA);
    const value = symbol === 16 ? lengths.at(-1)! : 0;
    const repeat = symbol === 16 ? 3 + bits.number(2) : symbol === 17 ? 3 + bits.number(3) : 11 + bits.number(7);
    if (repeat > literals + distances - lengths.length) throw new Refused(ERR_DATA);
    for (let i = 0; i < repeat; i++) lengths.push(value);
  }
  if (lengths[256] === 0) throw new Refused(ERR_DATA);
  return [new Code(lengths.slice(0, literals), true), new Code(lengths.slice(literals), true)];
}

/** Length of a match: 3 to 10 alone, then four for each number of extra bits; the last symbol is 258. */
function matchLength(symbol: number, bits: Bits): number {
  const row = symbol - 257;
  if (row > 28) throw new Refused(ERR_DATA);
  if (row === 28) return 258;
  if (row < 8) return 3 + row;
  const extra = (row >> 2) - 1;
  return 3 + (4 + (row & 3)) * 2 ** extra + bits.number(extra);
}

function matchDistance(symbol: number, bits: Bits): number {
  if (symbol > 29) throw new Refused(ERR_DATA);
  if (symbol < 4) return 1 + symbol;
  const extra = (symbol >> 1) - 1;
  return 1 + (2 + (symbol & 1)) * 2 ** extra + bits.number(extra);
}

/** Decodes one stream of at most `size` bytes; `length` is how many it gave. */
export function inflate(src: Uint8Array, size: number): Verdict & { readonly length: number } {
  let at = 0;
  const result = verdict(new Uint8Array(size), (out) => {
    const put = (byte: number): void => {
      if (at === size) throw new Refused(ERR_OUTPUT_FULL);
      out[at++] = byte;
    };
    const bits = new Bits(src);
    for (let last = false; !last; ) {
      last = bits.bit() === 1;
      const type = bits.number(2);
      if (type === 3) throw new Refused(ERR_DATA);
      if (type === 0) {
        bits.toByteEdge();
        const length = bits.number(16);
        if (bits.number(16) !== 0xffff - length) throw new Refused(ERR_DATA);
        for (let i = 0; i < length; i++) put(bits.number(8));
        continue;
      }
      const [literals, distances] =
        type === 2 ? ownCodes(bits) : [new Code(FIXED_LENGTHS, false), new Code(new Array(32).fill(5), false)];
      for (let symbol = literals.read(bits); symbol !== 256; symbol = literals.read(bits)) {
        if (symbol < 256) {
          put(symbol);
          continue;
        }
        const length = matchLength(symbol, bits);
        const distance = matchDistance(distances.read(bits), bits);
        if (distance > at) throw new Refused(ERR_DATA);
        for (let i = 0; i < length; i++) put(out[at - distance]!);
      }
    }
  });
  return { ...result, length: at };
}
