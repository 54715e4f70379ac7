import { describe, expect, test } from 'vitest';
import { ByteState, NodeFlag } from '../fs/types.ts';
import { dir, file, nodeTable, type TreeSpec } from '../testing/chunks.ts';
import { randomBelow, randomTree } from '../testing/merged-trees.ts';
import { alikePairs, compareTrees, type Difference, sharedData } from './compare.ts';
import type { NodeTable } from './node-table.ts';
import { pathOf } from './path.ts';
import { foldText, windowsUpcase } from './upcase.ts';

const upcase = windowsUpcase();
const compare = (a: TreeSpec, b: TreeSpec) => [...compareTrees(nodeTable(a), nodeTable(b), upcase)];
const short = ({ change, path, evidence }: Difference) => `${change} ${path}${evidence === null ? '' : ` ${evidence}`}`;
const told = (a: TreeSpec, b: TreeSpec) => compare(a, b).map(short);

describe('the difference between two trees', () => {
  test('names that only one has, with everything below them', () => {
    expect(told({ A: { x: '1' }, both: '2' }, { both: '2', Z: { y: { z: '3' } } })).toEqual([
      'removed A',
      'removed A\\x',
      'same both hash',
      'added Z',
      'added Z\\y',
      'added Z\\y\\z',
    ]);
  });

  test('names fold, and the second tree says how they are written', () => {
    expect(told({ Windows: { 'A.DLL': '1' } }, { WINDOWS: { 'a.dll': '1' } })).toEqual([
      'same WINDOWS',
      'same WINDOWS\\a.dll hash',
    ]);
  });

  test('several names that fold to one are common when they are equal', () => {
    expect(told({ readme: '1', README: '2' }, { README: '2', Readme: '3' })).toEqual([
      'same README hash',
      'added Readme',
      'removed readme',
    ]);
    expect(told({ readme: '1', README: '2' }, { ReadMe: '2' })).toEqual([
      'removed README',
      'added ReadMe',
      'removed readme',
    ]);
  });

  test.each<[string, TreeSpec[string], TreeSpec[string], string]>([
    ['hash', 'one', 'two', 'changed hash'],
    ['size without a hash', file({ size: 1 }), file({ size: 2 }), 'changed size'],
    ['a hash on one side only', 'one', file({ size: 4 }), 'changed size'],
    ['time without a hash', file({ size: 1, modifiedLo: 1 }), file({ size: 1, modifiedLo: 2 }), 'changed time'],
    ['nothing without a hash', file({ size: 1, modifiedLo: 1 }), file({ size: 1, modifiedLo: 1 }), 'same sizeTime'],
    ['nothing in empty files', file({ modifiedLo: 1 }), file({ modifiedLo: 1 }), 'same size'],
    ['times only', file({ hashHi: 7, modifiedLo: 1 }), file({ hashHi: 7, modifiedLo: 2 }), 'metadata times'],
    ['birth only', file({ hashHi: 7, createdLo: 1 }), file({ hashHi: 7 }), 'metadata times'],
    ['attributes only', file({ hashHi: 7, attributes: 1 }), file({ hashHi: 7 }), 'metadata attributes'],
    ['type', 'file', {}, 'changed type'],
    ['link', file({ flags: NodeFlag.link, reparseTag: 1 }), file({}), 'changed type'],
    ['reparse tag', file({ reparseTag: 1 }), file({ reparseTag: 2 }), 'changed reparse'],
    [
      'data that is not here, and no size',
      file({ byteState: ByteState.missing }),
      file({ byteState: ByteState.missing }),
      'changed missing',
    ],
    ['data that one does not have', file({ size: 9 }), file({ byteState: ByteState.missing }), 'changed missing'],
    [
      'data that is not here, with its hash',
      file({ hashHi: 7, byteState: ByteState.missing }),
      file({ hashHi: 7, size: 4 }),
      'same hash',
    ],
    [
      'data that is not here, with its size',
      file({ size: 5, byteState: ByteState.missing }),
      file({ size: 5 }),
      'same sizeTime',
    ],
    ['streams', file({ hashHi: 7, flags: NodeFlag.streams }), file({ hashHi: 7 }), 'changed streams'],
    ['streams of a directory', dir({ flags: NodeFlag.streams }), dir({}), 'changed streams'],
    ['times of a directory', dir({ modifiedLo: 1 }), dir({ modifiedLo: 2 }), 'metadata times'],
    ['nothing in a directory', dir({}), dir({}), 'same'],
  ])('%s', (_, a, b, expected) => {
    const [found, ...rest] = compare({ x: a! }, { x: b! });
    expect(rest).toEqual([]);
    expect(
      short({ ...found!, path: '' })
        .replace('  ', ' ')
        .trim(),
    ).toBe(expected);
  });

  test('what has links or streams and is alike is looked at more closely', () => {
    const link = (fields: object) => file({ flags: NodeFlag.link, reparseTag: 1, ...fields });
    const streams = (fields: object) => file({ flags: NodeFlag.streams, hashHi: 7, ...fields });
    const a = nodeTable({
      link: link({}),
      other: link({}),
      plain: 'x',
      s: streams({}),
      t: streams({ hashHi: 8 }),
      u: {},
    });
    const b = nodeTable({
      link: link({}),
      other: file({}),
      plain: 'x',
      s: streams({ attributes: 1 }),
      t: streams({}),
      u: {},
    });
    const pairs = [...alikePairs(a, b, upcase)];
    expect(pairs.map(([row]) => a.name(row))).toEqual(['link', 'plain', 's', 'u']);
    expect(pairs.map(([, row]) => b.name(row))).toEqual(['link', 'plain', 's', 'u']);
    const found = [
      ...compareTrees(a, b, upcase, (row) =>
        a.name(row) === 'link' ? 'target' : a.name(row) === 's' ? 'streams' : null,
      ),
    ];
    expect(found.map(short)).toEqual([
      'changed link target',
      'changed other type',
      'same plain hash',
      'changed s streams',
      'changed t hash',
      'same u',
    ]);
    expect([...compareTrees(a, b, upcase)].map(short)).toContain('metadata s attributes');
    const secured = [...compareTrees(a, b, upcase, (row) => (a.name(row) === 'plain' ? 'security' : null))];
    expect(secured.map(short)).toContain('metadata plain security');
  });

  test('a file in place of a directory: what was in it is gone', () => {
    expect(told({ x: { in: '1' } }, { x: '2' })).toEqual(['changed x type', 'removed x\\in']);
  });

  /** Folded path -> row, for the reference. */
  const folded = (table: NodeTable) =>
    new Map(
      Array.from({ length: table.count - 1 }, (_, i) => [foldText(pathOf(table, i + 1), upcase), i + 1] as const),
    );

  test('random trees: every path of either tree once, and a tree equals itself', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomBelow(seed);
      const [a, b] = [nodeTable(randomTree(random)), nodeTable(randomTree(random))];
      const [inA, inB] = [folded(a), folded(b)];
      const found = [...compareTrees(a, b, upcase)];
      expect(new Set(found.map(({ path }) => foldText(path, upcase)))).toEqual(new Set([...inA.keys(), ...inB.keys()]));
      for (const { path, a: rowA, b: rowB } of found) {
        const key = foldText(path, upcase);
        if (rowA >= 0) expect(foldText(pathOf(a, rowA), upcase)).toBe(key);
        if (rowB >= 0) expect(pathOf(b, rowB).split('\\').at(-1)).toBe(path.split('\\').at(-1));
      }
      expect(found.filter(({ a: row }) => row >= 0)).toHaveLength(a.count - 1);
      expect(found.filter(({ b: row }) => row >= 0)).toHaveLength(b.count - 1);
      expect([...compareTrees(a, a, upcase)].every(({ change }) => change === 'same')).toBe(true);
    }
  });
});

describe('data that two trees share', () => {
  test('each content counts once, empty files do not', () => {
    const a = nodeTable({ x: 'same', y: 'same', z: 'left', d: { e: file({}) } });
    const b = nodeTable({ elsewhere: 'same', n: 'right!', m: 'right!' });
    expect(sharedData(a, b)).toEqual({
      both: { blobs: 1, bytes: 4 },
      onlyA: { blobs: 1, bytes: 4 },
      onlyB: { blobs: 1, bytes: 6 },
    });
  });
});
