import { expect, test } from 'vitest';
import { type History, NO_HISTORY, travel, visit } from './history.ts';

const same = (a: string, b: string) => a === b;
const go = (...places: string[]) => places.reduce<History<string>>((h, p) => visit(h, p, same), NO_HISTORY);

test('back and forward', () => {
  const three = go('a', 'b', 'c');
  const back = travel(three, -1)!;
  expect(back.places[back.at]).toBe('b');
  expect(travel(back, 1)!.at).toBe(2);
  expect(travel(three, 1)).toBeNull();
  expect(travel(NO_HISTORY, -1)).toBeNull();
});

test('a new visit forgets what lay ahead, a repeated one is none', () => {
  const h = visit(travel(go('a', 'b', 'c'), -2)!, 'd', same);
  expect(h).toEqual({ places: ['a', 'd'], at: 1 });
  expect(visit(h, 'd', same)).toBe(h);
});

test('keeps the newest 200', () => {
  const h = go(...Array.from({ length: 250 }, (_, i) => String(i)));
  expect(h.places.length).toBe(200);
  expect(h.places[h.at]).toBe('249');
});
