import { describe, expect, test } from 'vitest';
import { thrown } from '../testing/thrown.ts';
import { MemorySource } from './memory.ts';
import { place } from './place.ts';
import { readBytes, readView } from './read.ts';
import { emptyRun, RunListSource } from './run-list.ts';

const pattern = (length: number, seed = 0) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 0xff);
const memory = (length: number, name = 'disk.img', seed = 0) => new MemorySource(name, pattern(length, seed));

describe('ranges', () => {
  test('a read beyond the end names the end of the user’s file', () => {
    const error = thrown(() => memory(100).slice(10, 20).readInto(15, new Uint8Array(6)));
    expect(error.code).toBe('UnexpectedEnd');
    expect(error.where).toEqual({ source: 'disk.img', offset: 30 });
    expect(error.actual).toBe('5 bytes');
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 101])('offset %s is refused, not rounded', (offset) => {
    const source = memory(100);
    expect(thrown(() => source.readInto(offset, new Uint8Array(0))).code).toBe('UnexpectedEnd');
    expect(thrown(() => source.slice(offset, 0)).code).toBe('UnexpectedEnd');
    expect(thrown(() => [...source.extents(offset, 0)]).code).toBe('UnexpectedEnd');
    expect(thrown(() => readBytes(source, offset, 1)).code).toBe('UnexpectedEnd');
  });

  test('a length no source has costs no memory', () => {
    expect(thrown(() => readBytes(memory(100), 0, 2 ** 50)).code).toBe('UnexpectedEnd');
  });

  test('the empty range at the end is inside', () => {
    const source = memory(100);
    expect(readBytes(source, 100, 0)).toHaveLength(0);
    expect([...source.extents(100, 0)]).toEqual([]);
    expect(source.slice(100, 0).size).toBe(0);
  });
});

test('slices of slices read the bottom and keep their places', () => {
  const inner = memory(100).slice(10, 80, 'p1').slice(5, 20);
  expect(inner.name).toBe('p1');
  expect(readBytes(inner, 3, 4)).toEqual(pattern(100).subarray(18, 22));
  expect([...inner.extents(3, 4)]).toEqual([
    { kind: 'stored', offset: 3, length: 4, file: 'disk.img', fileOffset: 18, fileLength: 4 },
  ]);
  expect(thrown(() => readView(inner, 2, 4).u32(1)).where).toEqual({ source: 'disk.img', offset: 18 });
});

test('place names the source itself where no file holds the byte', () => {
  const holes = new RunListSource('holes', 100, [emptyRun('zero', 0, 100)]);
  expect(place(holes, 7)).toEqual({ source: 'holes', offset: null });
  expect(place(new MemorySource('empty', new Uint8Array(0)), 0)).toEqual({ source: 'empty', offset: null });
});
