/** The header section of a VHDX: file type identifier, the two headers, the two region tables. */
import type { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';
import type { FindingList } from '../../base/findings.ts';
import { guidLe } from '../../base/guid.ts';
import type { Codecs } from '../../codec/types.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { attempt, isSound } from '../attempt.ts';

export const FILE_SIGNATURE = 'vhdxfile';
const HEADER_OFFSETS = [0x1_0000, 0x2_0000] as const;
const HEADER_SIZE = 4096;
const REGION_OFFSETS = [0x3_0000, 0x4_0000] as const;
const REGION_TABLE_SIZE = 0x1_0000;
const MAX_REGIONS = 2047;
const NO_LOG = '00000000-0000-0000-0000-000000000000';

const BAT_GUID = '2dc27766-f623-4200-9d64-115e9bfd4a08';
const METADATA_GUID = '8b7ca206-4790-4b9a-b8fe-575f050f886e';

export interface Header {
  readonly raw: Uint8Array;
  readonly offset: number;
  readonly sequenceNumber: bigint;
  readonly fileWriteGuid: string;
  readonly dataWriteGuid: string;
  /** Null when the log is clean. */
  readonly logGuid: string | null;
  readonly logVersion: number;
  readonly version: number;
  readonly logLength: number;
  readonly logOffset: number;
}

export interface Region {
  readonly offset: number;
  readonly length: number;
}

export interface Regions {
  readonly bat: Region;
  readonly metadata: Region;
}

/** The text of the program that made the file: 256 UTF-16 units after the signature, up to a NUL. */
export function readCreator(file: ByteSource): string {
  return readView(file, 8, 512).utf16(0, 256).replace(/\0.*$/s, '');
}

/** The valid header with the higher sequence number. @throws FormatError of the first header when neither is valid */
export function readHeader(file: ByteSource, codecs: Codecs, findings: FindingList): Header {
  const tried = HEADER_OFFSETS.map((offset) => attempt(() => headerAt(file, offset, codecs)));
  const valid = tried.filter(isSound);
  const current = valid.reduce<Header | undefined>(
    (best, next) => (best === undefined || next.sequenceNumber > best.sequenceNumber ? next : best),
    undefined,
  );
  if (current === undefined) throw tried[0];
  for (const fault of tried)
    if (fault instanceof FormatError)
      findings.add({
        code: 'vhdxHeaderDamaged',
        severity: 'info',
        where: fault.where,
        message: 'One of the two headers is damaged; the other is used.',
      });
  if (current.version !== 1)
    failAt('UnsupportedVersion', file, current.offset + 66, 'version 1', `version ${current.version}`);
  return current;
}

function headerAt(file: ByteSource, offset: number, codecs: Codecs): Header {
  const view = readView(file, offset, HEADER_SIZE);
  checkBlock(file, view, offset, 'head', codecs);
  const logGuid = guidLe(view.slice(48, 16));
  return {
    raw: view.bytes,
    offset,
    sequenceNumber: view.u64(8),
    fileWriteGuid: guidLe(view.slice(16, 16)),
    dataWriteGuid: guidLe(view.slice(32, 16)),
    logGuid: logGuid === NO_LOG ? null : logGuid,
    logVersion: view.u16(64),
    version: view.u16(66),
    logLength: view.u32(68),
    logOffset: view.size64(72, 'a log offset'),
  };
}

/** Places of the two regions, from the first region table that is valid. */
export function readRegions(file: ByteSource, codecs: Codecs, findings: FindingList): Regions {
  const tables = REGION_OFFSETS.map((offset) => attempt(() => regionsAt(file, offset, codecs)));
  const [first, second] = tables;
  const damaged = first instanceof FormatError ? first : second instanceof FormatError ? second : null;
  const valid = tables.find(isSound);
  if (valid === undefined) throw first;
  if (damaged !== null)
    findings.add({
      code: 'vhdxRegionTableDamaged',
      severity: 'info',
      where: damaged.where,
      message: 'One of the two region tables is damaged; the other is used.',
    });
  return valid;
}

function regionsAt(file: ByteSource, offset: number, codecs: Codecs): Regions {
  const view = readView(file, offset, REGION_TABLE_SIZE);
  checkBlock(file, view, offset, 'regi', codecs);
  const count = view.u32(8);
  if (count > MAX_REGIONS) failAt('InvalidCount', file, offset + 8, `at most ${MAX_REGIONS} regions`, count);
  const found = new Map<string, Region>();
  for (let at = 16; at < 16 + count * 32; at += 32) {
    const guid = guidLe(view.slice(at, 16));
    const region = { offset: view.size64(at + 16, 'a region offset'), length: view.u32(at + 24) };
    if (guid !== BAT_GUID && guid !== METADATA_GUID) {
      if ((view.u32(at + 28) & 1) !== 0)
        failAt('UnsupportedFeature', file, offset + at, 'only regions that are known', `the required region ${guid}`);
      continue;
    }
    if (found.has(guid)) failAt('InvalidData', file, offset + at, 'each region once', `the region ${guid} again`);
    if (region.offset < 0x10_0000 || region.length > file.size - region.offset)
      failAt(
        'InvalidOffset',
        file,
        offset + at + 16,
        'a region inside the file',
        `${region.length} bytes at ${region.offset}`,
      );
    found.set(guid, region);
  }
  const bat = found.get(BAT_GUID);
  const metadata = found.get(METADATA_GUID);
  if (bat === undefined || metadata === undefined)
    failAt(
      'InvalidData',
      file,
      offset,
      'a BAT and a metadata region',
      `no ${bat === undefined ? 'BAT' : 'metadata'} region`,
    );
  return { bat, metadata };
}

/** Checks signature and CRC-32C of a block whose checksum field at 4 counts as zero. */
export function checkBlock(file: ByteSource, view: Bytes, offset: number, signature: string, codecs: Codecs): void {
  const found = view.ascii(0, 4);
  if (found !== signature) failAt('InvalidSignature', file, offset, `"${signature}"`, JSON.stringify(found));
  const copy = view.bytes.slice();
  copy.fill(0, 4, 8);
  const sum = codecs.crc32c(copy);
  if (sum !== view.u32(4)) failAt('InvalidChecksum', file, offset + 4, `the checksum ${sum}`, view.u32(4));
}
