/** The end records and the central directory: which entries there are. Field names are APPNOTE's. */
import { Bytes } from '../../base/bytes.ts';
import { utf8Name } from '../../base/utf8-name.ts';
import { failAt, place } from '../../source/place.ts';
import { readBytes, readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { codePageText } from '../code-page.ts';
import { fatTime } from '../fat-time.ts';

export const LOCAL = 30;
const CENTRAL = 46;
const END = 22;
const END64 = 56;
const LOCATOR64 = 20;
const MAX_COMMENT = 0xffff;
const Signature = {
  local: 0x0403_4b50,
  central: 0x0201_4b50,
  end: 0x0605_4b50,
  end64: 0x0606_4b50,
  locator64: 0x0706_4b50,
};
const SATURATED = 0xffff_ffff;
const Extra = { zip64: 0x0001, ntfs: 0x000a, unixTime: 0x5455 } as const;
/** A million files is what the largest images have. */
const MAX_ENTRIES = 4_000_000;
/** An entry takes some hundred bytes; three fields of 64 KiB are the most one can have. */
const MAX_DIRECTORY = 2 ** 30;
const WINDOW = 1 << 20;
const UNIX_EPOCH = 116_444_736_000_000_000n;

export const Flag = { encrypted: 1, strong: 1 << 6, utf8: 1 << 11, masked: 1 << 13 } as const;
export const Method = { stored: 0, deflate: 8 } as const;
/** Upper byte of "version made by": whose attributes the external ones are. */
export const Host = { dos: 0, unix: 3, ntfs: 10, vfat: 14, darwin: 19 } as const;

export interface ZipEntry {
  /** Offset of its central header: stable, names the entry. */
  readonly at: number;
  readonly name: string;
  readonly host: number;
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly compressed: number;
  readonly size: number;
  readonly external: number;
  /** Offset of the local header in the source. */
  readonly local: number;
  readonly modified: bigint;
  readonly accessed: bigint;
  readonly created: bigint;
}

export interface ZipDirectory {
  readonly entries: readonly ZipEntry[];
  /** Where the directory stands in the source. */
  readonly offset: number;
  readonly size: number;
  readonly comment: string;
  readonly zip64: boolean;
  /** Set when the directory ends or breaks before the entries that are stated. */
  readonly broken: { readonly at: number; readonly expected: string; readonly actual: string } | null;
}

/** A local header that makes sense: archives begin with one. */
export function isLocalHeader(head: Uint8Array): boolean {
  if (head.length < LOCAL) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const [version, method, length] = [view.getUint16(4, true) & 0xff, view.getUint16(8, true), view.getUint16(26, true)];
  return view.getUint32(0, true) === Signature.local && version <= 63 && method <= 99 && length > 0 && length < 4096;
}

interface End {
  readonly entries: number;
  readonly size: number;
  /** Directory offset as stated, counted from the archive's first byte. */
  readonly offset: number;
  /** Where the directory ends at the latest. */
  readonly before: number;
  readonly comment: string;
  readonly zip64: boolean;
}

/** The last end record whose comment ends with the file, or the last one at all. */
function findEnd(source: ByteSource): { readonly at: number; readonly view: Bytes } {
  const length = Math.min(source.size, END + MAX_COMMENT);
  const from = source.size - length;
  const tail = readBytes(source, from, length);
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  let found = -1;
  for (let at = length - END; at >= 0; at--) {
    if (view.getUint32(at, true) !== Signature.end) continue;
    if (found < 0) found = at;
    if (at + END + view.getUint16(at + 20, true) === length) {
      found = at;
      break;
    }
  }
  if (found < 0)
    failAt('MissingPart', source, source.size, 'the end record of a ZIP archive', 'none in the last 64 KiB');
  const where = place(source, from + found);
  return { at: from + found, view: new Bytes(tail.subarray(found), where.source, where.offset ?? from + found) };
}

function readEnd(source: ByteSource): End {
  const { at, view } = findEnd(source);
  const disks = [view.u16(4), view.u16(6)];
  const comment = view.slice(22, Math.min(view.u16(20), view.length - END));
  const plain = {
    entries: view.u16(10),
    size: view.u32(12),
    offset: view.u32(16),
    before: at,
    comment: nameText(comment, false),
    zip64: false,
  };
  const end64 = at >= LOCATOR64 ? readEnd64(source, at - LOCATOR64) : null;
  if (end64 === null && disks.some((disk) => disk !== 0 && disk !== 0xffff))
    failAt('UnsupportedFeature', source, at + 4, 'an archive in one file', `disk ${Math.max(...disks)}`);
  return end64 === null ? plain : { ...plain, ...end64, zip64: true };
}

/** The record that the locator names; bytes before the archive have moved it. */
function readEnd64(source: ByteSource, locatorAt: number): Pick<End, 'entries' | 'size' | 'offset' | 'before'> | null {
  const locator = readView(source, locatorAt, LOCATOR64);
  if (locator.u32(0) !== Signature.locator64) return null;
  if (locator.u32(16) > 1)
    failAt('UnsupportedFeature', source, locatorAt + 16, 'an archive in one file', `${locator.u32(16)} files`);
  for (const at of [locator.size64(8, 'an offset'), locatorAt - END64]) {
    if (at < 0 || at > locatorAt - END64) continue;
    const record = readView(source, at, END64);
    if (record.u32(0) !== Signature.end64) continue;
    return {
      entries: record.size64(32, 'a count of entries'),
      size: record.size64(40, 'the size of the directory'),
      offset: record.size64(48, 'the offset of the directory'),
      before: at,
    };
  }
  return failAt('InvalidReference', source, locatorAt + 8, 'the offset of the ZIP64 end record', 'another place');
}

/** @throws FormatError when the directory cannot be found; what is broken inside it ends the list */
export function readDirectory(source: ByteSource): ZipDirectory {
  const end = readEnd(source);
  if (end.size > end.before)
    failAt('InvalidLength', source, end.before, `a directory of at most ${end.before} bytes`, end.size);
  if (end.size > MAX_DIRECTORY)
    failAt('UnsupportedSize', source, end.before, `a directory of at most ${MAX_DIRECTORY} bytes`, end.size);
  if (end.entries > MAX_ENTRIES || end.entries * CENTRAL > end.size)
    failAt(
      'InvalidCount',
      source,
      end.before,
      `at most ${Math.min(MAX_ENTRIES, Math.floor(end.size / CENTRAL))} entries`,
      end.entries,
    );
  // directly before the end records, wherever it says: what stands before the archive has moved it
  const offset = end.before - end.size;
  const shift = offset - end.offset;
  if (shift < 0) failAt('InvalidOffset', source, end.before, `a directory at ${offset} or before`, end.offset);
  const entries: ZipEntry[] = [];
  let broken: ZipDirectory['broken'] = null;
  const reader = new Window(source, offset + end.size);
  let at = offset;
  while (entries.length < end.entries && broken === null) {
    const header = reader.view(at, CENTRAL);
    if (header === null || header.u32(0) !== Signature.central) {
      broken = { at, expected: `${end.entries} entries`, actual: `${entries.length}, then something else` };
      break;
    }
    const [name, extra, comment] = [header.u16(28), header.u16(30), header.u16(32)];
    const whole = reader.view(at, CENTRAL + name + extra + comment);
    if (whole === null) broken = { at, expected: 'a whole central header', actual: 'the end of the directory' };
    else entries.push(readEntry(whole, at, shift));
    at += CENTRAL + name + extra + comment;
  }
  return { entries, offset, size: end.size, comment: end.comment, zip64: end.zip64, broken };
}

function readEntry(view: Bytes, at: number, shift: number): ZipEntry {
  const [nameLength, extraLength] = [view.u16(28), view.u16(30)];
  const flags = view.u16(8);
  const extra = extraFields(view.slice(CENTRAL + nameLength, extraLength));
  const sizes = { size: view.u32(24), compressed: view.u32(20), local: view.u32(42) };
  const wide = extra.get(Extra.zip64);
  if (wide !== undefined) {
    // only what did not fit stands there, in this order
    let next = 0;
    for (const field of ['size', 'compressed', 'local'] as const) {
      if (sizes[field] !== SATURATED || next + 8 > wide.byteLength) continue;
      const value = wide.getBigUint64(next, true);
      sizes[field] = value > 0x1f_ffff_ffff_ffffn ? Number.MAX_SAFE_INTEGER : Number(value);
      next += 8;
    }
  }
  return {
    at,
    name: nameText(view.slice(CENTRAL, nameLength), (flags & Flag.utf8) !== 0),
    host: view.u16(4) >> 8,
    flags,
    method: view.u16(10),
    crc32: view.u32(16),
    compressed: sizes.compressed,
    size: sizes.size,
    external: view.u32(38),
    local: Math.min(Number.MAX_SAFE_INTEGER, sizes.local + shift),
    ...timesOf(view.u16(14), view.u16(12), extra),
  };
}

function extraFields(bytes: Uint8Array): Map<number, DataView> {
  const fields = new Map<number, DataView>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 4 <= bytes.length; ) {
    const [id, size] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (size > bytes.length - at - 4) break;
    if (!fields.has(id)) fields.set(id, new DataView(bytes.buffer, bytes.byteOffset + at + 4, size));
    at += 4 + size;
  }
  return fields;
}

function timesOf(
  date: number,
  time: number,
  extra: ReadonlyMap<number, DataView>,
): Pick<ZipEntry, 'modified' | 'accessed' | 'created'> {
  const ntfs = extra.get(Extra.ntfs);
  // four bytes are reserved; tag 1 has three FILETIMEs
  if (ntfs !== undefined && ntfs.byteLength >= 32 && ntfs.getUint16(4, true) === 1)
    return {
      modified: ntfs.getBigUint64(8, true),
      accessed: ntfs.getBigUint64(16, true),
      created: ntfs.getBigUint64(24, true),
    };
  const unix = extra.get(Extra.unixTime);
  const modified =
    unix !== undefined && unix.byteLength >= 5 && (unix.getUint8(0) & 1) !== 0
      ? UNIX_EPOCH + BigInt(unix.getInt32(1, true)) * 10_000_000n
      : fatTime(date, time);
  return { modified, accessed: 0n, created: 0n };
}

const strict = new TextDecoder('utf-8', { fatal: true });

function nameText(bytes: Uint8Array, utf8: boolean): string {
  try {
    return strict.decode(bytes);
  } catch {
    return utf8 ? utf8Name(bytes) : codePageText(bytes);
  }
}

/** Views of a long run of structures, read in large pieces. */
class Window {
  readonly #source: ByteSource;
  readonly #end: number;
  #from = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(source: ByteSource, end: number) {
    this.#source = source;
    this.#end = end;
  }

  /** Null when it would reach beyond the end. */
  view(at: number, length: number): Bytes | null {
    if (length > this.#end - at) return null;
    if (at < this.#from || at + length > this.#from + this.#bytes.length) {
      this.#from = at;
      this.#bytes = readBytes(this.#source, at, Math.min(Math.max(WINDOW, length), this.#end - at));
    }
    return new Bytes(this.#bytes.subarray(at - this.#from, at - this.#from + length), this.#source.name, at);
  }
}
