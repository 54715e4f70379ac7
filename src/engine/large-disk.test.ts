/** What an opened disk holds in memory does not grow with its size: a volume of 60 GB in a dynamic VHDX, beside a small one. */
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, expect, test } from 'vitest';
import { NodeFileSource } from '../source/node-file.ts';
import { loadModules } from '../testing/modules.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { webHost } from './host.ts';
import { openImage } from './open-image.ts';
import { readTree } from './read-tree.ts';
import { mountable } from './select.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const folder = mkdtempSync(path.join(tmpdir(), 'large-disk-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An empty NTFS volume in a dynamic VHDX. */
function volume(size: number): string {
  const raw = path.join(folder, `${size}.raw`);
  const disk = path.join(folder, `${size}.vhdx`);
  writeFileSync(raw, '');
  truncateSync(raw, size);
  runTool('mkntfs', ['-F', '-Q', '-q', raw]);
  runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'vhdx', '-o', 'subformat=dynamic', raw, disk]);
  rmSync(raw);
  return disk;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes on and off the heap. What kernels leave behind is given back between turns of the loop. */
async function held(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    collect();
    await setTimeout(5);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const host = webHost(loadModules());

async function list(file: string): Promise<{ image: object; rows: number }> {
  const { image } = openImage(host, new NodeFileSource(file));
  const { mount } = mountable(image.report().root)[0]!;
  const { table } = await readTree(image, mount, file);
  return { image, rows: table.count };
}

test.skipIf(!hasTool('mkntfs') || !hasTool('qemu-img'))(
  '60 GB cost no more memory than a small disk',
  { timeout: 60_000 },
  async () => {
    const [small, large] = [volume(128 * MIB), volume(60 * GIB)];
    expect(statSync(large).size).toBeLessThan(1 * GIB);
    for (let i = 0; i < 3; i++) await list(small); // what is made once, for whatever disk
    const before = await held();
    const first = await list(small);
    const between = await held();
    const second = await list(large);
    const after = await held();
    expect(second.rows).toBe(first.rows);
    const cost = { small: (between - before) / MIB, large: (after - between) / MIB };
    expect(cost.large, JSON.stringify(cost)).toBeLessThan(cost.small + 1);
    expect([first.image, second.image]).toHaveLength(2); // both are open until here
  },
);
