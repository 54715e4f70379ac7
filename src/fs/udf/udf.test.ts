import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { filetimeIso } from '../../base/filetime.ts';
import { containerFormats } from '../../container/registry.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { expectBytes, recognise, walkVolume } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { chunkRows, rowPaths, scanRows } from '../../testing/node-rows.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { thrown } from '../../testing/thrown.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import type { TreeEntry } from '../../testing/tree.ts';
import { buildUdf, type UdfOptions } from '../../testing/udf-builder.ts';
import { fsFormats } from '../registry.ts';
import { ByteState, NodeFlag } from '../types.ts';
import { udf } from './index.ts';

const open = (bytes: Uint8Array) =>
  udf.open(new MemorySource('volume', bytes), { codecs: {} as never, modules: {} as never, resolve: () => [] });
/** Everything the tab does with a volume. */
const exercise = (bytes: Uint8Array) => walkVolume(udf, bytes);
const random = new Random(13);
const FILES = {
  'plain.txt': random.bytes(300),
  'long.bin': random.bytes(70_000),
  'dir/文件 ünï.bin': random.bytes(1500),
  'dir/deeper/END': random.bytes(513),
};
const ROOT: readonly TreeEntry[] = [
  { name: 'plain.txt', data: FILES['plain.txt'], attributes: 2, streams: [{ name: 'note', data: random.bytes(40) }] },
  { name: 'long.bin', data: FILES['long.bin'], link: 'long' },
  { name: 'again', link: 'long' },
  { name: 'EMPTY', data: new Uint8Array(0) },
  {
    name: 'dir',
    dir: [
      { name: '文件 ünï.bin', data: FILES['dir/文件 ünï.bin'] },
      { name: 'deeper', dir: [{ name: 'END', data: FILES['dir/deeper/END'] }] },
      ...Array.from({ length: 40 }, (_, i) => ({ name: `one of forty names in two or more blocks ${i}` })),
    ],
  },
];
const build = (options: Partial<UdfOptions> = {}) => buildUdf({ root: ROOT, ...options });
const scan = (bytes: Uint8Array) => {
  const opened = open(bytes);
  const volume = opened.volumes[0]!;
  const { rows, findings } = scanRows(volume);
  return { opened, volume, rows, codes: findings.map(({ code }) => code), paths: rowPaths(rows, volume.rootId) };
};

test('targets of symbolic links, in names of both widths', () => {
  const narrow = (name: string) => [5, name.length + 1, 0, 0, 8, ...Buffer.from(name, 'latin1')];
  const wide = (name: string) => [5, name.length * 2 + 1, 0, 0, 16, ...Buffer.from(name, 'utf16le').swap16()];
  const [root, up, here] = [
    [2, 0, 0, 0],
    [3, 0, 0, 0],
    [4, 0, 0, 0],
  ];
  const targets = {
    '/Übung/b.txt': [...root!, ...narrow('Übung'), ...narrow('b.txt')],
    '../文件/x': [...up!, ...wide('文件'), ...narrow('x')],
    './a': [...here!, ...narrow('a')],
  };
  const links = Object.values(targets).map((data, i) => ({ name: `l${i}`, data: Uint8Array.from(data) }));
  const { bytes, icbAt, reseal } = buildUdf({ root: links });
  for (const { name } of links) {
    bytes[icbAt.get(name)! + 27] = 12;
    reseal(icbAt.get(name)!);
  }
  const { volume, paths } = scan(bytes);
  expect(links.map(({ name }) => volume.describe(paths.get(name)!.ref).reparseTarget)).toEqual(Object.keys(targets));
  expect(links.every(({ name }) => (paths.get(name)!.flags & NodeFlag.link) !== 0)).toBe(true);
});

test('is recognised, and by no container', () => {
  const { bytes } = build();
  expect(recognise(containerFormats, bytes)).toBeUndefined();
  expect(recognise(fsFormats, bytes)?.id).toBe('udf');
  const { opened } = scan(bytes);
  expect(opened.facts).toMatchObject({ label: 'STRATA', revision: '2.50', blockSize: 512 });
  expect(opened.identity).toEqual(udf.identify(new MemorySource('v', bytes), {} as never).self);
});

test.each<[string, Partial<UdfOptions>]>([
  ['physical partition', {}],
  ['contents in the entries', { embed: 300 }],
  ['files of several extents', { extent: 8192 }],
  ['metadata partition', { kind: 'metadata' }],
  ['sparable partition', { kind: 'sparable' }],
  ['virtual partition', { kind: 'virtual' }],
])('gives back the tree: %s', (_, options) => {
  const { bytes } = build(options);
  const { volume, paths, codes, opened } = scan(bytes);
  expect(opened.findings).toEqual([]);
  expect(codes).toEqual([]);
  expect(paths.size).toBe(8 + 40);
  for (const [name, content] of Object.entries(FILES)) {
    const source = volume.open(paths.get(name)!.ref);
    expectBytes(readBytes(source, 0, source.size), content, name);
  }
  const plain = paths.get('plain.txt')!;
  expect(plain.attributes).toBe(0x23);
  expect(plain.flags & NodeFlag.streams).not.toBe(0);
  expect(volume.describe(plain.ref).streams.map(({ name, size }) => [name, size])).toEqual([
    ['', 300],
    ['note', 40],
  ]);
  expect(readBytes(volume.open(plain.ref, 'note'), 0, 40)).toEqual(ROOT[0]!.streams![0]!.data);
  // one hour east of UTC
  expect(filetimeIso(plain.modifiedLo, plain.modifiedHi)).toBe('2020-01-02T02:04:05.0000000Z');
  const [a, b] = [paths.get('long.bin')!, paths.get('again')!];
  expect([a.links, a.linkId, a.id]).toEqual([2, b.linkId, b.id]);
  expect(a.linkId).not.toBe(0);
  const dir = paths.get('dir')!;
  expect(chunkRows(volume.list(dir.ref))).toHaveLength(42);
});

test('an entry that is not what its checksum says is told; one that is none is left out', () => {
  const { bytes, icbAt } = build();
  bytes[icbAt.get('plain.txt')! + 300]! ^= 1;
  bytes[icbAt.get('dir/deeper/END')!]! ^= 1;
  const { codes, paths } = scan(bytes);
  expect(codes).toEqual(['udfChecksum', 'udfEntryDamaged']);
  expect(paths.has('plain.txt')).toBe(true);
  expect(paths.has('dir/deeper/END')).toBe(false);
});

test('data outside the image is missing, never zeros', () => {
  const { bytes, icbAt, reseal } = build({ extent: 8192 });
  const at = icbAt.get('long.bin')!;
  new DataView(bytes.buffer).setUint32(at + 176 + 4 + 16, 9_999_999, true);
  reseal(at);
  const { codes, paths, volume } = scan(bytes);
  expect(codes).toEqual(['udfDataMissing', 'udfDataMissing']);
  const row = paths.get('long.bin')!;
  expect(row.byteState).toBe(ByteState.damaged);
  const source = volume.open(row.ref);
  expect(readBytes(source, 0, 8192)).toEqual(FILES['long.bin'].subarray(0, 8192));
  expect(thrown(() => readBytes(source, 8192, 1)).code).toBe('MissingData');
});

test('extents that were never recorded are zeros', () => {
  const { bytes, icbAt, reseal } = build({ extent: 8192 });
  const at = icbAt.get('long.bin')!;
  bytes[at + 176 + 16 + 3]! |= 0x80;
  reseal(at);
  const { paths, volume } = scan(bytes);
  expect(paths.get('long.bin')!.byteState).toBe(ByteState.sparse);
  expect(readBytes(volume.open(paths.get('long.bin')!.ref), 8192, 8192)).toEqual(new Uint8Array(8192));
});

test('the reserve descriptors are used where the main ones are damaged', () => {
  const { bytes, logicalVolume } = build();
  bytes[logicalVolume] = 0;
  const { opened, paths } = scan(bytes);
  expect(opened.findings.map(({ code }) => code)).toEqual(['udfReserveSequence']);
  expect(paths.has('plain.txt')).toBe(true);
});

test('a directory that holds itself is read once', () => {
  const { bytes, icbAt } = build();
  const root = icbAt.get('')!;
  const deeper = icbAt.get('dir/deeper')!;
  // the entry of `deeper` gets the extents of the root
  bytes.copyWithin(deeper + 56, root + 56, root + 64);
  bytes.copyWithin(deeper + 172, root + 172, root + 200);
  const { rows } = scan(bytes);
  expect(rows.length).toBeLessThan(200);
});

test('directories over each other do not list what they share again', () => {
  const names = Array.from({ length: 30 }, (_, i) => ({ name: `d${i}`, dir: [{ name: 'own' }] }));
  const { bytes, icbAt, reseal } = buildUdf({ root: names });
  const root = icbAt.get('')!;
  for (const { name } of names) {
    // sizes and extents of the root
    const at = icbAt.get(name)!;
    bytes.copyWithin(at + 56, root + 56, root + 64);
    bytes.copyWithin(at + 172, root + 172, root + 200);
    reseal(at);
  }
  const { rows, codes } = scan(bytes);
  expect(rows.map(({ name }) => name).sort()).toEqual(names.map(({ name }) => name).sort());
  expect(new Set(codes)).toEqual(new Set(['udfDirectoryDamaged']));
});

describe('descriptors that go on in many blocks', () => {
  const [first, blocks] = [2000, 1500];
  /** Blocks of the partition of which each says that the descriptors go on in the next. */
  const chain = (bytes: Uint8Array, reseal: (offset: number) => void, end: number): void => {
    const view = new DataView(bytes.buffer);
    for (let n = 0; n < blocks; n++) {
      const at = (400 + first + n) * 512;
      view.setUint16(at, 258, true);
      view.setUint32(at + 20, 16, true);
      view.setUint32(at + 24, n + 1 < blocks ? 0xc000_0200 : end, true);
      view.setUint32(at + 28, n + 1 < blocks ? first + n + 1 : 1000, true);
      reseal(at);
    }
  };
  const lead = (bytes: Uint8Array, at: number, reseal: (offset: number) => void): void => {
    const view = new DataView(bytes.buffer);
    view.setUint32(at + 172, 16, true);
    view.setUint32(at + 176, 0xc000_0200, true);
    view.setUint32(at + 180, first, true);
    reseal(at);
  };
  const work = (bytes: Uint8Array) => {
    const before = process.cpuUsage();
    const found = scan(bytes);
    const { user, system } = process.cpuUsage(before);
    return { ...found, milliseconds: (user + system) / 1000 };
  };

  test('are followed once for all names of a file', () => {
    const names = Array.from({ length: 2000 }, (_, i) => ({ name: `n${i}`, link: 'one', data: new Uint8Array(300) }));
    const { bytes, icbAt, reseal } = buildUdf({ root: names });
    chain(bytes, reseal, 300);
    lead(bytes, icbAt.get('n0')!, reseal);
    const { rows, codes, milliseconds } = work(bytes);
    expect(rows.filter(({ byteState }) => byteState === ByteState.complete)).toHaveLength(2000);
    expect(codes).toEqual([]);
    expect(milliseconds).toBeLessThan(1500);
  });

  test('are not followed without end for many files that share them', () => {
    const names = Array.from({ length: 500 }, (_, i) => ({ name: `n${i}`, data: new Uint8Array(300) }));
    const { bytes, icbAt, reseal } = buildUdf({ root: names });
    chain(bytes, reseal, 300);
    for (const at of icbAt.values()) if (at !== icbAt.get('')) lead(bytes, at, reseal);
    const { rows, codes, milliseconds } = work(bytes);
    // 65,536 blocks are followed: what lies behind them is told, not guessed
    const complete = rows.filter(({ byteState }) => byteState === ByteState.complete).length;
    expect(complete).toBe(Math.floor(65_536 / blocks));
    expect(codes).toHaveLength(rows.length - complete);
    expect(new Set(codes)).toEqual(new Set(['udfDataMissing']));
    expect(milliseconds).toBeLessThan(1500);
  });
});

describe.each(['physical', 'metadata', 'sparable', 'virtual'] as const)('hostile: %s', (kind) => {
  const { bytes, icbAt, anchor, logicalVolume } = build({ kind });
  const icbs = [...icbAt.values()].slice(0, 6);
  const hot = [32_768, anchor, logicalVolume, logicalVolume + 440, ...icbs, ...icbs.map((at) => at + 170)];

  test('survives being cut off anywhere', () => {
    expect(surviveTruncations(bytes, exercise, hot)).toBeGreaterThan(20);
  });

  test('fuzz: survives damage, also with checksums made right', () => {
    const mend = (damaged: Uint8Array): void => {
      for (const at of [anchor, logicalVolume, ...icbs]) mendAt(damaged, at);
    };
    expect(surviveMutations(bytes, exercise, { hot, count: 100 })).toBeGreaterThan(0);
    expect(surviveMutations(bytes, exercise, { hot, count: 100, mend })).toBeGreaterThan(0);
  }, 600_000);
});

/** The tag's own sum; the CRC is only told. */
function mendAt(bytes: Uint8Array, at: number): void {
  bytes[at + 4] = 0;
  bytes[at + 4] = bytes.subarray(at, at + 16).reduce((sum, byte) => (sum + byte) & 255, 0);
}

test.skipIf(!hasTool('mkudffs')).each([
  ['hd', 512, 'physical'],
  ['hd', 2048, 'physical'],
  ['hd', 4096, 'physical'],
  ['cdrw', 2048, 'sparable'],
  ['cdr', 2048, 'virtual'],
] as const)('opens what mkudffs makes: %s, blocks of %i', (media, block, kind) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-udf-'));
  try {
    const image = path.join(folder, 'v.img');
    writeFileSync(image, new Uint8Array(8 << 20));
    runTool('mkudffs', [`--media-type=${media}`, `--blocksize=${block}`, '--label=OTHERS', image]);
    const { volume, codes, opened } = scan(readFileSync(image));
    expect([...opened.findings, ...codes]).toEqual([]);
    expect([volume.title, volume.facts['partitions']]).toEqual(['OTHERS', expect.arrayContaining([kind])]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.skipIf(!hasTool('genisoimage') || !hasTool('7zz'))('reads what genisoimage writes, and the same as 7-Zip', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-udf-'));
  try {
    mkdirSync(path.join(folder, 'in', 'sources', 'deeper'), { recursive: true });
    const wim = random.bytes(300_000);
    writeFileSync(path.join(folder, 'in', 'sources', 'install.wim'), wim);
    writeFileSync(path.join(folder, 'in', 'sources', 'deeper', 'A long name ünï 文.txt'), 'text');
    const image = path.join(folder, 'v.iso');
    runTool('genisoimage', [
      '-quiet',
      '-udf',
      '-J',
      '-input-charset',
      'utf-8',
      '-V',
      'OTHERS',
      '-o',
      image,
      path.join(folder, 'in'),
    ]);
    const { volume, paths, codes } = scan(readFileSync(image));
    expect(codes).toEqual([]);
    const source = volume.open(paths.get('sources/install.wim')!.ref);
    expectBytes(readBytes(source, 0, source.size), wim);
    const theirs = runTool('7zz', ['l', '-slt', '-tudf', image])
      .toString()
      .matchAll(/^Path = (.*)$/gm);
    expect([...paths.keys()].sort()).toEqual(
      [...theirs]
        .slice(1)
        .map(([, name]) => name!)
        .sort(),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
