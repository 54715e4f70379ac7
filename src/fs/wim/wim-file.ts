/** One opened WIM: its files with their blob tables as one, and the trees of its images, shared by the volumes. */
import { hex } from '../../base/guid.ts';
import { Lru } from '../../base/lru.ts';
import type { Codecs } from '../../codec/types.ts';
import { place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { BlobTable } from './blob-table.ts';
import type { ResourceHeader, WimHeader } from './header.ts';
import { type BlobColumns, TreeKernel } from './kernel.ts';
import { bound, type Member, type Members, wholeOf } from './members.ts';
import type { ResourceReader } from './resource.ts';
import { blobColumns } from './rows.ts';
import { ImageTree } from './tree.ts';

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
  /** The file with the images. */
  readonly source: ByteSource;
  readonly header: WimHeader;
  readonly reader: ResourceReader;
  /** All files, the one with the images first; `blobs.homes` are indexes into it. */
  readonly files: readonly Member[];
  readonly missingParts: readonly number[];
  readonly blobs: BlobTable;
  readonly codecs: Codecs;
  #columns: BlobColumns | null = null;
  readonly #trees = new Lru<number, ImageTree>(TREE_BYTES);

  /** @throws FormatError when header or blob table cannot be read: without them there is nothing to list */
  constructor({ files, missingParts }: Members, codecs: Codecs) {
    this.files = files;
    this.missingParts = missingParts;
    this.source = files[0]!.source;
    this.header = files[0]!.header;
    this.reader = files[0]!.reader;
    this.codecs = codecs;
    this.blobs = new BlobTable(files.map(({ table }) => table));
  }

  /** The content of a blob. @throws FormatError */
  openBlob(blob: number, name: string): ByteSource {
    const { blobs } = this;
    const { reader } = this.files[blobs.homes[blob]!]!;
    if (blobs.kind(blob) !== 'solid') return reader.open(blobs.resource(blob), name);
    return reader.openSolid(blobs.run(blob), blobs.offsets[blob]!, blobs.sizes[blob]!, name);
  }

  /** Blobs of this WIM itself: those of references are not counted. */
  get ownBlobs(): number {
    const { count, homes } = this.blobs;
    let own = 0;
    for (let blob = 0; blob < count; blob++) if (this.files[homes[blob]!]!.role === 'part') own++;
    return own;
  }

  /** The file a blob lies in. */
  homeOf(blob: number): ByteSource {
    return this.files[this.blobs.homes[blob]!]!.source;
  }

  /** Where data must be that is not here: `blob` is its entry of another part, or -1 when no table knows it. */
  absence(blob: number): string {
    const { usTotalParts } = this.header;
    if (blob >= 0 && usTotalParts > 1)
      return `that it is in part ${this.blobs.parts[blob]} of ${usTotalParts}, which is not here`;
    if (this.missingParts.length === 1)
      return `that it is in part ${this.missingParts[0]} of ${usTotalParts}, which is not here`;
    if (this.missingParts.length > 1)
      return `that it is in one of the parts ${this.missingParts.join(', ')} of ${usTotalParts}, which are not here`;
    return 'that it is in another WIM, which is not here';
  }

  /** A resource read whole. @throws FormatError UnsupportedSize above `limit` */
  whole(resource: ResourceHeader, name: string, limit: number): Uint8Array {
    return wholeOf(this.files[0]!, resource, name, limit);
  }

  #bound(content: ByteSource, limit: number, resource: ResourceHeader): void {
    bound(this.source, content, limit, resource);
  }

  /** The decoded metadata of image `image` (0-based). */
  metadataBytes(image: number): Uint8Array {
    const content = this.#openMetadata(image);
    return readBytes(content, 0, content.size);
  }

  #openMetadata(image: number): ByteSource {
    const { resource, run } = this.blobs.images[image]!;
    const name = `${this.source.name} image ${image + 1} metadata`;
    const content =
      run === null
        ? this.reader.open(resource, name)
        : this.reader.openSolid(run, resource.liOffset, resource.ullSize, name);
    this.#bound(content, MAX_METADATA, resource);
    return content;
  }

  /** Decodes and walks the metadata of an image, unless its tree is still held. @throws FormatError */
  *tree(image: number): Generator<void, ImageTree> {
    const held = this.#trees.get(image);
    if (held !== undefined) return held;
    const { resource, hash } = this.blobs.images[image]!;
    const content = this.#openMetadata(image);
    this.#columns ??= blobColumns(this.blobs);
    const { name } = this.source;
    const kernel = new TreeKernel(this.codecs.modules.wim, content.size, this.#columns, name, resource.liOffset);
    const tree = new ImageTree(kernel, content.size, (at) => place(content, at));
    const { bytes } = tree.metadata;
    const hasher = this.codecs.sha1();
    const step = readStep(this.header);
    for (let at = 0; at < content.size; at += step) {
      const part = bytes.subarray(at, at + step);
      content.readInto(at, part);
      hasher.update(part);
      yield;
    }
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
    this.#trees.set(image, tree, kernel.memoryBytes);
    return tree;
  }
}
