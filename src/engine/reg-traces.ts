/** What a hive tells besides its tree: deleted keys and values, and what its transaction logs changed. */
import { filetimeIso } from '../base/filetime.ts';
import { hex } from '../base/guid.ts';
import { valueText, valueTypeName } from '../content/registry-value.ts';
import type { KeyChange, OpenedHive, RecoveredValue } from '../hive/types.ts';
import type { Image } from './image.ts';
import type { HivePlace } from './image-hives.ts';

export interface TraceData {
  readonly name: string;
  readonly type: string;
  readonly typeCode: number;
  /** Hexadecimal; null when the data cannot be read or have been overwritten. */
  readonly data: string | null;
  readonly text: string | null;
}

export interface DeletedKeyEntry {
  readonly deleted: 'key';
  /** Begins with `?` where a parent is lost. */
  readonly key: string;
  readonly lastWrite: string | null;
  readonly class: string | null;
  readonly parent: 'live' | 'recovered' | 'lost';
  /** Bytes from the start of the hive file. */
  readonly offset: number;
}

export interface DeletedValueEntry extends TraceData {
  readonly deleted: 'value';
  /** The key it belonged to; null when no list leads to it. */
  readonly key: string | null;
  readonly size: number;
  readonly offset: number;
}

interface KeyTrace {
  readonly lastWrite: string | null;
  readonly class: string | null;
  /** Security descriptor, hexadecimal. */
  readonly security: string | null;
}

export interface ChangeEntry {
  readonly change: KeyChange['kind'];
  readonly key: string;
  readonly before: KeyTrace | null;
  readonly after: KeyTrace | null;
  readonly values: readonly {
    readonly change: KeyChange['kind'];
    readonly before: TraceData | null;
    readonly after: TraceData | null;
  }[];
}

export interface LogChanges {
  readonly state: OpenedHive['state'];
  /** Null when no log was applied. */
  readonly entries: readonly ChangeEntry[] | null;
  /** Stretches of the hive that were written, and their bytes. */
  readonly ranges: number;
  readonly bytes: number;
}

const timeOf = (ticks: bigint) => filetimeIso(Number(ticks & 0xffff_ffffn), Number(ticks >> 32n));

/** Opens the hive. Paths in it are wanted at or below the key that was asked for, and told with where the hive stands. */
function openAt(image: Image, { id, mount, ref, logs, prefix, path }: HivePlace) {
  const { state } = image.openHive(id, mount, ref, logs);
  const base = path.toLowerCase();
  return {
    state,
    wanted: (key: string | null) => base === '' || (key !== null && `${key.toLowerCase()}\\`.startsWith(`${base}\\`)),
    full: (key: string) => [prefix, key].filter((part) => part !== '').join('\\'),
  };
}

function traceData({ name, type, data }: { name: string; type: number; data: Uint8Array | null }): TraceData {
  const words = { name, type: valueTypeName(type), typeCode: type };
  return { ...words, data: data && hex(data), text: data && valueText(type, data) };
}

/** What free cells hold of deleted keys and values: each key, then its values. */
export function* deletedEntries(image: Image, hive: HivePlace): Generator<DeletedKeyEntry | DeletedValueEntry> {
  const { wanted, full } = openAt(image, hive);
  const valueEntry = (value: RecoveredValue): DeletedValueEntry => {
    const { key, size, offset } = value;
    return { deleted: 'value', key: key === null ? null : full(key), size, offset, ...traceData(value) };
  };
  for (const found of image.hives.get(hive.id).deleted()) {
    if (!wanted(found.kind === 'key' ? found.path : found.key)) continue;
    if (found.kind === 'value') {
      yield valueEntry(found);
      continue;
    }
    const { path, lastWrite, className, parent, offset } = found;
    yield { deleted: 'key', key: full(path), lastWrite: timeOf(lastWrite), class: className, parent, offset };
    for (const value of found.values) yield valueEntry(value);
  }
}

/** Keys and values before and after the transaction logs were applied. */
export function logChanges(image: Image, hive: HivePlace): LogChanges {
  const { state, wanted, full } = openAt(image, hive);
  const changes = image.hives.get(hive.id).changes();
  if (changes === null) return { state, entries: null, ranges: 0, bytes: 0 };
  const trace = (key: KeyChange['before']) =>
    key && { lastWrite: timeOf(key.lastWrite), class: key.className, security: key.security && hex(key.security) };
  return {
    state,
    ranges: changes.ranges.length,
    bytes: changes.ranges.reduce((sum, { length }) => sum + length, 0),
    entries: changes.keys
      .filter(({ path }) => wanted(path))
      .map(({ path, kind, before, after, values }) => ({
        change: kind,
        key: full(path),
        before: trace(before),
        after: trace(after),
        values: values.map((value) => ({
          change: value.kind,
          before: value.before && traceData(value.before),
          after: value.after && traceData(value.after),
        })),
      })),
  };
}
