import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createCodecs } from '../../codec/codecs.ts';
import { MemorySource } from '../../source/memory.ts';
import { readBytes } from '../../source/read.ts';
import { checkWindows, expectBytes, recognise, walkContainer } from '../../testing/conformance.ts';
import { Random } from '../../testing/damage.ts';
import { loadModules } from '../../testing/modules.ts';
import { surviveMutations, surviveTruncations } from '../../testing/survive.ts';
import { hasTool, runTool } from '../../testing/tools.ts';
import { containerFormats } from '../registry.ts';
import { zstd } from './index.ts';

const codecs = createCodecs(loadModules(true));
const random = new Random(51);
const open = (bytes: Uint8Array) => zstd.open(new MemorySource('x.zst', bytes), { codecs, resolve: () => [] });

/** A frame of raw blocks: what every decoder must take, and no tool is needed for. */
function frame(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x58)]; // a window of 2 MiB
  for (let at = 0; at === 0 || at < data.length; at += 1 << 17) {
    const block = data.subarray(at, at + (1 << 17));
    const word = (block.length << 3) | (at + (1 << 17) >= data.length ? 1 : 0);
    parts.push(Uint8Array.of(word & 255, (word >> 8) & 255, word >> 16), block);
  }
  return new Uint8Array(Buffer.concat(parts));
}

test('frames follow one another, and reads begin at any of them', () => {
  const parts = [random.bytes(300_000), new Uint8Array(0), random.bytes(2_500_000), random.bytes(10)];
  const bytes = new Uint8Array(Buffer.concat(parts.map(frame)));
  expect(recognise(containerFormats, bytes)?.id).toBe('zstd');
  const opened = open(bytes);
  const whole = new Uint8Array(Buffer.concat(parts));
  expect(opened.facts).toMatchObject({ frames: 3, size: whole.length });
  const { source } = opened.parts[0]!;
  expectBytes(readBytes(source, 2_800_000, 10), whole.subarray(2_800_000, 2_800_010));
  expectBytes(readBytes(source, 5, 10), whole.subarray(5, 15));
  checkWindows(source, whole, { count: 60, edges: [300_000, 1 << 20, 2 << 20, 2_800_000] });
  expect([...source.extents(299_990, 20)][0]).toMatchObject({ kind: 'decoded', file: 'x.zst', fileOffset: 0 });
});

describe('hostile', () => {
  const small = new Uint8Array(Buffer.concat([frame(random.bytes(3000)), frame(random.bytes(200))]));
  const exercise = (bytes: Uint8Array) => walkContainer(zstd, bytes, codecs);

  test('survives being cut off anywhere', () => {
    expect(surviveTruncations(small, exercise, [0, 4, 6, 9])).toBeGreaterThan(10);
  });

  test('fuzz: survives damage', () => {
    expect(surviveMutations(small, exercise, { hot: [0, 4, 6, 9], count: 300 })).toBeGreaterThan(0);
  }, 600_000);
});

const folder = mkdtempSync(path.join(tmpdir(), 'strata-zstd-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
test.skipIf(!hasTool('zstd')).each([['-1'], ['-19'], ['-3', '--long=27'], ['-5', '--no-check']])(
  'reads what zstd %s writes',
  (...options) => {
    const text = new Uint8Array(3_000_000).map((_, i) => 97 + ((i * i) % 23));
    const file = path.join(folder, 'x');
    writeFileSync(file, text);
    runTool('zstd', [...options, '-q', '-f', file, '-o', `${file}.zst`]);
    const { source } = open(readFileSync(`${file}.zst`)).parts[0]!;
    expectBytes(readBytes(source, 0, source.size), text);
  },
);
