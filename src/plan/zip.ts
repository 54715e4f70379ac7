/**
 * The one-file form of a plan: a ZIP whose entries are stored, not compressed, so that the guest can map it.
 *
 *     [local header 30 + name | data | descriptor 16] ...  one an entry, back to back from offset 0
 *     [central header 46 + name] ...                       the same entries in the same order
 *     [end record 22]                                      no comment, nothing behind it
 *
 * client-zip writes it; the reader below takes this form and no other: no gaps or overlaps where something could hide, no
 * compression, no ZIP64 (a plan is far below 4 GiB), no second entry of a name. Source: APPNOTE.TXT 6.3.10, sections 4.3-4.4.
 */
import { downloadZip } from 'client-zip';
import { Bytes } from '../base/bytes.ts';
import { fail } from '../base/errors.ts';

/** What a reader without ZIP64 can count. */
const MAX_ENTRIES = 65_534;
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const DESCRIPTOR = 0x08074b50;
/** Sizes stand behind the data, because they are not known when the header is streamed out. */
const FLAG_DESCRIPTOR = 0x0008;
const FLAG_UTF8 = 0x0800;

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The archive, equal bytes for equal entries. @throws FormatError when there are more entries than ZIP can count */
export async function writeZip(entries: readonly ZipEntry[]): Promise<Blob> {
  if (entries.length > MAX_ENTRIES)
    fail('UnsupportedSize', 'merge plan', null, `at most ${MAX_ENTRIES} parts`, entries.length);
  // DOS times are local times, so the fixed date is made in local time too: the bytes are the same in every zone.
  const lastModified = new Date(1980, 0, 1, 12);
  return downloadZip(
    entries.map(({ name, bytes }) => ({ name, input: bytes as Uint8Array<ArrayBuffer>, lastModified })),
  ).blob();
}

/** Entries in order; their bytes are views of `archive`. @throws FormatError */
export function readZip(archive: Uint8Array, source: string): ZipEntry[] {
  const file = new Bytes(archive, source);
  if (file.length < 22) fail('UnexpectedEnd', source, 0, 'a ZIP archive', `${file.length} bytes`);
  const end = file.length - 22;
  if (file.u32(end) !== END) fail('InvalidSignature', source, end, 'the end record of a ZIP archive', file.u32(end));
  const count = file.u16(end + 10);
  const size = file.u32(end + 12);
  const start = file.u32(end + 16);
  if (file.u16(end + 4) !== 0 || file.u16(end + 6) !== 0 || file.u16(end + 8) !== count || count > MAX_ENTRIES)
    fail('UnsupportedFeature', source, end, 'one disk without ZIP64', `${count} entries`);
  if (start + size !== end || file.u16(end + 20) !== 0)
    fail('InvalidOffset', source, end, 'the central directory just before the end record', `${start} + ${size}`);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let data = 0;
  let at = start;
  for (let i = 0; i < count; i++) {
    if (file.u32(at) !== CENTRAL) fail('InvalidSignature', source, at, 'a central header', file.u32(at));
    const flags = file.u16(at + 8);
    const length = file.u32(at + 24);
    const nameLength = file.u16(at + 28);
    if (file.u16(at + 10) !== 0 || file.u32(at + 20) !== length)
      fail('UnsupportedFeature', source, at, 'a stored entry', `method ${file.u16(at + 10)}`);
    if ((flags & ~(FLAG_DESCRIPTOR | FLAG_UTF8)) !== 0 || file.u16(at + 30) !== 0 || file.u16(at + 32) !== 0)
      fail('UnsupportedFeature', source, at, 'an entry without extra fields', `flags 0x${flags.toString(16)}`);
    if (file.u32(at + 42) !== data) fail('InvalidOffset', source, at, `entry at ${data}`, file.u32(at + 42));
    const name = file.ascii(at + 46, nameLength);
    if (!/^[A-Za-z0-9._/-]+$/.test(name) || name.length !== nameLength || names.has(name))
      fail('InvalidName', source, at + 46, 'a plain name that no other entry has', JSON.stringify(name));
    names.add(name);
    if (file.u32(data) !== LOCAL) fail('InvalidSignature', source, data, 'a local header', file.u32(data));
    const same =
      file.u16(data + 6) === flags &&
      file.u16(data + 8) === 0 &&
      file.u16(data + 26) === nameLength &&
      file.u16(data + 28) === 0 &&
      file.ascii(data + 30, nameLength) === name;
    if (!same) fail('InvalidHeader', source, data, 'the same entry in both headers', JSON.stringify(name));
    const body = data + 30 + nameLength;
    entries.push({ name, bytes: file.slice(body, length) });
    data = body + length;
    if ((flags & FLAG_DESCRIPTOR) !== 0) {
      if (file.u32(data) !== DESCRIPTOR || file.u32(data + 12) !== length)
        fail('InvalidHeader', source, data, 'a data descriptor', file.u32(data));
      data += 16;
    }
    at += 46 + nameLength;
  }
  if (data !== start || at !== end)
    fail('InvalidOffset', source, at, 'entries that fill the archive', `${data} of ${start}`);
  return entries;
}
