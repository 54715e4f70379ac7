import { describe, expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { containerConformance, expectBytes, recognise } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { buildGpt, buildMbr, type MbrPartition } from '../../testing/disk-builder.ts';
import { loadModules } from '../../testing/modules.ts';
import { containerFormats } from '../registry.ts';
import { mbr } from './index.ts';

const codecs = createCodecs(loadModules());
const random = new Random(3);
const content = [5 * 4096, 2 * 4096, 4096, 3 * 4096].map((length) => random.bytes(length));
const partitions: MbrPartition[] = content.map((bytes, i) => ({ bytes, logical: i > 0, active: i === 0 }));
const open = (bytes: Uint8Array) => mbr.open(new MemorySource('d.img', bytes), { codecs, resolve: () => [] });
const codesOf = (bytes: Uint8Array) => open(bytes).findings.map(({ code }) => code);

/** A boot sector that only its parameter block tells from a table. */
function bootSector(oem: string): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set([0xeb, 0x52, 0x90]);
  sector.set(new TextEncoder().encode(oem), 3);
  sector.set([0, 2, 8, 1, 0, 2], 11);
  sector[21] = 0xf8;
  sector.set([0x55, 0xaa], 510);
  return sector;
}

const small = buildMbr(partitions, { align: 4096 });
containerConformance({
  name: 'a primary and three logical partitions',
  format: mbr,
  registry: containerFormats,
  codecs,
  image: small.bytes,
  contents: content,
  edges: [0x1be, 0x1ce, ...small.starts.slice(1).flatMap((start) => [start - 4096 + 0x1be, start - 4096 + 0x1ce])],
});

test('keys, titles and facts', () => {
  const { parts, facts } = open(small.bytes);
  expect(parts.map(({ key, title }) => `${key} ${title}`)).toEqual([
    'p1 NTFS or exFAT',
    'p5 NTFS or exFAT',
    'p6 NTFS or exFAT',
    'p7 NTFS or exFAT',
  ]);
  expect(parts.map(({ facts: { active } }) => active)).toEqual([true, false, false, false]);
  expect(parts.map(({ facts: { start } }) => start)).toEqual(small.starts);
  expect(facts).toMatchObject({ diskSignature: '5ca1ab1e', sectorSize: 512, partitions: 4 });
});

test('a disk of 4096-byte sectors is known by what its entries lead to', () => {
  const volume = new Uint8Array(64 * 1024);
  volume.set(bootSector('NTFS    '));
  const disk = buildMbr([{ bytes: volume }, { bytes: content[0]!, logical: true }], {
    sectorSize: 4096,
    align: 65_536,
  });
  expect(open(disk.bytes).facts).toMatchObject({ sectorSize: 4096 });
  const { parts, findings } = open(disk.bytes);
  expect(findings).toEqual([]);
  expectBytes(readBytes(parts[0]!.source, 0, volume.length), volume);
  expectBytes(readBytes(parts[1]!.source, 0, content[0]!.length), content[0]!);
});

describe('what is no MBR', () => {
  test.each(['NTFS    ', 'EXFAT   ', '-FVE-FS-', 'MSDOS5.0', 'mkfs.fat'])('the boot sector of a volume: %s', (oem) => {
    expect(recognise(containerFormats, bootSector(oem))).toBeUndefined();
  });

  test('a sector without 55 AA, or with a status no table has', () => {
    const bad = small.bytes.slice(0, 4096);
    bad[0x1be] = 0x12;
    expect(recognise(containerFormats, bad)).toBeUndefined();
    expect(recognise(containerFormats, new Uint8Array(4096))).toBeUndefined();
    expect(recognise(containerFormats, small.bytes.subarray(0, 511))).toBeUndefined();
  });

  test('the protective MBR of a GPT disk, even when the GPT is gone', () => {
    const disk = buildGpt([{ bytes: content[0]! }], { align: 4096 }).bytes;
    disk.fill(0, 512, 1024);
    expect(recognise(containerFormats, disk)?.id).toBe('gpt');
  });

  test('but a GPT that was given up for an MBR is an MBR', () => {
    const disk = small.bytes.slice();
    disk.set(new TextEncoder().encode('EFI PART'), 512);
    expect(recognise(containerFormats, disk)?.id).toBe('mbr');
  });
});

describe('tables that lie', () => {
  const patched = (offset: number, value: number) => {
    const bad = small.bytes.slice();
    new DataView(bad.buffer).setUint32(offset, value, true);
    return bad;
  };
  const firstRecord = small.starts[1]! - 4096;

  test('a partition beyond the disk is told and left out', () => {
    const bad = patched(0x1be + 8, 0x1000_0000);
    expect(codesOf(bad)).toEqual(['partitionOutside']);
    expect(open(bad).parts.map(({ key }) => key)).toEqual(['p5', 'p6', 'p7']);
  });

  test('one that ends beyond it keeps its size, with the end missing', () => {
    const bad = small.bytes.subarray(0, small.starts[3]! + 4096);
    expect(codesOf(bad)).toEqual(['partitionCutOff']);
    const { source } = open(bad).parts[3]!;
    expect(source.size).toBe(content[3]!.length);
    expectBytes(readBytes(source, 0, 4096), content[3]!.subarray(0, 4096));
    expect(() => readBytes(source, 4096, 1)).toThrow('MissingData');
  });

  test('one that begins at 0 would hold itself: told and left out', () => {
    expect(codesOf(patched(0x1be + 8, 0))).toEqual(['partitionAtZero']);
  });

  test('an entry without sectors is told and left out', () => {
    expect(codesOf(patched(0x1be + 12, 0))).toEqual(['partitionEmpty']);
  });

  test('partitions that share sectors are told', () => {
    expect(codesOf(patched(0x1be + 12, 60))).toEqual(['partitionOverlap']);
  });

  test('a chain that turns back on itself ends', () => {
    const second = small.starts[2]! - 4096;
    const bad = patched(second + 0x1ce + 8, (second - firstRecord) / 512);
    expect(codesOf(bad)).toEqual(['extendedChainBroken']);
    expect(open(bad).parts.map(({ key }) => key)).toEqual(['p1', 'p5', 'p6']);
  });

  test('a chain that leaves the disk, or meets no boot record, ends', () => {
    expect(codesOf(patched(firstRecord + 0x1ce + 8, 0x7fff_ffff))).toEqual(['extendedChainBroken']);
    const bad = small.bytes.slice();
    bad[small.starts[2]! - 4096 + 510] = 0;
    expect(codesOf(bad)).toEqual(['extendedChainBroken']);
    expect(open(bad).parts.map(({ key }) => key)).toEqual(['p1', 'p5']);
  });

  test('a chain without end is cut', () => {
    const bytes = new Uint8Array(512);
    const disk = buildMbr(
      Array.from({ length: 300 }, () => ({ bytes, logical: true })),
      { align: 512 },
    ).bytes;
    expect(codesOf(disk)).toEqual(['extendedChainBroken']);
    expect(open(disk).parts).toHaveLength(256);
  });
});
