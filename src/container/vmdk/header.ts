/** The header of a sparse VMDK extent (SparseExtentHeader), at 0 or, for streams, in the footer. Little-endian. */
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

export const SECTOR = 512;
export const MAGIC = 'KDMV';
const HEADER_SIZE = 512;
/** The footer stands before the end-of-stream marker. */
const FOOTER_FROM_END = 1024;
/** In `gdOffset`: the grain directory is told by the footer. */
const AT_END = 0xffff_ffff_ffff_ffffn;

const REDUNDANT_TABLE = 1 << 1;
const ZEROED_GRAINS = 1 << 2;
const COMPRESSED = 1 << 16;
const MARKERS = 1 << 17;

/** Grains of 64 MiB are more than any writer makes; compressed ones must fit the decoder. */
const MAX_GRAIN = 1 << 17;
const MAX_COMPRESSED_GRAIN = 1 << 12;
const MAX_GTES = 512;

export interface SparseHeader {
  readonly raw: Uint8Array;
  /** Where this header stands: 0, or the footer's place. */
  readonly offset: number;
  readonly version: number;
  /** Bytes of the disk. */
  readonly capacity: number;
  /** Bytes of a grain. */
  readonly grainSize: number;
  /** Byte offsets and sizes in the file; `descriptorOffset` 0 when there is none, `rgdOffset` 0 when there is no copy. */
  readonly descriptorOffset: number;
  readonly descriptorSize: number;
  readonly rgdOffset: number;
  readonly gdOffset: number;
  readonly numGTEsPerGT: number;
  readonly uncleanShutdown: boolean;
  /** A table entry of 1 means zeros. */
  readonly zeroedGrains: boolean;
  readonly compressed: boolean;
  /** Compressed grains begin with their sector and size. */
  readonly markers: boolean;
}

/** @throws FormatError InvalidSignature, UnsupportedVersion, UnsupportedFeature, InvalidHeader, UnexpectedEnd */
export function readSparseHeader(source: ByteSource): SparseHeader {
  const first = readView(source, 0, HEADER_SIZE);
  checkMagic(source, first.ascii(0, 4), 0);
  if (first.u64(56) !== AT_END) return parse(source, 0);
  const offset = source.size - FOOTER_FROM_END;
  if (offset < HEADER_SIZE)
    failAt('UnexpectedEnd', source, source.size, 'a footer with the grain directory’s place', 'the end of the file');
  return parse(source, offset);
}

function parse(source: ByteSource, offset: number): SparseHeader {
  const view = readView(source, offset, HEADER_SIZE);
  checkMagic(source, view.ascii(0, 4), offset);
  const version = view.u32(4);
  if (version < 1 || version > 3) failAt('UnsupportedVersion', source, offset + 4, 'version 1, 2 or 3', version);
  const flags = view.u32(8);
  const compressed = (flags & COMPRESSED) !== 0;
  const algorithm = view.u16(77);
  if (compressed && algorithm !== 1)
    failAt('UnsupportedFeature', source, offset + 77, 'compression 1 (DEFLATE)', algorithm);
  const grain = view.size64(20, 'a grain size');
  const largest = compressed ? MAX_COMPRESSED_GRAIN : MAX_GRAIN;
  if (grain < 1 || grain > largest || (grain & (grain - 1)) !== 0)
    failAt('InvalidHeader', source, offset + 20, `a grain size of 1 to ${largest} sectors, a power of two`, grain);
  const numGTEsPerGT = view.u32(44);
  if (numGTEsPerGT < 1 || numGTEsPerGT > MAX_GTES)
    failAt('InvalidHeader', source, offset + 44, `1 to ${MAX_GTES} entries in a grain table`, numGTEsPerGT);
  const bytes = (at: number, what: string): number => {
    const sectors = view.size64(at, what);
    if (sectors * SECTOR > Number.MAX_SAFE_INTEGER)
      failAt('InvalidLength', source, offset + at, `${what} below 2^44 sectors`, sectors);
    return sectors * SECTOR;
  };
  return {
    raw: view.bytes,
    offset,
    version,
    capacity: bytes(12, 'a capacity'),
    grainSize: grain * SECTOR,
    descriptorOffset: bytes(28, 'a descriptor offset'),
    descriptorSize: bytes(36, 'a descriptor size'),
    rgdOffset: (flags & REDUNDANT_TABLE) === 0 ? 0 : bytes(48, 'a directory offset'),
    gdOffset: bytes(56, 'a directory offset'),
    numGTEsPerGT,
    uncleanShutdown: view.u8(72) !== 0,
    zeroedGrains: (flags & ZEROED_GRAINS) !== 0,
    compressed,
    markers: (flags & MARKERS) !== 0,
  };
}

function checkMagic(source: ByteSource, magic: string, offset: number): void {
  if (magic !== MAGIC) failAt('InvalidSignature', source, offset, `"${MAGIC}"`, JSON.stringify(magic));
}
