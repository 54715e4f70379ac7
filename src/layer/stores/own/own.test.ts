import { describe, expect, it } from 'vitest';
import { NodeFlag } from '../../../fs/types.ts';
import { pathOf } from '../../../index/path.ts';
import { windowsUpcase } from '../../../index/upcase.ts';
import { dir, file, nodeTable, type TreeSpec } from '../../../testing/chunks.ts';
import { detectStore } from '../registry.ts';
import { mountOfFile, ownStore } from './index.ts';
import { decodeUnits } from './journal.ts';

const upcase = windowsUpcase();
const utf8 = (text: string) => new TextEncoder().encode(text);
const TREE: TreeSpec = {
  '.layer': { 'store.json': file({ size: 30 }), 'markers.ndjson': file({ size: 100 }) },
  files: { Windows: { 'new.dll': 'x' } },
  hives: {
    'HKLM_SOFTWARE.dat': file({ size: 8192 }),
    'HKU_S-1-5-21-1_Classes.dat': file({ size: 8192 }),
    'notes.txt': 'n',
  },
};
const STORE = utf8('{"format": 1, "id": "data"}');

const apply = (journal: string | null, store: Uint8Array | null = STORE, tree = TREE) =>
  ownStore.apply(nodeTable(tree), upcase, [store, journal === null ? null : utf8(journal)], 'data.vhdx');
const line = (record: object) => `${JSON.stringify(record)}\n`;

describe('own store', () => {
  it('is recognised by its header, not by a name alone', () => {
    expect(detectStore(nodeTable(TREE), upcase).id).toBe('own');
    expect(detectStore(nodeTable({ '.layer': {}, files: {} }), upcase).id).toBe('plain');
    expect(detectStore(nodeTable({ '.layer': { 'store.json': dir({}) } }), upcase).id).toBe('plain');
  });

  it('asks for its two files and finds payload and hives', () => {
    const table = nodeTable(TREE);
    expect(ownStore.needs(table, upcase).map((need) => need.path)).toEqual([
      '.layer\\store.json',
      '.layer\\markers.ndjson',
    ]);
    const result = apply('');
    expect(pathOf(table, result.root)).toBe('files');
    expect(result.hives.map((h) => [h.mount, h.path])).toEqual([
      ['HKLM/SOFTWARE', 'hives\\HKLM_SOFTWARE.dat'],
      ['HKU/S-1-5-21-1_Classes', 'hives\\HKU_S-1-5-21-1_Classes.dat'],
    ]);
    expect(result.facts).toEqual({ format: 1, id: 'data' });
    expect(result.findings).toEqual([]);
  });

  it('lets the highest generation of a path rule, whatever its place and case', () => {
    const { markers } = apply(
      line({ op: 'clr', p: 'A\\x', g: 9 }) +
        line({ op: 'wh', p: 'a\\X', g: 3 }) +
        line({ op: 'wh', p: 'B', g: 4 }) +
        line({ op: 'opq', p: 'b', g: 5 }) +
        line({ op: 'org', p: 'New', o: 'Old\\Name', g: 6 }),
    );
    expect(markers).toEqual([
      { kind: 'opaque', path: ['b'] },
      { kind: 'origin', path: ['New'], from: ['Old', 'Name'] },
    ]);
  });

  it('takes names that differ by case alone for two where the payload says that case counts', () => {
    const tree = { ...TREE, files: { D: dir({ flags: NodeFlag.caseSensitive }, { B: { x: '1' }, b: { x: '1' } }) } };
    const journal = ['d\\a', 'D\\A', 'D\\B\\X', 'D\\B\\x', 'D\\b\\x'].map((p, g) => line({ op: 'wh', p, g })).join('');
    expect(apply(journal, STORE, tree).markers.map(({ path }) => path.join('\\'))).toEqual([
      'D\\A',
      'D\\B\\x',
      'd\\a',
      'D\\b\\x',
    ]);
  });

  it('drops marks below a whiteout: one covers the subtree', () => {
    const { markers } = apply(line({ op: 'wh', p: 'D\\sub\\f', g: 1 }) + line({ op: 'wh', p: 'D', g: 2 }));
    expect(markers).toEqual([{ kind: 'whiteout', path: ['D'] }]);
  });

  it('reads names that JSON cannot carry', () => {
    const units = [0xd800, 0x41];
    const p16 = btoa(String.fromCharCode(...units.flatMap((u) => [u & 255, u >> 8])))
      .replaceAll('+', '-')
      .replaceAll('/', '_');
    expect(apply(line({ op: 'wh', p16, g: 1 })).markers).toEqual([{ kind: 'whiteout', path: ['\ud800A'] }]);
    expect(decodeUnits('!')).toBeNull();
    expect(decodeUnits('QQ')).toBeNull();
  });

  it('ignores a torn last line with a note, and damage elsewhere with an error', () => {
    const torn = apply(`${line({ op: 'wh', p: 'a', g: 1 })}{"op":"wh","p":"b","g`);
    expect(torn.markers).toHaveLength(1);
    expect(torn.findings).toMatchObject([{ code: 'journalTorn', severity: 'info', where: { offset: 26 } }]);
    const broken = apply(`${line({ op: 'wh', p: 'a', g: 1 })}garbage\n${line({ op: 'wh', p: 'c', g: 2 })}`);
    expect(broken.markers).toHaveLength(2);
    expect(broken.findings).toMatchObject([{ code: 'journalInvalid', severity: 'error' }]);
  });

  it.each([
    { op: 'wh', p: '..\\etc', g: 1 },
    { op: 'wh', p: '', g: 1 },
    { op: 'wh', p: 'a\\\\b', g: 1 },
    { op: 'rm', p: 'a', g: 1 },
    { op: 'wh', p: 'a', g: -1 },
    { op: 'wh', p: 'a', g: '1' },
    { op: 'org', p: 'a', g: 1 },
    { op: 'wh', p: 'a\\'.repeat(20_000).slice(0, -1), g: 1 },
    [1, 2],
  ])('refuses the record %#', (record) => {
    const { markers, findings } = apply(line(record));
    expect(markers).toEqual([]);
    expect(findings.map((f) => f.code)).toEqual(['journalInvalid']);
  });

  it('says when header, journal or payload are not what they should be', () => {
    const codes = (result: ReturnType<typeof apply>) => result.findings.map((f) => f.code);
    expect(codes(apply(null))).toEqual(['storeJournalMissing']);
    expect(codes(apply('', utf8('[]')))).toEqual(['storeHeaderInvalid']);
    expect(codes(apply('', null))).toEqual(['storeHeaderMissing']);
    expect(codes(apply('', utf8('{"format":7}')))).toEqual(['storeFormatUnknown']);
    const empty = apply('', STORE, { '.layer': TREE['.layer']! });
    expect(codes(empty)).toEqual(['storePayloadMissing']);
    expect(empty.internal).toHaveLength(1);
  });

  it('maps file names to mounts', () => {
    expect(mountOfFile('hklm_SYSTEM.DAT', upcase)).toBe('HKLM/SYSTEM');
    expect(mountOfFile('HKU_.DEFAULT.dat', upcase)).toBe('HKU/.DEFAULT');
    expect(mountOfFile('HKLM_.dat', upcase)).toBeNull();
    expect(mountOfFile('other.dat', upcase)).toBeNull();
  });
});
