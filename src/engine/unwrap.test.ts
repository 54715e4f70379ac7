/** Unwrapping ends: partition tables that lie over one another are opened up to a bound, and that is told. */
import { describe, expect, test } from 'vitest';
import { MAX_UNWRAPPED } from '../base/limits.ts';
import { MemorySource } from '../source/memory.ts';
import { buildMbr } from '../testing/disk-builder.ts';
import { hostileTree, nestedImage } from '../testing/hostile-images.ts';
import { loadModules } from '../testing/modules.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { watch } from '../testing/survive.ts';
import { buildVhdx } from '../testing/vhdx-builder.ts';
import { buildWim } from '../testing/wim-builder.ts';
import type { ReportNode } from './api-image.ts';
import { webHost } from './host.ts';
import type { Image } from './image.ts';
import { openImage } from './open-image.ts';
import { findingsOf, mountable, resolvePath, select } from './select.ts';

const SECTOR = 512;
const open = (bytes: Uint8Array): Image => openImage(webHost(loadModules()), new MemorySource('x', bytes)).image;
const nodes = (node: ReportNode): ReportNode[] => [node, ...node.parts.flatMap(nodes)];

/** A disk of which every sector is a partition table whose four partitions begin in the four sectors that follow. */
function hallOfMirrors(sectors: number): Uint8Array {
  const disk = new Uint8Array(sectors * SECTOR);
  const view = new DataView(disk.buffer);
  for (let at = 0; at < disk.length; at += SECTOR) {
    for (let i = 0; i < 4; i++) {
      const entry = at + 446 + 16 * i;
      disk[entry + 4] = 7;
      view.setUint32(entry + 8, 1 + i, true);
      view.setUint32(entry + 12, sectors - at / SECTOR - 1 - i, true);
    }
    view.setUint16(at + 510, 0xaa55, true);
  }
  return disk;
}

describe('a bound', () => {
  test('partition tables in each other\u2019s sectors', () => {
    const check = watch('partition tables in each other');
    const { root } = open(hallOfMirrors(64)).report();
    check();
    const all = nodes(root);
    expect(all.length).toBe(MAX_UNWRAPPED);
    const told = findingsOf(root).filter(({ code }) => code === 'tooManyParts');
    expect(told.length).toBeGreaterThan(0);
    expect(told[0]).toMatchObject({ severity: 'warning', facts: { limit: MAX_UNWRAPPED } });
  });

  test('holds for each nested image by itself', async () => {
    const volume = buildNtfs({ root: ['a.img', 'b.img'].map((name) => ({ name, data: hallOfMirrors(64) })) });
    const image = open(volume);
    for (const name of ['a.img', 'b.img', 'a.img']) {
      const { ref } = await resolvePath(image, '', name, 'x');
      expect(nodes(image.openNested('', ref, name)).length).toBe(MAX_UNWRAPPED);
    }
  });

  test('an ordinary disk is far from it', () => {
    const { root } = open(buildMbr([{ bytes: buildNtfs({ root: [] }) }]).bytes).report();
    expect(nodes(root)).toHaveLength(2);
    expect(findingsOf(root)).toEqual([]);
  });
});

describe('images in images', () => {
  test('a WIM that is the whole of a VHDX', () => {
    const wim = buildWim({ images: [{ name: 'one', root: { name: '', dir: hostileTree() } }] });
    const disk = new Uint8Array(Math.ceil(wim.length / SECTOR) * SECTOR);
    disk.set(wim);
    const { root } = open(
      buildVhdx({ kind: 'dynamic', size: disk.length, write: [{ offset: 0, bytes: disk }] }),
    ).report();
    expect(nodes(root).map(({ format }) => format)).toEqual(['vhdx', 'wim', 'wim']);
    expect(mountable(root).map(({ mount }) => mount)).toEqual(['1']);
  });

  test('the report of a selection leads from the file to the tree', async () => {
    const image = open(nestedImage().bytes);
    const { root, part } = await select(image, ['disk.vhd', 'images\\boot.wim']);
    expect(part).toMatchObject({ format: 'wim', mount: 'p1::disk.vhd::images\\boot.wim', kind: null });
    const way: string[] = [];
    for (let at: ReportNode | undefined = root; at !== undefined; at = at.parts[0]) way.push(at.format ?? '');
    expect(way).toEqual(['vhdx', 'gpt', 'ntfs', 'vhd', 'ntfs', 'wim', 'wim']);
  });

  test('selectors: the own part first, else the only one inside, else the choices', async () => {
    const volume = buildNtfs({ root: [] });
    const inner = buildMbr([{ bytes: volume }, { bytes: volume }], { align: 4096 }).bytes;
    const image = open(buildMbr([{ bytes: inner }, { bytes: inner }, { bytes: volume }], { align: 4096 }).bytes);
    const mount = async (...steps: string[]) => (await select(image, steps)).part.mount;
    expect(mountable(image.report().root).map((node) => node.mount)).toEqual([
      'p1::p1',
      'p1::p2',
      'p2::p1',
      'p2::p2',
      'p3',
    ]);
    expect(await mount('p3')).toBe('p3');
    expect(await mount('p2', 'p1')).toBe('p2::p1');
    await expect(select(image, ['p4'])).rejects.toMatchObject({ code: 'InvalidArgument', actual: 'p4' });
    await expect(select(image, ['p1', 'p1', 'p1'])).rejects.toMatchObject({ code: 'MissingItem' });
  });
});
