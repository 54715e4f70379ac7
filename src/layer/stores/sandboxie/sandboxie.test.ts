import { describe, expect, test } from 'vitest';
import { LayerKind, ValueFlag } from '../../../hive/types.ts';
import type { KeyTable } from '../../../index/key-table.ts';
import { lookup, pathOf } from '../../../index/path.ts';
import { windowsUpcase } from '../../../index/upcase.ts';
import { file, keyTable, nodeTable, type TreeSpec } from '../../../testing/chunks.ts';
import { detectStore } from '../registry.ts';
import { sandboxieStore } from './index.ts';
import { readBoxKeys, readBoxPaths } from './paths.ts';
import { restated } from './registry.ts';

const upcase = windowsUpcase();
const MARK = file({ createdHi: 0x01b0_1234, createdLo: 0xdead_44a0 });
const TREE: TreeSpec = {
  drive: {
    C: {
      Windows: { 'old.dll': MARK, 'new.dll': 'x' },
      'Program Files': { Again: { 'a.exe': 'x' }, 'there.txt': 'x' },
      'not-empty': file({ createdHi: 0x01b0_1234, createdLo: 0xdead_44a0, size: 5 }),
    },
    D: { gone: MARK },
  },
  user: { current: { Desktop: { 'gone.lnk': MARK }, AppData: { 'x.txt': 'x' } }, all: { Vendor: {} }, public: {} },
  share: { server: {} },
  RegHive: file({ size: 8192 }),
  'RegHive.LOG1': file({ size: 512 }),
  'FilePaths.dat': file({ size: 100 }),
  'RegPaths.dat': file({ size: 100 }),
};
const utf16 = (lines: readonly string[]) =>
  new Uint8Array(Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'utf16le'));
const NONE = utf16([]);
const apply = (bytes: readonly (Uint8Array | null)[], tree = TREE) => {
  const table = nodeTable(tree);
  const result = sandboxieStore.apply(table, upcase, bytes, 'box');
  return {
    ...result,
    codes: result.findings.map(({ code }) => code),
    marks: result.markers.map(
      (m) => `${m.kind} ${m.path.join('/')}${m.kind === 'origin' ? ` from ${m.from.join('/')}` : ''}`,
    ),
    inside: result.internal.map((row) => pathOf(table, row)).sort(),
    where: result.places!.map(({ row, at }) => `${pathOf(table, row)} -> ${at.join('/')}`),
  };
};

test('is recognised by its drive folder and one of its files', () => {
  expect(detectStore(nodeTable(TREE), upcase, 'ntfs').id).toBe('sandboxie');
  expect(detectStore(nodeTable({ drive: { C: { x: 'x' } } }), upcase, 'ntfs').id).toBe('plain');
});

test('the parts of the box stand where the program saw them; whose it is, its path files say', () => {
  const lines = [
    'C:\\Users\\Public\\x|1',
    'C:\\Users\\ann\\Desktop\\a|1',
    'C:\\Users\\ann\\b|1',
    'C:\\Users\\bob\\c|1',
  ];
  const { where, facts, codes, inside } = apply([utf16(lines), NONE]);
  expect(where).toEqual([
    'drive\\C -> ',
    'user\\current -> Users/ann',
    'user\\all -> ProgramData',
    'user\\public -> Users/Public',
    'RegHive -> RegHive',
    'RegHive.LOG1 -> RegHive.LOG1',
  ]);
  expect(facts).toMatchObject({ owner: 'ann', sid: null });
  expect(inside).toEqual(['RegHive', 'RegHive.LOG1', 'drive\\C\\Windows\\old.dll', 'user\\current\\Desktop\\gone.lnk']);
  expect(codes).toEqual(['sandboxNotShown', 'sandboxElsewhere']);
  expect(apply([NONE, NONE]).codes).toContain('sandboxOwner');
});

test('marks by time (V1) and by line (V2); later lines override', () => {
  const lines = [
    'C:\\Windows\\Temp\\a.txt|1',
    'C~1234ABCD:\\Program Files\\App|1',
    'C:\\Program Files\\App|2|C:\\Program Files\\Old App',
    'C:\\Program Files\\Again|1',
    'C:\\Program Files\\there.txt|1',
    'C:\\Users\\ann\\Documents|1',
    'C:\\Users\\ann\\AppData|1',
    'D:\\other|1',
    'no line',
  ];
  const { marks, codes } = apply([utf16(lines), NONE]);
  expect(marks).toEqual([
    // deleted and made again: nothing of what was below is seen; a file needs no mark
    'opaque Program Files/Again',
    'origin Program Files/App from Program Files/Old App',
    'opaque Users/ann/AppData',
    'whiteout Users/ann/Desktop/gone.lnk',
    'whiteout Users/ann/Documents',
    'whiteout Windows/old.dll',
    'whiteout Windows/Temp/a.txt',
  ]);
  expect(codes).toEqual(['sandboxNotShown', 'sandboxElsewhere']);
});

test('lines that cannot be read are not taken for none', () => {
  expect(apply([null, null]).findings.filter(({ code }) => code === 'sandboxPathsMissing')).toHaveLength(2);
  expect(readBoxPaths(utf16(['C:\\a|1', 'C:\\A|0']))).toEqual([{ path: ['C', 'A'], deleted: false, from: null }]);
});

describe('the registry of the box', () => {
  const SID = 'S-1-5-21-1-2-3-1001';
  const LINES = [
    '\\REGISTRY\\MACHINE\\SOFTWARE\\Vendor\\Gone|1',
    '\\REGISTRY\\MACHINE\\SOFTWARE\\Vendor\\$name|1',
    `\\REGISTRY\\USER\\${SID}\\Software\\X|1`,
    `\\REGISTRY\\USER\\${SID}_Classes\\.txt|1`,
    '\\REGISTRY\\USER\\current\\Environment\\$|1',
    '\\REGISTRY\\USER\\S-1-5-18\\Other|1',
    '\\REGISTRY\\MACHINE\\SOFTWARE\\Back|1',
    '\\REGISTRY\\MACHINE\\SOFTWARE\\Back|0',
    '\\REGISTRY\\MACHINE\\SOFTWARE\\New|2|\\REGISTRY\\MACHINE\\SOFTWARE\\Old',
    'nonsense|1',
  ];

  test('lines of RegPaths.dat', () => {
    expect(readBoxKeys(utf16([...LINES, '\\REGISTRY\\MACHINE\\SOFTWARE\\X|2|\\REGISTRY\\MACHINE\\SYSTEM\\X']))).toEqual(
      {
        lost: 1,
        moves: [
          { key: { root: 'machine', sid: null, path: ['SOFTWARE', 'New'], value: null }, from: ['SOFTWARE', 'Old'] },
        ],
        keys: [
          { root: 'machine', sid: null, path: ['SOFTWARE', 'Vendor', 'Gone'], value: null },
          { root: 'machine', sid: null, path: ['SOFTWARE', 'Vendor'], value: 'name' },
          { root: 'user', sid: SID, path: ['Software', 'X'], value: null },
          { root: 'classes', sid: SID, path: ['.txt'], value: null },
          { root: 'user', sid: null, path: ['Environment'], value: '' },
          { root: 'user', sid: 'S-1-5-18', path: ['Other'], value: null },
        ],
      },
    );
  });

  test('each part is a hive at its place', () => {
    const { hives, codes } = apply([NONE, utf16(LINES)]);
    expect(hives.map(({ mount, inside }) => `${mount} ${inside!.join('\\')}`)).toEqual([
      'HKLM/SOFTWARE machine\\SOFTWARE',
      'HKLM/SYSTEM machine\\SYSTEM',
      'HKLM/SAM machine\\SAM',
      'HKLM/SECURITY machine\\SECURITY',
      `HKU/${SID} user\\current`,
      `HKU/${SID}_Classes user\\current_classes`,
    ]);
    expect(codes).not.toContain('sandboxKeysRenamed');
    expect(apply([utf16(['C:\\Users\\ann\\a|1']), NONE]).hives.at(-1)?.mount).toBe('HKU/ann_Classes');
    expect(apply([NONE, NONE]).hives.at(-1)?.mount).toBe('HKU/*_Classes');
  });

  /** Keys with their kind, values with a cross when they are tombstones. */
  const shown = (table: KeyTable) =>
    Array.from({ length: table.count }, (_, row) => {
      const values = [];
      for (let value = table.data.valueStart[row]!; value < table.data.valueStart[row + 1]!; value++)
        values.push(
          `${table.valueName(value)}${(table.data.values.flags[value]! & ValueFlag.tombstone) !== 0 ? '†' : ''}`,
        );
      return [pathOf(table, row), table.data.layerKind[row], values.join()].join(' ').trim();
    });
  const TABLE = () =>
    keyTable({
      keys: {
        Gone: { lastWrite: 0xdead_44a0, lastWriteHi: 0x01b0_1234, keys: { below: {} }, values: { a: 'x' } },
        Kept: { values: { a: 'x', b: { type: 0x786f_6273, data: '' } }, keys: { sub: {} } },
      },
    });

  test('V1: marks by time and by type', () => {
    expect(shown(restated(TABLE(), []))).toEqual(['0', `Gone ${LayerKind.tombstone}`, 'Kept 0 a,b†', 'Kept\\sub 0']);
  });

  test('V2: what the hive has hides what was, what it has not is gone', () => {
    const table = restated(TABLE(), [
      { path: ['Kept'], value: null },
      { path: ['kept'], value: 'A' },
      { path: ['Kept', 'sub'], value: 'v' },
      { path: ['Gone', 'below'], value: null },
      { path: ['far', 'away'], value: null },
      { path: ['far', 'away', 'below'], value: 'x' },
      { path: [], value: 'default' },
    ]);
    expect(shown(table)).toEqual([
      '0 default†',
      `Gone ${LayerKind.tombstone}`,
      `Kept ${LayerKind.supersedeTree} a,b†`,
      'far 0',
      'Kept\\sub 0 v†',
      `far\\away ${LayerKind.tombstone}`,
    ]);
    expect(table.ref(lookup(table, 'far', upcase))).toBe(table.ref(0));
  });

  test('V2: a renamed key has an origin, made where the box has nothing of it', () => {
    const table = restated(
      TABLE(),
      [
        { path: ['Kept', 'sub'], value: null },
        { path: ['Kept'], value: null },
      ],
      [
        { path: ['Kept'], from: ['Was'] },
        { path: ['far', 'away'], from: ['near'] },
        { path: ['Gone', 'below'], from: ['x'] },
      ],
    );
    expect([...table.data.origins!].map(([row, from]) => [pathOf(table, row), from])).toEqual([
      ['Kept', ['Was']],
      ['far\\away', ['near']],
    ]);
    // what was deleted before is there again, what was deleted in it since is not
    expect(shown(table)).toContain('Kept 0 a,b†');
    expect(shown(table)).toContain(`Kept\\sub ${LayerKind.supersedeTree}`);
  });

  test('a hive without marks is left as it is', () => {
    const table = keyTable({ keys: { a: {} } });
    expect(restated(table, [])).toBe(table);
  });
});
