/** Another base in the compare tab: what is offered, run, run again, given up. */
import { signal } from '@preact/signals';
import { expect, test, vi } from 'vitest';
import type { LayerInfo, RebaseReport, WorkspaceApi } from '../engine/api.ts';
import { createRebase } from './compare-rebase.ts';

const layer = (id: string, more: Partial<LayerInfo> = {}): LayerInfo =>
  ({
    id,
    name: id,
    image: id,
    mount: '1',
    enabled: true,
    status: 'ready',
    files: 1,
    directories: 0,
    alternatives: [],
    chain: [],
    ...more,
  }) as LayerInfo;

const REPORT = {
  before: { layer: 'os', name: 'os', build: null },
  after: { layer: 'rebase1', name: 'next', build: null },
  groups: [{ code: 'rebaseHidesChange', severity: 'warning', pain: 1, total: 0, items: [] }],
} as unknown as RebaseReport;

function model() {
  const layers = signal<readonly LayerInfo[]>([layer('user'), layer('next'), layer('os')]);
  const generation = signal(1);
  const rebase = vi.fn(async () => REPORT);
  const api = { rebase, rebaseProgress: async () => null, endRebase: vi.fn(async () => {}) };
  return { layers, generation, api, model: createRebase(api as unknown as WorkspaceApi, layers, generation) };
}
const settled = () => new Promise((resolve) => setTimeout(resolve));

test('every tree but the present base is offered; a layer that is off is no base', () => {
  const { layers, model: it } = model();
  expect([it.present.value?.id, it.choices.value.map(({ key }) => key)]).toEqual(['os', ['user\n1', 'next\n1']]);
  layers.value = [layer('user'), layer('next'), layer('os', { enabled: false })];
  expect(it.present.value?.id).toBe('next');
  expect(it.choices.value.map(({ key }) => key)).toEqual(['user\n1', 'os\n1']);
});

test('it is looked at again when the workspace has changed, and not before anybody asked', async () => {
  const { generation, api, model: it } = model();
  generation.value++;
  expect(api.rebase).not.toHaveBeenCalled();
  it.base.value = 'next\n1';
  it.run();
  expect(it.progress.value).not.toBeNull();
  await settled();
  expect([it.report.value, it.progress.value, it.rows.value.length]).toEqual([REPORT, null, 1]);
  expect(it.strangers.value.get('rebase1')).toBe('next');
  generation.value++;
  await settled();
  expect(api.rebase.mock.calls).toEqual([[{ image: 'next', mount: '1' }], [{ image: 'next', mount: '1' }]]);
});

test('a base that is gone is tried no more; a fault is told', async () => {
  const { layers, api, model: it } = model();
  it.base.value = 'next\n1';
  it.run();
  await settled();
  layers.value = [layer('user'), layer('os')];
  expect([it.base.value, it.report.value]).toEqual([null, null]);
  expect(api.endRebase).toHaveBeenCalledTimes(1);
  api.rebase.mockRejectedValueOnce(new Error('broken'));
  it.base.value = 'user\n1';
  it.run();
  await settled();
  expect(it.error.value?.actual).toContain('broken');
});
