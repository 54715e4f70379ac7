/**
 * The blob table (Microsoft: offset table, lookup table): where the data with a given SHA-1 lies. 50 bytes an entry:
 *
 *     00 resource header   18 usPartNumber   1A dwRefCount   1E bHash (20)
 *
 * - Entries with the metadata flag are the images, in order; their hash is that of the metadata resource. One that no image
 *   uses any more (reference count 0) may be left over.
 * - Solid: in a run of entries with the solid flag those with original size 2^32 describe the resources, the others are
 *   blobs in their concatenated data: offset = place there, ullSize = bytes of the blob, original size 0.
 * - Reference counts lie, entries may occur twice, free ones may hold data that is used, empty data has the all-zero hash and no entry.
 * - A part of a split set holds the entries of its own blobs only; an entry with another part's number is a hint.
 *
 * The tables of all files of an image (parts of a split set, WIMs that a delta refers to) become one here, in their order: the
 * first place that is known of a hash counts. Each blob remembers its file.
 *
 * Kept as columns with an open-addressing index over the hashes: an image asks once a file. The index mixes all words
 * with factors drawn anew each time, so that no file can be made that fills one bucket.
 */
import type { Bytes } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { ResourceFlag, type ResourceHeader, readResourceHeader } from './header.ts';

export const BLOB_ENTRY_SIZE = 50;
const HASH_WORDS = 5;
export const SOLID_RESOURCE_SIZE = 2 ** 32;
const NOT_PLAIN = ResourceFlag.metadata | ResourceFlag.solid;
/** Twice what a header may count. */
const MAX_METADATA_ENTRIES = 8192;

/** `solid`: the offset is a place in the decompressed data of a run. `elsewhere`: an entry without a file that is here. */
export type BlobKind = 'plain' | 'solid' | 'elsewhere';
const PLAIN = 0;
const SOLID = 1;
const ELSEWHERE = 2;
const CUT = 4;
const KINDS: readonly BlobKind[] = ['plain', 'solid', 'elsewhere'];

/** The blob table of one file, as it stands there. */
export interface BlobTableBytes {
  readonly bytes: Bytes;
  /** The part its file is; what other entries state is not here. */
  readonly part: number;
  /** Images the header counts; only those of the first table are kept. */
  readonly images: number;
  readonly fileSize: number;
}

export interface ImageMetadata {
  readonly resource: ResourceHeader;
  /** The solid run it lies in, null for a resource of its own. */
  readonly run: readonly ResourceHeader[] | null;
  readonly hash: Uint8Array;
  readonly refCount: number;
}

/** @throws FormatError InvalidLength for a table that does not consist of whole entries */
export function checkTable({ bytes }: BlobTableBytes): void {
  entriesOf(bytes);
}

function entriesOf(bytes: Bytes): number {
  const entries = Math.floor(bytes.length / BLOB_ENTRY_SIZE);
  if (entries * BLOB_ENTRY_SIZE !== bytes.length)
    fail('InvalidLength', bytes.source, bytes.base, 'a blob table of whole 50-byte entries', `${bytes.length} bytes`);
  return entries;
}

/** The table in units of two bytes, to which all fields are aligned. (A DataView is slow until V8 has compiled its reader.) */
export function halvesOf(bytes: Uint8Array): Uint16Array {
  const even = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(even.buffer, even.byteOffset, even.byteLength >> 1);
}

/** The 32-bit word at half `at`. */
export function wordAt(halves: Uint16Array, at: number): number {
  return (halves[at]! | (halves[at + 1]! << 16)) >>> 0;
}

export class BlobTable {
  /** Number of blobs: entries without images, solid resources and free ones. */
  count = 0;
  /** Bytes of each blob after decompression. */
  readonly sizes: Float64Array;
  /** Bytes in the file; for solid blobs the bytes after decompression (they have no own share). */
  readonly stored: Float64Array;
  readonly offsets: Float64Array;
  readonly flags: Uint8Array;
  readonly refCounts: Uint32Array;
  /** Which of the tables' files a blob lies in. */
  readonly homes: Uint16Array;
  /** Part of the split set that the entry states. */
  readonly parts: Uint16Array;
  /** Metadata resources of the first file with their SHA-1, in the order of the images. */
  readonly images: ImageMetadata[] = [];
  /** Resources of each solid run, in order. */
  readonly solidRuns: ResourceHeader[][] = [];
  solidResources = 0;
  /** Entries of one file that name a hash again. */
  duplicates = 0;
  /** Metadata entries in use beyond the header's count. */
  extraImages = 0;
  readonly #kinds: Uint8Array;
  /** Run of each solid blob. */
  readonly #runs: Uint32Array;
  #inRun = false;
  /** SHA-1s as five little-endian words each. */
  readonly hashes: Uint32Array;
  readonly #slots: Int32Array;
  readonly #factors = Int32Array.from({ length: HASH_WORDS }, () => Math.floor(Math.random() * 0x1_0000_0000) | 1);

  /** @throws FormatError InvalidLength */
  constructor(tables: readonly BlobTableBytes[]) {
    const total = tables.reduce((sum, { bytes }) => sum + entriesOf(bytes), 0);
    this.sizes = new Float64Array(total);
    this.stored = new Float64Array(total);
    this.offsets = new Float64Array(total);
    this.flags = new Uint8Array(total);
    this.refCounts = new Uint32Array(total);
    this.homes = new Uint16Array(total);
    this.parts = new Uint16Array(total);
    this.#kinds = new Uint8Array(total);
    this.#runs = new Uint32Array(total);
    this.hashes = new Uint32Array(total * HASH_WORDS);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(total * 2 + 2)));
    for (const [home, table] of tables.entries()) {
      const { bytes } = table.bytes;
      const halves = halvesOf(bytes);
      const entries = entriesOf(table.bytes);
      this.#inRun = false;
      const free: number[] = [];
      for (let at = 0; at < entries * BLOB_ENTRY_SIZE; at += BLOB_ENTRY_SIZE)
        if (bytes[at + 7]! & ResourceFlag.free) free.push(at);
        else this.#add(table, home, halves, at);
      // wimlib reads data that is marked as free; a place that is not comes first.
      this.#inRun = false;
      for (const at of free) if ((bytes[at + 7]! & NOT_PLAIN) === 0) this.#add(table, home, halves, at);
      if (home === 0) this.#chooseImages(table.images);
    }
  }

  /** More metadata than images: that which nobody uses any more is left out first, then what comes last. */
  #chooseImages(count: number): void {
    for (const worse of [(refs: number) => refs === 0, (refs: number) => refs !== 1])
      for (let i = 0; i < this.images.length && this.images.length > count; )
        if (worse(this.images[i]!.refCount)) this.images.splice(i, 1);
        else i++;
    this.extraImages = Math.max(0, this.images.length - count);
    this.images.length -= this.extraImages;
  }

  #add({ bytes, part, fileSize }: BlobTableBytes, home: number, halves: Uint16Array, at: number): void {
    const half = at >> 1;
    const flags = halves[half + 3]! >> 8;
    const solid = (flags & ResourceFlag.solid) !== 0;
    if (solid && !this.#inRun) this.solidRuns.push([]);
    this.#inRun = solid;
    if (flags & ResourceFlag.metadata) {
      if (home > 0) return;
      if (this.images.length < MAX_METADATA_ENTRIES)
        this.images.push({
          resource: readResourceHeader(bytes, at),
          run: solid ? this.solidRuns.at(-1)! : null,
          hash: bytes.slice(at + 30, 20).slice(),
          refCount: wordAt(halves, half + 13),
        });
      return;
    }
    // The halves are read here and not by readResourceHeader: an object for each of 100,000 blobs would cost more.
    const stored = wordAt(halves, half) + (wordAt(halves, half + 2) & 0xff_ffff) * 0x1_0000_0000;
    const offset = wordAt(halves, half + 4) + wordAt(halves, half + 6) * 0x1_0000_0000;
    const size = wordAt(halves, half + 8) + wordAt(halves, half + 10) * 0x1_0000_0000;
    if (stored > Number.MAX_SAFE_INTEGER || offset > Number.MAX_SAFE_INTEGER || size > Number.MAX_SAFE_INTEGER)
      readResourceHeader(bytes, at); // tells which of them it is
    if (solid && size === SOLID_RESOURCE_SIZE) {
      if (home === 0) this.solidResources++;
      this.solidRuns.at(-1)!.push(readResourceHeader(bytes, at));
      return;
    }
    let blob = this.count;
    const hashes = this.hashes;
    const hash = blob * HASH_WORDS;
    for (let word = 0; word < HASH_WORDS; word++) hashes[hash + word] = wordAt(halves, half + 15 + word * 2);
    const slot = this.#slot(hashes, hash);
    const statedPart = halves[half + 12]!;
    const kind = statedPart !== part ? ELSEWHERE : solid ? SOLID : PLAIN;
    const known = this.#slots[slot]! - 1;
    if (known >= 0) {
      if (this.homes[known] === home && (flags & ResourceFlag.free) === 0) this.duplicates++;
      if (kind === ELSEWHERE || this.#kinds[known] !== ELSEWHERE) return;
      blob = known;
    } else {
      this.#slots[slot] = blob + 1;
      this.count++;
    }
    this.sizes[blob] = solid ? stored : size;
    this.stored[blob] = stored;
    this.offsets[blob] = offset;
    this.flags[blob] = flags;
    this.refCounts[blob] = wordAt(halves, half + 13);
    this.homes[blob] = home;
    this.parts[blob] = statedPart;
    this.#kinds[blob] = kind | (kind === PLAIN && offset + stored > fileSize ? CUT : 0);
    if (solid) this.#runs[blob] = this.solidRuns.length - 1;
  }

  /** The slot that holds the hash at `words[at]`, or the empty one where it would stand. */
  #slot(words: Uint32Array, at: number): number {
    const hashes = this.hashes;
    const mask = this.#slots.length - 1;
    const f = this.#factors;
    let mixed = Math.imul(words[at]!, f[0]!) ^ Math.imul(words[at + 1]!, f[1]!) ^ Math.imul(words[at + 2]!, f[2]!);
    mixed = (mixed + Math.imul(words[at + 3]!, f[3]!)) ^ Math.imul(words[at + 4]!, f[4]!);
    for (let slot = (mixed ^ (mixed >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const blob = this.#slots[slot]! - 1;
      if (blob < 0) return slot;
      const other = blob * HASH_WORDS;
      if (
        hashes[other] === words[at] &&
        hashes[other + 1] === words[at + 1] &&
        hashes[other + 2] === words[at + 2] &&
        hashes[other + 3] === words[at + 3] &&
        hashes[other + 4] === words[at + 4]
      )
        return slot;
    }
  }

  /** Number of the blob whose SHA-1 stands at `words[at]` (five little-endian words), -1 when there is none. */
  find(words: Uint32Array, at: number): number {
    return this.#slots[this.#slot(words, at)]! - 1;
  }

  kind(blob: number): BlobKind {
    return KINDS[this.#kinds[blob]! & ~CUT]!;
  }

  /** True when a plain blob lies beyond the end of its file. */
  isCut(blob: number): boolean {
    return (this.#kinds[blob]! & CUT) !== 0;
  }

  /** Resources of the run a solid blob is in. */
  run(blob: number): readonly ResourceHeader[] {
    return this.solidRuns[this.#runs[blob]!]!;
  }

  /** Where a blob is in the file; for solid ones, where their run begins. */
  place(blob: number): number {
    return this.#kinds[blob] === SOLID ? (this.run(blob)[0]?.liOffset ?? 0) : this.offsets[blob]!;
  }

  resource(blob: number): ResourceHeader {
    return {
      ullSize: this.stored[blob]!,
      bFlags: this.flags[blob]!,
      liOffset: this.offsets[blob]!,
      liOriginalSize: this.sizes[blob]!,
    };
  }

  /** The 20 bytes of a blob's SHA-1. */
  hash(blob: number): Uint8Array {
    return new Uint8Array(this.hashes.slice(blob * HASH_WORDS, (blob + 1) * HASH_WORDS).buffer);
  }
}
