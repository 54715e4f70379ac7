import { describe, expect, it } from 'vitest';
import { windowsUpcase } from '../index/upcase.ts';
import { file, nodeTable, type TreeSpec } from '../testing/chunks.ts';
import { randomRun } from '../testing/layers.ts';
import { PlainNames } from '../testing/twins/overlay.ts';
import { compareFiles } from './files/compare.ts';
import { fileLayer } from './files/layer.ts';
import { join } from './join.ts';
import { nameOf } from './nodes.ts';
import { resolve } from './resolve.ts';
import type { Union } from './types.ts';

const layersOf = (names: PlainNames, trees: readonly TreeSpec[]) =>
  trees.map((tree, i) => {
    const table = nodeTable(tree);
    const normal = { table, root: 0, markers: [], internal: [], upcase: null, store: 'plain' };
    return fileLayer(`${i}`, normal, names, names.fold(table.data));
  });

function joined(names: PlainNames, trees: readonly TreeSpec[]) {
  const layers = layersOf(names, trees);
  const order = trees.map((_, i) => i);
  const union = join(names, layers, order);
  const resolution = resolve({
    union,
    layers,
    order,
    user: order.map(() => false),
    compare: compareFiles(layers),
    decisions: null,
  });
  return { union, layers, resolution };
}

const wide = (from: number, to: number, step: number): TreeSpec =>
  Object.fromEntries(
    Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => [`f${from + i * step}`, file({ size: 1 })]),
  );

describe('join', () => {
  it('gives the same nodes whatever the window holds', () => {
    const { random } = randomRun(1);
    const trees = [0, 1, 2].map((): TreeSpec => {
      const tree: Record<string, TreeSpec> = {};
      for (let d = 0; d < 12; d++)
        tree[`Dir${Math.floor(random() * 20)}`] = wide(Math.floor(random() * 50), 120, 1 + Math.floor(random() * 9));
      return { ...tree, ...wide(0, 60, 3) };
    });
    const shape = ({ union }: { union: Union }) => ({ ...union, slots: union.slots.map((s) => [...s]) });
    const big = joined(new PlainNames(windowsUpcase()), trees);
    for (const [entries, groups] of [
      [7, 3],
      [64, 2],
      [1000, 1],
    ] as const)
      expect(shape(joined(new PlainNames(windowsUpcase(), entries, groups), trees))).toEqual(shape(big));
  });

  it('does not depend on the order of layers', () => {
    const names = new PlainNames(windowsUpcase());
    const trees: TreeSpec[] = [
      { a: { x: '1' }, C: 'c' },
      { A: { y: '2' }, b: 'b' },
      { c: 'c', B: { z: '3' } },
    ];
    const layers = layersOf(names, trees);
    const straight = join(names, layers, [0, 1, 2]);
    expect(join(names, layers, [2, 0, 1])).toEqual(straight);
    const turned = join(names, [layers[2]!, layers[1]!, layers[0]!], [0, 1, 2]);
    expect(turned.slots.toReversed()).toEqual(straight.slots);
    expect(turned.parent).toEqual(straight.parent);
    expect(turned.nameId).toEqual(straight.nameId);
  });

  it('stands parents before children and siblings in NTFS order', () => {
    const { union, layers, resolution } = joined(new PlainNames(windowsUpcase()), [
      { b: {}, A: { q: '1' }, 'a b': '2', _: '3', Ä: '4', z: '5' },
      { B: { k: '6' }, aa: '7' },
    ]);
    const names: string[] = [];
    for (let c = union.childStart[0]!; c < union.childStart[1]!; c++) names.push(nameOf(resolution, layers, c));
    expect(names).toEqual(['A', 'a b', 'aa', 'B', 'z', '_', 'Ä']);
    for (let node = 1; node < union.count; node++) expect(union.parent[node]).toBeLessThan(node);
  });

  it('takes a directory of 70,000 names, more than the window holds, over three layers', () => {
    const names = new PlainNames(windowsUpcase());
    const { union } = joined(names, [wide(0, 70_000, 1), wide(0, 70_000, 3), wide(50_000, 80_000, 7)]);
    const all = new Set([...Object.keys(wide(0, 70_000, 1)), ...Object.keys(wide(50_000, 80_000, 7))]);
    expect(union.count).toBe(1 + all.size);
    let sorted = 0;
    for (let node = 2; node < union.count; node++)
      if (names.compare(union.nameId[node - 1]!, union.nameId[node]!) < 0) sorted++;
    expect(sorted).toBe(all.size - 1);
  });
});
