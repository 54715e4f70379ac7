/**
 * The metadata resource of one image: security block, then directory entries in lists, one list a directory.
 *
 *     security block: 00 dwTotalLength  04 dwNumEntries  08 liEntryLength[n]  then n SECURITY_DESCRIPTORs
 *     aligned to 8:   the root directory's entry, an end marker, then lists, each ended by a liLength of 8 or less
 *
 *     dentry  00 liLength (with names and tagged items, without streams)   40 bHash (20)
 *             08 dwAttributes        10 liSubdirOffset, 0 = no children    58 dwReparseTag, or liHardLink (8)
 *             0C dwSecurityId, -1 = none                                   60 wStreams
 *             28 liCreationTime  30 liLastAccessTime  38 liLastWriteTime   62 wShortNameLength (bytes)
 *             66 FileName NUL ShortName NUL, aligned to 8, tagged items    64 wFileNameLength (bytes)
 *     then, at liLength aligned to 8, wStreams stream entries:
 *             00 liLength  10 bHash (20)  24 wStreamNameLength (bytes)  26 StreamName
 *     tagged item: 00 tag  04 length  08 data, aligned to 8
 *
 * Traps: the hash of the data may stand in the dentry or in a nameless stream entry; for a reparse point the first
 * nameless hash is that of the reparse data (without its 8-byte header), for an encrypted file that of the raw EFS
 * stream; with a reparse point the hard link id is the tag. A name without length has no terminator either.
 *
 * The bytes are read through 16- and 32-bit views (lists and entries are aligned to 8): every machine that runs
 * WebAssembly engines is little-endian, as WIM is.
 */

export const DENTRY_SIZE = 102;
export const STREAM_ENTRY_SIZE = 38;

export const Attribute = {
  directory: 0x10,
  sparse: 0x200,
  reparsePoint: 0x400,
  encrypted: 0x4000,
} as const;

export const TAG_OBJECT_ID = 1;
export const TAG_EA = 2;

/** Decoded metadata under three views. Whoever reads must have bounded the entry (see `endOfDentry`). */
export class Metadata {
  readonly bytes: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly length: number;

  /** @param bytes at a multiple of 8 in a buffer that holds them rounded up to a multiple of 8 */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.length = bytes.length;
    const { buffer, byteOffset } = bytes;
    this.u16 = new Uint16Array(buffer, byteOffset, align8(bytes.length) >> 1);
    this.u32 = new Uint32Array(buffer, byteOffset, align8(bytes.length) >> 2);
  }

  /** `liLength` of the structure at `at`; -1 when it cannot be real (2^32 and more). The caller knows that `at` + 8 fits. */
  liLength(at: number): number {
    return this.u32[(at + 4) >> 2] === 0 ? this.u32[at >> 2]! : -1;
  }
  attributes(at: number): number {
    return this.u32[(at + 8) >> 2]!;
  }
  securityId(at: number): number {
    return this.u32[(at + 12) >> 2]! | 0;
  }
  /** Index into `u32` of the dentry's own hash. */
  hashIndex(at: number): number {
    return (at + 64) >> 2;
  }
  streams(at: number): number {
    return this.u16[(at + 96) >> 1]!;
  }
  shortBytes(at: number): number {
    return this.u16[(at + 98) >> 1]!;
  }
  nameBytes(at: number): number {
    return this.u16[(at + 100) >> 1]!;
  }
  isDirectory(at: number): boolean {
    return (this.attributes(at) & Attribute.directory) !== 0;
  }
  isReparse(at: number): boolean {
    return (this.attributes(at) & Attribute.reparsePoint) !== 0;
  }

  /** Where the short name starts. */
  shortStart(at: number): number {
    const name = this.nameBytes(at);
    return at + DENTRY_SIZE + (name === 0 ? 0 : name + 2);
  }

  /** Where tagged items start; beyond the entry when there is no room for one. */
  taggedStart(at: number): number {
    const short = this.shortBytes(at);
    return align8(this.shortStart(at) + (short === 0 ? 0 : short + 2));
  }

  /**
   * Where the entry at `at` ends, streams included; -1 when it, its names or its stream entries do not fit.
   */
  endOfDentry(at: number): number {
    if (this.length - at < DENTRY_SIZE) return -1;
    const length = this.liLength(at);
    if (length < DENTRY_SIZE || length > this.length - at) return -1;
    const name = this.nameBytes(at);
    const short = this.shortBytes(at);
    if ((name | short) & 1 || DENTRY_SIZE + (name === 0 ? 0 : name + 2 * +(short > 0)) + short > length) return -1;
    let end = align8(at + length);
    for (let left = this.streams(at); left > 0; left--) {
      end = this.endOfStream(end);
      if (end < 0) return -1;
    }
    return end;
  }

  /** Where the stream entry at `at` ends; -1 when it does not fit. */
  endOfStream(at: number): number {
    if (this.length - at < STREAM_ENTRY_SIZE) return -1;
    const length = this.liLength(at);
    if (length < STREAM_ENTRY_SIZE || length > this.length - at) return -1;
    const name = this.u16[(at + 36) >> 1]!;
    if (name & 1 || STREAM_ENTRY_SIZE + name > length) return -1;
    return align8(at + length);
  }

  /** True when the five words at `index` are zero: no data. */
  isZeroHash(index: number): boolean {
    const { u32 } = this;
    return (u32[index]! | u32[index + 1]! | u32[index + 2]! | u32[index + 3]! | u32[index + 4]!) === 0;
  }

  sameHash(a: number, b: number): boolean {
    for (let i = 0; i < 5; i++) if (this.u32[a + i] !== this.u32[b + i]) return false;
    return true;
  }

  text(at: number, bytes: number): string {
    let text = '';
    for (let i = at >> 1; i < (at + bytes) >> 1; i++) text += String.fromCharCode(this.u16[i]!);
    return text;
  }

  name(at: number): string {
    return this.text(at + DENTRY_SIZE, this.nameBytes(at));
  }
}

export function align8(value: number): number {
  return value + (-value & 7);
}

/** What the hashes of an entry are: indexes into `u32`, -1 for none. */
export interface StreamRoles {
  readonly data: number;
  readonly reparse: number;
  readonly efs: number;
  readonly named: readonly { readonly name: string; readonly hash: number }[];
}

/**
 * Sorts the hashes of a sound entry into roles. Of nameless ones, the first of a reparse point is its data, the first
 * of an encrypted file its EFS stream, the next the unnamed data stream; all-zero ones count only when no other is there.
 */
export function streamRoles(metadata: Metadata, at: number): StreamRoles {
  const nameless = [metadata.hashIndex(at)];
  const named: { name: string; hash: number }[] = [];
  let entry = align8(at + metadata.liLength(at));
  for (let left = metadata.streams(at); left > 0; left--) {
    const bytes = metadata.u16[(entry + 36) >> 1]!;
    const hash = (entry + 16) >> 2;
    if (bytes === 0) nameless.push(hash);
    else named.push({ name: metadata.text(entry + STREAM_ENTRY_SIZE, bytes), hash });
    entry = metadata.endOfStream(entry);
  }
  const real = nameless.filter((hash) => !metadata.isZeroHash(hash));
  const efs = metadata.attributes(at) & Attribute.encrypted && !metadata.isDirectory(at) ? (real.shift() ?? -1) : -1;
  const reparse = metadata.isReparse(at) ? (real.shift() ?? -1) : -1;
  return { data: real[0] ?? -1, reparse, efs, named };
}
