import { describe, expect, test } from 'vitest';
import { CachedSource } from './cached.ts';
import { MemorySource } from './memory.ts';
import { readBytes } from './read.ts';

const pattern = (length: number, seed = 0) => Uint8Array.from({ length }, (_, i) => (i * 7 + seed) & 0xff);

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
