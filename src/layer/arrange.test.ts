import { expect, test } from 'vitest';
import { lookup, pathOf, splitPath } from '../index/path.ts';
import { windowsUpcase } from '../index/upcase.ts';
import { dir, file, nodeTable, type TreeSpec } from '../testing/chunks.ts';
import { arrange } from './arrange.ts';

const upcase = windowsUpcase();
const TREE: TreeSpec = {
  Profile: { 'NTUSER.DAT': 'hive', AppData: { Local: { 'a.txt': 'a' } } },
  VFS: {
    Windows: { System32: { 'x.dll': 'vfs' } },
    SystemX64: { 'x.dll': 'other', 'y.dll': 'y' },
  },
  'long name.txt': file({ size: 5, short: 'LONGNA~1.TXT' }),
};

function run(tree: TreeSpec, places: readonly (readonly [string, string])[]) {
  const old = nodeTable(tree);
  const made = arrange(
    old,
    places.map(([from, to]) => ({ row: lookup(old, from, upcase), at: splitPath(to) })),
    upcase,
    'store',
  );
  const { table } = made;
  const paths = Array.from({ length: table.count - 1 }, (_, i) => pathOf(table, i + 1)).sort();
  return { ...made, old, paths, row: (path: string) => lookup(table, path, upcase) };
}

test('a folder stands at its place, with the folders on the way; what has no place is left out', () => {
  const { table, old, paths, row, findings, rowOf } = run(TREE, [['Profile', 'Users\\ann']]);
  expect(paths).toEqual([
    'Users',
    'Users\\ann',
    'Users\\ann\\AppData',
    'Users\\ann\\AppData\\Local',
    'Users\\ann\\AppData\\Local\\a.txt',
    'Users\\ann\\NTUSER.DAT',
  ]);
  const before = lookup(old, 'Profile\\NTUSER.DAT', upcase);
  const after = row('Users\\ann\\NTUSER.DAT');
  expect(rowOf[before]).toBe(after);
  expect([table.ref(after), table.data.size[after], table.data.hashHi[after]]).toEqual([
    old.ref(before),
    old.data.size[before],
    old.data.hashHi[before],
  ]);
  expect(table.ref(row('Users'))).toBe(-1);
  expect(table.isFolder(row('Users'))).toBe(true);
  expect(findings).toEqual([]);
});

test('folders merge, the first file of a name stays, what has its own place moves out of the other', () => {
  const { paths, row, table, old, findings } = run(TREE, [
    ['VFS\\Windows', 'Windows'],
    ['VFS\\SystemX64', 'Windows\\System32'],
    ['', 'Program Files\\App'],
  ]);
  expect(paths).toEqual([
    'Program Files',
    'Program Files\\App',
    'Program Files\\App\\Profile',
    'Program Files\\App\\Profile\\AppData',
    'Program Files\\App\\Profile\\AppData\\Local',
    'Program Files\\App\\Profile\\AppData\\Local\\a.txt',
    'Program Files\\App\\Profile\\NTUSER.DAT',
    'Program Files\\App\\VFS',
    'Program Files\\App\\long name.txt',
    'Windows',
    'Windows\\System32',
    'Windows\\System32\\x.dll',
    'Windows\\System32\\y.dll',
  ]);
  expect(table.ref(row('Windows\\System32\\x.dll'))).toBe(
    old.ref(lookup(old, 'VFS\\Windows\\System32\\x.dll', upcase)),
  );
  expect(findings.map(({ code, facts }) => [code, facts])).toEqual([['storePlaceTaken', { name: 'x.dll' }]]);
  const long = row('Program Files\\App\\long name.txt');
  expect(table.shortName(long)).toBe('LONGNA~1.TXT');
});

test('a file stands where it is put; a file on the way keeps others out', () => {
  const { paths, findings } = run({ a: 'x', b: dir({}, { c: 'y' }) }, [
    ['a', 'X'],
    ['b', 'x\\below'],
    ['b', ''],
  ]);
  expect(paths).toEqual(['X', 'c']);
  expect(findings).toHaveLength(1);
});

test('children of every row are neighbours, as the overlay expects', () => {
  const { table } = run(TREE, [
    ['', ''],
    ['VFS\\Windows', 'Windows'],
  ]);
  const { parent, childStart, count } = table.data;
  for (let row = 0; row < count; row++)
    for (let child = childStart[row]!; child < childStart[row + 1]!; child++) expect(parent[child]).toBe(row);
  expect(childStart[0]).toBe(1);
  expect(childStart[count]).toBe(count);
});
