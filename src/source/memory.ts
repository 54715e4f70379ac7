/** Bytes that are held in memory: small files, builders' images, decoded structures. */
import { BaseSource, storedExtent } from './base.ts';
import type { Extent } from './types.ts';

/** Which bytes of the user's file the bytes in memory were made from. */
export interface Origin {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export class MemorySource extends BaseSource {
  readonly #bytes: Uint8Array;
  readonly #origin: Origin | null;

  /**
   * @param bytes kept, not copied
   * @param origin given for bytes that were decoded; without it the bytes are a file of their own
   */
  constructor(name: string, bytes: Uint8Array, origin: Origin | null = null) {
    super(name, bytes.length);
    this.#bytes = bytes;
    this.#origin = origin;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    dst.set(this.#bytes.subarray(offset, offset + dst.length));
  }

  protected spans(offset: number, length: number): Iterable<Extent> {
    if (this.#origin === null) return [storedExtent(offset, length, this.name, offset)];
    const { file, offset: fileOffset, length: fileLength } = this.#origin;
    return [{ kind: 'decoded', offset, length, file, fileOffset, fileLength }];
  }
}
