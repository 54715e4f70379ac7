/** Markers of one layer: the last word for each path. */
import { expect, test } from 'vitest';
import { windowsUpcase } from '../index/upcase.ts';
import { MarkerSet } from './markers.ts';

test('a name with a backslash is one name, in no folder and with marks of its own', () => {
  const set = new MarkerSet(windowsUpcase());
  const whiteout = (...path: string[]) => ({ kind: 'whiteout', path }) as const;
  const marks = [whiteout('a'), whiteout('a', 'below'), whiteout('a\\b'), whiteout('c', 'd')];
  for (const mark of marks) set.add(mark);
  set.add({ kind: 'opaque', path: ['c\\d'] });
  expect(set.list()).toEqual([whiteout('a'), whiteout('a\\b'), whiteout('c', 'd'), { kind: 'opaque', path: ['c\\d'] }]);
});
