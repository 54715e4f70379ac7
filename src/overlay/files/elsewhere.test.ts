/** Paths that rules or layers show elsewhere, with names that hold what stands between names elsewhere. */
import { expect, it } from 'vitest';
import type { Rule } from '../../layer/types.ts';
import { makeLayer, makeNames } from '../../testing/layers.ts';
import { FileOverlay } from './overlay.ts';

const shown = (overlay: FileOverlay, ...path: string[]) => {
  const node = overlay.find(path);
  return node >= 0 && overlay.visible(node);
};

it('a path with a line break in it is one path', () => {
  const overlay = new FileOverlay(makeNames);
  const rule = (p: string, to: string): Rule => ({
    id: p,
    target: 'file',
    match: { kind: 'exact', p },
    action: 'redirect',
    origin: 'user',
    enabled: true,
    to,
  });
  const layers = [makeLayer('os', { role: 'os', tree: { real: 'one', b: 'two' } })];
  overlay.update(layers, [rule('a\nb', 'real')]);
  expect([shown(overlay, 'a\nb'), shown(overlay, 'a')]).toEqual([true, false]);
  overlay.update(layers, []);
  expect(shown(overlay, 'a\nb')).toBe(false);
});

it('an old path of one name with a backslash is not that of two names', () => {
  const overlay = new FileOverlay(makeNames);
  const lower = makeLayer('os', { role: 'os', tree: { a: { b: { two: '2' } }, 'a\\b': { one: '1' } } });
  const upper = makeLayer('app', {
    tree: { x: {}, y: {} },
    markers: [
      { kind: 'origin', path: ['x'], from: ['a\\b'] },
      { kind: 'origin', path: ['y'], from: ['a', 'b'] },
    ],
  });
  overlay.update([lower, upper], []);
  const seen = [shown(overlay, 'x', 'one'), shown(overlay, 'x', 'two'), shown(overlay, 'y', 'two')];
  expect(seen).toEqual([true, false, true]);
  expect(shown(overlay, 'y', 'one')).toBe(false);
});
