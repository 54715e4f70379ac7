import { expect, test } from 'vitest';
import type { ViewSpec } from '../../engine/api.ts';
import { isStateShown, toggledLayer, toggledState } from './filter-logic.ts';

const SPEC: ViewSpec = {
  pane: 'files',
  filter: '',
  states: null,
  layers: null,
  showHidden: true,
  conflictsOnly: false,
  sort: { by: 'name', descending: false },
};

test('switching a state off and on again ends where it began', () => {
  const off = { ...SPEC, ...toggledState(SPEC, 'added') };
  expect(isStateShown(off, 'added')).toBe(false);
  expect(isStateShown(off, 'hidden')).toBe(true);
  expect({ ...off, ...toggledState(off, 'added') }).toEqual(SPEC);
});

test('same and unchanged go together', () => {
  const off = { ...SPEC, ...toggledState(SPEC, 'same') };
  expect(off.states).toEqual(['added', 'overrides', 'hidden']);
});

test('hidden rows have a switch of their own in the view', () => {
  const off = { ...SPEC, ...toggledState(SPEC, 'hidden') };
  expect(off.showHidden).toBe(false);
  expect(isStateShown({ ...SPEC, showHidden: false }, 'hidden')).toBe(false);
});

test('layers', () => {
  const off = { ...SPEC, ...toggledLayer(SPEC, 'b', ['a', 'b', 'c']) };
  expect(off.layers).toEqual(['a', 'c']);
  expect(toggledLayer(off, 'b', ['a', 'b', 'c'])).toEqual({ layers: null });
});
