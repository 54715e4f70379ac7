import { describe, expect, test } from 'vitest';
import { FormatError } from '../../base/errors.ts';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { containerConformance, probeWindow, recognise } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { buildGpt, mendGpt } from '../../testing/disk-builder.ts';
import { loadModules } from '../../testing/modules.ts';
import { containerFormats } from '../registry.ts';
import { gpt } from './index.ts';

const codecs = createCodecs(loadModules());
const random = new Random(5);
const content = [3 * 4096, 2 * 4096, 512 * 8].map((length) => random.bytes(length));
const partitions = [
  { bytes: content[0]!, typeGuid: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', name: 'EFI system partition' },
  { bytes: content[1]!, name: 'Windows', attributes: 1n << 63n },
  {
    bytes: content[2]!,
    name: 'A name of exactly thirty-six letters',
    typeGuid: '12345678-0000-0000-0000-000000000000',
  },
];
const open = (bytes: Uint8Array) => gpt.open(new MemorySource('d.img', bytes), { codecs, resolve: () => [] });
const codesOf = (bytes: Uint8Array) => open(bytes).findings.map(({ code }) => code);

for (const [name, sectorSize, entrySize] of [
  ['512-byte sectors', 512, 128],
  ['4096-byte sectors, entries of 256 bytes', 4096, 256],
] as const) {
  const { bytes } = buildGpt(partitions, { sectorSize, entrySize, align: 4096 });
  containerConformance({
    name,
    format: gpt,
    registry: containerFormats,
    codecs,
    image: bytes,
    contents: content,
    edges: [0x1be, sectorSize, sectorSize + 64, 2 * sectorSize, 2 * sectorSize + 64, bytes.length - sectorSize],
    mend: (image) => mendGpt(image, sectorSize),
    mutations: 1000,
  });
}

const image = buildGpt(partitions, { align: 4096 }).bytes;

test('keys, titles and facts', () => {
  const { parts, facts, identity } = open(image);
  expect(parts.map(({ key, title }) => `${key} ${title}`)).toEqual([
    'p1 EFI system "EFI system partition"',
    'p2 Basic data "Windows"',
    'p3 type 12345678-0000-0000-0000-000000000000 "A name of exactly thirty-six letters"',
  ]);
  expect(parts[1]!.facts).toMatchObject({ attributes: '0x8000000000000000', attributeNames: ['no drive letter'] });
  expect(parts[1]!.source.name).toBe('d.img p2');
  expect(facts).toMatchObject({ sectorSize: 512, partitions: 3, entries: 128, table: 'primary' });
  expect(identity).toEqual({ format: 'gpt', diskGuid: '9f2c6b1e-7d40-4c58-a3b6-5e81d0f7c294' });
});

describe('which table rules', () => {
  const damaged = (...places: number[]) => {
    const bad = image.slice();
    for (const at of places) bad[at]! ^= 0xff;
    return bad;
  };
  const keys = (bytes: Uint8Array) => open(bytes).parts.map(({ key }) => key);
  const backup = image.length - 512;

  test.each([
    ['its signature', 512],
    ['its disk GUID', 512 + 60],
    ['its entries', 1024 + 40],
    ['its place of the entries', 512 + 72],
  ])('the backup, when the primary is damaged in %s', (_, at) => {
    expect(codesOf(damaged(at))).toEqual(['gptPrimaryDamaged']);
    expect(open(damaged(at)).facts).toMatchObject({ table: 'backup', partitions: 3 });
  });

  test('the primary, when the backup is damaged, cut off or another disk’s', () => {
    expect(codesOf(damaged(backup + 60))).toEqual(['gptBackupDamaged']);
    expect(codesOf(damaged(backup))).toEqual(['gptBackupMissing']);
    expect(codesOf(image.subarray(0, backup))).toEqual(['gptBackupMissing']);
    expect(keys(image.subarray(0, backup))).toEqual(['p1', 'p2', 'p3']);
  });

  test('the primary with a finding, when both are whole and name different partitions', () => {
    const bad = image.slice();
    bad[1024 + 56] = 'X'.charCodeAt(0); // first letter of the first name
    mendGpt(bad);
    expect(codesOf(bad)).toEqual(['gptCopiesDiffer']);
    expect(open(bad).parts[0]!.title).toBe('EFI system "XFI system partition"');
  });

  test('the primary with a finding, when both are damaged', () => {
    expect(codesOf(damaged(1024 + 128 + 33, backup))).toEqual(['gptEntriesChecksum', 'partitionRange']);
    expect(codesOf(damaged(512 + 60, backup))).toEqual(['gptHeaderChecksum']);
    expect(keys(damaged(512 + 60, backup))).toEqual(['p1', 'p2', 'p3']);
  });

  test('none, when neither can be followed', () => {
    expect(() => open(damaged(512, backup))).toThrow(FormatError);
  });

  test('a disk without a protective MBR is known by its signature, at the start or at the end', () => {
    const bad = image.slice();
    bad.fill(0, 0, 512);
    expect(recognise(containerFormats, bad)?.id).toBe('gpt');
    bad.fill(0, 0, 1024);
    expect(recognise(containerFormats, bad)?.id).toBe('gpt');
    expect(codesOf(bad)).toEqual(['gptPrimaryDamaged']);
  });
});

describe('a hybrid disk', () => {
  const [, windows] = buildGpt(partitions, { align: 4096 }).starts;
  const lba = windows! / 512;
  const sectors = content[1]!.length / 512;

  test('shows the partitions of its GPT', () => {
    const { bytes } = buildGpt(partitions, { align: 4096, hybrid: [{ lba, sectors }] });
    expect(recognise(containerFormats, bytes)?.id).toBe('gpt');
    expect(open(bytes).facts).toMatchObject({ hybrid: true, partitions: 3 });
    expect(codesOf(bytes)).toEqual([]);
    expect(open(image).facts).toMatchObject({ hybrid: false });
  });

  test('tells entries of the MBR that are no partition of the GPT', () => {
    const { bytes } = buildGpt(partitions, { align: 4096, hybrid: [{ lba: lba + 1, sectors, type: 0x0c }] });
    expect(open(bytes).findings).toMatchObject([
      { code: 'gptHybridDiffers', where: { offset: 0x1ce }, facts: { lba: lba + 1, sectors, type: '0x0c' } },
    ]);
  });

  test('is an MBR disk when no copy of the GPT is left', () => {
    const { bytes } = buildGpt(partitions, { align: 4096, hybrid: [{ lba, sectors }] });
    bytes.fill(0, 512, 1024);
    bytes.fill(0, bytes.length - 512);
    expect(() => open(bytes)).toThrow(FormatError);
    const mbr = containerFormats.find(({ id }) => id === 'mbr')!;
    expect(mbr.probe(probeWindow(new MemorySource('d', bytes)))).toBe(true);
    const { parts, findings } = mbr.open(new MemorySource('d', bytes), { codecs, resolve: () => [] });
    expect(findings.map(({ code }) => code)).toEqual(['mbrHybridAlone']);
    expect(parts.map(({ key, facts }) => [key, facts['start']])).toEqual([['p2', windows]]);
    // one that was only protective names nothing
    const lost = image.slice();
    lost.fill(0, 512, 1024);
    expect(mbr.probe(probeWindow(new MemorySource('d', lost)))).toBe(false);
  });
});

describe('entries that lie', () => {
  const patched = (offset: number, value: bigint) => {
    const bad = image.slice();
    new DataView(bad.buffer).setBigUint64(1024 + offset, value, true);
    mendGpt(bad);
    return bad;
  };

  test.each([
    ['ends before it begins', 128 + 40, 1n, 'partitionRange'],
    ['ends beyond any disk', 128 + 40, 0xffff_ffff_ffff_ffffn, 'partitionRange'],
    ['ends beyond this disk', 256 + 40, 1000n, 'partitionCutOff'],
    ['begins beyond this disk', 128 + 32, 1n << 40n, 'partitionRange'],
    ['shares sectors with another', 128 + 32, 50n, 'partitionOverlap'],
  ])('a partition that %s is told', (_, offset, value, code) => {
    expect(codesOf(patched(offset, value))).toContain(code);
  });

  test.each([
    ['entry size', 84, 100, 'InvalidLength'],
    ['entry count', 80, 0xffff_ffff, 'InvalidCount'],
    ['header size', 12, 20, 'InvalidLength'],
  ])('a bad %s is refused when there is no backup', (_, at, value, code) => {
    const bad = image.slice(0, -512);
    new DataView(bad.buffer).setUint32(512 + at, value, true);
    expect(() => open(bad)).toThrow(code);
  });
});
