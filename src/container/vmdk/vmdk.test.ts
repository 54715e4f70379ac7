import { describe, expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { emptyRun, RunListSource, storedRun } from '../../source/run-list.ts';
import { containerConformance, expectBytes } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { survive } from '../../testing/survive.ts';
import { thrown } from '../../testing/thrown.ts';
import { buildVmdk, type VmdkSpec, vmdkDescriptor } from '../../testing/vmdk-builder.ts';
import { containerFormats } from '../registry.ts';
import { vmdk } from './index.ts';

const codecs = createCodecs(loadModules());
const random = new Random(44);
const size = 4096 * 12 + 1536;
const write = [
  { offset: 0, bytes: random.bytes(3000) },
  { offset: 4096 * 5 - 100, bytes: random.bytes(5000) },
  { offset: 4096 * 12, bytes: random.bytes(512) },
];
const disk = new Uint8Array(size);
for (const { offset, bytes } of write) disk.set(bytes, offset);

const sparse: VmdkSpec = { kind: 'monolithicSparse', size, write, grainSize: 4096, gtes: 4 };
const stream: VmdkSpec = { kind: 'streamOptimized', size, write, grainSize: 4096, gtes: 128 };
const cases: [string, VmdkSpec][] = [
  ['monolithicSparse', sparse],
  ['monolithicSparse, version 2, zeroed grains', { ...sparse, version: 2, gtes: 512, zeroGrains: [2, 9] }],
  ['streamOptimized', stream],
];
for (const [name, spec] of cases) {
  const { image, gd, firstTable, firstGrain } = buildVmdk(spec);
  containerConformance({
    name: `${name} (fuzz)`,
    format: vmdk,
    registry: containerFormats,
    codecs,
    image,
    contents: [disk],
    edges: [0, 12, 44, 512, gd, firstTable, firstGrain, image.length - 1024],
    seams: [4096, 8192, 4096 * 5, 4096 * 12],
    mutations: 1000,
  });
}

const open = (bytes: Uint8Array) => vmdk.open(new MemorySource('d.vmdk', bytes), { codecs, resolve: () => [] });
const codesOf = (bytes: Uint8Array) => open(bytes).findings.map(({ code }) => code);
const patched = (image: Uint8Array, offset: number, value: number) => {
  const bad = image.slice();
  new DataView(bad.buffer).setUint32(offset, value, true);
  return bad;
};

test('a directory larger than any disk needs is refused, though it lies in the file', () => {
  const { image } = buildVmdk(sparse);
  const forged = image.slice();
  const view = new DataView(forged.buffer);
  view.setBigUint64(12, 10n * 2n ** 20n, true); // 10 Mi sectors in tables of one grain of one sector: 40 MiB of entries
  view.setBigUint64(20, 1n, true);
  view.setUint32(44, 1, true);
  const source = new RunListSource('d.vmdk', 1 << 30, [
    storedRun(0, forged.length, new MemorySource('d.vmdk', forged), 0),
    emptyRun('zero', forged.length, (1 << 30) - forged.length),
  ]);
  expect(thrown(() => vmdk.open(source, { codecs, resolve: () => [] }))).toMatchObject({
    code: 'UnsupportedSize',
    expected: 'a grain directory of at most 33554432 bytes',
  });
});

describe('tables and grains that cannot be', () => {
  const { image, gd, rgd, firstTable } = buildVmdk(sparse);

  test('a table outside the file: the redundant one is used', () => {
    const bad = patched(image, gd, 0x00ff_ffff);
    expect(codesOf(bad)).toEqual(['vmdkTableCopyUsed']);
    expectBytes(readBytes(open(bad).parts[0]!.source, 0, size), disk);
  });

  test('a directory outside the file: the redundant one is used', () => {
    const bad = patched(image, 56, 0x00ff_ffff);
    expect(codesOf(bad)).toEqual(['vmdkTableCopyUsed']);
    expectBytes(readBytes(open(bad).parts[0]!.source, 0, size), disk);
  });

  test('a grain beyond the file: the redundant table knows its place', () => {
    const bad = patched(image, firstTable, 0x00ff_ffff);
    expect(codesOf(bad)).toEqual(['vmdkTableCopyUsed']);
    expectBytes(readBytes(open(bad).parts[0]!.source, 0, size), disk);
  });

  test('a table entry that was wiped in the directory alone', () => {
    const bad = patched(image, gd, 0);
    expect(codesOf(bad)).toEqual(['vmdkTableCopyUsed']);
    expectBytes(readBytes(open(bad).parts[0]!.source, 0, size), disk);
  });

  test('a grain beyond the file in both tables is missing, the others read', () => {
    const bad = patched(patched(image, firstTable, 0x00ff_ffff), rgd + firstTable - gd, 0x00ff_ffff);
    expect(codesOf(bad)).toEqual(['vmdkGrainsLost']);
    const { source } = open(bad).parts[0]!;
    expect(() => readBytes(source, 0, 1)).toThrow('MissingData');
    expect(readBytes(source, 4096, size - 4096)).toEqual(disk.subarray(4096));
  });

  test('262,144 directory entries that lead to one table cost no more than one', () => {
    const entries = 1 << 18;
    const bad = new Uint8Array(image.length + entries * 4);
    bad.set(image);
    const view = new DataView(bad.buffer);
    const sector = new DataView(image.buffer).getUint32(gd, true);
    for (let i = 0; i < entries; i++) view.setUint32(image.length + i * 4, sector, true);
    view.setBigUint64(12, BigInt(entries) * 4n * 8n, true);
    view.setBigUint64(56, BigInt(image.length / 512), true);
    survive(bad, (bytes) => void open(bytes), 'forged directory');
    expect(codesOf(bad)).toContain('vmdkGrainsOverlap');
  });

  test('two grains in one place are told', () => {
    const first = new DataView(image.buffer).getUint32(firstTable, true);
    expect(codesOf(patched(image, firstTable + 4, first))).toEqual(['vmdkGrainsOverlap']);
  });

  test('a compressed grain of another place is missing, a damaged one is told', () => {
    const built = buildVmdk(stream);
    const moved = open(patched(built.image, built.firstGrain, 8)).parts[0]!.source;
    expect(() => readBytes(moved, 0, 1)).toThrow('MissingData');
    const damaged = open(patched(built.image, built.firstGrain + 12, 0)).parts[0]!.source;
    expect(thrown(() => readBytes(damaged, 0, 1))).toMatchObject({
      code: 'InvalidData',
      where: { source: 'd.vmdk', offset: built.firstGrain + 12 },
    });
    expectBytes(readBytes(damaged, 4096, size - 4096), disk.subarray(4096));
  });

  test('extents of compressed grains lead to the stream', () => {
    const built = buildVmdk(stream);
    const [first, second] = [...open(built.image).parts[0]!.source.extents(0, size)];
    expect(first).toMatchObject({
      kind: 'decoded',
      offset: 0,
      length: 4096,
      file: 'd.vmdk',
      fileOffset: built.firstGrain,
    });
    expect(second).toMatchObject({ kind: 'zero', offset: 4096, length: 4096 * 3 });
  });

  test.each([
    ['version 4', 4, 4, 'UnsupportedVersion'],
    ['no grain size', 20, 0, 'InvalidHeader'],
    ['a grain size of 3 sectors', 20, 3, 'InvalidHeader'],
    ['no entries in a table', 44, 0, 'InvalidHeader'],
    ['a descriptor that is none', 28, 2, 'InvalidSignature'],
  ])('%s is refused', (_, offset, value, code) => {
    expect(thrown(() => open(patched(image, offset, value)))).toMatchObject({ code });
  });

  test('a stream without its end is refused', () => {
    const { image: whole } = buildVmdk(stream);
    expect(thrown(() => open(whole.subarray(0, whole.length - 512)))).toMatchObject({ code: 'InvalidSignature' });
  });
});

describe('disks that need other files', () => {
  const refusal = (spec: VmdkSpec) => thrown(() => open(buildVmdk(spec).image));
  const text = (spec: VmdkSpec) => new TextEncoder().encode(vmdkDescriptor(spec));

  test('a delta disk names its parent, for people and for linking', () => {
    const child = { ...sparse, parent: { cid: '1c0ffee0', name: 'base.vmdk' } };
    expect(refusal(child)).toMatchObject({
      code: 'MissingParent',
      expected: 'the parent "base.vmdk" with cid 1c0ffee0',
    });
    const source = new MemorySource('d', buildVmdk(child).image);
    expect(vmdk.identify(source, codecs).needs).toMatchObject([
      { match: [{ format: 'vmdk', cid: '1c0ffee0' }], names: ['base.vmdk'] },
    ]);
  });

  test('a descriptor names its extents', () => {
    const extents = Array.from({ length: 6 }, (_, i) => `RW 100 FLAT "disk-f00${i}.vmdk" 0`);
    expect(thrown(() => open(text({ ...sparse, extents }))).expected).toBe(
      'the data of the disk in "disk-f000.vmdk", "disk-f001.vmdk", "disk-f002.vmdk", "disk-f003.vmdk" and 2 more',
    );
    expect(vmdk.identify(new MemorySource('d', text({ ...sparse, extents })), codecs).needs).toHaveLength(6);
  });

  test('an extent without a descriptor says so', () => {
    const { image } = buildVmdk(sparse);
    expect(thrown(() => open(patched(image, 28, 0)))).toMatchObject({ code: 'UnsupportedFeature' });
  });
});

test('facts and identity', () => {
  const { facts, identity } = open(buildVmdk(stream).image);
  expect(facts).toMatchObject({
    type: 'streamOptimized',
    version: 3,
    virtualSize: size,
    compressed: true,
    allocatedBlocks: 5,
  });
  expect(identity).toEqual({ format: 'vmdk', cid: '1234abcd', createType: 'streamOptimized' });
});

test.each(['\n', ' '])('a descriptor of hardly anything but %j ends in an answer', (filler) => {
  const bytes = new TextEncoder().encode(`# Disk DescriptorFile\na=${filler.repeat(500_000)}x"y"z\n`);
  survive(bytes, (given) => void vmdk.identify(new MemorySource('d.vmdk', given), codecs), 'blanks');
});
