/** Volumes of the builder: what was described is what is read. */
import { describe, expect, test } from 'vitest';
import { FormatError } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import { utf16leBytes } from '../../base/utf16.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { loadModules } from '../../testing/modules.ts';
import { chunkRows, type NodeRow, rowPaths, scanRows } from '../../testing/node-rows.ts';
import { DEFAULT_SECURITY } from '../../testing/ntfs/system.ts';
import { BUILDER_TIME, buildNtfs, type NtfsEntry, type NtfsOptions } from '../../testing/ntfs-builder.ts';
import { ByteState, type FsVolume, NodeFlag } from '../types.ts';
import { ntfs } from './index.ts';

const text = (s: string) => new TextEncoder().encode(s);
const pattern = (length: number) => new Uint8Array(length).map((_, i) => (i * 7 + (i >> 8)) & 255);
const context = { codecs: {} as never, modules: loadModules(true), resolve: () => null };

function openBytes(bytes: Uint8Array) {
  return ntfs.open(new MemorySource('test.img', bytes), context);
}
function build(root: readonly NtfsEntry[], options: Partial<NtfsOptions> = {}) {
  const bytes = buildNtfs({ root, ...options });
  const opened = openBytes(bytes);
  const volume = opened.volumes[0]!;
  const { rows, findings } = scanRows(volume);
  return { bytes, opened, volume, rows, findings, paths: rowPaths(rows, volume.rootId) };
}
const content = (volume: FsVolume, row: NodeRow | undefined, stream?: string) => {
  const source = volume.open(row!.ref, stream);
  return readBytes(source, 0, source.size);
};
/** The code and what was found, of the FormatError that `run` must throw. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof FormatError) return `${error.code}: ${error.actual}`;
    throw error;
  }
  return 'nothing';
}
const plain = (row: NodeRow) => ({ ...row, nameOffset: 0, shortOffset: 0 });

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
    const mft = Number(new DataView(bytes.buffer).getBigUint64(48, true)) * 4096;
    record[mft + row.id * 1024 + 22] = 0; // no longer in use
    const volume = openBytes(record).volumes[0]!;
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

describe('honest bytes', () => {
  const wof = { tag: 0x8000_0017, data: new Uint8Array(16) };
  const cases: readonly [string, Partial<NtfsEntry>, ByteState, string][] = [
    ['efs', { data: pattern(20_000), dataFlags: 0x4000 }, ByteState.efs, 'UnsupportedFeature: a file encrypted by EFS'],
    [
      'wof',
      { reparse: wof, sparse: true, data: new Uint8Array(9000) },
      ByteState.wof,
      'UnsupportedFeature: a file compressed by the Windows Overlay Filter',
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
    for (let i = 196_608; i < data.length; i++) data[i] = (Math.imul(i, 0x9e37_79b1) >>> 11) & 255;
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
    const view = new DataView(bytes.buffer);
    const mft = Number(view.getBigUint64(48, true)) * 4096;
    const volume = openBytes(bytes.slice(0, mft + 34 * 1024)).volumes[0]!;
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

describe('the volume', () => {
  const { bytes, opened, volume } = build([{ name: 'a' }], { label: 'User data', serial: 0xfedc_ba98_7654_3210n });

  test('states label, version, serial and geometry', () => {
    expect(volume.title).toBe('User data');
    expect(volume.facts).toMatchObject({
      label: 'User data',
      version: '3.1',
      dirty: false,
      serial: 'fedcba9876543210',
      clusterSize: 4096,
      recordSize: 1024,
    });
    expect(opened.identity).toEqual({ serial: 'fedcba9876543210' });
    expect(volume.fingerprint().map((p) => [p.what, p.bytes.length])).toEqual([
      ['ntfs.boot', 512],
      ['ntfs.mft[0..15]', 16_384],
      ['ntfs.upcase', 131_072],
    ]);
  });

  test('is found by its content and nothing else is', () => {
    const window = (b: Uint8Array) => ({ head: b.subarray(0, 65_536), tail: b.subarray(-1024), size: b.length });
    expect(ntfs.probe(window(bytes))).toBe(true);
    const named = (name: string) => {
      const copy = bytes.slice(0, 4096);
      copy.set(text(name), 3);
      return ntfs.probe(window(copy));
    };
    for (const name of ['-FVE-FS-', 'EXFAT   ', 'MSDOS5.0', 'ReFS\0\0\0\0']) expect(named(name)).toBe(false);
    expect(ntfs.probe(window(new Uint8Array(0)))).toBe(false);
    const damaged = bytes.slice();
    damaged.fill(0, 0, 512);
    expect(ntfs.probe(window(damaged))).toBe(true);
  });

  test('uses the copy of a damaged boot sector', () => {
    const damaged = bytes.slice();
    damaged.fill(0, 0, 512);
    const { findings, volumes } = openBytes(damaged);
    expect(findings.map((f) => f.code)).toEqual(['ntfsBootDamaged']);
    expect(scanRows(volumes[0]!).rows.map((r) => r.name)).toContain('a');
  });

  test('uses $MFTMirr when the first record is damaged', () => {
    const damaged = bytes.slice();
    const mft = Number(new DataView(bytes.buffer).getBigUint64(48, true)) * 4096;
    damaged[mft + 510]! ^= 1;
    const { findings, volumes } = openBytes(damaged);
    expect(findings.map((f) => f.code)).toEqual(['ntfsMftMirrorUsed']);
    const { rows, findings: torn } = scanRows(volumes[0]!);
    expect(rows.map((r) => r.name)).toContain('a');
    expect(torn.map((f) => f.code)).toEqual(['ntfsRecordTorn']);
    const problems: Finding[] = [];
    const check = volumes[0]!.verify((f) => problems.push(f))!;
    while (!check.step(10));
    expect(problems.map((f) => f.facts!['what'])).toEqual(['$MFTMirr', 'update sequence']);
  });

  test('verifies a good volume without complaint', () => {
    const problems: Finding[] = [];
    const check = volume.verify((f) => problems.push(f))!;
    while (!check.step(10));
    expect(problems).toEqual([]);
    expect(check.done).toBe(check.total);
  });

  test('says that the volume is dirty and that $UpCase is damaged', () => {
    expect(openBytes(buildNtfs({ root: [], dirty: true })).findings.map((f) => f.code)).toEqual(['ntfsDirty']);
    const upcase = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const bad = openBytes(buildNtfs({ root: [], upcase }));
    expect(bad.findings.map((f) => f.code)).toEqual(['ntfsUpcaseDamaged']);
    expect(bad.volumes[0]!.upcase()).toBeNull();
    expect(volume.upcase()![0x61]).toBe(0x41);
  });

  test('refuses an index that leads back to itself', () => {
    const root = Array.from({ length: 200 }, (_, i) => ({ name: `a rather long name ${i}` }));
    const { bytes: image } = build(root);
    const at = image.findIndex((_, i) => i % 4096 === 0 && String.fromCharCode(...image.subarray(i, i + 4)) === 'INDX');
    const copy = image.slice();
    const view = new DataView(copy.buffer);
    // The first entry of the first block gets a child: the block itself.
    const entry = at + 24 + view.getUint32(at + 24, true);
    view.setUint16(entry + 12, 1, true);
    view.setUint16(entry + 10, 66, true);
    const length = view.getUint16(entry + 8, true);
    view.setBigUint64(entry + length - 8, 0n, true);
    view.setUint8(entry + 16 + 64, 1);
    const broken = openBytes(copy).volumes[0]!;
    expect(refusal(() => broken.list(broken.rootRef))).toMatch(/^UnexpectedLoop/);
    expect(scanRows(broken).rows.length).toBeGreaterThan(200);
  });

  test('asks for small budgets and still ends', () => {
    const { volume: large } = build(Array.from({ length: 3000 }, (_, i) => ({ name: `f${i}` })));
    expect(scanRows(large, 0).rows.length).toBe(scanRows(large, 1000).rows.length);
  });
});
