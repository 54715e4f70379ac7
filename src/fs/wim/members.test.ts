/** Split sets and deltas: several files that are one WIM, whole and in part. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FormatError } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import { createCodecs } from '../../codec/codecs.ts';
import type { Resolve } from '../../source/format.ts';
import { MemorySource } from '../../source/memory.ts';
import { NodeFileSource } from '../../source/node-file.ts';
import { readBytes } from '../../source/read.ts';
import type { ByteSource } from '../../source/types.ts';
import { loadModules } from '../../testing/modules.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { resolveAmong } from '../../testing/resolve.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { buildWim } from '../../testing/wim-builder.ts';
import { mixedData, sampleTree } from '../../testing/wim-sample-tree.ts';
import { splitWim } from '../../testing/wim-split.ts';
import { ByteState, type FsVolume, NodeFlag, type OpenedFs } from '../types.ts';
import { wim } from './index.ts';

const modules = loadModules();
const codecs = createCodecs(modules);
const folder = mkdtempSync(path.join(os.tmpdir(), 'wim-members-'));
const opened: NodeFileSource[] = [];
afterAll(() => {
  for (const source of opened) source.close();
  rmSync(folder, { recursive: true, force: true });
});
const at = (...names: string[]) => path.join(folder, ...names);
const imagex = (...args: string[]) => runTool('wimlib-imagex', args);

function sourceOf(file: string): NodeFileSource {
  const source = new NodeFileSource(file);
  opened.push(source);
  return source;
}

const open = (source: ByteSource, resolve: Resolve = () => []) => wim.open(source, { codecs, modules, resolve });
const openAmong = (source: ByteSource, files: readonly ByteSource[]): OpenedFs =>
  open(source, resolveAmong(wim, files, codecs));

function verify(volume: FsVolume): Finding[] {
  const findings: Finding[] = [];
  const scan = volume.verify((finding) => findings.push(finding))!;
  while (!scan.step(50));
  return findings;
}

/** Path -> content in base64, or the message of the FormatError; links and encrypted files are left out. */
function contents(volume: FsVolume): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, row] of rowPaths(scanRows(volume).rows, volume.rootId)) {
    if (row.flags & NodeFlag.directory || row.reparseTag !== 0 || row.byteState === ByteState.efs) continue;
    try {
      const source = volume.open(row.ref);
      found.set(name, Buffer.from(readBytes(source, 0, source.size)).toString('base64'));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      found.set(name, error.message);
    }
  }
  return found;
}

const images = [{ name: 'x', root: sampleTree() }];
const memory = (parts: readonly Uint8Array[]) =>
  parts.map((bytes, i) => new MemorySource(i === 0 ? 'x.swm' : `x${i + 1}.swm`, bytes));

const SETS: [string, readonly Uint8Array[]][] = [
  ['plain', splitWim({ images }, { parts: 3 })],
  ['xpress', splitWim({ images, compression: 'xpress', chunkSize: 4096 }, { parts: 4 })],
  ['lzx with integrity tables', splitWim({ images, compression: 'lzx', integrity: true }, { parts: 2 })],
  [
    'solid xpress',
    splitWim({ images }, { parts: 3, solid: { codec: 'xpress', chunkSize: 4096, blobsPerResource: 2 } }),
  ],
  ['solid lzx', splitWim({ images }, { parts: 4, solid: { codec: 'lzx', chunkSize: 32_768, blobsPerResource: 2 } })],
];

describe.each(SETS)('a split set, %s', (_, bytes) => {
  const parts = memory(bytes);
  const expected = contents(open(new MemorySource('x.wim', buildWim({ images }))).volumes[0]!);

  test('whichever part comes first, the set is whole and verifies', () => {
    for (const source of parts) {
      const fs = openAmong(source, [...parts].reverse());
      expect(fs.findings).toEqual([]);
      expect(fs.identity['part']).toBe(1);
      const [volume] = fs.volumes;
      expect(scanRows(volume!).findings).toEqual([]);
      expect(contents(volume!)).toEqual(expected);
      expect(verify(volume!)).toEqual([]);
    }
  });

  test('each part states what it needs', () => {
    const total = parts.length;
    for (const [i, source] of parts.entries()) {
      const { needs, self, setPart } = wim.identify(source, codecs);
      expect(setPart).toEqual({ set: self['guid'], part: i + 1, total });
      expect(self).toEqual({ guid: setPart!.set, part: i + 1, parts: total });
      const others = needs.filter(({ kind }) => kind === 'part');
      expect(others).toHaveLength(total - 1);
      // Part 1 also says which data it lacks: it may be a delta, and another WIM may have what a lost part had.
      expect(needs.map(({ id }) => id).includes('blobs')).toBe(i === 0);
      expect(needs.filter(({ required }) => required).map(({ id }) => id)).toEqual(i === 0 ? [] : ['part:1']);
      for (const { kind, want, match, title } of others)
        expect([kind, want, match[0]!['guid'], title]).toEqual([
          'part',
          'file',
          setPart!.set,
          `part ${match[0]!['part']} of ${total}`,
        ]);
    }
  });

  test('without a part: what lies there is missing and named, the rest is good', () => {
    let total = 0;
    for (let lost = 2; lost <= parts.length; lost++) {
      const there = parts.filter((_part, i) => i !== lost - 1);
      const fs = openAmong(there[0]!, there);
      expect(fs.findings).toMatchObject([{ code: 'wimPartsMissing', facts: { parts: parts.length, missing: [lost] } }]);
      const [volume] = fs.volumes;
      const { rows, findings } = scanRows(volume!);
      const files = rows.filter(({ byteState }) => byteState === ByteState.missing).length;
      total += files;
      expect(findings).toMatchObject(
        files === 0 ? [] : [{ code: 'wimDataMissing', facts: { files, missingParts: [lost] } }],
      );
      const wrong = [...contents(volume!)].filter(([name, content]) => content !== expected.get(name));
      expect(wrong).toHaveLength(files);
      for (const [, message] of wrong)
        expect(message).toMatch(new RegExp(`^MissingData: .*part ${lost} of ${parts.length}, which is not here`));
      expect(verify(volume!)).toEqual([]);
    }
    expect(total).toBeGreaterThan(0);
  });

  test('without part 1 the refusal says which part is needed', () => {
    expect(() => openAmong(parts[1]!, parts.slice(1))).toThrow(`part 1 of ${parts.length}`);
    expect(() => openAmong(parts[1]!, parts.slice(1))).toThrow('MissingPart');
  });
});

describe('split sets that lie', () => {
  const [, bytes] = SETS[0]!;

  test('a part of another set is left out, and told', () => {
    const foreign = bytes[1]!.slice();
    foreign[24]! ^= 0xff;
    const [first, , third] = memory(bytes);
    const other = new MemorySource('other.swm', foreign);
    const fs = open(first!, ({ id }) => (id === 'part:2' ? [other] : id === 'part:3' ? [third!] : []));
    expect(fs.findings.map(({ code }) => code)).toEqual(['wimPartForeign', 'wimPartsMissing']);
    expect(fs.findings[1]!.facts).toMatchObject({ missing: [2] });
  });

  test('a part that cannot be read is missing, with the reason', () => {
    const [first, second, third] = memory(bytes);
    const cut = new MemorySource(second!.name, bytes[1]!.slice(0, 100));
    const fs = open(first!, ({ id }) => (id === 'part:2' ? [cut] : id === 'part:3' ? [third!] : []));
    expect(fs.findings.map(({ code }) => code)).toEqual(['wimMemberUnreadable', 'wimPartsMissing']);
    const damaged = bytes[2]!.slice();
    new DataView(damaged.buffer).setUint32(48, 49, true); // a blob table that is no whole entry
    const whole = open(first!, ({ id }) =>
      id === 'part:2' ? [second!] : id === 'part:3' ? [new MemorySource(third!.name, damaged)] : [],
    );
    expect(whole.findings.map(({ code }) => code)).toEqual(['wimMemberUnreadable', 'wimPartsMissing']);
    expect(whole.findings[1]!.facts).toMatchObject({ missing: [3] });
  });

  test('65,535 parts are bounded', () => {
    const many = bytes[0]!.slice();
    new DataView(many.buffer).setUint16(42, 0xffff, true);
    expect(wim.identify(new MemorySource('x.swm', many), codecs).needs.length).toBeLessThan(5000);
    expect(() => open(new MemorySource('x.swm', many))).not.toThrow();
  });
});

describe('damage in any file of a set', () => {
  const { codec, chunkSize } = { codec: 'xpress' as const, chunkSize: 4096 };
  const parts = splitWim({ images }, { parts: 3, solid: { codec, chunkSize, blobsPerResource: 2 } });
  /** Header fields, and the blob table's entries. */
  const hot = (bytes: Uint8Array) => {
    const [table, size] = [56, 64].map((at) => Number(new DataView(bytes.buffer).getBigUint64(at, true)));
    return [0, 16, 24, 40, 48, 72, 124, ...Array.from({ length: size! / 50 }, (_, i) => table! + i * 50)];
  };
  /** Opens part 3 with the damaged part among the others, as linking would, and reads everything. */
  const exercise = (at: number) => (bytes: Uint8Array) => {
    const files = memory(parts.map((part, i) => (i === at ? bytes : part)));
    for (const file of files) {
      try {
        wim.identify(file, codecs);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
      wim.holds!(file, ['00'.repeat(20)]);
    }
    const resolve: Resolve = ({ id }) => (id.startsWith('part:') ? [files[Number(id.slice(5)) - 1]!] : files);
    const { volumes } = open(files[2]!, resolve);
    for (const volume of volumes) {
      contents(volume);
      verify(volume);
    }
  };

  test.each([0, 1, 2])('part %i, fuzz by seed and cut anywhere', (at) => {
    surviveMutations(parts[at]!, exercise(at), { count: 40, hot: hot(parts[at]!) });
    expect(surviveTruncations(parts[at]!, exercise(at), hot(parts[at]!))).toBeGreaterThan(20);
  });
});

describe('a delta', () => {
  const data = (seed: number) => mixedData(20_000, seed);
  const dir = (external: boolean) => [
    { name: 'old', data: data(1), external },
    { name: 'also old', data: data(2), external },
    { name: 'new', data: data(3) },
  ];
  const base = new MemorySource(
    'base.wim',
    buildWim({
      images: [
        {
          name: 'b',
          root: {
            name: '',
            dir: [
              { name: 'x', data: data(1) },
              { name: 'y', data: data(2) },
            ],
          },
        },
      ],
      compression: 'lzx',
    }),
  );
  const delta = new MemorySource(
    'delta.wim',
    buildWim({ images: [{ name: 'd', root: { name: '', dir: dir(true) } }], compression: 'xpress' }),
  );

  test('says what it lacks, and which files have it', () => {
    const [need, ...rest] = wim.identify(delta, codecs).needs;
    expect(rest).toEqual([]);
    expect(need).toMatchObject({ id: 'blobs', kind: 'blobs', want: 'file', match: [], names: [], required: false });
    expect(need!.hashes).toHaveLength(2);
    expect(wim.holds!(base, need!.hashes)).toBe(true);
    expect(wim.holds!(delta, need!.hashes)).toBe(false);
    expect(wim.holds!(base, ['00'.repeat(20), 'not a hash', ''])).toBe(false);
    expect(wim.holds!(new MemorySource('no wim', new Uint8Array(100)), need!.hashes)).toBe(false);
    expect(wim.identify(base, codecs).needs).toEqual([]);
  });

  test('is whole with its base, which is another codec', () => {
    const fs = openAmong(delta, [base, delta]);
    expect(fs.findings).toEqual([]);
    const [volume] = fs.volumes;
    expect(scanRows(volume!).findings).toEqual([]);
    expect(contents(volume!)).toEqual(
      contents(
        open(new MemorySource('x', buildWim({ images: [{ name: 'd', root: { name: '', dir: dir(false) } }] })))
          .volumes[0]!,
      ),
    );
    expect(verify(volume!)).toEqual([]);
    const old = rowPaths(scanRows(volume!).rows, 0).get('old')!;
    const [extent] = volume!.open(old.ref).extents(0, 1);
    expect(extent!.file).toBe('base.wim');
    expect(fs.facts['blobs']).toBe(1);
  });

  test('without it: missing, and said so', () => {
    const [volume] = open(delta).volumes;
    const { rows, findings } = scanRows(volume!);
    expect(rows.map(({ byteState }) => byteState)).toEqual([
      ByteState.missing,
      ByteState.missing,
      ByteState.decompressed,
    ]);
    expect(findings).toMatchObject([{ code: 'wimDataMissing', facts: { files: 2 } }]);
    expect(() => volume!.open(rows[0]!.ref)).toThrow('in another WIM, which is not here');
  });

  test('a base that cannot be read is told, and nothing else changes', () => {
    const fs = open(delta, ({ kind }) => (kind === 'blobs' ? [new MemorySource('bad', new Uint8Array(300))] : []));
    expect(fs.findings.map(({ code }) => code)).toEqual(['wimMemberUnreadable']);
    expect(scanRows(fs.volumes[0]!).rows).toHaveLength(3);
  });
});

describe.skipIf(!hasTool('wimlib-imagex'))('wimlib-imagex splits, and captures deltas', () => {
  const tree = at('tree');
  const more = at('more');
  if (hasTool('wimlib-imagex')) {
    mkdirSync(path.join(tree, 'dir'), { recursive: true });
    for (let i = 0; i < 12; i++) writeFileSync(path.join(tree, 'dir', `f${i}`), mixedData(400_000 + i, i));
    writeFileSync(path.join(tree, 'empty'), '');
    mkdirSync(more);
    for (let i = 8; i < 16; i++) writeFileSync(path.join(more, `g${i}`), mixedData(400_000 + i, i));
  }
  const partsOf = (prefix: string) =>
    readdirSync(folder)
      .filter((file) => file.startsWith(prefix) && file.endsWith('.swm'))
      .map((file) => sourceOf(at(file)));

  test.each(['none', 'xpress', 'lzx', 'lzms'])('split, %s', (compression) => {
    const file = at(`split-${compression}.wim`);
    imagex('capture', tree, file, `--compress=${compression}`, '--check');
    imagex('split', file, at(`split-${compression}.swm`), '1');
    const parts = partsOf(`split-${compression}`);
    expect(parts.length).toBeGreaterThan(1);
    const expected = contents(open(sourceOf(file)).volumes[0]!);
    for (const source of [parts[0]!, parts.at(-1)!]) {
      const fs = openAmong(source, parts);
      expect(fs.findings).toEqual([]);
      expect(contents(fs.volumes[0]!)).toEqual(expected);
      expect(verify(fs.volumes[0]!)).toEqual([]);
    }
  });

  test.each([
    ['lzx', []],
    ['solid', ['--solid']],
  ])('a chain of deltas, %s', (name, options) => {
    const [base, one, two] = ['base', 'one', 'two'].map((step) => at(`${name}-${step}.wim`)) as [
      string,
      string,
      string,
    ];
    imagex('capture', tree, base, ...options);
    imagex('capture', more, one, `--delta-from=${base}`, ...options);
    writeFileSync(path.join(more, 'extra'), mixedData(5000, 99));
    imagex('capture', more, two, `--delta-from=${base}`, `--delta-from=${one}`, ...options);
    rmSync(path.join(more, 'extra'));
    const files = [base, one, two].map(sourceOf);
    expect(files.map((file) => wim.identify(file, codecs).needs.map(({ id }) => id))).toEqual([
      [],
      ['blobs'],
      ['blobs'],
    ]);
    const whole = at(`${name}-whole.wim`);
    imagex('export', two, 'all', whole, `--ref=${base}`, `--ref=${one}`);
    const fs = openAmong(files[2]!, files);
    expect(scanRows(fs.volumes[0]!).findings).toEqual([]);
    expect(contents(fs.volumes[0]!)).toEqual(contents(open(sourceOf(whole)).volumes[0]!));
    expect(scanRows(openAmong(files[2]!, files.slice(1)).volumes[0]!).findings).toMatchObject([
      { code: 'wimDataMissing', facts: { files: 4 } },
    ]);
  });
});
