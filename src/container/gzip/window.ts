/** A stretch of the file in hand: members and blocks may be a few bytes each, and none of them costs a read of its own. */
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

const HELD = 512 << 10;

export class FileWindow {
  readonly #file: ByteSource;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(file: ByteSource) {
    this.#file = file;
  }

  /** The bytes at `offset`: `length` (at most 512 KiB) of them, fewer only where the file ends. */
  at(offset: number, length: number): Uint8Array {
    const here = Math.max(0, Math.min(length, this.#file.size - offset));
    if (offset < this.#start || offset + here > this.#start + this.#bytes.length) {
      this.#bytes = readBytes(this.#file, offset, Math.min(HELD, this.#file.size - offset));
      this.#start = offset;
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + here);
  }
}
