/** verify with one thread and with several, as processes: the same verdict with the same files. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cli, Inputs } from '../testing/cli.ts';
import { buildWimWithMap } from '../testing/wim-builder.ts';

const inputs = new Inputs();
/** Large enough that threads are used. */
const PIECE = 3 << 20;
let good = '';
let bad = '';
let before: string[] = [];

/** Bytes that differ from file to file. */
function data(seed: number): Uint8Array {
  const words = new Uint32Array(PIECE / 4);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + seed * 7919, 0x9e37_79b1);
  return new Uint8Array(words.buffer);
}

beforeAll(() => {
  const files = Array.from({ length: 7 }, (_, i) => ({ name: `file ${i}`, data: data(i) }));
  const built = buildWimWithMap({
    images: [
      { name: 'one', root: { name: '', dir: [...files, { name: 'again', data: data(3) }] } },
      { name: 'two', root: { name: '', dir: [{ name: 'elsewhere', data: data(3) }] } },
      { name: 'three', root: { name: '', dir: [{ name: 'sound', data: data(1) }] } },
    ],
    compression: 'none',
    integrity: true,
  });
  good = inputs.add('good.wim', built.bytes);
  const bytes = built.bytes.slice();
  for (const blob of [3, 5]) bytes[built.blobs[blob]! + 1_000_000]! ^= 1;
  bad = inputs.add('bad.wim', bytes);
  before = inputs.state();
});
afterAll(() => {
  expect(inputs.state()).toEqual(before);
});

test.each(['1', '2', '3'])('%s threads', (workers) => {
  const held = cli(['verify', good, '--workers', workers]);
  expect(held.out).toBe('good.wim::1 (one): holds\ngood.wim::2 (two): holds\ngood.wim::3 (three): holds\n');
  expect(held.code).toBe(0);

  const { out, code } = cli(['verify', bad, '--workers', workers]);
  const lines = out.trimEnd().split('\n');
  expect(lines.slice(-3)).toEqual([
    'bad.wim::1 (one): damaged: 3 files',
    'bad.wim::2 (two): damaged: 1 file',
    'bad.wim::3 (three): 2 damaged',
  ]);
  expect(lines.filter((line) => line.startsWith('    ')).sort()).toEqual([
    '    2::\\elsewhere',
    '    \\again',
    '    \\file 3',
    '    \\file 5',
  ]);
  // two blobs, and the two pieces of 10 MiB that hold them
  expect(lines.filter((line) => line.startsWith('bad.wim: error: '))).toHaveLength(4);
  expect(code).toBe(1);
});

test('a number of threads that is none is wrong use', () => {
  for (const workers of ['0', 'many', '1.5', '65']) expect(cli(['verify', good, '--workers', workers]).code).toBe(2);
});
