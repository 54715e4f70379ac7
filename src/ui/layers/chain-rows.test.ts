import { expect, test } from 'vitest';
import type { ChainEntry } from '../../engine/api.ts';
import { en } from '../../i18n/en.ts';
import { chainRows, lastName, wantedName } from './chain-rows.ts';

const entry = (id: string, over: Partial<ChainEntry> = {}): ChainEntry => ({
  id,
  depth: 1,
  kind: 'part',
  title: id,
  required: false,
  names: [],
  identity: '',
  status: 'found',
  file: id,
  files: [id],
  candidates: [],
  ...over,
});

/** What is drawn: ids, a number for a fold. */
const drawn = (chain: readonly ChainEntry[]) =>
  chainRows(chain).map((row) => (row.kind === 'entry' ? row.entry.id : row.entries.length));

test('many parts that are all here are one line, a missing one is never folded', () => {
  const parts = Array.from({ length: 12 }, (_, i) => entry(`part:${i + 2}`));
  expect(drawn(parts.slice(0, 4))).toEqual(['part:2', 'part:3', 'part:4', 'part:5']);
  expect(drawn(parts)).toEqual(['part:2', 11]);
  parts[5] = entry('part:7', { status: 'missing', file: null });
  expect(drawn(parts)).toEqual(['part:2', 4, 'part:7', 'part:8', 5]);
});

test('parents are drawn one by one, and do not fold with extents of another disk', () => {
  const parents = Array.from({ length: 6 }, (_, i) => entry(`p${i}`, { kind: 'parent', depth: i + 1 }));
  expect(drawn(parents)).toEqual(parents.map(({ id }) => id));
  const extents = [1, 1, 1, 2, 2].map((depth, i) => entry(`e${i}`, { kind: 'extent', depth }));
  expect(drawn(extents)).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
});

test('what is missing is called by the name it had, else by its number', () => {
  expect(wantedName(entry('parent', { names: ['.\\a.vhdx', 'C:\\a.vhdx'] }), en)).toBe('.\\a.vhdx');
  expect(wantedName(entry('parent/extent:3', { kind: 'extent' }), en)).toBe('Extent 3');
  expect(wantedName(entry('parent', { kind: 'parent' }), en)).toBe('Parent disk');
  expect(['a\\b.c', '/x/y', 'z', 'c:\\'].map(lastName)).toEqual(['b.c', 'y', 'z', '']);
});
