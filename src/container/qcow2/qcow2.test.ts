import { describe, expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import type { Resolve } from '../../source/format.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { containerConformance, expectBytes } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { buildQcow2, type Qcow2Spec } from '../../testing/qcow2-builder.ts';
import { survive } from '../../testing/survive.ts';
import { thrown } from '../../testing/thrown.ts';
import { containerFormats } from '../registry.ts';
import { qcow2 } from './index.ts';

const codecs = createCodecs(loadModules());
const random = new Random(45);
const size = 4096 * 12 + 1536;
const write = [
  { offset: 0, bytes: random.bytes(3000) },
  { offset: 4096 * 5 - 100, bytes: random.bytes(5000) },
  { offset: 4096 * 12, bytes: random.bytes(512) },
];
const disk = new Uint8Array(size);
for (const { offset, bytes } of write) disk.set(bytes, offset);
const zeroed = disk.slice();
zeroed.fill(0, 4096 * 5, 4096 * 6);

const plain: Qcow2Spec = { version: 3, size, write, clusterBits: 12 };
const cases: [string, Qcow2Spec, Uint8Array, number?][] = [
  ['version 2', { ...plain, version: 2 }, disk],
  ['version 3, zero clusters plain and kept', { ...plain, zeroClusters: [2, 5, 9] }, zeroed],
  ['version 3, compressed', { ...plain, compress: true, snapshots: ['before the update', ''] }, disk, 2],
  ['clusters of 512 bytes', { ...plain, clusterBits: 9 }, disk],
];
for (const [name, spec, content, snapshots = 0] of cases) {
  const { image, l1, l2, data } = buildQcow2(spec);
  containerConformance({
    name: `${name} (fuzz)`,
    format: qcow2,
    registry: containerFormats,
    codecs,
    image,
    contents: new Array<Uint8Array>(1 + snapshots).fill(content),
    edges: [0, 20, 72, l1, l2, data],
    seams: [4096, 8192, 4096 * 5, 4096 * 12],
    mutations: 800,
  });
}

const open = (bytes: Uint8Array) => qcow2.open(new MemorySource('d.qcow2', bytes), { codecs, resolve: () => [] });
const codesOf = (bytes: Uint8Array) => open(bytes).findings.map(({ code }) => code);
const refusal = (spec: Partial<Qcow2Spec>) => thrown(() => open(buildQcow2({ ...plain, ...spec }).image));
const patched = (image: Uint8Array, offset: number, value: number) => {
  const bad = image.slice();
  new DataView(bad.buffer).setUint32(offset, value);
  return bad;
};

describe('tables and clusters that cannot be', () => {
  const { image, l1, l2 } = buildQcow2(plain);

  test('a cluster beyond the file is missing, the others read', () => {
    const bad = patched(image, l2 + 4, 0x00ff_f000);
    expect(codesOf(bad)).toEqual(['qcow2ClustersLost']);
    const { source } = open(bad).parts[0]!;
    expect(() => readBytes(source, 0, 1)).toThrow('MissingData');
    expect(readBytes(source, 4096, size - 4096)).toEqual(disk.subarray(4096));
  });

  test('a cluster off the cluster edge is missing', () => {
    expect(codesOf(patched(image, l2 + 4, 0x200))).toEqual(['qcow2ClustersLost']);
  });

  test('an L2 table outside the file: its clusters are missing', () => {
    const { source } = open(patched(image, l1 + 4, 0x00ff_f000)).parts[0]!;
    expect([...source.extents(0, size)]).toMatchObject([{ kind: 'missing', offset: 0, length: size }]);
  });

  test('two clusters in one place are told', () => {
    const first = new DataView(image.buffer).getUint32(l2 + 4);
    expect(codesOf(patched(image, l2 + 4 * 8 + 4, first))).toEqual(['qcow2ClustersOverlap']);
  });

  test('an L1 table that is too short leaves the rest missing', () => {
    const bad = patched(image, 36, 0);
    expect(codesOf(bad)).toEqual(['qcow2TableShort']);
    expect(() => readBytes(open(bad).parts[0]!.source, 0, 1)).toThrow('MissingData');
  });

  test('a damaged compressed cluster is told, with its place', () => {
    const built = buildQcow2({ ...plain, compress: true });
    const [first] = [...open(built.image).parts[0]!.source.extents(0, size)];
    expect(first).toMatchObject({ kind: 'decoded', offset: 0, length: 4096, file: 'd.qcow2' });
    const bad = built.image.slice().fill(0xff, first!.fileOffset, first!.fileOffset + 8);
    const where = { source: 'd.qcow2', offset: first!.fileOffset };
    const { source } = open(bad).parts[0]!;
    expect(thrown(() => readBytes(source, 0, 1))).toMatchObject({ code: 'InvalidData', where });
    expectBytes(readBytes(source, 4096, 4096 * 3), disk.subarray(4096, 4096 * 4));
  });

  test('262,144 L1 entries that lead to one table cost no more than one', () => {
    const entries = 1 << 18;
    const bad = new Uint8Array(image.length + entries * 8);
    bad.set(image);
    const view = new DataView(bad.buffer);
    for (let i = 0; i < entries; i++) view.setUint32(image.length + i * 8 + 4, l2);
    view.setBigUint64(24, BigInt(entries) * 512n * 4096n);
    view.setUint32(36, entries);
    view.setBigUint64(40, BigInt(image.length));
    survive(bad, (bytes) => void open(bytes), 'forged L1');
    expect(codesOf(bad)).toEqual(['qcow2ClustersOverlap']);
  });

  test.each([
    ['qcow of version 1', 4, 1, 'UnsupportedVersion'],
    ['version 4', 4, 4, 'UnsupportedVersion'],
    ['clusters of 256 bytes', 20, 8, 'InvalidHeader'],
    ['clusters of 4 MiB', 20, 22, 'InvalidHeader'],
    ['a header of no length', 100, 0, 'InvalidHeader'],
    ['an L1 table outside', 44, 0x7fff_ffff, 'InvalidOffset'],
  ])('%s is refused', (_, offset, value, code) => {
    expect(thrown(() => open(patched(image, offset, value)))).toMatchObject({ code });
  });
});

describe('what is refused, by name', () => {
  test('features', () => {
    const featureNames = [[7, 'quantum clusters']] as const;
    expect(refusal({ incompatible: 0x180, featureNames })).toMatchObject({
      code: 'UnsupportedFeature',
      actual: 'quantum clusters, bit 8',
    });
    expect(refusal({ cryptMethod: 1 }).actual).toBe('a disk encrypted by AES');
    expect(refusal({ cryptMethod: 2 }).actual).toBe('a disk encrypted by LUKS');
  });

  test('other files, for people and for linking', () => {
    const backing = { file: '/vm/base.qcow2', format: 'qcow2' };
    expect(refusal({ backing })).toMatchObject({
      code: 'MissingParent',
      expected: 'the backing file "/vm/base.qcow2"',
    });
    expect(refusal({ incompatible: 4, dataFile: 'disk.raw' })).toMatchObject({
      code: 'MissingPart',
      expected: 'the data file "disk.raw"',
    });
    expect(refusal({ incompatible: 4 }).expected).toBe('the data file of no stored name');
  });

  test.each([
    ['base.img', 'raw', ['base.img'], 'file'],
    ['file:///vm/base.img', 'vmdk', ['/vm/base.img'], 'disk'],
    ['json:{"driver":"qcow2","file":{"driver":"file","filename":"b.qcow2"}}', 'qcow2', ['b.qcow2'], 'disk'],
    ['json:{"file.filename":"c.qcow2"}', 'qcow2', ['c.qcow2'], 'disk'],
    ['json:{', 'qcow2', ['json:{'], 'disk'],
  ])('the backing file %s (%s)', (file, format, names, want) => {
    const child = new MemorySource('d', buildQcow2({ ...plain, backing: { file, format } }).image);
    expect(qcow2.identify(child, codecs).needs).toMatchObject([
      { id: 'parent', kind: 'parent', match: [], names, want },
    ]);
  });

  test('an unknown compression, only where a cluster is compressed', () => {
    const image = buildQcow2({ ...plain, compress: true, incompatible: 8 }).image.slice();
    image[104] = 7;
    const { source } = open(image).parts[0]!;
    expect(thrown(() => readBytes(source, 0, 1))).toMatchObject({ code: 'UnsupportedFeature' });
    expectBytes(readBytes(source, 4096, 4096), disk.subarray(4096, 8192));
  });
});

describe('what lies behind', () => {
  const below = random.bytes(4096 * 7 + 700);
  const base = new MemorySource('base.raw', below);
  const resolve: Resolve = ({ names }) => (names[0] === 'base.raw' ? [base] : []);
  const backing = { file: 'base.raw', format: 'raw' };
  const merged = (zeroClusters: readonly number[]): Uint8Array => {
    const whole = new Uint8Array(size);
    whole.set(below);
    for (const cluster of [0, 4, 5, 6, 12]) {
      const end = Math.min(size, (cluster + 1) * 4096);
      whole.set(disk.subarray(cluster * 4096, end), cluster * 4096);
    }
    for (const cluster of zeroClusters) whole.fill(0, cluster * 4096, (cluster + 1) * 4096);
    return whole;
  };
  const { image, l1, l2, data } = buildQcow2({ ...plain, backing, zeroClusters: [2, 9] });
  containerConformance({
    name: 'a child over a shorter backing file (fuzz)',
    format: qcow2,
    registry: containerFormats,
    codecs,
    image,
    contents: [merged([2, 9])],
    edges: [0, 20, 72, l1, l2, data],
    seams: [4096, 8192, 4096 * 5, 4096 * 7 + 700, 4096 * 12],
    mutations: 800,
    others: { resolve, files: { 'base.raw': below } },
  });

  test('an external data file holds the clusters, the first one at 0', () => {
    const built = buildQcow2({ ...plain, incompatible: 4, dataFile: 'd.raw' });
    const entries = new DataView(built.image.buffer);
    const outside = new Uint8Array(4096 * 13);
    for (const [i, cluster] of [0, 4, 5, 6, 12].entries()) {
      outside.set(built.image.subarray(built.data + i * 4096, built.data + (i + 1) * 4096), i * 4096);
      entries.setBigUint64(built.l2 + cluster * 8, BigInt(i * 4096) | (1n << 63n));
    }
    const file = new MemorySource('d.raw', outside);
    const { source } = qcow2.open(new MemorySource('d', built.image.slice(0, built.data)), {
      codecs,
      resolve: () => [file],
    }).parts[0]!;
    expectBytes(readBytes(source, 0, size), disk);
    const stored = [...source.extents(0, size)].filter(({ kind }) => kind === 'stored');
    expect(stored.map((extent) => [extent.file, extent.fileOffset])).toEqual([
      ['d.raw', 0],
      ['d.raw', 4096],
      ['d.raw', 4 * 4096],
    ]);
  });
});

test('facts, marks and snapshots', () => {
  const { facts, findings } = open(
    buildQcow2({ ...plain, compress: true, incompatible: 3, snapshots: ['one', ''] }).image,
  );
  expect(facts).toMatchObject({ version: 3, virtualSize: size, allocatedBlocks: 5, compressedBlocks: 3 });
  expect(facts).toMatchObject({ snapshots: ['one', '2'], snapshotCount: 2 });
  expect(findings.map(({ code }) => code)).toEqual(['qcow2Corrupt', 'qcow2Dirty', 'qcow2Snapshots']);
});
