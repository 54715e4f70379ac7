/** qcow2 files of the corpus, and of qemu-img's own making, against qemu-img convert. */
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
import { qcow2 } from './index.ts';

const codecs = createCodecs(loadModules());
const DISSECT = 'fox-it+dissect.hypervisor/tests/_data/disk/qcow2/';

/** Answers needs by name from one folder; a backing file that is a qcow2 itself is unwrapped. */
function inFolder(folder: string): Resolve {
  const resolve = ({ names, want }: Need): ByteSource[] => {
    const file = new NodeFileSource(path.join(folder, path.basename(names[0]!)));
    return [want === 'file' ? file : qcow2.open(file, { codecs, resolve }).parts[0]!.source];
  };
  return resolve;
}

function open(file: string) {
  return qcow2.open(new NodeFileSource(file), { codecs, resolve: inFolder(path.dirname(file)) });
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'qcow2-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const saved = (name: string, bytes: Uint8Array): string => {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
};

describe.skipIf(corpusFolder() === null)('the corpus', () => {
  test
    .skipIf(!hasTool('qemu-img'))
    .each([
      `${DISSECT}basic.qcow2`,
      `${DISSECT}backing-chain-1.qcow2`,
      `${DISSECT}backing-chain-2.qcow2`,
      `${DISSECT}backing-chain-3.qcow2`,
      'log2timeline+dfvfs/test_data/ext2.qcow2',
      'log2timeline+dfvfs/test_data/windows_volume.qcow2',
      'log2timeline+plaso/test_data/image.qcow2',
      'vasi+qcow2-rs/tests/test.qcow2',
    ])('%s', (name) => {
    const file = corpus(name)!;
    const raw = path.join(folder, 'raw');
    runTool('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', file, raw]);
    const { source } = open(file).parts[0]!;
    const whole = new NodeFileSource(raw);
    expect(source.size).toBe(whole.size);
    const same = (at: number, length: number): void =>
      expectBytes(readBytes(source, at, length), readBytes(whole, at, length), `${length} bytes at ${at}`);
    // all that is stored, with its neighbours, and windows anywhere else
    for (const { kind, offset, length } of source.extents(0, source.size)) {
      const start = Math.max(0, offset - 512);
      if (kind !== 'zero') same(start, Math.min(source.size, offset + length + 512) - start);
    }
    const random = new Random(7);
    for (let i = 0; i < fuzzCount(200); i++) {
      const at = random.below(source.size - 1);
      same(at, Math.min(source.size - at, random.below(100_000)));
    }
    whole.close();
  });

  test.each([
    [
      `${DISSECT}backing-chain-1.qcow2`,
      'MissingParent: backing-chain-1.qcow2 at 0x8: expected the backing file "backing-chain-2.qcow2"',
    ],
    ['sleuthkit+sleuthkit/test/data/image.qcow', 'qcow (version 1)'],
  ])('%s alone is refused', (name, sentence) => {
    expect(() => qcow2.open(new NodeFileSource(corpus(name)!), { codecs, resolve: () => [] })).toThrow(sentence);
  });
});

const random = new Random(11);
const disk = new Uint8Array((9 << 20) + 512);
for (const offset of [0, (3 << 20) - 5000, (8 << 20) + 77]) {
  disk.set(random.bytes(20_000), offset);
  for (let at = offset + 20_000; at < offset + 90_000; at += 40) disk.set(random.bytes(2 + random.below(8)), at);
}
const EDGES = [65_536, 2 << 20, 3 << 20, 8 << 20];

describe.skipIf(!hasTool('qemu-img'))('what qemu-img writes', () => {
  test.each([
    'compat=0.10',
    'compat=1.1,lazy_refcounts=on',
    'cluster_size=512',
    'cluster_size=2M',
    'extended_l2=on,cluster_size=128k',
    'COMPRESS,cluster_size=64k',
    'COMPRESS,cluster_size=512',
    'COMPRESS,cluster_size=2M',
    'COMPRESS,compression_type=zstd',
    'COMPRESS,compression_type=zstd,cluster_size=2M,extended_l2=on',
    'data_file=DATA',
    'data_file=DATA,data_file_raw=on',
  ])('%s', (options) => {
    const raw = saved('disk.raw', disk);
    const made = path.join(folder, 'made.qcow2');
    const compress = options.startsWith('COMPRESS,') ? ['-c'] : [];
    const set = options.replace('COMPRESS,', '').replace('DATA', path.join(folder, 'data.bin'));
    runTool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', ...compress, '-o', set, raw, made]);
    const opened = open(made);
    expect(opened.findings).toEqual([]);
    checkWindows(opened.parts[0]!.source, disk, { edges: EDGES, count: fuzzCount(300) });
    const files = new Set([...opened.parts[0]!.source.extents(0, disk.length)].map(({ file }) => file));
    expect([...files].filter((file) => file !== null)).toEqual([options.includes('DATA') ? 'data.bin' : 'made.qcow2']);
    rmSync(path.join(folder, 'data.bin'), { force: true });
  });

  /** Writes at random places by qemu-io, here and in `content`. */
  function scribble(file: string, content: Uint8Array, seed: number, size = content.length): void {
    const random = new Random(seed);
    const commands: string[] = [];
    for (let i = 0; i < 25; i++) {
      const length = 512 * (1 + random.below(200));
      const at = 512 * random.below((size - length) / 512);
      const byte = 1 + random.below(255);
      const zero = i % 5 === 4;
      commands.push('-c', zero ? `write -z ${at} ${length}` : `write -P ${byte} ${at} ${length}`);
      content.fill(zero ? 0 : byte, at, at + length);
    }
    runTool('qemu-io', ['-f', 'qcow2', ...commands, file]);
  }

  test.each([
    ['compat=1.1', 'qcow2'],
    ['compat=1.1,cluster_size=4k', 'raw'],
    ['extended_l2=on,cluster_size=64k', 'qcow2'],
  ])('a chain of three with a short base: %s over %s', (options, baseFormat) => {
    const short = disk.slice(0, (5 << 20) + 1536);
    const base = path.join(folder, `base.${baseFormat}`);
    runTool('qemu-img', ['convert', '-f', 'raw', '-O', baseFormat, saved('short.raw', short), base]);
    const content = new Uint8Array(disk.length);
    content.set(short);
    const names = ['middle.qcow2', 'top.qcow2'];
    names.forEach((name, i) => {
      const below = i === 0 ? path.basename(base) : names[0]!;
      const format = i === 0 ? baseFormat : 'qcow2';
      const file = path.join(folder, name);
      runTool('qemu-img', [
        'create',
        '-q',
        '-f',
        'qcow2',
        '-b',
        below,
        '-F',
        format,
        '-o',
        options,
        file,
        `${disk.length}`,
      ]);
      scribble(file, content, 20 + i);
    });
    const top = path.join(folder, 'top.qcow2');
    const { source } = open(top).parts[0]!;
    checkWindows(source, content, { edges: [...EDGES, short.length], count: fuzzCount(300) });
    runTool('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', top, path.join(folder, 'merged.raw')]);
    expectBytes(readBytes(source, 0, source.size), readFileSync(path.join(folder, 'merged.raw')), 'the chain');
    const files = new Set([...source.extents(0, source.size)].map(({ file }) => file));
    expect(files).toEqual(new Set([null, 'top.qcow2', 'middle.qcow2', path.basename(base)]));
  });

  test('internal snapshots beside the active state', () => {
    const file = path.join(folder, 'snapshots.qcow2');
    runTool('qemu-img', ['create', '-q', '-f', 'qcow2', file, `${4 << 20}`]);
    const content = new Uint8Array(4 << 20);
    const states: Uint8Array[] = [];
    for (const [i, name] of ['clean', 'after the update'].entries()) {
      scribble(file, content, 30 + i);
      runTool('qemu-img', ['snapshot', '-c', name, file]);
      states.push(content.slice());
    }
    scribble(file, content, 32);
    runTool('qemu-img', ['resize', '-q', '-f', 'qcow2', file, `${5 << 20}`]);
    const now = new Uint8Array(5 << 20);
    now.set(content);
    const { parts, facts } = open(file);
    expect(facts).toMatchObject({ snapshots: ['clean', 'after the update'], snapshotCount: 2 });
    expect(parts.map(({ key, alternate }) => [key, alternate])).toEqual([
      ['', undefined],
      ['snap:1', true],
      ['snap:2', true],
    ]);
    expect(parts[1]!.title).toMatch(/^Snapshot "clean" of 20\d\d-/);
    for (const [i, expected] of [now, ...states].entries())
      checkWindows(parts[i]!.source, expected, { edges: [65_536, 1 << 20], count: fuzzCount(200) });
    for (const [i, name] of ['clean', 'after the update'].entries()) {
      const raw = path.join(folder, 'snapshot.raw');
      runTool('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', '-l', name, file, raw]);
      // qemu-img shows a snapshot as large as the disk is now
      expectBytes(readBytes(parts[i + 1]!.source, 0, 4 << 20), readFileSync(raw).subarray(0, 4 << 20), name);
    }
  });
});
