/**
 * Damaged images as a whole: opened, listed, every file read, merged over a good base, planned. Each ends soon, in a result
 * or a FormatError; a fault of ours (a trap, a RangeError) counts even where the engine tells it as an error of a part.
 */
import { describe, expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { MemorySource } from '../source/memory.ts';
import { damage, fuzzCount, truncations } from '../testing/damage.ts';
import { type HostileImage, hostileImages, hostileTree } from '../testing/hostile-images.ts';
import { loadModules } from '../testing/modules.ts';
import { surviveLater } from '../testing/survive.ts';
import { buildWim } from '../testing/wim-builder.ts';
import type { ReportNode } from './api-image.ts';
import { webHost } from './host.ts';
import type { Image } from './image.ts';
import { imageHives } from './image-hives.ts';
import { openImage } from './open-image.ts';
import { readHive, readTree } from './read-tree.ts';
import { mountable, resolvePath } from './select.ts';
import { Workspace } from './workspace/workspace.ts';

const host = webHost(loadModules());
const base = buildWim({ images: [{ name: 'base', root: { name: '', dir: hostileTree() } }] });
/** A file may say that it has exabytes: head and tail are read, and what lies between up to here. */
const READ_BYTES = 1 << 20;

/** The fault behind an error that only says so. */
function innocent(error: unknown): void {
  if (!(error instanceof FormatError)) throw error;
  if (error.code === 'UnexpectedTrap') throw new Error(error.message, { cause: error });
}

async function attempt(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    innocent(error);
  }
}

function checkReport(node: ReportNode): void {
  if (node.refusal !== null) innocent(FormatError.from(node.refusal));
  node.parts.forEach(checkReport);
}

async function walkStream(image: Image, mount: string, ref: number, stream: string): Promise<void> {
  await attempt(() => {
    const size = image.streamSize(mount, ref, stream);
    image.places(mount, ref, stream, 0, Math.min(size, READ_BYTES));
    const head = image.read(mount, ref, stream, 0, Math.min(size, READ_BYTES));
    expect(head.length).toBe(Math.min(size, READ_BYTES));
    if (size > READ_BYTES) image.read(mount, ref, stream, size - 4096, 4096);
  });
}

async function walkTree(image: Image, node: ReportNode): Promise<void> {
  const { mount } = node;
  await attempt(() => image.fingerprint(mount));
  await attempt(() => {
    while (!image.verifyNext(mount, 100).finished);
  });
  const { table, info } = await readTree(image, mount, 'hostile');
  await attempt(() => image.list(mount, info.rootRef));
  for (let row = 1; row < table.count; row++) {
    const ref = table.ref(row);
    if (ref < 0) continue;
    let streams: readonly { name: string }[] = [];
    await attempt(() => {
      streams = image.describe(mount, ref).streams;
    });
    for (const { name } of streams) if (name !== '') await walkStream(image, mount, ref, name);
    if (table.isDirectory(row)) await attempt(() => image.list(mount, ref));
    else await walkStream(image, mount, ref, '');
  }
  await attempt(async () => {
    for (const hive of await imageHives(image, node, 'hostile', ''))
      await attempt(() => walkHive(image, hive.mount, hive.ref, hive.logs));
  });
}

async function walkHive(
  image: Image,
  mount: string,
  ref: number | null,
  logs: readonly number[] | null,
): Promise<void> {
  const id = `hive:${mount}:${ref}`;
  const { table } = await readHive(image, id, mount, ref, logs, 'hostile');
  const { values } = table.data;
  for (let row = 0; row < table.count; row++) await attempt(() => image.hiveDescribe(id, table.data.ref[row]!));
  await attempt(() => image.hiveData(id, [...values.ref], 1 << 20));
  for (const at of values.ref) await attempt(() => image.hiveLocate(id, at));
  await attempt(() => image.hiveFingerprint(id));
}

async function walkNested(image: Image, mount: string): Promise<void> {
  await attempt(async () => {
    const { ref } = await resolvePath(image, mount, 'disk.vhd', 'hostile');
    const disk = image.openNested(mount, ref, 'disk.vhd');
    checkReport(disk);
    for (const tree of mountable(disk)) {
      const { ref: inner } = await resolvePath(image, tree.mount, 'images\\boot.wim', 'hostile');
      const wim = image.openNested(tree.mount, inner, 'images\\boot.wim');
      checkReport(wim);
      for (const node of mountable(wim)) await attempt(() => walkTree(image, node));
    }
  });
}

async function merge(image: Image): Promise<void> {
  const workspace = new Workspace(host);
  const good = openImage(host, new MemorySource('base.wim', base)).image;
  workspace.attachImage('base', good.report(), good);
  await workspace.addLayer({ image: 'base', mount: '1', role: 'os', name: null });
  workspace.attachImage('bad', image.report(), image);
  for (const { mount } of mountable(image.report().root).slice(0, 2))
    await workspace.addLayer({ image: 'bad', mount, role: 'user', name: null });
  await workspace.settled();
  for (const { error } of workspace.layerRecords) if (error !== null) innocent(FormatError.from(error));
  for (const { facts } of await workspace.findings()) expect(facts?.['code']).not.toBe('UnexpectedTrap');
  await attempt(() => workspace.buildPlan());
}

/** Everything a person could ask of the image. @throws FormatError when it cannot be opened */
async function exercise(bytes: Uint8Array, merged = true): Promise<void> {
  const { image } = openImage(host, new MemorySource('hostile', bytes));
  const { root } = image.report();
  checkReport(root);
  for (const node of mountable(root)) {
    if (node.kind === 'hive') await attempt(() => walkHive(image, node.mount, null, []));
    else {
      await attempt(() => walkTree(image, node));
      await walkNested(image, node.mount);
    }
  }
  if (merged) await merge(image);
}

const images = hostileImages();

describe.each(images.map((image) => [image.id, image] as const))('%s', (_, image: HostileImage) => {
  test('is good before it is damaged', async () => {
    await exercise(image.bytes);
    const { root } = openImage(host, new MemorySource('good', image.bytes)).image.report();
    expect(mountable(root).length).toBeGreaterThan(0);
  });

  test('cut at each structure', async () => {
    const edges = image.hot.filter((_edge, i) => i % Math.ceil(image.hot.length / 12) === 0);
    for (const length of truncations(image.bytes.length, edges, 8))
      await surviveLater(image.bytes.subarray(0, length), (bytes) => exercise(bytes, false), `cut to ${length} bytes`);
  });

  test('fuzz: damaged at random', { timeout: 4 * 3600_000 }, async () => {
    const count = fuzzCount(20);
    for (let seed = 1; seed <= count; seed++) {
      const bad = damage(image.bytes, seed, image.hot);
      // one in four keeps its broken checksums, and so does what was cut off
      if (seed % 4 !== 0 && bad.length === image.bytes.length) image.mend?.(bad);
      await surviveLater(bad, (bytes) => exercise(bytes, seed % 16 === 0), `seed ${seed}`);
    }
  });
});
