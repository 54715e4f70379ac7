/** Contents for detectors: kept for the next time, but never given up while somebody is waiting for them. */
import { expect, test } from 'vitest';
import type { PeKnown } from '../../overlay/findings/types.ts';
import { MergeView } from '../../overlay/findings/view.ts';
import { mergeAll } from '../../testing/findings.ts';
import { makeLayers } from '../../testing/layers.ts';
import { Facts } from './facts.ts';
import type { LayerRecord } from './record.ts';

test('what is known already is still known when there is no more room for what is new', async () => {
  const layers = makeLayers({ tree: { a: 'a', b: 'b', c: 'c', d: 'd' } });
  const { files, registry } = mergeAll(layers, []);
  const view = new MergeView(files, registry, layers);
  const asked: number[] = [];
  const api = {
    pe: async (_mount: string, ref: number): Promise<PeKnown> => {
      asked.push(ref);
      return { fileVersion: String(ref), linkTime: null, product: null, company: null };
    },
  };
  const facts = new Facts(() => ({ api, mount: '' }) as unknown as LayerRecord, 3);
  const control = { pause: async () => {}, outdated: () => new Error('outdated') };
  const rows = ['a', 'b', 'c', 'd'].map((name) => files.union.slots[0]![files.find([name])]!);
  const fetch = async (some: readonly number[]) => {
    const wants = some.map((row) => ({ kind: 'pe', layer: 0, row }) as const);
    const { known } = await facts.fetch(view, wants, control);
    return some.map((row) => known.pe(0, row)?.fileVersion !== undefined);
  };
  expect(await fetch(rows.slice(0, 2))).toEqual([true, true]);
  expect(asked).toHaveLength(2);
  expect(await fetch(rows)).toEqual([true, true, true, true]);
  expect(await fetch(rows.slice(2))).toEqual([true, true]);
  expect(asked).toHaveLength(6);
});
