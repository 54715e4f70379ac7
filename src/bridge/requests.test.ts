import { expect, test } from 'vitest';
import { leavesOrigin } from './requests.ts';

test.each([
  ['http://localhost:4173/assets/a.js', false],
  ['./assets/a.js', false],
  ['blob:http://localhost:4173/1234', false],
  ['data:text/plain,x', false],
  ['https://example.org/x', true],
  ['http://localhost:4174/assets/a.js', true],
  ['https://localhost:4173/', true],
])('%s leaves: %s', (url, leaves) => {
  expect(leavesOrigin(url, 'http://localhost:4173')).toBe(leaves);
});
