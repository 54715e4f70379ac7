import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { propertyRun } from '../testing/property-run.ts';
import { Bytes } from './bytes.ts';
import { FormatError } from './errors.ts';
import { filetimeIso, filetimeMs, filetimeOf, ticks } from './filetime.ts';
import { FindingList } from './findings.ts';
import { fromHex, guidBe, guidLe, guidLeBytes, hex } from './guid.ts';
import { Lru } from './lru.ts';
import { fromUnits, isWellFormed, toUnits } from './utf16.ts';

const halves = (t: bigint): [number, number] => [Number(t & 0xffff_ffffn), Number(t >> 32n)];

describe('filetime', () => {
  test('known times', () => {
    expect(filetimeIso(...halves(filetimeOf(new Date('2026-01-02T03:04:05Z')) + 1_234_567n))).toBe(
      '2026-01-02T03:04:05.1234567Z',
    );
    expect(filetimeIso(1, 0)).toBe('1601-01-01T00:00:00.0000001Z');
    expect(filetimeIso(0, 0)).toBeNull();
    expect(filetimeIso(0xffff_ffff, 0xffff_ffff)).toBeNull();
    expect(filetimeIso(...halves(filetimeOf(new Date('9999-12-31T23:59:59Z'))))).toBe('9999-12-31T23:59:59.0000000Z');
  });

  test('agrees with BigInt arithmetic for every time that a calendar shows', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 2_650_467_739_999_999_999n), (t) => {
        const [lo, hi] = halves(t);
        const ms = Number(t / 10_000n - 11_644_473_600_000n);
        expect(filetimeMs(lo, hi)).toBe(ms);
        expect(filetimeIso(lo, hi)!.slice(0, 23)).toBe(new Date(ms).toISOString().slice(0, 23));
        expect(filetimeIso(lo, hi)!.slice(-8)).toBe(`${(t % 10_000_000n).toString().padStart(7, '0')}Z`);
        expect(ticks(lo, hi)).toBe(t);
      }),
      propertyRun(),
    );
  });
});

describe('bytes', () => {
  const bytes = new Bytes(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), 'a.bin', 100);

  test('reads both byte orders', () => {
    expect(bytes.u32(0)).toBe(0x04030201);
    expect(bytes.u32be(0)).toBe(0x01020304);
    expect(bytes.u64(0)).toBe(0x0807060504030201n);
    expect(bytes.sub(2, 4).u16(1)).toBe(0x0504);
  });

  test('refuses what lies outside, with the place in the file', () => {
    for (const read of [
      () => bytes.u32(5),
      () => bytes.u8(8),
      () => bytes.u8(-1),
      () => bytes.slice(4, 5),
      () => bytes.utf16(0, 5),
    ])
      expect(read).toThrow(FormatError);
    try {
      bytes.sub(4, 4).u32(2);
    } catch (error) {
      expect((error as FormatError).where).toEqual({ source: 'a.bin', offset: 106 });
    }
    expect(() => new Bytes(new Uint8Array(8).fill(0xff), 'a').size64(0, 'a size')).toThrow(/below 2\^53/);
  });
});

describe('small things', () => {
  test('guids', () => {
    const text = '00112233-4455-6677-8899-aabbccddeeff';
    expect(guidLe(guidLeBytes(text))).toBe(text);
    expect(guidBe(Uint8Array.from({ length: 16 }, (_, i) => i * 17))).toBe(text);
  });

  test('lru keeps to its budget and drops the oldest', () => {
    const lru = new Lru<string, number>(10);
    lru.set('a', 1, 4);
    lru.set('b', 2, 4);
    expect(lru.get('a')).toBe(1);
    lru.set('c', 3, 4);
    expect(lru.get('b')).toBeUndefined();
    expect(lru.get('a')).toBe(1);
    lru.set('big', 4, 100);
    expect([lru.get('big'), lru.get('a'), lru.cost]).toEqual([4, undefined, 100]);
    lru.set('big', 5, 1);
    expect(lru.cost).toBe(1);
  });

  test('utf-16 keeps lone surrogates', () => {
    const odd = 'a\ud800b\udc00';
    expect(fromUnits(toUnits(odd))).toBe(odd);
    expect(isWellFormed(odd)).toBe(false);
    expect(isWellFormed('a\u{1f4be}b')).toBe(true);
    const long = 'x'.repeat(10_000);
    expect(fromUnits(toUnits(long))).toBe(long);
  });

  test('findings are bounded and counted', () => {
    const list = new FindingList(2);
    for (let i = 0; i < 5; i++)
      list.add({ code: 'x', severity: 'info', where: { source: 'a', offset: null }, message: '' });
    expect([list.items.length, list.dropped]).toEqual([2, 3]);
  });
});

test.each([0, 1, 48, 49, 5000])('hexadecimal of %d bytes and back', (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 37) & 0xff);
  expect(hex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
  expect(fromHex(hex(bytes))).toEqual(bytes);
});
