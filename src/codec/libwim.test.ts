/**
 * XPRESS, LZX and LZMS against libwim itself: chunks that it packs, whole, cut and damaged. We take nothing that it refuses;
 * what both take is the same, byte for byte. Of what it takes we refuse two kinds: it reads zeros behind the end of the
 * input, and in LZX it lets a run of code lengths go past the end of its code.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { sampleBytes } from '../testing/compress/samples.ts';
import { Random } from '../testing/damage.ts';
import { type Job, Libwim, type WimCodec } from '../testing/libwim.ts';
import { loadModules } from '../testing/modules.ts';
import { createCodecs } from './codecs.ts';

const libwim = Libwim.compile();
afterAll(() => libwim?.remove());
const codecs = createCodecs(loadModules());
const FUZZ = Number(process.env['FUZZ'] ?? 0);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);

const ORDERS: Readonly<Record<WimCodec, readonly [number, number]>> = {
  xpress: [12, 16],
  lzx: [15, 21],
  lzms: [15, 20],
};

const CUT = 'input that ends too early';
const DATA = 'a code, match or block that the format does not allow';
/** Why we may refuse what libwim takes. */
const LENIENT: Readonly<Record<WimCodec, readonly string[]>> = { xpress: [CUT], lzx: [CUT, DATA], lzms: [CUT] };

/** What our decoder makes of it: the bytes, or why it refuses. Anything but a FormatError is a fault. */
function ours({ codec, chunkSize, bytes, size }: Job): Uint8Array | string {
  const out = new Uint8Array(size);
  try {
    codecs[codec](chunkSize).decode(bytes, out, 'chunk', 0);
    return out;
  } catch (error) {
    if (error instanceof FormatError && error.code === 'InvalidData') return error.actual;
    throw error;
  }
}

/** Chunks of libwim's making, of every window. */
function packed(codec: WimCodec, count: number, seed: number): Job[] {
  const random = new Random(seed);
  const [low, high] = ORDERS[codec];
  const plain = Array.from({ length: count }, (_, i): Job => {
    const chunkSize = 2 ** (low + (i % (high - low + 1)));
    const size = Math.min(chunkSize, random.below(4) === 0 ? 300_000 : 1 + random.below(30_000));
    const bytes = sampleBytes(random, size);
    return { what: 'pack', codec, chunkSize, bytes, size };
  });
  return libwim!.run(plain).flatMap((bytes, i) => {
    if (bytes === null) return []; // it did not shrink
    const job: Job = { ...plain[i]!, what: 'unpack', bytes };
    expect(ours(job), `${codec} seed ${seed} chunk ${i}`).toEqual(plain[i]!.bytes);
    return [job];
  });
}

function damage(random: Random, job: Job): Job {
  const { bytes } = job;
  // libwim 1.13.5 dies of damaged LZMS chunks of two bytes: it is asked for 64 or more.
  const size = random.below(10) === 0 ? Math.max(Math.min(job.size, 64), random.below(job.size)) : job.size;
  const cut = random.below(bytes.length + 1);
  if (random.below(5) === 0) return { ...job, size, bytes: bytes.slice(0, cut) };
  const out = bytes.slice();
  for (let n = 1 + random.below(3); n > 0; n--) {
    const near = random.below(Math.min(out.length, 300));
    const at = [near, out.length - 1 - near, random.below(out.length)][random.below(3)]!;
    out[at] = random.below(2) === 0 ? out[at]! ^ (1 << random.below(8)) : random.below(256);
  }
  return { ...job, size, bytes: out };
}

describe.skipIf(libwim === null).each(['xpress', 'lzx', 'lzms'] as const)('%s against libwim', (codec) => {
  const whole = libwim === null ? [] : packed(codec, 60, SEED);

  test('what it packs comes back', () => {
    expect(whole.length).toBeGreaterThan(30);
  });

  test('fuzz: damaged chunks', () => {
    const random = new Random(SEED);
    const counts = { both: 0, neither: 0 };
    const rounds = FUZZ || 400;
    for (let done = 0; done < rounds; done += 200) {
      const jobs = Array.from({ length: Math.min(200, rounds - done) }, () => damage(random, random.pick(whole)));
      const theirs = libwim!.run(jobs);
      for (const [i, job] of jobs.entries()) {
        const [got, expected] = [ours(job), theirs[i]!];
        const what = `seed ${SEED}, chunk ${done + i}`;
        if (typeof got !== 'string') {
          expect(expected, what).not.toBeNull();
          expect(Buffer.compare(got, expected!), what).toBe(0);
          counts.both++;
        } else if (expected !== null) expect(LENIENT[codec], what).toContain(got);
        else counts.neither++;
      }
    }
    expect(counts.both).toBeGreaterThan(0);
    expect(counts.neither).toBeGreaterThan(0);
  });
});
