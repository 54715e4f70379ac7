/** Discs with a partition table: the disc is what is opened, the partitions are there by name. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemorySource } from '../source/memory.ts';
import { expectBytes } from '../testing/conformance.ts';
import { Random } from '../testing/damage.ts';
import { buildGpt } from '../testing/disk-builder.ts';
import { buildFat } from '../testing/fat-builder.ts';
import { buildIso } from '../testing/iso-builder.ts';
import { loadModules } from '../testing/modules.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { webHost } from './host.ts';
import type { Image } from './image.ts';
import { openImage } from './open-image.ts';
import { findingsOf, onlyMount, resolvePath, select, toldOfChoice } from './select.ts';

const random = new Random(9);
const open = (bytes: Uint8Array): Image => openImage(webHost(loadModules()), new MemorySource('x', bytes)).image;
const content = random.bytes(30_000);
const disc = buildIso({ root: [{ name: 'FILE.BIN', data: content }], joliet: true }).bytes;

async function read(image: Image, mount: string, name: string): Promise<Uint8Array> {
  const { ref } = await resolvePath(image, mount, name, 'x');
  return image.read(mount, ref, '', 0, content.length);
}

/** Writes MBR entries into the first sector of `disk`. */
function withEntries(disk: Uint8Array, entries: readonly { type: number; lba: number; sectors: number }[]): Uint8Array {
  const bytes = disk.slice();
  const view = new DataView(bytes.buffer);
  entries.forEach(({ type, lba, sectors }, i) => {
    bytes[446 + 16 * i + 4] = type;
    view.setUint32(446 + 16 * i + 8, lba, true);
    view.setUint32(446 + 16 * i + 12, sectors, true);
  });
  view.setUint16(510, 0xaa55, true);
  return bytes;
}

describe('a disc whose table names the disc itself', () => {
  const fat = buildFat({ type: 12, root: [{ name: 'BOOT.EFI', data: content }] }).bytes;
  const start = Math.ceil(disc.length / 512);
  const both = new Uint8Array(start * 512 + fat.length);
  both.set(disc);
  both.set(fat, start * 512);
  const entries = [
    { type: 0x17, lba: 0, sectors: start },
    { type: 0xef, lba: start, sectors: Math.floor(fat.length / 512) },
  ];

  test.each([
    ['as isohybrid does now, by an entry without a type', 0],
    ['by an entry with a type', 0x17],
  ])('opens as the disc, with the partitions beside it: %s', async (_, type) => {
    const image = open(withEntries(both, [{ ...entries[0]!, type }, entries[1]!]));
    const { root } = image.report();
    expect(root).toMatchObject({ format: 'iso', kind: 'tree', facts: { partitionTable: 'MBR' } });
    expect(onlyMount(root, 'x')).toBe(root);
    expect(toldOfChoice(root, root, 'x').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^What was opened is itself taken; there are also p2 \(/),
    ]);
    expectBytes(await read(image, '', 'FILE.BIN'), content);
    expect(root.parts.map(({ mount, format, alternate }) => [mount, format, alternate])).toEqual([['p2', 'fat', true]]);
    expect((await select(image, ['p2'])).part.mount).toBe('p2');
    expectBytes(await read(image, 'p2', 'BOOT.EFI'), content);
    expect(findingsOf(root)).toEqual([]);
  });

  test('a damaged disc leaves the partitions', () => {
    const bad = withEntries(both, entries);
    bad.fill(0, 33_000 - 232 + 128, 33_000 - 232 + 132); // its blocks have no size
    const { root } = open(bad).report();
    expect([root.format, root.parts.map(({ format }) => format)]).toEqual(['mbr', ['fat']]);
  });
});

test('a disk with what is left of a disc in its head stays a disk', () => {
  const volume = buildNtfs({ root: [{ name: 'file.txt', data: content }] });
  const bytes = new Uint8Array((1 << 20) + volume.length);
  bytes.set(disc.subarray(0, 1 << 20));
  bytes.set(volume, 1 << 20);
  const { root } = open(withEntries(bytes, [{ type: 7, lba: 2048, sectors: volume.length / 512 }])).report();
  expect([root.format, root.parts.map(({ format }) => format)]).toEqual(['mbr', ['ntfs']]);
});

test('so does one whose first partition is the reserved one that Windows makes, from LBA 34 on', () => {
  const volume = buildNtfs({ root: [{ name: 'file.txt', data: content }] });
  const reserved = { bytes: new Uint8Array(1 << 20), typeGuid: 'e3c9e316-0b5c-4db8-817d-f92df00215ae' };
  const { bytes, starts } = buildGpt([reserved, { bytes: volume }], { align: 512 });
  expect(starts[0]).toBe(34 * 512);
  bytes.set(disc.subarray(32_768, 1 << 20), 32_768);
  const { root } = open(bytes).report();
  expect([root.format, root.parts.map(({ format }) => format)]).toEqual(['gpt', [null, 'ntfs']]);
});

test('so does one whose volume left the descriptors where they were, in what it has reserved', () => {
  const { bytes: volume } = buildFat({ type: 32, root: [{ name: 'FILE.TXT', data: content }], clusters: 5000 });
  const { bytes } = buildGpt([{ bytes: volume }], { align: 512 });
  // 30 sectors into the volume, of whose first 32 FAT32 uses 8
  bytes.set(disc.subarray(32_768, 33_768), 32_768);
  const { root } = open(bytes).report();
  expect([root.format, root.parts.map(({ format }) => format)]).toEqual(['gpt', ['fat']]);
});

describe.skipIf(!hasTool('xorriso'))('what xorriso makes', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-hybrid-'));
  const fat = path.join(folder, 'efi.img');
  beforeAll(() => {
    mkdirSync(path.join(folder, 'in', 'sources'), { recursive: true });
    writeFileSync(path.join(folder, 'in', 'sources', 'a file.bin'), content);
    writeFileSync(fat, buildFat({ type: 12, root: [{ name: 'BOOT.EFI', data: content }] }).bytes);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each<[string, string, string[], string[]]>([
    ['a partition appended', 'MBR', ['-append_partition', '2', '0xef', fat], ['p2 fat']],
    ['made to look like isohybrid', 'MBR', ['-part_like_isohybrid', '-append_partition', '2', '0xef', fat], ['p2 fat']],
    ['a GPT', 'GPT', ['-append_partition', '2', '0xef', fat, '-appended_part_as_gpt'], ['p2 fat', 'p3 null']],
    ['a protective label', 'MBR', ['--protective-msdos-label'], []],
    ['a partition with descriptors of its own', 'MBR', ['-partition_offset', '16'], ['p1 iso']],
  ])('%s', async (_, table, options, beside) => {
    const file = path.join(folder, 'x.iso');
    rmSync(file, { force: true });
    const output = ['-o', file, path.join(folder, 'in')];
    runTool('xorriso', ['-as', 'mkisofs', '-quiet', '-V', 'HYBRID', '-J', ...options, ...output]);
    const image = open(new Uint8Array(readFileSync(file)));
    const { root } = image.report();
    expect(root).toMatchObject({ format: 'iso', facts: { label: 'HYBRID', partitionTable: table } });
    expectBytes(await read(image, '', 'sources\\a file.bin'), content);
    expect(root.parts.map(({ mount, format }) => `${mount} ${format}`)).toEqual(beside);
    expect(root.parts.every(({ alternate }) => alternate === true)).toBe(true);
  });
});
