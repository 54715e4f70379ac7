/** The two on-disk structures of a VHD: disk shape in, memory shape out. All fields are big-endian. */
import { Bytes } from '../../base/bytes.ts';
import { guidBe } from '../../base/guid.ts';

export const FOOTER_SIZE = 512;
/** Virtual PC before 2004 wrote the footer one byte short. */
export const OLD_FOOTER_SIZE = 511;
export const HEADER_SIZE = 1024;
export const SECTOR = 512;
export const FOOTER_COOKIE = 'conectix';
export const HEADER_COOKIE = 'cxsparse';

export const DiskType = { fixed: 2, dynamic: 3, differencing: 4 } as const;
export const DISK_TYPE_NAMES: Readonly<Record<number, string>> = { 2: 'fixed', 3: 'dynamic', 4: 'differencing' };

export interface Footer {
  readonly raw: Uint8Array;
  readonly checksumOk: boolean;
  readonly formatVersion: number;
  /** Absolute offset of the dynamic header, null for fixed disks (all ones on disk). */
  readonly dataOffset: number | null;
  /** ISO 8601. */
  readonly timeStamp: string;
  readonly creatorApplication: string;
  readonly creatorVersion: string;
  readonly creatorHostOS: string;
  readonly originalSize: number;
  readonly currentSize: number;
  readonly geometry: { readonly cylinders: number; readonly heads: number; readonly sectorsPerTrack: number };
  readonly diskType: number;
  readonly uniqueId: string;
  readonly savedState: boolean;
}

/** @param view 511 or 512 bytes that begin with the cookie. @throws FormatError InvalidLength for sizes above 2^53 */
export function readFooter(view: Bytes): Footer {
  const dataOffset = view.u64be(16);
  return {
    raw: view.bytes,
    checksumOk: checksum(view.bytes, 64) === view.u32be(64),
    formatVersion: view.u32be(12),
    dataOffset: dataOffset === 0xffff_ffff_ffff_ffffn ? null : view.size64be(16, 'a data offset'),
    timeStamp: vhdTime(view.u32be(24)),
    creatorApplication: view.ascii(28, 4).trimEnd(),
    creatorVersion: `${view.u16be(32)}.${view.u16be(34)}`,
    creatorHostOS: view.ascii(36, 4).trimEnd(),
    originalSize: view.size64be(40, 'an original size'),
    currentSize: view.size64be(48, 'a current size'),
    geometry: { cylinders: view.u16be(56), heads: view.u8(58), sectorsPerTrack: view.u8(59) },
    diskType: view.u32be(60),
    uniqueId: guidBe(view.slice(68, 16)),
    savedState: view.u8(84) === 1,
  };
}

export interface DynamicHeader {
  readonly raw: Uint8Array;
  readonly checksumOk: boolean;
  readonly tableOffset: number;
  readonly headerVersion: number;
  readonly maxTableEntries: number;
  readonly blockSize: number;
  readonly parentUniqueId: string;
  /** ISO 8601, null when it is not stated. */
  readonly parentTimeStamp: string | null;
  readonly parentUnicodeName: string;
  readonly parentLocators: readonly ParentLocator[];
}

export interface ParentLocator {
  /** `W2ku`, `W2ru`, `MacX`, `Mac` ...; entries without a code are left out. */
  readonly platformCode: string;
  readonly platformDataLength: number;
  readonly platformDataOffset: number;
}

/** @param view the 1,024 bytes of the dynamic header. @throws FormatError InvalidLength for offsets above 2^53 */
export function readDynamicHeader(view: Bytes): DynamicHeader {
  const parentLocators: ParentLocator[] = [];
  for (let at = 576; at < 768; at += 24) {
    const platformCode = view.ascii(at, 4).trimEnd();
    if (platformCode === '') continue;
    parentLocators.push({
      platformCode,
      platformDataLength: view.u32be(at + 8),
      // a place that no file has is found out when it is read: a bad locator must not cost the disk
      platformDataOffset: Number(view.u64be(at + 16)),
    });
  }
  return {
    raw: view.bytes,
    checksumOk: checksum(view.bytes, 36) === view.u32be(36),
    tableOffset: view.size64be(16, 'a table offset'),
    headerVersion: view.u32be(24),
    maxTableEntries: view.u32be(28),
    blockSize: view.u32be(32),
    parentUniqueId: guidBe(view.slice(40, 16)),
    parentTimeStamp: view.u32be(56) === 0 ? null : vhdTime(view.u32be(56)),
    parentUnicodeName: utf16be(view.slice(64, 512)),
    parentLocators,
  };
}

/** One's complement of the sum of all bytes, the checksum field itself counted as zero. */
export function checksum(bytes: Uint8Array, field: number): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) if (i < field || i >= field + 4) sum += bytes[i]!;
  return ~sum >>> 0;
}

/** Seconds since 2000-01-01 UTC as ISO 8601; 32 bits end in 2136, so every value is a date. */
function vhdTime(seconds: number): string {
  return new Date((seconds + 946_684_800) * 1000).toISOString().replace('.000Z', 'Z');
}

/** UTF-16BE up to the first NUL. */
function utf16be(bytes: Uint8Array): string {
  const view = new Bytes(bytes, '');
  let text = '';
  for (let at = 0; at + 2 <= bytes.length; at += 2) {
    const unit = view.u16be(at);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}
