import { signal } from '@preact/signals';
import { expect, test, vi } from 'vitest';
import type { LayerInfo, RegistryDifference, RegistryDifferences, RegistrySide, WorkspaceApi } from '../engine/api.ts';
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
  const compareRegistry = vi.fn(async (_before: RegistrySide, _after: RegistrySide) => FOUND);
  const endRegistryCompare = vi.fn(async () => {});
  const generation = signal(0);
  return {
    layers,
    generation,
    compareRegistry,
    endRegistryCompare,
    registry: createRegistryCompare(
      {
        compareRegistry,
        endRegistryCompare,
        registryProgress: async () => ({ done: 7, total: 9 }),
      } as unknown as WorkspaceApi,
      layers,
      generation,
    ),
  };
}

test('two different layers with keys are compared, and again when swapped', async () => {
  const { compareRegistry, registry } = model();
  expect(registry.choices.value.map(({ key }) => key)).toEqual(['a', 'b']);
  registry.before.value = 'a';
  registry.after.value = 'a';
  registry.run();
  expect(compareRegistry).not.toHaveBeenCalled();
  registry.after.value = 'b';
  registry.run();
  expect(registry.progress.value).toEqual({ done: 0, total: null });
  await vi.waitFor(() => expect(registry.found.value).toBe(FOUND));
  registry.swap();
  expect(compareRegistry.mock.calls).toEqual([
    ['a', 'b'],
    ['b', 'a'],
  ]);
});

test('merged views are compared by what they leave out; a layer that is switched gives them up', async () => {
  const { compareRegistry, layers, registry } = model();
  layers.value = [layer('a', 3), layer('b', 2)].map((one) => ({ ...one, enabled: true }));
  expect(registry.choices.value.map(({ view }) => view)).toEqual([undefined, undefined, null, 'a', 'b']);
  registry.before.value = registry.choices.value[3]!.key;
  registry.after.value = registry.choices.value[2]!.key;
  registry.run();
  await vi.waitFor(() => expect(registry.found.value).toBe(FOUND));
  expect(compareRegistry.mock.calls).toEqual([[{ without: ['a'] }, { without: [] }]]);
  layers.value = layers.value.map((one) => ({ ...one, enabled: one.id === 'a' }));
  expect([registry.found.value, registry.after.value]).toEqual([null, null]);
});

test('a rule or the mode of a hive changes merged views, not the hives of a layer', async () => {
  const { generation, layers, registry } = model();
  layers.value = [layer('a', 3), layer('b', 2)].map((one) => ({ ...one, enabled: true }));
  const [a, b, whole, withoutA] = registry.choices.value.map(({ key }) => key) as [string, string, string, string];
  for (const [before, after, kept] of [
    [a, b, FOUND],
    [withoutA, whole, null],
  ] as const) {
    [registry.before.value, registry.after.value] = [before, after];
    registry.run();
    await vi.waitFor(() => expect(registry.found.value).toBe(FOUND));
    generation.value++;
    expect(registry.found.value).toBe(kept);
  }
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

test('a long comparison tells how far it is and can be given up', async () => {
  vi.useFakeTimers();
  try {
    const { compareRegistry, endRegistryCompare, registry } = model();
    compareRegistry.mockImplementation(() => new Promise(() => {}));
    [registry.before.value, registry.after.value] = ['a', 'b'];
    registry.run();
    await vi.advanceTimersByTimeAsync(250);
    expect(registry.progress.value).toEqual({ done: 7, total: 9 });
    registry.cancel();
    expect(endRegistryCompare).toHaveBeenCalledOnce();
    expect([registry.progress.value, registry.found.value, registry.error.value]).toEqual([null, null, null]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(registry.progress.value).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});
