/** Disks in several files: split, flat, delta, and the sparse formats of ESX. */
import { describe, expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import type { Resolve } from '../../source/format.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { containerConformance, expectBytes, walkContainer } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { survive, surviveMutations } from '../../testing/survive.ts';
import { thrown } from '../../testing/thrown.ts';
import { buildVmdk } from '../../testing/vmdk-builder.ts';
import { buildCowd, buildSeSparse, type DescriptorSpec, descriptorText } from '../../testing/vmdk-extents-builder.ts';
import { containerFormats } from '../registry.ts';
import { vmdk } from './index.ts';

const codecs = createCodecs(loadModules());
const random = new Random(46);
const MIB = 1 << 20;
const write = [
  { offset: 0, bytes: random.bytes(3000) },
  { offset: 4096 * 5 - 100, bytes: random.bytes(5000) },
  { offset: 3 * MIB + 333, bytes: random.bytes(9000) },
];
const size = 3 * MIB + 32_768;
const content = (base: Uint8Array = new Uint8Array(size)): Uint8Array => base.slice();
/** What `write` leaves of `below` in grains of a size: whole grains are the child's. */
function over(below: Uint8Array, grainSize: number, zeroGrains: readonly number[] = []): Uint8Array {
  const merged = content(below);
  for (const { offset, bytes } of write) {
    const first = Math.floor(offset / grainSize) * grainSize;
    merged.fill(0, first, Math.ceil((offset + bytes.length) / grainSize) * grainSize);
  }
  for (const { offset, bytes } of write) merged.set(bytes, offset);
  for (const grain of zeroGrains) merged.fill(0, grain * grainSize, (grain + 1) * grainSize);
  return merged;
}

/** An extent without a descriptor of its own, as split disks have it. */
const bare = (image: Uint8Array): Uint8Array => image.slice().fill(0, 28, 44);
const files = new Map<string, Uint8Array>();
const below = random.bytes(size - 5000 * 4 - (size % 512));
const base = new MemorySource('base.vmdk', below);
const resolve: Resolve = ({ names, want }) => {
  const bytes = files.get(names[0]!);
  if (want === 'disk') return names[0] === 'base.vmdk' ? [base] : [];
  return bytes === undefined ? [] : [new MemorySource(names[0]!, bytes)];
};
const padded = new Uint8Array(size);
padded.set(below);

const flat = random.bytes(1 * MIB);
files.set('flat 1.vmdk', flat);
files.set('part-s001.vmdk', bare(buildVmdk({ kind: 'monolithicSparse', size: MIB, write: write.slice(0, 2) }).image));
files.set('part-s002.vmdk', bare(buildVmdk({ kind: 'monolithicSparse', size: size - 2 * MIB }).image));
const cowd = buildCowd({ size, write });
files.set('delta.vmdk', cowd.image);
const zeroGrains = [3, 700, 701];
const se = buildSeSparse({ size, write, zeroGrains });
files.set('sesparse.vmdk', se.image);

const mixed: DescriptorSpec = {
  createType: 'custom',
  extents: [
    `RW ${MIB / 512} SPARSE "part-s001.vmdk"`,
    'RW 100 ZERO',
    `RW ${MIB / 512 - 100} FLAT "flat 1.vmdk" 7`,
    `RW ${(size - 2 * MIB) / 512} SPARSE "part-s002.vmdk"`,
  ],
};
const mixedDisk = new Uint8Array(size);
for (const { offset, bytes } of write.slice(0, 2)) mixedDisk.set(bytes, offset);
mixedDisk.set(flat.subarray(7 * 512, 7 * 512 + MIB - 100 * 512), MIB + 100 * 512);

const parent = { cid: '1c0ffee0', name: 'base.vmdk' };
const cases: [string, DescriptorSpec, Uint8Array][] = [
  ['custom: sparse, zero, flat, sparse', mixed, mixedDisk],
  ['vmfs', { createType: 'vmfs', extents: [`RW ${flat.length / 512} VMFS "flat 1.vmdk"`] }, flat],
  [
    'COWD without a parent',
    { createType: 'vmfsSparse', extents: [`RW ${size / 512} VMFSSPARSE "delta.vmdk"`] },
    over(new Uint8Array(size), 512),
  ],
  [
    'COWD delta',
    { createType: 'vmfsSparse', parent, extents: [`RW ${size / 512} VMFSSPARSE "delta.vmdk"`] },
    over(padded, 512),
  ],
  [
    'seSparse delta',
    { createType: 'seSparse', parent, extents: [`RW ${size / 512} SESPARSE "sesparse.vmdk"`] },
    over(padded, 4096, zeroGrains),
  ],
];
const open = (bytes: Uint8Array, answer: Resolve = resolve) =>
  vmdk.open(new MemorySource('d.vmdk', bytes), { codecs, resolve: answer });

for (const [name, spec, disk] of cases)
  containerConformance({
    name: `${name} (fuzz)`,
    format: vmdk,
    registry: containerFormats,
    codecs,
    image: descriptorText(spec),
    contents: [disk],
    edges: [0, 60, 120, 200],
    seams: [4096, 8192, MIB, 2 * MIB, below.length].filter((seam) => seam < disk.length),
    mutations: 300,
    others: { resolve, files: { ...Object.fromEntries(files), 'base.vmdk': below } },
  });

describe.each([
  ['COWD', cases[3]![1], 'delta.vmdk', cowd],
  ['seSparse', cases[4]![1], 'sesparse.vmdk', se],
] as const)('a damaged extent: %s', (_, spec, name, { image, directory, firstTable, firstGrain }) => {
  const text = descriptorText(spec);
  test('fuzz: survives', () => {
    const exercise = (bytes: Uint8Array) =>
      walkContainer(vmdk, text, codecs, (need) =>
        need.names[0] === name ? [new MemorySource(name, bytes)] : resolve(need),
      );
    surviveMutations(image, exercise, { count: 400, hot: [0, 64, 128, 512, directory, firstTable, firstGrain] });
    for (const length of [0, 7, 511, 512, 1024, directory, directory + 9, firstTable + 100, firstGrain + 1])
      survive(image.subarray(0, length), exercise, `cut to ${length} bytes`);
  }, 600_000);

  test('a grain beyond the file is missing, its neighbours read', () => {
    const bad = image.slice();
    new DataView(bad.buffer).setUint32(firstTable, 0x7f_ffff, true);
    const { parts, findings } = open(text, (need) =>
      need.names[0] === name ? [new MemorySource(name, bad)] : resolve(need),
    );
    expect(findings.map(({ code }) => code)).toContain('vmdkGrainsLost');
    expect(() => readBytes(parts[0]!.source, 0, 1)).toThrow('MissingData');
    expectBytes(readBytes(parts[0]!.source, 4096 * 8, 4096), padded.subarray(4096 * 8, 4096 * 9));
  });
});

describe('what is not there, or not readable', () => {
  test('one extent of several: its part is missing, and told', () => {
    const { parts, findings } = open(descriptorText(mixed), (need) => (need.id === 'extent:2' ? [] : resolve(need)));
    expect(findings.map(({ code }) => code)).toEqual(['vmdkExtentMissing']);
    expectBytes(readBytes(parts[0]!.source, 0, MIB + 51_200), mixedDisk.subarray(0, MIB + 51_200));
    expect(() => readBytes(parts[0]!.source, MIB + 51_200, 1)).toThrow('MissingData');
  });

  test('an extent that is damaged, and one that is short', () => {
    files.set('bad.vmdk', bare(buildVmdk({ kind: 'monolithicSparse', size: MIB }).image).fill(0xff, 20, 28));
    const extents = ['RW 2048 SPARSE "bad.vmdk"', 'RW 3000 FLAT "flat 1.vmdk" 0'];
    const { parts, findings } = open(descriptorText({ createType: 'custom', extents }));
    expect(findings.map(({ code }) => code)).toEqual(['vmdkExtentDamaged', 'vmdkExtentShort']);
    const kinds = [...parts[0]!.source.extents(0, 5048 * 512)].map(({ kind, length }) => [kind, length]);
    expect(kinds).toEqual([
      ['missing', MIB],
      ['stored', MIB],
      ['missing', 952 * 512],
    ]);
  });

  test.each([
    ['keys in the descriptor', 'encryption.keySafe = "vmware:key/list/(pair/(phrase/x))"'],
    ['the filter of vSphere', 'ddb.iofilters = "vmwarevmcrypt"'],
  ])('an encrypted disk: %s', (_, line) => {
    const text = descriptorText({ ...cases[1]![1], lines: [line] });
    expect(thrown(() => open(text))).toMatchObject({ code: 'UnsupportedFeature', actual: 'an encrypted disk' });
  });

  test('an seSparse whose journal waits', () => {
    files.set('open.vmdk', buildSeSparse({ size: MIB }, { replay: 1n }).image);
    const text = descriptorText({ createType: 'seSparse', extents: ['RW 2048 SESPARSE "open.vmdk"'] });
    expect(open(text).findings[0]!.message).toContain('a journal that must be replayed first');
  });

  test.each([
    ['no extents', { createType: 'custom', extents: [] }, 'InvalidCount'],
    ['an unknown kind', { createType: 'custom', extents: ['RW 8 QUANTUM "flat 1.vmdk"'] }, 'UnsupportedFeature'],
    ['a forged size', { createType: 'custom', extents: [`RW ${2 ** 52} ZERO`] }, 'InvalidLength'],
    ['a delta without its parent', { ...cases[3]![1], parent: { cid: '1', name: 'gone.vmdk' } }, 'MissingParent'],
  ])('%s is refused', (_, spec, code) => {
    expect(thrown(() => open(descriptorText(spec)))).toMatchObject({ code });
  });

  test('an ESX extent alone asks for its descriptor', () => {
    for (const { image } of [cowd, se])
      expect(thrown(() => open(image)).actual).toContain('another file holds the descriptor');
  });
});

test('names of files in the code page that the descriptor names', () => {
  const text = Buffer.from(descriptorText({ createType: 'vmfs', extents: ['RW 8 VMFS "\u00fcber.vmdk"'] })).toString();
  const latin = Buffer.from(text.replace('UTF-8', 'windows-1252'), 'latin1');
  const [need] = vmdk.identify(new MemorySource('d', new Uint8Array(latin)), codecs).needs;
  expect(need).toMatchObject({ id: 'extent:0', want: 'file', names: ['\u00fcber.vmdk'], required: true });
});
