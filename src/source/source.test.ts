import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { CachedSource } from './cached.ts';
import { chain } from './chain.ts';
import { FileSource, MAX_READ } from './file.ts';
import { MemorySource } from './memory.ts';
import { NodeFileSource } from './node-file.ts';
import { place } from './place.ts';
import { readBytes, readView } from './read.ts';
import { emptyRun, MappedSource, RunListSource, storedRun } from './run-list.ts';
import type { ByteSource } from './types.ts';

const pattern = (length: number, seed = 0) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 0xff);
const memory = (length: number, name = 'disk.img', seed = 0) => new MemorySource(name, pattern(length, seed));

function caught(work: () => unknown): FormatError {
  try {
    work();
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('ranges', () => {
  test('a read beyond the end names the end of the user’s file', () => {
    const error = caught(() => memory(100).slice(10, 20).readInto(15, new Uint8Array(6)));
    expect(error.code).toBe('UnexpectedEnd');
    expect(error.where).toEqual({ source: 'disk.img', offset: 30 });
    expect(error.actual).toBe('5 bytes');
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 101])('offset %s is refused, not rounded', (offset) => {
    const source = memory(100);
    expect(caught(() => source.readInto(offset, new Uint8Array(0))).code).toBe('UnexpectedEnd');
    expect(caught(() => source.slice(offset, 0)).code).toBe('UnexpectedEnd');
    expect(caught(() => [...source.extents(offset, 0)]).code).toBe('UnexpectedEnd');
    expect(caught(() => readBytes(source, offset, 1)).code).toBe('UnexpectedEnd');
  });

  test('a length no source has costs no memory', () => {
    expect(caught(() => readBytes(memory(100), 0, 2 ** 50)).code).toBe('UnexpectedEnd');
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
  expect(caught(() => readView(inner, 2, 4).u32(1)).where).toEqual({ source: 'disk.img', offset: 18 });
});

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
    const error = caught(() => readBytes(list, 290, 20));
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
      expect(caught(() => new RunListSource('bad', 100, bad)).code).toBe('InvalidOffset');
  });

  test('a mapper that makes no progress is refused', () => {
    const stuck = new MappedSource('stuck', 100, () => emptyRun('zero', 0, 10));
    expect(caught(() => readBytes(stuck, 0, 20)).code).toBe('InvalidOffset');
  });
});

test('a chain reads across its parts', () => {
  const both = chain('split', [memory(10, 'a'), memory(0, 'none'), memory(10, 'b', 9)]);
  expect(readBytes(both, 0, 20)).toEqual(Uint8Array.from([...pattern(10), ...pattern(10, 9)]));
  expect(place(both, 12)).toEqual({ source: 'b', offset: 2 });
  expect(place(both, 20)).toEqual({ source: 'b', offset: 10 });
});

test('place names the source itself where no file holds the byte', () => {
  const holes = new RunListSource('holes', 100, [emptyRun('zero', 0, 100)]);
  expect(place(holes, 7)).toEqual({ source: 'holes', offset: null });
  expect(place(new MemorySource('empty', new Uint8Array(0)), 0)).toEqual({ source: 'empty', offset: null });
});

describe('cache', () => {
  const size = 40 * 1024 * 1024 + 77;
  const bytes = pattern(size);

  test('random windows equal the file', () => {
    const cached = new CachedSource(new MemorySource('f', bytes), 1 << 20);
    let state = 12345;
    const next = (bound: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state % bound;
    };
    for (let i = 0; i < 500; i++) {
      const length = next(i % 10 === 0 ? 3_000_000 : 5000);
      const offset = next(size - length);
      expect(Buffer.compare(readBytes(cached, offset, length), bytes.subarray(offset, offset + length))).toBe(0);
    }
    expect(Buffer.compare(readBytes(cached, size - 100, 100), bytes.subarray(size - 100))).toBe(0);
  });

  test('small sequential reads become few large ones', () => {
    const cached = new CachedSource(new MemorySource('f', bytes));
    const piece = new Uint8Array(4096);
    for (let at = 0; at + piece.length <= size; at += piece.length) cached.readInto(at, piece);
    expect(cached.stats.reads).toBeLessThan(13);
    expect(cached.stats.bytes).toBe(size);
  });

  test('blocks survive a scan, and a large read keeps nothing', () => {
    const cached = new CachedSource(new MemorySource('f', bytes));
    readBytes(cached, 30_000_000, 10);
    for (let at = 0; at < 20_000_000; at += 65_536) readBytes(cached, at, 65_536);
    const { reads } = cached.stats;
    readBytes(cached, 30_000_000, 10);
    expect(cached.stats.reads).toBe(reads);
    readBytes(cached, 0, 1 << 20);
    readBytes(cached, 0, 1 << 20);
    expect(cached.stats.reads).toBe(reads + 2);
  });
});

describe('a browser’s file', () => {
  const blob = (size: number) => ({ size, slice: (start: number, end: number) => ({ start, end }) }) as unknown as Blob;
  const source = (size: number, read: (range: { start: number; end: number }) => ArrayBuffer) =>
    new FileSource('d.vhd', blob(size), {
      readAsArrayBuffer: (part) => read(part as unknown as { start: number; end: number }),
    });

  test('reads, and never more than 1 GiB at once', () => {
    expect(
      readBytes(
        source(100, ({ start, end }) => pattern(100).slice(start, end).buffer),
        3,
        5,
      ),
    ).toEqual(pattern(100).subarray(3, 8));
    const asked: number[] = [];
    const large = source(3 * MAX_READ, ({ start, end }) => {
      asked.push(end - start);
      return new ArrayBuffer(end - start === MAX_READ ? 0 : end - start);
    });
    caught(() => readBytes(large, 0, MAX_READ + 5));
    expect(asked).toEqual([MAX_READ]);
  });

  test.each([
    ['NotReadableError', /changed on disk/],
    ['NotFoundError', /moved or deleted/],
    ['SecurityError', /SecurityError/],
  ])('%s is told as what happened', (name, words) => {
    const error = caught(
      () =>
      readBytes(source(100, () => { throw new DOMException('', name); }), 8, 4), // biome-ignore format: one thing
    );
    expect(error.code).toBe('UnexpectedChange');
    expect(error.where).toEqual({ source: 'd.vhd', offset: 8 });
    expect(error.actual).toMatch(words);
  });

  test('a short read is told', () => {
    expect(
      caught(() =>
        readBytes(
          source(100, () => new ArrayBuffer(3)),
          0,
          4,
        ),
      ).code,
    ).toBe('UnexpectedChange');
  });
});

test('a file in Node is read and its change is told', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'source-'));
  try {
    const file = path.join(folder, 'x.img');
    writeFileSync(file, pattern(5000));
    const source: ByteSource & { close(): void } = new NodeFileSource(file);
    expect(source.name).toBe('x.img');
    expect(readBytes(source, 1000, 10)).toEqual(pattern(5000).subarray(1000, 1010));
    utimesSync(file, 1, 1);
    expect(caught(() => readBytes(source, 0, 1)).code).toBe('UnexpectedChange');
    source.close();
    expect(caught(() => new NodeFileSource(folder)).code).toBe('UnsupportedFormat');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
