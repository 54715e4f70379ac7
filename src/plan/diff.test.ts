/** Two plans: what differs is told once, what does not is only counted; rules are told by what they say and by their order. */
import { describe, expect, test } from 'vitest';
import { randomBelow } from '../testing/merged-trees.ts';
import { diffPlans, diffRules, longestGrowing } from './diff.ts';
import type { Plan } from './plan.ts';
import type { Manifest } from './spec.ts';

type Rule = Manifest['rules'][number];
const rule = (p: string, action: Rule['action'] = 'keepLower', id = p): Rule => ({
  id,
  target: 'file',
  match: { kind: 'exact', p },
  action,
  origin: 'user',
});

const lines = (...objects: object[]) =>
  new TextEncoder().encode(objects.map((object) => `${JSON.stringify(object)}\n`).join(''));

function plan(more: Partial<Manifest>, files: readonly object[] = [], keys: readonly object[] = []): Plan {
  const segments = new Map([
    ['files/00000.ndjson', lines(...files)],
    ['registry/00000.ndjson', lines(...keys)],
  ]);
  const manifest = {
    layers: [],
    hives: [],
    rules: [],
    requires: ['files.v1'],
    semantics: { fileStack: ['os'] },
    segments: [...segments.keys()].map((path) => ({ path })),
    ...more,
  } as unknown as Manifest;
  return { manifest, manifestBytes: new Uint8Array(0), segments, blobs: new Map() };
}

describe('rules', () => {
  const told = (a: readonly string[], b: readonly string[]) =>
    diffRules(
      a.map((p) => rule(p, 'keepLower', `a${p}`)),
      b.map((p) => rule(p)),
    ).map(({ change, before, after }) => `${change} ${(before ?? after)!.match.p}`);

  test('ids do not count, actions do', () => {
    expect(told(['x', 'y'], ['x', 'y'])).toEqual([]);
    expect(diffRules([rule('x')], [rule('x', 'exclude')]).map(({ change }) => change)).toEqual(['removed', 'added']);
  });

  test('one that moves is told, the others are not', () => {
    expect(told(['a', 'b', 'c', 'd'], ['d', 'a', 'b', 'c'])).toEqual(['changed d']);
    expect(told(['a', 'b', 'c'], ['x', 'a', 'c'])).toEqual(['removed b', 'added x']);
  });

  test('the longest growing part, against all parts of short lists', () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = randomBelow(seed);
      const list = [...Array(random(9)).keys()].sort(() => random(3) - 1);
      const found = longestGrowing(list);
      expect(found).toEqual(list.filter((n) => found.includes(n)));
      expect(found).toEqual([...found].sort((a, b) => a - b));
      let best = 0;
      for (let bits = 0; bits < 1 << list.length; bits++) {
        const part = list.filter((_, i) => (bits & (1 << i)) !== 0);
        if (part.every((n, i) => i === 0 || part[i - 1]! < n)) best = Math.max(best, part.length);
      }
      expect(found).toHaveLength(best);
    }
  });
});

test('records by their place: files, keys and values', () => {
  const before = plan(
    {},
    [
      {
        d: 'D',
        e: [
          { n: 'a', a: 'redirect', l: 'user' },
          { n: 'b', a: 'hide' },
          { n: 'c', a: 'hide' },
        ],
      },
    ],
    [{ k: 'HKLM/S', e: [{ a: 'hide' }, { v: 'x', a: 'tombstoneValue' }] }],
  );
  const after = plan(
    {},
    [
      {
        d: 'D',
        e: [
          { n: 'a', a: 'redirect', l: 'os' },
          { n: 'b', a: 'hide' },
        ],
      },
    ],
    [{ k: 'HKLM/S', e: [{ a: 'hide' }, { v: '', a: 'tombstoneValue' }, { v: 'x', a: 'tombstoneValue' }] }],
  );
  const { records } = diffPlans(before, after);
  expect(records.same).toBe(3);
  expect(records.changes.map(({ change, before: x, after: y }) => [change, (x ?? y)!.path, (x ?? y)!.value])).toEqual([
    ['changed', 'D\\a', null],
    ['removed', 'D\\c', null],
    ['added', 'HKLM/S', ''],
  ]);
});

test('layers by id, hives by mount, other fields by name; digests and counts are no difference of their own', () => {
  const layer = (id: string, sha256: string) => ({ id, role: 'os', fingerprint: { algo: 'fp1', parts: [{ sha256 }] } });
  const hive = (mount: string, mode: string) => ({ mount, mode, stack: ['os'] });
  const found = diffPlans(
    plan({ layers: [layer('os', 'a'), layer('app1', 'b')], hives: [hive('HKLM/S', 'merge')] } as never),
    plan({
      layers: [layer('os', 'c')],
      hives: [hive('HKLM/S', 'baseOnly'), hive('HKLM/T', 'merge')],
      semantics: { fileStack: ['user'] },
      integrity: { planId: 'other' },
    } as never),
  );
  expect(found.layers.map(({ change, before }) => [change, before!.id])).toEqual([
    ['changed', 'os'],
    ['removed', 'app1'],
  ]);
  expect(found.hives.map(({ change }) => change)).toEqual(['changed', 'added']);
  expect(found.fields).toEqual(['semantics']);
});
