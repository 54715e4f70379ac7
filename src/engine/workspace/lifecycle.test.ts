/** What happens to a workspace while its layers are still being read: removed, closed, dead, in another order. */
import { expect, test } from 'vitest';
import { FormatError } from '../../base/errors.ts';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import { sampleFiles } from '../../testing/sample.ts';
import type { ViewSpec } from '../api.ts';
import type { ImageApi } from '../api-image.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const host = webHost(loadModules());
const [OS, USER] = sampleFiles().map(({ name }) => name) as [string, string];
const FILES: ViewSpec = {
  pane: 'files',
  filter: '',
  states: null,
  layers: null,
  showHidden: true,
  conflictsOnly: false,
  sort: { by: 'name', descending: false },
};

/** A call that waits: `reached` resolves when the workspace makes it, `go` lets it go on or fail. */
function gate(method: keyof ImageApi) {
  let go: (error?: Error) => void = () => {};
  let arrive = () => {};
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const passed = new Promise<void>((resolve, reject) => {
    go = (error) => (error === undefined ? resolve() : reject(error));
  });
  passed.catch(() => {}); // a test may let it fail before anybody waits
  const guard = (api: ImageApi): ImageApi =>
    new Proxy(api, {
      get(target, name) {
        const own = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        if (name !== method) return own.bind(target);
        return async (...args: unknown[]) => {
          arrive();
          await passed;
          return own.apply(target, args);
        };
      },
    });
  return { guard, reached, go: (error?: Error) => go(error) };
}

function attach(workspace: Workspace, name: string, guard: (api: ImageApi) => ImageApi = (api) => api) {
  const bytes = sampleFiles().find((file) => file.name === name)!.bytes;
  const { image } = openImage(host, new MemorySource(name, bytes));
  workspace.attachImage(name, image.report(), guard(image));
  return { image: name, mount: mountable(image.report().root)[0]!.mount, role: null, name: null };
}

const open = (workspace: Workspace, name: string, guard?: (api: ImageApi) => ImageApi) =>
  workspace.addLayer(attach(workspace, name, guard));

const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

test('which image is read first does not change the roles', async () => {
  const workspace = new Workspace(host);
  const scan = gate('scanNext');
  await open(workspace, USER, scan.guard);
  await open(workspace, OS);
  while (workspace.state().layers.find(({ imageName }) => imageName === OS)!.status !== 'ready') await turn();
  scan.go();
  await workspace.settled();
  expect(workspace.state().layers.map(({ imageName, role, letter }) => [imageName, role, letter])).toEqual([
    [USER, 'user', 'U'],
    [OS, 'os', 'B'],
  ]);
});

test('a role that a person chose is not taken by what is found', async () => {
  const workspace = new Workspace(host);
  const user = await open(workspace, USER);
  await workspace.setRole(user, 'os');
  await open(workspace, OS);
  await workspace.settled();
  expect(workspace.state().layers.map(({ role }) => role)).toEqual(['app', 'os']);
});

test('a layer removed while its marks are read does not come back', async () => {
  const workspace = new Workspace(host);
  const marks = gate('read');
  const id = await open(workspace, USER, marks.guard);
  await marks.reached;
  await workspace.removeLayer(id);
  const { generation } = workspace.state();
  marks.go();
  await workspace.settled();
  expect(workspace.state().layers).toEqual([]);
  expect(workspace.state().generation).toBe(generation);
});

test('a tree that is read twice at once, or again after a cancel, is whole both times', async () => {
  const workspace = new Workspace(host);
  // steps of no time, so that both scans take many turns
  const spec = attach(
    workspace,
    USER,
    (api) =>
      new Proxy(api, {
        get(target, name) {
          const own = Reflect.get(target, name) as (...args: unknown[]) => unknown;
          if (name !== 'scanNext') return own.bind(target);
          return async (mount: string, _budget: number, owner: string) => {
            await turn();
            return own.call(target, mount, 0, owner);
          };
        },
      }),
  );
  const given = await workspace.addLayer(spec);
  await turn();
  await workspace.cancelLayer(given);
  await workspace.addLayer(spec);
  await workspace.addLayer(spec);
  await workspace.settled();
  const alone = new Workspace(host);
  await open(alone, USER);
  await alone.settled();
  const { files, directories } = alone.state().layers[0]!;
  const ready = workspace.state().layers.filter(({ status }) => status === 'ready');
  expect(ready.map((layer) => [layer.files, layer.directories])).toEqual([
    [files, directories],
    [files, directories],
  ]);
});

test('a removed layer leaves no hive open in its image', async () => {
  const workspace = new Workspace(host);
  const released: string[] = [];
  const id = await open(workspace, OS, (api) => {
    const spy = Object.create(api) as ImageApi;
    return new Proxy(spy, {
      get: (_, name) =>
        name === 'release'
          ? (owner: string) => {
              released.push(owner);
              return api.release(owner);
            }
          : (Reflect.get(api, name) as () => unknown).bind(api),
    });
  });
  await workspace.settled();
  await workspace.removeLayer(id);
  expect(released).toEqual([`${id}:`]);
});

test('an image that dies while its hives are read leaves a failed layer, not a ready one without hives', async () => {
  const workspace = new Workspace(host);
  const hives = gate('openHive');
  await open(workspace, OS, hives.guard);
  await hives.reached;
  const { stats } = workspace.state();
  hives.go(new Error('no answer for 60 s'));
  workspace.detachImage(OS, 'no answer for 60 s');
  await workspace.settled();
  const [layer] = workspace.state().layers;
  expect(layer).toMatchObject({ status: 'failed', error: { actual: 'no answer for 60 s' } });
  expect(layer!.findings.filter(({ code }) => code === 'hiveUnreadable')).toEqual([]);
  // what was known of it stays to look at
  expect(workspace.state().stats.files).toBe(stats.files);
});

test('hives of an image that take long are shown one after the other', async () => {
  let clock = 0;
  const workspace = new Workspace({ ...host, now: () => (clock += 400) });
  let opened = 0;
  let go = () => {};
  const passed = new Promise<void>((resolve) => {
    go = resolve;
  });
  const guard = (api: ImageApi): ImageApi =>
    new Proxy(api, {
      get(target, name) {
        const own = (Reflect.get(target, name) as (...args: unknown[]) => unknown).bind(target);
        return name === 'openHive'
          ? (...args: unknown[]) => (opened++ === 0 ? own(...args) : passed.then(() => own(...args)))
          : own;
      },
    });
  await open(workspace, OS, guard);
  await expect.poll(() => workspace.state().mounts.length).toBe(1);
  const [first] = workspace.state().mounts;
  expect(workspace.state()).toMatchObject({ layers: [{ status: 'scanning' }] });
  expect(workspace.state().stats.keys).toBeGreaterThan(0);
  go();
  await workspace.settled();
  const { mounts, layers } = workspace.state();
  expect(layers[0]!.status).toBe('ready');
  expect(mounts.length).toBeGreaterThan(1);
  expect(mounts.map(({ mount }) => mount)).toContain(first!.mount);
});

test('a cancelled layer is no ready one, and no plan is made of what is not read to its end', async () => {
  const workspace = new Workspace(host);
  const scan = gate('scanNext');
  const id = await open(workspace, OS, scan.guard);
  await scan.reached;
  await expect(workspace.buildPlan()).rejects.toMatchObject({ code: 'MissingData', actual: 'scanning' });
  await workspace.cancelLayer(id);
  scan.go();
  await workspace.settled();
  expect(workspace.state().layers[0]).toMatchObject({ status: 'cancelled', progress: null });
  await expect(workspace.buildPlan()).rejects.toThrow('a layer that has been read to its end');
});

test('folders that a filter opened are closed again without it', async () => {
  const workspace = new Workspace(host);
  const id = await open(workspace, OS);
  await workspace.settled();
  const plain = await workspace.openView(FILES);
  const top = (await workspace.fileRows(plain.view, plain.generation, 0, 10))!;
  const opened = await workspace.expand(plain.view, top.find((row) => row.name === 'Windows')!.node, true, false);
  const filtered = await workspace.openView({ ...FILES, filter: 'dll' });
  expect(filtered.count).toBeGreaterThan(opened.count);
  await workspace.setEnabled(id, false);
  await workspace.setEnabled(id, true);
  expect((await workspace.openView(FILES)).count).toBe(opened.count);
});

test('what was open stays open when a layer is added', async () => {
  const workspace = new Workspace(host);
  await open(workspace, OS);
  await workspace.settled();
  const { view, generation } = await workspace.openView(FILES);
  const windows = (await workspace.fileRows(view, generation, 0, 10))!.find((row) => row.name === 'Windows')!;
  await workspace.expand(view, windows.node, true, false);
  await open(workspace, USER);
  await workspace.settled();
  expect(await workspace.fileRows(view, generation, 0, 10)).toBeNull();
  const next = await workspace.openView(FILES);
  const rows = (await workspace.fileRows(next.view, next.generation, 0, next.count))!;
  expect(rows.filter((row) => row.expanded).map((row) => row.name)).toEqual(['Windows']);
});

test('a node number of an earlier merge is refused, not guessed at', async () => {
  const workspace = new Workspace(host);
  await expect(workspace.fileDetail(1)).rejects.toBeInstanceOf(FormatError);
  await open(workspace, OS);
  await workspace.settled();
  await expect(workspace.fileDetail(1_000_000)).rejects.toMatchObject({ code: 'MissingItem' });
  await expect(workspace.values(1_000_000, true)).rejects.toMatchObject({ code: 'MissingItem' });
});

test('the same layer twice in an order is refused', async () => {
  const workspace = new Workspace(host);
  const id = await open(workspace, OS);
  await expect(workspace.setOrder([id, id])).rejects.toMatchObject({ code: 'InvalidArgument' });
  await workspace.settled();
});

test('a layer that is opened again keeps its place, name, role and marks', async () => {
  const workspace = new Workspace(host);
  const [os, user] = sampleFiles().map(({ name }) => name) as [string, string];
  const lower = await open(workspace, os);
  await open(workspace, user);
  await workspace.settled();
  await workspace.setRole(lower, 'app');
  await workspace.setEnabled(lower, false);
  const marks = () =>
    workspace.state().layers.map(({ name, role, letter, hue, enabled }) => [name, role, letter, hue, enabled]);
  const before = marks();
  const at = workspace.state().layers.findIndex(({ id }) => id === lower);
  const spec = attach(workspace, os);
  const next = await workspace.addLayer({ ...spec, replaces: lower });
  expect(marks()).toEqual(before);
  await workspace.settled();
  expect(marks()).toEqual(before);
  expect(workspace.state().layers.findIndex(({ id }) => id === next)).toBe(at);
  await expect(workspace.removeLayer(lower)).rejects.toThrow('MissingItem');
  await expect(workspace.addLayer({ ...spec, replaces: lower })).rejects.toThrow('MissingItem');
});
