/** Trees that lie, and files that are cut or damaged: each ends soon, in rows and findings or in a FormatError. */
import { describe, expect, test } from 'vitest';
import type { ItemRef } from '../../base/brand.ts';
import { FormatError } from '../../base/errors.ts';
import type { Finding } from '../../base/findings.ts';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { probeWindow, walkSource } from '../../testing/conformance.ts';
import { loadModules } from '../../testing/modules.ts';
import { chunkRows, scanRows } from '../../testing/node-rows.ts';
import { surviveMutations, surviveTruncations, TIME_LIMIT_MS } from '../../testing/survive.ts';
import { type BuiltWim, buildWim, buildWimWithMap } from '../../testing/wim-builder.ts';
import type { WimEntry } from '../../testing/wim-metadata.ts';
import { sampleTree } from '../../testing/wim-sample-tree.ts';
import { NodeFlag, type OpenedFs } from '../types.ts';
import { wim } from './index.ts';

const modules = loadModules();
const codecs = createCodecs(modules);

function open(bytes: Uint8Array): OpenedFs {
  return wim.open(new MemorySource('unknown', bytes), { codecs, modules, resolve: () => [] });
}

/** Everything a user could ask of the image. @throws FormatError when it cannot be opened */
function walk(bytes: Uint8Array): void {
  wim.probe(probeWindow(new MemorySource('unknown', bytes)));
  const fs = open(bytes);
  wim.identify(new MemorySource('unknown', bytes), codecs);
  fs.fingerprint();
  for (const volume of fs.volumes) {
    attempt(() => {
      const scan = volume.verify(() => {})!;
      while (!scan.step(100));
    });
    attempt(() => volume.fingerprint());
    attempt(() => {
      const { rows } = scanRows(volume);
      chunkRows(volume.list(volume.rootRef));
      for (const row of rows) {
        attempt(() => volume.describe(row.ref));
        if (row.flags & NodeFlag.directory) attempt(() => chunkRows(volume.list(row.ref)));
        else attempt(() => walkSource(volume.open(row.ref)));
      }
    });
  }
}

function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

const file = (name: string): WimEntry => ({ name, data: new TextEncoder().encode(name) });

/** A tree whose metadata is changed by `change` before it is listed; the metadata's own hash then complains as well. */
function lying(dir: readonly WimEntry[], change: (view: DataView, places: Map<string, number>) => void) {
  const built = buildWimWithMap({ images: [{ name: 'x', root: { name: '', dir } }] });
  const good = open(built.bytes).volumes[0]!;
  const places = new Map<string, number>([['', 8]]);
  for (const row of scanRows(good).rows) places.set(row.name, row.ref);
  const bytes = built.bytes.slice();
  change(new DataView(bytes.buffer, built.metadata[0]!), places);
  const { rows, findings } = scanRows(open(bytes).volumes[0]!);
  expect(findings.shift()?.code).toBe('wimMetadataHash');
  return { names: rows.map(({ name }) => name), codes: findings.map(({ code }) => code), findings };
}

const listOf = (view: DataView, entry: number) => view.getUint32(entry + 16, true);

describe('lying trees', () => {
  const TREE: WimEntry[] = [
    { name: 'a', dir: [{ name: 'b', dir: [file('c')] }, file('d')] },
    { name: 'e', dir: [file('f')] },
  ];

  test('a directory that contains its parent is entered once', () => {
    const { names, codes } = lying(TREE, (view, places) => {
      view.setUint32(places.get('b')! + 16, listOf(view, 8), true);
    });
    expect(names).toEqual(['a', 'e', 'b', 'd', 'f']);
    expect(codes).toEqual(['wimListRepeats']);
  });

  test('a directory that contains itself', () => {
    const { names, codes } = lying(TREE, (view, places) => {
      view.setUint32(places.get('e')! + 16, listOf(view, places.get('a')!), true);
    });
    expect(names).toEqual(['a', 'e', 'b', 'd', 'c']);
    expect(codes).toEqual(['wimListRepeats']);
  });

  test('a list that starts in the middle of another', () => {
    const { names, codes } = lying(TREE, (view, places) => {
      view.setUint32(places.get('e')! + 16, places.get('d')!, true);
    });
    expect(names).toEqual(['a', 'e', 'b', 'd', 'c']);
    expect(codes).toEqual(['wimListRepeats']);
  });

  test.each([
    ['unaligned', 4, 0],
    ['beyond the end', 0x7fff_fff8, 0],
    ['beyond 2^32', 8, 1],
  ])('a list that is %s', (_, low, high) => {
    const { names, codes } = lying(TREE, (view, places) => {
      view.setUint32(places.get('e')! + 16, low, true);
      view.setUint32(places.get('e')! + 20, high, true);
    });
    expect(names).toEqual(['a', 'e', 'b', 'd', 'c']);
    expect(codes).toEqual(['wimListOffset']);
  });

  test('children of a file', () => {
    const { names, codes } = lying(TREE, (view, places) => {
      view.setUint32(places.get('d')! + 16, listOf(view, places.get('e')!), true);
    });
    expect(names).toEqual(['a', 'e', 'b', 'd', 'f', 'c']);
    expect(codes).toEqual(['wimChildrenOfFile']);
  });

  test.each([
    ['length', 0, 101],
    ['streams', 96, 0xffff],
    ['short name', 98, 0xfffe],
    ['odd name', 100, 3],
    ['name', 100, 0xfffe],
  ])('an entry whose %s does not fit ends its list, the others are whole', (_, field, value) => {
    const { names, codes } = lying(TREE, (view, places) => {
      view.setUint16(places.get('b')! + field, value, true);
    });
    expect(names).toEqual(['a', 'e', 'f']);
    expect(codes).toEqual(['wimEntryDamaged']);
  });

  test('names that cannot be', () => {
    const names = ['', '.', '..', 'a/b', 'nul\0', 'good', 'back\\slash'].map(file);
    const { rows, findings } = scanRows(
      open(buildWim({ images: [{ name: 'x', root: { name: '', dir: names } }] })).volumes[0]!,
    );
    expect(rows.map(({ name }) => name)).toEqual(['good', 'back\\slash']);
    expect(findings.map(({ code, facts }) => [code, facts!['name']])).toEqual([
      ['wimInvalidName', ''],
      ['wimInvalidName', '.'],
      ['wimInvalidName', '..'],
      ['wimInvalidName', 'a/b'],
      ['wimInvalidName', 'nul\0'],
    ]);
  });

  test('equal names are told, names that differ in case are not', () => {
    const many = Array.from({ length: 3000 }, (_, i) => file(`n${i}`));
    const dir = [...many, file('N1'), file('n1'), file('n2999')];
    const { rows, findings } = scanRows(
      open(buildWim({ images: [{ name: 'x', root: { name: '', dir } }] })).volumes[0]!,
    );
    expect(rows).toHaveLength(3001);
    expect(findings.map(({ code, facts }) => [code, facts!['name']])).toEqual([
      ['wimDuplicateName', 'n1'],
      ['wimDuplicateName', 'n2999'],
    ]);
  });

  test('one hard link id for files that differ', () => {
    const dir = [
      { ...file('a'), link: '1' },
      { ...file('a2'), link: '2' },
      { ...file('b'), link: '2' },
    ];
    const { names, codes } = lying(dir, (view, places) => {
      view.setUint32(places.get('a')! + 88, 2, true);
    });
    expect(names).toEqual(['a', 'a2', 'b']);
    expect(codes).toEqual(['wimLinkMismatch', 'wimLinkMismatch']);
  });

  test('a root that is a file, and one that is not there', () => {
    expect(lying([file('a')], (view) => view.setUint32(8 + 8, 0x20, true))).toMatchObject({
      names: [],
      codes: ['wimRootEntry'],
    });
    const empty = lying([file('a')], (view) => view.setUint32(8, 0, true));
    expect(empty).toMatchObject({ names: [], codes: [] });
  });

  test('an empty image answers', () => {
    const built = buildWimWithMap({ images: [{ name: 'x', root: { name: '', dir: [] } }] });
    new DataView(built.bytes.buffer).setUint32(built.metadata[0]! + 8, 0, true);
    const volume = open(built.bytes).volumes[0]!;
    expect(volume.list(volume.rootRef).count).toBe(0);
    expect(() => volume.describe(volume.rootRef)).toThrow('MissingItem');
    expect(() => volume.open(8 as ItemRef)).toThrow('MissingItem');
  });

  test('a hundred thousand nested directories end at the limit', () => {
    // Too deep to describe as a tree: each directory is its own metadata entry behind the one before it.
    const depth = 100_000;
    const entry = 112;
    const metadata = new Uint8Array(8 + (depth + 1) * (entry + 8));
    const view = new DataView(metadata.buffer);
    view.setUint32(0, 8, true);
    for (let i = 0; i <= depth; i++) {
      const at = 8 + i * (entry + 8);
      view.setUint32(at, entry, true);
      view.setUint32(at + 8, 0x10, true);
      if (i < depth) view.setUint32(at + 16, at + entry + 8, true);
      if (i > 0) view.setUint16(at + 100, 2, true);
      view.setUint16(at + 102, 0x64, true);
    }
    const { rows, findings } = scanRows(open(withMetadata(metadata)).volumes[0]!);
    expect(rows.length).toBe(16_384);
    expect(findings.map(({ code }) => code)).toEqual(['wimMetadataHash', 'wimLongPath', 'wimTooDeep']);
  });

  test('a path that is too long is listed, read and told once', () => {
    const deep = (levels: number): WimEntry =>
      levels === 0 ? file('end') : { name: 'd'.repeat(255), dir: [deep(levels - 1), file('beside')] };
    const bytes = buildWim({ images: [{ name: 'x', root: { name: '', dir: [deep(140)] } }] });
    const [volume] = open(bytes).volumes;
    const { rows, findings } = scanRows(volume!);
    expect(rows).toHaveLength(281);
    expect(findings).toMatchObject([{ code: 'wimLongPath', severity: 'error', facts: { units: 32_768 } }]);
    expect(String(findings[0]!.facts!['directory'])).toHaveLength(1001);
    walkSource(volume!.open(rows.find(({ name }) => name === 'end')!.ref));
  });

  test('findings about long paths do not hold thousands of them', () => {
    const data = new Uint8Array(5000).fill(7);
    const many = (name: string, fill: number): WimEntry[] =>
      Array.from({ length: 1000 }, (_, i) => ({ name: `${name}${i}`, data: data.map(() => fill) }));
    const deep = (levels: number): WimEntry =>
      levels === 0
        ? { name: 'end', dir: [...many('a', 1), ...many('b', 2), ...Array.from({ length: 300 }, () => file('..'))] }
        : { name: 'd'.repeat(255), dir: [deep(levels - 1)] };
    const { bytes, blobs } = buildWimWithMap({ images: [{ name: 'x', root: { name: '', dir: [deep(140)] } }] });
    for (const at of blobs) bytes[at]! ^= 1;
    const volume = open(bytes).volumes[0]!;
    const units = (value: unknown) => JSON.stringify(value).length;
    expect(units(scanRows(volume).findings)).toBeLessThan(400_000);
    const findings: Finding[] = [];
    const scan = volume.verify((finding) => findings.push(finding))!;
    while (!scan.step(50));
    const bad = findings.filter(({ code }) => code === 'wimBlobHash');
    expect(bad.slice(0, 2).map(({ facts }) => facts?.['files'])).toEqual([1000, 1000]);
    expect(String(bad[0]!.facts!['path'])).toHaveLength(140 * 256 + 7);
    expect(units(bad)).toBeLessThan(20 << 20);
  });

  test('names made to meet in one slot cost what other names cost', () => {
    const pairs = 15;
    // Two words of 64 bits whose differences cancel out in a chain of multiply and shift, whatever it starts with.
    const choices = [
      [0x0061_0061_0061_0061n, 0x0061_0061_0061_0061n],
      [0x8061_0061_0061_0061n, 0x8061_0065_0061_0061n],
    ] as const;
    const folder = (wordsOf: (i: number, pair: number) => readonly [bigint, bigint]): Uint8Array => {
      const size = 102 + pairs * 16 + 2;
      const length = (size + 7) & ~7;
      const metadata = new Uint8Array(120 + (length << pairs) + 8);
      const view = new DataView(metadata.buffer);
      view.setUint32(0, 8, true);
      view.setUint32(8, 104, true);
      view.setUint32(8 + 8, 0x10, true);
      view.setUint32(8 + 16, 120, true);
      for (let i = 0; i < 1 << pairs; i++) {
        const at = 120 + i * length;
        view.setUint32(at, size, true);
        view.setUint16(at + 100, pairs * 16, true);
        for (let pair = 0; pair < pairs; pair++)
          wordsOf(i, pair).forEach((word, half) => {
            view.setBigUint64(at + 102 + pair * 16 + half * 8, word, true);
          });
      }
      return metadata;
    };
    const cpu = (metadata: Uint8Array): number => {
      const volume = open(withMetadata(metadata)).volumes[0]!;
      const start = process.cpuUsage().user;
      const { rows } = scanRows(volume);
      const used = process.cpuUsage().user - start;
      expect(rows.length).toBe(1 << pairs);
      return used;
    };
    const hostile = folder((i, pair) => choices[(i >> pair) & 1]!);
    const plain = folder((i, pair) => [
      0x0061_0061_0061_0061n + BigInt(pair === 0 ? i & 0x7fff : 0),
      0x0062_0062_0062_0062n,
    ]);
    cpu(plain);
    // sixteen times as long when they do; half a second is what other threads of the process may take meanwhile
    expect(cpu(hostile)).toBeLessThan(4 * cpu(plain) + 500_000);
  });

  test('twenty thousand entries that share 65,535 streams are not walked twenty thousand times', () => {
    const count = 20_000;
    const directories = 8 + 104 + 8;
    const files = directories + count * 112 + 8;
    const streams = files + count * 104;
    const metadata = new Uint8Array(streams + 65_535 * 40 + 8);
    const view = new DataView(metadata.buffer);
    const entry = (at: number, length: number, attributes: number, list: number, name: number) => {
      view.setUint32(at, length, true);
      view.setUint32(at + 8, attributes, true);
      view.setUint32(at + 16, list, true);
      view.setUint16(at + 100, name, true);
    };
    view.setUint32(0, 8, true);
    entry(8, 104, 0x10, directories, 0);
    for (let i = 0; i < count; i++) {
      const [dir, at] = [directories + i * 112, files + i * 104];
      entry(dir, 112, 0x10, at, 4);
      view.setUint16(dir + 102, 0x100 + (i >> 8), true);
      view.setUint16(dir + 104, 0x100 + (i & 255), true);
      entry(at, streams - at, 0, 0, 2);
      view.setUint16(at + 96, 65_535, true);
      view.setUint16(at + 102, 0x61, true);
    }
    for (let i = 0; i < 65_535; i++) view.setUint32(streams + i * 40, 40, true);
    const start = process.cpuUsage().user;
    const { rows, findings } = scanRows(open(withMetadata(metadata)).volumes[0]!);
    expect(process.cpuUsage().user - start).toBeLessThan(TIME_LIMIT_MS * 1000);
    expect(rows.length).toBeGreaterThanOrEqual(count);
    expect(findings.map(({ code }) => code)).toContain('wimEntryDamaged');
  });
});

/** A WIM whose one image has other metadata, appended to the file. */
function withMetadata(metadata: Uint8Array): Uint8Array {
  const built = buildWimWithMap({ images: [{ name: 'x', root: { name: '', dir: [] } }] });
  const bytes = new Uint8Array(built.bytes.length + metadata.length);
  bytes.set(built.bytes);
  bytes.set(metadata, built.bytes.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(built.blobTable, metadata.length, true);
  view.setUint32(built.blobTable + 8, built.bytes.length, true);
  view.setUint32(built.blobTable + 16, metadata.length, true);
  return bytes;
}

describe('cut and damaged files', () => {
  const build = (compression: 'none' | 'xpress' | 'lzx'): BuiltWim =>
    buildWimWithMap({ images: [{ name: 'x', root: sampleTree() }], compression, integrity: true });
  const edges = (built: BuiltWim) => [0, 208, built.blobTable, built.xml, built.integrity, ...built.metadata];
  /** Fields of the header, entries of the blob table, entries of the metadata. */
  const hot = (built: BuiltWim) => {
    const places = [0, 8, 16, 40, 48, 72, 120];
    for (let at = built.blobTable; at < built.xml; at += 50) places.push(at);
    for (let at = built.metadata[0]!; at < built.blobTable; at += 64) places.push(at);
    return [...places, built.integrity];
  };

  test.each(['none', 'xpress', 'lzx'] as const)('%s: cut anywhere', (compression) => {
    const built = build(compression);
    expect(surviveTruncations(built.bytes, walk, [...edges(built), ...built.blobs])).toBeGreaterThan(50);
  });

  test.each(['none', 'xpress', 'lzx'] as const)(
    '%s: fuzz, damaged by seed',
    (compression) => {
      const built = build(compression);
      surviveMutations(built.bytes, walk, { count: 400, hot: hot(built) });
    },
    3_600_000,
  );
});
