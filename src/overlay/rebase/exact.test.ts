/**
 * The report against a plain account of random stacks: what the new base has otherwise, path by path, held against what the
 * layers above show without the old base. Nothing else may be told, and nothing less.
 */
import { expect, test } from 'vitest';
import type { NodeTable } from '../../index/node-table.ts';
import { pathOf } from '../../index/path.ts';
import { foldText, windowsUpcase } from '../../index/upcase.ts';
import type { Layer } from '../../layer/types.ts';
import { makeLayer, makeNames, NO_RULES, randomRun } from '../../testing/layers.ts';
import { hiveOf, mounted, randomKey } from '../../testing/merged-hives.ts';
import { randomBelow, randomMarkers, randomTree } from '../../testing/merged-trees.ts';
import { fileView } from '../compare/view-tables.ts';
import { FileOverlay } from '../files/overlay.ts';
import { Collector } from '../findings/collect.ts';
import type { MergeFinding } from '../findings/types.ts';
import { MergeView } from '../findings/view.ts';
import { RegistryOverlay } from '../registry/overlay.ts';
import { NodeState } from '../types.ts';
import { rebaseDetectors } from './report.ts';

const fold = (text: string) => foldText(text, windowsUpcase());
const hash = (type: number, data: Uint8Array) =>
  (data.reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, type) >>> 0).toString(16).padStart(8, '0').repeat(2);

interface Stack {
  readonly fresh: Layer;
  readonly old: Layer;
  readonly above: readonly Layer[];
}

function report({ fresh, old, above }: Stack): MergeFinding[] {
  const layers = [fresh, { ...old, enabled: false }, ...above];
  const [files, registry] = [new FileOverlay(makeNames), new RegistryOverlay(makeNames)];
  files.update(layers, []);
  registry.updateSet(layers, NO_RULES);
  const view = new MergeView(files, registry, layers);
  const known = { pe: () => null, link: () => null, security: () => null, value: () => null };
  return rebaseDetectors(old.id).flatMap((detector) => {
    detector.needs?.(view);
    const collector = new Collector(detector.pain, 100_000);
    detector.detect(view, known, collector);
    return collector.groups().flatMap(({ items }) => items);
  });
}

const codes = (found: readonly MergeFinding[], ...wanted: string[]) =>
  found.filter(({ code }) => wanted.includes(code));
/** How many items a finding of what is closed or deleted stands for. */
const hiddenBy = (found: readonly MergeFinding[]) =>
  found.reduce((sum, { evidence }) => sum + Number(evidence[0]!.facts['items'] ?? '1'), 0);
const paths = (found: readonly MergeFinding[]) => found.map(({ path }) => fold(path!)).sort();

/** Leaves by folded path, by what tells their content. */
function leaves(table: NodeTable): Map<string, string> {
  const found = new Map<string, string>();
  const { size, hashHi, hashLo, reparseTag } = table.data;
  for (let row = 1; row < table.count; row++)
    if (!table.isFolder(row))
      found.set(fold(`C:\\${pathOf(table, row)}`), `${size[row]} ${hashHi[row]} ${hashLo[row]} ${reparseTag[row]}`);
  return found;
}

test('fuzz: files: just what is hidden of what the new base changed', () => {
  const { seed, count } = randomRun(200);
  const met = { hidden: 0, closed: 0, kept: 0, stale: 0, same: 0 };
  for (let n = 0; n < count; n++) {
    const random = randomBelow(seed + n);
    // names that fall together are a matter of their own
    const tree = () =>
      JSON.parse(JSON.stringify(randomTree(random), (name, value) => (/^A$/.test(name) ? undefined : value)));
    const [before, after] = [tree(), tree()];
    const uppers = [...Array(1 + random(3))].map(() => tree());
    const layer = (id: string, role: Layer['role'], own: object, below: readonly object[]) =>
      makeLayer(id, {
        role,
        tree: own as never,
        markers: below.length === 0 ? [] : randomMarkers(random, own as never, below as never, false),
      });
    const stack: Stack = {
      fresh: layer('fresh', 'os', after, []),
      old: layer('old', 'app', before, []),
      above: uppers.map((own, i) => layer(`up${i}`, 'user', own, [before, after, ...uppers.slice(0, i)])),
    };
    const found = report(stack);

    const shown = new FileOverlay(makeNames);
    shown.update([stack.fresh, ...stack.above], []);
    const view = fileView(shown);
    const [olds, news, seen] = [leaves(stack.old.tree!.table), leaves(stack.fresh.tree!.table), leaves(view.table)];
    const layerAt = new Map<string, string>();
    for (let row = 1; row < view.table.count; row++)
      layerAt.set(fold(`C:\\${pathOf(view.table, row)}`), shown.layerIds[view.layer[row]!]!);
    const changed = [...news].filter(([path, content]) => olds.get(path) !== content);
    const hidden = changed.filter(([path]) => layerAt.get(path) !== 'fresh');
    const copies = hidden.filter(([path]) => seen.has(path));
    const told = copies.filter(([path, content]) => seen.get(path) !== content);
    const kept = [...olds.keys()].filter((path) => !news.has(path) && seen.has(path) && layerAt.get(path) !== 'fresh');
    const where = `seed ${seed + n}`;
    expect(paths(codes(found, 'rebaseHidesChange', 'rebaseAddedInBoth')), where).toEqual(
      told.map(([path]) => path).sort(),
    );
    expect(paths(codes(found, 'rebaseAddedInBoth')), where).toEqual(
      told.flatMap(([path]) => (olds.has(path) ? [] : [path])).sort(),
    );
    expect(hiddenBy(codes(found, 'rebaseHidesFolder', 'rebaseDeletesChange')), where).toBe(
      hidden.length - copies.length,
    );
    expect(paths(codes(found, 'rebaseKeepsRemoved')), where).toEqual(kept.sort());
    const stale = codes(found, 'rebaseStaleMark');
    for (const path of paths(stale))
      expect([olds.has(path), news.has(path), seen.has(path)], where).toEqual([true, false, false]);
    met.hidden += told.length;
    met.same += copies.length - told.length;
    met.closed += hidden.length - copies.length;
    met.kept += kept.length;
    met.stale += stale.length;
  }
  // each kind was there to be found
  expect(Math.min(...Object.values(met))).toBeGreaterThan(10);
});

test('fuzz: keys: just what is hidden of the values that the new base changed', () => {
  const { seed, count } = randomRun(150);
  const met = { hidden: 0, closed: 0, kept: 0, same: 0 };
  for (let n = 0; n < count; n++) {
    const random = randomBelow(seed + n);
    const layer = (id: string, role: Layer['role'], upper: boolean): Layer => {
      const { table } = hiveOf(randomKey(random, upper), hash);
      return { ...makeLayer(id, { role }), hives: [mounted('HKLM/SOFTWARE', `${id}:hive`, table)] };
    };
    const stack: Stack = {
      fresh: layer('fresh', 'os', false),
      old: layer('old', 'app', false),
      above: [...Array(1 + random(3))].map((_, i) => layer(`up${i}`, 'user', true)),
    };
    const found = report(stack);

    const values = (layers: readonly Layer[]) => {
      const overlay = new RegistryOverlay(makeNames);
      overlay.updateSet(layers, NO_RULES);
      const all = new Map<string, { readonly content: string; readonly layer: string }>();
      const tables = new Map(layers.flatMap(({ hives }) => hives.map(({ key, table }) => [key, table.data.values])));
      for (let node = 1; node < overlay.union.count; node++) {
        if (!overlay.visible(node)) continue;
        for (const value of overlay.values(node)) {
          if (value.state === NodeState.hidden) continue;
          const { hashHi, hashLo } = tables.get(value.hive)!;
          const content = `${value.type} ${value.size} ${hashHi[value.row]} ${hashLo[value.row]}`;
          const path = ['HKEY_LOCAL_MACHINE', ...overlay.path(node).slice(1), value.name].join('\\');
          all.set(fold(path), { content, layer: overlay.layerIds[value.layer]! });
        }
      }
      return all;
    };
    const [olds, news] = [values([stack.old]), values([stack.fresh])];
    const seen = values([stack.fresh, ...stack.above]);
    const changed = [...news].filter(([path, { content }]) => olds.get(path)?.content !== content);
    const hidden = changed.filter(([path]) => seen.get(path)?.layer !== 'fresh');
    const copies = hidden.filter(([path]) => seen.has(path));
    const told = copies.filter(([path, { content }]) => seen.get(path)!.content !== content);
    const kept = [...olds.keys()].filter(
      (path) => !news.has(path) && seen.has(path) && seen.get(path)!.layer !== 'fresh',
    );
    const where = `seed ${seed + n}`;
    expect(paths(codes(found, 'rebaseHidesValue')), where).toEqual(told.map(([path]) => path).sort());
    expect(hiddenBy(codes(found, 'rebaseHidesFolder', 'rebaseDeletesChange')), where).toBe(
      hidden.length - copies.length,
    );
    expect(paths(codes(found, 'rebaseKeepsValue')), where).toEqual(kept.sort());
    met.hidden += told.length;
    met.same += copies.length - told.length;
    met.closed += hidden.length - copies.length;
    met.kept += kept.length;
  }
  expect(Math.min(...Object.values(met))).toBeGreaterThan(10);
});
