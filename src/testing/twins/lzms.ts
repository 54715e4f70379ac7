/** LZMS one bit and one byte at a time, with no table and no buffer: the oracle of `wasm/codec/lzms.ts`, which tells the format. */
import { ERR_ARGUMENT, ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL } from '../../../wasm/abi.ts';
import { copyMatch, PlainCode, Refused, type Verdict, verdict } from './bits.ts';

/** Slots whose base grows by 2^i, for each i. */
const OFFSET_RUNS = [9, 0, 9, 7, 10, 15, 15, 20, 20, 30, 33, 40, 42, 45, 60, 73, 80, 85, 95, 105, 6];
const LENGTH_RUNS = [27, 4, 6, 4, 5, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1];

/** First value of each slot, and the number of extra bits; the last slot has 30. */
function slotsOf(runs: readonly number[]): { base: number; extra: number }[] {
  const bases: number[] = [];
  runs.forEach((count, i) => {
    for (let n = 0; n < count; n++) bases.push((bases.at(-1) ?? 0) + 2 ** i);
  });
  return bases.map((base, i) => ({ base, extra: i + 1 < bases.length ? Math.log2(bases[i + 1]! - base) : 30 }));
}

const OFFSETS = slotsOf(OFFSET_RUNS);
const LENGTHS = slotsOf(LENGTH_RUNS);

/** Code lengths of a Huffman code: of equal weights leaves go before nodes, and of equal leaves the smaller symbol is deeper. */
function codeLengths(weights: readonly number[]): number[] {
  const leaves = weights
    .map((weight, symbol) => ({ weight, symbol }))
    .sort((a, b) => a.weight - b.weight || a.symbol - b.symbol);
  interface Node {
    readonly weight: number;
    readonly below: readonly Node[];
  }
  const left: Node[] = leaves.map(({ weight }) => ({ weight, below: [] }));
  const nodes: Node[] = [];
  const lightest = () => (left[0] && (!nodes[0] || left[0].weight <= nodes[0].weight) ? left.shift()! : nodes.shift()!);
  while (left.length + nodes.length > 1) {
    const pair = [lightest(), lightest()];
    nodes.push({ weight: pair[0]!.weight + pair[1]!.weight, below: pair });
  }
  const depths: number[] = [];
  const walk = (node: Node, depth: number): void => {
    if (node.below.length === 0) depths.push(depth);
    for (const child of node.below) walk(child, depth + 1);
  };
  walk(nodes[0] ?? left[0]!, 0);
  depths.sort((a, b) => b - a);
  const lengths: number[] = [];
  leaves.forEach(({ symbol }, i) => {
    lengths[symbol] = depths[i]!;
  });
  return lengths;
}

/** A code that is made anew from what was seen, after every `period` symbols. */
class AdaptiveCode {
  #weights: number[];
  #code: PlainCode | null = null;
  #left = 0;
  readonly #period: number;

  constructor(symbols: number, period: number) {
    this.#weights = new Array<number>(symbols).fill(1);
    this.#period = period;
  }

  read(bit: () => number): number {
    // One symbol alone would have a code of no bits, which the format has no place for.
    if (this.#weights.length < 2) throw new Refused(ERR_DATA);
    if (this.#left === 0) {
      const first = this.#code === null;
      this.#code = new PlainCode(codeLengths(this.#weights), false);
      if (!first) this.#weights = this.#weights.map((weight) => (weight >> 1) + 1);
      this.#left = this.#period;
    }
    this.#left--;
    const symbol = this.#code!.read(bit);
    this.#weights[symbol]!++;
    return symbol;
  }
}

/** A tree of binary choices: which of `1 << depth` models is used hangs on the last `depth` bits it gave. */
class Choice {
  readonly #recent: bigint[];
  #state = 0;

  constructor(models: number) {
    this.#recent = new Array<bigint>(models).fill(0x5555_5555n);
  }

  read(coder: RangeCoder): number {
    const recent = this.#recent[this.#state]!;
    let zeros = 64;
    for (let rest = recent; rest > 0n; rest >>= 1n) zeros -= Number(rest & 1n);
    const bit = coder.bit(Math.min(63, Math.max(1, zeros)));
    this.#recent[this.#state] = BigInt.asUintN(64, (recent << 1n) | BigInt(bit));
    this.#state = (this.#state * 2 + bit) % this.#recent.length;
    return bit;
  }
}

class RangeCoder {
  readonly #unit: () => number;
  #range = 0xffff_ffff;
  #code: number;

  constructor(unit: () => number) {
    this.#unit = unit;
    this.#code = unit() * 65536 + unit();
  }

  bit(zeros: number): number {
    if (this.#range < 65536) {
      this.#range *= 65536;
      this.#code = this.#code * 65536 + this.#unit();
    }
    const bound = Math.floor(this.#range / 64) * zeros;
    if (this.#code < bound) {
      this.#range = bound;
      return 0;
    }
    this.#range -= bound;
    this.#code -= bound;
    return 1;
  }
}

/** The last sources of one kind of match; the newest is not among the choices of the item right after it. */
class Recent<T> {
  readonly #items: T[];

  constructor(items: T[]) {
    this.#items = items;
  }

  repeat(choices: readonly Choice[], coder: RangeCoder, after: boolean): T {
    const index = choices[0]!.read(coder) === 0 ? 0 : choices[1]!.read(coder) === 0 ? 1 : 2;
    const [item] = this.#items.splice(index + Number(after), 1);
    this.#items.unshift(item!);
    return item!;
  }

  add(item: T): T {
    this.#items.unshift(item);
    this.#items.pop();
    return item;
  }
}

export function decodeLzms(src: Uint8Array, size: number): Verdict {
  return verdict(new Uint8Array(size), (out) => {
    if (size === 0) throw new Refused(ERR_ARGUMENT);
    if (src.length < 4 || src.length % 2 !== 0) throw new Refused(ERR_INPUT_END);
    const unitAt = (at: number) => {
      if (at < 0 || at >= src.length) throw new Refused(ERR_INPUT_END);
      return src[at]! | (src[at + 1]! << 8);
    };
    let front = -2;
    const coder = new RangeCoder(() => {
      front += 2;
      return unitAt(front);
    });
    let back = src.length;
    let left = 0;
    const bit = () => {
      if (left === 0) {
        back -= 2;
        left = 16;
      }
      return (unitAt(back) >> --left) & 1;
    };
    const value = ({ base, extra }: { base: number; extra: number }) => {
      let more = 0;
      for (let i = 0; i < extra; i++) more = more * 2 + bit();
      return base + more;
    };

    const slots = OFFSETS.filter(({ base }) => base < size).length;
    const literals = new AdaptiveCode(256, 1024);
    const lzOffsets = new AdaptiveCode(slots, 1024);
    const lengths = new AdaptiveCode(LENGTHS.length, 512);
    const deltaOffsets = new AdaptiveCode(slots, 1024);
    const deltaPowers = new AdaptiveCode(8, 512);
    const main = new Choice(16);
    const match = new Choice(32);
    const lz = new Choice(64);
    const lzRepeats = [new Choice(64), new Choice(64)];
    const delta = new Choice(64);
    const deltaRepeats = [new Choice(64), new Choice(64)];
    const lzRecent = new Recent([1, 2, 3, 4]);
    const deltaRecent = new Recent([1, 2, 3, 4].map((offset) => ({ power: 0, offset })));

    let last: 'literal' | 'lz' | 'delta' = 'literal';
    for (let to = 0; to < size; ) {
      if (main.read(coder) === 0) {
        out[to++] = literals.read(bit);
        last = 'literal';
      } else if (match.read(coder) === 0) {
        const offset =
          lz.read(coder) === 0
            ? lzRecent.add(value(OFFSETS[lzOffsets.read(bit)]!))
            : lzRecent.repeat(lzRepeats, coder, last === 'lz');
        const length = value(LENGTHS[lengths.read(bit)]!);
        to = copyMatch(out, to, size, offset, length, ERR_OUTPUT_FULL);
        last = 'lz';
      } else {
        let source: { power: number; offset: number };
        if (delta.read(coder) === 0) {
          const power = deltaPowers.read(bit);
          source = deltaRecent.add({ power, offset: value(OFFSETS[deltaOffsets.read(bit)]!) });
        } else source = deltaRecent.repeat(deltaRepeats, coder, last === 'delta');
        const length = value(LENGTHS[lengths.read(bit)]!);
        const span = 2 ** source.power;
        const offset = source.offset * span;
        if (offset + span > to) throw new Refused(ERR_DATA);
        if (length > size - to) throw new Refused(ERR_OUTPUT_FULL);
        for (const end = to + length; to < end; to++)
          out[to] = out[to - span]! + out[to - offset]! - out[to - offset - span]!;
        last = 'delta';
      }
    }
    undoX86(out);
  });
}

/** Bytes of the opcode that stands at `at` when an address follows it; 0 for anything else. */
function opcodeBytes(data: Uint8Array, at: number): number {
  const [first, second, third] = data.subarray(at, at + 3) as unknown as [number, number, number];
  if (first === 0x48 && second === 0x8b && (third === 0x05 || third === 0x0d)) return 3;
  if ((first === 0x48 || first === 0x4c) && second === 0x8d && (third & 7) === 5) return 3;
  if (first === 0xe8) return 1;
  if (first === 0xf0 && second === 0x83 && third === 0x05) return 3;
  return first === 0xff && second === 0x15 ? 2 : 0;
}

/** Absolute addresses become relative again, where addresses used lately say that this is code. */
function undoX86(data: Uint8Array): void {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const lastUse = new Map<number, number>();
  let lastCode = -1024;
  for (let at = 1; at < data.length - 16; at++) {
    if (data[at] === 0xe9) {
      at += 4;
      continue;
    }
    const opcode = opcodeBytes(data, at);
    if (opcode === 0) continue;
    const field = at + opcode;
    if (at - lastCode <= (data[at] === 0xe8 ? 511 : 1023))
      view.setUint32(field, view.getUint32(field, true) - at, true);
    const target = (at + view.getUint16(field, true)) & 0xffff;
    at += opcode + 3;
    if (at - (lastUse.get(target) ?? -65536) <= 65535) lastCode = at;
    lastUse.set(target, at);
  }
}
