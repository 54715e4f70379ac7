import { describe, expect, test } from 'vitest';
import { thrown } from '../testing/thrown.ts';
import { FileSource, MAX_READ } from './file.ts';
import { readBytes } from './read.ts';

const pattern = (length: number, seed = 0) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 0xff);

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
    thrown(() => readBytes(large, 0, MAX_READ + 5));
    expect(asked).toEqual([MAX_READ]);
  });

  test.each([
    ['NotReadableError', /changed on disk/],
    ['NotFoundError', /moved or deleted/],
    ['SecurityError', /SecurityError/],
  ])('%s is told as what happened', (name, words) => {
    const error = thrown(
      () =>
      readBytes(source(100, () => { throw new DOMException('', name); }), 8, 4), // biome-ignore format: one thing
    );
    expect(error.code).toBe('UnexpectedChange');
    expect(error.where).toEqual({ source: 'd.vhd', offset: 8 });
    expect(error.actual).toMatch(words);
  });

  test('a short read is told', () => {
    expect(
      thrown(() =>
        readBytes(
          source(100, () => new ArrayBuffer(3)),
          0,
          4,
        ),
      ).code,
    ).toBe('UnexpectedChange');
  });
});
