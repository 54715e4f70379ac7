import { describe, expect, test } from 'vitest';
import { FormatError, fail } from '../base/errors.ts';
import { Random } from '../testing/damage.ts';
import { BaseSource, storedExtent } from './base.ts';
import { type CompareOptions, Comparison, type Difference } from './compare.ts';
import { MemorySource } from './memory.ts';
import { emptyRun, RunListSource, storedRun } from './run-list.ts';
import type { ByteSource } from './types.ts';

const random = new Random(31);

function compare(first: ByteSource, second: ByteSource, options: CompareOptions = {}) {
  const found: Difference[] = [];
  const comparison = new Comparison(first, second, (difference) => found.push(difference), options);
  let steps = 0;
  while (!comparison.step(0)) if (++steps > 100_000) throw new Error('a comparison without end');
  return { found, comparison };
}
const short = (found: readonly Difference[]) => found.map(({ kind, offset, length }) => `${kind} ${offset}+${length}`);

/** The units that differ, one after the other, as a person would look for them. */
function naive(a: Uint8Array, b: Uint8Array, unit: number): string[] {
  const found: { offset: number; length: number }[] = [];
  const total = Math.min(a.length, b.length);
  for (let at = 0; at < total; at += unit) {
    const length = Math.min(unit, total - at);
    if (Buffer.compare(a.subarray(at, at + length), b.subarray(at, at + length)) === 0) continue;
    const last = found.at(-1);
    if (last !== undefined && last.offset + last.length === at) last.length += length;
    else found.push({ offset: at, length });
  }
  return found.map(({ offset, length }) => `differs ${offset}+${length}`);
}

test.each([4, 512, 4096, 65_536])('equals a naive comparison, units of %i bytes', (unit) => {
  for (let round = 0; round < 20; round++) {
    const a = random.bytes(100_000 + random.below(2_000_000));
    const b = a.slice();
    for (let i = random.below(30); i > 0; i--) b[random.below(b.length)]! ^= 1 + random.below(255);
    const { found, comparison } = compare(new MemorySource('a', a), new MemorySource('b', b), { unit });
    expect(short(found)).toEqual(naive(a, b, unit));
    expect(comparison).toMatchObject({ done: a.length, total: a.length, compared: a.length, full: false });
  }
});

describe('what need not be read', () => {
  const base = new MemorySource('base', random.bytes(65_536));
  const delta = new MemorySource('delta', random.bytes(4096));
  /** 16 KiB of zeros, 64 KiB of the base with 1 KiB of the delta at 10,240, 16 KiB of zeros. */
  const child = new RunListSource('child', 98_304, [
    emptyRun('zero', 0, 16_384),
    storedRun(16_384, 10_240, base, 0),
    storedRun(26_624, 1024, delta, 512),
    storedRun(27_648, 54_272, base, 11_264),
    emptyRun('zero', 81_920, 16_384),
  ]);
  const parent = new RunListSource('parent', 98_304, [
    emptyRun('zero', 0, 16_384),
    storedRun(16_384, 65_536, base, 0),
    emptyRun('zero', 81_920, 16_384),
  ]);
  const shared = new Set(['base']);

  test('zeros in both, and what both take from one place of a shared file', () => {
    const { found, comparison } = compare(parent, child, { shared });
    expect(short(found)).toEqual(['differs 26624+1024']);
    expect(comparison.compared).toBe(1024);
  });

  test('in larger units only the unit around it', () => {
    const { found, comparison } = compare(parent, child, { shared, unit: 4096 });
    expect(short(found)).toEqual(['differs 24576+4096']);
    expect(comparison.compared).toBe(4096);
  });

  test('a name that is not said to be shared proves nothing', () => {
    const { found, comparison } = compare(parent, child);
    expect(short(found)).toEqual(['differs 26624+1024']);
    expect(comparison.compared).toBe(65_536);
  });

  test('another place of the shared file is no proof either', () => {
    const twin = new RunListSource('twin', 2048, [storedRun(0, 2048, base, 512)]);
    expect(short(compare(base.slice(0, 2048), twin, { shared }).found)).toEqual(['differs 0+2048']);
  });

  test('decoded bytes are no proof: what they are made of says nothing of how', () => {
    const decoded = (content: Uint8Array) => new MemorySource('x', content, { file: 'base', offset: 7, length: 90 });
    const zeros = new Uint8Array(8192);
    expect(compare(decoded(zeros), decoded(zeros), { shared }).comparison.compared).toBe(8192);
    const other = zeros.slice();
    other[5000] = 1;
    expect(short(compare(decoded(zeros), decoded(other), { shared }).found)).toEqual(['differs 4608+512']);
  });
});

describe('what cannot be compared', () => {
  const bytes = random.bytes(4096);
  const whole = new MemorySource('whole', bytes);

  test('missing data are unknown, also when they are missing in both', () => {
    const runs = [storedRun(0, 1024, whole, 0), emptyRun('missing', 1024, 512), storedRun(1536, 2560, whole, 1536)];
    const holed = new RunListSource('holed', 4096, runs);
    expect(short(compare(whole, holed).found)).toEqual(['unknown 1024+512']);
    expect(short(compare(holed, holed, { shared: new Set(['whole']) }).found)).toEqual(['unknown 1024+512']);
  });

  test('bytes that fail when they are read are unknown, sector by sector', () => {
    class Failing extends BaseSource {
      protected fill(offset: number, dst: Uint8Array): void {
        if (offset < 2000 && offset + dst.length > 1900) fail('InvalidData', this.name, 0, 'a chunk', 'rubbish');
        dst.set(bytes.subarray(offset, offset + dst.length));
      }
      protected spans(offset: number, length: number) {
        return [storedExtent(offset, length, this.name, offset)];
      }
    }
    expect(short(compare(whole, new Failing('bad', 4096)).found)).toEqual(['unknown 1536+512']);
  });

  test('a file that changed meanwhile ends it', () => {
    class Changed extends BaseSource {
      protected fill(): void {
        fail('UnexpectedChange', this.name, 0, 'the file as it was', 'another');
      }
      protected spans(offset: number, length: number) {
        return [storedExtent(offset, length, this.name, offset)];
      }
    }
    expect(() => compare(whole, new Changed('gone', 4096))).toThrow(FormatError);
  });

  test('what lies beyond the end of one is told as such', () => {
    const longer = new MemorySource('longer', new Uint8Array([...bytes.subarray(0, 4000), ...random.bytes(1000)]));
    expect(short(compare(whole, longer).found)).toEqual(['differs 3584+512', 'onlySecond 4096+904']);
    expect(short(compare(longer, whole.slice(0, 4000)).found)).toEqual(['onlyFirst 4000+1000']);
    expect(short(compare(new MemorySource('', new Uint8Array(0)), whole).found)).toEqual(['onlySecond 0+4096']);
  });
});

test('large sparse disks are gone over in steps', () => {
  const size = 5 * 2 ** 30 + 512;
  const bytes = new MemorySource('bytes', random.bytes(512));
  const end = new RunListSource('end', size, [emptyRun('zero', 0, size - 512), storedRun(size - 512, 512, bytes, 0)]);
  const empty = new RunListSource('empty', size, []);
  const found: Difference[] = [];
  const comparison = new Comparison(empty, end, (difference) => found.push(difference));
  let steps = 0;
  while (!comparison.step(0)) steps++;
  expect(steps).toBeGreaterThan(5);
  expect(short(found)).toEqual([`differs ${size - 512}+512`]);
  expect(comparison.compared).toBe(512);
});

test('ends at the limit, and says so', () => {
  const a = new MemorySource('a', new Uint8Array(100 * 512));
  const stripes = new Uint8Array(100 * 512);
  for (let i = 0; i < 100; i += 2) stripes[i * 512] = 1;
  const b = new MemorySource('b', stripes);
  const limited = compare(a, b, { limit: 10 });
  expect(limited.found).toHaveLength(10);
  expect(limited.comparison.full).toBe(true);
  expect(limited.comparison.step(10)).toBe(true);
  expect(limited.found).toHaveLength(10);
  const all = compare(a, b, { limit: 50 });
  expect(all.found).toHaveLength(50);
  expect(all.comparison.full).toBe(false);
});

test('a limit that is met where one source ends says that the rest of the other was left out', () => {
  const a = new MemorySource('a', new Uint8Array(1024).fill(1));
  const longer = new MemorySource('longer', new Uint8Array(4096));
  const limited = compare(a, longer, { limit: 1 });
  expect(short(limited.found)).toEqual(['differs 0+1024']);
  expect(limited.comparison.full).toBe(true);
  const all = compare(a, longer, { limit: 2 });
  expect(short(all.found)).toEqual(['differs 0+1024', 'onlySecond 1024+3072']);
  expect(all.comparison.full).toBe(false);
});
