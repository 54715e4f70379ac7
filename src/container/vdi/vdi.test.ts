import { describe, expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { containerConformance } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { thrown } from '../../testing/thrown.ts';
import { buildVdi, VDI_MAP, type VdiSpec } from '../../testing/vdi-builder.ts';
import { containerFormats } from '../registry.ts';
import { vdi } from './index.ts';

const codecs = createCodecs(loadModules());
const random = new Random(43);
const size = 4096 * 12 + 1536;
const write = [
  { offset: 0, bytes: random.bytes(3000) },
  { offset: 4096 * 5 - 100, bytes: random.bytes(5000) },
  { offset: 4096 * 12, bytes: random.bytes(512) },
];
const disk = new Uint8Array(size);
for (const { offset, bytes } of write) disk.set(bytes, offset);

const cases: [string, VdiSpec][] = [
  ['dynamic', { kind: 'dynamic', size, write, blockSize: 4096, zeroBlocks: [2, 9] }],
  [
    'dynamic, scattered, with extra bytes',
    { kind: 'dynamic', size, write, blockSize: 4096, scatter: true, blockExtra: 512 },
  ],
  ['fixed', { kind: 'fixed', size, write, blockSize: 8192 }],
];
for (const [name, spec] of cases)
  containerConformance({
    name: `${name} (fuzz)`,
    format: vdi,
    registry: containerFormats,
    codecs,
    image: buildVdi(spec),
    contents: [disk],
    edges: [64, 340, 368, VDI_MAP, VDI_MAP + 512],
    seams: [4096, 8192, 4096 * 5, 4096 * 12],
    mutations: 1000,
  });

const open = (bytes: Uint8Array) => vdi.open(new MemorySource('d.vdi', bytes), { codecs, resolve: () => [] });
const image = buildVdi({ kind: 'dynamic', size, write, blockSize: 4096 });
const patched = (offset: number, value: number) => {
  const bad = image.slice();
  new DataView(bad.buffer).setUint32(offset, value, true);
  return bad;
};
const codesOf = (bytes: Uint8Array) => open(bytes).findings.map(({ code }) => code);

describe('blocks that cannot be', () => {
  test('a block beyond the file is missing, the others read', () => {
    const bad = patched(VDI_MAP, 0x00ff_ffff);
    expect(codesOf(bad)).toEqual(['vdiBlocksLost']);
    const { source } = open(bad).parts[0]!;
    expect(() => readBytes(source, 0, 1)).toThrow('MissingData');
    expect(readBytes(source, 4096, size - 4096)).toEqual(disk.subarray(4096));
  });

  test('two blocks in one place are told', () => {
    expect(codesOf(patched(VDI_MAP + 4, 0))).toEqual(['vdiBlocksOverlap']);
  });

  test('a map with fewer entries than blocks leaves the rest missing', () => {
    const bad = patched(384, 2);
    expect(codesOf(bad)).toEqual(['vdiTableShort']);
    expect([...open(bad).parts[0]!.source.extents(0, size)].at(-1)).toMatchObject({ kind: 'missing', offset: 8192 });
  });

  test.each([
    ['another version', 68, 1, 'UnsupportedVersion'],
    ['a short header', 72, 100, 'InvalidHeader'],
    ['an unknown type', 76, 9, 'UnsupportedFeature'],
    ['no block size', 376, 0, 'InvalidHeader'],
    ['a map outside', 340, 0x7fff_ffff, 'InvalidOffset'],
  ])('%s is refused', (_, offset, value, code) => {
    expect(thrown(() => open(patched(offset, value)))).toMatchObject({ code });
  });
});

test('facts, identity and a parent by its id', () => {
  expect(open(image).facts).toMatchObject({ type: 'dynamic', virtualSize: size, blockSize: 4096, allocatedBlocks: 5 });
  expect(open(image).identity).toEqual({
    format: 'vdi',
    uuid: '04030201-0605-0807-090a-0b0c0d0e0f10',
    modification: '14131211-1615-1817-191a-1b1c1d1e1f20',
  });
  const child = buildVdi({ kind: 'differencing', size, blockSize: 4096 });
  const uuid = 'abababab-abab-abab-abab-abababababab';
  expect(thrown(() => open(child))).toMatchObject({
    code: 'MissingParent',
    expected: `the parent ${uuid}`,
    where: { offset: 424 },
  });
  expect(vdi.identify(new MemorySource('d', child), codecs).needs).toMatchObject([
    { match: [{ format: 'vdi', uuid, modification: uuid }] },
  ]);
});

test('the state of the parent counts only where it is stated; a child that names no parent is refused', () => {
  const needs = (parent: { uuid: string; modification?: string }) =>
    vdi.identify(new MemorySource('d', buildVdi({ kind: 'undo', size, blockSize: 4096, parent })), codecs).needs;
  const uuid = '01020304-0506-0708-090a-0b0c0d0e0f10';
  expect(needs({ uuid })[0]!.match).toEqual([{ format: 'vdi', uuid }]);
  expect(needs({ uuid: '00000000-0000-0000-0000-000000000000' })).toMatchObject([
    { match: [], title: 'the parent of no stored id' },
  ]);
});
