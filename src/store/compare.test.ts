import { signal } from '@preact/signals';
import { expect, test, vi } from 'vitest';
import type { ComparedEntry, CompareReport, LayerInfo, WorkspaceApi } from '../engine/api.ts';
import { createCompare } from './compare.ts';
import { compareChoices, shownChoices, viewChoices } from './compare-choices.ts';

const layer = (over: Partial<LayerInfo>): LayerInfo =>
  ({
    id: 'l',
    name: 'os',
    image: 'i1',
    mount: '1',
    imageName: 'install.wim',
    status: 'ready',
    files: 1,
    directories: 1,
    store: 'plain',
    alternatives: [],
    chain: [],
    ...over,
  }) as LayerInfo;

test('each tree once: layers first, then the other images of their files', () => {
  const alternatives = [
    { mount: '1', title: 'Home' },
    { mount: '2', title: 'Pro' },
  ];
  const choices = compareChoices([
    layer({ alternatives }),
    layer({ id: 'u', name: 'user', image: 'i2', mount: '', alternatives: [], chain: [] }),
  ]);
  expect(choices.map(({ text, layer: of }) => [text, of])).toEqual([
    ['os', 'l'],
    ['user', 'u'],
    ['install.wim: Pro', null],
  ]);
});

test('merged views: the whole one, and without each layer that is switched on', () => {
  const user = layer({ id: 'u', name: 'user', image: 'i2', mount: '', enabled: true });
  const os = layer({ enabled: true });
  expect(viewChoices([user, os]).map(({ view, without }) => [view, without])).toEqual([
    [null, []],
    ['user', ['u']],
    ['os', ['l']],
  ]);
  expect(viewChoices([user, layer({ enabled: false })])).toEqual([]);
});

test('a layer with a store: what it shows alone, then its tree as the store keeps it', () => {
  const user = layer({ id: 'u', name: 'user', image: 'i2', mount: '', enabled: true, store: 'sandboxie' });
  const app = layer({ id: 'a', name: 'app', image: 'i3', enabled: false, store: 'oci' });
  const choices = shownChoices([user, app, layer({ enabled: true })]);
  expect(choices.map(({ text, image, without, stored }) => [text, image, without, stored])).toEqual([
    ['user', '', ['a', 'l'], undefined],
    ['user', 'i2', undefined, true],
    // one that is left out of the view shows nothing
    ['app', 'i3', undefined, undefined],
    ['os', 'i1', undefined, undefined],
  ]);
});

const NONE = { entries: 0, bytes: 0 };
const REPORT: CompareReport = {
  totals: { added: NONE, removed: NONE, changed: NONE, metadata: NONE, same: NONE },
  shared: null,
  listed: 300,
};

function model(rows: number) {
  const asked: string[] = [];
  const api = {
    compare: vi.fn(async () => REPORT),
    compareProgress: async () => null,
    compareRows: async (changes: readonly string[], filter: string, from: number, count: number) => {
      asked.push(`${changes.join()} ${filter} ${from}`);
      const all = filter === '' ? rows : 1;
      const here = Array.from(
        { length: Math.min(count, all - from) },
        (_, i) => ({ path: `p${from + i}` }) as ComparedEntry,
      );
      return { count: all, rows: here };
    },
    endCompare: async () => {},
  };
  const layers = signal<readonly LayerInfo[]>([layer({}), layer({ id: 'u', image: 'i2', mount: '' })]);
  return { compare: createCompare(api as unknown as WorkspaceApi, layers, signal(0)), api, asked, layers };
}
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

test('rows come in blocks; kinds and filter make a new list', async () => {
  const { compare, asked } = model(300);
  [compare.before.value, compare.after.value] = compare.choices.value.map(({ key }) => key) as [string, string];
  compare.run();
  await settle();
  expect([compare.report.value, compare.count.value, compare.row(0)?.path]).toEqual([REPORT, 300, 'p0']);
  compare.need(250, 280);
  await settle();
  expect(compare.row(260)?.path).toBe('p260');
  compare.cursor.value = 3;
  compare.filter.value = 'x';
  await settle();
  expect([compare.count.value, compare.cursor.value]).toEqual([1, 0]);
  expect(asked.at(-1)).toBe('added,removed,changed x 0');
});

test('a tree that is gone is compared no more, and one tree with itself never', async () => {
  const { compare, api, layers } = model(3);
  [compare.before.value, compare.after.value] = compare.choices.value.map(({ key }) => key) as [string, string];
  compare.run();
  await settle();
  layers.value = [layer({})];
  expect([compare.after.value, compare.report.value]).toEqual([null, null]);
  compare.after.value = compare.before.value;
  compare.run();
  await settle();
  expect(api.compare).toHaveBeenCalledTimes(1);
});

test('a side that is taken back takes its answer along', async () => {
  const { compare } = model(3);
  const [first, second] = compare.choices.value.map(({ key }) => key) as [string, string];
  for (const other of [null, first]) {
    [compare.before.value, compare.after.value] = [first, second];
    compare.run();
    await settle();
    expect(compare.report.value).toBe(REPORT);
    compare.after.value = other;
    compare.run();
    expect(compare.report.value).toBeNull();
  }
  // one that is still being worked out comes to nothing
  compare.after.value = second;
  compare.run();
  compare.after.value = null;
  compare.run();
  await settle();
  expect([compare.report.value, compare.progress.value]).toEqual([null, null]);
});
