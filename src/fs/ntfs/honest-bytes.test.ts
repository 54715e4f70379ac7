/** Honest bytes: what cannot be shown is named, never shown as zeros; what is known beside the rows. */
import { describe, expect, test } from 'vitest';
import { utf16leBytes } from '../../base/utf16.ts';
import { Random } from '../../testing/damage.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { DEFAULT_SECURITY } from '../../testing/ntfs/system.ts';
import type { NtfsEntry } from '../../testing/ntfs-builder.ts';
import { buildVolume as build, content, mftOffset, openNtfs, refusal } from '../../testing/ntfs-volume.ts';
import { ByteState, NodeFlag } from '../types.ts';

const text = (s: string) => new TextEncoder().encode(s);
const pattern = (length: number) => new Uint8Array(length).map((_, i) => (i * 7 + (i >> 8)) & 255);

const symlink = (substitute: string, print: string, flags: number) => {
  const names = [utf16leBytes(substitute), utf16leBytes(print)];
  const data = new Uint8Array(12 + names[0]!.length + names[1]!.length);
  const view = new DataView(data.buffer);
  view.setUint16(2, names[0]!.length, true);
  view.setUint16(4, names[0]!.length, true);
  view.setUint16(6, names[1]!.length, true);
  view.setUint32(8, flags, true);
  data.set(names[0]!, 12);
  data.set(names[1]!, 12 + names[0]!.length);
  return data;
};

describe('honest bytes', () => {
  const cases: readonly [string, Partial<NtfsEntry>, ByteState, string][] = [
    ['efs', { data: pattern(20_000), dataFlags: 0x4000 }, ByteState.efs, 'UnsupportedFeature: a file encrypted by EFS'],
    [
      'wof in a WIM',
      {
        reparse: { tag: 0x8000_0017, data: Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 0) },
        sparse: true,
        data: new Uint8Array(9000),
      },
      ByteState.wof,
      'MissingData: a file whose data is in a WIM',
    ],
    [
      'wof of a form of its own',
      { reparse: { tag: 0x8000_0017, data: new Uint8Array(16) }, sparse: true, data: new Uint8Array(9000) },
      ByteState.wof,
      'UnsupportedFeature: a file of the Windows Overlay Filter',
    ],
    [
      'dedup',
      { reparse: { tag: 0x8000_0013, data: new Uint8Array(8) } },
      ByteState.dedup,
      'UnsupportedFeature: a file deduplicated',
    ],
    [
      'cloud',
      { reparse: { tag: 0x9000_101a, data: new Uint8Array(8) }, attributes: 0x40_1000 },
      ByteState.cloud,
      'MissingData: a placeholder whose data is in a cloud',
    ],
    [
      'layer',
      { reparse: { tag: 0x8000_0018, data: new Uint8Array(8) }, sparse: true },
      ByteState.missing,
      'MissingData: a placeholder whose data is in another layer',
    ],
  ];
  test.each(cases)('%s: says what it is and shows no zeros', (_, entry, state, sentence) => {
    const { paths, volume } = build([{ name: 'file', data: text('x'), ...entry }]);
    const row = paths.get('file')!;
    expect(row.byteState).toBe(state);
    expect(volume.describe(row.ref).byteState).toBe(state);
    expect(refusal(() => volume.open(row.ref))).toContain(sentence);
  });

  test('decodes LZNT1, and says that bytes were decoded', () => {
    const data = new Uint8Array(262_144 + 1000);
    data.set(text('some text that shrinks, '.repeat(4000))); // packed, zeros, noise as it is
    data.set(new Random(1).bytes(data.length - 196_608), 196_608);
    const { paths, volume } = build([{ name: 'file', data, compressed: true }]);
    const row = paths.get('file')!;
    expect(row).toMatchObject({ size: data.length, byteState: ByteState.lznt1, attributes: 0x820 });
    expect(row.allocated).toBeLessThan(100_000);
    expect(Buffer.compare(content(volume, row), data)).toBe(0);
    const source = volume.open(row.ref);
    const part = new Uint8Array(70_000);
    source.readInto(60_001, part);
    expect(Buffer.compare(part, data.subarray(60_001, 130_001))).toBe(0);
    const extents = [...source.extents(0, data.length)];
    expect(extents.map((e) => e.kind)).toEqual(['decoded', 'zero', 'stored', 'decoded']);
    expect(extents.reduce((sum, e) => sum + e.length, 0)).toBe(data.length);
  });

  test('opens a cloud file that is here', () => {
    const { paths, volume } = build([
      { name: 'file', data: text('x'), reparse: { tag: 0x9000_101a, data: new Uint8Array(8) } },
    ]);
    expect(content(volume, paths.get('file'))).toEqual(text('x'));
  });

  test('says which items are not there', () => {
    const { paths, volume } = build([{ name: 'dir', dir: [] }, { name: 'file' }]);
    expect(refusal(() => volume.open(paths.get('dir')!.ref))).toContain('MissingItem');
    expect(refusal(() => volume.open(paths.get('file')!.ref, 'stream'))).toContain('MissingItem');
    expect(refusal(() => volume.list(paths.get('file')!.ref))).toContain('MissingItem');
    expect(refusal(() => volume.list(99_999 as never))).toContain('MissingItem');
    expect(content(volume, paths.get('file'))).toHaveLength(0);
  });

  test('says that clusters lie behind the end of a cut image', () => {
    const { bytes } = build([{ name: 'first', data: pattern(50_000) }], { size: 8 << 20 });
    const mft = mftOffset(bytes);
    const volume = openNtfs(bytes.slice(0, mft + 34 * 1024)).volumes[0]!;
    expect(scanRows(volume).findings.map((f) => f.code)).toContain('ntfsTableUnreadable');
    expect(rowPaths(scanRows(volume).rows, 5).has('first')).toBe(true);
  });
});

describe('describe', () => {
  test('tells streams, reparse targets and security', () => {
    const other = DEFAULT_SECURITY.slice();
    other[22] = 3;
    const { paths, volume } = build([
      {
        name: 'file',
        data: text('x'),
        streams: [{ name: 'Zone.Identifier', data: text('[ZoneTransfer]') }],
        security: other,
      },
      { name: 'link', reparse: { tag: 0xa000_000c, data: symlink('\\??\\C:\\target', 'C:\\target', 0) } },
      { name: 'relative', reparse: { tag: 0xa000_000c, data: symlink('..\\x', '', 1) } },
    ]);
    const file = volume.describe(paths.get('file')!.ref);
    expect(paths.get('file')!.flags).toBe(NodeFlag.streams);
    expect(file.streams.map((s) => [s.name, s.size])).toEqual([
      ['', 1],
      ['Zone.Identifier', 14],
    ]);
    expect(file.security).toEqual(other);
    const link = volume.describe(paths.get('link')!.ref);
    expect(paths.get('link')).toMatchObject({ reparseTag: 0xa000_000c, flags: NodeFlag.link, attributes: 0x420 });
    expect(link.reparseTarget).toBe('C:\\target');
    expect(link.security).toEqual(DEFAULT_SECURITY);
    expect(link.facts).toMatchObject({ substituteName: '\\??\\C:\\target', relative: false });
    expect(volume.describe(paths.get('relative')!.ref)).toMatchObject({
      reparseTarget: '..\\x',
      facts: { relative: true },
    });
  });
});
