/** Views held against one another: random ones against plain sets, and what is told of a difference. */
import { expect, test } from 'vitest';
import { randomRun } from '../testing/layers.ts';
import { randomBelow } from '../testing/merged-trees.ts';
import { compareViews } from './compare-view.ts';
import { dirLine, fileLine, keyLine, valueLine } from './view-lines.ts';

test('fuzz: just the places that differ, wherever they stand', async () => {
  const { seed, count } = randomRun(200);
  for (let n = 0; n < count; n++) {
    const random = randomBelow(seed + n);
    const all = [...Array(random(60))].map((_, i) => `p${String(i).padStart(3, '0')}`);
    const side = () => new Map(all.flatMap((path) => (random(5) === 0 ? [] : [[path, random(3)] as const])));
    const [a, b] = [side(), side()];
    const lines = (of: ReadonlyMap<string, number>) =>
      [...of].map(([path, what]) => fileLine('file', path, ['os', 'app1', 'user'][what]!, path, null));
    const expected = all.filter((path) => a.get(path) !== b.get(path));
    const found = await compareViews(lines(a), lines(b), 1000);
    expect(found.gaps.map(({ path }) => path).sort(), `seed ${seed + n}`).toEqual(expected);
    expect([found.total, found.lines]).toEqual([expected.length, a.size]);
    for (const { path, plan, view } of found.gaps)
      expect([plan !== null, view !== null]).toEqual([a.has(path), b.has(path)]);
    const few = await compareViews(lines(a), lines(b), 2);
    expect([few.total, few.gaps.length]).toEqual([expected.length, Math.min(2, expected.length)]);
  }
});

test('each side in words that a page can show', async () => {
  const plan = [
    dirLine('D', 'os'),
    fileLine('file', 'D\\a', 'user', 'Old\\a', null),
    fileLine('file', 'D\\b', 'user', 'D\\b', 'abc-1'),
    keyLine('key', 'HKLM/SOFTWARE', 'os', '12'),
    keyLine('link', 'HKLM/SOFTWARE\\L', 'os', '12'),
    valueLine('HKLM/SOFTWARE', 'p', 1, 'ff'),
    valueLine('HKLM/SOFTWARE', 'p', 1, 'same'),
    valueLine('HKLM/SOFTWARE', 'gone', 4, null),
    valueLine('HKLM/SOFTWARE', 'odd', 4, null),
  ];
  const view = [
    dirLine('D', 'user'),
    fileLine('link', 'D\\a', 'os', 'D\\a', null),
    keyLine('key', 'HKLM/SOFTWARE', 'os', '13'),
    valueLine('HKLM/SOFTWARE', 'p', 3, null),
    valueLine('HKLM/SOFTWARE', 'p', 1, 'same'),
    valueLine('HKLM/SOFTWARE', 'odd', 4, 'aa'),
  ];
  const { gaps } = await compareViews(plan, view, 100);
  const of = (path: string, name: string | null = null) => gaps.find((gap) => gap.path === path && gap.name === name);
  const [kind, none] = ['file', { layer: null, from: null, content: null }];
  expect(of('D')).toMatchObject({ plan: { kind: 'dir', layer: 'os' }, view: { kind: 'dir', layer: 'user' } });
  expect(of('D\\a')).toMatchObject({
    plan: { ...none, kind, layer: 'user', from: 'Old\\a' },
    view: { ...none, kind: 'link', layer: 'os' },
  });
  expect(of('D\\b')).toEqual({ path: 'D\\b', name: null, plan: { ...none, kind, content: 'abc-1' }, view: null });
  expect(of('HKLM/SOFTWARE')!.view).toEqual({ ...none, kind: 'key', layer: 'os', content: '13' });
  expect(of('HKLM/SOFTWARE\\L')!.plan).toEqual({ ...none, kind: 'link', layer: 'os', content: '12' });
  expect(of('HKLM/SOFTWARE', 'gone')).toMatchObject({ plan: { kind: 'value', content: 'type 4, not readable' } });
  // what nobody could read when the plan was made is no difference
  expect(of('HKLM/SOFTWARE', 'odd')).toBeUndefined();
});

test('what is asked to stop stops', async () => {
  const lines = [...Array(10_000)].map((_, i) => dirLine(String(i), 'os'));
  const stop = () => Promise.reject(new Error('stop'));
  await expect(compareViews(lines, lines, 1, stop)).rejects.toThrow('stop');
});
