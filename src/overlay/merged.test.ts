import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FileMarker, Layer, Rule } from '../layer/types.ts';
import type { TreeSpec } from '../testing/chunks.ts';
import { makeLayer, makeNames } from '../testing/layers.ts';
import { propertyRun } from '../testing/property-run.ts';
import { FileOverlay } from './files/overlay.ts';
import { FLAG_NAMES, STATE_NAMES } from './types.ts';

const NAMES = ['a', 'B', 'c', 'd.x'];
const tree: fc.Arbitrary<TreeSpec> = fc.letrec<{ tree: TreeSpec }>((tie) => ({
  tree: fc.dictionary(
    fc.constantFrom(...NAMES, 'A', 'b'),
    fc.oneof({ depthSize: 'small' }, fc.constantFrom('one', 'two'), tie('tree')),
    { maxKeys: 4 },
  ),
})).tree;
const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
const marker: fc.Arbitrary<FileMarker> = fc.oneof(
  fc.record({ kind: fc.constantFrom('whiteout' as const, 'opaque' as const), path }),
  fc.record({ kind: fc.constant('origin' as const), path, from: path }),
);
const rule: fc.Arbitrary<Rule> = fc.record({
  id: fc.uuid(),
  target: fc.constant('file' as const),
  match: fc.record({
    kind: fc.constantFrom('exact' as const, 'subtree' as const, 'children' as const, 'glob' as const),
    p: fc.oneof(
      path.map((parts) => parts.join('\\')),
      fc.constantFrom('**\\a', 'a\\*', '**\\*.x', '*\\b'),
    ),
  }),
  action: fc.constantFrom(
    'merge' as const,
    'passthrough' as const,
    'keepLower' as const,
    'hide' as const,
    'redirect' as const,
  ),
  origin: fc.constantFrom('user' as const, 'builtin' as const),
  enabled: fc.boolean(),
  layer: fc.constantFrom('L0', 'L1', 'nobody'),
});

/** Everything the merged tree says, by path and layer id: independent of node and layer numbers. */
function dump(overlay: FileOverlay): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  const { union, winner, state, flags } = overlay.resolution;
  for (let node = 1; node < union.count; node++) {
    const names: string[] = [];
    for (let at = node; at !== 0; at = union.parent[at]!) names.push(overlay.names.text(union.nameId[at]!));
    const why = overlay.why(node);
    all[names.reverse().join('\\')] = {
      winner: overlay.layerIds[winner[node]!] ?? null,
      state: STATE_NAMES[state[node]!],
      flags: FLAG_NAMES.filter((_, bit) => (flags[node]! >> bit) & 1),
      rule: overlay.rule(node)?.id ?? null,
      versions: why.versions
        .filter((v) => v.role !== 'absent' && v.hiddenBy !== 'disabled')
        .map((v) => [overlay.layerIds[v.layer], v.role, v.hiddenBy]),
    };
  }
  return all;
}

/** Nodes that no enabled layer has are there only because a layer was joined before it was switched off or its turn came. */
const known = (all: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(all).filter(([, v]) => (v as { versions: unknown[] }).versions.length > 0));

it('says the same after moving, switching and ruling as when it is made anew', () => {
  const layer = fc.record({ tree, markers: fc.array(marker, { maxLength: 3 }) });
  fc.assert(
    fc.property(
      fc.array(layer, { minLength: 2, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.boolean(), fc.array(rule, { maxLength: 3 })), { maxLength: 4 }),
      (specs, steps) => {
        const overlay = new FileOverlay(makeNames);
        let layers: Layer[] = specs.map((spec, i) =>
          makeLayer(`L${i}`, { ...spec, role: i === 0 ? 'os' : i === specs.length - 1 ? 'user' : 'app' }),
        );
        overlay.update(layers, []);
        for (const [from, to, enabled, rules] of steps) {
          const [moved] = layers.splice(from % layers.length, 1);
          layers.splice(to % (layers.length + 1), 0, { ...moved!, enabled });
          layers = [...layers];
          overlay.update(layers, rules);
          const fresh = new FileOverlay(makeNames);
          fresh.update(layers, rules);
          expect(known(dump(overlay))).toEqual(known(dump(fresh)));
        }
      },
    ),
    propertyRun(200),
  );
});

it('agrees with its own reasons: who wins is who is said to win', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ tree, markers: fc.array(marker, { maxLength: 3 }) }), { minLength: 1, maxLength: 4 }),
      fc.array(rule, { maxLength: 3 }),
      (specs, rules) => {
        const overlay = new FileOverlay(makeNames);
        overlay.update(
          specs.map((spec, i) => makeLayer(`L${i}`, { ...spec, role: i === 0 ? 'os' : 'user' })),
          rules,
        );
        for (let node = 1; node < overlay.union.count; node++) {
          const { versions, winner, steps } = overlay.why(node);
          const first = versions.find((v) => v.role === 'wins' || v.role === 'contributes');
          expect(first?.layer ?? 255).toBe(winner);
          expect(steps.filter((s) => s.result === 'decides')).toHaveLength(1);
        }
      },
    ),
    propertyRun(200),
  );
});

it('says that nothing wins where a folder above is closed over what was renamed into it', () => {
  const overlay = new FileOverlay(makeNames);
  const layers = [
    makeLayer('os', { role: 'os', tree: { b: 'one' } }),
    makeLayer('app', { tree: {}, markers: [{ kind: 'origin', path: ['a', 'a'], from: ['B'] }] }),
    makeLayer('mid', { tree: {}, markers: [{ kind: 'whiteout', path: ['a'] }] }),
    makeLayer('user', { role: 'user', tree: { a: {} } }),
  ];
  overlay.update(layers, []);
  const node = overlay.find(['a', 'a']);
  expect(overlay.visible(node)).toBe(false);
  const seen = overlay.why(node).versions.filter(({ role }) => role === 'wins' || role === 'contributes');
  expect(seen).toEqual([]);
  // without the mark the name is what the base has elsewhere
  overlay.update(
    layers.filter(({ id }) => id !== 'mid'),
    [],
  );
  const moved = overlay.find(['a', 'a']);
  expect(overlay.visible(moved)).toBe(true);
  expect(overlay.why(moved).winner).toBe(0);
});

it('carries nodes over a new join', () => {
  const overlay = new FileOverlay(makeNames);
  const os = makeLayer('os', { role: 'os', tree: { a: { x: '1' }, z: '1' } });
  overlay.update([os], []);
  const x = overlay.find(['a', 'x']);
  const z = overlay.find(['z']);
  overlay.update([os, makeLayer('user', { role: 'user', tree: { a: { b: '1' }, b: '2' } })], []);
  expect(overlay.carry([x, z]).map((node) => overlay.path(node))).toEqual([['a', 'x'], ['z']]);
  const gone = overlay.find(['b']);
  const kept = overlay.find(['a']);
  overlay.update([makeLayer('other', { tree: { a: {} } })], []);
  expect(overlay.carry([gone, kept]).map((node) => overlay.path(node))).toEqual([['a']]);
});
