/** The tree kernel against its twin: the same rows and events for good, damaged and hostile metadata. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  WIM_CHILDREN_OF_FILE,
  WIM_DUPLICATE_NAME,
  WIM_ENTRY_DAMAGED,
  WIM_INVALID_NAME,
  WIM_LINK_MISMATCH,
  WIM_LIST_OFFSET,
  WIM_LIST_REPEATS,
  WIM_LONG_PATH,
  WIM_ROOT_DAMAGED,
  WIM_ROOT_FILE,
  WIM_TOO_DEEP,
} from '../../../wasm/abi.ts';
import { damage, fuzzCount, Random } from '../../testing/damage.ts';
import { loadModule } from '../../testing/modules.ts';
import { chunkRows } from '../../testing/node-rows.ts';
import { type TwinBlob, type TwinEvent, type TwinFault, type TwinRow, twinTree } from '../../testing/twins/wim-tree.ts';
import { buildMetadata, type WimEntry } from '../../testing/wim-metadata.ts';
import { sampleTree } from '../../testing/wim-sample-tree.ts';
import { type BlobColumns, TreeKernel } from './kernel.ts';

const FAULTS: Record<number, TwinFault> = {
  [WIM_ROOT_DAMAGED]: 'rootDamaged',
  [WIM_ROOT_FILE]: 'rootFile',
  [WIM_CHILDREN_OF_FILE]: 'childrenOfFile',
  [WIM_TOO_DEEP]: 'tooDeep',
  [WIM_LIST_OFFSET]: 'listOffset',
  [WIM_ENTRY_DAMAGED]: 'entryDamaged',
  [WIM_LIST_REPEATS]: 'listRepeats',
  [WIM_DUPLICATE_NAME]: 'duplicateName',
  [WIM_INVALID_NAME]: 'invalidName',
  [WIM_LONG_PATH]: 'longPath',
  [WIM_LINK_MISMATCH]: 'linkMismatch',
};

interface Made {
  readonly metadata: Uint8Array;
  readonly columns: BlobColumns;
  readonly blobs: ReadonlyMap<string, TwinBlob>;
}

/** Metadata of a tree and the table of the data in it; every third blob is not in the table. */
function made(root: WimEntry): Made {
  const hashes: Uint8Array[] = [];
  const metadata = buildMetadata(root, (data) => {
    const hash = createHash('sha1').update(data).digest();
    if (hash[0]! % 3 > 0 && !hashes.some((known) => Buffer.compare(known, hash) === 0)) hashes.push(hash);
    return hash;
  });
  const blobs = hashes.map((_, i) => ({ size: i * 1000 + 1, stored: i * 2 ** 33, state: i % 9 }));
  const words = new Uint32Array(hashes.length * 5);
  hashes.forEach((hash, i) => {
    new Uint8Array(words.buffer).set(hash, i * 20);
  });
  return {
    metadata,
    columns: {
      count: blobs.length,
      hashes: words,
      sizes: Float64Array.from(blobs, ({ size }) => size),
      stored: Float64Array.from(blobs, ({ stored }) => stored),
      states: Uint8Array.from(blobs, ({ state }) => state),
    },
    blobs: new Map(hashes.map((hash, i) => [Buffer.from(hash).toString('hex'), blobs[i]!])),
  };
}

/** What the kernel makes of metadata, as the twin says it. */
function kernelTree(checked: boolean, metadata: Uint8Array, columns: BlobColumns) {
  const kernel = new TreeKernel(loadModule('wim', checked), metadata.length, columns, 'test', 0);
  kernel.metadata.set(metadata);
  const events: TwinEvent[] = [];
  for (let finished = false; !finished; ) {
    const step = kernel.walk();
    finished = step.finished;
    for (const { kind, row, at } of step.events) events.push({ kind: FAULTS[kind]!, row, at });
  }
  const rows: TwinRow[] = [];
  for (let at = 1; at < kernel.rowTotal; ) {
    const chunk = kernel.rows(at, kernel.rowTotal);
    for (const { nameOffset: _, nameLength: __, shortOffset: ___, shortLength: ____, ...row } of chunkRows(chunk))
      rows.push(row);
    at += chunk.count;
  }
  return { rows, events };
}

/** A tree with a bit of everything, from a seed. */
function randomTree(seed: number): WimEntry {
  const random = new Random(seed);
  const names = [
    'a',
    'A',
    'b.txt',
    'name with a length of its own.dll',
    '.',
    '..',
    'x/y',
    '\ud800',
    'ä',
    'four',
    'fiver',
  ];
  const entry = (depth: number, i: number): WimEntry => {
    const name = random.below(3) === 0 ? random.pick(names) : `${i}`.padEnd(1 + random.below(20), 'n');
    const attributes = random.pick([0x20, 0x20, 0x20, 0x4020, 0x80]);
    const base = {
      name,
      attributes,
      ...(random.below(5) === 0 && { shortName: random.pick(['A~1', 'LONGNA~1.DLL']) }),
    };
    if (depth < 4 && random.below(4) === 0)
      return { ...base, attributes: 0x10, dir: Array.from({ length: random.below(8) }, (_, k) => entry(depth + 1, k)) };
    const streams = random.below(4) === 0 ? { streams: [{ name: 's', data: random.bytes(3) }] } : {};
    const link = random.below(4) === 0 ? { link: `${random.below(5)}` } : {};
    return { ...base, data: random.bytes(random.below(4)), ...streams, ...link };
  };
  return { name: '', attributes: 0x10, dir: Array.from({ length: 8 }, (_, k) => entry(1, k)) };
}

const TREES = 40;

describe.each([false, true])('checked build: %s', (checked) => {
  test('agrees with the twin on the sample and on random trees', () => {
    const seen = new Set<string>();
    for (const root of [sampleTree(), ...Array.from({ length: TREES }, (_, seed) => randomTree(seed + 1))]) {
      const { metadata, columns, blobs } = made(root);
      const expected = twinTree(metadata, blobs);
      expect(kernelTree(checked, metadata, columns)).toEqual(expected);
      for (const { kind } of expected.events) seen.add(kind);
      expect(expected.rows.length).toBeGreaterThan(0);
    }
    expect([...seen].sort()).toEqual(['duplicateName', 'invalidName']);
  });

  test('fuzz: agrees with the twin on damaged metadata', () => {
    const seen = new Set<string>();
    const count = fuzzCount(600);
    const trees = Array.from({ length: 10 }, (_, seed) => made(randomTree(seed + 1)));
    for (let seed = 1; seed <= count; seed++) {
      const { metadata, columns, blobs } = trees[seed % trees.length]!;
      const hot = Array.from({ length: metadata.length >> 7 }, (_, i) => i * 128);
      const bad = damage(metadata, seed, hot);
      const expected = twinTree(bad, blobs);
      expect(kernelTree(checked, bad, columns), `seed ${seed}`).toEqual(expected);
      for (const { kind } of expected.events) seen.add(kind);
    }
    for (const kind of ['rootDamaged', 'listOffset', 'entryDamaged', 'listRepeats']) expect(seen).toContain(kind);
  });

  test('more faults than the window of events holds, more rows than those of columns', () => {
    const files = (name: (i: number) => string, count: number): WimEntry => ({
      name: '',
      attributes: 0x10,
      dir: Array.from({ length: count }, (_, i) => ({ name: name(i), attributes: 0x20 })),
    });
    for (const root of [files(() => 'same', 3000), files((i) => `${i}`, 40_000)]) {
      const { metadata, columns, blobs } = made(root);
      const expected = twinTree(metadata, blobs);
      const { rows, events } = kernelTree(checked, metadata, columns);
      expect(events).toEqual(expected.events);
      expect(rows.length).toBe(expected.rows.length);
      expect(rows.at(-1)).toEqual(expected.rows.at(-1));
    }
  });

  test('names that fill their window come in several chunks', () => {
    const long = 'n'.repeat(30_000);
    const root = { name: '', attributes: 0x10, dir: Array.from({ length: 40 }, (_, i) => ({ name: long + i })) };
    const { metadata, columns, blobs } = made(root as WimEntry);
    expect(kernelTree(checked, metadata, columns)).toEqual(twinTree(metadata, blobs));
  });

  test('paths beyond what NT takes are told where they become so', () => {
    const file = (length: number) => ({ name: 'f'.repeat(length), attributes: 0x20 });
    const folder = (length: number, dir: WimEntry[]) => ({ name: 'd'.repeat(length), attributes: 0x10, dir });
    const root = folder(0, [
      file(32_766),
      file(32_767),
      folder(16_000, [file(16_765), file(16_766), folder(16_766, [file(1), folder(2, [file(3)])])]),
    ]);
    const { metadata, columns, blobs } = made(root);
    const expected = twinTree(metadata, blobs);
    expect(kernelTree(checked, metadata, columns)).toEqual(expected);
    expect(expected.events.map(({ kind, row }) => [kind, row])).toEqual([
      ['longPath', 0],
      ['longPath', 3],
      ['longPath', 3],
    ]);
    expect(expected.rows).toHaveLength(9);
  });

  test('refuses rows that are not there, and an image that is larger than any', () => {
    const { metadata, columns } = made(sampleTree());
    const kernel = new TreeKernel(loadModule('wim', checked), metadata.length, columns, 'test', 0);
    expect(() => kernel.rows(0, 1)).toThrow('the image');
    kernel.metadata.set(metadata);
    while (!kernel.walk().finished);
    expect(() => kernel.rows(1, kernel.rowTotal + 1)).toThrow('the image');
    expect(() => new TreeKernel(loadModule('wim', checked), 2 ** 31, columns, 'test', 0)).toThrow('fits into memory');
  });
});
