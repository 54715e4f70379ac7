/** Deleted files: what is left of them is told, and they are never among the others. */
import { describe, expect, test, vi } from 'vitest';
import { FormatError } from '../../base/errors.ts';
import { FindingList } from '../../base/findings.ts';
import { MemorySource } from '../../source/memory.ts';
import { chunkRows } from '../../testing/node-rows.ts';
import { buildNtfs, type NtfsEntry } from '../../testing/ntfs-builder.ts';
import { buildVolume, openNtfs } from '../../testing/ntfs-volume.ts';
import { surviveMutations } from '../../testing/survive.ts';
import type { DeletedFile, FsVolume } from '../types.ts';
import { readBoot } from './boot.ts';
import { ClusterBitmap } from './cluster-bitmap.ts';
import { DeletedScan } from './deleted.ts';
import { openMft } from './mft.ts';

const text = (s: string) => new TextEncoder().encode(s);
const pattern = (length: number) => new Uint8Array(length).map((_, i) => (i * 7 + (i >> 8)) & 255);

function deletedOf(volume: FsVolume, budget = 20): DeletedFile[] {
  const found: DeletedFile[] = [];
  const scan = volume.deleted!((file) => found.push(file));
  while (!scan.step(budget));
  expect(scan.done).toBe(scan.total);
  return found;
}

const big = pattern(50_000);
const ROOT = [
  { name: 'here.txt', data: text('here') },
  {
    name: 'gone.txt',
    data: text('gone'),
    deleted: 'free' as const,
    attributes: 0x21,
    modified: 130_000_000_000_000_001n,
  },
  { name: 'empty', deleted: 'free' as const },
  {
    name: 'folder',
    dir: [
      { name: 'free.bin', data: big, fragments: 3, deleted: 'free' as const },
      { name: 'partly.bin', data: big, fragments: 3, deleted: 'partly' as const },
      { name: 'used.bin', data: big, fragments: 3, deleted: 'used' as const },
      { name: 'pieces.bin', data: big, fragments: 8, runsPerPiece: 2, deleted: 'free' as const },
      { name: 'holes.bin', data: new Uint8Array(50_000), sparse: true, deleted: 'free' as const },
    ],
  },
  { name: 'tree', deleted: 'free' as const, dir: [{ name: 'inner', deleted: 'free' as const, data: text('x') }] },
  { name: 'root reused.txt', data: text('lost'), parentSequence: 9, deleted: 'free' as const },
];

describe('deleted files', () => {
  const { volume, rows, opened } = buildVolume(ROOT);
  const files = new Map(deletedOf(volume).map((f) => [f.path, f]));

  test('are told with path, kind, size and what is left of their bytes', () => {
    expect([...files.values()].map((f) => [f.path, f.folder, f.directory, f.size, f.data])).toEqual([
      ['gone.txt', 'here', false, 4, 'resident'],
      ['empty', 'here', false, 0, 'none'],
      ['tree', 'here', true, 0, 'none'],
      ['root reused.txt', 'here', false, 4, 'resident'],
      ['folder\\free.bin', 'here', false, 50_000, 'free'],
      ['folder\\partly.bin', 'here', false, 50_000, 'partly'],
      ['folder\\used.bin', 'here', false, 50_000, 'used'],
      ['folder\\pieces.bin', 'here', false, 50_000, 'free'],
      ['folder\\holes.bin', 'here', false, 50_000, 'none'],
      ['tree\\inner', 'deleted', false, 1, 'resident'],
    ]);
  });

  test('are looked for in the bitmap once, however many names they have', () => {
    const used = vi.spyOn(ClusterBitmap.prototype, 'used');
    const names = Array.from({ length: 12 }, (_, i) => ({ name: `n${i}`, link: 'one', deleted: 'free' as const }));
    const { volume: linked } = buildVolume([{ ...names[0]!, data: big, fragments: 3 }, ...names.slice(1)]);
    expect(deletedOf(linked).map(({ path, data }) => `${path} ${data}`)).toEqual(
      names.map(({ name }) => `${name} free`),
    );
    expect(used).toHaveBeenCalledTimes(3);
    used.mockRestore();
  });

  test('keep their times and attributes', () => {
    const { modified, attributes } = files.get('gone.txt')!;
    expect((BigInt(modified[1]) << 32n) | BigInt(modified[0])).toBe(130_000_000_000_000_001n);
    expect(attributes).toBe(0x21);
    expect(files.get('tree')!.attributes).toBe(0x30);
  });

  test('are among no others and cannot be opened as files', () => {
    expect(opened.findings).toEqual([]);
    const names = rows.map((r) => r.name);
    for (const { path } of files.values()) expect(names).not.toContain(path.split('\\').at(-1));
    expect(chunkRows(volume.list(volume.rootRef)).map((r) => r.name)).not.toContain('gone.txt');
    expect(() => volume.open(files.get('gone.txt')!.ref)).toThrow(FormatError);
  });

  test('small steps find the same', () => {
    expect(deletedOf(volume, 0)).toEqual([...files.values()]);
  });

  test('a step without time looks at one record', () => {
    let told = 0;
    const scan = volume.deleted!(() => told++);
    for (let before = 0, end = false; !end; before = told) {
      end = scan.step(0);
      expect(told - before).toBeLessThanOrEqual(1);
    }
    expect(told).toBe(files.size);
  });
});

describe('deep folders', () => {
  const nest = (depth: number, name: (level: number) => string, inner: readonly NtfsEntry[]): readonly NtfsEntry[] =>
    depth === 0 ? inner : nest(depth - 1, name, [{ name: name(depth), dir: inner }]);

  test('a path longer than Windows makes keeps its end', () => {
    const { volume } = buildVolume(
      nest(140, (level) => `${level} `.padEnd(250, 'x'), [{ name: 'gone', data: text('x'), deleted: 'free' }]),
    );
    const [file] = deletedOf(volume);
    expect(file!.folder).toBe('unknown');
    expect(file!.path.length).toBeLessThanOrEqual(32_767);
    expect(file!.path.length).toBeGreaterThan(32_000);
    const names = file!.path.split('\\');
    expect(names.slice(-3).map((name) => name.slice(0, 3))).toEqual(['139', '140', 'gon']);
  });

  test('each folder is looked at once, however many files it had', () => {
    const gone = Array.from({ length: 300 }, (_, i) => ({ name: `f${i}`, data: text('x'), deleted: 'free' as const }));
    const source = new MemorySource('test.img', buildNtfs({ root: nest(40, (level) => `d${level}`, gone) }));
    const found: DeletedFile[] = [];
    const findings = new FindingList();
    const mft = openMft(source, readBoot(source, findings), findings);
    const scan = new DeletedScan(mft, (file) => found.push(file));
    while (!scan.step(5));
    expect(found).toHaveLength(300);
    expect(found[299]).toMatchObject({ folder: 'here' });
    expect(found[299]!.path).toMatch(/^d1\\d2\\.*\\d40\\f299$/);
    expect(scan.places.looked).toBe(40);
  });
});

test('a folder whose record has another file now leaves the name alone', () => {
  const { volume } = buildVolume([
    { name: 'folder', dir: [{ name: 'stray', data: text('x'), parentSequence: 7, deleted: 'free' }] },
    { name: 'none', dir: [] },
  ]);
  expect(deletedOf(volume).map((f) => [f.path, f.folder])).toEqual([['stray', 'unknown']]);
});

test('without $Bitmap it is not known whether clusters are free', () => {
  const { bytes } = buildVolume([{ name: 'a', data: big, fragments: 2, deleted: 'free' }]);
  const mft = Number(new DataView(bytes.buffer).getBigUint64(48, true)) * 4096;
  bytes.fill(0, mft + 6 * 1024, mft + 7 * 1024);
  expect(deletedOf(openNtfs(bytes).volumes[0]!).map((f) => f.data)).toEqual(['unknown']);
});

test('fuzz: survives damage', () => {
  const image = buildNtfs({ root: ROOT });
  const mft = Number(new DataView(image.buffer).getBigUint64(48, true)) * 4096;
  const hot = Array.from({ length: 60 * 4 }, (_, i) => mft + i * 256);
  const run = (bytes: Uint8Array) => {
    deletedOf(openNtfs(bytes).volumes[0]!);
  };
  expect(surviveMutations(image, run, { hot, count: 150 })).toBeGreaterThan(0);
});
