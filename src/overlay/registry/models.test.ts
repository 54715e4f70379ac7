/**
 * The overlay of keys against the reference model, many stacks in one merge: each stands under a name of its own. All small
 * keys in three layers are 1,815,848 stacks: a part of them here, all of them and as many random ones as asked with FUZZ.
 */
import { describe, expect, it } from 'vitest';
import { KeyFlag, LayerKind } from '../../hive/types.ts';
import type { KeySpec } from '../../testing/chunks.ts';
import { makeLayers, makeNames, NO_RULES, randomRun } from '../../testing/layers.ts';
import { randomBelow } from '../../testing/merged-trees.ts';
import { compareStacks, everyStack } from '../../testing/model-stacks.ts';
import { allKeys, type RefKey, type RefKeyView, viewKeys } from '../../testing/reference/registry.ts';
import { NodeState } from '../types.ts';
import { RegistryOverlay } from './overlay.ts';

type Stack = readonly (RefKey | null)[];

const MOUNT = 'HKLM/SOFTWARE';
const KINDS = {
  merge: LayerKind.merge,
  tombstone: LayerKind.tombstone,
  local: LayerKind.supersedeLocal,
  tree: LayerKind.supersedeTree,
} as const;
const texts: string[] = ['?'];
const numbers = new Map<string, number>();
/** Numbers stand for texts: of values in the type column, of classes in the security column. */
function number(text: string): number {
  let known = numbers.get(text);
  if (known === undefined) {
    known = texts.push(text) - 1;
    numbers.set(text, known);
  }
  return known;
}

function specOf(key: RefKey): KeySpec {
  return {
    kind: KINDS[key.kind],
    flags: (key.inherit ? KeyFlag.inheritClass : 0) | (key.cls !== null ? KeyFlag.hasClass : 0),
    security: key.cls === null ? 0 : number(key.cls),
    values: Object.fromEntries(
      Object.entries(key.values).map(([name, data]) => [name, data === null ? null : { type: number(data), data }]),
    ),
    keys: Object.fromEntries(Object.entries(key.keys).map(([name, below]) => [name, specOf(below)])),
  };
}

/** What the overlay shows of each stack (top first). */
function viewsOf(stacks: readonly Stack[]): (RefKeyView | null)[] {
  const layers = Math.max(...stacks.map((stack) => stack.length));
  const specs = Array.from({ length: layers }, (_, up) => {
    const keys: Record<string, KeySpec> = {};
    stacks.forEach((stack, n) => {
      const key = stack[stack.length - 1 - up] ?? null;
      if (key !== null) keys[`s${n}`] = specOf(key);
    });
    return { hives: { [MOUNT]: { keys } } };
  });
  const overlay = new RegistryOverlay(makeNames);
  overlay.updateSet(makeLayers(...specs), NO_RULES);
  const { union } = overlay;
  const viewOf = (node: number): RefKeyView | null => {
    if (!overlay.visible(node)) return null;
    const values: { [name: string]: string } = {};
    for (const value of overlay.values(node))
      if (value.state !== NodeState.hidden) values[value.name] = texts[value.type]!;
    const keys: { [name: string]: RefKeyView } = {};
    for (let child = union.childStart[node]!; child < union.childStart[node + 1]!; child++) {
      const view = viewOf(child);
      if (view !== null) keys[overlay.name(child)] = view;
    }
    const { classFrom } = overlay.key(node);
    const cls = classFrom === null ? 0 : classFrom.hive.table.data.security[classFrom.row]!;
    return { cls: cls === 0 ? null : texts[cls]!, values, keys };
  };
  const views: (RefKeyView | null)[] = stacks.map(() => null);
  const root = overlay.find(['HKLM', 'SOFTWARE']);
  for (let child = union.childStart[root]!; child < union.childStart[root + 1]!; child++) {
    const view = viewOf(child);
    if (view !== null) views[Number(overlay.name(child).slice(1))] = view;
  }
  return views;
}

/** Names in one order, so that equal views are equal texts. */
const told = (view: RefKeyView | null): string => {
  if (view === null) return '-';
  const sorted = <T>(of: { readonly [name: string]: T }, text: (item: T) => string) =>
    Object.entries(of)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => `${name}:${text(item)}`)
      .join();
  return `${view.cls}[${sorted(view.values, (data) => data)}]{${sorted(view.keys, told)}}`;
};

const TRIAL = { views: viewsOf, told };

/** Deeper keys over few names, in up to six layers. */
function* randomStacks(seed: number, count: number): Generator<Stack> {
  const random = randomBelow(seed);
  const node = (layer: number, depth: number, inTree: boolean): RefKey => {
    const kind = inTree
      ? (['tree', 'tree', 'tombstone'] as const)[random(3)]!
      : (['merge', 'merge', 'merge', 'tombstone', 'local', 'tree'] as const)[random(6)]!;
    if (kind === 'tombstone') return { kind, inherit: false, cls: null, values: {}, keys: {} };
    const inherit = random(3) === 0;
    const values: Record<string, string | null> = {};
    for (const name of ['', 'v', 'w'])
      if (random(2) === 0) values[name] = random(3) === 0 ? null : `d${layer}.${depth}`;
    const keys: Record<string, RefKey> = {};
    for (const name of ['a', 'b', 'c'])
      if (depth < 4 && random(5) < 3) keys[name] = node(layer, depth + 1, kind === 'tree');
    return { kind, inherit, cls: inherit || random(3) === 0 ? null : `c${layer}.${depth}`, values, keys };
  };
  for (let n = 0; n < count; n++)
    yield Array.from({ length: 1 + random(6) }, (_, i) => (random(10) === 0 ? null : node(9 - i, 0, false)));
}

describe('the merge of keys and the reference model', () => {
  const whole = process.env['FUZZ'] !== undefined;

  it('fuzz: agree on small keys in three layers', () => {
    const step = whole ? 1 : 499;
    const count = compareStacks(TRIAL, everyStack([allKeys(2), allKeys(1), allKeys(0)], step), viewKeys, 'small keys');
    expect(count).toBe(Math.ceil(1_815_848 / step));
  });

  it('fuzz: agree on random keys in up to six layers', () => {
    const { seed, count } = randomRun(2000);
    expect(compareStacks(TRIAL, randomStacks(seed, count), viewKeys, `seed ${seed}`)).toBe(count);
  });
});
