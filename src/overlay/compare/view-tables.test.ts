/** A view as a table holds exactly what the merged view shows. */
import { describe, expect, it } from 'vitest';
import { pathOf } from '../../index/path.ts';
import { defaultRules } from '../../layer/defaults.ts';
import { makeLayer, makeNames, NO_RULES, randomRun } from '../../testing/layers.ts';
import { hiveOf, randomKey } from '../../testing/merged-hives.ts';
import { randomBelow, randomStack } from '../../testing/merged-trees.ts';
import { FileOverlay } from '../files/overlay.ts';
import { RegistryOverlay } from '../registry/overlay.ts';
import { NodeState } from '../types.ts';
import { fileView, keyView } from './view-tables.ts';

const hash = (type: number, data: Uint8Array) =>
  (data.reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, type) >>> 0).toString(16).padStart(8, '0').repeat(2);

describe('a view as a table', () => {
  it('fuzz: has the files that are shown, with the columns of their layers', () => {
    const { seed, count } = randomRun(100);
    for (let n = 0; n < count; n++) {
      const specs = randomStack(randomBelow(seed + n), true);
      const overlay = new FileOverlay(makeNames);
      overlay.update(
        specs.map(({ tree, markers }, i) => makeLayer(`l${i}`, { tree: tree ?? {}, markers })),
        defaultRules().rules,
      );
      const { table, layer } = fileView(overlay);
      const found: string[] = [];
      for (let row = 1; row < table.count; row++) {
        expect(table.data.parent[row]!).toBeLessThan(row);
        found.push(`${pathOf(table, row)} ${layer[row]} ${table.data.size[row]} ${table.data.flags[row]}`);
      }
      const expected: string[] = [];
      for (let node = 1; node < overlay.union.count; node++) {
        if (!overlay.visible(node)) continue;
        const won = overlay.resolution.winner[node]!;
        const { data } = overlay.layers[won]!.table!;
        const at = overlay.union.slots[won]![node]!;
        expected.push(`${overlay.path(node).join('\\')} ${won} ${data.size[at]} ${data.flags[at]}`);
      }
      expect(found, `seed ${seed + n}`).toEqual(expected);
      // the children of each row are those that call it their parent
      for (let row = 0; row < table.count; row++)
        for (let child = table.data.childStart[row]!; child < table.data.childStart[row + 1]!; child++)
          expect(table.data.parent[child]).toBe(row);
      expect(table.data.childStart[table.count]).toBe(table.count);
    }
  });

  it('fuzz: has the keys that are shown, with their values', () => {
    const { seed, count } = randomRun(60);
    for (let n = 0; n < count; n++) {
      const random = randomBelow(seed + n);
      const layers = [0, 1, 2].map((i) => {
        const { table } = hiveOf(randomKey(random, i > 0), hash);
        const hive = { mount: 'HKLM/SOFTWARE', key: `l${i}`, path: null, table, state: 'clean' } as const;
        return { ...makeLayer(`l${i}`, {}), hives: [hive] };
      });
      const overlay = new RegistryOverlay(makeNames);
      overlay.updateSet(layers, NO_RULES);
      const { table, values } = keyView(
        overlay,
        layers.flatMap(({ hives }) => hives),
      );
      const found: string[] = [];
      for (let row = 1; row < table.count; row++) {
        const d = table.data;
        const own: string[] = [];
        for (let v = d.valueStart[row]!; v < d.valueStart[row + 1]!; v++)
          own.push(`${table.valueName(v)}=${d.values.type[v]}:${d.values.hashHi[v]}:${values[v]!.layer}`);
        found.push(`${pathOf(table, row)} ${d.lastWriteLo[row]} ${own}`);
      }
      const expected: string[] = [];
      for (let node = 1; node < overlay.union.count; node++) {
        if (!overlay.visible(node)) continue;
        const own = overlay
          .values(node)
          .filter(({ state }) => state !== NodeState.hidden)
          .map(({ name, type, layer, row }) => {
            const { hashHi } = layers[layer]!.hives[0]!.table.data.values;
            return `${name}=${type}:${hashHi[row]}:${layer}`;
          });
        expected.push(`${overlay.path(node).join('\\')} ${overlay.key(node).lastWriteLo} ${own}`);
      }
      expect(found, `seed ${seed + n}`).toEqual(expected);
    }
  });
});
