import { expect, test } from 'vitest';
import type { Recovered } from '../hive/types.ts';
import { deletedRows, replayedRows } from './hive-traces.ts';

const value = (name: string, key: string | null, data: Uint8Array | null): Recovered => ({
  kind: 'value',
  offset: 5000,
  name,
  type: 4,
  size: 4,
  data,
  key,
});

test('a list is cut, its total is not', () => {
  const found = Array.from({ length: 9 }, (_, i) => value(`${i}`, 'K', Uint8Array.of(i, 0, 0, 0)));
  const { rows, total } = deletedRows(found, 4);
  expect(rows.map(({ name }) => name)).toEqual(['0', '1', '2', '3']);
  expect(total).toBe(9);
});

test('data that were overwritten have no text; a value whose key is lost says so', () => {
  const { rows } = deletedRows([value('a', null, null), value('b', 'K', Uint8Array.of(7, 0, 0, 0))]);
  expect(rows.map(({ path, text, parent }) => [path, text, parent])).toEqual([
    [null, null, 'lost'],
    ['K', '0x00000007 (7)', 'live'],
  ]);
});

test('what else than the time changed in a key', () => {
  const state = (className: string | null, security: number) => ({
    name: 'K',
    lastWrite: 134_117_966_450_000_000n,
    className,
    security: Uint8Array.of(security),
  });
  const keys = [
    { path: 'K', kind: 'changed' as const, before: state(null, 1), after: state('c', 2), values: [] },
    { path: 'L', kind: 'changed' as const, before: state('c', 2), after: state('c', 2), values: [] },
  ];
  const { rows } = replayedRows({ readableBefore: true, ranges: [{ offset: 4096, length: 12 }], keys });
  expect(rows.map(({ aspects }) => aspects)).toEqual([['class', 'security'], []]);
});
