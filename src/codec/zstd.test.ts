/** Zstandard against the `zstd` tool: what it writes, cut off and damaged. */
import { describe, expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { sampleBytes } from '../testing/compress/samples.ts';
import { expectBytes } from '../testing/conformance.ts';
import { damage, fuzzCount, Random } from '../testing/damage.ts';
import { loadModules } from '../testing/modules.ts';
import { survive, surviveTruncations } from '../testing/survive.ts';
import { thrown } from '../testing/thrown.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { createCodecs } from './codecs.ts';
import { Xxh64 } from './xxh64.ts';
import { ZstdReader } from './zstd.ts';

const codecs = createCodecs(loadModules());
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

function inputOf(bytes: Uint8Array) {
  const readInto = (offset: number, dst: Uint8Array) => dst.set(bytes.subarray(offset, offset + dst.length));
  return { name: 'd.zst', size: bytes.length, readInto };
}

/** Everything that comes out, up to a bound that damaged data cannot pass. */
function unpack(bytes: Uint8Array, bound = 64 << 20): Uint8Array {
  const reader = new ZstdReader(inputOf(bytes));
  const blocks: Uint8Array[] = [];
  let size = 0;
  for (let block = reader.next(); block !== null && size < bound; block = reader.next()) {
    blocks.push(block.slice());
    size += block.length;
  }
  return new Uint8Array(Buffer.concat(blocks));
}

test.each([
  ['', 'ef46db3751d8e999'],
  ['a', 'd24ec4f1a98c6e5b'],
  ['abc', '44bc2cf5ad770999'],
  ['message digest', '066ed728fceeb3be'],
  ['abcdefghijklmnopqrstuvwxyz', 'cfe1f278fa89835c'],
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 'aaa46907d3047814'],
])('XXH64 of %s', (text, digest) => {
  const hash = new Xxh64();
  const bytes = new TextEncoder().encode(text);
  hash.update(bytes.subarray(0, 5));
  hash.update(bytes.subarray(5));
  expect(
    hash
      .digest()
      .map((half) => half.toString(16).padStart(8, '0'))
      .join(''),
  ).toBe(digest);
});

describe('frames made by hand', () => {
  test('raw and repeated blocks, an empty frame, skippable frames between', () => {
    const raw = '28b52ffd 20 03 190000 616263';
    const repeated = '28b52ffd 00 00 2b0000 78';
    const empty = '28b52ffd 20 00 010000';
    const skip = '522a4d18 02000000 ffff';
    const out = unpack(bytesOf(`${skip} ${raw} ${empty} ${repeated} ${skip}`));
    expect(new TextDecoder().decode(out)).toBe('abcxxxxx');
  });

  test.each([
    ['no frame', '00000000', 'InvalidData', 'a Zstandard frame'],
    ['a dictionary', '28b52ffd 21 07 03 190000 616263', 'UnsupportedFeature', 'without a dictionary'],
    ['a reserved bit', '28b52ffd 28 03 190000 616263', 'UnsupportedFeature', 'a known frame header'],
    ['a window of 256 MiB', '28b52ffd 00 90 190000 616263', 'UnsupportedSize', 'a window of at most'],
    ['a block larger than the window', '28b52ffd 20 02 190000 616263', 'InvalidData', 'a block of at most 2 bytes'],
    ['a reserved block', '28b52ffd 20 03 1f0000 616263', 'InvalidData', 'a block'],
    ['fewer bytes than stated', '28b52ffd 20 04 190000 616263', 'InvalidData', 'a frame of 4 bytes'],
    ['a wrong checksum', '28b52ffd 24 03 190000 616263 00000000', 'InvalidChecksum', 'XXH64 0'],
    ['a cut checksum', '28b52ffd 24 03 190000 616263 0000', 'UnexpectedEnd', '4 bytes'],
    ['a cut skippable frame', '522a4d18 02000000 ff', 'UnexpectedEnd', 'skippable'],
    // 98,000 matches of 65,539 bytes: what keeps a decoder without bounds busy for minutes
    ['matches without end', '28b52ffd 00 38 4d0000 00ffffff5400003401', 'InvalidData', 'a Zstandard block'],
    ['matches before the beginning', '28b52ffd 00 38 450000 0801015400050020', 'InvalidData', 'a Zstandard block'],
  ])('%s', (_, hex, code, expected) => {
    const error = thrown(() => unpack(bytesOf(hex)));
    expect(error).toMatchObject({ code, where: { source: 'd.zst' } });
    expect(error.expected).toContain(expected);
  });

  test('a chunk that holds less than is asked for', () => {
    const error = thrown(() =>
      codecs.zstd(100).decode(bytesOf('28b52ffd 20 03 190000 616263'), new Uint8Array(4), 'd', 70),
    );
    expect(error).toMatchObject({ code: 'InvalidData', where: { source: 'd', offset: 70 }, actual: '3 bytes' });
  });
});

describe.skipIf(!hasTool('zstd'))('what zstd writes', () => {
  const pack = (data: Uint8Array, args: readonly string[]) =>
    new Uint8Array(runTool('zstd', ['-q', '-c', ...args], { input: data }));
  const options = [['-1'], ['--fast=5'], ['-3', '--no-check'], ['-9'], ['-19'], ['-12', '--long=24'], ['-B1KB', '-T1']];

  test.each(options.map((args) => [args.join(' '), args]))('%s comes back', (_, args) => {
    for (const [seed, size] of [0, 1, 5000, 131_073, 400_000].entries()) {
      const data = sampleBytes(new Random(seed + 1), size);
      const packed = pack(data, args as string[]);
      expectBytes(unpack(packed), data, `${size} bytes`);
      const out = new Uint8Array(Math.min(size, 70_000));
      codecs.zstd(1 << 20).decode(packed, out, 'd', 0);
      expectBytes(out, data.subarray(0, out.length), `a chunk of ${size} bytes`);
    }
  });

  test('text and noise, in frames one after the other', () => {
    const text = new TextEncoder().encode(
      Array.from({ length: 60_000 }, (_, i) => `line ${(i * 7919) % 1000} of ${i}\n`).join(''),
    );
    const noise = new Random(9).bytes(300_000);
    const packed = Buffer.concat([pack(text, ['-5']), pack(noise, ['-3']), pack(text.subarray(0, 777), ['-19'])]);
    expectBytes(unpack(packed), Buffer.concat([text, noise, text.subarray(0, 777)]));
  });

  test('decoding begins anew at a frame', () => {
    const first = pack(sampleBytes(new Random(1), 200_000), ['-3']);
    const data = sampleBytes(new Random(2), 1000);
    const bytes = new Uint8Array(Buffer.concat([first, pack(data, ['-3'])]));
    const reader = new ZstdReader(inputOf(bytes));
    while (reader.next() !== null);
    expect(reader.frameOffset).toBe(first.length);
    expectBytes(new ZstdReader(inputOf(bytes), { offset: reader.frameOffset }).next()!, data);
  });

  test('a long distance: the window slides', () => {
    const part = new Random(4).bytes(600_000);
    const data = Buffer.concat([part, new Uint8Array(2_000_000), part, new Random(5).bytes(3_000_000), part]);
    expectBytes(unpack(pack(data, ['-5', '--long=23', '--no-content-size'])), data);
    expectBytes(unpack(pack(data, ['-1', '--no-content-size'])), data);
  });

  const sample = sampleBytes(new Random(6), 40_000);
  const packed = pack(sample, ['-19']);
  test('cut off anywhere, it is told', () => {
    for (let length = 1; length < packed.length; length += 797)
      expect(() => unpack(packed.subarray(0, length))).toThrow(FormatError);
    surviveTruncations(packed, (bytes) => void unpack(bytes));
  });

  test('fuzz: damaged, it ends; what passes the checksum is right', () => {
    const count = fuzzCount(600);
    for (let seed = 1; seed <= count; seed++) {
      const bad = damage(packed, seed, [0, 4, 8, 16, 32, 64, 128]);
      survive(
        bad,
        (bytes) => {
          const out = unpack(bytes, 4 << 20);
          if (bytes.length === packed.length && (bytes[4]! & 4) !== 0 && out.length === sample.length)
            expectBytes(out, sample, `seed ${seed}`);
        },
        `seed ${seed}`,
      );
    }
  });
});
