/**
 * $ATTRIBUTE_LIST: where the attributes of a file stand that needs more than one record.
 *
 *     00 TypeCode u32   06 NameLength u8   08 LowestVcn u64        18 Instance u16
 *     04 RecordLength   07 NameOffset u8   10 SegmentReference u64 1A Name
 */
import type { Bytes } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { referenceNumber, referenceSequence } from './layout.ts';

export interface AttributeListEntry {
  readonly type: number;
  readonly name: string;
  readonly lowestVcn: number;
  readonly record: number;
  readonly sequence: number;
  readonly instance: number;
}

/** @throws FormatError InvalidLength, UnexpectedEnd */
export function parseAttributeList(bytes: Bytes): AttributeListEntry[] {
  const entries: AttributeListEntry[] = [];
  for (let at = 0; bytes.length - at >= 26; ) {
    const length = bytes.u16(at + 4);
    if (bytes.u32(at) === 0 && length === 0) break; // slack behind the last entry
    if (length < 26 || length > bytes.length - at)
      fail('InvalidLength', bytes.source, bytes.base + at + 4, 'an entry of 26 bytes or more', length);
    const reference = bytes.u64(at + 16);
    entries.push({
      type: bytes.u32(at),
      name: bytes.utf16(at + bytes.u8(at + 7), bytes.u8(at + 6)),
      lowestVcn: bytes.size64(at + 8, 'LowestVcn'),
      record: referenceNumber(reference),
      sequence: referenceSequence(reference),
      instance: bytes.u16(at + 24),
    });
    at += length;
  }
  return entries;
}
