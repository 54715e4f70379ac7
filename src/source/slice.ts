/** A window on another source. A slice of a slice is made on the source below, so windows never pile up. */
import { checkRange } from './place.ts';
import type { ByteSource, Extent } from './types.ts';

export class SliceSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #below: ByteSource;
  readonly #start: number;

  /** @throws FormatError UnexpectedEnd when the window does not fit into `below` */
  constructor(below: ByteSource, start: number, size: number, name = below.name) {
    checkRange(below, start, size);
    this.name = name;
    this.size = size;
    this.#below = below;
    this.#start = start;
  }

  readInto(offset: number, dst: Uint8Array): void {
    checkRange(this, offset, dst.length);
    this.#below.readInto(this.#start + offset, dst);
  }

  slice(offset: number, length: number, name = this.name): ByteSource {
    checkRange(this, offset, length);
    return new SliceSource(this.#below, this.#start + offset, length, name);
  }

  *extents(offset: number, length: number): Iterable<Extent> {
    checkRange(this, offset, length);
    for (const extent of this.#below.extents(this.#start + offset, length))
      yield { ...extent, offset: extent.offset - this.#start };
  }
}
