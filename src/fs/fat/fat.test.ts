import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { filetimeIso } from '../../base/filetime.ts';
import { containerFormats } from '../../container/registry.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { expectBytes, recognise, walkVolume } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { buildFat, type FatOptions } from '../../testing/fat-builder.ts';
import { chunkRows, rowPaths, scanRows } from '../../testing/node-rows.ts';
import { buildNtfs } from '../../testing/ntfs-builder.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { thrown } from '../../testing/thrown.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import type { TreeEntry } from '../../testing/tree.ts';
import { fsFormats } from '../registry.ts';
import { ByteState } from '../types.ts';
import { fat } from './index.ts';

const open = (bytes: Uint8Array) =>
  fat.open(new MemorySource('volume', bytes), { codecs: {} as never, modules: {} as never, resolve: () => [] });
/** Everything the tab does with a volume. */
const exercise = (bytes: Uint8Array) => walkVolume(fat, bytes, true);
const random = new Random(11);
const FILES = {
  'PLAIN.TXT': random.bytes(700),
  'A long name of a file.txt': random.bytes(5000),
  ['x'.repeat(255)]: random.bytes(1),
  'dir/文件 ünï.bin': random.bytes(1500),
  'dir/deeper/END': random.bytes(513),
};
const ROOT: readonly TreeEntry[] = [
  { name: 'PLAIN.TXT', data: FILES['PLAIN.TXT'], attributes: 0x21, modified: 132_223_104_420_000_000n },
  { name: 'A long name of a file.txt', shortName: 'ALONGN~1.TXT', data: FILES['A long name of a file.txt'] },
  { name: 'x'.repeat(255), data: FILES['x'.repeat(255)]! },
  { name: 'EMPTY', data: new Uint8Array(0) },
  {
    name: 'dir',
    dir: [
      { name: '文件 ünï.bin', data: FILES['dir/文件 ünï.bin'] },
      { name: 'deeper', dir: [{ name: 'END', data: FILES['dir/deeper/END'] }] },
    ],
  },
];
const build = (type: FatOptions['type'], options: Partial<FatOptions> = {}) =>
  buildFat({ type, root: ROOT, ...options });
const scan = (bytes: Uint8Array) => {
  const volume = open(bytes).volumes[0]!;
  const { rows, findings } = scanRows(volume);
  return { volume, rows, findings, codes: findings.map(({ code }) => code), paths: rowPaths(rows, volume.rootId) };
};

describe.each([12, 16, 32] as const)('FAT%i', (type) => {
  const image = build(type);

  test('is recognised, and is what its clusters say', () => {
    expect(recognise(containerFormats, image.bytes)).toBeUndefined();
    expect(recognise(fsFormats, image.bytes)?.id).toBe('fat');
    const opened = open(image.bytes);
    expect(opened.facts).toMatchObject({ type: `FAT${type}`, label: 'STRATA', serial: '1234abcd' });
    expect(opened.findings).toEqual([]);
    expect(opened.identity).toEqual(fat.identify(new MemorySource('v', image.bytes), {} as never).self);
  });

  test('gives back the tree', () => {
    const { volume, paths, findings } = scan(image.bytes);
    expect(findings).toEqual([]);
    expect([...paths.keys()].sort()).toEqual([...Object.keys(FILES), 'EMPTY', 'dir', 'dir/deeper'].sort());
    for (const [name, bytes] of Object.entries(FILES)) {
      const source = volume.open(paths.get(name)!.ref);
      expectBytes(readBytes(source, 0, source.size), bytes, name);
      const [extent] = source.extents(0, source.size);
      expectBytes(image.bytes.subarray(extent!.fileOffset, extent!.fileOffset + 1), bytes.subarray(0, 1), name);
      expect(volume.describe(paths.get(name)!.ref).streams[0]!.size).toBe(bytes.length);
    }
    const plain = paths.get('PLAIN.TXT')!;
    expect([plain.attributes, plain.short]).toEqual([0x21, '']);
    expect(filetimeIso(plain.modifiedLo, plain.modifiedHi)).toBe('2020-01-01T00:00:42.0000000Z');
    expect(paths.get('A long name of a file.txt')!.short).toBe('ALONGN~1.TXT');
    const dir = paths.get('dir')!;
    expect(chunkRows(volume.list(dir.ref)).map(({ name, parent }) => [name, parent])).toEqual([
      ['文件 ünï.bin', dir.id],
      ['deeper', dir.id],
    ]);
  });

  test('data that the chain does not reach is missing, never zeros', () => {
    const { bytes, link, first } = build(type);
    const start = first.get('A long name of a file.txt')!;
    link(start + 3, 0x0fff_ffff);
    const { volume, paths, findings } = scan(bytes);
    expect(findings.map(({ code }) => code)).toEqual(['fatChainBroken']);
    const row = paths.get('A long name of a file.txt')!;
    expect(row.byteState).toBe(ByteState.damaged);
    const source = volume.open(row.ref);
    expect(readBytes(source, 0, 2048)).toEqual(FILES['A long name of a file.txt'].subarray(0, 2048));
    expect(thrown(() => readBytes(source, 2048, 1)).code).toBe('MissingData');
  });

  test('loops and crossings end with findings', () => {
    const { bytes, link, first } = build(type);
    const start = first.get('A long name of a file.txt')!;
    link(start + 2, start);
    link(first.get('PLAIN.TXT')!, start + 1);
    link(first.get('dir')!, first.get('dir')!);
    const { codes, paths } = scan(bytes);
    expect(codes).toEqual(['fatChainBroken', 'fatCrossLinked', 'fatDirectoryDamaged']);
    expect(paths.has('dir/deeper/END')).toBe(true);
  });

  test('a directory that is its own child is not walked again', () => {
    const { bytes, first, entryAt } = build(type);
    new DataView(bytes.buffer).setUint16(entryAt.get('dir/deeper')! + 26, first.get('dir')!, true);
    const { findings, rows } = scan(bytes);
    expect(findings.map(({ code }) => code)).toEqual(['fatDirectoryDamaged']);
    expect(findings[0]!.facts!['actual']).toContain('second time');
    expect(rows.filter(({ name }) => name === 'deeper')).toHaveLength(1);
  });

  // each damaged image is a copy: of FAT32 with as many clusters as it is meant for, that copy would be all the work
  const small = type === 32 ? build(32, { clusters: 5000 }) : image;
  const sector = (offset: number) => Array.from({ length: 8 }, (_, i) => offset + i * 64);
  const hot = [
    0,
    32,
    small.tableOffset,
    ...sector(small.rootOffset),
    ...sector(small.heapOffset),
    ...sector(small.heapOffset + 1024),
  ];

  test('survives being cut off anywhere', () => {
    expect(open(small.bytes).facts['type']).toBe(`FAT${type}`);
    expect(surviveTruncations(small.bytes, exercise, hot)).toBeGreaterThan(30);
  });

  test('fuzz: survives damage', () => {
    expect(surviveMutations(small.bytes, exercise, { hot, count: 300 })).toBeGreaterThan(0);
  }, 600_000);
});

describe('traps', () => {
  test('long-name pieces without their entry are told, and the short name is shown', () => {
    const { bytes, entryAt } = build(12);
    bytes[entryAt.get('A long name of a file.txt')! - 32 + 13]! ^= 1;
    const { codes, paths } = scan(bytes);
    expect(codes[0]).toBe('fatLongNameOrphaned');
    expect(paths.has('ALONGN~1.TXT')).toBe(true);
  });

  test('code page 437, E5 written as 05, lower case of Windows NT, deleted entries', () => {
    const { bytes, entryAt } = build(12);
    const at = entryAt.get('PLAIN.TXT')!;
    bytes.set([5, 0x81], at);
    bytes[at + 12] = 16;
    expect(scan(bytes).paths.has('σüAIN.txt')).toBe(true);
    bytes[at] = 0xe5;
    expect([...scan(bytes).paths.keys()]).not.toContain('σüAIN.txt');
  });

  test('many files over one chain do not make the work of a scan grow without bound', () => {
    const files = Array.from({ length: 480 }, (_, i) => ({ name: `F${i}`, data: new Uint8Array(1) }));
    const data = new Uint8Array(2000 * 512);
    const { bytes, first, entryAt } = buildFat({ type: 16, root: [{ name: 'ALL', data }, ...files] });
    const view = new DataView(bytes.buffer);
    for (const [name, at] of entryAt) {
      view.setUint16(at + 26, first.get('ALL')!, true);
      view.setUint32(at + 28, name === 'F3' ? 512 : data.length, true);
    }
    const { findings, rows, volume } = scan(bytes);
    const tangled = findings.filter(({ facts }) => String(facts?.['end']).includes('too many'));
    expect(rows).toHaveLength(481);
    // 16 times 5,000 clusters are followed: 39 files of 2,000 clusters, F3, and no other to its end.
    expect(tangled).toHaveLength(441);
    expect(volume.open(rows.at(-1)!.ref).size).toBe(data.length);
  });

  test('the table in use need not be the first', () => {
    const { bytes, tableOffset } = build(32);
    bytes[40] = 0x81;
    bytes.fill(0, tableOffset, tableOffset + 512);
    const { findings, volume } = scan(bytes);
    expect(findings).toEqual([]);
    expect(volume.facts['activeTable']).toBe(1);
    expect(volume.verify(() => {})).toBeNull();
  });

  test('tables that differ are told by the check', () => {
    const { bytes, tableOffset } = build(16);
    bytes[tableOffset + 8]! ^= 1;
    const told: string[] = [];
    const check = open(bytes).volumes[0]!.verify(({ code }) => told.push(code))!;
    while (!check.step(10));
    expect(told).toEqual(['fatTablesDiffer']);
  });

  test('leaves what BitLocker To Go shows in front of an encrypted volume', () => {
    const { bytes } = build(32);
    const head = bytes.slice(0, 65_536);
    expect(fat.probe({ head, tail: head, size: bytes.length })).toBe(true);
    head.set([0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e, 0xd8, 0x4a, 0x83, 0x99, 0xf6, 0xa3, 0x39, 0xe3, 0xd0, 0x01], 424);
    expect(fat.probe({ head, tail: head, size: bytes.length })).toBe(false);
  });

  test('takes neither NTFS nor noise nor an empty disk', () => {
    const probe = (head: Uint8Array) => fat.probe({ head, tail: head, size: 1 << 30 });
    expect(probe(buildNtfs({ root: [] }).subarray(0, 65_536))).toBe(false);
    expect(probe(new Uint8Array(65_536))).toBe(false);
    for (let seed = 1; seed < 2000; seed++) {
      const head = new Random(seed).bytes(512);
      head.set([0xeb, 0x3c, 0x90]);
      head.set([0x55, 0xaa], 510);
      expect(probe(head)).toBe(false);
    }
  });
});

test.skipIf(!hasTool('mkfs.fat') || !hasTool('mcopy')).each([
  ['12', 1024, 512],
  ['16', 16_384, 512],
  ['32', 40_960, 512],
  ['12', 1440, 1024],
  ['32', 327_680, 4096],
])('reads what mkfs.fat and mtools write: FAT%s, %i KiB, sectors of %i', (type, kilobytes, sector) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-fat-'));
  try {
    const [image, file] = [path.join(folder, 'v.img'), path.join(folder, 'A file of some length.bin')];
    const content = random.bytes(50_000);
    writeFileSync(file, content);
    runTool('mkfs.fat', ['-F', type, '-S', String(sector), '-n', 'OTHERS', '-C', image, String(kilobytes)]);
    runTool('mmd', ['-i', image, '::sub folder']);
    runTool('mcopy', ['-i', image, file, '::sub folder/']);
    const { volume, paths, findings } = scan(readFileSync(image));
    expect(findings).toEqual([]);
    expect([volume.title, volume.facts['type']]).toEqual(['OTHERS', `FAT${type}`]);
    expect([...paths.keys()].sort()).toEqual(['sub folder', 'sub folder/A file of some length.bin']);
    const source = volume.open(paths.get('sub folder/A file of some length.bin')!.ref);
    expectBytes(readBytes(source, 0, source.size), content);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
