/** A disk of 4096-byte sectors all the way down: VHDX, partition table, volume, each counting in them. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemorySource } from '../source/memory.ts';
import { buildGpt, buildMbr } from '../testing/disk-builder.ts';
import { loadModules } from '../testing/modules.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { buildVhdx } from '../testing/vhdx-builder.ts';
import { webHost } from './host.ts';
import { openImage } from './open-image.ts';
import { findingsOf, mountable, resolvePath } from './select.ts';

const sectorSize = 4096;
const content = new Uint8Array(300_000).map((_, i) => (i * 37) >> 2);

describe.skipIf(!hasTool('mkntfs') || !hasTool('ntfscp'))('sectors of 4096 bytes', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-4k-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let bytes: Uint8Array;
  beforeAll(() => {
    const [image, file] = ['volume', 'file.bin'].map((name) => path.join(folder, name)) as [string, string];
    writeFileSync(file, content);
    writeFileSync(image, '');
    truncateSync(image, 8 << 20);
    runTool('mkntfs', ['-q', '-F', '-f', '-Q', '-s', String(sectorSize), image]);
    runTool('ntfscp', ['-q', '-f', image, file, 'file.bin']);
    bytes = new Uint8Array(readFileSync(image));
  });

  test.each(['gpt', 'mbr'])('%s', async (table) => {
    const disk =
      table === 'gpt' ? buildGpt([{ bytes }], { sectorSize }) : buildMbr([{ bytes, type: 7 }], { sectorSize });
    const write = [{ offset: 0, bytes: disk.bytes }];
    const vhdx = buildVhdx({ kind: 'dynamic', size: disk.bytes.length, logicalSectorSize: sectorSize, write });
    const { image } = openImage(webHost(loadModules()), new MemorySource('x', vhdx));
    const { root } = image.report();
    expect(findingsOf(root).filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect([root.facts['sectorSize'], root.parts[0]!.facts['sectorSize']]).toEqual([sectorSize, sectorSize]);
    const trees = mountable(root);
    expect(trees.map(({ mount, format }) => [mount, format])).toEqual([['p1', 'ntfs']]);
    expect(trees[0]!.facts).toMatchObject({ bytesPerSector: sectorSize, recordSize: 4096 });
    const { ref } = await resolvePath(image, 'p1', 'file.bin', 'x');
    expect(Buffer.compare(image.read('p1', ref, '', 0, content.length), content)).toBe(0);
  });
});
