/**
 * Recovery of a hive that was not closed properly: which entries of its logs belong to it, and what they change. The
 * hive on disk is not touched; the pages are written over its copy in the engine's memory.
 *
 * A hive is dirty when its two sequence numbers differ or its base block's checksum is wrong. New logs (Windows 8.1 and
 * later): the entry whose number is the hive's secondary sequence number, and those that follow without a gap, from
 * whatever log holds them. Old logs: the one whose base block has the hive's last-written time. A hive that is not
 * dirty stays as it is, whatever lies beside it.
 */
import { type HiveInput, type HiveReader, readAll, toReader } from './input.ts';
import {
  baseChecksum,
  isBaseBlock,
  type LogEntry,
  type LogRefusal,
  MAX_LOG_BYTES,
  type ParsedLog,
  parseLog,
} from './log.ts';

export interface Recovery {
  /** Transactions applied; an old log is one. */
  readonly entries: number;
  readonly pages: number;
  readonly bytes: number;
  /** Sequence number after the last one. */
  readonly sequence: number;
  /** The base block was taken from a log because its own checksum was wrong. */
  readonly baseFromLog: boolean;
}

/** What became of one log. */
export type LogVerdict =
  | 'applied'
  /** The hive was closed properly: its logs are left alone. */
  | 'notNeeded'
  /** Whole entries are there, but the hive does not end where they begin, or they belong to another time. */
  | 'mismatched'
  /** Its first entry is cut off or its hash is wrong. */
  | 'damagedEntries'
  /** Another log holds the same transactions. */
  | 'unused'
  | LogRefusal;

export interface LogReport {
  /** Place in `OpenOptions.logs`. */
  readonly index: number;
  readonly format: 'old' | 'new' | null;
  readonly verdict: LogVerdict;
  /** Transactions that can be believed, the number of the first, and how many of them were applied. */
  readonly entries: number;
  readonly first: number | null;
  readonly applied: number;
}

export interface ReplayPlan {
  readonly recovery: Recovery;
  /** The base block's first 512 bytes after recovery. */
  readonly base: Uint8Array;
  readonly binsSize: number;
  readonly apply: readonly LogEntry[];
}

export interface Replay {
  /** Null when the hive is not dirty or no log belongs to it. */
  readonly plan: ReplayPlan | null;
  readonly logs: readonly LogReport[];
}

/** True when the hive says that it was not closed properly. `head` is its first 512 bytes. */
export function isDirty(head: DataView): boolean {
  return head.getUint32(4, true) !== head.getUint32(8, true) || !isBaseBlock(head);
}

/** What to do to `hive` with `logs`. Logs of a clean hive are not even read. */
export function planReplay(hive: HiveReader, logs: readonly HiveInput[]): Replay {
  const head = new Uint8Array(512);
  hive.read(0, head);
  const own = new DataView(head.buffer);
  if (!isDirty(own)) {
    const left = { format: null, verdict: 'notNeeded', entries: 0, first: null, applied: 0 } as const;
    return { plan: null, logs: logs.map((_, index) => ({ index, ...left })) };
  }
  const read = logs.map(readLog);
  const parsed = read.filter((log) => typeof log !== 'string');
  const plan = planOf(hive, own, parsed);
  const applied = new Set(plan?.apply);
  const numbers = new Set(plan?.apply.map(({ sequence }) => sequence));
  return { plan, logs: read.map((log, index) => report(index, log, applied, numbers)) };
}

function planOf(hive: HiveReader, own: DataView, parsed: readonly ParsedLog[]): ReplayPlan | null {
  const ownIsSound = isBaseBlock(own);
  const base = ownIsSound ? own : parsed.find((log) => log.base.getUint32(20, true) === 1)?.base;
  if (base === undefined) return null;
  const apply = ownIsSound
    ? chain(parsed, own.getUint32(8, true), lastWritten(own))
    : chain(parsed, base.getUint32(8, true), firstBinTime(hive));
  const last = apply.at(-1);
  if (last === undefined) return null;
  const mended = new Uint8Array(base.buffer, base.byteOffset, 512).slice();
  const view = new DataView(mended.buffer);
  view.setUint32(4, last.sequence, true);
  view.setUint32(8, last.sequence, true);
  view.setUint32(28, 0, true);
  view.setUint32(40, last.binsSize, true);
  if (parsed.some((log) => log.format === 'new')) view.setUint32(144, last.flags, true);
  view.setUint32(508, baseChecksum(view), true);
  const pages = apply.flatMap((entry) => entry.pages);
  return {
    base: mended,
    binsSize: last.binsSize,
    apply,
    recovery: {
      entries: apply.length,
      pages: pages.length,
      bytes: pages.reduce((sum, page) => sum + page.data.length, 0),
      sequence: last.sequence,
      baseFromLog: !ownIsSound,
    },
  };
}

/** Bytes of the file that the logs write behind the base block: in order, adjoining ones joined. */
export function writtenRanges({ apply }: ReplayPlan): { offset: number; length: number }[] {
  const writes = apply.flatMap(({ pages }) => pages).sort((a, b) => a.offset - b.offset);
  const ranges: { offset: number; length: number }[] = [];
  for (const { offset, data } of writes) {
    const last = ranges.at(-1);
    const at = 4096 + offset;
    if (last !== undefined && at <= last.offset + last.length)
      last.length = Math.max(last.length, at + data.length - last.offset);
    else ranges.push({ offset: at, length: data.length });
  }
  return ranges;
}

/** @param apply what is applied of all logs. @param numbers the sequence numbers of that */
function report(
  index: number,
  log: ParsedLog | LogRefusal,
  apply: ReadonlySet<LogEntry>,
  numbers: ReadonlySet<number>,
): LogReport {
  if (typeof log === 'string') return { index, format: null, verdict: log, entries: 0, first: null, applied: 0 };
  const { format, entries } = log;
  const applied = entries.filter((entry) => apply.has(entry)).length;
  const first = entries[0]?.sequence ?? null;
  const twin = entries.some(({ sequence }) => numbers.has(sequence));
  const verdict = applied > 0 ? 'applied' : entries.length === 0 ? 'damagedEntries' : twin ? 'unused' : 'mismatched';
  return { index, format, verdict, entries: entries.length, first, applied };
}

function readLog(log: HiveInput): ParsedLog | LogRefusal {
  const reader = toReader(log);
  if (reader.size > MAX_LOG_BYTES) return 'tooLarge';
  const bytes = new Uint8Array(reader.size);
  readAll(reader, bytes);
  return parseLog(bytes);
}

function chain(logs: readonly ParsedLog[], first: number, time: bigint | null): LogEntry[] {
  const bySequence = new Map<number, LogEntry>();
  for (const log of logs)
    if (log.format === 'new')
      for (const entry of log.entries) if (!bySequence.has(entry.sequence)) bySequence.set(entry.sequence, entry);
  const found: LogEntry[] = [];
  for (let sequence = first; ; sequence = (sequence + 1) >>> 0) {
    const entry = bySequence.get(sequence);
    // Each entry is used once, so that numbers that wrap around cannot lead in a circle.
    if (entry === undefined || !bySequence.delete(sequence)) break;
    found.push(entry);
  }
  if (found.length > 0) return found;
  const old = logs.find((log) => log.format === 'old' && log.entries.length > 0 && lastWritten(log.base) === time);
  return old === undefined ? [] : [...old.entries];
}

function lastWritten(base: DataView): bigint {
  return base.getBigUint64(12, true);
}

/** The first hive bin keeps a copy of the base block's time. */
function firstBinTime(hive: HiveReader): bigint | null {
  if (hive.size < 4096 + 32) return null;
  const bin = new Uint8Array(32);
  hive.read(4096, bin);
  return new DataView(bin.buffer).getBigUint64(20, true);
}
