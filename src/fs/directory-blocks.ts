/**
 * Blocks that directories were read from in one scan. Two directories over the same blocks, or one that goes through them
 * again and again, list the same names: a hostile volume of a megabyte could make a billion rows of it.
 */
import { failAt } from '../source/place.ts';
import type { ByteSource } from '../source/types.ts';

/** Two gigabytes of directories in the smallest blocks. */
const MAX_BLOCKS = 1 << 22;

export class DirectoryBlocks {
  readonly #taken = new Set<number>();

  /** @throws FormatError UnexpectedLoop when the block at `offset` was taken before, UnsupportedSize after too many */
  take(source: ByteSource, offset: number): void {
    if (this.#taken.has(offset))
      failAt('UnexpectedLoop', source, offset, 'a block of one directory', 'one that was read before');
    if (this.#taken.size === MAX_BLOCKS)
      failAt('UnsupportedSize', source, offset, `at most ${MAX_BLOCKS} blocks of directories`, 'more');
    this.#taken.add(offset);
  }
}
