/**
 * How many blocks of a disk begin inside another: damage or a forged table, since no writer lets blocks share bytes.
 * @param starts offsets in the file in bytes; sorted in place
 */
export function countOverlaps(starts: Float64Array, blockLength: number): number {
  starts.sort();
  let shared = 0;
  for (let i = 1; i < starts.length; i++) if (starts[i]! - starts[i - 1]! < blockLength) shared++;
  return shared;
}

/** Offsets that are compared: 32 MiB of them, a disk of 256 GiB in blocks of 64 KiB. */
const MAX_STARTS = 4 << 20;

/** Collects where blocks begin, for `countOverlaps`; of more than can be held nothing is said. */
export class BlockStarts {
  #starts = new Float64Array(1024);
  /** How many there are. */
  count = 0;

  add(start: number): void {
    if (this.count < MAX_STARTS) {
      if (this.count === this.#starts.length) {
        const more = new Float64Array(this.count * 2);
        more.set(this.#starts);
        this.#starts = more;
      }
      this.#starts[this.count] = start;
    }
    this.count++;
  }

  /** How many blocks begin inside another. */
  overlaps(blockLength: number): number {
    return this.count > MAX_STARTS ? 0 : countOverlaps(this.#starts.subarray(0, this.count), blockLength);
  }
}
