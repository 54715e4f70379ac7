/** Chains of differencing disks over NTFS: every state of the disk, read through its files, against a naive reader. */
import { describe, expect, test } from 'vitest';
import { createCodecs } from '../codec/codecs.ts';
import { Comparison, type Difference } from '../source/compare.ts';
import { MemorySource } from '../source/memory.ts';
import { readBytes } from '../source/read.ts';
import { checkExtents, checkWindows, containerConformance, expectBytes } from '../testing/conformance.ts';
import { fuzzCount, Random } from '../testing/damage.ts';
import { type ChainFile, changedUnits, openInChain, vdiChain, vhdChain, vhdxChain } from '../testing/disk-chain.ts';
import { loadModules } from '../testing/modules.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { referenceDisk } from '../testing/reference/disk-chain.ts';
import { thrown } from '../testing/thrown.ts';
import { mendVhd } from '../testing/vhd-builder.ts';
import { buildVhdx, mendVhdx, VHDX_PLACES } from '../testing/vhdx-builder.ts';
import { containerFormats } from './registry.ts';
import type { ContainerFormat } from './types.ts';
import { vdi } from './vdi/index.ts';
import { vhd } from './vhd/index.ts';
import { vhdx } from './vhdx/index.ts';

const MIB = 1 << 20;
const codecs = createCodecs(loadModules());
const random = new Random(23);
const SIZE = 3 * MIB + 4096;

/** A volume at four times: files come, change and go. */
const files = ['a.txt', 'b.dll', 'c.log', 'd.dat'].map((name) => ({ name, data: random.bytes(90_000) }));
const states = [0, 1, 2, 3].map((time) => {
  const changed = files
    .filter((_, i) => (i + time) % 4 !== 3)
    .map(({ name, data }, i) => ({ name, data: (i + time) % 3 === 0 ? data.toReversed() : data }));
  return buildNtfs({ root: [{ name: 'Windows', dir: changed }], size: SIZE, clusterSize: 1024 });
});

const chains: [string, ContainerFormat, readonly ChainFile[]][] = [
  ['VHD, blocks of 2 MiB', vhd, vhdChain(states)],
  ['VHD, small blocks, scattered', vhd, vhdChain(states, { blockSize: 8192, scatter: true })],
  ['VHDX', vhdx, vhdxChain(states)],
  ['VHDX, blocks of 2 MiB, scattered', vhdx, vhdxChain(states, { blockSize: 2 * MIB, scatter: true })],
  ['VHDX, sectors of 4 KiB', vhdx, vhdxChain(states, { logicalSectorSize: 4096 })],
  ['VDI', vdi, vdiChain(states, 4096)],
  ['VDI, undo images', vdi, vdiChain(states, 16_384, true)],
];

describe.each(chains)('%s', (_, format, chain) => {
  test('fuzz: each file shows the disk as it was then, like the naive reader', () => {
    chain.forEach(({ name }, i) => {
      const { parts, findings } = openInChain(format, codecs, chain, name);
      expect(findings).toEqual([]);
      const seams = [4096, 8192, MIB, 2 * MIB, 3 * MIB];
      checkWindows(parts[0]!.source, states[i]!, { edges: seams, count: fuzzCount(100) });
      expectBytes(referenceDisk(chain.slice(0, i + 1).map(({ bytes }) => bytes)), states[i]!, `reference of ${name}`);
    });
  });

  test('each byte is told to lie in the file that holds it', () => {
    const bytes = Object.fromEntries(chain.map((file) => [file.name, file.bytes]));
    const { source } = openInChain(format, codecs, chain, chain[3]!.name).parts[0]!;
    checkExtents(source, bytes);
    const named = new Set([...source.extents(0, source.size)].flatMap(({ file }) => file ?? []));
    expect([...named].sort()).toEqual(chain.map(({ name }) => name));
  });

  test('two nodes are compared by reading what the files between them hold', () => {
    const [older, newer] = [1, 3].map((i) => openInChain(format, codecs, chain, chain[i]!.name).parts[0]!.source);
    const found: Difference[] = [];
    const shared = new Set(chain.map(({ name }) => name));
    const comparison = new Comparison(older!, newer!, (difference) => found.push(difference), { shared, unit: 4096 });
    comparison.step(Number.POSITIVE_INFINITY);
    const changed = changedUnits(states[1]!, states[3]!, 4096);
    expect(found).toEqual(changed.map(({ offset, bytes }) => ({ kind: 'differs', offset, length: bytes.length })));
    const between = [...newer!.extents(0, SIZE)].filter(
      ({ file }) => file === chain[2]!.name || file === chain[3]!.name,
    );
    // in units of 4 KiB that begin and end with what the two share
    expect(comparison.compared).toBeLessThan(between.reduce((sum, { length }) => sum + length + 2 * 4096, 0));
    expect(comparison.compared).toBeLessThan(SIZE / 2);
  });

  test('a child without its parent is refused, by the name of the parent', () => {
    const [, child] = chain;
    const error = thrown(() => openInChain(format, codecs, [child!], child!.name));
    expect(error).toMatchObject({ code: 'MissingParent', actual: 'no such file among those opened' });
    expect(error.expected).toContain(format === vdi ? '00000000-1111-4222-8333-444444444440' : 'disk0.vhd');
  });
});

describe('a parent of another size', () => {
  const chainOf: [string, ContainerFormat, (states: readonly Uint8Array[]) => ChainFile[]][] = [
    ['VHD', vhd, (of) => vhdChain(of)],
    ['VHDX', vhdx, (of) => vhdxChain(of)],
    ['VDI', vdi, (of) => vdiChain(of, MIB)],
  ];
  const small = random.bytes(MIB + 1024);
  const large = new Uint8Array(3 * MIB);
  large.set(small);
  large.fill(7, MIB + 512, MIB + 1024);

  test.each(chainOf)('%s: a child that grew has zeros beyond the parent’s end', (_, format, chain) => {
    const files = chain([small, large]);
    const { parts, findings } = openInChain(format, codecs, files, files[1]!.name);
    const facts = { size: large.length, parentSize: small.length };
    expect(findings).toMatchObject([{ code: 'parentSizeDiffers', severity: 'info', facts }]);
    checkWindows(parts[0]!.source, large, { edges: [small.length, 2 * MIB], count: 50 });
  });

  test.each(chainOf)('%s: a child that shrank shows its own size', (_, format, chain) => {
    const files = chain([large, large.slice(0, small.length)]);
    const { source } = openInChain(format, codecs, files, files[1]!.name).parts[0]!;
    expectBytes(readBytes(source, 0, source.size), large.slice(0, small.length));
  });
});

test('zeroed and unmapped blocks of a VHDX hide what the parent has, absent ones do not', () => {
  const disk = random.bytes(5 * MIB);
  const [base] = vhdxChain([disk]);
  for (const state of [0, 1, 2, 3]) {
    const [, child] = vhdxChain([disk, disk], { emptyStates: { 1: state, 4: state } });
    const { source } = openInChain(vhdx, codecs, [base!, child!], child!.name).parts[0]!;
    const expected = disk.slice();
    if (state !== 0) for (const block of [1, 4]) expected.fill(0, block * MIB, (block + 1) * MIB);
    expectBytes(readBytes(source, 0, disk.length), expected, `state ${state}`);
  }
});

test('a block far behind is found by the bitmap of its own chunk', () => {
  // a chunk of 512-byte sectors is 4 GiB: blocks 4095 and 4096 of 1 MiB stand on both sides of a bitmap entry
  const size = 2 ** 32 + 2 * MIB;
  const parent = { parent_linkage: '{00000000-1111-4222-8333-444444444440}' };
  const write = [2 ** 32 - 512, 2 ** 32 + 512].map((offset) => ({ offset, bytes: random.bytes(512) }));
  const bytes = buildVhdx({ kind: 'dynamic', size, parent, write });
  const below = new MemorySource('below', random.bytes(512)); // the parent is a small one: the rest is zeros
  const { parts } = vhdx.open(new MemorySource('far', bytes), { codecs, resolve: () => [below] });
  const { source } = parts[0]!;
  for (const { offset, bytes: written } of write) expectBytes(readBytes(source, offset, 512), written);
  expectBytes(readBytes(source, 2 ** 32, 512), new Uint8Array(512));
  expect([...source.extents(2 ** 32 - 1024, 2048)].map(({ kind }) => kind)).toEqual([
    'zero',
    'stored',
    'zero',
    'stored',
  ]);
});

test('a child whose table updates are still in its log', () => {
  const { bat, metadata } = VHDX_PLACES;
  const dirty = vhdxChain(states, { unflushed: [bat, metadata + 0x1_0000] });
  const { parts, facts } = openInChain(vhdx, codecs, dirty, 'disk3.vhdx');
  expect(facts).toMatchObject({ type: 'differencing', state: 'log replayed', logEntries: 2 });
  checkWindows(parts[0]!.source, states[3]!, { count: 50 });
});

describe('blocks of a child that cannot be', () => {
  const disk = states[0]!;
  const below = new MemorySource('below', disk);
  const resolve = () => [below];

  test('VHD: a bitmap beyond the file leaves its block missing, the others read', () => {
    const child = vhdChain([disk, states[1]!], { blockSize: 4096 })[1]!.bytes.slice();
    const view = new DataView(child.buffer);
    const table = Number(view.getBigUint64(512 + 16));
    const block = [...Array(SIZE / 4096).keys()].find((i) => view.getUint32(table + i * 4) !== 0xffff_ffff)!;
    view.setUint32(table + block * 4, 0x00ff_ffff);
    const { parts, findings } = vhd.open(new MemorySource('d', child), { codecs, resolve });
    expect(findings.map(({ code }) => code)).toEqual(['vhdBlocksLost']);
    expect(() => readBytes(parts[0]!.source, block * 4096, 1)).toThrow('MissingData');
    const next = (block + 1) * 4096;
    expectBytes(readBytes(parts[0]!.source, next, SIZE - next), states[1]!.subarray(next));
  });

  test('VHDX: a shared block without its bitmap is missing', () => {
    const child = vhdxChain([disk, states[1]!])[1]!.bytes.slice();
    new DataView(child.buffer).setBigUint64(VHDX_PLACES.bat + 4096 * 8, 0n, true);
    const { parts, findings } = vhdx.open(new MemorySource('d', child), { codecs, resolve });
    expect(findings.map(({ code }) => code)).toEqual(['vhdxBlocksLost']);
    expect(() => readBytes(parts[0]!.source, 0, 1)).toThrow('MissingData');
  });
});

const [, vhdChild] = vhdChain(states, { blockSize: 65_536 });
const [, vhdxChild] = vhdxChain(states);
const [, vdiChild] = vdiChain(states, 65_536);
const others = { resolve: () => [new MemorySource('below', states[0]!)], files: { below: states[0]! } };
const common = { registry: containerFormats, codecs, contents: [states[1]!], others, mutations: 300 };
const hot = [VHDX_PLACES.headers[0], VHDX_PLACES.metadata, VHDX_PLACES.metadata + 0x1_0000, VHDX_PLACES.bat];
const vhdxEdges = [...hot, ...VHDX_PLACES.regions, VHDX_PLACES.bat + 4096 * 8, vhdxChild!.bytes.length - MIB];
containerConformance({
  ...common,
  name: 'differencing (fuzz)',
  format: vhd,
  image: vhdChild!.bytes,
  edges: [0, 512, 512 + 576, 1536, 2048, 2560, 3072, 3584, vhdChild!.bytes.length - 512],
  seams: [65_536, MIB],
  mend: mendVhd,
});
containerConformance({
  ...common,
  name: 'differencing (fuzz)',
  format: vhdx,
  image: vhdxChild!.bytes,
  edges: vhdxEdges,
  seams: [MIB, 2 * MIB],
  mend: mendVhdx,
  mutations: 100,
});
containerConformance({
  ...common,
  name: 'differencing (fuzz)',
  format: vdi,
  image: vdiChild!.bytes,
  edges: [64, 76, 340, 368, 424, 512, 700],
  seams: [65_536, MIB],
});
