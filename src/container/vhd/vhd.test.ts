import { describe, expect, test } from 'vitest';
import { utf16leBytes } from '../../base/utf16.ts';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { containerConformance, expectBytes } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { thrown } from '../../testing/thrown.ts';
import { buildVhd, mendVhd, type VhdParent, type VhdSpec } from '../../testing/vhd-builder.ts';
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

  test('a damaged copy at the start is only a note', () => {
    const bad = image.slice();
    bad[200] = 1;
    expect(codesOf(bad)).toEqual(['vhdFooterCopyDamaged']);
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
    const { source } = open(bad).parts[0]!;
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

describe('a differencing disk names its parent', () => {
  const uniqueId = 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee';
  const utf16be = (text: string) => utf16leBytes(text).map((_, i, bytes) => bytes[i ^ 1]!);
  const ascii = (text: string) => new TextEncoder().encode(text);
  const alias = new Uint8Array(150);
  alias.set([8, ...ascii('base.vhd')], 50);
  const child = (locators: VhdParent['locators'], name = 'base.vhd') =>
    buildVhd({ kind: 'differencing', size, blockSize: 4096, parent: { uniqueId, name, locators } });
  const needsOf = (image: Uint8Array) => vhd.identify(new MemorySource('d.vhd', image), codecs).needs;

  test('for people and for linking', () => {
    const image = child([['W2ku', utf16leBytes('C:\\vm\\base.vhd')]]);
    expect(refusal(image)).toMatchObject({
      code: 'MissingParent',
      expected: `the parent "base.vhd" with uniqueId ${uniqueId}`,
      actual: 'no such file among those opened',
    });
    expect(needsOf(image)).toEqual([
      {
        id: 'parent',
        kind: 'parent',
        want: 'disk',
        match: [{ format: 'vhd', uniqueId }],
        names: ['base.vhd', 'C:\\vm\\base.vhd'],
        hashes: [],
        title: 'the parent "base.vhd"',
        required: true,
      },
    ]);
  });

  test.each<[string, string, Uint8Array, string]>([
    ['W2ru', 'UTF-16LE', utf16leBytes('..\\vm\\größe.vhd'), '..\\vm\\größe.vhd'],
    ['W2ku', 'UTF-16LE with its end marked', utf16leBytes('C:\\vm\\base.vhd\0\0x'), 'C:\\vm\\base.vhd'],
    ['W2ku', 'UTF-16BE, as some writers do', utf16be('C:\\vm\\base.vhd'), 'C:\\vm\\base.vhd'],
    ['Wi2r', 'bytes', ascii('..\\base.vhd\0'), '..\\base.vhd'],
    ['Wi2k', 'UTF-16LE under the old code', utf16leBytes('D:\\base.vhd'), 'D:\\base.vhd'],
    ['MacX', 'a file URL', ascii('file://localhost/Volumes/my%20vm/base.vhd'), '/Volumes/my vm/base.vhd'],
    ['MacX', 'a URL with a bad escape', ascii('file:///vm/50%.vhd'), '/vm/50%.vhd'],
    ['Mac ', 'an alias record', alias, 'base.vhd'],
  ])('locator %s: %s', (code, _, bytes, path) => {
    expect(needsOf(child([[code, bytes]], ''))[0]!.names).toEqual([path]);
  });

  test('several locators: the relative path before the absolute one, whatever their order; none of it twice', () => {
    const image = child([
      ['MacX', ascii('file:///vm/base.vhd')],
      ['W2ku', utf16leBytes('C:\\vm\\base.vhd')],
      ['W2ru', utf16leBytes('base.vhd')],
      ['Abcd', ascii('nobody knows')],
    ]);
    expect(needsOf(image)[0]!.names).toEqual(['base.vhd', 'C:\\vm\\base.vhd', '/vm/base.vhd']);
    const opened = vhd.open(new MemorySource('d.vhd', image), {
      codecs,
      resolve: () => [new MemorySource('base', disk)],
    });
    expect(opened.facts['parent']).toEqual({
      name: 'base.vhd',
      uniqueId,
      timeStamp: null,
      locators: [
        { platform: 'W2ru', path: 'base.vhd' },
        { platform: 'W2ku', path: 'C:\\vm\\base.vhd' },
        { platform: 'MacX', path: '/vm/base.vhd' },
        { platform: 'Abcd', path: null },
      ],
    });
    expectBytes(readBytes(opened.parts[0]!.source, 0, size), disk);
  });

  test('a locator that leads nowhere costs only its path', () => {
    const image = child([['W2ku', utf16leBytes('C:\\base.vhd')]]).slice();
    new DataView(image.buffer).setBigUint64(512 + 576 + 16, 0xffff_ffff_ffff_ff00n);
    mendVhd(image);
    expect(needsOf(image)[0]!.names).toEqual(['base.vhd']);
  });
});
