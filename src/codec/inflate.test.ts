/** `inflate` of wasm/codec: against node:zlib on what it writes, and against the plain decoder on everything else. */
import { constants, deflateRawSync, deflateSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ERR_DATA, ERR_INPUT_END, ERR_OUTPUT_FULL, OK } from '../../wasm/abi.ts';
import { sampleBytes } from '../testing/compress/samples.ts';
import { expectBytes } from '../testing/conformance.ts';
import { Random } from '../testing/damage.ts';
import { loadModule, loadModules } from '../testing/modules.ts';
import { thrown } from '../testing/thrown.ts';
import { inflate } from '../testing/twins/inflate.ts';
import { createCodecs } from './codecs.ts';
import { adler32 } from './inflate.ts';

interface Exports {
  readonly memory: WebAssembly.Memory;
  inputWindow(): number;
  outputWindow(): number;
  inflate(inputLength: number, outputLength: number): number;
  inflatedBytes(): number;
  inflateUsed(): number;
}
const kernels = [false, true].map(
  (checked) => new WebAssembly.Instance(loadModule('codec', checked)).exports as unknown as Exports,
);
const codecs = createCodecs(loadModules());

/** Release and checked kernel and twin decode, and agree. @returns the status */
function agree(src: Uint8Array, size: number, label: string): number {
  const twin = inflate(src, size);
  for (const kernel of kernels) {
    const memory = new Uint8Array(kernel.memory.buffer);
    memory.set(src, kernel.inputWindow());
    // what stands behind the input must not matter
    memory.fill(0xff, kernel.inputWindow() + src.length, kernel.inputWindow() + src.length + 64);
    const status = kernel.inflate(src.length, size);
    expect(status, label).toBe(twin.status);
    expectBytes(memory.subarray(kernel.inputWindow(), kernel.inputWindow() + src.length), src, label);
    if (status !== OK && status !== ERR_OUTPUT_FULL) continue;
    expect(kernel.inflatedBytes(), label).toBe(twin.length);
    const start = kernel.outputWindow();
    expectBytes(memory.subarray(start, start + twin.length), twin.bytes.subarray(0, twin.length), label);
  }
  return twin.status;
}

const STRATEGIES = [
  {},
  { level: 0 },
  { level: 1 },
  { level: 9, memLevel: 1 },
  { strategy: constants.Z_FIXED },
  { strategy: constants.Z_HUFFMAN_ONLY },
  { strategy: constants.Z_RLE },
  { windowBits: 9 },
];

describe('what zlib writes', () => {
  test.each(STRATEGIES)('comes back: %o', (options) => {
    for (let seed = 1; seed <= 6; seed++) {
      const random = new Random(seed);
      const data = sampleBytes(random, random.below(seed === 1 ? 70_000 : 15_000));
      const packed = deflateRawSync(data, options);
      expect(agree(packed, data.length, `seed ${seed}`)).toBe(OK);
      expect(kernels[0]!.inflateUsed()).toBe(packed.length);
      const out = new Uint8Array(data.length);
      codecs.inflate(1 << 20, 'raw').decode(packed, out, 'd', 0);
      expectBytes(out, data, `seed ${seed}`);
      codecs.inflate(1 << 20, 'zlib').decode(deflateSync(data, options), out.fill(0), 'd', 0);
      expectBytes(out, data, `seed ${seed}, zlib`);
    }
  });

  test('runs, zeros and noise of the full window', () => {
    for (const data of [
      new Uint8Array(2 << 20),
      new Uint8Array(2 << 20).fill(7),
      sampleBytes(new Random(3), 2 << 20),
    ]) {
      const packed = deflateRawSync(data);
      const out = new Uint8Array(data.length);
      codecs.inflate(2 << 20, 'raw').decode(packed, out, 'd', 0);
      expectBytes(out, data);
    }
  });

  test('a stream that holds more than was asked for gives its beginning', () => {
    const data = sampleBytes(new Random(5), 10_000);
    expect(agree(deflateRawSync(data), 4321, 'short')).toBe(ERR_OUTPUT_FULL);
    const out = new Uint8Array(4321);
    codecs.inflate(4321, 'zlib').decode(deflateSync(data), out, 'd', 0);
    expectBytes(out, data.subarray(0, 4321));
  });
});

describe('streams of own making', () => {
  /** Bits from the lowest of each byte, in the order they are given. */
  const stream = (text: string): Uint8Array => {
    const bits = text.replaceAll(' ', '');
    return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
      Number.parseInt([...bits.slice(i * 8, i * 8 + 8).padEnd(8, '0')].reverse().join(''), 2),
    );
  };
  test.each([
    ['nothing', '', ERR_INPUT_END],
    ['block type 3', '111', ERR_DATA],
    ['an empty block of fixed codes', '110 0000000', OK],
    ['a distance before the start', '110 0000001 00000 0000000', ERR_DATA],
    ['the literal 286, which does not exist', '110 11000110', ERR_DATA],
    ['the distance 30, which does not exist', '110 00110000 0000001 11110', ERR_DATA],
    ['a stored block whose lengths differ', `100 00000 ${'0'.repeat(32)}`, ERR_DATA],
    ['31 distances', '101 00000 01111 0000', ERR_DATA],
    ['no end of the stream', '010 0000000', ERR_INPUT_END],
  ])('%s', (name, bits, status) => {
    expect(agree(stream(bits), 100, name)).toBe(status);
  });
});

describe('damage', () => {
  test('every cut of a stream is refused', () => {
    const data = sampleBytes(new Random(11), 3000);
    for (const options of STRATEGIES) {
      const packed = deflateRawSync(data, options);
      for (let length = 0; length < packed.length; length += 1 + (length >> 4))
        expect(agree(packed.subarray(0, length), data.length, `cut to ${length}`)).toBe(ERR_INPUT_END);
    }
  });

  test('fuzz: damaged streams get the verdict and the bytes of the plain decoder', () => {
    const rounds = Number(process.env['FUZZ'] ?? 400);
    const random = new Random(Number(process.env['FUZZ_SEED'] ?? 17));
    const statuses = new Map<number, number>();
    for (let round = 0; round < rounds; round++) {
      const data = sampleBytes(random, 1 + random.below(6000));
      const bad = Uint8Array.from(deflateRawSync(data, random.pick(STRATEGIES)));
      for (let n = random.below(4); n >= 0; n--) {
        const at = random.below(random.below(2) === 0 ? Math.min(bad.length, 100) : bad.length);
        bad[at] = random.below(2) === 0 ? bad[at]! ^ (1 << random.below(8)) : random.below(256);
      }
      const status = agree(bad, data.length, `round ${round}`);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // zlib accepts what we accept, to the same bytes
      let theirs: Uint8Array | null = null;
      try {
        theirs = inflateRawSync(bad, { maxOutputLength: data.length + 1 });
      } catch {
        // refused, or longer than asked for
      }
      if (theirs !== null && theirs.length <= data.length) expect(status, `round ${round}`).toBe(OK);
      if (status === OK) expectBytes(theirs!, inflate(bad, data.length).bytes.subarray(0, theirs!.length));
    }
    expect(statuses.size).toBe(4);
  });

  test('fuzz: random bytes get the same verdict', () => {
    const random = new Random(3);
    for (let i = 0; i < 1500; i++) agree(random.bytes(random.below(300)), random.below(1000), `${i}`);
  });

  test('the skin refuses with a place', () => {
    const data = sampleBytes(new Random(5), 9000);
    const packed = deflateSync(data);
    const out = new Uint8Array(data.length);
    const decode = (src: Uint8Array, dst = out) =>
      thrown(() => codecs.inflate(1 << 16, 'zlib').decode(src, dst, 'disk.vmdk', 0x1f40));
    const changed = (at: number) => {
      const bad = Uint8Array.from(packed);
      bad[at] = bad[at]! ^ 1;
      return bad;
    };
    const where = { source: 'disk.vmdk', offset: 0x1f40 };
    expect(decode(packed.subarray(0, packed.length >> 1))).toMatchObject({ code: 'InvalidData', where });
    expect(decode(packed.subarray(0, packed.length - 1))).toMatchObject({ code: 'InvalidData', where });
    expect(decode(changed(packed.length - 1))).toMatchObject({ code: 'InvalidChecksum', where });
    expect(decode(changed(0))).toMatchObject({ code: 'InvalidData', where });
    expect(decode(packed, new Uint8Array(9001))).toMatchObject({ code: 'InvalidData', where });
    expect(decode(packed, new Uint8Array(70_000))).toMatchObject({ code: 'InvalidData', where });
    expect(decode(new Uint8Array(0))).toMatchObject({ code: 'InvalidData', where });
    expect(thrown(() => codecs.inflate(3 << 20, 'raw'))).toMatchObject({ code: 'UnsupportedSize' });
  });
});

test('Adler-32 of the published example', () => {
  expect(adler32(new TextEncoder().encode('Wikipedia'))).toBe(0x11e60398);
  expect(adler32(new Uint8Array(0))).toBe(1);
});
