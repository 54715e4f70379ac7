/** Deleted keys and values of a hive, and what its logs changed, as rows for a list. Pure. */
import { filetimeIso } from '../base/filetime.ts';
import { valueText, valueTypeName } from '../content/registry-value.ts';
import type { KeyChange, Recovered, RecoveredValue, ReplayChanges } from '../hive/types.ts';
import type { DeletedRow, DeletedRows, ReplayedRow, ReplayedRows } from './api-traces.ts';

/** Rows of one list. A busy hive of 100 MB holds some tens of thousands of deleted records. */
const MAX_ROWS = 50_000;
const MAX_TEXT = 1024;

const timeOf = (ticks: bigint) => filetimeIso(Number(ticks & 0xffff_ffffn), Number(ticks >> 32n));
const textOf = (type: number, data: Uint8Array | null) => data && valueText(type, data, MAX_TEXT);

function deletedValue(value: RecoveredValue, parent: DeletedRow['parent']): DeletedRow {
  const { key, name, type, size, data, offset } = value;
  const words = { type: valueTypeName(type), text: textOf(type, data), size, lastWrite: null };
  return { kind: 'value', path: key, name, ...words, offset, parent };
}

/** Each key, then its values; then values of living keys, then those that no list leads to. */
export function deletedRows(found: Iterable<Recovered>, limit = MAX_ROWS): DeletedRows {
  const rows: DeletedRow[] = [];
  let total = 0;
  const add = (row: () => DeletedRow) => {
    if (total++ < limit) rows.push(row());
  };
  for (const item of found) {
    if (item.kind === 'value') {
      add(() => deletedValue(item, item.key === null ? 'lost' : 'live'));
      continue;
    }
    const { path, lastWrite, offset, parent } = item;
    const none = { name: '', type: '', text: null, size: 0 };
    add(() => ({ kind: 'key', path, ...none, lastWrite: timeOf(lastWrite), offset, parent }));
    for (const value of item.values) add(() => deletedValue(value, 'recovered'));
  }
  return { rows, total };
}

function replayedKey({ path, kind, before, after }: KeyChange): ReplayedRow {
  const aspects: ReplayedRow['aspects'][number][] = [];
  if (before !== null && after !== null) {
    if (before.className !== after.className) aspects.push('class');
    if (!sameBytes(before.security, after.security)) aspects.push('security');
  }
  const time = (key: KeyChange['before']) => key && (timeOf(key.lastWrite) ?? '');
  return { kind: 'key', change: kind, path, name: '', before: time(before), after: time(after), aspects };
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Each key, then its values. */
export function replayedRows({ keys, ranges, readableBefore }: ReplayChanges, limit = MAX_ROWS): ReplayedRows {
  const rows: ReplayedRow[] = [];
  let total = 0;
  const text = (value: KeyChange['values'][number]['before']) =>
    value && `${valueTypeName(value.type)}  ${textOf(value.type, value.data) ?? '?'}`;
  for (const key of keys) {
    if (total++ < limit) rows.push(replayedKey(key));
    for (const { kind, before, after } of key.values)
      if (total++ < limit) {
        const { name } = (after ?? before)!;
        const sides = { before: text(before), after: text(after) };
        rows.push({ kind: 'value', change: kind, path: key.path, name, ...sides, aspects: [] });
      }
  }
  const bytes = ranges.reduce((sum, { length }) => sum + length, 0);
  return { rows, total, readableBefore, ranges: ranges.length, bytes };
}
