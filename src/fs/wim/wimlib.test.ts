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
  return wim.open(source, { codecs: createCodecs(modules), modules, resolve: () => null });
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

  test('solid: the names are listed, the data says why it cannot be read', () => {
    const file = at('solid.wim');
    imagex('capture', tree, file, '--solid', '--solid-compress=lzx', '--compress=lzx');
    const fs = open(file);
    expect(fs.findings.map(({ code }) => code)).toEqual(['wimSolid']);
    const [volume] = fs.volumes;
    expect(sorted(ourComparable(volume!))).toEqual(sorted(withoutRoot(wimlibRows(file, 1))));
    const row = rowPaths(scanRows(volume!).rows, 0).get('dir/small.txt')!;
    expect(row.size).toBe(5);
    expect(() => volume!.open(row.ref)).toThrow('UnsupportedFeature');
    expect(verify(volume!).map(({ code }) => code)).toEqual(['wimNotVerified']);
  });

  test('an ESD (LZMS) and a pipable WIM are refused by name', () => {
    imagex('capture', tree, at('lzms.esd'), '--solid');
    expect(() => open(at('lzms.esd'))).toThrow('LZMS');
    imagex('capture', tree, at('pipable.wim'), '--pipable');
    expect(() => open(at('pipable.wim'))).toThrow('pipable');
  });

  test('split: each part says which it is, part 1 lists, data of other parts is missing', () => {
    imagex('capture', tree, at('whole.wim'), '--compress=none');
    imagex('split', at('whole.wim'), at('part.swm'), '1');
    const fs = open(at('part.swm'));
    expect(fs.findings.map(({ code }) => code)).toEqual(['wimSplit']);
    const { rows, findings } = scanRows(fs.volumes[0]!);
    expect(rows).toHaveLength(withoutRoot(wimlibRows(at('part.swm'), 1)).length);
    expect(findings.map(({ code }) => code)).toEqual(['wimDataMissing']);
    expect(open(at('part2.swm')).volumes).toEqual([]);
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
