import { describe, expect, test } from 'vitest';
import { MAX_SPACER, Pager } from './pager.ts';

const VIEW = 720;

describe('a short list', () => {
  test('is native', () => {
    const pager = new Pager(24_000, VIEW);
    expect(pager.height).toBe(24_000);
    expect(pager.scrolled(1234)).toEqual({ top: 1234, fix: null });
    expect(pager.seek(5000)).toBe(5000);
    expect(pager.seek(1e9)).toBe(24_000 - VIEW);
  });
});

describe('two million rows', () => {
  const total = 2_000_000 * 24;

  test('reach every row exactly by seek', () => {
    const pager = new Pager(total, VIEW);
    expect(pager.height).toBe(MAX_SPACER);
    for (const row of [0, 5, 123_456, 999_999, 1_777_777, 1_999_970]) {
      const native = pager.seek(row * 24);
      expect(native).toBeGreaterThanOrEqual(0);
      expect(native).toBeLessThanOrEqual(MAX_SPACER - VIEW);
      expect(native + pager.offset).toBe(Math.min(row * 24, total - VIEW));
    }
  });

  test('the wheel moves 1:1 across page borders, down and up', () => {
    const pager = new Pager(total, VIEW);
    for (const start of [3300, 500_000, 1_900_000]) {
      let native = pager.seek(start * 24);
      for (const step of [240, -240]) {
        for (let i = 0; i < 600; i++) {
          const before = native + pager.offset;
          const { top, fix } = pager.scrolled(native + step);
          expect(top).toBe(before + step);
          native = fix ?? native + step;
        }
      }
    }
  });

  test('the thumb covers the whole list', () => {
    const pager = new Pager(total, VIEW);
    expect(pager.scrolled(MAX_SPACER - VIEW).top).toBe(total - VIEW);
    expect(pager.scrolled(0).top).toBe(0);
    const half = pager.scrolled((MAX_SPACER - VIEW) / 2).top;
    expect(Math.abs(half - total / 2)).toBeLessThan(total / 100);
  });
});
