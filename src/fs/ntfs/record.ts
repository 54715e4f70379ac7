/** One FILE record and its attributes. `layout.ts` has the picture. */
import type { Bytes } from '../../base/bytes.ts';
import { fail, hexOffset } from '../../base/errors.ts';
import { applyFixUps } from './fix-up.ts';
import {
  AttributeType,
  FILE_NAME_INDEX_PRESENT,
  FILE_RECORD_SEGMENT_IN_USE,
  referenceNumber,
  referenceSequence,
} from './layout.ts';

export interface Attribute {
  /** Record that holds it, and its offset there. */
  readonly record: number;
  readonly at: number;
  readonly type: number;
  readonly name: string;
  readonly flags: number;
  readonly instance: number;
  /** The value of a resident attribute, null of a non-resident one. */
  readonly value: Bytes | null;
  /** Offset of the value in the record. */
  readonly valueAt: number;
  readonly mapping: Mapping | null;
}

/** The non-resident half of an attribute header. */
export interface Mapping {
  readonly lowestVcn: number;
  readonly compressionUnit: number;
  readonly allocatedLength: number;
  readonly fileSize: number;
  readonly validDataLength: number;
  /** Clusters really used; only compressed and sparse attributes have it, others repeat allocatedLength. */
  readonly totalAllocated: number;
  readonly pairs: Bytes;
}

export interface FileRecord {
  readonly number: number;
  readonly sequence: number;
  readonly linkCount: number;
  readonly inUse: boolean;
  readonly directory: boolean;
  /** Record number of the base record, 0 when this is one. */
  readonly base: number;
  readonly baseSequence: number;
  readonly isExtension: boolean;
  readonly lsn: bigint;
  readonly attributes: readonly Attribute[];
  /** What is wrong with the attributes behind the last good one, null when nothing is. */
  readonly damage: string | null;
  readonly bytes: Bytes;
}

const FILE_SIGNATURE = 0x454c_4946;

function parseMapping(bytes: Bytes, flags: number): Mapping {
  const lowestVcn = bytes.size64(16, 'LowestVcn');
  const pairsAt = bytes.u16(32);
  const whole = lowestVcn === 0;
  const allocatedLength = whole ? bytes.size64(40, 'AllocatedLength') : 0;
  const hasTotal = whole && (flags & 0x80ff) !== 0 && bytes.length >= 72;
  return {
    lowestVcn,
    compressionUnit: bytes.u8(34),
    allocatedLength,
    fileSize: whole ? bytes.size64(48, 'FileSize') : 0,
    validDataLength: whole ? bytes.size64(56, 'ValidDataLength') : 0,
    totalAllocated: hasTotal ? bytes.size64(64, 'TotalAllocated') : allocatedLength,
    pairs: bytes.sub(pairsAt, Math.max(0, bytes.length - pairsAt)),
  };
}

function parseAttribute(record: number, at: number, bytes: Bytes): Attribute {
  const resident = bytes.u8(8) === 0;
  const flags = bytes.u16(12);
  return {
    record,
    at,
    type: bytes.u32(0),
    name: bytes.utf16(bytes.u16(10), bytes.u8(9)),
    flags,
    instance: bytes.u16(14),
    valueAt: resident ? at + bytes.u16(20) : 0,
    value: resident ? bytes.sub(bytes.u16(20), bytes.u32(16)) : null,
    mapping: resident ? null : parseMapping(bytes, flags),
  };
}

/**
 * Parses a record; its fix-ups are applied in place. Attributes that cannot be read end the list: `damage` says why.
 * @throws FormatError InvalidSignature, InvalidHeader, InvalidChecksum
 */
export function parseRecord(bytes: Bytes, number: number): FileRecord {
  if (bytes.u32(0) !== FILE_SIGNATURE)
    fail('InvalidSignature', bytes.source, bytes.base, `FILE record ${number}`, JSON.stringify(bytes.ascii(0, 4)));
  applyFixUps(bytes);
  const attributes: Attribute[] = [];
  const flags = bytes.u16(22);
  const end = Math.min(bytes.u32(24), bytes.length);
  let at = bytes.u16(20);
  let damage: string | null = at < 40 ? `attributes begin at ${at}` : null;
  while (damage === null && end - at >= 4 && bytes.u32(at) !== AttributeType.end) {
    const length = end - at >= 24 ? bytes.u32(at + 4) : 0;
    if (length < 24 || length > end - at) {
      damage = `attribute at ${hexOffset(at)} has length ${length}, ${end - at} bytes are left`;
      break;
    }
    try {
      attributes.push(parseAttribute(number, at, bytes.sub(at, length)));
    } catch (error) {
      damage = `attribute at ${hexOffset(at)}: ${(error as Error).message}`;
      break;
    }
    at += length;
  }
  const reference = bytes.u64(32);
  return {
    number,
    sequence: bytes.u16(16),
    linkCount: bytes.u16(18),
    inUse: (flags & FILE_RECORD_SEGMENT_IN_USE) !== 0,
    directory: (flags & FILE_NAME_INDEX_PRESENT) !== 0,
    base: referenceNumber(reference),
    baseSequence: referenceSequence(reference),
    isExtension: reference !== 0n,
    lsn: bytes.u64(8),
    attributes,
    damage,
    bytes,
  };
}
