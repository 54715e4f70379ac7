import { describe, expect, test } from 'vitest';
import { filetimeIso } from '../../base/filetime.ts';
import { type FolderLine, folderList, folderTime } from '../../base/folder-list.ts';
import { FolderSource } from '../../source/folder.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { recognise } from '../../testing/conformance.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { thrown } from '../../testing/thrown.ts';
import { fsFormats } from '../registry.ts';
import { NodeFlag } from '../types.ts';
import { folder } from './index.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const TIME = folderTime(1_577_934_245_500);
const LINES: readonly FolderLine[] = [
  ['d', 'Users', TIME],
  ['f', 'Users/a.txt', TIME, 2, '131444736000000001'],
  ['f', 'made/on the/way.txt', TIME, 3],
  ['l', 'link', TIME, '../target'],
  ['w', 'gone', TIME],
];
const context = { codecs: {} as never, modules: {} as never, resolve: () => [] };

function open(
  list: Uint8Array,
  files: readonly ByteSource[] = [new MemorySource('a', bytes('aa')), new MemorySource('b', bytes('bbb'))],
) {
  const source = new FolderSource(
    new MemorySource('folder', list),
    files.map((file) => () => file),
  );
  const opened = folder.open(source, context);
  const volume = opened.volumes[0]!;
  const { rows } = scanRows(volume);
  return { volume, rows, paths: rowPaths(rows, volume.rootId), codes: opened.findings.map(({ code }) => code), opened };
}
const list = (lines: readonly FolderLine[] = LINES, complete = true) => bytes(folderList(lines, complete));
const read = (source: ByteSource) => new TextDecoder().decode(readBytes(source, 0, source.size));

test('is recognised by its first line', () => {
  expect(recognise(fsFormats, list())?.id).toBe('folder');
  expect(recognise(fsFormats, bytes('stratascope folders'))).toBeUndefined();
});

test('rows, times, links and marks', () => {
  const { paths, volume, codes, opened } = open(list());
  expect([...paths.keys()].sort()).toEqual([
    'Users',
    'Users/a.txt',
    'gone',
    'link',
    'made',
    'made/on the',
    'made/on the/way.txt',
  ]);
  const file = paths.get('Users/a.txt')!;
  expect(filetimeIso(file.modifiedLo, file.modifiedHi)).toBe('2020-01-02T03:04:05.5000000Z');
  expect(filetimeIso(file.createdLo, file.createdHi)).toBe('2017-07-14T02:40:00.0000001Z');
  expect([file.size, file.attributes]).toEqual([2, 0x20]);
  expect(read(volume.open(paths.get('made/on the/way.txt')!.ref))).toBe('bbb');
  expect(volume.describe(paths.get('link')!.ref).reparseTarget).toBe('../target');
  expect(paths.get('link')!.flags & NodeFlag.link).not.toBe(0);
  expect(paths.get('gone')!.reparseTag).toBe(0x8000_0025);
  expect(codes).toEqual(['folderFacts']);
  expect(opened.facts).toEqual({ type: 'folder', files: 2, bytes: 5 });
});

test('what is not a file has no bytes, what changed is refused', () => {
  const { paths, volume } = open(list(), [new MemorySource('a', bytes('longer')), new MemorySource('b', bytes('bbb'))]);
  const code = (path: string, stream = '') => thrown(() => volume.open(paths.get(path)!.ref, stream)).code;
  expect([code('Users'), code('link'), code('gone'), code('made/on the/way.txt', 's')]).toEqual(
    Array.from({ length: 4 }, () => 'MissingItem'),
  );
  expect(code('Users/a.txt')).toBe('UnexpectedChange');
});

test('what was not listed is told', () => {
  expect(open(list([...LINES, ['x', 'secret']], false)).codes).toEqual([
    'folderFacts',
    'folderUnread',
    'folderTruncated',
  ]);
});

describe('a list that is none', () => {
  test.each<[string, FolderLine[]]>([
    [
      'leads out',
      [
        ['f', '../x', TIME, 1],
        ['f', '/etc', TIME, 1],
        ['f', '', TIME, 1],
        ['f', 'a/./b', TIME, 1],
      ],
    ],
    [
      'is below a file',
      [
        ['f', 'x', TIME, 2],
        ['f', 'x/y', TIME, 3],
      ],
    ],
    [
      'stands twice',
      [
        ['f', 'x', TIME, 2],
        ['f', 'x', TIME, 3],
      ],
    ],
    ['has no type', [['?', 'x', TIME] as never, 5 as never]],
  ])('a name that %s', (_, lines) => {
    const { codes, rows } = open(list(lines));
    expect(codes).toEqual(['folderFacts', 'folderNames']);
    expect(rows.length).toBeLessThanOrEqual(1);
  });

  test('a dropped list alone opens nothing', () => {
    expect(thrown(() => folder.open(new MemorySource('x', list()), context)).code).toBe('UnsupportedFormat');
  });

  const exercise = (damaged: Uint8Array) => {
    const { volume, rows } = open(damaged);
    for (const { ref } of rows) volume.describe(ref);
  };
  test('survives being cut off anywhere', () => {
    expect(surviveTruncations(list(), exercise, [])).toBeGreaterThan(5);
  });
  test('fuzz: survives damage', () => {
    expect(surviveMutations(list(), exercise, { count: 300 })).toBeGreaterThan(0);
  }, 600_000);
});
