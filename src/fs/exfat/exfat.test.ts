import { describe, expect, test } from 'vitest';
import { filetimeIso } from '../../base/filetime.ts';
import { containerFormats } from '../../container/registry.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { expectBytes, recognise, walkVolume } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { buildExfat, type ExfatOptions } from '../../testing/exfat-builder.ts';
import { chunkRows, rowPaths, scanRows } from '../../testing/node-rows.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { thrown } from '../../testing/thrown.ts';
import type { TreeEntry } from '../../testing/tree.ts';
import { fsFormats } from '../registry.ts';
import { ByteState } from '../types.ts';
import { exfat } from './index.ts';

const open = (bytes: Uint8Array) =>
  exfat.open(new MemorySource('volume', bytes), { codecs: {} as never, modules: {} as never, resolve: () => [] });
/** Everything the tab does with a volume. */
const exercise = (bytes: Uint8Array) => walkVolume(exfat, bytes, true);
const random = new Random(12);
const FILES = {
  'plain.txt': random.bytes(700),
  'chained.bin': random.bytes(5000),
  ['x'.repeat(255)]: random.bytes(1),
  'dir/文件 ünï.bin': random.bytes(1500),
  'dir/deeper/END': random.bytes(513),
};
const many = Array.from({ length: 12 }, (_, i) => ({
  name: `a name that needs three entries ${i}`,
  data: new Uint8Array(0),
}));
const ROOT: readonly TreeEntry[] = [
  { name: 'plain.txt', data: FILES['plain.txt'], attributes: 0x21, modified: 132_223_104_420_000_000n },
  { name: 'chained.bin', data: FILES['chained.bin'] },
  { name: 'x'.repeat(255), data: FILES['x'.repeat(255)]! },
  { name: 'EMPTY', data: new Uint8Array(0) },
  {
    name: 'dir',
    dir: [
      { name: '文件 ünï.bin', data: FILES['dir/文件 ünï.bin'] },
      { name: 'deeper', dir: [{ name: 'END', data: FILES['dir/deeper/END'] }] },
      ...many,
    ],
  },
];
const build = (options: Partial<ExfatOptions> = {}) => buildExfat({ root: ROOT, chained: ['chained.bin'], ...options });
const scan = (bytes: Uint8Array) => {
  const opened = open(bytes);
  const volume = opened.volumes[0]!;
  const { rows, findings } = scanRows(volume);
  return { opened, volume, rows, codes: findings.map(({ code }) => code), paths: rowPaths(rows, volume.rootId) };
};
const verified = (bytes: Uint8Array): string[] => {
  const told: string[] = [];
  const check = open(bytes).volumes[0]!.verify(({ code }) => told.push(code))!;
  while (!check.step(10));
  return told;
};

test('is recognised by its boot sector, and by no container', () => {
  const { bytes } = build();
  expect(recognise(containerFormats, bytes)).toBeUndefined();
  expect(recognise(fsFormats, bytes)?.id).toBe('exfat');
  const { opened } = scan(bytes);
  expect(opened.facts).toMatchObject({ label: 'STRATA', serial: '1234abcd', clusterSize: 512, revision: '1.00' });
  expect(opened.findings).toEqual([]);
  expect(opened.identity).toEqual(exfat.identify(new MemorySource('v', bytes), {} as never).self);
});

test.each([
  ['directories that stand in one piece', {}],
  ['directories that are chained', { chained: ['chained.bin', 'dir', 'dir/deeper'] }],
])('gives back the tree: %s', (_, options) => {
  const { bytes } = build(options);
  const { volume, paths, codes } = scan(bytes);
  expect(codes).toEqual([]);
  const names = [...Object.keys(FILES), 'EMPTY', 'dir', 'dir/deeper', ...many.map(({ name }) => `dir/${name}`)];
  expect([...paths.keys()].sort()).toEqual(names.sort());
  for (const [name, content] of Object.entries(FILES)) {
    const source = volume.open(paths.get(name)!.ref);
    expectBytes(readBytes(source, 0, source.size), content, name);
    const detail = volume.describe(paths.get(name)!.ref);
    expect(detail.streams[0]!.size).toBe(content.length);
    expect(detail.facts['fragments']).toBe(name === 'chained.bin' ? 10 : 1);
  }
  // twelve sets of five entries and more: some of them cross from one cluster to the next
  for (const { name } of many) expect(volume.describe(paths.get(`dir/${name}`)!.ref).facts['checksumOk']).toBe(true);
  const dir = paths.get('dir')!;
  expect(chunkRows(volume.list(dir.ref)).map(({ id, parent }) => [id, parent])).toContainEqual([
    paths.get('dir/deeper')!.id,
    dir.id,
  ]);
  const plain = paths.get('plain.txt')!;
  expect(plain.attributes).toBe(0x21);
  // stored as local time, one hour east
  expect(filetimeIso(plain.modifiedLo, plain.modifiedHi)).toBe('2019-12-31T23:00:42.0000000Z');
  expect(verified(bytes)).toEqual([]);
  expect(volume.upcase()![0x61]).toBe(0x41);
  expect(volume.upcase()![0xe4]).toBe(0xe4);
});

test('what was never written is zeros, whatever the clusters hold', () => {
  const { volume, paths } = scan(build({ valid: { 'chained.bin': 1000 } }).bytes);
  const source = volume.open(paths.get('chained.bin')!.ref);
  expect(readBytes(source, 0, 1000)).toEqual(FILES['chained.bin'].subarray(0, 1000));
  expect(readBytes(source, 1000, 4000)).toEqual(new Uint8Array(4000));
  expect([...source.extents(0, 5000)].at(-1)!.kind).toBe('zero');
});

test('data that the chain does not reach is missing, never zeros', () => {
  const { bytes, link, first } = build();
  link(first.get('chained.bin')! + 6, 0xffff_ffff);
  const { volume, paths, codes } = scan(bytes);
  expect(codes).toEqual(['exfatChainBroken']);
  const row = paths.get('chained.bin')!;
  expect(row.byteState).toBe(ByteState.damaged);
  const source = volume.open(row.ref);
  expect(readBytes(source, 0, 2048)).toEqual(FILES['chained.bin'].subarray(0, 2048));
  expect(thrown(() => readBytes(source, 2048, 1)).code).toBe('MissingData');
});

test('loops, crossings and wrong checksums end with findings', () => {
  const { bytes, link, first, entryAt } = build();
  const start = first.get('chained.bin')!;
  link(start + 2, start);
  const view = new DataView(bytes.buffer);
  view.setUint32(entryAt.get('plain.txt')! + 32 + 20, start, true);
  const { codes, paths } = scan(bytes);
  expect(codes.sort()).toEqual(['exfatChainBroken', 'exfatCrossLinked', 'exfatSetChecksum']);
  expect(paths.has('dir/deeper/END')).toBe(true);
});

test('a directory that is its own child is not walked again', () => {
  const { bytes, first, entryAt } = build();
  new DataView(bytes.buffer).setUint32(entryAt.get('dir/deeper')! + 32 + 20, first.get('dir')!, true);
  const { codes, rows } = scan(bytes);
  expect(codes).toEqual(['exfatSetChecksum', 'exfatDirectoryDamaged']);
  expect(rows.filter(({ name }) => name === 'deeper')).toHaveLength(1);
});

test('sets without stream or name, and secondaries without their file, are told and left out', () => {
  const { bytes, entryAt } = build();
  bytes[entryAt.get('plain.txt')! + 32] = 0xc1;
  bytes[entryAt.get('chained.bin')!] = 0x05; // deleted, but its secondaries are not
  const { codes, paths } = scan(bytes);
  expect(codes).toEqual(['exfatEntrySet', 'exfatEntrySet', 'exfatEntrySet']);
  expect(paths.has('plain.txt')).toBe(false);
  expect(paths.has('EMPTY')).toBe(true);
});

test('clusters of files that the bitmap calls free, and lost ones, are told by the check', () => {
  const { bytes, bitmapOffset, first } = build();
  const n = first.get('plain.txt')! - 2;
  bytes[bitmapOffset + (n >> 3)]! ^= 1 << (n & 7);
  bytes[bitmapOffset + 70] = 1;
  expect(verified(bytes)).toEqual(['exfatBitmapFree', 'exfatBitmapLost']);
});

test('the backup boot region is used where the first is damaged, and a wrong checksum is told', () => {
  const { bytes } = build();
  bytes[92 + 3] = 0xff; // ClusterCount
  expect(open(bytes).findings.map(({ code }) => code)).toEqual(['exfatBootBackup']);
  const other = build().bytes;
  other[200] = 1;
  expect(open(other).findings.map(({ code }) => code)).toEqual(['exfatBootChecksum']);
  other[SECOND_BOOT + 3] = 0;
  other[108] = 40;
  expect(thrown(() => open(other)).code).toBe('InvalidHeader');
});
const SECOND_BOOT = 12 * 512;

test('an up-case table with a wrong checksum is not used', () => {
  const { bytes, rootOffset } = build();
  bytes[rootOffset + 64 + 4]! ^= 1;
  const { opened, volume } = scan(bytes);
  expect(opened.findings.map(({ code }) => code)).toEqual(['exfatUpcaseTable']);
  expect(volume.upcase()).toBeNull();
});

describe('hostile', () => {
  const { bytes, tableOffset, heapOffset, rootOffset, entryAt } = build();
  const hot = [0, 72, 80, 108, 512 * 11, tableOffset, heapOffset, rootOffset, ...[...entryAt.values()].slice(0, 8)];

  test('survives being cut off anywhere', () => {
    expect(surviveTruncations(bytes, exercise, hot)).toBeGreaterThan(30);
  });

  test('fuzz: survives damage', () => {
    expect(surviveMutations(bytes, exercise, { hot, count: 300 })).toBeGreaterThan(0);
  }, 600_000);

  test('takes neither noise nor an empty disk', () => {
    const probe = (head: Uint8Array) => exfat.probe({ head, tail: head, size: 1 << 30 });
    expect(probe(new Uint8Array(65_536))).toBe(false);
    expect(probe(random.bytes(65_536))).toBe(false);
  });
});
