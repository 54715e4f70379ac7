import { describe, expect, test } from 'vitest';
import { thrown } from '../testing/thrown.ts';
import { chain } from './chain.ts';
import { MemorySource } from './memory.ts';
import { place } from './place.ts';
import { readBytes } from './read.ts';
import { emptyRun, MappedSource, RunListSource, storedRun } from './run-list.ts';

const pattern = (length: number, seed = 0) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 0xff);
const memory = (length: number, name = 'disk.img', seed = 0) => new MemorySource(name, pattern(length, seed));

describe('run lists', () => {
  const base = memory(1000);
  const runs = [
    storedRun(0, 100, base, 500),
    storedRun(100, 50, base, 600),
    emptyRun('zero', 150, 50),
    storedRun(200, 100, base, 0),
    emptyRun('missing', 300, 100),
  ];
  const list = new RunListSource('stream', 450, runs);

  test('reads cross runs', () => {
    const expected = new Uint8Array(300);
    expected.set(pattern(1000).subarray(500, 650));
    expected.set(pattern(1000).subarray(0, 100), 200);
    expect(readBytes(list, 0, 300)).toEqual(expected);
    expect(readBytes(list, 149, 52)).toEqual(expected.subarray(149, 201));
  });

  test('extents join what adjoins and end in the file', () => {
    expect([...list.extents(50, 350)].map((e) => [e.kind, e.offset, e.length, e.file, e.fileOffset])).toEqual([
      ['stored', 50, 100, 'disk.img', 550],
      ['zero', 150, 50, null, 0],
      ['stored', 200, 100, 'disk.img', 0],
      ['missing', 300, 100, null, 0],
    ]);
  });

  test('missing data are never shown as zeros', () => {
    const error = thrown(() => readBytes(list, 290, 20));
    expect(error.code).toBe('MissingData');
    expect(error.where).toEqual({ source: 'stream', offset: null });
    expect(error.expected).toBe('data stored elsewhere at 0x12c');
  });

  test('what the runs do not reach is zeros', () => {
    expect(readBytes(list, 400, 50)).toEqual(new Uint8Array(50));
    expect([...new RunListSource('empty', 5, []).extents(0, 5)].map((e) => e.kind)).toEqual(['zero']);
  });

  test('runs that overlap, leave a gap or leave their source are refused', () => {
    for (const bad of [
      [storedRun(1, 1, base, 0)],
      [storedRun(0, 2, base, 0), storedRun(1, 2, base, 0)],
      [storedRun(0, 0, base, 0)],
      [storedRun(0, 10, base, 995)],
      [storedRun(0, 10, base, -1)],
    ])
      expect(thrown(() => new RunListSource('bad', 100, bad)).code).toBe('InvalidOffset');
  });

  test('a mapper that makes no progress is refused', () => {
    const stuck = new MappedSource('stuck', 100, () => emptyRun('zero', 0, 10));
    expect(thrown(() => readBytes(stuck, 0, 20)).code).toBe('InvalidOffset');
  });
});

test('a chain reads across its parts', () => {
  const both = chain('split', [memory(10, 'a'), memory(0, 'none'), memory(10, 'b', 9)]);
  expect(readBytes(both, 0, 20)).toEqual(Uint8Array.from([...pattern(10), ...pattern(10, 9)]));
  expect(place(both, 12)).toEqual({ source: 'b', offset: 2 });
  expect(place(both, 20)).toEqual({ source: 'b', offset: 10 });
});
