import { expect, test } from 'vitest';
import { pathOf } from '../../../index/path.ts';
import { windowsUpcase } from '../../../index/upcase.ts';
import { file, nodeTable, type TreeSpec } from '../../../testing/chunks.ts';
import { detectStore } from '../registry.ts';
import { readBoxPaths, sandboxieStore } from './index.ts';

const upcase = windowsUpcase();
const MARK = file({ createdHi: 0x01b0_1234, createdLo: 0xdead_44a0 });
const TREE: TreeSpec = {
  drive: {
    C: {
      Windows: { 'old.dll': MARK, 'new.dll': 'x' },
      'not-empty': file({ createdHi: 0x01b0_1234, createdLo: 0xdead_44a0, size: 5 }),
    },
    D: { gone: MARK },
  },
  user: { current: { Desktop: {} } },
  RegHive: file({ size: 8192 }),
  'FilePaths.dat': file({ size: 100 }),
};
const utf16 = (lines: readonly string[]) =>
  new Uint8Array(Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'utf16le'));
const apply = (bytes: readonly (Uint8Array | null)[], tree = TREE) => {
  const table = nodeTable(tree);
  const result = sandboxieStore.apply(table, upcase, bytes, 'box');
  return {
    codes: result.findings.map(({ code }) => code),
    marks: result.markers.map(
      (m) => `${m.kind} ${m.path.join('/')}${m.kind === 'origin' ? ` from ${m.from.join('/')}` : ''}`,
    ),
    inside: result.internal.map((row) => pathOf(table, row)),
    rootPath: pathOf(table, result.root),
  };
};

test('is recognised by its drive folder and one of its files', () => {
  expect(detectStore(nodeTable(TREE), upcase, 'ntfs').id).toBe('sandboxie');
  expect(detectStore(nodeTable({ drive: { C: { x: 'x' } } }), upcase, 'ntfs').id).toBe('plain');
});

test('marks by time (V1) and by line (V2); later lines override', () => {
  const lines = [
    'C:\\Windows\\Temp\\a.txt|1',
    'C~1234ABCD:\\Program Files\\App|1',
    'C:\\Program Files\\App|2|C:\\Program Files\\Old App',
    'D:\\other|1',
    'no line',
  ];
  const { marks, inside, codes, rootPath } = apply([utf16(lines)]);
  expect(rootPath).toBe('drive\\C');
  expect(marks).toEqual([
    'origin Program Files/App from Program Files/Old App',
    'whiteout Windows/old.dll',
    'whiteout Windows/Temp/a.txt',
  ]);
  expect(inside).toEqual(['drive\\C\\Windows\\old.dll']);
  expect(codes).toEqual(['sandboxNotShown', 'sandboxNotShown', 'sandboxElsewhere']);
});

test('lines that cannot be read are not taken for none', () => {
  expect(apply([null]).codes).toContain('sandboxPathsMissing');
  expect(readBoxPaths(utf16(['C:\\a|1', 'C:\\A|0']))).toEqual([{ path: ['C', 'A'], deleted: false, from: null }]);
});
