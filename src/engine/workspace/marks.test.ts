import { expect, test } from 'vitest';
import { baseName, pickHue, pickLetter } from './marks.ts';

test('letters are unique and speak', () => {
  expect(pickLetter('os', 'Windows 11', [])).toBe('B');
  expect(pickLetter('os', 'Windows 11', ['B'])).toBe('W');
  expect(pickLetter('app', 'Chrome', ['B', 'U'])).toBe('C');
  expect(pickLetter('app', '办公', ['A'])).toBe('B');
  const used: string[] = [];
  for (let i = 0; i < 36; i++) used.push(pickLetter('app', 'aaa', used));
  expect(new Set(used).size).toBe(36);
  expect(pickLetter('app', 'aaa', used)).toBe('?');
});

test('hues are kept apart while there are enough', () => {
  expect(pickHue('os', [])).toBe('base');
  expect(pickHue('os', ['base'])).toBe('1');
  expect(pickHue('app', ['1', '2'])).toBe('3');
  expect(pickHue('user', [])).toBe('user');
  expect(pickHue('app', ['1', '2', '3', '4', '5', '6'])).toMatch(/^[1-6]$/);
});

test('base names', () => {
  expect(baseName('disks/ann.user.vhdx')).toBe('ann.user');
  expect(baseName('.hidden')).toBe('.hidden');
  expect(baseName('SYSTEM')).toBe('SYSTEM');
});
