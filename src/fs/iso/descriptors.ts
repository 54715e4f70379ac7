/** Volume descriptors: one a sector from sector 16 on, up to the terminator. Field names are those of ECMA-119. */
import { filetimeOf } from '../../base/filetime.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';

export const SECTOR = 2048;
const FIRST = 16;
/** Discs have two to five; a set without a terminator is cut off here. */
const MAX_DESCRIPTORS = 64;
const STANDARD = 'CD001';
const Kind = { boot: 0, primary: 1, supplementary: 2, terminator: 255 } as const;
/** Escape sequences that announce UCS-2: levels 1 to 3 of Joliet. */
const JOLIET = ['%/@', '%/C', '%/E'];

export interface IsoVolumeDescriptor {
  readonly joliet: boolean;
  readonly systemIdentifier: string;
  readonly volumeIdentifier: string;
  readonly publisherIdentifier: string;
  readonly applicationIdentifier: string;
  readonly volumeSpaceSize: number;
  readonly logicalBlockSize: number;
  /** Offset of the root's directory record. */
  readonly rootRecord: number;
  readonly created: bigint;
  readonly bytes: Uint8Array;
}

export interface Descriptors {
  readonly primary: IsoVolumeDescriptor;
  readonly joliet: IsoVolumeDescriptor | null;
  /** An El Torito boot record stands among them. */
  readonly bootable: boolean;
}

export function looksLikeIso(head: Uint8Array): boolean {
  const at = FIRST * SECTOR + 1;
  if (head.length < at + STANDARD.length) return false;
  for (let i = 0; i < STANDARD.length; i++) if (head[at + i] !== STANDARD.charCodeAt(i)) return false;
  return true;
}

/** UCS-2, most significant byte first. */
export function ucs2be(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i + 1 < bytes.length; i += 2) text += String.fromCharCode((bytes[i]! << 8) | bytes[i + 1]!);
  return text;
}

/** Bytes of names that are not Joliet's: the standard has capitals and digits, discs have all of Latin-1. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** `2026010203040500` and the zone in quarters of an hour. @returns 0n when not set or no date of any calendar */
function longTime(bytes: Uint8Array): bigint {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(latin1(bytes.subarray(0, 16)));
  if (match === null) return 0n;
  const [year, month, day, hour, minute, second, hundredths] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const zone = ((bytes[16]! << 24) >> 24) * 15;
  return isoTime(year, month, day, hour, minute, second, hundredths * 10, zone);
}

/** @param zone minutes east of UTC */
export function isoTime(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  milliseconds: number,
  zone: number,
): bigint {
  if (year < 1601 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return 0n;
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second, milliseconds));
  if (at.getUTCDate() !== day) return 0n;
  const ticks = filetimeOf(at) - BigInt(Math.abs(zone) > 52 * 15 ? 0 : zone) * 600_000_000n;
  return ticks > 0n ? ticks : 0n;
}

function parse(source: ByteSource, sector: number): IsoVolumeDescriptor {
  const view = readView(source, sector * SECTOR, SECTOR);
  const joliet = view.u8(0) === Kind.supplementary;
  const text = (at: number, length: number) => {
    const bytes = view.slice(at, length);
    return (joliet ? ucs2be(bytes) : latin1(bytes)).replace(/[\0 ]+$/, '');
  };
  const logicalBlockSize = view.u16(128);
  if (![512, 1024, 2048].includes(logicalBlockSize))
    failAt(
      'InvalidHeader',
      source,
      sector * SECTOR + 128,
      'logical blocks of 512, 1024 or 2048 bytes',
      logicalBlockSize,
    );
  return {
    joliet,
    systemIdentifier: text(8, 32),
    volumeIdentifier: text(40, 32),
    publisherIdentifier: text(318, 128),
    applicationIdentifier: text(574, 128),
    volumeSpaceSize: view.u32(80),
    logicalBlockSize,
    rootRecord: sector * SECTOR + 156,
    created: longTime(view.slice(813, 17)),
    bytes: view.bytes,
  };
}

/** @throws FormatError InvalidSignature, MissingItem (no primary descriptor), UnexpectedEnd */
export function readDescriptors(source: ByteSource): Descriptors {
  let primary: IsoVolumeDescriptor | null = null;
  let joliet: IsoVolumeDescriptor | null = null;
  let bootable = false;
  for (let sector = FIRST; sector < FIRST + MAX_DESCRIPTORS; sector++) {
    if ((sector + 1) * SECTOR > source.size) break;
    const head = readView(source, sector * SECTOR, SECTOR);
    if (head.ascii(1, 5) !== STANDARD) break;
    const kind = head.u8(0);
    if (kind === Kind.terminator) break;
    if (kind === Kind.boot) bootable ||= head.ascii(7, 23) === 'EL TORITO SPECIFICATION';
    if (kind === Kind.primary) primary ??= parse(source, sector);
    if (kind === Kind.supplementary && JOLIET.includes(head.ascii(88, 3))) joliet ??= parse(source, sector);
  }
  return {
    primary: primary ?? failAt('MissingItem', source, FIRST * SECTOR, 'a primary volume descriptor', 'none'),
    joliet,
    bootable,
  };
}
