/** VMDKs of the corpus, of qemu-img's making and of our builders, against qemu-img convert. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import type { Need, Resolve } from '../../source/format.ts';
import { NodeFileSource } from '../../source/node-file.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { checkWindows, expectBytes } from '../../testing/conformance.ts';
import { corpus, corpusFolder } from '../../testing/corpus.ts';
import { fuzzCount, Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { buildCowd, buildSeSparse, descriptorText } from '../../testing/vmdk-extents-builder.ts';
import { vmdk } from './index.ts';

const codecs = createCodecs(loadModules());
const MIB = 1 << 20;
const DATA = 'strozfriedberg+vmdk-rs/data/';

/** Answers needs by name from one folder. */
function inFolder(folder: string): Resolve {
  const resolve = ({ names, want }: Need): ByteSource[] => {
    const file = new NodeFileSource(path.join(folder, path.basename(names[0]!)));
    return [want === 'file' ? file : vmdk.open(file, { codecs, resolve }).parts[0]!.source];
  };
  return resolve;
}
const open = (file: string) => vmdk.open(new NodeFileSource(file), { codecs, resolve: inFolder(path.dirname(file)) });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'vmdk-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const saved = (name: string, bytes: Uint8Array): string => {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
};
function converted(file: string): Uint8Array {
  const raw = path.join(folder, 'converted.raw');
  runTool('qemu-img', ['convert', '-f', 'vmdk', '-O', 'raw', file, raw]);
  return readFileSync(raw);
}

const random = new Random(12);
const disk = new Uint8Array(9 * MIB + 65_536);
for (const offset of [0, 3 * MIB - 5000, 8 * MIB + 77]) disk.set(random.bytes(70_000), offset);
const EDGES = [65_536, 2 * MIB, 3 * MIB, 8 * MIB];

describe.skipIf(corpusFolder() === null || !hasTool('qemu-img'))('the corpus', () => {
  test('a split disk of VMware is the disk in one file', () => {
    const { parts, findings, facts } = open(corpus(`${DATA}twoGbMaxExtentSparse.vmdk`)!);
    expect(findings).toEqual([]);
    expect(facts).toMatchObject({ type: 'twoGbMaxExtentSparse', virtualSize: 10 * MIB, sparse: 'hosted sparse' });
    const whole = readBytes(parts[0]!.source, 0, 10 * MIB);
    expectBytes(whole, converted(corpus(`${DATA}twoGbMaxExtentSparse.vmdk`)!));
    const files = new Set([...parts[0]!.source.extents(0, 10 * MIB)].map(({ file }) => file));
    expect(files).toEqual(new Set(['twoGbMaxExtentSparse-s001.vmdk', null]));
  });
});

describe.skipIf(!hasTool('qemu-img'))('what qemu-img writes', () => {
  test.each([
    ['monolithicSparse', []],
    ['monolithicFlat', ['made-flat.vmdk']],
    ['twoGbMaxExtentSparse', ['made-s001.vmdk']],
    ['twoGbMaxExtentFlat', ['made-f001.vmdk']],
    ['streamOptimized', []],
  ])('%s', (subformat, others) => {
    const made = path.join(folder, 'made.vmdk');
    const raw = saved('disk.raw', disk);
    runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'vmdk', '-o', `subformat=${subformat}`, raw, made]);
    const { parts, findings } = open(made);
    expect(findings).toEqual([]);
    checkWindows(parts[0]!.source, disk, { edges: EDGES, count: fuzzCount(300) });
    const files = [...parts[0]!.source.extents(0, disk.length)].flatMap(({ file }) => file ?? []);
    expect([...new Set(files)]).toEqual(others.length > 0 ? others : ['made.vmdk']);
  });

  test('a disk of more than 2 GiB in two sparse extents', () => {
    const size = 2 ** 31 + 5 * MIB;
    const made = path.join(folder, 'large.vmdk');
    runTool('qemu-img', ['create', '-q', '-f', 'vmdk', '-o', 'subformat=twoGbMaxExtentSparse', made, `${size}`]);
    const places = [[0, 0x11], [2 ** 31 - 4096, 0x22], [2 ** 31, 0x33], [size - 512, 0x44]] as const; // biome-ignore format: a table
    const writes = places.flatMap(([at, byte]) => ['-c', `write -P ${byte} ${at} ${at === size - 512 ? 512 : 4096}`]);
    runTool('qemu-io', ['-f', 'vmdk', ...writes, made]);
    const { source } = open(made).parts[0]!;
    expect(source.size).toBe(size);
    for (const [at, byte] of places) expect(readBytes(source, at, 512)).toEqual(new Uint8Array(512).fill(byte));
    expect(readBytes(source, 2 ** 31 - 2048, 4096)).toEqual(new Uint8Array(4096).fill(0x22, 0, 2048).fill(0x33, 2048));
    const at = ([offset]: readonly [number, number]) => [...source.extents(offset, 512)][0]!.file;
    expect(places.map(at)).toEqual(['large-s001.vmdk', 'large-s001.vmdk', 'large-s002.vmdk', 'large-s002.vmdk']);
  });

  test('a chain of three', () => {
    const content = disk.slice();
    runTool('qemu-img', [
      'convert',
      '-f',
      'raw',
      '-O',
      'vmdk',
      saved('disk.raw', disk),
      path.join(folder, 'base.vmdk'),
    ]);
    for (const [i, name] of ['middle.vmdk', 'top.vmdk'].entries()) {
      const file = path.join(folder, name);
      const below = ['base.vmdk', 'middle.vmdk'][i]!;
      runTool('qemu-img', ['create', '-q', '-f', 'vmdk', '-b', below, '-F', 'vmdk', file]);
      const seeded = new Random(50 + i);
      const writes: string[] = [];
      for (let n = 0; n < 20; n++) {
        const [at, byte] = [512 * seeded.below(disk.length / 512 - 64), 1 + seeded.below(255)];
        writes.push('-c', `write -P ${byte} ${at} ${64 * 512}`);
        content.fill(byte, at, at + 64 * 512);
      }
      runTool('qemu-io', ['-f', 'vmdk', ...writes, file]);
    }
    const { parts, facts } = open(path.join(folder, 'top.vmdk'));
    expect(facts['parentFileNameHint']).toBe('middle.vmdk');
    checkWindows(parts[0]!.source, content, { edges: EDGES, count: fuzzCount(300) });
    expectBytes(readBytes(parts[0]!.source, 0, content.length), converted(path.join(folder, 'top.vmdk')));
    const files = new Set([...parts[0]!.source.extents(0, content.length)].map(({ file }) => file));
    expect(files).toEqual(new Set([null, 'top.vmdk', 'middle.vmdk', 'base.vmdk']));
  });
});

describe.skipIf(!hasTool('qemu-img'))('what our builders write, in qemu-img and here', () => {
  const write = [0, 3 * MIB - 5000, 8 * MIB + 77].map((offset) => ({ offset, bytes: random.bytes(20_000) }));
  const spec = { size: disk.length, write, zeroGrains: [5, 9, 2000] };
  test.each([
    ['vmfsSparse', 'VMFSSPARSE', buildCowd(spec).image],
    ['vmfsSparse', 'VMFSSPARSE', buildCowd(spec, 16).image],
    ['seSparse', 'SESPARSE', buildSeSparse(spec).image],
  ])('%s', (createType, type, image) => {
    saved('extent.vmdk', image);
    const extents = [`RW ${disk.length / 512} ${type} "extent.vmdk"`];
    const file = saved('descriptor.vmdk', descriptorText({ createType, extents }));
    const { parts, findings } = open(file);
    expect(findings).toEqual([]);
    // qemu-img 7.2 shows the one extent of an ESX format twice
    const raw = converted(file);
    expectBytes(raw.subarray(disk.length), raw.subarray(0, disk.length), 'the second half');
    checkWindows(parts[0]!.source, raw.subarray(0, disk.length), { edges: EDGES, count: fuzzCount(300) });
  });
});
