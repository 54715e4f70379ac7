import { expect, test } from 'vitest';
import { isSelected, NO_SELECTION, select, selectedCount, selectOne } from './selection.ts';

test('a range grows and shrinks from its anchor', () => {
  let s = selectOne(5);
  s = select(s, 8, 'range');
  expect(s.ranges).toEqual([[5, 8]]);
  s = select(s, 3, 'range');
  expect(s).toEqual({ cursor: 3, anchor: 5, ranges: [[3, 5]] });
  expect(selectedCount(s)).toBe(3);
});

test('toggle splits and joins ranges', () => {
  let s = select(selectOne(1), 4, 'range');
  s = select(s, 2, 'toggle');
  expect(s.ranges).toEqual([
    [1, 1],
    [3, 4],
  ]);
  expect(isSelected(s, 2)).toBe(false);
  s = select(s, 2, 'toggle');
  expect(s.ranges).toEqual([[1, 4]]);
});

test('move keeps what is selected; the first touch selects', () => {
  expect(select(selectOne(1), 9, 'move')).toEqual({ cursor: 9, anchor: 1, ranges: [[1, 1]] });
  expect(select(NO_SELECTION, 2, 'range')).toEqual(selectOne(2));
  expect(selectOne(-1)).toBe(NO_SELECTION);
});
