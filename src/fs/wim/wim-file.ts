/** One opened WIM file: header, blob table, resources, and the trees of its images, shared by the volumes. */

import { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';
import { hex } from '../../base/guid.ts';
import { Lru } from '../../base/lru.ts';
import type { Codecs } from '../../codec/types.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { BlobTable } from './blob-table.ts';
import { align8, Metadata } from './dentry.ts';
import { type ResourceHeader, readHeader, type WimHeader } from './header.ts';
import { ResourceReader } from './resource.ts';
import { ImageTree } from './tree.ts';

/** Five million blobs; real files have some hundred thousand. */
const MAX_BLOB_TABLE = 1 << 28;
/** Five million entries; it is held whole while an image is listed. */
const MAX_METADATA = 1 << 30;
/** Trees of several images are kept up to this; the one in use always is. */
const TREE_BYTES = 128 << 20;
/** Bytes decoded between two looks at the clock; a multiple of every chunk size up to it. */
export const READ_STEP = 1 << 20;
/** Largest chunk that any codec takes. */
const MAX_STEP = 1 << 26;

/** Bytes to read at once so that whole chunks are decoded straight into the reader's buffer, within reason. */
export function readStep({ compression, dwCompressionSize }: WimHeader): number {
  return compression === 'none' ? READ_STEP : Math.max(READ_STEP, Math.min(dwCompressionSize, MAX_STEP));
}

export class WimFile {
  readonly source: ByteSource;
  readonly header: WimHeader;
  readonly blobs: BlobTable;
  readonly reader: ResourceReader;
  readonly codecs: Codecs;
  readonly #trees = new Lru<number, ImageTree>(TREE_BYTES);

  /** @throws FormatError when header or blob table cannot be read: without them there is nothing to list */
  constructor(source: ByteSource, codecs: Codecs) {
    this.source = source;
    this.codecs = codecs;
    this.header = readHeader(source);
    this.reader = new ResourceReader(source, this.header, codecs);
    const table = this.whole(this.header.rhOffsetTable, `${source.name} blob table`, MAX_BLOB_TABLE);
    const where = place(source, this.header.rhOffsetTable.liOffset);
    this.blobs = new BlobTable(
      new Bytes(table, where.source, where.offset ?? 0),
      this.header.usPartNumber,
      this.header.dwImageCount,
    );
  }

  /** The content of a blob of this file. @throws FormatError */
  openBlob(blob: number, name: string): ByteSource {
    const { blobs, reader } = this;
    if (blobs.kind(blob) !== 'solid') return reader.open(blobs.resource(blob), name);
    return reader.openSolid(blobs.run(blob), blobs.offsets[blob]!, blobs.sizes[blob]!, name);
  }

  /** A resource read whole. @throws FormatError UnsupportedSize above `limit` */
  whole(resource: ResourceHeader, name: string, limit: number): Uint8Array {
    const content = this.reader.open(resource, name);
    this.#bound(content, limit, resource);
    return readBytes(content, 0, content.size);
  }

  #bound(content: ByteSource, limit: number, resource: ResourceHeader): void {
    if (content.size > limit)
      failAt(
        'UnsupportedSize',
        this.source,
        resource.liOffset,
        `${content.name} of at most ${limit} bytes`,
        content.size,
      );
  }

  /** The decoded metadata of image `image` (0-based). */
  metadataBytes(image: number): Uint8Array {
    return this.whole(this.blobs.images[image]!.resource, this.#metadataName(image), MAX_METADATA);
  }

  #metadataName(image: number): string {
    return `${this.source.name} image ${image + 1} metadata`;
  }

  /** Decodes and walks the metadata of an image, unless its tree is still held. @throws FormatError */
  *tree(image: number): Generator<void, ImageTree> {
    const held = this.#trees.get(image);
    if (held !== undefined) return held;
    const { resource, hash } = this.blobs.images[image]!;
    const content = this.reader.open(resource, this.#metadataName(image));
    this.#bound(content, MAX_METADATA, resource);
    const bytes = new Uint8Array(this.#allocate(align8(content.size), resource), 0, content.size);
    const hasher = this.codecs.sha1();
    const step = readStep(this.header);
    for (let at = 0; at < content.size; at += step) {
      const part = bytes.subarray(at, at + step);
      content.readInto(at, part);
      hasher.update(part);
      yield;
    }
    const tree = new ImageTree(new Metadata(bytes), (at) => place(content, at));
    const actual = hex(hasher.digest());
    if (actual !== hex(hash))
      tree.findings.add({
        code: 'wimMetadataHash',
        severity: 'error',
        where: place(this.source, resource.liOffset),
        message: 'The metadata of the image does not have the SHA-1 that the blob table states; rows may be wrong.',
        facts: { what: 'metadata', expected: hex(hash), actual },
      });
    yield* tree.walk();
    this.#trees.set(image, tree, bytes.length + tree.count * 24);
    return tree;
  }

  #allocate(size: number, resource: ResourceHeader): ArrayBuffer {
    try {
      return new ArrayBuffer(size);
    } catch (error) {
      throw new FormatError(
        {
          code: 'UnsupportedSize',
          where: place(this.source, resource.liOffset),
          expected: 'metadata that fits into memory',
          actual: `${size} bytes`,
        },
        { cause: error },
      );
    }
  }
}
