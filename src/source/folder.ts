/**
 * A folder as a source: its bytes are the list of what it holds (`base/folder-list.ts`), and the files stand beside it. So a
 * folder is recognised, named and fingerprinted like an image, and nothing of its files is read before somebody asks.
 */
import { BaseSource } from './base.ts';
import type { ByteSource, Extent } from './types.ts';

export class FolderSource extends BaseSource {
  /** Opens the n-th file. May be called again. */
  readonly files: readonly (() => ByteSource)[];
  readonly #list: ByteSource;

  constructor(list: ByteSource, files: readonly (() => ByteSource)[]) {
    super(list.name, list.size);
    this.#list = list;
    this.files = files;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    this.#list.readInto(offset, dst);
  }

  protected spans(offset: number, length: number): Iterable<Extent> {
    return this.#list.extents(offset, length);
  }
}
