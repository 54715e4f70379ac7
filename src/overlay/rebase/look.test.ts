/** What looks different under another base, against plain lists of what two views show. */
import { expect, test } from 'vitest';
import { pathOf } from '../../index/path.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import type { Layer } from '../../layer/types.ts';
import type { TreeSpec } from '../../testing/chunks.ts';
import { makeLayer, makeNames, NO_RULES, randomRun } from '../../testing/layers.ts';
import { hiveOf, mounted, randomKey } from '../../testing/merged-hives.ts';
import { randomBelow, randomMarkers, randomTree } from '../../testing/merged-trees.ts';
import { fileView } from '../compare/view-tables.ts';
import { FileOverlay } from '../files/overlay.ts';
import { RegistryOverlay } from '../registry/overlay.ts';
import { NodeState } from '../types.ts';
import { filesThatDiffer, keysThatDiffer, snapshot } from './look.ts';

const hash = (type: number, data: Uint8Array) =>
  (data.reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, type) >>> 0).toString(16).padStart(8, '0').repeat(2);

/** Paths that are shown after and were not before, or look different; and how many are gone. */
function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) {
  return {
    paths: [...after].flatMap(([path, content]) => (before.get(path) === content ? [] : [path])).sort(),
    gone: [...before.keys()].filter((path) => !after.has(path)).length,
  };
}

/** Stacks as they are before and after: the new base may have been a layer above before, or none. */
function stacks(random: (n: number) => number, made: (id: string, upper: boolean) => Layer) {
  const [old, fresh] = [made('old', false), made('fresh', false)];
  const above = [...Array(1 + random(2))].map((_, i) => made(`up${i}`, true));
  const among = random(2) === 0;
  return {
    before: [old, ...(among ? [{ ...fresh, enabled: random(2) === 0 }] : []), ...above],
    after: [fresh, { ...old, enabled: false }, ...above],
  };
}

test('fuzz: files, also below renamed directories, case-sensitive ones and under another case table', () => {
  const { seed, count } = randomRun(150);
  for (let n = 0; n < count; n++) {
    const random = randomBelow(seed + n);
    // names that fall together are a matter of their own
    const apart = (name: string, value: unknown) => (name === 'A' ? undefined : value);
    const trees = [...Array(4)].map(() => JSON.parse(JSON.stringify(randomTree(random)), apart) as TreeSpec);
    // the same letters in another array: a volume has a table of its own
    const upcase = random(3) === 0 ? windowsUpcase().slice() : null;
    if (upcase !== null && random(2) === 0) upcase[0x62] = 0x62;
    const { before, after } = stacks(random, (id, upper) => {
      const tree = trees[random(trees.length)]!;
      const markers = upper ? randomMarkers(random, tree, trees, true) : [];
      return makeLayer(id, { role: upper ? 'user' : id === 'old' ? 'os' : 'app', tree, markers });
    });
    const swapped = after.map((layer) =>
      layer.id === 'fresh' ? { ...layer, role: 'os' as const, tree: { ...layer.tree!, upcase } } : layer,
    );
    const overlay = new FileOverlay(makeNames);
    const entries = () => {
      const { table } = fileView(overlay);
      const { size, hashHi, hashLo, reparseTag } = table.data;
      return new Map(
        [...Array(table.count - 1).keys()].map((i) => {
          const row = i + 1;
          const content = `${size[row]} ${hashHi[row]} ${hashLo[row]} ${reparseTag[row]}`;
          return [pathOf(table, row).toUpperCase(), table.isFolder(row) ? 'folder' : content];
        }),
      );
    };
    overlay.update(before, []);
    const was = snapshot(overlay);
    const first = entries();
    overlay.update(swapped, []);
    const found = filesThatDiffer(was, snapshot(overlay));
    const expected = differences(first, entries());
    expect(
      { paths: found.nodes.map((node) => overlay.path(node).join('\\').toUpperCase()).sort(), gone: found.gone },
      `seed ${seed + n}`,
    ).toEqual(expected);
  }
});

test('fuzz: keys, by the values they show', () => {
  const { seed, count } = randomRun(100);
  for (let n = 0; n < count; n++) {
    const random = randomBelow(seed + n);
    const { before, after } = stacks(random, (id, upper) => {
      const { table } = hiveOf(randomKey(random, upper), hash);
      return {
        ...makeLayer(id, { role: upper ? 'user' : 'os' }),
        hives: [mounted('HKLM/SOFTWARE', `${id}:hive`, table)],
      };
    });
    const overlay = new RegistryOverlay(makeNames);
    const hives = [...before, ...after].flatMap((layer) => layer.hives);
    const tables = new Map(hives.map(({ key, table }) => [key, table.data.values]));
    const keys = () => {
      const all = new Map<string, string>();
      for (let node = 1; node < overlay.union.count; node++) {
        if (!overlay.visible(node)) continue;
        const values = overlay.values(node).flatMap(({ state, name, type, hive, row }) => {
          const { hashHi, hashLo } = tables.get(hive)!;
          return state === NodeState.hidden ? [] : [`${name.toUpperCase()} ${type} ${hashHi[row]} ${hashLo[row]}`];
        });
        all.set(overlay.path(node).join('\\').toUpperCase(), values.sort().join());
      }
      return all;
    };
    overlay.updateSet(before, NO_RULES);
    const was = snapshot(overlay);
    const first = keys();
    overlay.updateSet(after, NO_RULES);
    const found = keysThatDiffer(was, snapshot(overlay), ['old', 'fresh'], hives);
    const expected = differences(first, keys());
    expect(
      { paths: found.nodes.map((node) => overlay.path(node).join('\\').toUpperCase()).sort(), gone: found.gone },
      `seed ${seed + n}`,
    ).toEqual(expected);
  }
});
