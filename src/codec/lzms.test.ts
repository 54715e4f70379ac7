/**
 * LZMS: known answers, and the kernel against the plain decoder of src/testing/twins over whole, cut and damaged chunks.
 * Where wimlib-imagex is installed, chunks that it makes of our sample data as well.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERR_ARGUMENT, OK } from '../../wasm/abi.ts';
import { FormatError } from '../base/errors.ts';
import { hex } from '../base/guid.ts';
import { sampleBytes } from '../testing/compress/samples.ts';
import { Random } from '../testing/damage.ts';
import { LZMS_SAMPLES } from '../testing/lzms-vectors.ts';
import { loadModules } from '../testing/modules.ts';
import { rawLzmsKernel } from '../testing/raw-kernels.ts';
import { thrown } from '../testing/thrown.ts';
import { hasTool, runTool } from '../testing/tools.ts';
import { decodeLzms } from '../testing/twins/lzms.ts';
import { type WimChunk, type WimResource, wimResources } from '../testing/wim-chunks.ts';
import { createCodecs } from './codecs.ts';
import type { HeldChunk } from './types.ts';

const kernels = [rawLzmsKernel(false), rawLzmsKernel(true)];
const codecs = createCodecs(loadModules());
const unpacked = (packed: string) => new Uint8Array(Buffer.from(packed, 'base64'));

/** Decodes with all three and expects the same. */
function agree(src: Uint8Array, size: number, label: string) {
  const twin = decodeLzms(src, size);
  for (const kernel of kernels) {
    const got = kernel(src, size);
    expect(got.status, label).toBe(twin.status);
    expect(got.intact, label).toBe(true);
    if (twin.status === OK) expect(Buffer.compare(got.bytes, twin.bytes), label).toBe(0);
  }
  return twin;
}

/** A few changed bits or bytes, most of them at the ends where both streams begin, or a cut at either end. */
function damage(random: Random, bytes: Uint8Array): Uint8Array {
  const cut = random.below(bytes.length + 1);
  if (random.below(4) === 0) return random.below(2) === 0 ? bytes.slice(0, cut) : bytes.slice(cut);
  const out = bytes.slice();
  for (let n = 1 + random.below(3); n > 0; n--) {
    const near = random.below(Math.min(out.length, 100));
    const at = [near, out.length - 1 - near, random.below(out.length)][random.below(3)]!;
    out[at] = random.below(2) === 0 ? out[at]! ^ (1 << random.below(8)) : random.below(256);
  }
  return out;
}

/** Damages the chunks by turns. @returns how often each status came out */
function fuzz(chunks: readonly { readonly packed: Uint8Array; readonly size: number }[], rounds: number, seed: number) {
  const random = new Random(seed);
  const statuses = new Map<number, number>();
  for (let round = 0; round < rounds; round++) {
    const { packed, size } = random.pick(chunks);
    const wanted = random.below(8) === 0 ? 1 + random.below(2 * size) : size;
    const { status } = agree(damage(random, packed), wanted, `seed ${seed} round ${round}`);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  return statuses;
}

const ROUNDS = Number(process.env['FUZZ'] ?? 300);
const SEED = Number(process.env['FUZZ_SEED'] ?? 7);
const known = Object.values(LZMS_SAMPLES).map(({ packed, make }) => ({
  packed: unpacked(packed),
  size: make().length,
}));

describe('LZMS', () => {
  test.each(Object.entries(LZMS_SAMPLES))('%s: the known answer', (label, { make, packed }) => {
    const data = make();
    const { status, bytes } = agree(unpacked(packed), data.length, label);
    expect(status).toBe(OK);
    expect(Buffer.compare(bytes, data)).toBe(0);
    const out = new Uint8Array(data.length);
    codecs.lzms(32768).decode(unpacked(packed), out, 'chunk', 0);
    expect(Buffer.compare(out, data)).toBe(0);
  });

  test('fuzz: damaged and cut chunks get the same verdict and the same bytes', () => {
    expect(fuzz(known, ROUNDS, SEED).size).toBeGreaterThanOrEqual(4);
  });

  test.each([false, true])('a held chunk is that of the whole, however it is read; checked build: %s', (checked) => {
    const lzms = createCodecs(loadModules(checked)).lzms(32768);
    const random = new Random(SEED);
    for (const { make, packed } of Object.values(LZMS_SAMPLES)) {
      const data = make();
      const hold = () => lzms.hold!(() => unpacked(packed), data.length, 'chunk', 0);
      const look = (held: HeldChunk, from: number, length: number) => {
        const part = new Uint8Array(length);
        held.readInto(from, part);
        expect(Buffer.compare(part, data.subarray(from, from + length)), `${length} bytes at ${from}`).toBe(0);
      };
      for (let length = 1; length <= data.length; length += checked ? 137 : 11) look(hold(), 0, length);
      // two at once: whoever is not in the kernel kept what it had
      const pair = [hold(), hold()];
      for (let turn = 0; turn < (checked ? 20 : 200); turn++) {
        const from = random.below(data.length);
        look(random.pick(pair), from, random.below(Math.min(data.length - from, 300 + turn * 40)) + 1);
        if (random.below(9) === 0) pair[random.below(2)] = hold();
        if (random.below(9) === 0) lzms.decode(unpacked(packed), new Uint8Array(data.length), 'chunk', 0);
      }
    }
  });

  test('a held chunk: what stands before damage is read, what lies behind it is refused at once', () => {
    const data = LZMS_SAMPLES['code']!.make();
    const packed = unpacked(LZMS_SAMPLES['code']!.packed);
    // offsets that are too large, in the middle of the back stream
    packed.fill(0xff, packed.length * 0.72, packed.length * 0.8);
    let asked = 0;
    const stored = () => {
      asked++;
      return packed;
    };
    const held = codecs.lzms(32768).hold!(stored, data.length, 'x.esd', 7);
    const read = (length: number) => held.readInto(0, new Uint8Array(length));
    const refused = (length: number) => thrown(() => read(length));
    expect(refused(data.length)).toMatchObject({ code: 'InvalidData', where: { source: 'x.esd', offset: 7 } });
    let good = 0;
    expect(
      thrown(() => {
        for (let length = 50; length < data.length; length += 50) {
          read(length);
          good = length;
        }
      }),
    ).toMatchObject({ code: 'InvalidData' });
    expect(good).toBeGreaterThan(data.length / 4);
    expect(good).toBeLessThan(data.length - 100);
    const tries = asked;
    expect(tries).toBeLessThan(25);
    for (let i = 0; i < 5; i++) expect(refused(data.length - i)).toMatchObject({ code: 'InvalidData' });
    expect(asked).toBe(tries);
  });

  test('a held chunk whose bytes could not be read is read at the next look', () => {
    const { make, packed } = LZMS_SAMPLES['code']!;
    const data = make();
    let fails = true;
    const held = codecs.lzms(32768).hold!(
      () => {
        if (fails)
          throw new FormatError({ code: 'InvalidData', where: { source: 'x', offset: 0 }, expected: '', actual: '' });
        return unpacked(packed);
      },
      data.length,
      'x.esd',
      0,
    );
    const out = new Uint8Array(data.length);
    expect(thrown(() => held.readInto(0, out))).toMatchObject({ where: { source: 'x' } });
    fails = false;
    held.readInto(0, out);
    expect(Buffer.compare(out, data)).toBe(0);
  });

  test('any number of bytes may be asked for', () => {
    for (const { packed } of known) for (let size = 1; size < 40; size++) agree(packed, size, `${size} bytes`);
  });

  test('random bytes are judged alike', () => {
    const random = new Random(3);
    for (let i = 0; i < 300; i++) agree(random.bytes(random.below(300)), 1 + random.below(1000), `${i}`);
  });

  test('a chunk of another instance leaves nothing behind: the same answer after any damage', () => {
    const random = new Random(9);
    const { packed, size } = known[0]!;
    const good = kernels[0]!(packed, size).bytes;
    for (let i = 0; i < 20; i++) {
      kernels[0]!(damage(random, packed), size);
      expect(Buffer.compare(kernels[0]!(packed, size).bytes, good)).toBe(0);
    }
  });

  test('sizes outside the windows are refused', () => {
    const { packed } = known[0]!;
    for (const kernel of kernels) {
      expect(kernel(packed, 0).status).toBe(ERR_ARGUMENT);
      expect(kernel(packed, (256 << 20) + 1).status).toBe(ERR_ARGUMENT);
    }
    const decoder = codecs.lzms(32768);
    expect(thrown(() => decoder.decode(packed, new Uint8Array(32769), 'x.esd', 7))).toMatchObject({
      code: 'InvalidData',
      where: { source: 'x.esd', offset: 7 },
    });
    expect(thrown(() => decoder.decode(packed.subarray(0, 40), new Uint8Array(2600), 'x.esd', 7))).toMatchObject({
      code: 'InvalidData',
      where: { source: 'x.esd', offset: 7 },
    });
    for (const size of [1 << 14, 2 ** 31, 40_000])
      expect(thrown(() => codecs.lzms(size))).toMatchObject({ code: 'UnsupportedSize' });
  });
});

describe.skipIf(!hasTool('wimlib-imagex'))('LZMS by wimlib-imagex', () => {
  /** Resources that hold these files and their metadata, packed with this chunk size. */
  function packedByWimlib(chunkSize: number, files: readonly Uint8Array[]): WimResource[] {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'lzms-'));
    try {
      mkdirSync(path.join(folder, 'tree'));
      for (const [i, data] of files.entries()) writeFileSync(path.join(folder, 'tree', `${i}`), data);
      const wim = path.join(folder, 'x.wim');
      runTool('wimlib-imagex', [
        'capture',
        path.join(folder, 'tree'),
        wim,
        '--compress=lzms',
        `--chunk-size=${chunkSize}`,
      ]);
      return wimResources(readFileSync(wim));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test('fuzz: whole chunks decode alike, damaged ones are judged alike', () => {
    const random = new Random(SEED);
    const files = [9000, 30_000, 33_000, 100_000, 160_000].map((length) => sampleBytes(random, length));
    const resources = [32768, 131072].flatMap((size) => packedByWimlib(size, files));
    const small: { packed: Uint8Array; size: number }[] = [];
    for (const [i, { chunks, sha1 }] of resources.entries()) {
      const hash = createHash('sha1');
      for (const chunk of chunks) {
        if (chunk instanceof Uint8Array) {
          hash.update(chunk);
          continue;
        }
        hash.update(agree(chunk.compressed, chunk.size, `resource ${i}`).bytes);
        if (chunk.size < 40_000) small.push({ packed: chunk.compressed, size: chunk.size });
      }
      expect(hash.digest('hex'), `resource ${i}`).toBe(hex(sha1));
    }
    expect(small.length).toBeGreaterThan(6);
    fuzz(small, Math.ceil(ROUNDS / 3), SEED + 1);
  });

  test('a chunk larger than one step', () => {
    const data = sampleBytes(new Random(SEED), 2_500_000);
    const chunks = packedByWimlib(4 << 20, [data]).flatMap((resource) => resource.chunks);
    const chunk = chunks.find((c): c is WimChunk => !(c instanceof Uint8Array) && c.size === data.length);
    const out = new Uint8Array(data.length);
    codecs.lzms(4 << 20).decode(chunk!.compressed, out, 'chunk', 0);
    expect(Buffer.compare(out, data)).toBe(0);
  });
});
