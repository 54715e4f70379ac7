/** Another base that is tried: asked for once at a time, told by name, its filter gone with it. */
import { signal } from '@preact/signals';
import { expect, test, vi } from 'vitest';
import type { BaseSwap, ViewSpec, WorkspaceState } from '../engine/api.ts';
import { createBaseSwap } from './base-swap.ts';

const SWAP: BaseSwap = { now: 'june', before: 'may', files: 3, filesGone: 1, keys: 2, keysGone: 0 };
const layers = [
  { id: 'june', name: 'base june' },
  { id: 'may', name: 'base may' },
];
const state = (swap: BaseSwap | null) => ({ layers, swap }) as unknown as WorkspaceState;

function model() {
  const workspace = signal<WorkspaceState | null>(state(null));
  const tree = () => {
    const spec = signal({ markedOnly: false } as ViewSpec);
    return {
      spec,
      change: vi.fn(async (more: Partial<ViewSpec>) => {
        spec.value = { ...spec.value, ...more };
      }),
    };
  };
  const trees = [tree(), tree()];
  const parts = {
    api: { useBase: vi.fn(async () => SWAP), undoBase: vi.fn(async () => {}) },
    workspace,
    trees,
    lead: vi.fn(),
    failed: vi.fn(),
  };
  return { ...parts, it: createBaseSwap(parts) };
}

test('a base is used once, by its place, and leads to the files', async () => {
  const { it, api, lead } = model();
  const first = it.use({ image: 'a', mount: '1', without: ['x'] });
  expect(it.busy.value).toBe(true);
  await it.use({ image: 'a', mount: '1' });
  await first;
  expect(api.useBase.mock.calls).toEqual([[{ image: 'a', mount: '1' }]]);
  expect([it.busy.value, lead.mock.calls.length]).toEqual([false, 1]);
});

test('what cannot be used is told, and leads nowhere', async () => {
  const { it, api, lead, failed } = model();
  api.useBase.mockRejectedValueOnce(new Error('gone'));
  await it.use({ image: 'a', mount: '1' });
  expect([failed.mock.calls.length, lead.mock.calls.length, it.busy.value]).toEqual([1, 0, false]);
});

test('both trees show only what looks different, until no other base is tried', () => {
  const { it, workspace, trees } = model();
  expect(it.state.value).toBeNull();
  workspace.value = state(SWAP);
  expect(it.state.value).toEqual({ ...SWAP, name: 'base june', instead: 'base may' });
  it.showOnly(true);
  it.showOnly(true);
  expect(it.only.value).toBe(true);
  expect(trees.map(({ change }) => change.mock.calls)).toEqual([[[{ markedOnly: true }]], [[{ markedOnly: true }]]]);
  workspace.value = state(null);
  expect([it.only.value, trees.map(({ spec }) => spec.value.markedOnly)]).toEqual([false, [false, false]]);
});
