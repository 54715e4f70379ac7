import { describe, expect, test } from 'vitest';
import type { NodeTable } from '../index/node-table.ts';
import { windowsUpcase } from '../index/upcase.ts';
import type { Rule } from '../layer/types.ts';
import { dir, file, nodeTable, type TreeSpec } from '../testing/chunks.ts';
import { type LayerSketch, mergeFiles, randomBelow, randomStack } from '../testing/merged-trees.ts';
import { type FileRecordAt, fileRecords } from './build-files.ts';
import { fileViewLines } from './effective-view.ts';
import type { FileEntries } from './read-segments.ts';
import { Bonds } from './simulate-bonds.ts';
import { simulateFiles } from './simulate-files.ts';
import { simTree } from './simulate-tree.ts';
import type { FileRecord } from './spec.ts';

const CASES = Number(process.env['FUZZ'] ?? 400);
const upcase = windowsUpcase();

/** Both sides for one stack. */
function both(
  sketches: readonly LayerSketch[],
  rules: readonly Rule[] = [],
  tableOf: (tree: TreeSpec) => NodeTable = nodeTable,
) {
  const { trees, merged } = mergeFiles(sketches, rules, tableOf);
  const records = [...fileRecords(merged, newStatistics(), upcase)];
  const groups: { path: readonly string[]; entries: { name: string; record: FileRecord }[] }[] = [];
  for (const { directory, name, record } of records) {
    if (groups.at(-1)?.path !== directory) groups.push({ path: directory, entries: [] });
    groups.at(-1)!.entries.push({ name, record: record as unknown as FileRecord });
  }
  const view = [...fileViewLines(merged)];
  const simulate = (from: readonly FileEntries[]) => [
    ...simulateFiles(from[Symbol.iterator](), {
      trees: new Map(trees.flatMap((tree, i) => (tree === null ? [] : [[merged.ids[i]!, simTree(tree, upcase)]]))),
      root: merged.ids[trees.findIndex((tree) => tree !== null)] ?? null,
      base: 'os',
      upcase,
      bonds: new Bonds(from),
    }),
  ];
  return { view, records, groups, simulate };
}

/** Trees in which some of the files are names of one and the same. */
const linked =
  (random: (n: number) => number) =>
  (tree: TreeSpec): NodeTable => {
    const walk = (spec: TreeSpec): TreeSpec =>
      Object.fromEntries(
        Object.entries(spec).map(([name, entry]) => {
          if (typeof entry === 'string') {
            const linkId = random(4);
            return [name, linkId === 0 ? entry : file({ size: linkId, linkId, links: 2 })];
          }
          if ('dir' in entry && 'children' in entry)
            return [name, { ...entry, children: walk(entry.children as TreeSpec) }];
          return [name, 'file' in entry ? entry : walk(entry as TreeSpec)];
        }),
      );
    return nodeTable(walk(tree));
  };

const newStatistics = () => ({
  merged: 0,
  fromUpper: 0,
  whiteouts: 0,
  opaque: 0,
  unaddressable: 0,
  longestPath: 0,
});
const brief = (records: readonly FileRecordAt[]) =>
  records.map(({ directory, name, record: { n: _n, n16: _n16, ...fields } }) => [
    [...directory, name].join('\\'),
    fields,
  ]);

describe('records for files', () => {
  test('nothing for what the base has and nothing above changes', () => {
    const { records, view } = both([{ tree: { Windows: { 'a.dll': 'x' } }, markers: [] }]);
    expect(records).toEqual([]);
    expect(view).toEqual(['["dir","Windows","os"]', expect.stringContaining('"Windows\\\\a.dll","="')]);
  });

  test('F-35: of two entries with one 8.3 name the upper one gets another, and the view is the same', () => {
    const { records, view, groups, simulate } = both([
      { tree: { 'Program Files': dir({ short: 'PROGRA~1' }), P: dir({ short: 'PROGRA~2' }) }, markers: [] },
      {
        tree: { 'Program Data': dir({ short: 'PROGRA~1' }, { a: 'x' }), 'own.text': file({ short: 'OWN~1.TEX' }) },
        markers: [],
      },
    ]);
    expect(brief(records)).toEqual([
      ['own.text', { a: 'redirect', l: 'user' }],
      ['Program Data', { a: 'redirect', l: 'user', sub: true, sn: 'PROGRA~3' }],
    ]);
    expect(simulate(groups)).toEqual(view);
  });

  test('one record covers a subtree that a single layer brings', () => {
    const { records } = both([
      { tree: { Windows: {} }, markers: [] },
      { tree: { Program: { App: { x: 'x', y: 'y' } } }, markers: [] },
    ]);
    expect(brief(records)).toEqual([['Program', { a: 'redirect', l: 'user', sub: true }]]);
  });

  test('merged directory, replaced file, deleted file, opaque directory', () => {
    const { records, view } = both([
      { tree: { D: { same: 'x', old: 'old', gone: 'gone', O: { below: 'b' } } }, markers: [] },
      {
        tree: { D: { same: 'x', old: 'newer', O: { only: 'o' } } },
        markers: [
          { kind: 'whiteout', path: ['D', 'gone'] },
          { kind: 'opaque', path: ['D', 'O'] },
        ],
      },
    ]);
    expect(brief(records)).toEqual([
      ['D', { a: 'mergeDir', stack: ['user', 'os'], attrs: 'user' }],
      ['D\\gone', { a: 'whiteout', hides: ['os'], kind: 'file' }],
      ['D\\O', { a: 'opaque', l: 'user' }],
      ['D\\old', { a: 'redirect', l: 'user' }],
    ]);
    expect(view.some((line) => line.includes('gone') || line.includes('below'))).toBe(false);
  });

  test('a renamed directory continues at its old path', () => {
    const { records, view, groups, simulate } = both([
      { tree: { Old: { a: 'a', In: { b: 'b' } } }, markers: [] },
      {
        tree: { New: { c: 'c', In: { d: 'd' } } },
        markers: [
          { kind: 'whiteout', path: ['Old'] },
          { kind: 'origin', path: ['New'], from: ['Old'] },
        ],
      },
    ]);
    expect(brief(records).slice(0, 2)).toEqual([
      ['New', { a: 'origin', l: 'user', from: 'Old', stack: ['user', 'os'] }],
      ['Old', { a: 'whiteout', hides: ['os'], kind: 'dir' }],
    ]);
    expect(view).toContain('["dir","New\\\\In","user"]');
    expect(simulate(groups)).toEqual(view);
  });

  test('a rule that hides is said as such, and one that leaves the base alone needs no record', () => {
    const rule = (action: Rule['action'], p: string): Rule => ({
      id: p,
      target: 'file',
      match: { kind: 'subtree', p },
      action,
      origin: 'user',
      enabled: true,
    });
    const { records } = both(
      [
        { tree: { H: { x: 'x' }, P: { y: 'y' } }, markers: [] },
        { tree: { P: { y: 'other', z: 'z' }, U: { w: 'w' } }, markers: [] },
      ],
      [rule('hide', 'H'), rule('passthrough', 'P'), rule('exclude', 'U\\w')],
    );
    expect(brief(records)).toEqual([
      ['H', { a: 'hide' }],
      ['U', { a: 'mergeDir', stack: ['user'], attrs: 'user' }],
      ['U\\w', { a: 'passthrough' }],
    ]);
  });

  test('names that no path can say have neither record nor line', () => {
    const { records, view } = both([
      { tree: { a: 'a' }, markers: [] },
      { tree: { 'x\\y': 'x', '..': 'y', ok: file({ size: 1 }) }, markers: [] },
    ]);
    expect(records.map((r) => r.name)).toEqual(['ok']);
    expect(view).toHaveLength(2);
  });
});

const RULES: readonly Rule[] = [
  { action: 'passthrough', kind: 'subtree', p: 'a\\b' },
  { action: 'exclude', kind: 'glob', p: '**\\c*' },
  { action: 'hide', kind: 'exact', p: 'b\\a' },
  { action: 'keepLower', kind: 'children', p: 'd' },
  { action: 'redirect', kind: 'subtree', p: 'c\\a', layer: 'app1' },
].map(({ action, kind, p, ...rest }, i) => ({
  id: `r${i}`,
  target: 'file',
  match: { kind, p },
  action,
  origin: 'user',
  enabled: true,
  ...rest,
})) as Rule[];

describe('proof, fuzz', { timeout: 1_800_000 }, () => {
  test.each([
    ['markers and type conflicts', false, false],
    ['renamed directories', true, false],
    ['rules', false, true],
    ['rules over renamed directories', true, true],
  ])('simulate(build(x)) is the view: %s', (_what, origins, ruled) => {
    let bound = 0;
    for (let seed = 1; seed <= CASES; seed++) {
      const random = randomBelow(seed * 7919);
      const stack = randomStack(random, origins);
      const { view, groups, simulate } = both(stack, ruled ? RULES : [], seed % 2 === 0 ? linked(random) : nodeTable);
      bound += groups.flatMap(({ entries }) => entries).filter(({ record }) => 'linkGroup' in record).length;
      let got: readonly string[] = [];
      try {
        got = simulate(groups);
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`);
      }
      expect(got, `seed ${seed}`).toEqual(view);
    }
    expect(bound).toBeGreaterThan(CASES / 10);
  });

  test('a plan with a record less, or with another one, gives another view or is refused', () => {
    let noticed = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const random = randomBelow(seed);
      const { view, groups, simulate } = both(randomStack(random, false));
      if (groups.length === 0) continue;
      const at = random(groups.length);
      const group = groups[at]!;
      const entry = random(group.entries.length);
      const changed = groups.map((g, i) => (i === at ? { ...g, entries: g.entries.filter((_, k) => k !== entry) } : g));
      let result: readonly string[] | string;
      try {
        result = simulate(changed.filter((g) => g.entries.length > 0));
      } catch (error) {
        result = String(error);
      }
      // A mergeDir over a directory that is alike below may be the only record that changes nothing but attributes.
      expect(result, `seed ${seed}`).not.toEqual(view);
      noticed++;
    }
    expect(noticed).toBeGreaterThan(100);
  });
});
