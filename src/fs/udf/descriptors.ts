/** Descriptors: everything of UDF begins with a tag that says what it is, where it is and what its bytes sum up to. */
import type { Bytes } from '../../base/bytes.ts';
import { filetimeOf } from '../../base/filetime.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

export const Tag = {
  anchor: 2,
  pointer: 3,
  partition: 5,
  logicalVolume: 6,
  terminating: 8,
  fileSet: 256,
  fileIdentifier: 257,
  allocationExtent: 258,
  fileEntry: 261,
  extendedFileEntry: 266,
} as const;
export const TAG_SIZE = 16;

const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, n) => {
  let crc = n << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

/** CRC-16 with the polynomial 0x1021, from 0: ECMA-167 7.2.6. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ CRC_TABLE[(crc >> 8) ^ byte]!;
  return crc;
}

/** The tag at the start of `view`: its identifier, or null when its checksum does not hold. */
export function tagOf(view: Bytes): number | null {
  let sum = 0;
  for (let i = 0; i < TAG_SIZE; i++) if (i !== 4) sum = (sum + view.u8(i)) & 255;
  return sum === view.u8(4) && view.u16(0) !== 0 ? view.u16(0) : null;
}

/** False when the descriptor's bytes are not those its tag was written for; a length beyond what was read cannot be checked. */
export function crcHolds(view: Bytes): boolean {
  const length = view.u16(10);
  return TAG_SIZE + length > view.length || crc16(view.slice(TAG_SIZE, length)) === view.u16(8);
}

/** @throws FormatError InvalidSignature when there is none of the expected descriptors */
export function readDescriptor(
  source: ByteSource,
  offset: number,
  size: number,
  expected: readonly number[],
  what: string,
): Bytes {
  const view = readView(source, offset, Math.min(size, Math.max(TAG_SIZE, source.size - offset)));
  const tag = tagOf(view);
  if (tag === null || !expected.includes(tag))
    failAt('InvalidSignature', source, offset, what, tag === null ? 'no tag' : `a descriptor of kind ${tag}`);
  return view;
}

/** OSTA compressed Unicode: one byte says how wide the units are. Null for what is neither. */
export function compressedUnicode(bytes: Uint8Array): string | null {
  const width = bytes[0];
  let text = '';
  if (width === 8 || width === 254) for (const byte of bytes.subarray(1)) text += String.fromCharCode(byte);
  else if (width === 16 || width === 255)
    for (let i = 1; i + 1 < bytes.length; i += 2) text += String.fromCharCode((bytes[i]! << 8) | bytes[i + 1]!);
  else return null;
  return text;
}

/** A field of fixed size whose last byte is the length in use. */
export function dstring(bytes: Uint8Array): string {
  const length = Math.min(bytes.at(-1) ?? 0, bytes.length - 1);
  return length === 0 ? '' : (compressedUnicode(bytes.subarray(0, length)) ?? '').replace(/\0+$/, '');
}

/** Identifier of an entity: `*UDF Metadata Partition`. */
export function entityText(view: Bytes, offset: number): string {
  return view.ascii(offset + 1, 23).replace(/\0.*$/s, '');
}

export interface LongAd {
  readonly length: number;
  /** 0 recorded, 1 allocated but not recorded, 2 neither, 3 more descriptors there. */
  readonly kind: number;
  readonly block: number;
  readonly partition: number;
}

export function longAd(view: Bytes, offset: number): LongAd {
  const length = view.u32(offset);
  return {
    length: length & 0x3fff_ffff,
    kind: length >>> 30,
    block: view.u32(offset + 4),
    partition: view.u16(offset + 8),
  };
}

/** A timestamp in ticks, 0n when not set: twelve bits of it are minutes east of UTC. */
export function timestamp(view: Bytes, offset: number): bigint {
  const typeAndZone = view.u16(offset);
  const [month, day, hour] = [view.u8(offset + 4), view.u8(offset + 5), view.u8(offset + 6)];
  const [minute, second] = [view.u8(offset + 7), view.u8(offset + 8)];
  const year = view.u16(offset + 2);
  if (year < 1601 || year > 9999 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59)
    return 0n;
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  if (at.getUTCDate() !== day) return 0n;
  const micro = view.u8(offset + 9) * 10_000 + view.u8(offset + 10) * 100 + view.u8(offset + 11);
  const zone = ((typeAndZone & 0xfff) << 20) >> 20;
  const minutes = zone < -1440 || zone > 1440 ? 0 : zone;
  const ticks = filetimeOf(at) + BigInt(Math.min(micro, 999_999)) * 10n - BigInt(minutes) * 600_000_000n;
  return ticks > 0n ? ticks : 0n;
}
