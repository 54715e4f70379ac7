import { expect, test } from 'vitest';
import { pathOf } from '../../../index/path.ts';
import { windowsUpcase } from '../../../index/upcase.ts';
import { file, nodeTable, type TreeSpec } from '../../../testing/chunks.ts';
import { detectStore } from '../registry.ts';
import { ociStore } from './index.ts';

const upcase = windowsUpcase();
const apply = (tree: TreeSpec) => {
  const table = nodeTable(tree);
  const result = ociStore.apply(table, upcase, [], 'layer.tar');
  const paths = (rows: readonly number[]) => rows.map((row) => pathOf(table, row));
  return {
    ...result,
    marks: result.markers.map(({ kind, path }) => `${kind} ${path.join('/')}`).sort(),
    inside: paths(result.internal).sort(),
    rootPath: pathOf(table, result.root),
  };
};

const LINUX: TreeSpec = {
  etc: { '.wh.passwd': '', hosts: 'x', '.wh.app': '', app: { conf: 'x' }, '.wh.motd': '', motd: 'new' },
  var: { '.wh..wh..opq': '', log: {} },
  '.wh..wh.plnk': { '1': 'x' },
};

test('marks are names, and only in an archive', () => {
  expect(detectStore(nodeTable(LINUX), upcase, 'tar').id).toBe('oci');
  expect(detectStore(nodeTable(LINUX), upcase, 'ntfs').id).toBe('plain');
  expect(detectStore(nodeTable({ etc: { hosts: 'x' } }), upcase, 'tar').id).toBe('plain');
});

test('whiteouts, opaque folders, and what is there again', () => {
  const { marks, inside, rootPath, facts } = apply(LINUX);
  expect(rootPath).toBe('');
  // a file that is there again needs no mark; a folder that is there again hides what was below it
  expect(marks).toEqual(['opaque etc/app', 'opaque var', 'whiteout etc/passwd']);
  expect(inside).toEqual(['.wh..wh.plnk', 'etc\\.wh.app', 'etc\\.wh.motd', 'etc\\.wh.passwd', 'var\\.wh..wh..opq']);
  expect(facts).toMatchObject({ kind: 'Linux' });
});

test('a Windows layer: below Files, with its hives, and a word about opaque marks', () => {
  const tree: TreeSpec = {
    Files: { Windows: { '.wh.old.dll': '', '.wh..wh..opq': '' } },
    Hives: { System_Delta: file({ size: 8192 }), DefaultUser_Delta: file({ size: 8192 }), 'x.log': 'l' },
    UtilityVM: { Files: { '.wh.not-here': '' } },
  };
  expect(detectStore(nodeTable(tree), upcase, 'tar').id).toBe('oci');
  const { marks, rootPath, hives, findings, inside } = apply(tree);
  expect(rootPath).toBe('Files');
  expect(marks).toEqual(['opaque Windows', 'whiteout Windows/old.dll']);
  expect(inside).toEqual(['Files\\Windows\\.wh..wh..opq', 'Files\\Windows\\.wh.old.dll']);
  expect(hives.map(({ mount, path }) => [mount, path])).toEqual([
    ['HKLM/SYSTEM', 'Hives\\System_Delta'],
    ['HKU/.DEFAULT', 'Hives\\DefaultUser_Delta'],
  ]);
  expect(findings.map(({ code }) => code)).toEqual(['ociOpaqueOnWindows']);
});
