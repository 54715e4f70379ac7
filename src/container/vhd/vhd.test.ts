import { describe, expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { containerConformance } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { thrown } from '../../testing/thrown.ts';
import { buildVhd, mendVhd, type VhdSpec } from '../../testing/vhd-builder.ts';
import { containerFormats } from '../registry.ts';
import { vhd } from './index.ts';

const codecs = createCodecs(loadModules());
const context = { codecs, resolve: () => [] };
const random = new Random(42);
const write = [
  { offset: 0, bytes: random.bytes(3000) },
  { offset: 4096 * 5 - 100, bytes: random.bytes(5000) },
  { offset: 4096 * 12, bytes: random.bytes(512) },
];
const size = 4096 * 12 + 1536;
const disk = new Uint8Array(size);
for (const { offset, bytes } of write) disk.set(bytes, offset);

const open = (bytes: Uint8Array) => vhd.open(new MemorySource('d.vhd', bytes), context);
const codesOf = (bytes: Uint8Array) => open(bytes).findings.map(({ code }) => code);

const refusal = (bytes: Uint8Array) => thrown(() => open(bytes));

const cases: [string, VhdSpec, number[]][] = [
  ['fixed', { kind: 'fixed', size, write }, [size]],
  ['fixed with the footer of 511 bytes', { kind: 'fixed', size, write, oldFooter: true }, [size]],
  ['dynamic, blocks of 4 KiB', { kind: 'dynamic', size, write, blockSize: 4096 }, [0, 512, 1536, 2048]],
  [
    'dynamic, scattered, bitmaps left zero',
    { kind: 'dynamic', size, write, blockSize: 8192, scatter: true, bitmap: 0 },
    [0, 512, 1536],
  ],
  ['dynamic, blocks of 3 sectors', { kind: 'dynamic', size, write, blockSize: 1536, oldFooter: true }, [0, 512, 1536]],
];
for (const [name, spec, edges] of cases)
  containerConformance({
    name,
    format: vhd,
    registry: containerFormats,
    codecs,
    image: buildVhd(spec),
    contents: [disk],
    edges: [...edges, buildVhd(spec).length - 512],
    seams: [4096, 8192, 1536 * 4, 4096 * 5, 4096 * 12],
    mend: mendVhd,
  });

describe('damaged footers', () => {
  const image = buildVhd({ kind: 'dynamic', size, write, blockSize: 4096 });

  test('a wrong checksum at the end: the copy rules', () => {
    const bad = image.slice();
    bad[bad.length - 1] = 1;
    expect(codesOf(bad)).toEqual(['vhdFooterChecksum', 'vhdFooterCopyUsed']);
    expect(readBytes(open(bad).parts[0]!.source, 0, size)).toEqual(disk);
  });

  test('no footer at the end: the copy rules', () => {
    const bad = image.subarray(0, image.length - 512);
    expect(codesOf(bad)).toEqual(['vhdFooterCopyUsed']);
    expect(readBytes(open(bad).parts[0]!.source, 0, size)).toEqual(disk);
  });

  test('a wrong checksum everywhere is told, not fatal', () => {
    const bad = image.slice();
    bad[200] = 1;
    bad[bad.length - 512 + 200] = 1;
    expect(codesOf(bad)).toEqual(['vhdFooterChecksum']);
  });

  test('a wrong checksum of the dynamic header is told', () => {
    const bad = image.slice();
    bad[512 + 1000] = 1;
    expect(codesOf(bad)).toEqual(['vhdHeaderChecksum']);
  });
});

describe('blocks that cannot be', () => {
  const image = buildVhd({ kind: 'dynamic', size, write, blockSize: 4096 });
  const patched = (offset: number, value: number) => {
    const bad = image.slice();
    new DataView(bad.buffer).setUint32(offset, value);
    mendVhd(bad);
    return bad;
  };

  test('a block beyond the file is missing, the others read', () => {
    const bad = patched(1536, 0x00ff_ffff);
    expect(codesOf(bad)).toEqual(['vhdBlocksLost']);
    const [{ source }] = open(bad).parts as [{ source: MemorySource }];
    expect(() => readBytes(source, 0, 1)).toThrow('MissingData');
    expect(readBytes(source, 4096, size - 4096)).toEqual(disk.subarray(4096));
  });

  test('two blocks in one place are told', () => {
    expect(codesOf(patched(1536 + 4, new DataView(image.buffer).getUint32(1536)))).toEqual(['vhdBlocksOverlap']);
  });

  test('a table with fewer entries than blocks leaves the rest missing', () => {
    const bad = patched(512 + 28, 2);
    expect(codesOf(bad)).toEqual(['vhdTableShort']);
    expect([...open(bad).parts[0]!.source.extents(0, size)].at(-1)).toMatchObject({ kind: 'missing', offset: 8192 });
  });

  test.each([0, 1, 511, 1000])('a block size of %i is refused', (value) => {
    expect(refusal(patched(512 + 32, value))).toMatchObject({ code: 'InvalidHeader', where: { offset: 512 + 32 } });
  });

  test('a table outside the file is refused', () => {
    expect(refusal(patched(512 + 20, 0x7fff_ffff)).code).toBe('InvalidOffset');
  });
});

test('a fixed disk that was cut before its footer keeps its size, with the end missing', () => {
  const image = buildVhd({ kind: 'fixed', size, write });
  const bad = new Uint8Array([...image.subarray(0, 10_000), ...image.subarray(size)]);
  expect(codesOf(bad)).toEqual(['vhdDataShort']);
  const { source } = open(bad).parts[0]!;
  expect(source.size).toBe(size);
  expect(readBytes(source, 0, 10_000)).toEqual(disk.subarray(0, 10_000));
  expect(() => readBytes(source, 9_999, 2)).toThrow('MissingData');
});

test('facts and identity are those of the footer', () => {
  const image = buildVhd({
    kind: 'dynamic',
    size,
    blockSize: 4096,
    uniqueId: '01234567-89ab-cdef-0123-456789abcdef',
    timeStamp: 1,
  });
  expect(open(image).facts).toMatchObject({
    type: 'dynamic',
    virtualSize: size,
    blockSize: 4096,
    creator: 'win 10.0 (Wi2k)',
    allocatedBlocks: 0,
  });
  expect(open(image).identity).toEqual({
    format: 'vhd',
    uniqueId: '01234567-89ab-cdef-0123-456789abcdef',
    timeStamp: '2000-01-01T00:00:01Z',
  });
  expect(
    open(image)
      .fingerprint()
      .map(({ what }) => what),
  ).toEqual(['vhd.footer', 'vhd.header+BAT']);
});

test('a differencing disk names its parent, for people and for linking', () => {
  const parent = { uniqueId: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee', name: 'base.vhd', path: 'C:\\vm\\base.vhd' };
  const image = buildVhd({ kind: 'differencing', size, blockSize: 4096, parent });
  expect(refusal(image)).toMatchObject({
    code: 'UnsupportedFeature',
    actual: `a differencing disk; it needs the parent "base.vhd" with the id ${parent.uniqueId}`,
  });
  expect(vhd.identify(new MemorySource('d.vhd', image), codecs).needs).toMatchObject([
    { match: [{ format: 'vhd', uniqueId: parent.uniqueId }], names: ['base.vhd', 'C:\\vm\\base.vhd'] },
  ]);
});
