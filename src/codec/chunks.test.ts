/**
 * The chunk kernels against the plain decoders of src/testing/twins: what the compressors write, the same cut off and
 * damaged. Release and checked kernel and twin must agree on the status and, when it is OK, on each byte.
 */
import { describe, expect, test } from 'vitest';
import { OK } from '../../wasm/abi.ts';
import { FormatError } from '../base/errors.ts';
import { compressLzx } from '../testing/compress/lzx.ts';
import { sampleBytes } from '../testing/compress/samples.ts';
import { compressXpress } from '../testing/compress/xpress.ts';
import { Random } from '../testing/damage.ts';
import { loadModules } from '../testing/modules.ts';
import { rawChunkKernel } from '../testing/raw-kernels.ts';
import { decodeLzx } from '../testing/twins/lzx.ts';
import { decodeXpress } from '../testing/twins/xpress.ts';
import { createCodecs } from './codecs.ts';

const kernels = [rawChunkKernel(false), rawChunkKernel(true)];
const codecs = createCodecs(loadModules());

type Codec = 'xpress' | 'lzx';

/** Decodes with all three and expects the same. @returns the status */
function agree(codec: Codec, src: Uint8Array, size: number, window: number, label: string): number {
  const twin = codec === 'xpress' ? decodeXpress(src, size) : decodeLzx(src, size, window);
  for (const kernel of kernels) {
    const got = kernel(codec, src, size, window);
    expect(got.status, label).toBe(twin.status);
    expect(got.intact, label).toBe(true);
    if (twin.status === OK) expect(Buffer.compare(got.bytes, twin.bytes), label).toBe(0);
  }
  return twin.status;
}

/** A few changed bits or bytes, most of them near the start where the codes are described, or a cut end. */
function damage(random: Random, bytes: Uint8Array): Uint8Array {
  if (random.below(4) === 0) return bytes.slice(0, random.below(bytes.length + 1));
  const out = bytes.slice();
  for (let n = 1 + random.below(3); n > 0; n--) {
    const at = random.below(random.below(2) === 0 ? Math.min(out.length, 400) : out.length);
    out[at] = random.below(2) === 0 ? out[at]! ^ (1 << random.below(8)) : random.below(256);
  }
  return out;
}

function makeChunk(random: Random, codec: Codec): { data: Uint8Array; packed: Uint8Array | null; window: number } {
  const order = codec === 'xpress' ? 9 + random.below(8) : 15 + random.below(7);
  const window = 2 ** order;
  const length = Math.min(window, random.below(5) === 0 ? 200_000 : 1 + random.below(40_000));
  const data = sampleBytes(random, length);
  return { data, packed: codec === 'xpress' ? compressXpress(data) : compressLzx(data, window, true), window };
}

describe.each(['xpress', 'lzx'] as const)('%s', (codec) => {
  test('what the compressor writes comes back, through the skin as well', () => {
    let chunks = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const { data, packed, window } = makeChunk(new Random(seed), codec);
      if (packed === null) continue;
      chunks++;
      expect(agree(codec, packed, data.length, window, `seed ${seed}`)).toBe(OK);
      const out = new Uint8Array(data.length);
      codecs[codec](window).decode(packed, out, 'chunk', 0);
      expect(Buffer.compare(out, data), `seed ${seed}`).toBe(0);
    }
    expect(chunks).toBeGreaterThan(25);
  });

  test('fuzz: damaged and cut chunks get the same verdict and the same bytes', () => {
    const rounds = Number(process.env['FUZZ'] ?? 120);
    const random = new Random(Number(process.env['FUZZ_SEED'] ?? 7));
    const statuses = new Map<number, number>();
    let sample = makeChunk(random, codec);
    for (let round = 0; round < rounds; round++) {
      if (round % 12 === 0) sample = makeChunk(random, codec);
      if (sample.packed === null) continue;
      const size = random.below(8) === 0 ? random.below(sample.window + 1) : sample.data.length;
      const status = agree(codec, damage(random, sample.packed), size, sample.window, `round ${round}`);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    // The damage reaches further than the first check.
    expect(statuses.size).toBeGreaterThanOrEqual(3);
  });

  test('a chunk as large as the window ends at the window', () => {
    const data = sampleBytes(new Random(23), 2 << 20);
    data.fill(0x41, data.length - 1000);
    const packed = (codec === 'xpress' ? compressXpress(data) : compressLzx(data, 2 << 20))!;
    expect(agree(codec, packed, data.length, 2 << 20, 'whole')).toBe(OK);
    expect(agree(codec, packed, data.length - 1, 2 << 20, 'one byte less')).not.toBe(OK);
  });

  test('random bytes are refused', () => {
    const random = new Random(3);
    for (let i = 0; i < 300; i++) agree(codec, random.bytes(random.below(600)), 1 + random.below(1000), 32768, `${i}`);
  });

  test('every cut of one chunk is refused', () => {
    const data = sampleBytes(new Random(11), 3000);
    const packed = (codec === 'xpress' ? compressXpress(data) : compressLzx(data, 32768))!;
    let accepted = 0;
    for (let length = 0; length < packed.length; length++) {
      if (agree(codec, packed.subarray(0, length), data.length, 32768, `cut to ${length}`) === OK) accepted++;
    }
    // XPRESS ends with the symbol that says so and a unit that is only read ahead; none of it is needed.
    expect(accepted).toBeLessThanOrEqual(codec === 'xpress' ? 6 : 1);
  });

  test('the skin refuses with a place and goes on working', () => {
    const data = sampleBytes(new Random(5), 9000);
    const packed = (codec === 'xpress' ? compressXpress(data) : compressLzx(data, 32768))!;
    const decoder = codecs[codec](32768);
    const out = new Uint8Array(data.length);
    const error = (() => {
      try {
        decoder.decode(packed.subarray(0, packed.length >> 1), out, 'install.wim', 0x1f40);
      } catch (caught) {
        return caught;
      }
      return null;
    })();
    expect(error).toBeInstanceOf(FormatError);
    expect((error as FormatError).code).toBe('InvalidData');
    expect((error as FormatError).where).toEqual({ source: 'install.wim', offset: 0x1f40 });
    expect(() => decoder.decode(new Uint8Array(3 << 20), out, 'x', 0)).toThrow(FormatError);
    expect(() => decoder.decode(packed, new Uint8Array(32769), 'x', 0)).toThrow(FormatError);
    expect(() => codecs[codec](30000)).toThrow(FormatError);
    decoder.decode(packed, out, 'install.wim', 0);
    expect(Buffer.compare(out, data)).toBe(0);
  });
});
