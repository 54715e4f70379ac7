/** exfatprogs as a second opinion: what mkfs.exfat makes is opened here, what the builder writes is sound to fsck.exfat. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { NodeFileSource } from '../../source/node-file.ts';
import { buildExfat } from '../../testing/exfat-builder.ts';
import { scanRows } from '../../testing/node-rows.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { exfat } from './index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'strata-exfat-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const MIB = 1 << 20;

describe.skipIf(!hasTool('mkfs.exfat')).each([
  ['clusters of 512 bytes', ['-c', '512'], 8 * MIB, 512],
  ['clusters of 4 KiB', ['-c', '4K'], 64 * MIB, 4096],
  ['clusters of 128 KiB, the bitmap before the heap', ['-c', '128K', '--pack-bitmap'], 256 * MIB, 131_072],
  ['clusters of 32 MiB', ['-c', '32M'], 2048 * MIB, 32 * MIB],
] as const)('%s', (title, options, size, clusterSize) => {
  test('opens, and is without fault', () => {
    const file = path.join(folder, `${title}.img`);
    writeFileSync(file, '');
    truncateSync(file, size);
    runTool('mkfs.exfat', ['-L', 'OTHERS', ...options, file]);
    const source = new NodeFileSource(file);
    const opened = exfat.open(source, { codecs: {} as never, modules: {} as never, resolve: () => [] });
    const volume = opened.volumes[0]!;
    expect([opened.findings, volume.title, volume.facts['clusterSize']]).toEqual([[], 'OTHERS', clusterSize]);
    const { rows, findings } = scanRows(volume);
    expect([rows, findings]).toEqual([[], []]);
    const told: string[] = [];
    const check = volume.verify(({ code }) => told.push(code))!;
    while (!check.step(10));
    expect(told).toEqual([]);
    source.close();
  });
});

test.skipIf(!hasTool('fsck.exfat'))('fsck.exfat counts what the builder wrote, and finds no fault', () => {
  const data = new Uint8Array(5000).fill(7);
  const files = Array.from({ length: 40 }, (_, i) => ({ name: `file number ${i} in a directory`, data }));
  const root = [
    { name: 'plain.txt', data },
    { name: 'chained.bin', data },
    { name: 'dir', dir: [...files, { name: 'inner', dir: [] }] },
  ];
  const file = path.join(folder, 'built.img');
  writeFileSync(file, buildExfat({ root, chained: ['chained.bin'], clusters: 2000 }).bytes);
  expect(runTool('fsck.exfat', ['-n', file]).toString()).toContain('clean. directories 3, files 42');
});
