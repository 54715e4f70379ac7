import { describe, expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { place } from '../../source/place.ts';
import { readBytes } from '../../source/read.ts';
import { containerConformance, expectBytes } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { thrown } from '../../testing/thrown.ts';
import { buildVhdx, mendVhdx, VHDX_PLACES, type VhdxSpec } from '../../testing/vhdx-builder.ts';
import { containerFormats } from '../registry.ts';
import { vhdx } from './index.ts';

const MIB = 1 << 20;
const codecs = createCodecs(loadModules());
const context = { codecs, resolve: () => [] };
const random = new Random(7);
const size = 4 * MIB + 8192;
const write = [
  { offset: 100, bytes: random.bytes(5000) },
  { offset: 2 * MIB - 3000, bytes: random.bytes(6000) },
  { offset: 4 * MIB + 4096, bytes: random.bytes(4096) },
];
const disk = new Uint8Array(size);
for (const { offset, bytes } of write) disk.set(bytes, offset);
const { bat, metadata, log, headers, regions } = VHDX_PLACES;

const open = (bytes: Uint8Array) => vhdx.open(new MemorySource('d.vhdx', bytes), context);
const codesOf = (bytes: Uint8Array) => open(bytes).findings.map(({ code }) => code);

const refusal = (bytes: Uint8Array) => thrown(() => open(bytes));

const cases: [string, VhdxSpec][] = [
  ['dynamic', { kind: 'dynamic', size, write }],
  ['dynamic, 4096-byte sectors, scattered', { kind: 'dynamic', size, write, logicalSectorSize: 4096, scatter: true }],
  ['fixed, blocks of 2 MiB', { kind: 'fixed', size, write, blockSize: 2 * MIB }],
  [
    'dynamic, updates in the log',
    { kind: 'dynamic', size, write, emptyState: 2, unflushed: [bat, metadata, metadata + 0x1_0000] },
  ],
];
for (const [name, spec] of cases)
  containerConformance({
    name,
    format: vhdx,
    registry: containerFormats,
    codecs,
    image: buildVhdx(spec),
    contents: [disk],
    edges: [
      0,
      ...headers,
      ...regions,
      log,
      2 * MIB - 4096,
      metadata,
      metadata + 0x1_0000,
      bat,
      4 * MIB,
      5 * MIB,
      6 * MIB,
    ],
    seams: [MIB, 2 * MIB, 3 * MIB, 4 * MIB],
    mend: mendVhdx,
    mutations: 500,
  });

test('blocks behind a sector bitmap entry are found', () => {
  // one chunk is 2^23 sectors: 4 GiB, so block 4096 of 1 MiB stands behind a bitmap entry
  const far = 2 ** 32 + 5 * MIB;
  const image = buildVhdx({ kind: 'dynamic', size: far + MIB, write: [{ offset: far, bytes: random.bytes(512) }] });
  const { source } = open(image).parts[0]!;
  expect(readBytes(source, far, 512)).toEqual(image.subarray(4 * MIB, 4 * MIB + 512));
  expect([...source.extents(0, source.size)].map(({ kind, offset }) => [kind, offset])).toEqual([
    ['zero', 0],
    ['stored', far],
  ]);
});

test.each([0, 1, 2, 3])('blocks of state %i read as zeros', (emptyState) => {
  const { source } = open(buildVhdx({ kind: 'dynamic', size: 2 * MIB, emptyState })).parts[0]!;
  expect(readBytes(source, 1000, 5000)).toEqual(new Uint8Array(5000));
});

describe('headers and tables', () => {
  const image = buildVhdx({ kind: 'dynamic', size, write });
  const wiped = (...offsets: number[]) => {
    const bad = image.slice();
    for (const offset of offsets) bad[offset + 100] = 0xff;
    return bad;
  };

  test('one damaged header or region table is only a note', () => {
    expect(codesOf(wiped(headers[1], regions[0]))).toEqual(['vhdxHeaderDamaged', 'vhdxRegionTableDamaged']);
  });

  test('two damaged ones are refused at their place', () => {
    expect(refusal(wiped(...headers))).toMatchObject({ code: 'InvalidChecksum', where: { offset: headers[0] + 4 } });
    expect(refusal(wiped(...regions))).toMatchObject({ code: 'InvalidChecksum', where: { offset: regions[0] + 4 } });
  });

  test('the header with the higher sequence number rules', () => {
    const bad = image.slice();
    bad[headers[0] + 66] = 9; // version 9 in the older one
    mendVhdx(bad);
    expect(codesOf(bad)).toEqual([]);
    bad[headers[1] + 66] = 9;
    mendVhdx(bad);
    expect(refusal(bad).code).toBe('UnsupportedVersion');
  });

  test('an unknown metadata item is passed over unless it is required', () => {
    const bad = image.slice();
    bad[metadata + 32 + 4 * 32] = 0x77; // physical sector size becomes something else
    expect(refusal(bad)).toMatchObject({ code: 'UnsupportedFeature', where: { offset: metadata + 32 + 4 * 32 } });
    bad[metadata + 32 + 4 * 32 + 24] = 2;
    expect(open(bad).facts).toMatchObject({ physicalSectorSize: null, virtualSize: size });
  });

  test('the same metadata item twice is refused', () => {
    const bad = image.slice();
    bad.copyWithin(metadata + 64, metadata + 32, metadata + 64);
    expect(refusal(bad)).toMatchObject({ code: 'InvalidData', where: { offset: metadata + 64 } });
  });

  test.each([
    ['block size', 0, 3 * MIB],
    ['disk size', 8, 513],
    ['logical sector size', 32, 520],
  ])('a bad %s is refused', (_, at, value) => {
    const bad = image.slice();
    new DataView(bad.buffer).setUint32(metadata + 0x1_0000 + at, value, true);
    expect(refusal(bad)).toMatchObject({ code: 'InvalidHeader', where: { offset: metadata + 0x1_0000 + at } });
  });

  test('a disk larger than its table is refused', () => {
    const bad = image.slice();
    new DataView(bad.buffer).setBigUint64(metadata + 0x1_0000 + 8, 2n ** 45n, true);
    expect(refusal(bad)).toMatchObject({ code: 'InvalidLength', where: { offset: bat } });
  });

  test.each([
    ['beyond the file', (1n << 40n) | 6n],
    ['inside the header section', 6n],
    ['with a state no plain disk has', (4n << 20n) | 7n],
  ])('a block %s is missing, the others read', (_, entry) => {
    const bad = image.slice();
    new DataView(bad.buffer).setBigUint64(bat, entry, true);
    expect(codesOf(bad)).toEqual(['vhdxBlocksLost']);
    const { source } = open(bad).parts[0]!;
    expect(() => readBytes(source, 0, 1)).toThrow('MissingData');
    expectBytes(readBytes(source, MIB, size - MIB), disk.subarray(MIB));
  });
});

describe('the log', () => {
  const clean = buildVhdx({ kind: 'dynamic', size, write });
  const dirty = buildVhdx({ kind: 'dynamic', size, write, unflushed: [bat, metadata + 0x1_0000] });

  test('is replayed in memory and told', () => {
    expect(codesOf(dirty)).toEqual(['vhdxLogReplayed']);
    expect(open(dirty).facts).toMatchObject({ state: 'log replayed', logEntries: 2, logSectors: 2 });
    const [header, tables] = open(dirty).fingerprint();
    expect(header!.what).toBe('vhdx.header');
    expectBytes(tables!.bytes, open(clean).fingerprint()[1]!.bytes);
  });

  test('data that come from it say where they lie', () => {
    const data = buildVhdx({ kind: 'dynamic', size, write, unflushed: [4 * MIB] });
    const { source } = open(data).parts[0]!;
    expect(readBytes(source, 0, 8192)).toEqual(disk.subarray(0, 8192));
    expect([...source.extents(0, 8192)].map(({ kind, fileOffset }) => [kind, fileOffset])).toEqual([
      ['decoded', log], // the entry's header stands in the last sector of the ring, its data in the first
      ['stored', 4 * MIB + 4096],
    ]);
    expect(place(source, 5)).toEqual({ source: 'd.vhdx', offset: log });
  });

  test('a torn entry ends the sequence before it', () => {
    const bad = buildVhdx({ kind: 'dynamic', size, write, unflushed: [bat, 4 * MIB] });
    bad[log + 2 * 4096 - 1000]! ^= 1; // data of the second entry, which was to bring the first sector of the disk
    expect(open(bad).facts).toMatchObject({ logEntries: 1, logSectors: 1 });
    const { source } = open(bad).parts[0]!;
    expectBytes(readBytes(source, 0, 4096), new Uint8Array(4096).fill(0xcc));
    expectBytes(readBytes(source, 4096, size - 4096), disk.subarray(4096));
  });

  test('without any whole entry the file is refused', () => {
    const bad = dirty.slice();
    bad.fill(0, log, log + MIB);
    expect(refusal(bad)).toMatchObject({ code: 'InvalidData', where: { offset: log } });
  });

  test('a file shorter than what was flushed has that end missing, not zeros', () => {
    const { source } = open(dirty.subarray(0, 5 * MIB)).parts[0]!;
    expect(readBytes(source, 0, 6000)).toEqual(disk.subarray(0, 6000));
    expect(() => readBytes(source, MIB, MIB)).toThrow('MissingData');
  });

  test('entries that claim to overlap cannot make it slow', () => {
    const bad = dirty.slice();
    const entry = bad.slice(log + MIB - 4096, log + MIB);
    new DataView(entry.buffer).setUint32(8, MIB, true);
    for (let at = log; at < log + MIB; at += 4096) bad.set(entry, at);
    expect(refusal(bad).actual).toMatch(/too many/);
  });
});

test('facts and identity', () => {
  const image = buildVhdx({ kind: 'fixed', size: MIB, virtualDiskId: '11111111-2222-3333-4444-555555555555' });
  expect(open(image).facts).toMatchObject({
    type: 'fixed',
    state: 'clean',
    virtualSize: MIB,
    blockSize: MIB,
    sectorSize: 512,
    physicalSectorSize: 4096,
    allocatedBlocks: 1,
    creator: 'Stratascope test image',
  });
  expect(open(image).identity).toMatchObject({ format: 'vhdx', virtualDiskId: '11111111-2222-3333-4444-555555555555' });
});

test('a differencing disk names its parent, for people and for linking', () => {
  const parent = {
    parent_linkage: '{AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE}',
    relative_path: '.\\base.vhdx',
    absolute_win32_path: 'C:\\vm\\base.vhdx',
  };
  const image = buildVhdx({ kind: 'dynamic', size: MIB, parent });
  expect(refusal(image)).toMatchObject({
    code: 'MissingParent',
    expected: 'the parent ".\\base.vhdx" with dataWriteGuid aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
    actual: 'no such file among those opened',
  });
  expect(vhdx.identify(new MemorySource('d.vhdx', image), codecs).needs).toEqual([
    {
      id: 'parent',
      kind: 'parent',
      want: 'disk',
      match: [{ format: 'vhdx', dataWriteGuid: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee' }],
      names: ['.\\base.vhdx', 'C:\\vm\\base.vhdx'],
      hashes: [],
      title: 'the parent ".\\base.vhdx"',
      required: true,
    },
  ]);
});

test('while a merge is under way, either linkage of the parent fits; what is no GUID does not', () => {
  const needs = (parent: Record<string, string>) =>
    vhdx.identify(new MemorySource('d', buildVhdx({ kind: 'dynamic', size: MIB, parent })), codecs).needs;
  const [one, two] = ['11111111-2222-3333-4444-55555555555a', '11111111-2222-3333-4444-55555555555b'];
  expect(needs({ parent_linkage: `{${one}}`, parent_linkage2: two })[0]!.match).toEqual([
    { format: 'vhdx', dataWriteGuid: one },
    { format: 'vhdx', dataWriteGuid: two },
  ]);
  const zero = '{00000000-0000-0000-0000-000000000000}';
  expect(needs({ parent_linkage: one, parent_linkage2: zero, volume_path: 'x' })[0]).toMatchObject({
    match: [{ dataWriteGuid: one }],
    names: ['x'],
  });
  expect(needs({ parent_linkage: 'the base' })).toMatchObject([{ match: [], title: 'the parent of no stored name' }]);
});

test('a parent locator of another type is refused', () => {
  const image = buildVhdx({ kind: 'dynamic', size: MIB, parent: { parent_linkage: 'x' } });
  const at = image.indexOf(0xb7, metadata + 0x1_0000); // B04AEFB7 as it stands on disk
  image[at]! ^= 1;
  expect(refusal(image)).toMatchObject({ code: 'UnsupportedFeature', expected: 'a parent that is a VHDX' });
});
