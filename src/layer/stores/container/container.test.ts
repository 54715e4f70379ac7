import { expect, test } from 'vitest';
import { pathOf } from '../../../index/path.ts';
import { windowsUpcase } from '../../../index/upcase.ts';
import { dir, file, nodeTable, type TreeSpec } from '../../../testing/chunks.ts';
import { detectStore } from '../registry.ts';
import { containerStore } from './index.ts';

const upcase = windowsUpcase();
const bom = (text: string) => new Uint8Array([0xef, 0xbb, 0xbf, ...new TextEncoder().encode(text)]);
const TREE: TreeSpec = {
  Files: { Windows: { 'new.dll': 'x' }, 'Windows.$wcidirs$': 'm' },
  Hives: { Software_Delta: file({ size: 8192 }) },
  'tombstones.txt': file({ size: 60 }),
};
const apply = (tree: TreeSpec, bytes: readonly (Uint8Array | null)[]) => {
  const table = nodeTable(tree);
  const result = containerStore.apply(table, upcase, bytes, 'layer');
  return {
    ...result,
    codes: result.findings.map(({ code }) => code),
    marks: result.markers.map(({ kind, path }) => `${kind} ${path.join('/')}`),
    inside: result.internal.map((row) => pathOf(table, row)),
  };
};

test('is recognised by Files with deltas or tombstones, or by its reparse tags', () => {
  expect(detectStore(nodeTable(TREE), upcase, 'ntfs').id).toBe('container');
  expect(detectStore(nodeTable({ Files: { a: 'x' } }), upcase, 'ntfs').id).toBe('plain');
  // in an archive tombstones tell it from a layer that was packed
  expect(detectStore(nodeTable(TREE), upcase, 'tar').id).toBe('container');
  expect(detectStore(nodeTable({ ...TREE, '.wh.x': '' }), upcase, 'tar').id).toBe('oci');
  const scratch = { Windows: { gone: file({ reparseTag: 0xa000_001f }) } };
  expect(detectStore(nodeTable(scratch), upcase, 'ntfs').id).toBe('container');
});

test('tombstones, hives and folder metadata of a transport folder', () => {
  const text = bom('Version 1.0\r\n\\Windows\\old.dll\r\n\\Windows\\Temp\r\n\\Windows\\Temp\\below\r\nno path\r\n');
  const { marks, inside, hives, codes, root } = apply(TREE, [text]);
  expect(root).toBeGreaterThan(0);
  // what lies below a deleted folder needs no word of its own
  expect(marks).toEqual(['whiteout Windows/old.dll', 'whiteout Windows/Temp']);
  expect(inside).toEqual(['Files\\Windows.$wcidirs$']);
  expect(hives.map(({ mount }) => mount)).toEqual(['HKLM/SOFTWARE']);
  expect(codes).toEqual(['tombstonesLines', 'layerBackupStreams']);
});

test('a first line that is another is an error, and a file that cannot be read as well', () => {
  expect(apply(TREE, [bom('Version 2.0\n\\x\n')])).toMatchObject({
    marks: [],
    codes: expect.arrayContaining(['tombstonesInvalid']),
  });
  expect(apply(TREE, [new TextEncoder().encode('Version 1.0\n\\x\n')]).codes).toContain('tombstonesInvalid');
  expect(apply(TREE, [null]).codes).toContain('tombstonesMissing');
});

test('a scratch volume: tombstones are reparse points, placeholders let through what lies below', () => {
  const tree: TreeSpec = {
    Windows: dir(
      { reparseTag: 0x9000_1018 },
      {
        'gone.dll': file({ reparseTag: 0xa000_001f }),
        'same.dll': file({ reparseTag: 0x8000_0018, size: 100 }),
        'new.dll': 'x',
      },
    ),
  };
  const { marks, inside, facts } = apply(tree, []);
  expect(marks).toEqual(['whiteout Windows/gone.dll']);
  expect(inside.sort()).toEqual(['Windows\\gone.dll', 'Windows\\same.dll']);
  expect(facts).toEqual({ tombstones: 1, placeholders: 1 });
});
