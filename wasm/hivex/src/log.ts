/**
 * Transaction logs of a hive: what Windows wrote down before it changed the hive itself.
 *
 *     0    copy of the base block, 512 bytes: type 1 or 2 (old format), 6 (new format)
 *     512  old:  'DIRT', a bit for each 512-byte page of the bins; from the next sector on the pages that are marked
 *     512  new:  entries: 'HvLE' size flags sequence binsSize count hash-1(8) hash-2(8) | (offset, size)* | pages
 *
 * A log is believed only as far as its checksums go: the first entry that is wrong ends it, because what follows is
 * what an earlier use of the file left behind.
 */
import { marvin32 } from './marvin.ts';

export interface PageWrite {
  /** Bytes from the first hive bin. */
  readonly offset: number;
  readonly data: Uint8Array;
}

/** One transaction of a new log, or all of an old one. */
export interface LogEntry {
  readonly sequence: number;
  readonly binsSize: number;
  readonly flags: number;
  readonly pages: readonly PageWrite[];
}

export interface ParsedLog {
  readonly format: 'old' | 'new';
  /** The copy of the base block. */
  readonly base: DataView;
  readonly entries: readonly LogEntry[];
}

/** Above this a log is left unread: Windows keeps them far smaller than their hive. */
export const MAX_LOG_BYTES = 512 * 1024 * 1024;

/** XOR of the first 127 words of a base block; 0 and -1 are avoided. */
export function baseChecksum(view: DataView): number {
  let sum = 0;
  for (let at = 0; at < 508; at += 4) sum ^= view.getInt32(at, true);
  if (sum === 0) return 1;
  return sum === -1 ? 0xffff_fffe : sum >>> 0;
}

/** True for a base block (or its copy in a log) with the right signature and checksum. */
export function isBaseBlock(view: DataView): boolean {
  return (
    view.byteLength >= 512 && view.getUint32(0, true) === 0x66676572 && baseChecksum(view) === view.getUint32(508, true)
  );
}

/** Why a file cannot be used as a log at all. */
export type LogRefusal = 'empty' | 'tooLarge' | 'damagedBase' | 'noLog';

/** The entries that can be believed, perhaps none; or why it is no log. */
export function parseLog(bytes: Uint8Array): ParsedLog | LogRefusal {
  if (bytes.length < 1024) return 'empty';
  const base = new DataView(bytes.buffer, bytes.byteOffset, 512);
  if (!isBaseBlock(base)) return 'damagedBase';
  const type = base.getUint32(28, true);
  if (type === 6) return { format: 'new', base, entries: newEntries(bytes) };
  if (type !== 1 && type !== 2) return 'noLog';
  const entry = base.getUint32(4, true) === base.getUint32(8, true) ? oldEntry(bytes, base) : null;
  return { format: 'old', base, entries: entry === null ? [] : [entry] };
}

function oldEntry(bytes: Uint8Array, base: DataView): LogEntry | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const binsSize = base.getUint32(40, true);
  const bitmap = Math.ceil(binsSize / 4096);
  if (view.getUint32(512, true) !== 0x54524944 || binsSize % 4096 !== 0 || bitmap > bytes.length - 516) return null;
  const pages: PageWrite[] = [];
  let next = 512 + Math.ceil((4 + bitmap) / 512) * 512;
  for (let page = 0; page < binsSize / 512; page++) {
    if ((bytes[516 + (page >> 3)]! & (1 << (page & 7))) === 0) continue;
    if (next + 512 > bytes.length) return null; // half a transaction is none
    pages.push({ offset: page * 512, data: bytes.subarray(next, next + 512) });
    next += 512;
  }
  return { sequence: base.getUint32(4, true), binsSize, flags: base.getUint32(144, true), pages };
}

function newEntries(bytes: Uint8Array): LogEntry[] {
  const entries: LogEntry[] = [];
  for (let at = 512; at + 512 <= bytes.length; ) {
    const size = new DataView(bytes.buffer, bytes.byteOffset + at, 512).getUint32(4, true);
    if (size < 512 || size % 512 !== 0 || size > bytes.length - at) break;
    const entry = newEntry(bytes.subarray(at, at + size));
    const last = entries.at(-1);
    if (entry === null || (last !== undefined && entry.sequence !== (last.sequence + 1) >>> 0)) break;
    entries.push(entry);
    at += size;
  }
  return entries;
}

function newEntry(bytes: Uint8Array): LogEntry | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const binsSize = view.getUint32(16, true);
  const count = view.getUint32(20, true);
  if (view.getUint32(0, true) !== 0x454c7648 || binsSize === 0 || binsSize % 4096 !== 0) return null;
  if (count > (bytes.length - 40) / 8) return null;
  const same = (at: number, [lo, hi]: readonly [number, number]) =>
    view.getUint32(at, true) === lo && view.getUint32(at + 4, true) === hi;
  if (!same(32, marvin32(bytes.subarray(0, 32))) || !same(24, marvin32(bytes.subarray(40)))) return null;
  const pages: PageWrite[] = [];
  let next = 40 + count * 8;
  for (let i = 0; i < count; i++) {
    const offset = view.getUint32(40 + i * 8, true);
    const size = view.getUint32(44 + i * 8, true);
    if (size > bytes.length - next || offset > binsSize || size > binsSize - offset) return null;
    pages.push({ offset, data: bytes.subarray(next, next + size) });
    next += size;
  }
  return { sequence: view.getUint32(12, true), binsSize, flags: view.getUint32(8, true), pages };
}
