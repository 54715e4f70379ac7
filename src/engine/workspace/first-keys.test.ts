/** What a hive shows while it is being read: its first keys, and what is opened meanwhile. */
import { expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { buildHive, dword, type KeySpec, sz } from '../../testing/hive-builder.ts';
import { newLog } from '../../testing/hive-log-builder.ts';
import { loadModules } from '../../testing/modules.ts';
import type { KeyRow, ViewSpec } from '../api.ts';
import type { ImageApi } from '../api-image.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { Workspace } from './workspace.ts';

const host = webHost(loadModules());
const KEYS: ViewSpec = {
  pane: 'registry',
  filter: '',
  states: null,
  layers: null,
  showHidden: true,
  conflictsOnly: false,
  sort: { by: 'name', descending: false },
};

const SOFTWARE: KeySpec = {
  name: 'ROOT',
  values: [{ name: 'top', type: 4, data: dword(1) }],
  keys: [
    { name: 'Classes', keys: [{ name: '.txt', values: [{ name: '', type: 1, data: sz('txtfile') }] }] },
    {
      name: 'Microsoft',
      values: [{ name: 'of Microsoft', type: 4, data: dword(2) }],
      keys: [{ name: 'Windows', keys: [{ name: 'CurrentVersion', values: [{ name: 'x', type: 4, data: dword(3) }] }] }],
    },
    { name: 'Policies' },
  ],
};

/** A workspace with one hive that is read when `go` is called. */
async function opened(name: string, bytes: Uint8Array, logs: Uint8Array[] = []) {
  const more = { logs: logs.map((log, i) => new MemorySource(`${name}.LOG${i + 1}`, log)) };
  const { image } = openImage(host, new MemorySource(name, bytes), more);
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const waiting: ImageApi = new Proxy(image as ImageApi, {
    get(target, method) {
      const own = (Reflect.get(target, method) as (...args: unknown[]) => unknown).bind(target);
      return method === 'readHive' ? (...args: unknown[]) => gate.then(() => own(...args)) : own;
    },
  });
  const workspace = new Workspace(host);
  workspace.attachImage(name, image.report(), waiting);
  const layer = await workspace.addLayer({ image: name, mount: '', role: null, name: null });
  /** Rows of the registry pane, by name; waits for the state that satisfies `until`. */
  const rows = async (until: (rows: KeyRow[]) => boolean): Promise<KeyRow[]> => {
    for (;;) {
      const { view, generation, count } = await workspace.openView(KEYS);
      const found = (await workspace.keyRows(view, generation, 0, count)) ?? [];
      if (until(found)) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const expand = async (name: string) => {
    const found = (await rows((all) => all.some((row) => row.name === name))).find((row) => row.name === name)!;
    const { view } = await workspace.openView(KEYS);
    await workspace.expand(view, found.node, true, false);
    return found;
  };
  return { workspace, layer, rows, expand, go };
}

const has = (name: string) => (rows: KeyRow[]) => rows.some((row) => row.name === name);
const named = (rows: KeyRow[], name: string) => rows.find((row) => row.name === name)!;

test('the first keys stand before the hive is read, and can be opened', async () => {
  const { workspace, layer, rows, expand, go } = await opened('SOFTWARE', buildHive(SOFTWARE, { minor: 5 }));
  await expand('HKEY_LOCAL_MACHINE');
  await expand('SOFTWARE');
  const first = await rows(has('Microsoft'));
  expect(workspace.state().layers[0]).toMatchObject({ id: layer, status: 'scanning' });
  expect(['Classes', 'Microsoft', 'Policies'].map((name) => named(first, name).expandable)).toEqual([
    true,
    true,
    false,
  ]);
  // values of the first keys have come along
  expect((await workspace.values(named(first, 'Microsoft').node, false)).map(({ name, text }) => [name, text])).toEqual(
    [['of Microsoft', '0x00000002 (2)']],
  );
  await expand('Microsoft');
  const second = await rows(has('Windows'));
  expect(named(second, 'Windows').expandable).toBe(true);
  await expand('Windows');
  const version = named(await rows(has('CurrentVersion')), 'CurrentVersion');
  expect(version.expandable).toBe(false);
  expect((await workspace.values(version.node, false)).map(({ text }) => text)).toEqual(['0x00000003 (3)']);
  expect((await workspace.keyDetail(version.node)).path).toMatch(/SOFTWARE\\Microsoft\\Windows\\CurrentVersion$/);
  expect(workspace.state().layers[0]).toMatchObject({ status: 'scanning' });

  go();
  await workspace.settled();
  expect(workspace.state().layers[0]).toMatchObject({ status: 'ready', keys: 7 });
  // what was opened is still open
  const names = (await rows(has('CurrentVersion'))).map(({ name }) => name);
  expect(names.slice(names.indexOf('SOFTWARE'))).toEqual(
    expect.arrayContaining(['Classes', 'Microsoft', 'Windows', 'CurrentVersion', 'Policies']),
  );
  await expand('Classes');
  expect(named(await rows(has('.txt')), '.txt').expandable).toBe(false);
});

test('values that did not come along are fetched when the key is chosen', async () => {
  const keys = Array.from({ length: 200 }, (_, i) => ({
    name: `k${String(i).padStart(3, '0')}`,
    values: [{ name: 'n', type: 4, data: dword(i) }],
  }));
  const { workspace, rows, expand, go } = await opened('SOFTWARE', buildHive({ name: 'R', keys }, { minor: 5 }));
  await expand('HKEY_LOCAL_MACHINE');
  await expand('SOFTWARE');
  const last = named(await rows(has('k199')), 'k199');
  expect(await workspace.values(last.node, false)).toEqual([]);
  await expect
    .poll(async () => (await workspace.values(named(await rows(has('k199')), 'k199').node, false)).length)
    .toBe(1);
  expect(workspace.state().layers[0]!.status).toBe('scanning');
  go();
  await workspace.settled();
});

test('of a hive that was not closed properly the first keys are those that its log made', async () => {
  const before = buildHive({ name: 'R', keys: [{ name: 'Old' }] }, { minor: 5, sequence1: 8, sequence2: 7 });
  const after = buildHive({ name: 'R', keys: [{ name: 'New' }] }, { minor: 5 });
  const { workspace, rows, expand, go } = await opened('SOFTWARE', before, [newLog([before, after], 7)]);
  await expand('HKEY_LOCAL_MACHINE');
  await expand('SOFTWARE');
  expect((await rows(has('New'))).some(({ name }) => name === 'Old')).toBe(false);
  expect(workspace.state().mounts).toMatchObject([{ mount: 'HKLM/SOFTWARE', state: 'recovered' }]);
  go();
  await workspace.settled();
  expect(workspace.state().mounts).toMatchObject([{ mount: 'HKLM/SOFTWARE', state: 'recovered' }]);
});

test('a reading that is cancelled leaves the first keys, which can still be opened', async () => {
  const { workspace, layer, rows, expand, go } = await opened('SOFTWARE', buildHive(SOFTWARE, { minor: 5 }));
  await expand('HKEY_LOCAL_MACHINE');
  await expand('SOFTWARE');
  await rows(has('Microsoft'));
  await workspace.cancelLayer(layer);
  go();
  await workspace.settled();
  expect(workspace.state().layers[0]!.status).toBe('cancelled');
  await expand('Microsoft');
  expect(named(await rows(has('Windows')), 'Windows').expandable).toBe(true);
});

test('the place of an Amcache is known by the keys below its one key', async () => {
  const bytes = buildHive({ name: 'R', keys: [{ name: 'Root', keys: [{ name: 'InventoryApplicationFile' }] }] });
  const { workspace, rows, go } = await opened('copy.bin', bytes);
  await rows((all) => all.length > 0);
  expect(workspace.state().mounts.map(({ mount }) => mount)).toEqual(['HKLM/Amcache']);
  go();
  await workspace.settled();
  expect(workspace.state().mounts.map(({ mount }) => mount)).toEqual(['HKLM/Amcache']);
});

test('an address leads to a key that nobody has opened yet', async () => {
  const { workspace, rows, go } = await opened('SOFTWARE', buildHive(SOFTWARE, { minor: 5 }));
  await rows((all) => all.length > 0);
  const reveal = async (path: string) => {
    for (;;) {
      const { view } = await workspace.openView(KEYS);
      // the first answer may come with a new state, which closes the view
      const found = await workspace.reveal(view, path).catch((error: unknown) => {
        if ((error as { code?: string }).code !== 'MissingItem') throw error;
      });
      if (found !== undefined) return found;
    }
  };
  const found = await reveal('HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion');
  expect((await workspace.keyDetail(found!.node)).path).toMatch(/CurrentVersion$/);
  expect((await workspace.values(found!.node, false)).map(({ name }) => name)).toEqual(['x']);
  expect(await reveal('HKLM\\SOFTWARE\\Microsoft\\None')).toBeNull();
  expect(workspace.state().layers[0]!.status).toBe('scanning');
  go();
  await workspace.settled();
});
