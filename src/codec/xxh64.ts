/** XXH64 (seed 0), of which Zstandard keeps the low half as a frame's checksum. 64-bit numbers are pairs of halves. */

const P1 = [0x9e37_79b1, 0x85eb_ca87] as const;
const P2 = [0xc2b2_ae3d, 0x27d4_eb4f] as const;
const P3 = [0x1656_67b1, 0x9e37_79f9] as const;
const P4 = [0x85eb_ca77, 0xc2b2_ae63] as const;
const P5 = [0x27d4_eb2f, 0x1656_67c5] as const;
type Pair = readonly [number, number];

/** High half of the product of two unsigned halves. */
function high(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + (middle >>> 16) + (other >>> 16)) | 0;
}

/** A running hash. */
export class Xxh64 {
  // four accumulators, high half and low half
  readonly #acc = new Int32Array(8);
  readonly #held = new Uint8Array(32);
  readonly #view = new DataView(this.#held.buffer);
  #heldLength = 0;
  #length = 0;
  #hi = 0;
  #lo = 0;

  constructor() {
    this.reset();
  }

  reset(): void {
    const one: Pair = [P1[0] + P2[0], P1[1] + P2[1]];
    const carried: Pair = [one[0] + (one[1] > 0xffff_ffff ? 1 : 0), one[1]];
    this.#acc.set([...carried, ...P2, 0, 0, -P1[0] - 1, -P1[1]].map((half) => half | 0));
    this.#heldLength = 0;
    this.#length = 0;
  }

  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#heldLength > 0) {
      at = Math.min(bytes.length, 32 - this.#heldLength);
      this.#held.set(bytes.subarray(0, at), this.#heldLength);
      this.#heldLength += at;
      if (this.#heldLength < 32) return;
      this.#stripe(this.#view, 0);
      this.#heldLength = 0;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (; bytes.length - at >= 32; at += 32) this.#stripe(view, at);
    this.#held.set(bytes.subarray(at));
    this.#heldLength = bytes.length - at;
  }

  #stripe(view: DataView, at: number): void {
    const acc = this.#acc;
    for (let i = 0; i < 4; i++) {
      this.#hi = acc[i * 2]!;
      this.#lo = acc[i * 2 + 1]!;
      this.#round(view.getInt32(at + i * 8 + 4, true), view.getInt32(at + i * 8, true));
      acc[i * 2] = this.#hi;
      acc[i * 2 + 1] = this.#lo;
    }
  }

  /** this = rotate(this + input * P2, 31) * P1 */
  #round(inHi: number, inLo: number): void {
    const lo = Math.imul(inLo, P2[1]);
    const hi = (high(inLo, P2[1]) + Math.imul(inLo, P2[0]) + Math.imul(inHi, P2[1])) | 0;
    this.#add(hi, lo);
    this.#rotate(31);
    this.#multiply(P1);
  }

  #add(hi: number, lo: number): void {
    const sum = (this.#lo >>> 0) + (lo >>> 0);
    this.#hi = (this.#hi + hi + (sum > 0xffff_ffff ? 1 : 0)) | 0;
    this.#lo = sum | 0;
  }

  #xor(hi: number, lo: number): void {
    this.#hi ^= hi;
    this.#lo ^= lo;
  }

  /** By 1 to 31 bits to the left. */
  #rotate(by: number): void {
    const [hi, lo] = [this.#hi, this.#lo];
    this.#hi = (hi << by) | (lo >>> (32 - by));
    this.#lo = (lo << by) | (hi >>> (32 - by));
  }

  #multiply([hi, lo]: Pair): void {
    this.#hi = (high(this.#lo, lo) + Math.imul(this.#lo, hi) + Math.imul(this.#hi, lo)) | 0;
    this.#lo = Math.imul(this.#lo, lo);
  }

  #merge(hi: number, lo: number): void {
    const [oldHi, oldLo] = [this.#hi, this.#lo];
    this.#hi = this.#lo = 0;
    this.#round(hi, lo);
    this.#xor(oldHi, oldLo);
    this.#multiply(P1);
    this.#add(P4[0], P4[1]);
  }

  #converge(): void {
    const acc = this.#acc;
    let [hi, lo] = [0, 0];
    for (const [i, by] of [1, 7, 12, 18].entries()) {
      this.#hi = acc[i * 2]!;
      this.#lo = acc[i * 2 + 1]!;
      this.#rotate(by);
      this.#add(hi, lo);
      [hi, lo] = [this.#hi, this.#lo];
    }
    for (let i = 0; i < 4; i++) this.#merge(acc[i * 2]!, acc[i * 2 + 1]!);
  }

  /** this ^= this >>> by, for 1 to 63. */
  #shiftXor(by: number): void {
    const [hi, lo] = [this.#hi, this.#lo];
    if (by >= 32) this.#lo ^= by === 32 ? hi : hi >>> (by - 32);
    else this.#xor(hi >>> by, (lo >>> by) | (hi << (32 - by)));
  }

  /** Both halves, high first, unsigned. The hash goes on from where it was. */
  digest(): Pair {
    if (this.#length >= 32) this.#converge();
    else [this.#hi, this.#lo] = [P5[0] | 0, P5[1] | 0];
    this.#add(Math.floor(this.#length / 2 ** 32), this.#length | 0);
    let at = 0;
    for (; this.#heldLength - at >= 8; at += 8) {
      const [hi, lo] = [this.#hi, this.#lo];
      this.#hi = this.#lo = 0;
      this.#round(this.#view.getInt32(at + 4, true), this.#view.getInt32(at, true));
      this.#xor(hi, lo);
      this.#rotate(27);
      this.#multiply(P1);
      this.#add(P4[0], P4[1]);
    }
    if (this.#heldLength - at >= 4) {
      const word = this.#view.getInt32(at, true);
      this.#xor((high(word, P1[1]) + Math.imul(word, P1[0])) | 0, Math.imul(word, P1[1]));
      this.#rotate(23);
      this.#multiply(P2);
      this.#add(P3[0], P3[1]);
      at += 4;
    }
    for (; at < this.#heldLength; at++) {
      const byte = this.#held[at]!;
      this.#xor((high(byte, P5[1]) + Math.imul(byte, P5[0])) | 0, Math.imul(byte, P5[1]));
      this.#rotate(11);
      this.#multiply(P1);
    }
    this.#shiftXor(33);
    this.#multiply(P2);
    this.#shiftXor(29);
    this.#multiply(P3);
    this.#shiftXor(32);
    return [this.#hi >>> 0, this.#lo >>> 0];
  }
}
