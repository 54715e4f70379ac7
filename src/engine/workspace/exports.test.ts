/** Files of the merged registry piece by piece, and keys in words. */

import { open } from 'hivex-wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { buildHive, dword, type KeySpec, sz } from '../../testing/hive-builder.ts';
import { loadModule, loadModules } from '../../testing/modules.ts';
import type { RegistryFormat } from '../api.ts';
import { webHost } from '../host.ts';
import { findKey } from '../merged-listing.ts';
import { openImage } from '../open-image.ts';
import { fileName } from './exports.ts';
import { Workspace } from './workspace.ts';

const key = (name: string, keys: readonly KeySpec[] = [], values: KeySpec['values'] = []): KeySpec => ({
  name,
  keys,
  values,
});
const element = (name: string, type: number, data: Uint8Array) => key(name, [], [{ name: 'Element', type, data }]);
const object = (guid: string, type: number, elements: readonly KeySpec[]) =>
  key(guid, [key('Description', [], [{ name: 'Type', type: 4, data: dword(type) }]), key('Elements', elements)]);
const BOOTMGR = '{9dea862c-5cdd-4e70-acc1-f32b344d4795}';
const LOADER = '{11111111-2222-3333-4444-555555555555}';

const HIVES: readonly (readonly [name: string, root: KeySpec])[] = [
  [
    'SOFTWARE',
    key('ROOT', [
      key('Classes', [key('.txt')]),
      {
        ...key(
          'Many',
          Array.from({ length: 3000 }, (_, i) => key(`key ${i}`, [], [{ name: 'v', type: 4, data: dword(i) }])),
        ),
        class: 'C',
      },
      key('Microsoft'),
    ]),
  ],
  [
    'BCD',
    key('NewStoreRoot', [
      key('Description'),
      key('Objects', [
        object(BOOTMGR, 0x10100002, [
          element('25000004', 3, Uint8Array.of(30, 0, 0, 0, 0, 0, 0, 0)),
          element('24000001', 7, sz(`${LOADER}\0`)),
        ]),
        object(LOADER, 0x10200003, [
          element('12000004', 1, sz('Windows 11')),
          element('26000022', 3, Uint8Array.of(1)),
        ]),
      ]),
    ]),
  ],
  [
    'Amcache.hve',
    key('{x}', [
      key('Root', [
        key('InventoryApplicationFile', [
          key('notepad.exe|1', [], [{ name: 'FileId', type: 1, data: sz(`0000${'ab'.repeat(20)}`) }]),
        ]),
        key('Programs'),
      ]),
    ]),
  ],
];

let workspace: Workspace;
beforeAll(async () => {
  const host = webHost(loadModules());
  workspace = new Workspace(host);
  for (const [i, [name, root]] of HIVES.entries()) {
    const { image } = openImage(host, new MemorySource(name, buildHive(root, { minor: 5 })));
    workspace.attachImage(`${i}`, image.report(), image);
    await workspace.addLayer({ image: `${i}`, mount: '', role: i === 0 ? 'os' : 'app', name: null });
  }
  await workspace.settled();
});

async function exported(path: string, format: RegistryFormat, deep = true) {
  const { id, name } = await workspace.exportKey(findKey(workspace, path), format, deep);
  const parts: Uint8Array[] = [];
  for (let pieces = 1; ; pieces++) {
    const { bytes, keys, left, finished } = await workspace.exportNext(id);
    parts.push(bytes);
    if (!finished) continue;
    const whole = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
    return { name, whole, keys, left, pieces };
  }
}

describe('files of keys', () => {
  test('come in pieces, with the keys counted', async () => {
    const { name, whole, keys, left, pieces } = await exported('HKLM\\SOFTWARE', 'reg');
    expect([name, keys, left]).toEqual(['SOFTWARE.reg', 3005, 0]);
    expect(pieces).toBeGreaterThan(1);
    const text = new TextDecoder('utf-16le').decode(whole);
    expect(text.match(/^\[/gm)).toHaveLength(3005);
    expect(text).toContain('[HKEY_LOCAL_MACHINE\\SOFTWARE\\Many\\key 2999]\r\n"v"=dword:00000bb7\r\n');
  });

  test('a key by itself', async () => {
    const { whole, keys } = await exported('HKLM\\SOFTWARE\\Many', 'json', false);
    expect(keys).toBe(1);
    expect(JSON.parse(new TextDecoder().decode(whole)).keys).toMatchObject([{ class: 'C', values: [] }]);
  });

  test('a new hive holds keys, classes, values and descriptors', async () => {
    const { name, whole } = await exported('HKLM\\SOFTWARE\\Many', 'hive');
    expect(name).toBe('Many.hiv');
    const hive = open(whole, loadModule('hivex'));
    const root = hive.root();
    expect(hive.nodeClass(root)).toBe('C');
    expect(hive.nodeChildren(root)).toHaveLength(3000);
    const last = hive.nodeGetChild(root, 'key 2999')!;
    expect(hive.valueDword(hive.nodeGetValue(last, 'v')!)).toBe(2999);
    expect(hive.nodeSecurity(root)).not.toBeNull();
  });

  test('a change of the layers ends them, and what was given up is gone', async () => {
    const first = await workspace.exportKey(findKey(workspace, 'HKLM'), 'csv', true);
    await workspace.exportNext(first.id);
    await workspace.setRole('layer2', 'user');
    await expect(workspace.exportNext(first.id)).rejects.toThrow('layers that stay as they are');
    const second = await workspace.exportKey(findKey(workspace, 'HKLM'), 'csv', true);
    await workspace.endExport(second.id);
    await expect(workspace.exportNext(second.id)).rejects.toThrow('a file that is being written');
    await expect(workspace.exportKey(1e9, 'csv', true)).rejects.toThrow('a key that is still there');
  });

  test('names of files', () => {
    expect([fileName('a/b:c?'), fileName(''), fileName('...')]).toEqual(['a_b_c_', 'registry', 'registry']);
  });
});

describe('keys in words', () => {
  const words = async (path: string) => (await workspace.keyDetail(findKey(workspace, path))).words;
  const objects = 'HKLM\\BCD00000000\\Objects';

  test('the boot store: its objects, one object, one element', async () => {
    const list = [
      { name: LOADER, text: 'Windows Boot Loader: Windows 11' },
      { name: '{bootmgr}', text: 'Windows Boot Manager' },
    ];
    expect((await words('HKLM\\BCD00000000'))?.lines).toEqual(list);
    expect((await words(objects))?.lines).toEqual(list);
    expect(await words(`${objects}\\${BOOTMGR}`)).toEqual({
      kind: 'bcd',
      title: 'Windows Boot Manager {bootmgr}',
      lines: [
        { name: 'displayorder', text: LOADER },
        { name: 'timeout', text: '30' },
      ],
    });
    expect((await words(`${objects}\\${LOADER}\\Elements\\26000022`))?.lines).toEqual([{ name: 'winpe', text: 'Yes' }]);
    expect(await words('HKLM\\BCD00000000\\Description')).toBeNull();
  });

  test('Amcache is mounted by its keys, and its records name the SHA-1', async () => {
    expect(await words('HKLM\\Amcache\\Root\\InventoryApplicationFile\\notepad.exe|1')).toEqual({
      kind: 'amcache',
      title: 'InventoryApplicationFile',
      lines: [{ name: 'SHA-1', text: 'ab'.repeat(20) }],
    });
    expect(await words('HKLM\\Amcache\\Root')).toBeNull();
    expect(await words('HKLM\\SOFTWARE\\Many')).toBeNull();
  });
});
