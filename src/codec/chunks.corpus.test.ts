/** The chunks of real WIMs, decoded by kernel and twin, and held against the SHA-1 in the WIM; damaged copies of them too. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { OK } from '../../wasm/abi.ts';
import { hex } from '../base/guid.ts';
import { corpus, corpusFolder } from '../testing/corpus.ts';
import { Random } from '../testing/damage.ts';
import { rawChunkKernel, rawLzmsKernel } from '../testing/raw-kernels.ts';
import { decodeLzms } from '../testing/twins/lzms.ts';
import { decodeLzx } from '../testing/twins/lzx.ts';
import { decodeXpress } from '../testing/twins/xpress.ts';
import { type WimChunk, wimResources } from '../testing/wim-chunks.ts';

const folder = corpusFolder();
const release = rawChunkKernel(false);
const checked = rawChunkKernel(true);
const lzmsKernels = [rawLzmsKernel(false), rawLzmsKernel(true)];

function wimFiles(): string[] {
  const all = readdirSync(folder!, { recursive: true, encoding: 'utf8' });
  return all.filter((name) => /\.(wim|swm|esd|ppkg)$/i.test(name)).sort();
}

/** Kernels and twin on the same bytes. @returns what the twin says */
function decodeAll({ codec, chunkSize, size }: WimChunk, src: Uint8Array, label: string) {
  const twin =
    codec === 'lzms'
      ? decodeLzms(src, size)
      : codec === 'xpress'
        ? decodeXpress(src, size)
        : decodeLzx(src, size, chunkSize);
  const all =
    codec === 'lzms'
      ? lzmsKernels.map((kernel) => kernel(src, size))
      : [release, checked].map((kernel) => kernel(codec, src, size, chunkSize));
  for (const got of all) {
    expect(got.status, label).toBe(twin.status);
    expect(got.intact, label).toBe(true);
    if (twin.status === OK) expect(Buffer.compare(got.bytes, twin.bytes), label).toBe(0);
  }
  return twin;
}

describe.skipIf(folder === null)('chunks of real WIMs', () => {
  test('decode to the bytes whose SHA-1 the WIM holds', () => {
    const chunks = { xpress: 0, lzx: 0, lzms: 0 };
    for (const name of wimFiles()) {
      for (const [i, resource] of wimResources(readFileSync(path.join(folder!, name))).entries()) {
        const label = `${name} blob ${i}`;
        const sha1 = createHash('sha1');
        let status: number = OK;
        for (const chunk of resource.chunks) {
          if (chunk instanceof Uint8Array) {
            sha1.update(chunk);
            continue;
          }
          chunks[chunk.codec]++;
          const decoded = decodeAll(chunk, chunk.compressed, label);
          if (decoded.status !== OK) status = decoded.status;
          sha1.update(decoded.bytes);
        }
        // One file of the corpus is damaged on purpose.
        if (name.endsWith('VerifyFail.wim')) continue;
        expect(status, label).toBe(OK);
        expect(sha1.digest('hex'), label).toBe(hex(resource.sha1));
      }
    }
    expect(chunks.xpress).toBeGreaterThan(20);
    expect(chunks.lzx).toBeGreaterThan(90);
    expect(chunks.lzms).toBeGreaterThan(0);
  });

  test('fuzz: damaged, the same verdict and the same bytes', () => {
    const rounds = Number(process.env['FUZZ'] ?? 300);
    const random = new Random(Number(process.env['FUZZ_SEED'] ?? 5));
    const chunks = wimFiles().flatMap((name) =>
      wimResources(readFileSync(path.join(folder!, name))).flatMap((resource) =>
        resource.chunks.filter((chunk): chunk is WimChunk => !(chunk instanceof Uint8Array)),
      ),
    );
    for (let round = 0; round < rounds; round++) {
      const chunk = random.pick(chunks);
      const cut = random.below(3) === 0 ? random.below(chunk.compressed.length) : chunk.compressed.length;
      const src = Uint8Array.from(chunk.compressed.subarray(0, cut));
      for (let n = random.below(4); n > 0 && cut > 0; n--) src[random.below(cut)] = random.below(256);
      decodeAll(chunk, src, `round ${round}`);
    }
  });
});

const seeds = ['xpress', 'lzx'].map((name) => corpus(`ebiggers+wimlib/tools/libFuzzer/decompress/corpus/${name}`));

describe.skipIf(seeds.includes(null))("the seeds of wimlib's fuzzer", () => {
  test('are judged alike at any size and with any damage', () => {
    const random = new Random(17);
    for (const file of seeds) {
      const bytes = new Uint8Array(readFileSync(file!));
      // The first byte picks the codec; how many bytes the rest decodes to is not said, so several sizes are tried.
      const codec = bytes[0] === 1 ? 'xpress' : 'lzx';
      const src = bytes.subarray(1);
      for (let size = src.length; size <= 4 * src.length; size += 997)
        decodeAll({ codec, chunkSize: 65536, compressed: src, size }, src, `${codec} ${size}`);
      for (let round = 0; round < 50; round++) {
        const damaged = src.slice();
        damaged[random.below(damaged.length)] = random.below(256);
        decodeAll({ codec, chunkSize: 65536, compressed: src, size: 32768 }, damaged, `${codec} round ${round}`);
      }
    }
  });
});
