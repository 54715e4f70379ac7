import { expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { damage, fuzzCount } from '../testing/damage.ts';
import { encodeLznt1 as encode } from '../testing/lznt1.ts';
import { decodeLznt1 } from './lznt1.ts';

const samples: Record<string, Uint8Array> = {
  empty: new Uint8Array(0),
  zeros: new Uint8Array(10_000),
  text: new TextEncoder().encode('F# F# G A A G F# E D D E F# F# E E '.repeat(300)),
  noise: new Uint8Array(9000).map((_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 255),
};

test.each(Object.entries(samples))('decodes what an encoder made: %s', (_, bytes) => {
  const dst = new Uint8Array(bytes.length).fill(0xaa);
  decodeLznt1(encode(bytes), dst, 'test', 0);
  expect(Buffer.compare(dst, bytes)).toBe(0);
});

test('decodes a known buffer', () => {
  // Chunk header b0xx, flag byte 4: two literals, then a token of distance 1, length 0x0b + 3; end mark.
  const packed = Uint8Array.of(0x04, 0xb0, 0x04, 0x61, 0x62, 0x0b, 0x10, 0x00, 0x00);
  const dst = new Uint8Array(20);
  decodeLznt1(packed, dst, 'test', 0);
  expect(String.fromCharCode(...dst)).toBe(`${'ababababababababa'.slice(0, 16)}\0\0\0\0`);
});

test('fuzz: ends each damaged buffer in bytes or a FormatError', () => {
  const packed = encode(samples['text']!);
  let refused = 0;
  const count = fuzzCount(500);
  for (let seed = 1; seed <= count; seed++) {
    try {
      decodeLznt1(damage(packed, seed), new Uint8Array(10_500), 'test', 0);
    } catch (error) {
      if (!(error instanceof FormatError)) throw new Error(`seed ${seed}`, { cause: error });
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(count / 10);
});
