/** Solid resources: several in a run, read as the data of one; and what lies about them ends in a FormatError. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../base/findings.ts';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { checkExtents, checkWindows, walkSource } from '../../testing/conformance.ts';
import { loadModules } from '../../testing/modules.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { buildWim } from '../../testing/wim-builder.ts';
import { mixedData, sampleTree } from '../../testing/wim-sample-tree.ts';
import { type BuiltSolidWim, buildSolidWim, type SolidOptions } from '../../testing/wim-solid.ts';
import { type FsVolume, NodeFlag } from '../types.ts';
import { wim } from './index.ts';

const modules = loadModules();
const codecs = createCodecs(modules);
const images = [{ name: 'x', root: sampleTree() }];

function open(bytes: Uint8Array): FsVolume {
  const fs = wim.open(new MemorySource('x.esd', bytes), { codecs, modules, resolve: () => [] });
  expect(fs.findings).toEqual([]);
  return fs.volumes[0]!;
}

function verify(volume: FsVolume): Finding[] {
  const findings: Finding[] = [];
  const scan = volume.verify((finding) => findings.push(finding))!;
  while (!scan.step(50));
  return findings;
}

function contents(volume: FsVolume): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, row] of rowPaths(scanRows(volume).rows, volume.rootId)) {
    if (row.flags & NodeFlag.directory || row.reparseTag !== 0) continue;
    try {
      const source = volume.open(row.ref);
      found.set(name, Buffer.from(readBytes(source, 0, source.size)).toString('base64'));
    } catch (error) {
      found.set(name, (error as Error).name);
    }
  }
  return found;
}

const SHAPES: SolidOptions[] = [
  { codec: 'xpress', chunkSize: 4096, blobsPerResource: 3 },
  { codec: 'lzx', chunkSize: 32_768, blobsPerResource: 100 },
  { codec: 'lzx', chunkSize: 131_072, blobsPerResource: 1 },
];

describe.each(SHAPES)('solid: $codec, chunks of $chunkSize, $blobsPerResource blobs a resource', (shape) => {
  const built = buildSolidWim({ images }, shape);

  test('reads what the WIM without it has, and verifies', () => {
    const volume = open(built.bytes);
    expect(contents(volume)).toEqual(contents(open(buildWim({ images }))));
    expect(verify(volume)).toEqual([]);
  });

  test('any window of a file, with extents that cover it', () => {
    const volume = open(built.bytes);
    const row = rowPaths(scanRows(volume).rows, volume.rootId).get('Windows/big.bin')!;
    const data = mixedData(300_000);
    checkWindows(volume.open(row.ref), data);
    checkExtents(volume.open(row.ref), { 'x.esd': built.bytes });
  });

  test.skipIf(!hasTool('wimlib-imagex'))('wimlib-imagex verifies it', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'solid-'));
    try {
      writeFileSync(path.join(folder, 'x.esd'), built.bytes);
      runTool('wimlib-imagex', ['verify', path.join(folder, 'x.esd')]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('solid resources that lie', () => {
  const built = buildSolidWim({ images }, SHAPES[0]!);

  /** What verifying says after the first solid resource was changed. */
  function after(change: (view: DataView, at: number, built: BuiltSolidWim) => void): string {
    const bytes = built.bytes.slice();
    change(new DataView(bytes.buffer), built.resources[0]!, built);
    const findings = verify(open(bytes));
    expect(findings.every(({ code }) => code === 'wimBlobHash')).toBe(true);
    return String(findings[0]!.facts!['actual']);
  }

  test.each<[string, (view: DataView, at: number, built: BuiltSolidWim) => void]>([
    ['InvalidHeader', (view, at) => view.setUint32(at + 8, 0, true)],
    ['InvalidHeader', (view, at) => view.setUint32(at + 12, 9, true)],
    ['UnsupportedSize', (view, at) => view.setUint32(at + 8, 3000, true)],
    ['UnsupportedSize', (view, at) => view.setUint32(at + 8, 2 ** 31, true)],
    // One chunk of LZMS that would be decoded in 512 MiB of memory.
    [
      'UnsupportedSize',
      (view, at) => {
        view.setBigUint64(at, 2n ** 29n, true);
        view.setUint32(at + 8, 2 ** 30, true);
        view.setUint32(at + 12, 3, true);
      },
    ],
    [
      'InvalidLength',
      (view, _, { resources }) => {
        for (const at of resources) view.setUint32(at + 12, 0, true);
      },
    ],
    ['UnsupportedSize', (view, at) => view.setUint32(at + 4, 0xffff, true)],
    ['InvalidLength', (view, at) => view.setUint32(at + 4, 1, true)],
    ['InvalidOffset', (view, at) => view.setUint32(at, 10, true)],
    ['InvalidOffset', (view, at) => view.setUint32(at + 16, 0, true)],
    ['InvalidOffset', (view, at) => view.setUint32(at + 16, 0x7fffffff, true)],
    ['UnexpectedEnd', (view, _, { blobTable }) => view.setUint32(blobTable + 50 + 8, 0x7fffffff, true)],
    // The entries of the resources are free: the run has none.
    [
      'InvalidOffset',
      (view, _, { blobTable, resources }) => {
        for (let i = 1; i <= resources.length; i++) view.setUint8(blobTable + i * 50 + 7, 0x11);
      },
    ],
  ])('%s (%#)', (code, change) => {
    expect(after(change)).toContain(code);
  });

  const walk = (bytes: Uint8Array) => {
    const fs = wim.open(new MemorySource('unknown', bytes), { codecs, modules, resolve: () => [] });
    for (const volume of fs.volumes) {
      verify(volume);
      for (const row of scanRows(volume).rows)
        if ((row.flags & NodeFlag.directory) === 0) walkSource(volume.open(row.ref));
    }
  };

  test('cut anywhere', () => {
    expect(surviveTruncations(built.bytes, walk, [...built.resources, built.blobTable])).toBeGreaterThan(30);
  });

  test('fuzz, damaged by seed', () => {
    const hot = [12, 48, ...built.resources];
    for (let at = built.blobTable; at < built.bytes.length; at += 50) hot.push(at);
    surviveMutations(built.bytes, walk, { count: 200, hot });
  }, 3_600_000);
});
