/**
 * Against independent tools: the builder's volumes are read by ntfs-3g, The Sleuth Kit and 7-Zip, and volumes written by
 * mkntfs and wimlib (through libntfs-3g) are read by us as those tools read them.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { flsEntries } from '../../testing/fls.ts';
import { loadModules } from '../../testing/modules.ts';
import { type NodeRow, rowPaths, scanRows } from '../../testing/node-rows.ts';
import { buildNtfs, type NtfsEntry } from '../../testing/ntfs-builder.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import type { FsVolume } from '../types.ts';
import { ntfs } from './index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ntfs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const context = { codecs: {} as never, modules: loadModules(), resolve: () => [] };
const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');
const text = (s: string) => new TextEncoder().encode(s);
const pattern = (length: number) => new Uint8Array(length).map((_, i) => (i * 7 + (i >> 8)) & 255);

interface Volume {
  readonly file: string;
  readonly volume: FsVolume;
  readonly rows: readonly NodeRow[];
  readonly paths: ReadonlyMap<string, NodeRow>;
}

function load(file: string): Volume {
  const volume = ntfs.open(new MemorySource(file, readFileSync(file)), context).volumes[0]!;
  const { rows, findings } = scanRows(volume);
  expect(findings).toEqual([]);
  return { file, volume, rows, paths: rowPaths(rows, volume.rootId) };
}

function ours({ volume }: Volume, row: NodeRow, stream?: string): string {
  const source = volume.open(row.ref, stream);
  return sha1(readBytes(source, 0, source.size));
}

/** Paths, record numbers and sizes as fls tells them. */
function compareWithFls(loaded: Volume): void {
  const theirs = flsEntries(loaded.file);
  expect([...loaded.paths.keys()].sort()).toEqual([...theirs.keys()].sort());
  for (const [name, { record, size, directory }] of theirs) {
    const row = loaded.paths.get(name)!;
    const shown = { name, record: row.id, directory: (row.flags & 1) !== 0, size: size === null ? null : row.size };
    expect(shown).toEqual({ name, record, directory, size });
  }
}

/** Names of the root directory, system files left out, as ntfs-3g reads the index. */
function compareWithNtfsls({ file, paths }: Volume, directory: string): void {
  const theirs = runTool('ntfsls', ['-a', '-s', '-p', directory, file]).toString().split('\n');
  const prefix = directory === '/' ? '' : `${directory.slice(1)}/`;
  const names = [...paths.keys()].filter((p) => p.startsWith(prefix)).map((p) => p.slice(prefix.length));
  const here = names.filter((name) => !name.includes('/'));
  expect(theirs.filter((name) => !['', '.', '..'].includes(name)).sort()).toEqual(here.sort());
}

const big = pattern(150_000);
const holes = new Uint8Array(400_000);
holes.set(big.subarray(0, 9000), 200_000);
const tree: NtfsEntry[] = [
  { name: 'resident.txt', data: text('hello') },
  {
    name: 'big.bin',
    data: big,
    streams: [
      { name: 'ads', data: text('stream') },
      { name: 'bigads', data: big },
    ],
  },
  { name: 'fragments.bin', data: big, fragments: 12, runsPerPiece: 3 },
  { name: 'holes.bin', data: holes, sparse: true },
  { name: 'valid.bin', data: big, valid: 70_000 },
  { name: 'packed.txt', data: text('some text that shrinks, '.repeat(9000)), compressed: true },
  { name: 'list.txt', data: text('list'), attributeList: true },
  { name: 'Ünïcode 文件.txt', data: text('names'), shortName: 'UNICOD~1.TXT' },
  { name: 'empty', dir: [] },
  {
    name: 'many',
    dir: Array.from({ length: 900 }, (_, i) => ({ name: `entry ${i} of a large directory`, data: text(`${i}`) })),
  },
  {
    name: 'links',
    dir: Array.from({ length: 40 }, (_, i) => ({
      name: `hard link ${i} with a long name`,
      link: 'k',
      data: text('k'),
    })),
  },
];

describe.each([
  { name: 'default' },
  { name: 'small clusters', clusterSize: 512 },
  { name: '4 KiB records, 64 KiB clusters', recordSize: 4096 as const, clusterSize: 65_536 },
  { name: 'fragmented $MFT', mftFragments: 4 },
])('the builder: $name', ({ name, ...options }) => {
  const file = path.join(folder, `${name.replaceAll(' ', '-')}.img`);
  let loaded: Volume;
  beforeAll(() => {
    writeFileSync(file, buildNtfs({ root: tree, label: 'Built', ...options }));
    loaded = load(file);
  });

  test.skipIf(!hasTool('fls'))('is listed by The Sleuth Kit', () => compareWithFls(loaded));

  test.skipIf(!hasTool('icat'))('is read by The Sleuth Kit', () => {
    for (const p of [
      'resident.txt',
      'big.bin',
      'fragments.bin',
      'holes.bin',
      'valid.bin',
      'list.txt',
      'many/entry 899 of a large directory',
    ]) {
      const row = loaded.paths.get(p)!;
      expect(`${p} ${sha1(runTool('icat', [file, `${row.id}-128`]))}`).toBe(`${p} ${ours(loaded, row)}`);
    }
  });

  test.skipIf(!hasTool('ntfsls'))('is listed by ntfs-3g', () => {
    expect(runTool('ntfsinfo', ['-m', file]).toString()).toContain('Built');
    for (const directory of ['/', '/many', '/links', '/empty']) compareWithNtfsls(loaded, directory);
  });

  test.skipIf(!hasTool('ntfscat'))('is read by ntfs-3g', () => {
    const names = ['big.bin', 'fragments.bin', 'holes.bin', 'valid.bin', 'packed.txt', 'list.txt', 'Ünïcode 文件.txt'];
    for (const p of names)
      expect(`${p} ${sha1(runTool('ntfscat', [file, p]))}`).toBe(`${p} ${ours(loaded, loaded.paths.get(p)!)}`);
    const ads = runTool('ntfscat', ['-n', 'bigads', file, 'big.bin']);
    expect(sha1(ads)).toBe(ours(loaded, loaded.paths.get('big.bin')!, 'bigads'));
  });

  if (options.mftFragments !== undefined) return; // 7-Zip does not open a $MFT that has an attribute list

  test.skipIf(!hasTool('7zz'))('is listed by 7-Zip', () => {
    const listing = runTool('7zz', ['l', '-slt', '-ba', file]).toString();
    const theirs = new Map<string, number>();
    for (const block of listing.split('\n\n')) {
      const entry = /^Path = (.*)$/m.exec(block)?.[1];
      const size = Number(/^Size = (\d+)$/m.exec(block)?.[1] ?? 0);
      if (entry !== undefined && !entry.startsWith('[SYSTEM]') && !entry.includes(':')) theirs.set(entry, size);
    }
    const user = [...loaded.paths].filter(([p]) => !p.startsWith('$'));
    expect([...theirs.keys()].sort()).toEqual(user.map(([p]) => p).sort());
    for (const [p, row] of user) if ((row.flags & 1) === 0) expect([p, theirs.get(p)]).toEqual([p, row.size]);
  });
});

/** Arguments of mkntfs, and the geometry they must lead to. */
const GEOMETRIES: readonly (readonly [string, readonly string[], object])[] = [
  ['as by default', [], { bytesPerSector: 512, clusterSize: 4096, recordSize: 1024 }],
  ['sectors of 4 KiB', ['-s', '4096'], { bytesPerSector: 4096, clusterSize: 4096, recordSize: 4096 }],
  ['clusters of 512 bytes', ['-c', '512'], { clusterSize: 512, recordSize: 1024 }],
  ['clusters of 64 KiB', ['-c', '65536'], { clusterSize: 65_536, recordSize: 1024 }],
];

describe.each(GEOMETRIES)('a volume of mkntfs, filled by wimlib: %s', (title, geometry, expected) => {
  const tools = ['mkntfs', 'wimlib-imagex', 'fls', 'icat', 'ntfsls', 'ntfscat'].every(hasTool);

  test.skipIf(!tools)('is read as The Sleuth Kit and ntfs-3g read it', () => {
    const source = path.join(folder, `tree ${title}`);
    mkdirSync(path.join(source, 'many/deep/er'), { recursive: true });
    for (let i = 0; i < 1500; i++) writeFileSync(path.join(source, 'many', `a file with number ${i}`), 'x'.repeat(i));
    writeFileSync(path.join(source, 'big'), big);
    writeFileSync(path.join(source, 'many/deep/er', 'n'.repeat(255)), 'long name');
    writeFileSync(path.join(source, 'read-only'), 'r');
    chmodSync(path.join(source, 'read-only'), 0o444);
    for (let i = 0; i < 30; i++)
      linkSync(path.join(source, 'big'), path.join(source, 'many/deep', `hard link ${i} to big`));
    symlinkSync('big', path.join(source, 'symlink'));
    const wim = path.join(folder, `${title}.wim`);
    const file = path.join(folder, `${title}.img`);
    runTool('wimlib-imagex', ['capture', source, wim, '--compress=none', '--threads=1']);
    writeFileSync(file, '');
    truncateSync(file, 160 << 20);
    runTool('mkntfs', ['-Q', '-F', '-q', ...geometry, file]);
    runTool('wimlib-imagex', ['apply', wim, '1', file]);
    const loaded = load(file);
    expect(loaded.volume.facts).toMatchObject(expected);
    compareWithFls(loaded);
    for (const directory of ['/', '/many', '/many/deep', '/many/deep/er']) compareWithNtfsls(loaded, directory);
    for (const p of [
      'big',
      'read-only',
      'many/a file with number 0',
      'many/a file with number 700',
      'many/a file with number 1499',
    ])
      expect(`${p} ${sha1(runTool('ntfscat', [file, p]))}`).toBe(`${p} ${ours(loaded, loaded.paths.get(p)!)}`);
    expect(loaded.paths.get('big')!.links).toBe(31);
    expect(loaded.volume.describe(loaded.paths.get('symlink')!.ref).reparseTarget).toBe('big');
  });
});
