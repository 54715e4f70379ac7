import { expect, test } from 'vitest';
import { FormatError, fail } from '../base/errors.ts';
import { BaseSource, storedExtent } from '../source/base.ts';
import { MemorySource } from '../source/memory.ts';
import { Random } from '../testing/damage.ts';
import { SectorBitmaps } from './sector-bitmap.ts';

/** All runs of a bitmap, as counts with a sign: 1 is present. */
function runs(bytes: readonly number[], order: 'high bit first' | 'low bit first'): number[] {
  const bitmaps = new SectorBitmaps(new MemorySource('d', Uint8Array.from(bytes)), order);
  const found: number[] = [];
  for (let at = 0; at < bytes.length * 8; ) {
    const { present, count } = bitmaps.run(0, bytes.length, at)!;
    found.push(present ? count : -count);
    at += count;
  }
  return found;
}

test('bits are counted from the high or from the low end of each byte', () => {
  expect(runs([0b1110_0001, 0xff, 0], 'high bit first')).toEqual([3, -4, 9, -8]);
  expect(runs([0b1110_0001, 0xff, 0], 'low bit first')).toEqual([1, -4, 11, -8]);
  expect(runs([0, 0, 0], 'low bit first')).toEqual([-24]);
});

test.each(['high bit first', 'low bit first'] as const)('%s: equals a look at bit after bit', (order) => {
  const random = new Random(41);
  const bytes = [...random.bytes(300)].map((byte, i) => (i % 3 === 0 ? byte : i % 2 === 0 ? 0xff : 0));
  const bits = bytes.flatMap((byte) => {
    const low = [0, 1, 2, 3, 4, 5, 6, 7].map((bit) => (byte >> bit) & 1);
    return order === 'low bit first' ? low : low.reverse();
  });
  const bitmaps = new SectorBitmaps(new MemorySource('d', Uint8Array.from(bytes)), order);
  for (let at = 0; at < bits.length; at++) {
    const end = bits.findIndex((bit, i) => i > at && bit !== bits[at]);
    expect(bitmaps.run(0, bytes.length, at)).toEqual({
      present: bits[at] === 1,
      count: (end < 0 ? bits.length : end) - at,
    });
  }
});

test('a long run comes in pieces, so that a small read stays small', () => {
  const bitmaps = new SectorBitmaps(new MemorySource('d', new Uint8Array(65_536)), 'low bit first');
  expect(bitmaps.run(0, 65_536, 3)).toEqual({ present: false, count: 4096 * 8 - 3 });
});

test('a bitmap that is not there, or too short for the sector, has no answer', () => {
  const bitmaps = new SectorBitmaps(new MemorySource('d', new Uint8Array(100)), 'low bit first');
  expect(bitmaps.run(96, 8, 0)).toBeNull();
  expect(bitmaps.run(0, 8, 64)).toBeNull();
});

test('a file that changed meanwhile is told, not taken for a missing bitmap', () => {
  class Changed extends BaseSource {
    protected fill(): void {
      fail('UnexpectedChange', this.name, 0, 'the file as it was', 'another');
    }
    protected spans(offset: number, length: number) {
      return [storedExtent(offset, length, this.name, offset)];
    }
  }
  expect(() => new SectorBitmaps(new Changed('d', 100), 'low bit first').run(0, 8, 0)).toThrow(FormatError);
});
