/** What the plain decoders share: a verdict instead of an exception for damaged data, and codes read bit by bit. */
import { ERR_DATA, OK } from '../../../wasm/abi.ts';

/** `status` of wasm/abi.ts; `bytes` mean something only when it is OK. */
export interface Verdict {
  readonly status: number;
  readonly bytes: Uint8Array;
}

/** Ends a decoder with a status. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

/** Runs a decoder that throws Refused. */
export function verdict(bytes: Uint8Array, decode: (bytes: Uint8Array) => void): Verdict {
  try {
    decode(bytes);
  } catch (error) {
    if (error instanceof Refused) return { status: error.status, bytes };
    throw error;
  }
  return { status: OK, bytes };
}

/** A canonical code that is read one bit after the other. */
export class PlainCode {
  readonly #symbols: number[];
  readonly #counts: number[];

  /** @throws Refused when the code is not complete, or is empty and `mayBeEmpty` is false */
  constructor(lengths: ArrayLike<number>, mayBeEmpty: boolean) {
    const all = Array.from(lengths);
    this.#symbols = all.map((_, symbol) => symbol).filter((symbol) => all[symbol]! > 0);
    this.#symbols.sort((a, b) => all[a]! - all[b]! || a - b);
    this.#counts = Array.from({ length: 17 }, (_, length) => all.filter((l) => l === length && l > 0).length);
    const space = this.#counts.reduce((sum, count, length) => sum + count * 2 ** (16 - length), 0);
    if (space !== 65536 && !(space === 0 && mayBeEmpty)) throw new Refused(ERR_DATA);
  }

  read(bit: () => number): number {
    if (this.#symbols.length === 0) throw new Refused(ERR_DATA);
    let code = 0;
    let first = 0;
    let rank = 0;
    for (let length = 1; ; length++) {
      code = code * 2 + bit();
      first *= 2;
      const count = this.#counts[length]!;
      if (code - first < count) return this.#symbols[rank + code - first]!;
      first += count;
      rank += count;
    }
  }
}

/** Copies a match byte by byte, as the formats define it. @throws Refused when it leaves what is there or what is wanted */
export function copyMatch(
  out: Uint8Array,
  at: number,
  end: number,
  offset: number,
  length: number,
  full: number,
): number {
  if (offset > at) throw new Refused(ERR_DATA);
  if (length > end - at) throw new Refused(full);
  for (let i = 0; i < length; i++) out[at + i] = out[at + i - offset]!;
  return at + length;
}
