/** The parts of the registry that no hive holds: regedit's five roots and the links of the running system. */
import { beforeAll, describe, expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { buildHive, dword, type KeySpec, sz } from '../../testing/hive-builder.ts';
import { loadModules } from '../../testing/modules.ts';
import type { KeyRow, ViewSpec } from '../api.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { Workspace } from './workspace.ts';

const KEYS: ViewSpec = {
  pane: 'registry',
  filter: '',
  states: null,
  layers: null,
  showHidden: true,
  conflictsOnly: false,
  sort: { by: 'name', descending: false },
};
const text = (name: string, value: string) => ({ name, type: 1, data: sz(value) });
const number = (name: string, value: number) => ({ name, type: 4, data: dword(value) });
const key = (name: string, keys: readonly KeySpec[] = [], values: KeySpec['values'] = []): KeySpec => ({
  name,
  keys,
  values,
});
const LINK = { name: 'SymbolicLinkValue', type: 6, data: sz('\\Registry\\Machine\\SOFTWARE\\Classes').subarray(0, -2) };

const HIVES: readonly (readonly [name: string, root: readonly KeySpec[]])[] = [
  [
    'SYSTEM',
    [
      key('ControlSet001', [key('Services', [key('old')])]),
      key('ControlSet002', [
        key('Hardware Profiles', [key('0001', [key('System')])]),
        key('Services', [key('Spooler', [], [number('Start', 2)])]),
      ]),
      key('DriverDatabase'),
      key('MountedDevices', [], [{ name: '\\DosDevices\\C:', type: 3, data: Uint8Array.of(1) }]),
      key('Select', [], [number('Current', 2)]),
    ],
  ],
  [
    'SOFTWARE',
    [
      key('Classes', [
        key('.abc', [key('machine only')], [text('', 'machine')]),
        key('.txt', [], [text('', 'machine')]),
        key('CLSID', [key('{2}'), key('{4}', [key('InprocServer32')])], [text('', 'of the machine'), text('m', '1')]),
      ]),
      key('Microsoft'),
      { ...key('Wow6432Node', [], [LINK]), symlink: true },
    ],
  ],
  ['\\Users\\ann\\ntuser.dat', [key('Control Panel'), key('Software', [key('Contoso')]), key('Environment')]],
  [
    '\\Users\\ann\\UsrClass.dat',
    [
      key('.abc', [], [text('', 'ann')]),
      key('CLSID', [key('{1}'), key('{4}', [key('LocalServer')])], [text('', 'of ann')]),
      key('Local Settings'),
    ],
  ],
  ['\\Users\\ben\\ntuser.dat', [key('Control Panel'), key('Software', [key('Ben')]), key('Environment')]],
];

async function open(hives = HIVES): Promise<Workspace> {
  const host = webHost(loadModules());
  const workspace = new Workspace(host);
  for (const [i, [fileName, keys]] of hives.entries()) {
    const bytes = buildHive({ name: 'ROOT', keys }, { minor: 5, fileName });
    const { image } = openImage(host, new MemorySource(fileName.slice(fileName.lastIndexOf('\\') + 1), bytes));
    workspace.attachImage(`${i}`, image.report(), image);
    await workspace.addLayer({ image: `${i}`, mount: '', role: i === 0 ? 'os' : 'app', name: null });
  }
  await workspace.settled();
  return workspace;
}

/** The rows as lines: depth, name, what it is. */
async function rows(workspace: Workspace, view: number): Promise<KeyRow[]> {
  const { info } = (await workspace.reveal(view, 'HKEY_LOCAL_MACHINE'))!;
  return (await workspace.keyRows(view, info.generation, 0, info.count))!;
}

const names = (list: readonly KeyRow[], depth: number) =>
  list.filter((row) => row.depth === depth).map((row) => row.name);

describe('the registry pane', () => {
  let workspace: Workspace;
  let view = 0;
  const at = async (path: string) => (await workspace.reveal(view, path))!;
  const values = async (path: string) =>
    (await workspace.values((await at(path)).node, false)).map((v) => [v.name, v.text, v.side]);

  beforeAll(async () => {
    workspace = await open();
    ({ view } = await workspace.openView(KEYS));
  });

  test("shows regedit's five roots in its order", async () => {
    expect(names(await rows(workspace, view), 0)).toEqual([
      'HKEY_CLASSES_ROOT',
      'HKEY_CURRENT_USER',
      'HKEY_LOCAL_MACHINE',
      'HKEY_USERS',
      'HKEY_CURRENT_CONFIG',
    ]);
  });

  test('CurrentControlSet is a link to the set that Select names, at its place among the keys of SYSTEM', async () => {
    const link = await at('HKLM\\SYSTEM\\CurrentControlSet\\Services\\Spooler');
    expect(await workspace.values(link.node, false)).toMatchObject([{ name: 'Start', text: '0x00000002 (2)' }]);
    expect(await workspace.keyDetail(link.node)).toMatchObject({
      path: 'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Spooler',
      really: ['HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Services\\Spooler'],
    });
    const list = await rows(workspace, view);
    const system = list.findIndex((row) => row.name === 'SYSTEM');
    const below = list.slice(system + 1).filter((row) => row.depth === 2);
    expect(below.slice(0, 6).map((row) => `${row.name} ${row.kind}`)).toEqual([
      'ControlSet001 key',
      'ControlSet002 key',
      'CurrentControlSet link',
      'DriverDatabase key',
      'MountedDevices key',
      'Select key',
    ]);
    expect(list[link.index]).toMatchObject({ name: 'Spooler', depth: 4, node: link.node });
    expect(await workspace.indexOf(view, link.node)).toBe(link.index);
    expect((await at('HKEY_CURRENT_CONFIG\\System')).value).toBeNull();
  });

  test('R-26 HKEY_CLASSES_ROOT: keys of the user win wholesale, but for the keys that both sides share', async () => {
    await at('HKCR\\CLSID\\{4}\\LocalServer');
    const list = await rows(workspace, view);
    const classes = list.slice(
      0,
      list.findIndex((row) => row.name === 'HKEY_CURRENT_USER'),
    );
    expect(classes.map(({ depth, name, side }) => [depth, name, side])).toEqual([
      [0, 'HKEY_CLASSES_ROOT', 'both'],
      [1, '.abc', 'user'],
      [1, '.txt', 'machine'],
      [1, 'CLSID', 'both'],
      [2, '{1}', 'user'],
      [2, '{2}', 'machine'],
      [2, '{4}', 'user'],
      [3, 'LocalServer', 'user'],
      [1, 'Local Settings', 'user'],
    ]);
    expect(await workspace.reveal(view, 'HKCR\\.abc\\machine only')).toBeNull();
    expect(await values('HKCR\\.abc')).toEqual([['', 'ann', undefined]]);
    expect(await values('HKCR\\CLSID')).toEqual([
      ['', 'of ann', 'user'],
      ['m', '1', 'machine'],
    ]);
    const { node } = await at('HKCR\\CLSID');
    expect((await workspace.keyDetail(node)).really).toEqual([
      'HKEY_USERS\\ann_Classes\\CLSID',
      'HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes\\CLSID',
    ]);
    expect((await workspace.valueDetail(node, 'm')).lines).toEqual(['1']);
    expect(await workspace.keySecurity(node)).not.toBeNull();
  });

  test('HKEY_CURRENT_USER is the chosen user, Software\\Classes a link to the classes of that user', async () => {
    expect(workspace.state()).toMatchObject({
      users: [{ mount: 'HKU/ann' }, { mount: 'HKU/ben' }],
      user: 'HKU/ann',
    });
    const link = await at('HKCU\\Software\\Classes\\.abc');
    expect((await workspace.keyDetail(link.node)).really).toEqual(['HKEY_USERS\\ann_Classes\\.abc']);
    const list = await rows(workspace, view);
    expect(list.find((row) => row.name === 'Classes' && row.depth === 2)).toMatchObject({ kind: 'link' });
    await expect(workspace.setUser('HKU/nobody')).rejects.toThrow('a user whose hive is mounted');
    await workspace.setUser('HKU/ben');
    ({ view } = await workspace.openView(KEYS));
    expect((await at('HKCU\\Software\\Ben')).value).toBeNull();
    expect(await workspace.reveal(view, 'HKCU\\Software\\Contoso')).toBeNull();
    // what a way led to is gone with its user: nothing is shown in its place
    expect(await workspace.values(link.node, false)).toEqual([]);
    await expect(workspace.keyDetail(link.node)).rejects.toThrow('a key that is still there');
    expect(await values('HKCR\\.abc')).toEqual([['', 'machine', undefined]]);
    await workspace.setUser('HKU/ann');
    ({ view } = await workspace.openView(KEYS));
    expect((await workspace.keyDetail(link.node)).path).toBe('HKEY_CURRENT_USER\\Software\\Classes\\.abc');
  });

  test('R-13 a REG_LINK key is shown with its target and has nothing below', async () => {
    const { node, info, index } = await at('HKLM\\SOFTWARE\\Wow6432Node');
    expect(await workspace.keyDetail(node)).toMatchObject({ linkTarget: '\\Registry\\Machine\\SOFTWARE\\Classes' });
    expect(await workspace.keyRows(view, info.generation, index, 1)).toMatchObject([
      { kind: 'link', expandable: false },
    ]);
  });

  test('open ways stay open, are closed, opened whole, and found by their first letters', async () => {
    await at('HKCU\\Software\\Contoso');
    const again = await workspace.openView(KEYS);
    const list = (await workspace.keyRows(again.view, again.generation, 0, again.count))!;
    expect(list.some((row) => row.name === 'Contoso' && row.depth === 2)).toBe(true);
    const root = list.find((row) => row.name === 'HKEY_CURRENT_USER')!;
    const closed = await workspace.expand(again.view, root.node, false, false);
    expect(closed.count).toBeLessThan(again.count);
    const open = await workspace.expand(again.view, root.node, true, true);
    const all = (await workspace.keyRows(again.view, open.generation, 0, open.count))!;
    expect(all.some((row) => row.name === 'LocalServer' && row.depth === 5)).toBe(true);
    expect(await workspace.keyRows(again.view, closed.generation, 0, 1)).toBeNull();
    expect(all[await workspace.findRow(again.view, 'env', -1, false, true)]).toMatchObject({ name: 'Environment' });
    for (const [i, row] of all.entries()) expect(await workspace.indexOf(again.view, row.node)).toBe(i);
  });

  test('a filtered view and a search show what is found once, where it really is', async () => {
    const found = await workspace.openView({ ...KEYS, filter: 'Spooler' });
    const list = (await workspace.keyRows(found.view, found.generation, 0, found.count))!;
    expect(list.map((row) => row.name)).toEqual([
      'HKEY_LOCAL_MACHINE',
      'SYSTEM',
      'ControlSet002',
      'Services',
      'Spooler',
    ]);
    expect(await workspace.reveal(found.view, 'HKCU\\Software')).toBeNull();
    const index = await workspace.findRow(view, 'Contoso', -1, false, false);
    const { info } = await at('HKEY_USERS');
    const row = (await workspace.keyRows(view, info.generation, index, 1))![0]!;
    expect((await workspace.keyDetail(row.node)).path).toBe('HKEY_USERS\\ann\\Software\\Contoso');
  });

  test('a value whose name holds backslashes is reached by its path', async () => {
    expect(await at('HKLM\\SYSTEM\\MountedDevices\\\\DosDevices\\C:')).toMatchObject({ value: '\\DosDevices\\C:' });
    expect(await workspace.reveal(view, 'HKLM\\SYSTEM\\MountedDevices\\DosDevices\\C:')).toBeNull();
  });

  test('ways add nothing to what is counted', async () => {
    const { keys, values: count } = workspace.state().stats;
    expect(keys).toBe(workspace.merged.registry.union.count - 1);
    expect(count).toBe(workspace.merged.registry.valueCount());
  });
});

test('without users and control sets there are one root', async () => {
  const workspace = await open([['SOFTWARE', [key('Microsoft'), key('Policies')]]]);
  const { view, generation, count } = await workspace.openView(KEYS);
  const list = (await workspace.keyRows(view, generation, 0, count))!;
  expect(list.map((row) => row.name)).toEqual(['HKEY_LOCAL_MACHINE']);
  expect(await workspace.reveal(view, 'HKCR\\.txt')).toBeNull();
  expect(await workspace.reveal(view, 'HKCU')).toBeNull();
});

test('classes that were dropped by themselves are those of the user whom nobody else can mean', async () => {
  const classes = [key('.xyz'), key('Local Settings')];
  const workspace = await open([HIVES[2]!, ['UsrClass.dat', classes]]);
  const { view } = await workspace.openView(KEYS);
  expect(workspace.state().mounts.map(({ mount }) => mount)).toEqual(['HKU/ann', 'HKU/user_Classes']);
  const { node } = (await workspace.reveal(view, 'HKCR\\.xyz'))!;
  expect((await workspace.keyDetail(node)).really).toEqual(['HKEY_USERS\\user_Classes\\.xyz']);
  expect(await workspace.reveal(view, 'HKCU\\Software\\Classes\\.xyz')).not.toBeNull();
});

test('a SAM that was dropped beside a SYSTEM is shown, until somebody says that only the base counts', async () => {
  const workspace = await open([HIVES[0]!, ['SAM', [key('SAM', [key('Domains')])]]]);
  const { view } = await workspace.openView(KEYS);
  expect(await workspace.reveal(view, 'HKLM\\SAM\\SAM\\Domains')).not.toBeNull();
  expect(workspace.state().mounts.find(({ mount }) => mount === 'HKLM/SAM')!.mode).toBe('merge');
  await workspace.setHiveMode('HKLM/SAM', 'baseOnly');
  const { stats } = workspace.state();
  expect(stats.hidden).toBe(0);
  const again = await workspace.openView({ ...KEYS, showHidden: false });
  expect(await workspace.reveal(again.view, 'HKLM\\SAM\\SAM\\Domains')).toBeNull();
});
