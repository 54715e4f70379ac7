import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { filetimeIso } from '../../base/filetime.ts';
import type { Finding } from '../../base/findings.ts';
import { createCodecs } from '../../codec/codecs.ts';
import { containerFormats } from '../../container/registry.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { checkWindows, expectBytes, recognise, walkVolume } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { thrown } from '../../testing/thrown.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { buildPackage, buildZip, type ZipItem } from '../../testing/zip-builder.ts';
import { fsFormats } from '../registry.ts';
import { ByteState, NodeFlag } from '../types.ts';
import { zip } from './index.ts';

const codecs = createCodecs(loadModules(true));
const open = (bytes: Uint8Array) =>
  zip.open(new MemorySource('x.zip', bytes), { codecs, modules: loadModules(true), resolve: () => [] });
const exercise = (bytes: Uint8Array) => {
  const opened = open(bytes);
  walkVolume(zip, bytes, true, codecs);
  opened.volumes[0]!.verify(() => {})!.step(1000);
};
const scan = (bytes: Uint8Array) => {
  const opened = open(bytes);
  const volume = opened.volumes[0]!;
  const { rows } = scanRows(volume);
  const paths = rowPaths(rows, volume.rootId);
  const source = (name: string) => volume.open(paths.get(name)!.ref);
  const read = (name: string) => readBytes(source(name), 0, source(name).size);
  return { opened, volume, paths, source, read, codes: opened.findings.map(({ code }) => code) };
};
const verify = (bytes: Uint8Array) => {
  const found: Finding[] = [];
  const check = open(bytes).volumes[0]!.verify((finding) => found.push(finding))!;
  while (!check.step(1000));
  return found.map(({ code, facts }) => `${code} ${facts?.['path']}`);
};

const random = new Random(51);
/** Half of it compresses; the other half is too much for one window. */
const large = new Uint8Array(20_000_000);
for (let i = 0; i < large.length; i += 5) large[i] = (i >> 11) ^ i;
large.set(random.bytes(3_000_000), 9_000_000);
const [a, b] = [random.bytes(1500), new TextEncoder().encode('text '.repeat(4000))];
const ntfsTimes = Buffer.alloc(36);
ntfsTimes.writeUInt16LE(0x000a, 0);
ntfsTimes.writeUInt16LE(32, 2);
ntfsTimes.writeUInt16LE(1, 8);
ntfsTimes.writeUInt16LE(24, 10);
[130_000_000_000_000_000n, 131_000_000_000_000_000n, 132_000_000_000_000_000n].forEach((time, i) => {
  ntfsTimes.writeBigUInt64LE(time, 12 + i * 8);
});
const ITEMS: readonly ZipItem[] = [
  { name: 'dir/' },
  { name: 'dir/stored.bin', data: a, store: true, external: 3 },
  { name: 'dir/文件.txt', data: b, extra: new Uint8Array(ntfsTimes) },
  { name: Uint8Array.of(0x81, 0x2e, 0x74), data: b },
  { name: 'no/entry/for/folders.txt', data: a },
  { name: 'link', data: new TextEncoder().encode('dir/stored.bin'), host: 3, external: 0xa1ff_0000, store: true },
  { name: 'secret', data: a, flags: 1 },
  { name: 'other', data: a, store: true, method: 12 },
  { name: '100%25', data: a },
  { name: 'empty' },
];

test('is recognised by its first header, before tar and after everything with a signature', () => {
  const { bytes } = buildZip(ITEMS);
  expect(recognise(containerFormats, bytes)).toBeUndefined();
  expect(recognise(fsFormats, bytes)?.id).toBe('zip');
});

test.each([{}, { zip64: true }, { prefix: random.bytes(9) }, { zip64: true, prefix: random.bytes(5), comment: 'PK' }])(
  'gives back the tree: %o',
  (options) => {
    const { paths, read, codes, volume } = scan(buildZip(ITEMS, options).bytes);
    expect(codes).toEqual([]);
    expect([...paths.keys()].sort()).toEqual(
      [
        ...['100%25', 'dir', 'dir/stored.bin', 'dir/文件.txt', 'empty', 'link', 'no', 'no/entry', 'no/entry/for'],
        ...['no/entry/for/folders.txt', 'other', 'secret', 'ü.t'],
      ].sort(),
    );
    expectBytes(read('dir/stored.bin'), a);
    expectBytes(read('dir/文件.txt'), b);
    expectBytes(read('ü.t'), b);
    expect(read('empty')).toHaveLength(0);
    const stored = paths.get('dir/stored.bin')!;
    expect([stored.attributes, stored.byteState]).toEqual([3, ByteState.complete]);
    expect(filetimeIso(stored.modifiedLo, stored.modifiedHi)).toBe('2020-01-02T03:04:06.0000000Z');
    const text = paths.get('dir/文件.txt')!;
    expect(text.byteState).toBe(ByteState.decompressed);
    expect([text.modifiedHi, text.accessedHi, text.createdHi]).toEqual(
      [130n, 131n, 132n].map((n) => Number((n * 1_000_000_000_000_000n) >> 32n)),
    );
    const link = paths.get('link')!;
    expect(link.flags & NodeFlag.link).not.toBe(0);
    expect(volume.describe(link.ref).reparseTarget).toBe('dir/stored.bin');
    expect(['secret', 'other'].map((name) => paths.get(name)!.byteState)).toEqual([
      ByteState.encrypted,
      ByteState.unread,
    ]);
    for (const name of ['secret', 'other'])
      expect(thrown(() => volume.open(paths.get(name)!.ref)).code).toBe('UnsupportedFeature');
  },
);

test('reads anywhere in a large deflated file', () => {
  const { source } = scan(buildZip([{ name: 'big', data: large }]).bytes);
  const big = source('big');
  expectBytes(readBytes(big, 19_999_990, 10), large.subarray(19_999_990));
  expectBytes(readBytes(big, 0, 100), large.subarray(0, 100));
  checkWindows(source('big'), large, { count: 30, edges: [1 << 20, 8 << 20] });
  const [extent] = big.extents(12_000_000, 5);
  expect(extent).toMatchObject({ kind: 'decoded', file: 'x.zip' });
});

test('what is cut off is missing; what is stated twice or leads out is told', () => {
  const { bytes, local } = buildZip([
    { name: 'x', data: a, store: true },
    { name: 'x', data: b },
    { name: '../out', data: a },
    { name: 'x/below', data: a },
  ]);
  const { paths, codes, read } = scan(bytes);
  expect([...paths.keys()]).toEqual(['x']);
  expectBytes(read('x'), a);
  expect(codes).toEqual(['zipNameTwice', 'zipNameInvalid', 'zipNameTwice']);
  const moved = bytes.slice();
  moved[local[0]!] = 0;
  expect(thrown(() => scan(moved).read('x')).code).toBe('InvalidSignature');
});

test('a directory that breaks ends the list; an archive of several files is refused', () => {
  const built = buildZip(ITEMS);
  const broken = built.bytes.slice();
  broken[built.central[2]!] = 0;
  const { codes, paths } = scan(broken);
  expect(codes).toEqual(['zipDirectoryDamaged']);
  expect([...paths.keys()]).toEqual(['dir', 'dir/stored.bin']);
  const disks = built.bytes.slice();
  disks[built.end + 4] = 2;
  expect(thrown(() => open(disks)).code).toBe('UnsupportedFeature');
  expect(thrown(() => open(built.bytes.subarray(0, built.end))).code).toBe('MissingPart');
});

test('every file is checked, in packages every block', () => {
  const files = [
    { name: 'AppxManifest.xml', data: b },
    { name: 'VFS\\Common AppData\\a & b.bin', data: large.subarray(9_000_000, 9_200_000) },
  ];
  const built = buildPackage(files);
  expect(verify(built.bytes)).toEqual([]);
  expect(scan(built.bytes).paths.has('VFS/Common AppData/a & b.bin')).toBe(true);
  // the file and its checksum are changed together: only the block map still knows
  const other = buildZip([
    { name: 'AppxManifest.xml', data: b },
    { name: 'VFS/Common%20AppData/a%20%26%20b.bin', data: large.subarray(9_000_001, 9_200_001) },
    { name: 'added.txt', data: a },
    { name: 'AppxBlockMap.xml', data: scan(built.bytes).read('AppxBlockMap.xml') },
    { name: '[Content_Types].xml', data: b },
  ]);
  expect(verify(other.bytes)).toEqual([
    'packageBlockHash VFS\\Common AppData\\a & b.bin',
    'packageFileUnlisted added.txt',
  ]);
  const plain = buildZip([{ name: 'x', data: a, store: true }]);
  plain.bytes[plain.local[0]! + 40]! ^= 1;
  expect(verify(plain.bytes)).toEqual(['zipChecksum x']);
});

test('a package says who it is', () => {
  const manifest =
    '<Package><Identity Name="A.B" Version="1.2.0.0" Publisher="CN=x, O=y" ProcessorArchitecture="x64"/>';
  const { bytes } = buildPackage([{ name: 'AppxManifest.xml', data: new TextEncoder().encode(manifest) }]);
  expect(open(bytes).facts).toMatchObject({
    type: 'package (OPC)',
    name: 'A.B',
    version: '1.2.0.0',
    architecture: 'x64',
    publisher: 'CN=x, O=y',
  });
  expect(open(buildZip([{ name: 'AppxManifest.xml', data: b }]).bytes).facts).not.toHaveProperty('name');
});

describe('hostile', () => {
  const built = buildPackage([
    { name: 'AppxManifest.xml', data: a },
    { name: 'b.txt', data: b },
  ]);
  const wide = buildZip(ITEMS, { zip64: true });
  const places = ({ local, central, end }: typeof built) => [
    ...local.flatMap((at) => [at, at + 26]),
    ...central.flatMap((at) => [at + 8, at + 20, at + 28, at + 42]),
    ...[4, 8, 12, 16].map((n) => end + n),
  ];

  test('survives being cut off anywhere', () => {
    expect(surviveTruncations(built.bytes, exercise, places(built))).toBeGreaterThan(20);
  });

  test('fuzz: survives damage', () => {
    expect(surviveMutations(built.bytes, exercise, { hot: places(built), count: 300 })).toBeGreaterThan(0);
    const hot = [...places(wide), ...[-20, -12, -56, -24, -16, -8].map((n) => wide.end + n)];
    expect(surviveMutations(wide.bytes, exercise, { hot, count: 300 })).toBeGreaterThan(0);
  }, 600_000);
});

test.skipIf(!hasTool('7zz'))('reads what 7-Zip writes, and 7-Zip reads what the builder writes', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-zip-'));
  try {
    mkdirSync(path.join(folder, 'in', 'sub'), { recursive: true });
    writeFileSync(path.join(folder, 'in', 'sub', 'ä 文.bin'), large.subarray(0, 300_000));
    writeFileSync(path.join(folder, 'in', 'a.txt'), a);
    const file = path.join(folder, 'x.zip');
    runTool('7zz', ['a', '-tzip', file, `${path.join(folder, 'in')}/*`]);
    const { paths, read, codes } = scan(readFileSync(file));
    expect(codes).toEqual([]);
    expect([...paths.keys()].sort()).toEqual(['a.txt', 'sub', 'sub/ä 文.bin']);
    expectBytes(read('sub/ä 文.bin'), large.subarray(0, 300_000));
    expect(verify(readFileSync(file))).toEqual([]);
    const made = path.join(folder, 'made.zip');
    writeFileSync(made, buildZip([{ name: 'x/y.bin', data: a }], { zip64: true }).bytes);
    expect(runTool('7zz', ['t', made]).toString()).toContain('Everything is Ok');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
