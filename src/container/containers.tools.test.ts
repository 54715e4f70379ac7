/** Our images in other programs, and other programs' images in ours: qemu-img, 7-Zip and mmls as second opinions. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCodecs } from '../codec/codecs.ts';
import { MemorySource } from '../source/memory.ts';
import { checkWindows, expectBytes, recognise } from '../testing/conformance.ts';
import { fuzzCount, Random } from '../testing/damage.ts';
import { buildGpt, buildMbr } from '../testing/disk-builder.ts';
import { loadModules } from '../testing/modules.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { buildVdi } from '../testing/vdi-builder.ts';
import { buildVhd, type DiskWrite } from '../testing/vhd-builder.ts';
import { buildVhdx } from '../testing/vhdx-builder.ts';
import { buildVmdk } from '../testing/vmdk-builder.ts';
import { containerFormats } from './registry.ts';

const MIB = 1 << 20;
const context = { codecs: createCodecs(loadModules()), resolve: () => [] };
const random = new Random(11);
const size = 9 * MIB;
const write: DiskWrite[] = [0, 3 * MIB - 5000, 8 * MIB + 77].map((offset) => ({ offset, bytes: random.bytes(20_000) }));
const disk = new Uint8Array(size);
for (const { offset, bytes } of write) disk.set(bytes, offset);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'containers-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function saved(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

function converted(format: string, file: string): Uint8Array {
  const raw = path.join(folder, 'converted.raw');
  runTool('qemu-img', ['convert', '-f', format, '-O', 'raw', file, raw]);
  return readFileSync(raw);
}

describe('what the builders write', () => {
  const images: [string, string, Uint8Array][] = [
    ['vpc', 'dynamic.vhd', buildVhd({ kind: 'dynamic', size, write })],
    ['vpc', 'scattered.vhd', buildVhd({ kind: 'dynamic', size, write, blockSize: 512 * 1024, scatter: true })],
    ['vpc', 'fixed.vhd', buildVhd({ kind: 'fixed', size, write })],
    ['vhdx', 'dynamic.vhdx', buildVhdx({ kind: 'dynamic', size, write })],
    ['vhdx', 'scattered.vhdx', buildVhdx({ kind: 'dynamic', size, write, blockSize: 2 * MIB, scatter: true })],
    ['vdi', 'dynamic.vdi', buildVdi({ kind: 'dynamic', size, write, scatter: true, zeroBlocks: [4] })],
    ['vmdk', 'sparse.vmdk', buildVmdk({ kind: 'monolithicSparse', size, write, zeroGrains: [60] }).image],
    ['vmdk', 'stream.vmdk', buildVmdk({ kind: 'streamOptimized', size, write }).image],
    ['vdi', 'fixed.vdi', buildVdi({ kind: 'fixed', size, write })],
    ['vhdx', 'fixed.vhdx', buildVhdx({ kind: 'fixed', size, write })],
  ];

  test.skipIf(!hasTool('qemu-img')).each(images)('is read by qemu-img: %s %s', (format, name, image) => {
    const file = saved(name, image);
    expectBytes(converted(format, file), disk);
    if (format === 'vhdx') runTool('qemu-img', ['check', '-f', 'vhdx', file]);
  });

  // 7-Zip does not open the stream, which qemu-img does
  const forSevenZip = images.filter(([, name]) => name !== 'stream.vmdk');
  test.skipIf(!hasTool('7zz')).each(forSevenZip)('is read by 7-Zip: %s %s', (format, name, image) => {
    const type = { vpc: 'VHD', vhdx: 'VHDX', vdi: 'VDI', vmdk: 'VMDK' }[format];
    expectBytes(runTool('7zz', ['x', '-so', `-t${type}`, saved(name, image)]), disk);
  });

  test.skipIf(!hasTool('qemu-img'))('a log that is left over is replayed by qemu-img to the same disk', () => {
    // from the start of the ring: qemu does not ask for the tail, so where entries wrap it may replay only the last one
    const spec = { kind: 'dynamic', size, write, unflushed: [3 * MIB, 4 * MIB], logStart: 0 } as const;
    const file = saved('dirty.vhdx', buildVhdx(spec));
    runTool('qemu-img', ['check', '-q', '-r', 'all', '-f', 'vhdx', file]);
    expectBytes(converted('vhdx', file), disk);
  });

  test.skipIf(!hasTool('mmls'))('tables are read by mmls', () => {
    const bytes = random.bytes(MIB);
    const disks: [string, { bytes: Uint8Array; starts: readonly number[] }][] = [
      ['mbr.img', buildMbr([{ bytes }, { bytes, logical: true }, { bytes, logical: true }])],
      [
        'gpt.img',
        buildGpt([
          { bytes, name: 'one' },
          { bytes, name: 'two' },
        ]),
      ],
    ];
    for (const [name, built] of disks) {
      const text = runTool('mmls', [saved(name, built.bytes)]).toString();
      const found = [...text.matchAll(/^\d+: {2}(?:\d+:)?\d+ +(\d+) /gm)].map(([, start]) => Number(start) * 512);
      expect(found).toEqual(built.starts);
    }
  });
});

describe.skipIf(!hasTool('qemu-img'))('what qemu-img writes', () => {
  test.each([
    ['vpc', 'subformat=dynamic,force_size=on'],
    ['vpc', 'subformat=fixed,force_size=on'],
    ['vhdx', 'subformat=dynamic'],
    ['vhdx', 'subformat=dynamic,block_size=1M,block_state_zero=off'],
    ['vhdx', 'subformat=fixed,block_size=4M'],
    ['vmdk', 'subformat=monolithicSparse'],
    ['vmdk', 'subformat=monolithicSparse,zeroed_grain=on'],
    ['vmdk', 'subformat=streamOptimized'],
    ['vdi', 'static=off'],
    ['vdi', 'static=on'],
  ])('fuzz: %s %s, in random windows', (format, options) => {
    const file = path.join(folder, `made.${format}`);
    runTool('qemu-img', ['convert', '-f', 'raw', '-O', format, '-o', options, saved('disk.raw', disk), file]);
    const image = readFileSync(file);
    const opened = recognise(containerFormats, image)!.open(new MemorySource('made', image), context);
    expect(opened.findings).toEqual([]);
    const edges = [65_536, MIB, 2 * MIB, 3 * MIB, 4 * MIB, 8 * MIB, 8 * MIB + 65_536];
    checkWindows(opened.parts[0]!.source, converted(format, file), { edges, count: fuzzCount(200) });
  });
});
