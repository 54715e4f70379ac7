import { signal } from '@preact/signals';
import { expect, test, vi } from 'vitest';
import type { DeletedRow, ReplayedRows, WorkspaceApi, WorkspaceState } from '../engine/api.ts';
import { createTraces, deletedLines } from './traces.ts';

const row = (over: Partial<DeletedRow>): DeletedRow => ({
  kind: 'value',
  path: 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Gone',
  name: 'text',
  type: 'REG_SZ',
  text: 'still there',
  size: 24,
  lastWrite: null,
  offset: 4200,
  parent: 'recovered',
  ...over,
});
const REPLAYED: ReplayedRows = { rows: [], total: 0, readableBefore: true, ranges: 1, bytes: 4096 };

function model() {
  const api = {
    hiveDeleted: vi.fn(async () => ({ rows: [row({}), row({ path: null, name: 'b', text: null })], total: 2 })),
    hiveReplayed: vi.fn(async (_mount: string, layer: string) => (layer === 'top' ? REPLAYED : null)),
  };
  const workspace = signal({
    mounts: [{ mount: 'HKLM/SOFTWARE', stack: ['top', 'os'] }],
  } as unknown as WorkspaceState);
  return { api, traces: createTraces(api as unknown as WorkspaceApi, workspace) };
}

test('opens with the top layer; another layer is read anew, and its tab is one that it has', async () => {
  const { api, traces } = model();
  traces.open('HKLM/SOFTWARE');
  expect(traces.busy.value).toBe(true);
  await vi.waitFor(() => expect(traces.busy.value).toBe(false));
  expect(traces.layer.value).toBe('top');
  expect(traces.replayed.value).toBe(REPLAYED);
  traces.tab.value = 'replayed';
  traces.choose('os');
  await vi.waitFor(() => expect(traces.busy.value).toBe(false));
  expect([traces.replayed.value, traces.tab.value]).toEqual([null, 'deleted']);
  expect(api.hiveDeleted.mock.calls).toEqual([
    ['HKLM/SOFTWARE', 'top'],
    ['HKLM/SOFTWARE', 'os'],
  ]);
});

test('an answer that comes after the dialog was closed is dropped', async () => {
  const { traces } = model();
  traces.open('HKLM/SOFTWARE');
  traces.close();
  await new Promise((done) => setTimeout(done));
  expect([traces.mount.value, traces.deleted.value, traces.busy.value]).toEqual([null, null, false]);
});

test('a mount that is not there opens nothing', () => {
  const { api, traces } = model();
  traces.open('HKLM/SAM');
  expect(traces.mount.value).toBeNull();
  expect(api.hiveDeleted).not.toHaveBeenCalled();
});

test('the filter looks at paths, names and data', async () => {
  const { traces } = model();
  traces.open('HKLM/SOFTWARE');
  await vi.waitFor(() => expect(traces.deletedShown.value).toHaveLength(2));
  for (const [text, names] of [
    ['GONE', ['text']],
    ['b', ['b']],
    ['still', ['text']],
    ['nothing', []],
  ] as const) {
    traces.filter.value = text;
    expect(traces.deletedShown.value.map(({ name }) => name)).toEqual(names);
  }
});

test('lines for a spreadsheet', () => {
  expect(deletedLines([row({})])).toBe(
    'value\tHKEY_LOCAL_MACHINE\\SOFTWARE\\Gone\ttext\tREG_SZ\tstill there\t24\t\t4200',
  );
});
