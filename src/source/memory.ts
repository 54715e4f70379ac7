/** Bytes that are held in memory: small files, builders' images, decoded structures. */
import { BaseSource, storedExtent } from './base.ts';
import type { Extent } from './types.ts';

export class MemorySource extends BaseSource {
  readonly #bytes: Uint8Array;

  /** @param bytes kept, not copied */
  constructor(name: string, bytes: Uint8Array) {
    super(name, bytes.length);
    this.#bytes = bytes;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    dst.set(this.#bytes.subarray(offset, offset + dst.length));
  }

  protected spans(offset: number, length: number): Iterable<Extent> {
    return [storedExtent(offset, length, this.name, offset)];
  }
}
