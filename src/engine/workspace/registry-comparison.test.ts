/** The registries of two layers compared over their columns. */
import { beforeAll, expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { BUILT_AT, buildHive, dword, type KeySpec, sz } from '../../testing/hive-builder.ts';
import { loadModules } from '../../testing/modules.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
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
