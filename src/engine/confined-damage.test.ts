/** Damage in one structure costs what hangs on it, and nothing else: everything beside it lists and reads as before. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { pathsOf } from '../index/order.ts';
import { pathOf } from '../index/path.ts';
import { MemorySource } from '../source/memory.ts';
import { damage, fuzzCount, Random } from '../testing/damage.ts';
import { buildHive, type KeySpec, sz } from '../testing/hive-builder.ts';
import { hostileTree } from '../testing/hostile-images.ts';
import { loadModules } from '../testing/modules.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { mftOffset } from '../testing/ntfs-volume.ts';
import { sampleFiles } from '../testing/sample.ts';
import { surviveLater } from '../testing/survive.ts';
import { buildWimWithMap } from '../testing/wim-builder.ts';
import { webHost } from './host.ts';
import type { Image } from './image.ts';
import { openImage } from './open-image.ts';
import { readTree } from './read-tree.ts';
import { openRegListing } from './reg-listing.ts';
import { mountable } from './select.ts';
import { Workspace } from './workspace/workspace.ts';

const host = webHost(loadModules());
const open = (bytes: Uint8Array): Image => openImage(host, new MemorySource('x', bytes)).image;

function digest(image: Image, mount: string, ref: number): string {
  try {
    const bytes = image.read(mount, ref, '', 0, image.streamSize(mount, ref, ''));
    return createHash('sha1').update(bytes).digest('hex');
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

/** Path -> what its bytes are, and `dir` for directories. */
async function contents(image: Image, mount: string): Promise<Map<string, string>> {
  const { table } = await readTree(image, mount, 'x');
  const found = new Map<string, string>();
  for (let row = 1; row < table.count; row++) {
    const path = pathOf(table, row);
    if (!path.startsWith('$')) found.set(path, table.isDirectory(row) ? 'dir' : digest(image, mount, table.ref(row)));
  }
  return found;
}

/** Paths that are not what they were. */
function changed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort();
}

const KERNEL = ['Windows\\System32\\copy of kernel.dll', 'Windows\\System32\\kernel.dll'];

describe('one structure of many', () => {
  test.each(['none', 'xpress', 'lzx'] as const)('one blob of a WIM (%s)', async (compression) => {
    const root = { name: '', dir: hostileTree() };
    const { bytes, blobs } = buildWimWithMap({ images: [{ name: 'x', root }], compression });
    const before = await contents(open(bytes), '1');
    const each: string[] = [];
    for (const blob of blobs) {
      const bad = bytes.slice();
      bad[blob] = bad[blob]! ^ 0xff;
      each.push(changed(before, await contents(open(bad), '1')).join());
    }
    expect(each).toContain(KERNEL.join());
    // every blob belongs to one file, or to one under two names
    for (const paths of each) expect(paths.split(',').length).toBeLessThanOrEqual(2);
  });

  test('one MFT record', async () => {
    const bytes = buildNtfs({ root: hostileTree() });
    const before = await contents(open(bytes), '');
    const start = mftOffset(bytes);
    const lost = new Map<number, string[]>();
    for (let record = 32; bytes[start + record * 1024] === 0x46; record++) {
      const bad = bytes.slice();
      bad.fill(0x11, start + record * 1024, start + record * 1024 + 256);
      lost.set(record, changed(before, await contents(open(bad), '')));
    }
    expect(lost.size).toBeGreaterThan(20);
    const all = [...lost.values()];
    expect(all.filter((paths) => paths.join() === KERNEL.join())).toHaveLength(1);
    expect(all.filter((paths) => paths.join() === 'empty')).toHaveLength(1);
    // a directory that is lost takes the paths below it along, nothing beside it
    for (const paths of all) {
      const top = paths.reduce((a, b) => (b.length < a.length ? b : a), paths[0] ?? '');
      if (paths.join() === KERNEL.join()) continue;
      const orphans = paths.filter((path) => path !== top && !path.startsWith(`${top}\\`));
      for (const path of orphans) expect(before.has(path)).toBe(false);
    }
  });

  test('one cell of a hive', async () => {
    const keys: KeySpec[] = Array.from({ length: 8 }, (_, i) => ({
      name: `key ${i}`,
      values: [{ name: `value ${i}`, type: 1, data: sz(`text of ${i}`) }],
    }));
    const bytes = buildHive({ name: 'ROOT', keys });
    const list = async (hive: Uint8Array) => {
      const image = open(hive);
      const place = { id: 'h', mount: '', ref: null, logs: [], name: 'x' };
      const listing = await openRegListing(image, place, '', '', true);
      const { table } = listing;
      const rows = new Map<string, string>();
      for (const { row, path } of pathsOf(table, listing.walk, listing.base)) {
        const [first, end] = [table.data.valueStart[row]!, table.data.valueStart[row + 1]!];
        const values = Array.from({ length: end - first }, (_, i) => [
          table.valueName(first + i),
          table.data.values.type[first + i],
          [...(listing.data(first + i) ?? [-1])],
        ]);
        rows.set(path, JSON.stringify([listing.key(row), values]));
      }
      return rows;
    };
    const before = await list(bytes);
    const text = Buffer.from(bytes);
    for (let i = 0; i < 8; i++) {
      const value = text.indexOf(`value ${i}`, 0, 'latin1') - 20;
      expect(text.toString('latin1', value, value + 2)).toBe('vk');
      const bad = bytes.slice();
      bad.fill(0xff, value + 4, value + 12); // size and place of its data
      expect(changed(before, await list(bad))).toEqual([`key ${i}`]);
      const key = text.indexOf(`key ${i}`, 0, 'latin1') - 76;
      expect(text.toString('latin1', key, key + 2)).toBe('nk');
      const worse = bytes.slice();
      worse.fill(0x11, key, key + 16);
      const lost = changed(before, await list(worse)).filter((path) => path !== '');
      expect(lost).toEqual([`key ${i}`]);
    }
  });
});

describe('a merge plan', () => {
  test('fuzz: a damaged plan is refused or is the plan it was', { timeout: 4 * 3600_000 }, async () => {
    const workspace = new Workspace(host);
    for (const [i, { name, bytes }] of sampleFiles().entries()) {
      const { image } = openImage(host, new MemorySource(name, bytes));
      workspace.attachImage(name, image.report(), image);
      const { mount } = mountable(image.report().root)[0]!;
      await workspace.addLayer({ image: name, mount, role: i === 0 ? 'os' : 'user', name: null });
    }
    await workspace.settled();
    const { file, summary } = await workspace.buildPlan();
    const good = new Uint8Array(await file.arrayBuffer());
    const random = new Random(1);
    const hot = Array.from({ length: 40 }, () => random.below(good.length));
    const count = fuzzCount(60);
    for (let seed = 1; seed <= count; seed++)
      await surviveLater(
        damage(good, seed, [0, good.length - 22, ...hot]),
        async (bytes) => {
          const check = await workspace.checkPlan(new Blob([bytes as Uint8Array<ArrayBuffer>]));
          expect(check.summary.planId).toBe(summary.planId);
        },
        `seed ${seed}`,
      );
  });
});
