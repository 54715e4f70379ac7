import { describe, expect, test } from 'vitest';
import {
  attributeLetters,
  attributeNames,
  formatCount,
  formatDay,
  formatHex,
  formatShare,
  formatSize,
  formatTime,
} from './format.ts';

describe('sizes', () => {
  test.each([
    [0, '0 KB'],
    [1, '1 KB'],
    [1024, '1 KB'],
    [1025, '2 KB'],
    [2_797_672, '2,733 KB'],
    [10_239_999, '9.8 MB'],
    [239_495_000, '228.4 MB'],
    [10_522_669_875, '9.8 GB'],
    [2 ** 50, '1,024.0 TB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatSize(bytes, 'en')).toBe(text);
  });
});

test('counts and shares follow the locale', () => {
  expect(formatCount(412331, 'en')).toBe('412,331');
  expect(formatCount(412331, 'de')).toBe('412.331');
  expect(formatShare(27.14, 100, 'en')).toBe('27.1 %');
  expect(formatShare(1, 0, 'en')).toBe('0.0 %');
});

test('times are sortable, and nothing for what is not set', () => {
  const ms = Date.UTC(2024, 9, 9, 8, 12, 7);
  expect(formatTime(ms, true)).toBe('2024-10-09 08:12');
  expect(formatTime(ms, true, true)).toBe('2024-10-09 08:12:07');
  expect(formatDay(ms, true)).toBe('2024-10-09');
  expect(formatTime(Number.NaN, true)).toBe('');
  const local = new Date(ms);
  expect(formatTime(ms, false).slice(11, 13)).toBe(String(local.getHours()).padStart(2, '0'));
});

test('attributes in letters and names', () => {
  expect(attributeLetters(0x1 | 0x2 | 0x4 | 0x20)).toBe('RHSA');
  expect(attributeLetters(0x10)).toBe('');
  expect(attributeNames(0x402)).toEqual(['hidden', 'reparse']);
  expect(formatHex(255, 4)).toBe('0x00FF');
});
