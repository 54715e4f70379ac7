/** Volumes of the builder: what was described is what is read. */
import { describe, expect, test } from 'vitest';
import { chunkRows, type NodeRow, scanRows } from '../../testing/node-rows.ts';
import { BUILDER_TIME } from '../../testing/ntfs-builder.ts';
import { buildVolume as build, content, mftOffset, openNtfs } from '../../testing/ntfs-volume.ts';
import { ByteState, NodeFlag } from '../types.ts';

const text = (s: string) => new TextEncoder().encode(s);
const pattern = (length: number) => new Uint8Array(length).map((_, i) => (i * 7 + (i >> 8)) & 255);
const plain = (row: NodeRow) => ({ ...row, nameOffset: 0, shortOffset: 0 });

describe.each([
  { clusterSize: 512 },
  { clusterSize: 4096 },
  { clusterSize: 65_536 },
  { clusterSize: 2 << 20 },
  { recordSize: 4096 as const },
  { mftFragments: 5 },
])('%o', (options) => {
  const big = pattern(100_000);
  const many = Array.from({ length: 700 }, (_, i) => ({
    name: `file number ${i}.txt`,
    shortName: `FILE${i}~1.TXT`,
    data: text('x'.repeat(i)),
  }));
  const holes = new Uint8Array(300_000);
  holes.set(big.subarray(0, 5000), 131_072);
  const { volume, rows, paths, findings, opened } = build(
    [
      { name: 'resident.txt', data: text('hello'), attributes: 0x21, created: 130_000_000_000_000_001n },
      { name: 'big.bin', data: big },
      { name: 'fragments.bin', data: big, fragments: 9, runsPerPiece: 2 },
      { name: 'holes.bin', data: holes, sparse: true },
      { name: 'valid.bin', data: big, valid: 5000 },
      { name: 'many', dir: many },
      { name: 'list.txt', data: text('list'), attributeList: true, streams: [{ name: 'other', data: text('more') }] },
    ],
    options,
  );

  test('opens without complaint', () => {
    expect(findings).toEqual([]);
    expect(opened.findings).toEqual([]);
    expect(paths.size).toBe(rows.length);
  });

  test('reads what was written', () => {
    expect(content(volume, paths.get('resident.txt'))).toEqual(text('hello'));
    expect(Buffer.compare(content(volume, paths.get('big.bin')), big)).toBe(0);
    expect(Buffer.compare(content(volume, paths.get('fragments.bin')), big)).toBe(0);
    expect(Buffer.compare(content(volume, paths.get('holes.bin')), holes)).toBe(0);
    const valid = big.slice().fill(0, 5000);
    expect(Buffer.compare(content(volume, paths.get('valid.bin')), valid)).toBe(0);
    expect(content(volume, paths.get('list.txt'), 'other')).toEqual(text('more'));
    for (const i of [0, 1, 350, 699])
      expect(content(volume, paths.get(`many/file number ${i}.txt`))).toEqual(text('x'.repeat(i)));
  });

  test('states times, attributes and sizes', () => {
    const row = paths.get('resident.txt')!;
    expect((BigInt(row.createdHi) << 32n) | BigInt(row.createdLo)).toBe(130_000_000_000_000_001n);
    expect((BigInt(row.modifiedHi) << 32n) | BigInt(row.modifiedLo)).toBe(BUILDER_TIME);
    expect(row).toMatchObject({
      size: 5,
      attributes: 0x21,
      links: 1,
      linkId: 0,
      flags: 0,
      byteState: ByteState.complete,
    });
    expect(paths.get('many')).toMatchObject({ size: 0, attributes: 0x30, flags: NodeFlag.directory });
    expect(paths.get('holes.bin')).toMatchObject({ size: 300_000, byteState: ByteState.sparse });
    expect(paths.get('many/file number 7.txt')!.short).toBe('FILE7~1.TXT');
  });

  test('lists directories in the order of their index, with the rows of the scan', () => {
    const listed = chunkRows(volume.list(paths.get('many')!.ref));
    expect(listed).toHaveLength(700);
    const names = listed.map((r) => r.name.toUpperCase());
    expect(names).toEqual([...names].sort());
    const byId = new Map(rows.map((r) => [r.id, plain(r)]));
    for (const row of listed) expect(plain(row)).toEqual(byId.get(row.id));
    expect(chunkRows(volume.list(volume.rootRef)).map((r) => r.name)).toContain('many');
  });

  test('tells where bytes lie', () => {
    const source = volume.open(paths.get('holes.bin')!.ref);
    const kinds = new Set([...source.extents(0, source.size)].map((e) => e.kind));
    expect(kinds).toEqual(new Set(options.clusterSize === 2 << 20 ? ['stored'] : ['zero', 'stored']));
    const valid = [...volume.open(paths.get('valid.bin')!.ref).extents(0, 100_000)];
    expect(valid.map((e) => [e.kind, e.offset, e.length])).toEqual([
      ['stored', 0, 5000],
      ['zero', 5000, 95_000],
    ]);
  });
});

describe('names', () => {
  test('gives a hard link a row in each directory, with one id', () => {
    const { paths, volume } = build([
      { name: 'first', link: 'k', data: text('same') },
      { name: 'sub', dir: [{ name: 'second', link: 'k' }] },
    ]);
    const first = paths.get('first')!;
    const second = paths.get('sub/second')!;
    expect(second).toMatchObject({ id: first.id, ref: first.ref, links: 2, linkId: first.id });
    expect(content(volume, second)).toEqual(text('same'));
  });

  test('reads more names than a record holds', () => {
    const { paths, rows, volume } = build(
      Array.from({ length: 60 }, (_, i) => ({
        name: `hard link with a long name, number ${i}`,
        link: 'k',
        data: text('x'),
      })),
    );
    const links = rows.filter((r) => r.name.startsWith('hard'));
    expect(links).toHaveLength(60);
    expect(new Set(links.map((r) => r.id)).size).toBe(1);
    expect(paths.get('hard link with a long name, number 59')!.links).toBe(60);
    expect(chunkRows(volume.list(volume.rootRef)).filter((r) => r.name.startsWith('hard'))).toHaveLength(60);
    expect(volume.describe(links[0]!.ref).facts['records']).toBeGreaterThan(1);
  });

  test('reads a run list in a thousand records, whose attribute list lies in clusters', () => {
    const data = pattern(4096 * 1100);
    const { paths, volume, findings } = build([
      { name: 'pieces', data, fragments: 1100, runsPerPiece: 1, streams: [{ name: 'other', data: text('more') }] },
    ]);
    expect(findings).toEqual([]);
    const row = paths.get('pieces')!;
    expect(row).toMatchObject({ size: data.length, flags: NodeFlag.streams, byteState: ByteState.complete });
    expect(volume.describe(row.ref).facts).toMatchObject({ records: 1101, runs: 1100 });
    expect(Buffer.compare(content(volume, row), data)).toBe(0);
    expect(content(volume, row, 'other')).toEqual(text('more'));
  });

  test('keeps lone surrogates', () => {
    const { paths } = build([{ name: 'a\ud800b', data: text('x') }]);
    expect(paths.has('a\ud800b')).toBe(true);
  });

  test('knows an orphan by the sequence number of its parent, also when the parent comes later', () => {
    const { rows, volume } = build([
      { name: 'dir', dir: [{ name: 'lost', data: text('x'), parentSequence: 9, unindexed: true }, { name: 'kept' }] },
    ]);
    const lost = rows.find((r) => r.name === 'lost')!;
    expect(lost.flags & NodeFlag.orphan).toBe(NodeFlag.orphan);
    expect(rows.some((r) => r.id === lost.parent)).toBe(false);
    const directory = rows.find((r) => r.name === 'dir')!;
    expect(chunkRows(volume.list(directory.ref)).map((r) => r.name)).toEqual(['kept']);
  });

  test('marks what only the index knows', () => {
    const { bytes, rows } = build([{ name: 'gone', data: text('x') }, { name: 'here' }]);
    const record = bytes.slice();
    const row = rows.find((r) => r.name === 'gone')!;
    const mft = mftOffset(bytes);
    record[mft + row.id * 1024 + 22] = 0; // no longer in use
    const volume = openNtfs(record).volumes[0]!;
    const stray = chunkRows(volume.list(volume.rootRef)).find((r) => r.name === 'gone')!;
    expect(stray.flags & NodeFlag.orphan).toBe(NodeFlag.orphan);
    expect(stray.byteState).toBe(ByteState.damaged);
    expect(scanRows(volume).rows.some((r) => r.name === 'gone')).toBe(false);
  });

  test('marks case-sensitive directories', () => {
    const { paths } = build([{ name: 'linux', dir: [{ name: 'A' }, { name: 'a' }], caseSensitive: true }]);
    expect(paths.get('linux')!.flags).toBe(NodeFlag.directory | NodeFlag.caseSensitive);
    expect(paths.has('linux/A') && paths.has('linux/a')).toBe(true);
  });
});
