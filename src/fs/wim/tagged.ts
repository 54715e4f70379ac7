/**
 * Tagged items: what a directory entry carries behind its names (dentry.ts): 00 tag  04 length  08 data, aligned to 8.
 *
 *     1           object id: the id, then birth volume id, birth object id, domain id (16 bytes each, later ones may be absent)
 *     2           extended attributes as WIMGAPI and wimlib write them, one after the other without padding:
 *                 00 value length (2)  02 name length  03 flags (80 = needed)  04 name, NUL, value
 *     0x337DD873  wimlib: UNIX owner, group, mode, device (4 bytes each)
 *     0x337DD874  wimlib 1.11 and 1.12: Linux attributes: 00 name length (2)  02 zero  04 value length (4)
 *                 08 name, value, aligned to 4
 *
 * Trap: this is not the FILE_FULL_EA_INFORMATION of NTFS: no link to the next one, other order of the fields.
 */
import { Bytes } from '../../base/bytes.ts';
import { FormatError } from '../../base/errors.ts';
import type { Fact, Facts } from '../../base/findings.ts';
import { guidLe, hex } from '../../base/guid.ts';
import { align8, type Metadata, TAG_EA, TAG_OBJECT_ID } from './dentry.ts';

const TAG_UNIX_DATA = 0x337d_d873;
const TAG_LINUX_XATTRS = 0x337d_d874;
const NEED_EA = 0x80;
const GUID_SIZE = 16;

export interface TaggedItem {
  readonly tag: number;
  readonly data: Uint8Array;
}

/** The items of the sound entry at `at`; what does not fit ends the list. */
export function taggedItems(metadata: Metadata, at: number): TaggedItem[] {
  const items: TaggedItem[] = [];
  const end = at + metadata.liLength(at);
  for (let item = metadata.taggedStart(at); end - item >= 8; ) {
    const length = metadata.u32[(item + 4) >> 2]!;
    if (length > end - item - 8) break;
    items.push({ tag: metadata.u32[item >> 2]!, data: metadata.bytes.slice(item + 8, item + 8 + length) });
    item += 8 + align8(length);
  }
  return items;
}

/** GUID text of the object id, null when there is none. */
export function objectIdOf(items: readonly TaggedItem[]): string | null {
  const item = items.find(({ tag, data }) => tag === TAG_OBJECT_ID && data.length >= GUID_SIZE);
  return item === undefined ? null : guidLe(item.data);
}

/** Items by name; of unknown tags, or data that does not decode, the bytes in hexadecimal: nothing stays hidden. */
export function taggedFacts(items: readonly TaggedItem[]): Facts {
  const other: Fact[] = [];
  const facts: Record<string, Fact> = {};
  for (const { tag, data } of items) {
    const known = decode(tag, data);
    if (known === null) other.push({ tag: `0x${tag.toString(16)}`, data: hex(data) });
    else Object.assign(facts, known);
  }
  if (other.length > 0) facts['taggedItems'] = other;
  return facts;
}

function decode(tag: number, data: Uint8Array): Facts | null {
  const bytes = new Bytes(data, 'tagged item');
  try {
    switch (tag) {
      case TAG_OBJECT_ID:
        return data.length < GUID_SIZE ? null : birthIds(data);
      case TAG_EA:
        return { extendedAttributes: windowsEas(bytes) };
      case TAG_LINUX_XATTRS:
        return { linuxAttributes: linuxXattrs(bytes) };
      case TAG_UNIX_DATA: {
        const [uid, gid, mode, rdev] = [0, 4, 8, 12].map((at) => bytes.u32(at)) as [number, number, number, number];
        return { unix: { uid, gid, mode: `0${mode.toString(8)}`, rdev } };
      }
      default:
        return null;
    }
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

function birthIds(data: Uint8Array): Facts {
  const names = ['birthVolumeId', 'birthObjectId', 'domainId'];
  const facts: Record<string, Fact> = {};
  names.forEach((name, i) => {
    const id = data.subarray((i + 1) * GUID_SIZE, (i + 2) * GUID_SIZE);
    if (id.length === GUID_SIZE && id.some((byte) => byte !== 0)) facts[name] = guidLe(id);
  });
  return facts;
}

function windowsEas(bytes: Bytes): Fact[] {
  const list: Fact[] = [];
  // The length of an item is rounded up: fewer bytes than the shortest attribute are padding.
  for (let at = 0; bytes.length - at >= 6; ) {
    const [valueLength, nameLength, flags] = [bytes.u16(at), bytes.u8(at + 2), bytes.u8(at + 3)];
    if (nameLength === 0) break;
    const value = at + 4 + nameLength + 1;
    list.push({
      name: bytes.ascii(at + 4, nameLength),
      ...(flags & NEED_EA && { needed: true }),
      value: hex(bytes.slice(value, valueLength)),
    });
    at = value + valueLength;
  }
  return list;
}

function linuxXattrs(bytes: Bytes): Fact[] {
  const list: Fact[] = [];
  for (let at = 0; bytes.length - at >= 9; ) {
    const [nameLength, valueLength] = [bytes.u16(at), bytes.u32(at + 4)];
    if (nameLength === 0) break;
    const value = at + 8 + nameLength;
    list.push({ name: bytes.ascii(at + 8, nameLength), value: hex(bytes.slice(value, valueLength)) });
    at = (value + valueLength + 3) & ~3;
  }
  return list;
}
