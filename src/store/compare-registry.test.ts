import { signal } from '@preact/signals';
import { expect, test, vi } from 'vitest';
import type { LayerInfo, RegistryDifference, RegistryDifferences, WorkspaceApi } from '../engine/api.ts';
import { createRegistryCompare } from './compare-registry.ts';

const layer = (id: string, keys: number) => ({ id, name: id, keys }) as LayerInfo;
const row = (change: RegistryDifference['change'], name: string): RegistryDifference => ({
  kind: 'value',
  change,
  path: 'HKEY_LOCAL_MACHINE\\SOFTWARE',
  name,
  before: 'REG_SZ  old',
  after: null,
  aspects: [],
});
const FOUND: RegistryDifferences = {
  totals: { added: 0, removed: 1, changed: 0, times: 1, same: 0 },
  rows: [row('removed', 'gone'), row('times', 'touched')],
  total: 2,
};

function model() {
  const layers = signal<readonly LayerInfo[]>([layer('a', 3), layer('b', 2), layer('none', 0)]);
  const compareRegistry = vi.fn(async () => FOUND);
  return {
    layers,
    compareRegistry,
    registry: createRegistryCompare({ compareRegistry } as unknown as WorkspaceApi, layers),
  };
}

test('two different layers with keys are compared, and again when swapped', async () => {
  const { compareRegistry, registry } = model();
  expect(registry.choices.value.map(({ id }) => id)).toEqual(['a', 'b']);
  registry.before.value = 'a';
  registry.after.value = 'a';
  registry.run();
  expect(compareRegistry).not.toHaveBeenCalled();
  registry.after.value = 'b';
  registry.run();
  expect(registry.busy.value).toBe(true);
  await vi.waitFor(() => expect(registry.found.value).toBe(FOUND));
  registry.swap();
  expect(compareRegistry.mock.calls).toEqual([
    ['a', 'b'],
    ['b', 'a'],
  ]);
});

test('times alone are noise until they are asked for; the filter looks at data too', async () => {
  const { registry } = model();
  [registry.before.value, registry.after.value] = ['a', 'b'];
  registry.run();
  await vi.waitFor(() => expect(registry.shown.value.map(({ name }) => name)).toEqual(['gone']));
  registry.ignoreTimes.value = false;
  expect(registry.shown.value).toHaveLength(2);
  registry.filter.value = 'TOUCH';
  expect(registry.shown.value.map(({ name }) => name)).toEqual(['touched']);
  registry.filter.value = 'old';
  expect(registry.shown.value).toHaveLength(2);
});

test('a layer that is gone is compared no more', async () => {
  const { layers, registry } = model();
  [registry.before.value, registry.after.value] = ['a', 'b'];
  registry.run();
  await vi.waitFor(() => expect(registry.found.value).toBe(FOUND));
  layers.value = [layer('a', 3)];
  expect([registry.before.value, registry.after.value, registry.found.value]).toEqual(['a', null, null]);
});
