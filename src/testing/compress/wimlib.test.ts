/** What the compressors write, inside a WIM, is read by wimlib and 7-Zip with the bytes that went in. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../damage.ts';
import { hasTool, runTool } from '../tools.ts';
import { buildWim } from '../wim-builder.ts';
import { wimResources } from '../wim-chunks.ts';
import { sampleBytes } from './samples.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'stratascope-compress-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CASES = [
  ['xpress', 4096],
  ['xpress', 32768],
  ['xpress', 65536],
  ['lzx', 32768],
  ['lzx', 65536],
  ['lzx', 1 << 20],
  ['lzx', 2 << 20],
] as const;

const files = Array.from({ length: 12 }, (_, i) => {
  const random = new Random(100 + i);
  return { name: `file${i}.bin`, data: sampleBytes(random, i === 0 ? 2_500_000 : 1 + random.below(150_000)) };
});

test.skipIf(!hasTool('wimlib-imagex')).each(CASES)('wimlib reads %s with chunks of %i', (compression, chunkSize) => {
  const wim = path.join(folder, `${compression}-${chunkSize}.wim`);
  const bytes = buildWim({ images: [{ name: 'one', root: { name: '', dir: files } }], compression, chunkSize });
  const chunks = wimResources(bytes).flatMap((resource) => resource.chunks.filter((c) => !(c instanceof Uint8Array)));
  expect(chunks.length, 'chunks that were compressed').toBeGreaterThan(5);
  writeFileSync(wim, bytes);
  const out = path.join(folder, `${compression}-${chunkSize}`);
  runTool('wimlib-imagex', ['verify', wim]);
  runTool('wimlib-imagex', ['apply', wim, '1', out, '--no-acls']);
  for (const { name, data } of files) {
    expect(Buffer.compare(readFileSync(path.join(out, name)), data), name).toBe(0);
  }
});

test.skipIf(!hasTool('7zz')).each(CASES)('7-Zip reads %s with chunks of %i', (compression, chunkSize) => {
  const wim = path.join(folder, `7-${compression}-${chunkSize}.wim`);
  writeFileSync(wim, buildWim({ images: [{ name: 'one', root: { name: '', dir: files } }], compression, chunkSize }));
  const out = path.join(folder, `7-${compression}-${chunkSize}`);
  runTool('7zz', ['x', '-y', `-o${out}`, wim]);
  for (const { name, data } of files) {
    expect(Buffer.compare(readFileSync(path.join(out, name)), data), name).toBe(0);
  }
});
