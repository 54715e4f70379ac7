import { expect, test } from 'vitest';
import { BLOCK, RowCache } from './row-cache.ts';

const rows = (block: number) => Array.from({ length: BLOCK }, (_, i) => block * BLOCK + i);

test('asks for each block once', () => {
  const cache = new RowCache<number>();
  expect(cache.want(0, BLOCK + 1)).toEqual([0, 1]);
  expect(cache.want(0, BLOCK + 1)).toEqual([]);
  cache.put(0, rows(0));
  expect(cache.get(5)).toBe(5);
  expect(cache.get(BLOCK)).toBeNull();
  cache.forget(1);
  expect(cache.want(-3, BLOCK * 2)).toEqual([1]);
});

test('a short last block has no rows behind its end', () => {
  const cache = new RowCache<number>();
  cache.put(0, [7]);
  expect(cache.get(0)).toBe(7);
  expect(cache.get(1)).toBeNull();
});

test('drops the block that was unused for longest', () => {
  const cache = new RowCache<number>(2);
  cache.put(0, rows(0));
  cache.put(1, rows(1));
  cache.want(0, 1);
  cache.put(2, rows(2));
  expect(cache.get(0)).toBe(0);
  expect(cache.get(BLOCK)).toBeNull();
  expect(cache.find((row) => row === 2 * BLOCK + 3)).toEqual({ index: 2 * BLOCK + 3, row: 2 * BLOCK + 3 });
  expect(cache.find((row) => row === -1)).toBeNull();
});
