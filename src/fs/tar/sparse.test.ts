/** Sparse files as GNU tar writes them, in each of its four ways, and lists that cannot be. */
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { checkExtents, checkWindows, expectBytes, walkVolume } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { rowPaths, scanRows } from '../../testing/node-rows.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { buildTar } from '../../testing/tar-builder.ts';
import { thrown } from '../../testing/thrown.ts';
import { hasTool } from '../../testing/tools.ts';
import { ByteState } from '../types.ts';
import { tar } from './index.ts';

const random = new Random(77);

/** `size` bytes of zeros, but for `pieces` of random bytes spread evenly. */
function holed(size: number, pieces: number, length: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < pieces; i++) bytes.set(random.bytes(length), Math.floor((size / pieces) * i) & ~511);
  return bytes;
}

/** Writes what is not zeros and leaves holes for the rest: GNU tar takes a file for sparse when it has fewer blocks. */
function writeHoled(file: string, bytes: Uint8Array): void {
  const handle = openSync(file, 'w');
  ftruncateSync(handle, bytes.length);
  for (let at = 0; at < bytes.length; at += 512) {
    const piece = bytes.subarray(at, at + 512);
    if (piece.some((byte) => byte !== 0)) writeSync(handle, piece, 0, piece.length, at);
  }
  closeSync(handle);
}

const FILES: Readonly<Record<string, Uint8Array>> = {
  'one.bin': holed(100_000, 1, 700),
  'four.bin': holed(400_000, 4, 5000),
  'many.bin': holed(3_000_000, 200, 1000),
  'hole.bin': new Uint8Array(1 << 20),
  'full.bin': random.bytes(20_000),
  [`${'long'.repeat(40)}.bin`]: holed(200_000, 3, 100),
};
const WAYS: [string, string[]][] = [
  ['old GNU', ['--format=gnu']],
  ['pax 0.0', ['--posix', '--sparse-version=0.0']],
  ['pax 0.1', ['--posix', '--sparse-version=0.1']],
  ['pax 1.0', ['--posix', '--sparse-version=1.0']],
];

const opened = (bytes: Uint8Array) => {
  const found = tar.open(new MemorySource('unknown', bytes), {
    codecs: {} as never,
    modules: {} as never,
    resolve: () => [],
  });
  const volume = found.volumes[0]!;
  const { rows } = scanRows(volume);
  return { volume, paths: rowPaths(rows, volume.rootId), codes: found.findings.map(({ code }) => code) };
};

describe.skipIf(!hasTool('tar')).each(WAYS)('%s', (_, options) => {
  let image = new Uint8Array(0);
  const folder = mkdtempSync(path.join(tmpdir(), 'strata-sparse-'));
  beforeAll(() => {
    mkdirSync(path.join(folder, 'in'));
    for (const [name, bytes] of Object.entries(FILES)) writeHoled(path.join(folder, 'in', name), bytes);
    const args = ['-S', '--hole-detection=raw', ...options, '-C', path.join(folder, 'in'), '-cf', `${folder}/x.tar`];
    execFileSync('tar', [...args, ...Object.keys(FILES)], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
    image = new Uint8Array(readFileSync(`${folder}/x.tar`));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is read as it was', () => {
    const { volume, paths, codes } = opened(image);
    expect(codes).toEqual([]);
    expect([...paths.keys()].sort()).toEqual(Object.keys(FILES).sort());
    for (const [name, bytes] of Object.entries(FILES)) {
      const row = paths.get(name)!;
      const source = volume.open(row.ref);
      expectBytes(readBytes(source, 0, source.size), bytes, name);
      checkWindows(source, bytes, { count: 20 });
      checkExtents(source, { unknown: image });
      expect(row.byteState, name).toBe(name === 'full.bin' ? ByteState.complete : ByteState.sparse);
    }
    // less was stored than there is
    const describe = (name: string) => volume.describe(paths.get(name)!.ref).streams[0]!;
    expect(describe('hole.bin')).toEqual({ name: '', size: 1 << 20, allocated: 0 });
    expect(describe('many.bin').allocated).toBeLessThan(500_000);
  });

  test('what the archive does not hold any more is missing', () => {
    const { volume, paths, codes } = opened(image.subarray(0, image.length - 10_240 - 15_000));
    const row = [...paths.values()].find(({ byteState }) => byteState === ByteState.damaged);
    expect(codes).toEqual(['tarTruncated']);
    if (row === undefined) throw new Error('nothing is missing');
    const source = volume.open(row.ref);
    expect(thrown(() => readBytes(source, 0, source.size)).code).toBe('MissingData');
  });

  test('fuzz: survives being cut off anywhere, and damage', () => {
    const exercise = (bytes: Uint8Array) => walkVolume(tar, bytes);
    const small = image.subarray(0, 60_000);
    expect(surviveTruncations(small, exercise, [386, 482, 512, 1024])).toBeGreaterThan(20);
    expect(surviveMutations(small, exercise, { hot: [124, 386, 482, 512, 1024, 1536], count: 150 })).toBeGreaterThan(0);
  }, 600_000);
});

describe('lists that cannot be', () => {
  const data = random.bytes(1024);
  const pax = (records: Readonly<Record<string, string>>) =>
    opened(buildTar([{ path: 'x', data, pax: records }]).bytes);
  const size = { 'GNU.sparse.realsize': '100000' };

  test.each([
    ['pieces that overlap', '0,512,100,512'],
    ['pieces beyond the end', '0,512,99999,512'],
    ['more bytes than are stored', '0,1024,5000,1'],
    ['an odd number', '0,512,5000'],
    ['no numbers', 'a,b'],
  ])('%s', (_, map) => {
    const { paths, codes } = pax({ 'GNU.sparse.map': map, ...size });
    expect([codes, paths.size]).toEqual([['tarSparse'], 0]);
  });

  test('no size', () => {
    expect(pax({ 'GNU.sparse.map': '0,1' }).codes).toEqual(['tarSparse']);
  });

  test.each([
    ['a number of pieces that is none', 'x\n'],
    ['more pieces than can be held', '99999999\n'],
    ['a list without an end', '1000\n'],
    ['one line without an end', '1'.repeat(900)],
  ])('version 1.0: %s', (_, text) => {
    data.fill(0);
    data.set(new TextEncoder().encode(text));
    expect(pax({ 'GNU.sparse.major': '1', ...size }).codes).toEqual(['tarSparse']);
  });
});
