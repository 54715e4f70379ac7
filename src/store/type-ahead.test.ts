import { expect, test } from 'vitest';
import { NOTHING_TYPED, typed } from './type-ahead.ts';

test('quick letters make a prefix', () => {
  const s = typed(NOTHING_TYPED, 's', 0);
  expect(s).toMatchObject({ prefix: 's', next: true });
  expect(typed(s.state, 'y', 300)).toMatchObject({ prefix: 'sy', next: false });
});

test('a pause begins anew', () => {
  const s = typed(NOTHING_TYPED, 's', 0);
  expect(typed(s.state, 'y', 2000)).toMatchObject({ prefix: 'y', next: true });
});

test('the same letter again steps to the next name', () => {
  const s = typed(NOTHING_TYPED, 's', 0);
  expect(typed(s.state, 'S', 100)).toMatchObject({ prefix: 'S', next: true });
});
