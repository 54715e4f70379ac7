/** Seeded damage: the same seed makes the same bad file on every machine, so a failure can be told by its number. */

/** A small fast generator (mulberry32): `random()` in [0, 1), `below(n)` an integer in [0, n). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(bound: number): number {
    return Math.floor(this.random() * bound);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.below(256);
    return bytes;
  }
}

/** Values that parsers get wrong: zero, one, all ones, sign bits, just below and above powers of two. */
const NASTY = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x1ff, 0x200, 0xfff, 0x1000, 0x7fff, 0x8000, 0xffff] as const;
const NASTY_WIDE = [...NASTY, 0x10000, 0xfffff, 0x100000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff] as const;

/**
 * A damaged copy of `bytes`: 1 to 8 changes of bits, bytes and fields, blocks copied over others, wiped or cut off.
 * @param hot offsets of structures; most changes fall within 64 bytes of one of them, so that a large image's few
 *   structures are hit more often than its data
 */
export function damage(bytes: Uint8Array, seed: number, hot: readonly number[] = []): Uint8Array {
  const random = new Random(seed);
  let copy = bytes.slice();
  if (copy.length === 0) return copy;
  const where = () =>
    hot.length > 0 && random.below(4) > 0
      ? Math.min(copy.length - 1, random.pick(hot) + random.below(64))
      : random.below(copy.length);
  for (let changes = 1 + random.below(8); changes > 0; changes--) {
    const at = where();
    switch (random.below(8)) {
      case 0:
        copy[at] = copy[at]! ^ (1 << random.below(8));
        break;
      case 1:
        copy[at] = random.below(256);
        break;
      case 2:
      case 3:
        field(copy, at, random);
        break;
      case 4: // counts and offsets that are nearly right
        copy[at] = copy[at]! + random.pick([1, -1, 8, -8]);
        break;
      case 5:
        copy.fill(random.pick([0, 0xff]), at, at + (1 << random.below(10)));
        break;
      case 6: {
        const length = 1 << random.below(10);
        copy.copyWithin(at, where(), Math.min(copy.length, at + length));
        break;
      }
      default:
        if (random.below(4) === 0) copy = copy.slice(0, at + 1);
        else field(copy, at, random);
    }
  }
  return copy;
}

/** Writes one nasty value of 2, 4 or 8 bytes, little- or big-endian, mostly at an aligned place. */
function field(copy: Uint8Array, at: number, random: Random): void {
  const width = random.pick([2, 4, 4, 8]);
  const start = random.below(4) > 0 ? at - (at % width) : at;
  if (start + width > copy.length) return;
  const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
  const little = random.below(2) === 0;
  const value = random.pick(NASTY_WIDE);
  if (width === 2) view.setUint16(start, value & 0xffff, little);
  else if (width === 4) view.setUint32(start, value, little);
  else view.setBigUint64(start, random.below(4) === 0 ? 0xffff_ffff_ffff_ffffn - BigInt(value) : BigInt(value), little);
}

/** Lengths to cut a file at: around each structure edge, and evenly `steps` times over the whole. */
export function truncations(size: number, edges: readonly number[] = [], steps = 32): number[] {
  const lengths = new Set<number>([0, 1, size - 1]);
  for (const edge of edges) for (const delta of [-1, 0, 1, 8]) lengths.add(edge + delta);
  for (let i = 0; i < steps; i++) lengths.add(Math.floor((size * i) / steps));
  return [...lengths].filter((length) => length >= 0 && length < size).sort((a, b) => a - b);
}

/** How many mutations a test runs: FUZZ from the environment, else `normal`. */
export function fuzzCount(normal: number): number {
  const wanted = Number(process.env['FUZZ']);
  return Number.isInteger(wanted) && wanted > 0 ? wanted : normal;
}
