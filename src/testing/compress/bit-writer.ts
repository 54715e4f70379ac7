/** The bit stream of both formats: 16-bit little-endian units, filled from the highest bit. */

/**
 * Writes a unit where the decoder of [MS-XCA] will stand when it reads it. With `ahead` = 2, two units are always kept
 * open, so that `byte()` lands behind them, as XPRESS wants it; with 0 units follow each other plainly, as in LZX.
 */
export class BitWriter {
  readonly #bytes: Uint8Array;
  /** Places of the units that are not written yet. */
  readonly #open: number[] = [];
  readonly #ahead: 0 | 2;
  #at = 0;
  #unit = 0;
  #free = 16;
  /** True when the capacity was not enough; what was written then is of no use. */
  overflow = false;

  constructor(capacity: number, ahead: 0 | 2) {
    this.#bytes = new Uint8Array(capacity);
    this.#ahead = ahead;
    for (let i = 0; i < ahead; i++) this.#open.push(this.#reserve(2));
  }

  #reserve(bytes: number): number {
    const at = this.#at;
    if (bytes > this.#bytes.length - at) this.overflow = true;
    else this.#at += bytes;
    return at;
  }

  /** Writes the lower `count` bits of `value`, at most 17, highest first. */
  bits(value: number, count: number): void {
    for (let left = count; left > 0; ) {
      if (this.#free === 0) this.#endUnit();
      const part = Math.min(left, this.#free);
      this.#unit = (this.#unit << part) | ((value >>> (left - part)) & ((1 << part) - 1));
      this.#free -= part;
      left -= part;
    }
  }

  #endUnit(): void {
    if (this.#ahead === 0) this.#open.push(this.#reserve(2));
    const at = this.#open.shift()!;
    if (this.#ahead !== 0) this.#open.push(this.#reserve(2));
    if (!this.overflow) {
      this.#bytes[at] = this.#unit & 255;
      this.#bytes[at + 1] = this.#unit >> 8;
    }
    this.#unit = 0;
    this.#free = 16;
  }

  /** A byte of its own, outside the bits. */
  byte(value: number): void {
    const at = this.#reserve(1);
    if (!this.overflow) this.#bytes[at] = value;
  }

  /** A whole number of `size` bytes, little-endian. */
  number(value: number, size: number): void {
    for (let i = 0; i < size; i++) this.byte((value >>> (8 * i)) & 255);
  }

  /** Fills the unit with zero bits. @param always writes a whole unit when there is none to fill, as LZX before raw bytes */
  align(always = false): void {
    if (this.#free === 0) this.#endUnit();
    if (this.#free < 16 || always) {
      this.#unit <<= this.#free;
      this.#endUnit();
    }
  }

  /** What was written, or null when it did not fit. */
  finish(): Uint8Array | null {
    if (this.#free < 16) {
      this.#unit <<= this.#free;
      if (this.#ahead === 0) this.#endUnit();
      else if (!this.overflow) {
        this.#bytes[this.#open[0]!] = this.#unit & 255;
        this.#bytes[this.#open[0]! + 1] = this.#unit >> 8;
      }
    }
    return this.overflow ? null : this.#bytes.slice(0, this.#at);
  }
}
