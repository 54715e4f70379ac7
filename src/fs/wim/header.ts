/**
 * The 208-byte WIM header and the 24-byte resource header that every pointer in a WIM is.
 *
 *     00 ImageTag         "MSWIM\0\0\0"      2C dwImageCount
 *     08 cbSize           208                30 rhOffsetTable    blob table
 *     0C dwVersion        0x10D00 or 0xE00   48 rhXmlData
 *     10 dwFlags                             60 rhBootMetadata
 *     14 dwCompressionSize  chunk size       78 dwBootIndex      1-based, 0 = none
 *     18 gWIMGuid         16 bytes           7C rhIntegrity
 *     28 usPartNumber  2A usTotalParts       94 bUnused          60 bytes
 *
 *     resource header: 00 ullSize (7 bytes, as stored)  07 bFlags  08 liOffset  10 liOriginalSize
 *
 * Traps: version 0xE00 means solid resources may occur or LZMS is used; the chunk size is 0 in uncompressed files; the
 * LZX bit rules when several compression bits are set; `WLPWM` (pipable, wimlib's own) keeps its true header at the end, because
 * it is written in one go: the one at the start knows no places yet.
 * Field names are those of Microsoft's "Windows Imaging File Format" paper.
 */
import { Bytes } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { guidLe } from '../../base/guid.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

export const HEADER_SIZE = 208;
export const RESOURCE_HEADER_SIZE = 24;
const VERSION = 0x10d00;
/** Files that use solid resources or LZMS. */
export const VERSION_SOLID = 0xe00;
/** wimlib's bound too; real files have some dozens, and each image costs a volume. */
const MAX_IMAGES = 4095;

export const HeaderFlag = {
  compression: 0x2,
  readOnly: 0x4,
  spanned: 0x8,
  writeInProgress: 0x40,
  rpFix: 0x80,
  xpress: 0x2_0000,
  lzx: 0x4_0000,
  lzms: 0x8_0000,
  xpress2: 0x20_0000,
} as const;

export const ResourceFlag = { free: 0x1, metadata: 0x2, compressed: 0x4, spanned: 0x8, solid: 0x10 } as const;

export type Compression = 'none' | 'xpress' | 'lzx' | 'lzms';

export interface ResourceHeader {
  /** Bytes as stored in the file. */
  readonly ullSize: number;
  readonly bFlags: number;
  readonly liOffset: number;
  /** Bytes after decompression. */
  readonly liOriginalSize: number;
}

export interface WimHeader {
  /** wimlib's pipable kind: resources are laid out in another way (chunk-layout.ts). */
  readonly pipable: boolean;
  readonly dwVersion: number;
  readonly dwFlags: number;
  readonly compression: Compression;
  /** Largest uncompressed chunk in bytes; 0 when the file is not compressed. */
  readonly dwCompressionSize: number;
  readonly gWIMGuid: string;
  readonly usPartNumber: number;
  readonly usTotalParts: number;
  readonly dwImageCount: number;
  readonly rhOffsetTable: ResourceHeader;
  readonly rhXmlData: ResourceHeader;
  readonly rhBootMetadata: ResourceHeader;
  readonly dwBootIndex: number;
  readonly rhIntegrity: ResourceHeader;
}

/** `MSWIM`, or wimlib's pipable `WLPWM`; null for anything else. */
export function magicOf(head: Uint8Array): 'wim' | 'pipable' | null {
  if (head.length < 8) return null;
  switch (new Bytes(head, '').u64(0)) {
    case 0x4d_4957_534dn:
      return 'wim';
    case 0x4d_5750_4c57n:
      return 'pipable';
    default:
      return null;
  }
}

/** Read in 32-bit halves: a blob table has one per file, and a bigint each would cost more than the rest of it. */
export function readResourceHeader(bytes: Bytes, at: number): ResourceHeader {
  const high = bytes.u32(at + 4);
  return {
    ullSize: combine(bytes, at, bytes.u32(at), high & 0xff_ffff),
    bFlags: high >>> 24,
    liOffset: combine(bytes, at + 8, bytes.u32(at + 8), bytes.u32(at + 12)),
    liOriginalSize: combine(bytes, at + 16, bytes.u32(at + 16), bytes.u32(at + 20)),
  };
}

function combine(bytes: Bytes, at: number, low: number, high: number): number {
  if (high >= 0x20_0000)
    fail('InvalidLength', bytes.source, bytes.base + at, 'a resource offset or size below 2^53', bytes.u64(at));
  return high * 0x1_0000_0000 + low;
}

/** @throws FormatError InvalidSignature, InvalidHeader, UnsupportedVersion ... */
export function readHeader(source: ByteSource): WimHeader {
  const first = readView(source, 0, HEADER_SIZE);
  const pipable = magicOf(first.bytes) === 'pipable';
  const bytes = pipable ? readView(source, source.size - HEADER_SIZE, HEADER_SIZE) : first;
  const bad = (at: number, expected: string, actual: unknown): never =>
    fail('InvalidHeader', bytes.source, bytes.base + at, expected, actual);
  const magic = magicOf(bytes.bytes);
  if (magic === null) fail('InvalidSignature', bytes.source, bytes.base, 'the WIM signature MSWIM', bytes.ascii(0, 8));
  if (pipable && magic !== 'pipable')
    fail('InvalidSignature', bytes.source, bytes.base, 'the header of a pipable WIM at its end', bytes.ascii(0, 8));
  if (bytes.u32(8) !== HEADER_SIZE) bad(8, `a header of ${HEADER_SIZE} bytes`, bytes.u32(8));
  const dwVersion = bytes.u32(12);
  if (dwVersion !== VERSION && dwVersion !== VERSION_SOLID)
    fail(
      'UnsupportedVersion',
      bytes.source,
      bytes.base + 12,
      'WIM version 0x10d00 or 0xe00',
      `0x${dwVersion.toString(16)}`,
    );
  const dwFlags = bytes.u32(16);
  const compression = compressionOf(dwFlags);
  if (compression === null) bad(16, 'a known compression type in the flags', `0x${dwFlags.toString(16)}`);
  const dwCompressionSize = bytes.u32(20);
  if (!isChunkSize(compression!, dwCompressionSize))
    bad(20, `a chunk size that ${compression} allows`, dwCompressionSize);
  const usPartNumber = bytes.u16(40);
  const usTotalParts = bytes.u16(42);
  if (usPartNumber === 0 || usPartNumber > usTotalParts)
    bad(40, 'a part number from 1 to the number of parts', `part ${usPartNumber} of ${usTotalParts}`);
  const dwImageCount = bytes.u32(44);
  if (dwImageCount > MAX_IMAGES)
    fail('InvalidCount', bytes.source, bytes.base + 44, `at most ${MAX_IMAGES} images`, dwImageCount);
  return {
    pipable,
    dwVersion,
    dwFlags,
    compression: compression!,
    dwCompressionSize,
    gWIMGuid: guidLe(bytes.slice(24, 16)),
    usPartNumber,
    usTotalParts,
    dwImageCount,
    rhOffsetTable: readResourceHeader(bytes, 48),
    rhXmlData: readResourceHeader(bytes, 72),
    rhBootMetadata: readResourceHeader(bytes, 96),
    dwBootIndex: bytes.u32(120),
    rhIntegrity: readResourceHeader(bytes, 124),
  };
}

function compressionOf(flags: number): Compression | null {
  if ((flags & HeaderFlag.compression) === 0) return 'none';
  if (flags & HeaderFlag.lzx) return 'lzx';
  if (flags & (HeaderFlag.xpress | HeaderFlag.xpress2)) return 'xpress';
  if (flags & HeaderFlag.lzms) return 'lzms';
  return null;
}

/** XPRESS 4 KiB to 64 KiB, LZX 32 KiB to 2 MiB, LZMS 32 KiB to 1 GiB, powers of two; anything when nothing is compressed. */
function isChunkSize(compression: Compression, size: number): boolean {
  if (compression === 'none') return true;
  const [low, high] = { xpress: [12, 16], lzx: [15, 21], lzms: [15, 30] }[compression] as [number, number];
  const order = 31 - Math.clz32(size);
  return size === 2 ** order && order >= low && order <= high;
}
