/**
 * The log of a VHDX, replayed in memory: a file that was not closed keeps its last table updates there.
 *
 *     an entry     | header 64 | descriptors of 32 .. to 4 KiB | data sectors of 4 KiB ...       (EntryLength)
 *     header       "loge", CRC-32C of the entry, EntryLength, Tail, SequenceNumber u64, DescriptorCount, LogGuid, FlushedFileOffset, LastFileOffset
 *     descriptors  "zero": ZeroLength, FileOffset      "desc": TrailingBytes u32, LeadingBytes u64, FileOffset
 *     data sector  "data", SequenceHigh, 4084 bytes, SequenceLow: the first 8 and last 4 bytes stand in the descriptor
 *
 * The log is a ring. The active sequence is the run of valid entries, each one sequence number on, whose last entry (the
 * head) has the highest number and names a tail inside the run. Entries from tail to head are written in order; a torn
 * entry ends the run before it.
 */
import { Bytes } from '../../base/bytes.ts';
import { fail } from '../../base/errors.ts';
import { guidLe } from '../../base/guid.ts';
import type { Codecs } from '../../codec/types.ts';
import { failAt } from '../../source/place.ts';
import { readView } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import type { Header } from './headers.ts';
import { applyEntry, overlay, type Sectors } from './log-overlay.ts';

const SECTOR = 4096;
const DESCRIPTOR = 32;
/** Logs are 1 MiB by default and a few at most; the whole log is held while it is replayed. */
const MAX_LOG = 32 << 20;
/** Entries do not overlap, but remains of older rounds may seem to; together they cannot be many times the log. */
const MAX_CHECKED = 4;
/** No file offset is beyond a disk of 64 TiB with its tables. */
const MAX_FILE = 2 ** 47;

export interface Entry {
  readonly at: number;
  readonly length: number;
  readonly tail: number;
  readonly sequence: bigint;
  readonly descriptors: number;
  readonly flushedFileOffset: number;
  readonly lastFileOffset: number;
}

export interface Replay {
  /** The file as it is after the replay. */
  readonly file: ByteSource;
  readonly entries: number;
  readonly sectors: number;
}

/** @throws FormatError InvalidData when the log holds no sequence that can be replayed: then the file cannot be trusted */
export function replayLog(file: ByteSource, header: Header, codecs: Codecs): Replay {
  const { logOffset, logLength, logGuid } = header;
  if (header.logVersion !== 0)
    failAt('UnsupportedVersion', file, header.offset + 64, 'log version 0', header.logVersion);
  if (logLength > MAX_LOG || logLength % SECTOR !== 0 || logLength === 0)
    failAt('InvalidLength', file, header.offset + 68, `a log of whole 4 KiB sectors up to ${MAX_LOG} bytes`, logLength);
  const log = readView(file, logOffset, logLength);
  const active = activeSequence(validEntries(log, logGuid!, codecs), logLength);
  const head = active.at(-1);
  if (head === undefined)
    failAt('InvalidData', file, logOffset, 'a log sequence that can be replayed', 'none; its last update was lost');
  const sectors: Sectors = new Map();
  for (const entry of active) {
    const placeOf = (at: number): number => log.base + ((entry.at + at) % log.length);
    applyEntry(entry, new Bytes(unroll(log, entry), log.source), placeOf, sectors);
  }
  return { file: overlay(file, head, sectors), entries: active.length, sectors: sectors.size };
}

function validEntries(log: Bytes, guid: string, codecs: Codecs): Map<number, Entry> {
  const valid = new Map<number, Entry>();
  let budget = log.length * MAX_CHECKED;
  for (let at = 0; at < log.length; at += SECTOR) {
    const entry = entryAt(log, at, guid);
    if (entry === null) continue;
    budget -= entry.length;
    if (budget < 0)
      fail('InvalidData', log.source, log.base + at, 'log entries that do not overlap', 'too many that do');
    const bytes = unroll(log, entry);
    bytes.fill(0, 4, 8);
    if (codecs.crc32c(bytes) === log.u32(at + 4)) valid.set(at, entry);
  }
  return valid;
}

/** The entry whose header stands at `at`, null when its fields cannot be those of one. */
function entryAt(log: Bytes, at: number, guid: string): Entry | null {
  if (log.ascii(at, 4) !== 'loge' || guidLe(log.slice(at + 32, 16)) !== guid) return null;
  const length = log.u32(at + 8);
  const tail = log.u32(at + 12);
  const descriptors = log.u32(at + 24);
  const flushedFileOffset = Number(log.u64(at + 48));
  const lastFileOffset = Number(log.u64(at + 56));
  if (length < SECTOR || length > log.length || length % SECTOR !== 0) return null;
  if (tail >= log.length || tail % SECTOR !== 0 || descriptors > length / DESCRIPTOR) return null;
  if (flushedFileOffset > MAX_FILE || lastFileOffset > MAX_FILE) return null;
  return { at, length, tail, sequence: log.u64(at + 16), descriptors, flushedFileOffset, lastFileOffset };
}

/** A copy of the entry's bytes, put together where the ring wraps. */
function unroll(log: Bytes, { at, length }: Entry): Uint8Array {
  const bytes = new Uint8Array(length);
  const straight = Math.min(length, log.length - at);
  bytes.set(log.slice(at, straight));
  bytes.set(log.slice(0, length - straight), straight);
  return bytes;
}

/** The entries from tail to head of the sequence with the highest head; empty when there is none. */
function activeSequence(valid: ReadonlyMap<number, Entry>, logLength: number): Entry[] {
  const successor = (entry: Entry): Entry | undefined => {
    const next = valid.get((entry.at + entry.length) % logLength);
    return next !== undefined && next.sequence === entry.sequence + 1n ? next : undefined;
  };
  // highest first, so that the end of a run is known when its earlier entries come
  const descending = [...valid.values()].sort((a, b) => (a.sequence < b.sequence ? 1 : -1));
  const ends = new Map<Entry, Entry>();
  for (const entry of descending) {
    const next = successor(entry);
    ends.set(entry, next === undefined ? entry : ends.get(next)!);
  }
  for (const head of descending) {
    const tail = valid.get(head.tail);
    if (tail === undefined || ends.get(tail) !== head) continue;
    const run = [tail];
    for (let last = tail; last !== head; run.push(last)) last = successor(last)!;
    return run;
  }
  return [];
}
