/**
 * Compressed pieces of a disk (qcow2 clusters, VMDK grains) as sources: decoded when they are read, kept in an LRU with a
 * budget of bytes, told by `extents` as decoded from the user's file.
 */
import { Lru } from '../base/lru.ts';
import { BaseSource, emptyExtent } from '../source/base.ts';
import type { ByteSource, Extent } from '../source/types.ts';

/** Decoded bytes one disk keeps: 128 clusters of 64 KiB. */
const BUDGET = 8 << 20;

/** Gives the decoded bytes of the piece whose compressed bytes stand at `at`. May throw FormatError. */
export type DecodePiece = (at: number, storedLength: number, length: number) => Uint8Array;

/** All compressed pieces of one file. */
export class DecodedPieces {
  readonly #file: ByteSource;
  readonly #decode: DecodePiece;
  readonly #held = new Lru<number, Uint8Array>(BUDGET);

  constructor(file: ByteSource, decode: DecodePiece) {
    this.#file = file;
    this.#decode = decode;
  }

  /** The piece of `length` bytes made from `storedLength` bytes at `at` of the file, which must lie inside it. */
  piece(at: number, storedLength: number, length: number): ByteSource {
    return new DecodedPiece(this.#file, at, storedLength, length, () => this.#bytes(at, storedLength, length));
  }

  #bytes(at: number, storedLength: number, length: number): Uint8Array {
    const hit = this.#held.get(at);
    if (hit !== undefined && hit.length >= length) return hit;
    const bytes = this.#decode(at, storedLength, length);
    this.#held.set(at, bytes, bytes.length);
    return bytes;
  }
}

class DecodedPiece extends BaseSource {
  readonly #file: ByteSource;
  readonly #at: number;
  readonly #storedLength: number;
  readonly #bytes: () => Uint8Array;

  constructor(file: ByteSource, at: number, storedLength: number, length: number, bytes: () => Uint8Array) {
    super(file.name, length);
    this.#file = file;
    this.#at = at;
    this.#storedLength = storedLength;
    this.#bytes = bytes;
  }

  protected fill(offset: number, dst: Uint8Array): void {
    dst.set(this.#bytes().subarray(offset, offset + dst.length));
  }

  /** The compressed bytes may themselves lie in pieces (an image inside an image): the first of them is named. */
  protected spans(offset: number, length: number): Iterable<Extent> {
    let first: Extent | undefined;
    for (const extent of this.#file.extents(this.#at, this.#storedLength)) {
      if (extent.kind === 'missing') return [emptyExtent('missing', offset, length)];
      if (first === undefined && extent.file !== null) first = extent;
    }
    // compressed bytes that are zeros by definition decode to nothing
    if (first === undefined) return [emptyExtent('missing', offset, length)];
    const { file, fileOffset } = first;
    const fileLength = first.kind === 'decoded' ? first.fileLength : this.#storedLength;
    return [{ kind: 'decoded', offset, length, file, fileOffset, fileLength }];
  }
}
