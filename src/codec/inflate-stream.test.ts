/** The stream in pieces gives what node:zlib gives, however input is cut, and goes on from every block it was left at. */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { expectBytes } from '../testing/conformance.ts';
import { damage, fuzzCount, Random } from '../testing/damage.ts';
import { loadModules } from '../testing/modules.ts';
import { thrown } from '../testing/thrown.ts';
import { createCodecs } from './codecs.ts';
import type { InflatePlace } from './types.ts';

const random = new Random(21);
const text = new Uint8Array(3_000_000).map((_, i) => 97 + ((i * i) % 23) + (i % 1000 === 0 ? 3 : 0));
const DATA = {
  empty: new Uint8Array(0),
  zeros: new Uint8Array(6_000_000),
  noise: random.bytes(300_000),
  text,
};
const OPTIONS = [{}, { level: 1 }, { level: 0 }, { strategy: constants.Z_FIXED }, { memLevel: 1, level: 9 }];
const START: InflatePlace = { bitCount: 0, bitValue: 0, history: new Uint8Array(0) };

interface Mark {
  readonly place: InflatePlace;
  readonly input: number;
  readonly output: number;
}

/** Decodes in pieces of at most `size` bytes of input. */
function decode(
  packed: Uint8Array,
  size: number,
  checked: boolean,
  from: Mark = { place: START, input: 0, output: 0 },
) {
  const stream = createCodecs(loadModules(checked)).inflateStream();
  stream.restart(from.place);
  const out: Uint8Array[] = [];
  const marks: Mark[] = [];
  let [input, output] = [from.input, from.output];
  for (;;) {
    const piece = packed.subarray(input, input + Math.min(size, stream.inputBytes));
    const { at, used, bytes } = stream.run(piece, input + piece.length < packed.length, 'x.gz', input);
    out.push(bytes.slice());
    input += used;
    output += bytes.length;
    if (at === 'end') return { bytes: new Uint8Array(Buffer.concat(out)), marks, input };
    if (at === 'block') marks.push({ place: stream.place(), input, output });
    if (used === 0 && bytes.length === 0 && at === 'more') {
      if (piece.length >= 1024) throw new Error('no progress');
      size += 1024;
    }
  }
}

describe.each([true, false])('checked: %s', (checked) => {
  test.each(Object.entries(DATA))('%s', (_, data) => {
    for (const options of OPTIONS) {
      const packed = new Uint8Array(deflateRawSync(data, options));
      for (const size of [1 << 20, 5000]) {
        const got = decode(packed, size, checked);
        expect(got.input).toBe(packed.length);
        expectBytes(got.bytes, data);
        // from some of the places it passed
        for (const mark of got.marks.filter((__, i) => i % 17 === 0).slice(0, 5))
          expectBytes(decode(packed, size, checked, mark).bytes, data.subarray(mark.output));
      }
    }
  });
});

test('input that ends too early, and codes that cannot be', () => {
  const packed = new Uint8Array(deflateRawSync(text.subarray(0, 50_000)));
  expect(thrown(() => decode(packed.subarray(0, packed.length - 5), 1 << 20, true)).code).toBe('InvalidData');
  expect(thrown(() => decode(Uint8Array.of(7), 1 << 20, true)).code).toBe('InvalidData');
  // a distance that leads before the beginning
  expect(thrown(() => decode(Uint8Array.of(0x63, 0x00, 0x02, 0xff, 0xff), 1 << 20, true)).code).toBe('InvalidData');
});

test('a literal and the longest match behind it, wherever the window ends', () => {
  const WINDOW = 2 << 20;
  /** One block of fixed codes, all matches at distance 1: `before` bytes, then a literal, the longest match and more. */
  const stream = (before: number) => {
    const bits: number[] = [];
    const low = (value: number, count: number) => {
      for (let i = 0; i < count; i++) bits.push((value >> i) & 1);
    };
    const code = (value: number, count: number) => {
      for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
    };
    const literal = (byte: number) => code(0x30 + byte, 8);
    const longest = () => {
      code(0xc0 + 285 - 280, 8);
      code(0, 5);
    };
    low(0b011, 3);
    literal(7);
    let left = before - 1;
    for (; left >= 258 + 6; left -= 258) longest();
    // three bytes a match, whose code is 257; the rest in literals, an even number: the loop takes two at once
    for (; left % 2 === 1; left -= 3) {
      code(1, 7);
      code(0, 5);
    }
    for (; left > 0; left--) literal(8);
    literal(9);
    longest();
    literal(10);
    for (let i = 0; i < 200; i++) longest();
    code(0, 7);
    return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
      Number.parseInt(
        bits
          .slice(i * 8, i * 8 + 8)
          .reverse()
          .join(''),
        2,
      ),
    );
  };
  for (let room = 255; room <= 262; room++) {
    const packed = stream(WINDOW - room);
    expectBytes(decode(packed, 1 << 20, true).bytes, new Uint8Array(inflateRawSync(packed)), `${room} bytes of room`);
  }
});

test('fuzz: damaged streams are refused, or give what node:zlib gives', () => {
  const packed = new Uint8Array(deflateRawSync(text.subarray(0, 40_000)));
  for (let seed = 1; seed <= fuzzCount(300); seed++) {
    const bad = damage(packed, seed);
    let theirs: Uint8Array | null = null;
    try {
      theirs = new Uint8Array(inflateRawSync(bad));
    } catch {
      // refused by zlib
    }
    try {
      const { bytes } = decode(bad, 3000, true);
      expect(theirs, `seed ${seed}`).not.toBeNull();
      expectBytes(bytes, theirs!, `seed ${seed}`);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      expect(theirs, `seed ${seed}: ${error.message}`).toBeNull();
    }
  }
});
