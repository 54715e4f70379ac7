/** Against wimlib-imagex: what it captures we list and read as it does, what we build it verifies and extracts. */
import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../base/findings.ts';
import { createCodecs } from '../../codec/codecs.ts';
import { NodeFileSource } from '../../source/node-file.ts';
import { readBytes } from '../../source/read.ts';
import { cpuTime } from '../../testing/cpu-time.ts';
import { loadModules } from '../../testing/modules.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { buildWim, type WimOptions } from '../../testing/wim-builder.ts';
import { mixedData, sampleTree } from '../../testing/wim-sample-tree.ts';
import { comparable, ourComparable, wimlibRows } from '../../testing/wimlib.ts';
import { type FsVolume, NodeFlag, type OpenedFs } from '../types.ts';
import { wim } from './index.ts';

const modules = loadModules();
const folder = mkdtempSync(path.join(os.tmpdir(), 'wimlib-test-'));
const sources: NodeFileSource[] = [];
afterAll(() => {
  for (const source of sources) source.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (...names: string[]) => path.join(folder, ...names);
const imagex = (...args: string[]) => runTool('wimlib-imagex', args);

function open(file: string): OpenedFs {
  const source = new NodeFileSource(file);
  sources.push(source);
  return wim.open(source, { codecs: createCodecs(modules), modules, resolve: () => [] });
}

function verify(volume: FsVolume): Finding[] {
  const findings: Finding[] = [];
  const scan = volume.verify((finding) => findings.push(finding))!;
  while (!scan.step(50));
  return findings;
}

/** Every file of the volume has the content of the file below `root`. @returns how many were compared */
function compareContents(volume: FsVolume, root: string): number {
  let compared = 0;
  for (const [name, row] of rowPaths(scanRows(volume).rows, volume.rootId)) {
    if (row.flags & NodeFlag.directory || row.reparseTag !== 0) continue;
    const source = volume.open(row.ref);
    const theirs = readFileSync(path.join(root, name));
    expect(Buffer.compare(readBytes(source, 0, source.size), theirs), name).toBe(0);
    compared++;
  }
  return compared;
}

function sorted<T extends { path: string }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => (a.path < b.path ? -1 : 1));
}

const withoutRoot = (rows: ReturnType<typeof wimlibRows>) => rows.filter(({ path: p }) => p !== '').map(comparable);

function makeTree(): string {
  const root = at('tree');
  mkdirSync(path.join(root, 'dir/deep/deeper'), { recursive: true });
  mkdirSync(path.join(root, 'many'));
  writeFileSync(path.join(root, 'empty'), '');
  writeFileSync(path.join(root, 'dir/small.txt'), 'small');
  writeFileSync(path.join(root, 'dir/deep/large.bin'), mixedData(3_000_001, 7));
  writeFileSync(path.join(root, 'dir/deep/\u4e2d\u6587 \u{1F680}.txt'), 'names');
  writeFileSync(path.join(root, 'dir/random'), mixedData(70_000, 9));
  linkSync(path.join(root, 'dir/small.txt'), path.join(root, 'dir/other name.txt'));
  symlinkSync('dir/small.txt', path.join(root, 'link'));
  for (let i = 0; i < 500; i++) writeFileSync(path.join(root, 'many', `file ${i}.dat`), `content ${i % 50}`);
  utimesSync(path.join(root, 'dir/small.txt'), 1_234_567_890.5, 987_654_321.25);
  return root;
}

describe.skipIf(!hasTool('wimlib-imagex'))('wimlib-imagex captures', () => {
  const tree = hasTool('wimlib-imagex') ? makeTree() : '';
  test.each([
    ['none', []],
    ['fast', ['--compress=fast']],
    ['fast 4K', ['--compress=xpress', '--chunk-size=4096']],
    ['fast 64K', ['--compress=xpress', '--chunk-size=65536', '--check']],
    ['max', ['--compress=max', '--check']],
    ['lzx 128K', ['--compress=lzx', '--chunk-size=131072']],
    ['lzx 2M', ['--compress=lzx', '--chunk-size=2097152']],
    ['lzms', ['--compress=lzms']],
    ['lzms 32K', ['--compress=lzms', '--chunk-size=32768', '--check']],
    ['lzms 1M', ['--compress=lzms', '--chunk-size=1M']],
  ])('%s: same rows, same contents', (name, options) => {
    const file = at(`${name}.wim`);
    imagex('capture', tree, file, ...(name === 'none' ? ['--compress=none'] : options), '--boot', 'named', 'described');
    imagex('append', path.join(tree, 'dir'), file, 'second');
    const fs = open(file);
    expect(fs.findings).toEqual([]);
    expect(fs.volumes.map(({ title }) => title)).toEqual(['named', 'second']);
    for (const [i, volume] of fs.volumes.entries()) {
      expect(sorted(ourComparable(volume))).toEqual(sorted(withoutRoot(wimlibRows(file, i + 1))));
      expect(verify(volume)).toEqual([]);
    }
    expect(compareContents(fs.volumes[0]!, tree)).toBe(506);
    expect(compareContents(fs.volumes[1]!, path.join(tree, 'dir'))).toBe(5);
  });

  test.each([
    ['an ESD', ['--solid']],
    ['solid LZMS 1 MiB', ['--solid', '--solid-chunk-size=1M', '--check']],
    ['solid LZX in XPRESS', ['--solid', '--solid-compress=lzx', '--compress=xpress']],
    ['solid XPRESS in LZMS', ['--solid', '--solid-compress=xpress', '--solid-chunk-size=64K', '--compress=lzms']],
    ['solid LZX 32K', ['--solid', '--solid-compress=lzx', '--solid-chunk-size=32K', '--compress=none', '--check']],
    ['solid, unsorted', ['--solid', '--no-solid-sort', '--solid-compress=lzx']],
  ])('%s: same rows, same contents, several solid resources', (name, options) => {
    const file = at(`${name}.esd`);
    imagex('capture', tree, file, ...options, 'first');
    mkdirSync(at('more'), { recursive: true });
    writeFileSync(at('more', 'new.bin'), mixedData(400_000, 21));
    writeFileSync(at('more', 'small.txt'), `new in the second resource of ${name}`);
    imagex('append', at('more'), file, 'second', ...options);
    const fs = open(file);
    expect(fs.findings).toEqual([]);
    expect(fs.facts).toMatchObject({ version: '0xe00', solidResources: 2 });
    for (const [i, volume] of fs.volumes.entries()) {
      expect(sorted(ourComparable(volume))).toEqual(sorted(withoutRoot(wimlibRows(file, i + 1))));
      expect(verify(volume)).toEqual([]);
    }
    expect(compareContents(fs.volumes[0]!, tree)).toBe(506);
    expect(compareContents(fs.volumes[1]!, at('more'))).toBe(2);
  });

  test.each([
    ['none', ['--compress=none']],
    ['xpress 4K', ['--compress=xpress', '--chunk-size=4096', '--check']],
    ['lzx', ['--compress=lzx', '--check']],
    ['lzms', ['--compress=lzms', '--chunk-size=64K']],
  ])('pipable %s: same rows, same contents', (name, options) => {
    const file = at(`pipable ${name}.wim`);
    imagex('capture', tree, file, '--pipable', ...options, 'piped');
    const fs = open(file);
    expect(fs.findings).toEqual([]);
    expect(fs.facts).toMatchObject({ pipable: true, images: 1 });
    expect(fs.volumes[0]!.title).toBe('piped');
    expect(sorted(ourComparable(fs.volumes[0]!))).toEqual(sorted(withoutRoot(wimlibRows(file, 1))));
    expect(verify(fs.volumes[0]!)).toEqual([]);
    expect(compareContents(fs.volumes[0]!, tree)).toBe(506);
  });

  test('a damaged solid resource names the files that it spoils', () => {
    const file = at('spoilt.esd');
    imagex('capture', tree, file, '--solid', '--solid-chunk-size=128K');
    const bytes = readFileSync(file);
    // In the middle of the compressed data: what lies before it is not touched.
    bytes[bytes.length >> 1]! ^= 0x55;
    writeFileSync(file, bytes);
    const findings = verify(open(file).volumes[0]!);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.length).toBeLessThan(50);
    for (const { code, facts } of findings) {
      expect(code).toBe('wimBlobHash');
      expect(facts!['path']).toBeTypeOf('string');
    }
  });

  test('chunks that are stated larger than 64 MiB are read, as their data is not', () => {
    const file = at('stated.esd');
    imagex('capture', tree, file, '--solid', '--solid-chunk-size=64M');
    const bytes = readFileSync(file);
    // the solid resource is the first one: size, chunk size, compression
    expect(bytes.readUInt32LE(208 + 8)).toBe(2 ** 26);
    bytes.writeUInt32LE(2 ** 30, 208 + 8);
    writeFileSync(file, bytes);
    const [volume] = open(file).volumes;
    expect(verify(volume!)).toEqual([]);
    expect(compareContents(volume!, tree)).toBe(506);
  });

  test('a second file from a solid chunk comes out of the cache', () => {
    const file = at('cached.esd');
    imagex('capture', tree, file, '--solid');
    const [volume] = open(file).volumes;
    const paths = rowPaths(scanRows(volume!).rows, 0);
    const read = (name: string) => {
      const source = volume!.open(paths.get(name)!.ref);
      const start = cpuTime();
      readBytes(source, 0, source.size);
      return cpuTime() - start;
    };
    const cold = read('dir/small.txt');
    const warm = Math.min(read('many/file 7.dat'), read('many/file 11.dat'), read('many/file 20.dat'));
    expect(warm).toBeLessThan(cold / 4);
  });
});

describe.skipIf(!hasTool('wimlib-imagex'))('wimlib-imagex reads what the builder makes', () => {
  test.each<Omit<WimOptions, 'images'>>([
    { integrity: true, bootIndex: 1 },
    { compression: 'xpress', chunkSize: 4096, integrity: true },
    { compression: 'xpress', chunkSize: 65_536 },
    { compression: 'lzx', chunkSize: 32_768 },
    { compression: 'lzx', chunkSize: 524_288, integrity: true },
  ])('%o', (options) => {
    const file = at('built.wim');
    writeFileSync(file, buildWim({ images: [{ name: 'built & escaped', root: sampleTree() }], ...options }));
    imagex('verify', file);
    expect(imagex('info', file).toString()).toContain('built & escaped');
    const [volume] = open(file).volumes;
    expect(sorted(ourComparable(volume!))).toEqual(sorted(withoutRoot(wimlibRows(file, 1))));
    const out = at('extracted');
    imagex('extract', file, '1', '/Windows', '/one.txt', '/streams.txt', '/tagged', `--dest-dir=${out}`, '--no-acls');
    const digest = (data: Uint8Array) => createHash('sha1').update(data).digest('hex');
    expect(digest(readFileSync(path.join(out, 'Windows/big.bin')))).toBe(digest(mixedData(300_000)));
    expect(readFileSync(path.join(out, 'one.txt'), 'utf8')).toBe('one file');
    expect(statSync(path.join(out, 'Windows/System32/config')).isDirectory()).toBe(true);
    rmSync(out, { recursive: true });
  });
});
