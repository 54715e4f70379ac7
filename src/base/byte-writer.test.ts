/** Lines as bytes: held against JSON.stringify and Node's own encoders. */
import { describe, expect, test } from 'vitest';
import { ByteWriter } from './byte-writer.ts';
import { PRINTED_STYLE } from './text-bytes.ts';

/** What `work` writes, the lengths of the pieces that went out among it. */
function written(work: (out: ByteWriter) => void): { bytes: Buffer; pieces: number[] } {
  const parts: Buffer[] = [];
  const out = new ByteWriter((bytes) => parts.push(Buffer.from(bytes)));
  work(out);
  expect(out.length).toBeGreaterThan(0);
  out.flush();
  expect(out.length).toBe(0);
  return { bytes: Buffer.concat(parts), pieces: parts.map((part) => part.length) };
}

/** Units of all kinds, surrogates above all. */
function randomText(seed: number, length: number): string {
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const ranges = [
    [0, 0x20],
    [0x20, 0x60],
    [0x7f, 0x21],
    [0xa0, 0x760],
    [0x800, 0xd000],
    [0xd800, 0x400],
    [0xdc00, 0x400],
    [0xe000, 0x2000],
  ] as const;
  let text = '';
  for (let i = 0; i < length; i++) {
    const [from, count] = ranges[next(ranges.length)]!;
    text += String.fromCharCode(from + next(count));
  }
  return text;
}

describe('text', () => {
  test('every unit by itself is what JSON.stringify writes', () => {
    for (let unit = 0; unit < 0x1_0000; unit += 97) {
      const text = Array.from({ length: 97 }, (_, i) => String.fromCharCode((unit + i) & 0xffff)).join(' ');
      expect(written((out) => out.json(text)).bytes.toString()).toBe(JSON.stringify(text));
    }
  });

  test('property: random texts are what JSON.stringify writes', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const text = randomText(seed, seed % 64);
      expect(written((out) => out.json(text)).bytes.toString(), `seed ${seed}`).toBe(JSON.stringify(text));
    }
  });

  test('longer than the buffer, with pairs where it is cut', () => {
    for (const lead of ['', 'x']) {
      const text = lead + '\u{1f600}'.repeat(200_000);
      const { bytes, pieces } = written((out) => out.json(text));
      expect(bytes.equals(Buffer.from(JSON.stringify(text)))).toBe(true);
      expect(pieces.length).toBeGreaterThan(1);
    }
  });

  test('null, and lines for people: no control characters, no lone surrogates', () => {
    const { bytes } = written((out) => {
      out.json(null);
      out.text('a"\\\u0007\u009f\u00e9\ud800\u{1f600}', PRINTED_STYLE);
      out.newline();
    });
    expect(bytes.toString()).toBe('nulla"\\\\u0007\\u009f\u00e9\\ud800\u{1f600}\n');
  });
});

test('bytes and hexadecimal digits of any length', () => {
  for (const length of [1, 2, 15, 16, 17, 63, 64, 65, 1000, 16_384, 16_385, 700_001]) {
    const data = Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
    const text = `<${Buffer.from(data).toString('hex')}>`;
    const out = written((to) => {
      to.ascii('<');
      to.hex(data);
      to.ascii('>');
    });
    expect(out.bytes.toString('latin1') === text).toBe(true);
    expect(written((to) => to.raw(data)).bytes.equals(data)).toBe(true);
  }
});

test('whole numbers', () => {
  const numbers = [0, 9, 10, 99, 100, 65_535, 999_999_999, 1_000_000_000, 2 ** 31, 2 ** 32 - 1];
  for (const number of numbers)
    expect(written((out) => out.number(number)).bytes.toString(), String(number)).toBe(String(number));
});
