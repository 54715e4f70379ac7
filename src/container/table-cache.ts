/**
 * The tables that map a disk (L1 and L2 of qcow2, grain directories and tables of VMDK): read when they are asked for, the
 * last used ones kept, so that a disk of terabytes costs no more memory than a small one.
 */
import type { Bytes } from '../base/bytes.ts';
import { Lru } from '../base/lru.ts';
import { readView } from '../source/read.ts';
import type { ByteSource } from '../source/types.ts';

/** Bytes of tables one disk keeps. */
const BUDGET = 16 << 20;
/** A directory is looked at in pieces of this many bytes. */
const PIECE = 4096;

export class TableCache {
  readonly #source: ByteSource;
  readonly #held = new Lru<number, Bytes>(BUDGET);

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** True when `length` bytes at `offset` lie inside the file. */
  fits(offset: number, length: number): boolean {
    return offset >= 0 && length <= this.#source.size - offset;
  }

  /** The `length` bytes at `offset`, which must fit; two tables at one offset must be of one length. */
  at(offset: number, length: number): Bytes {
    const hit = this.#held.get(offset);
    if (hit !== undefined && hit.length >= length) return hit;
    const view = readView(this.#source, offset, length);
    this.#held.set(offset, view, length);
    return view;
  }

  /** The piece of a directory of `length` bytes at `offset` that holds byte `index`, and where the piece begins. */
  piece(offset: number, length: number, index: number): { readonly view: Bytes; readonly start: number } {
    const start = index - (index % PIECE);
    return { view: this.at(offset + start, Math.min(PIECE, length - start)), start };
  }
}
