import { expect, test } from 'vitest';
import { KeyFlag } from '../hive/types.ts';
import { type KeySpec, keyTable } from '../testing/chunks.ts';
import { type CompareReader, compareKeys, type KeyDifference } from './key-compare.ts';
import { windowsUpcase } from './upcase.ts';

const upcase = windowsUpcase();
function compared(a: KeySpec, b: KeySpec, reader: CompareReader | null = null) {
  const [left, right] = [keyTable(a), keyTable(b)];
  const name = ({ a: x, b: y }: { a: number; b: number }) => (y >= 0 ? right.valueName(y) : left.valueName(x));
  return [...compareKeys({ table: left, row: 0 }, { table: right, row: 0 }, upcase, reader)].map(
    (found: KeyDifference) => ({
      at: found.path.join('\\'),
      change: found.change,
      values: found.values.map((value) => `${value.change} ${name(value)}`),
      same: found.same,
      aspects: found.aspects,
    }),
  );
}

test('keys and values that came, went and changed, whatever the case of their names', () => {
  const before = {
    lastWrite: 1,
    keys: {
      Gone: { keys: { Inner: {} } },
      Kept: { values: { same: 'x', Edited: 'old', dropped: 'y' } },
    },
  };
  const after = {
    lastWrite: 1,
    keys: { KEPT: { values: { SAME: 'x', edited: 'new', fresh: 'z' } }, New: { values: { v: '1' } } },
  };
  expect(compared(before, after)).toEqual([
    { at: '', change: 'same', values: [], same: 0, aspects: [] },
    { at: 'Gone', change: 'removed', values: [], same: 0, aspects: [] },
    { at: 'Gone\\Inner', change: 'removed', values: [], same: 0, aspects: [] },
    {
      at: 'KEPT',
      change: 'changed',
      values: ['changed edited', 'added fresh', 'removed dropped'],
      same: 1,
      aspects: [],
    },
    { at: 'New', change: 'added', values: ['added v'], same: 0, aspects: [] },
  ]);
});

test('times alone are a change of their own, and so are class, layer kind and link', () => {
  const one = (key: KeySpec) => ({ keys: { k: key } });
  const change = (a: KeySpec, b: KeySpec) => compared(one(a), one(b)).find(({ at }) => at === 'k')!;
  expect(change({ lastWrite: 1 }, { lastWrite: 2 })).toMatchObject({ change: 'times', aspects: [] });
  expect(change({ lastWrite: 1 }, { lastWrite: 1 })).toMatchObject({ change: 'same' });
  expect(change({}, { flags: KeyFlag.hasClass })).toMatchObject({ change: 'changed', aspects: ['class'] });
  expect(change({ kind: 2 }, { kind: 3 })).toMatchObject({ change: 'changed', aspects: ['layer'] });
  expect(change({}, { flags: KeyFlag.symlink })).toMatchObject({ change: 'changed', aspects: ['link'] });
});

test('what the columns do not hold is asked for where it decides', () => {
  const spec = { values: { v: 'aa' }, flags: KeyFlag.hasClass };
  const other = { values: { v: 'aa' }, flags: KeyFlag.hasClass };
  // without a reader equal hashes are equal data
  expect(compared(spec, other)[0]).toMatchObject({ change: 'same' });
  const asked: string[] = [];
  const reader: CompareReader = {
    sameData: () => asked.push('data') < 0,
    sameClass: () => asked.push('class') < 0,
    sameSecurity: () => asked.push('security') < 0,
  };
  expect(compared(spec, other, reader)[0]).toMatchObject({ change: 'changed', aspects: ['class', 'security'] });
  expect(asked.sort()).toEqual(['class', 'data', 'security']);
  asked.length = 0;
  // another size needs no look at the bytes
  expect(compared(spec, { ...other, values: { v: 'longer' } }, reader)[0]!.values).toEqual(['changed v']);
  expect(asked).not.toContain('data');
});

test('a side without the key', () => {
  const table = keyTable({ keys: { a: {} } });
  const none = { table, row: -1 };
  const all = (x: typeof none, y: typeof none) => [...compareKeys(x, y, upcase, null)].map(({ change }) => change);
  expect(all(none, { table, row: 0 })).toEqual(['added', 'added']);
  expect(all({ table, row: 0 }, none)).toEqual(['removed', 'removed']);
  expect(all(none, none)).toEqual([]);
});
