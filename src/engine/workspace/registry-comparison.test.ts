/** The registries of two layers compared over their columns. */
import { beforeAll, expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { BUILT_AT, buildHive, dword, type KeySpec, sz } from '../../testing/hive-builder.ts';
import { makeLayer } from '../../testing/layers.ts';
import { loadModules } from '../../testing/modules.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { pairHives } from './registry-comparison.ts';
import { Workspace } from './workspace.ts';

const key = (name: string, n: number, more: Partial<KeySpec> = {}): KeySpec => ({
  name,
  values: [{ name: 'n', type: 4, data: dword(n) }],
  ...more,
});
const SIDES: readonly (readonly KeySpec[])[] = [
  [key('a', 1), key('b', 1), key('same', 1), key('touched', 1)],
  [
    key('a', 2, { values: [{ name: 'N', type: 1, data: sz('two') }] }),
    key('c', 1),
    key('same', 1),
    key('touched', 1, { lastWrite: BUILT_AT + 10_000_000n }),
  ],
];

let workspace: Workspace;
const layers: string[] = [];

beforeAll(async () => {
  const host = webHost(loadModules());
  workspace = new Workspace(host);
  for (const [i, keys] of SIDES.entries()) {
    const bytes = buildHive({ name: 'ROOT', keys }, { minor: 5, fileName: 'SOFTWARE' });
    const { image } = openImage(host, new MemorySource('SOFTWARE', bytes));
    workspace.attachImage(`${i}`, image.report(), image);
    layers.push(await workspace.addLayer({ image: `${i}`, mount: '', role: i === 0 ? 'os' : 'app', name: null }));
  }
  await workspace.settled();
});

test('keys and values added, removed, changed, and touched only', async () => {
  const { rows, totals, total } = await workspace.compareRegistry(layers[0]!, layers[1]!);
  expect(totals).toEqual({ added: 1, removed: 1, changed: 1, times: 1, same: 2 });
  expect(total).toBe(7);
  const said = rows.map(({ change, path, name, before, after }) => [
    change,
    path.slice('HKEY_LOCAL_MACHINE\\SOFTWARE\\'.length),
    name,
    before,
    after,
  ]);
  const time = '2026-01-02T03:04:05.0000000Z';
  expect(said).toEqual([
    ['changed', 'a', '', time, time],
    ['changed', 'a', 'N', 'REG_DWORD  0x00000001 (1)', 'REG_SZ  two'],
    ['removed', 'b', '', time, null],
    ['removed', 'b', 'n', 'REG_DWORD  0x00000001 (1)', null],
    ['added', 'c', '', null, time],
    ['added', 'c', 'n', null, 'REG_DWORD  0x00000001 (1)'],
    ['times', 'touched', '', time, '2026-01-02T03:04:06.0000000Z'],
  ]);
});

test('a layer is the same as itself', async () => {
  const { rows, totals } = await workspace.compareRegistry(layers[0]!, layers[0]!);
  expect(rows).toEqual([]);
  expect(totals.same).toBe(5);
});

/** A workspace with two hives as layers. */
async function pairOf(before: KeySpec, after: KeySpec) {
  const host = webHost(loadModules());
  const space = new Workspace(host);
  const ids: string[] = [];
  for (const [i, root] of [before, after].entries()) {
    const { image } = openImage(host, new MemorySource('SOFTWARE', buildHive(root, { minor: 5 })));
    space.attachImage(`${i}`, image.report(), image);
    ids.push(await space.addLayer({ image: `${i}`, mount: '', role: i === 0 ? 'os' : 'app', name: null }));
  }
  await space.settled();
  return { space, ids: ids as [string, string] };
}

/** A self-relative descriptor with an empty DACL, whose owner is S-1-5-`authority`. */
function descriptor(authority: number): Uint8Array {
  const bytes = new Uint8Array(20 + 12 + 12 + 8);
  const view = new DataView(bytes.buffer);
  bytes.set([1, 0, 4, 0x80]);
  [20, 32, 0, 44].forEach((offset, i) => {
    view.setUint32(4 + i * 4, offset, true);
  });
  for (const at of [20, 32]) {
    bytes.set([1, 1, 0, 0, 0, 0, 0, 5], at);
    view.setUint32(at + 8, authority, true);
  }
  bytes.set([2, 0, 8, 0], 44);
  return bytes;
}

test('texts of classes and security descriptors count', async () => {
  const root = (keys: KeySpec[]): KeySpec => ({ name: 'ROOT', keys });
  const { space, ids } = await pairOf(
    root([
      { name: 'class', class: 'one' },
      { name: 'gone', class: 'one' },
      { name: 'owner', security: descriptor(18) },
      { name: 'same', class: 'one', security: descriptor(18) },
    ]),
    root([
      { name: 'class', class: 'two' },
      { name: 'gone' },
      { name: 'owner', security: descriptor(19) },
      { name: 'same', class: 'one', security: descriptor(18) },
    ]),
  );
  const { rows, totals } = await space.compareRegistry(...ids);
  expect(rows.map(({ path, change, aspects }) => [path.split('\\').at(-1), change, aspects])).toEqual([
    ['class', 'changed', ['class']],
    ['gone', 'changed', ['class']],
    ['owner', 'changed', ['security']],
  ]);
  expect(totals).toEqual({ added: 0, removed: 0, changed: 3, times: 0, same: 2 });
  // the merged view with and without the upper layer differs in the same
  const merged = await space.compareRegistry({ without: [ids[1]] }, { without: [] });
  expect(merged.rows.map(({ path, change, aspects }) => [path.split('\\').at(-1), change, aspects])).toEqual([
    ['class', 'changed', ['class']],
    ['gone', 'changed', ['class']],
    ['owner', 'changed', ['security']],
  ]);
  expect(merged.totals).toMatchObject({ added: 0, removed: 0, changed: 3, times: 0 });
});

test('a comparison tells how far it is, and ends when it is given up or another begins', async () => {
  const keys = Array.from({ length: 12_000 }, (_, i) => key(`k${i}`, i));
  const { space, ids } = await pairOf({ name: 'R', keys }, { name: 'R', keys });
  const given = space.compareRegistry(...ids);
  await expect.poll(async () => (await space.registryProgress())?.done ?? 0, { interval: 1 }).toBeGreaterThan(0);
  expect((await space.registryProgress())!.total).toBe(12_001);
  await space.endRegistryCompare();
  expect(await space.registryProgress()).toBeNull();
  await expect(given).rejects.toMatchObject({ code: 'Cancelled' });
  const first = space.compareRegistry(...ids);
  const second = space.compareRegistry(...ids);
  await expect(first).rejects.toMatchObject({ code: 'Cancelled' });
  expect((await second).totals.same).toBe(12_001);
  expect(await space.registryProgress()).toBeNull();
});

test('of long values the beginning is read, by layers and by views; their sizes are told', async () => {
  const long = (length: number): KeySpec => ({
    name: 'ROOT',
    keys: [{ name: 'K', values: [{ name: 'long', type: 3, data: new Uint8Array(length) }] }],
  });
  const { space, ids } = await pairOf(long(3000), long(3001));
  const told = async (...sides: Parameters<Workspace['compareRegistry']>) => {
    const { before, after } = (await space.compareRegistry(...sides)).rows.find(({ kind }) => kind === 'value')!;
    return [before!, after!];
  };
  const byLayers = await told(...ids);
  expect(byLayers.map((text) => /\((\d+) bytes\)$/.exec(text)?.[1])).toEqual(['3000', '3001']);
  expect(await told({ without: [ids[1]] }, { without: [] })).toEqual(byLayers);
});

test('hives of one place are compared, however it is spelled', () => {
  const hives = (user: string) => makeLayer('x', { hives: { 'HKLM/SOFTWARE': {}, [user]: {} } }).hives;
  const pairs = pairHives(hives('HKU/Ann'), hives('HKU/ann'));
  expect(pairs.map(({ a, b }) => [a?.mount, b?.mount])).toEqual([
    ['HKLM/SOFTWARE', 'HKLM/SOFTWARE'],
    ['HKU/Ann', 'HKU/ann'],
  ]);
});
