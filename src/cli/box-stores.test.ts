/** Sandboxie boxes and layer directories of Windows containers over a made base: golden views. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { utf16leBytes } from '../base/utf16.ts';
import { mergedKeys } from '../engine/merged-listing.ts';
import { BACKUP, backupFile } from '../testing/backup-streams.ts';
import { buildHive, dword, type KeySpec, sz } from '../testing/hive-builder.ts';
import { buildNtfs, type NtfsEntry } from '../testing/ntfs-builder.ts';
import { buildTar } from '../testing/tar-builder.ts';
import { buildWim } from '../testing/wim-builder.ts';
import { nodeHost } from './host.ts';
import { openLayers } from './layers.ts';

const root = mkdtempSync(path.join(tmpdir(), 'stratascope-box-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const ANN = 'S-1-5-21-1-2-3-1001';
const MARK = 0x01b0_1234_dead_44a0n;
const bytes = (text: string) => new TextEncoder().encode(text);
const value = (name: string, data: number) => ({ name, type: 4, data: dword(data) });
const hive = (keys: readonly KeySpec[], layered = false) =>
  buildHive({ name: 'ROOT', keys }, layered ? { minor: 6, layered: true } : { minor: 5 });

function folder(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const at = path.join(root, name);
  for (const [file, data] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(at, file)), { recursive: true });
    writeFileSync(path.join(at, file), data);
  }
  return at;
}
function image(name: string, data: Uint8Array): string {
  writeFileSync(path.join(root, name), data);
  return path.join(root, name);
}

let base = '';
beforeAll(() => {
  const software = hive([
    {
      name: 'Microsoft',
      keys: [
        {
          name: 'Windows NT',
          keys: [
            {
              name: 'CurrentVersion',
              keys: [
                {
                  name: 'ProfileList',
                  keys: [{ name: ANN, values: [{ name: 'ProfileImagePath', type: 2, data: sz('C:\\Users\\ann') }] }],
                },
              ],
            },
          ],
        },
      ],
    },
    {
      name: 'Was',
      values: [value('v', 1), value('w', 1)],
      keys: [{ name: 'inner', values: [value('kept', 1), value('gone', 1)] }],
    },
    { name: 'Taken', values: [value('before', 1)], keys: [{ name: 'below' }] },
    {
      name: 'Vendor',
      keys: [
        { name: 'Gone', keys: [{ name: 'below' }] },
        { name: 'Kept', values: [value('a', 1), value('b', 1)] },
      ],
    },
  ]);
  const user = hive([{ name: 'Environment', values: [value('x', 1)] }, { name: 'Old' }]);
  const dir = (name: string, entries: object[]) => ({ name, dir: entries });
  const file = (name: string, data: string | Uint8Array = name) => ({
    name,
    data: typeof data === 'string' ? bytes(data) : data,
  });
  base = image(
    'base.wim',
    buildWim({
      images: [
        {
          name: 'Base',
          root: dir('', [
            dir('Windows', [
              file('a.dll'),
              file('b.dll'),
              dir('System32', [dir('config', [file('SOFTWARE', software)])]),
            ]),
            dir('Program Files', [dir('App', [file('app.exe')]), dir('Old', [file('old.txt')])]),
            dir('ProgramData', [dir('Vendor', [file('p.txt')])]),
            dir('Users', [
              dir('ann', [file('NTUSER.DAT', user), dir('Desktop', [file('note.txt'), file('kept.txt')])]),
            ]),
          ]) as never,
        },
      ],
    }),
  );
});

/** The merged files without those of the base that nothing concerns, and keys with their values. */
async function view(layer: string, under: readonly string[]) {
  const workspace = await openLayers(nodeHost(), {
    layers: [
      { role: 'os', image: base },
      { role: 'user', image: layer },
    ],
    rules: [],
  });
  const [top] = workspace.state().layers;
  const from = (id: string) => (id === top!.id ? '+' : ' ');
  const files = (await workspace.filesBelow(0))
    .filter(({ directory }) => !directory)
    .map(({ path: at, layer: id }) => `${from(id)} ${at}`)
    .filter((text) => !/SOFTWARE|NTUSER/.test(text))
    .sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1));
  const keys: string[] = [];
  for (const key of under)
    for await (const { key: row, values } of mergedKeys(workspace, key, true, false)) {
      keys.push(`${row.layer === 'os' ? ' ' : '+'} ${row.key}`);
      for (const one of values) keys.push(`${one.layer === 'os' ? ' ' : '+'}   ${one.name}=${one.text}`);
    }
  const told = workspace.damage().map(({ code }) => code);
  // a plan that is built is proven by replay
  await workspace.buildPlan();
  const read = async (at: string, stream = '') => {
    const { node } = (await workspace.filesBelow(0)).find(({ path: one }) => one === at)!;
    return new TextDecoder().decode(await workspace.readFile(node, top!.id, stream, 0, 100));
  };
  return { store: top!.store, files, keys, told, read };
}
const KEYS = ['HKLM\\SOFTWARE\\Vendor', `HKU\\${ANN}`];

const GOLDEN_FILES = [
  '+ Program Files/App/new.exe',
  '+ Program Files/Renamed/more.txt',
  '  Program Files/Renamed/old.txt',
  '  ProgramData/Vendor/p.txt',
  '+ ProgramData/Vendor/q.txt',
  '  Users/ann/Desktop/kept.txt',
  '+ Users/ann/Desktop/new.txt',
  '+ Windows/a.dll',
];
const GOLDEN_KEYS = [
  '+ HKLM\\SOFTWARE\\Vendor',
  '+ HKLM\\SOFTWARE\\Vendor\\Kept',
  '+   a=0x00000002 (2)',
  `+ HKU\\${ANN}`,
  `+ HKU\\${ANN}\\Environment`,
  '+   y=0x00000002 (2)',
  '    x=0x00000001 (1)',
];
const RENAMED = ['HKLM\\SOFTWARE\\Now', 'HKLM\\SOFTWARE\\Taken'];
/** Keys that were renamed in the box: the base's, under their new names, without what was there before. */
const GOLDEN_RENAMED = [
  '+ HKLM\\SOFTWARE\\Now',
  '+   v=0x00000002 (2)',
  '    w=0x00000001 (1)',
  '+ HKLM\\SOFTWARE\\Now\\inner',
  '    kept=0x00000001 (1)',
  '+ HKLM\\SOFTWARE\\Taken',
  '    kept=0x00000001 (1)',
  '    gone=0x00000001 (1)',
];
const lines = (rows: readonly string[]) => utf16leBytes(rows.map((row) => `${row}\r\n`).join(''));

test('a Sandboxie box with path files (V2), from a folder', async () => {
  const box = folder('box2', {
    'drive/C/Windows/a.dll': 'box',
    'drive/C/Program Files/App/new.exe': 'n',
    'drive/C/Program Files/Renamed/more.txt': 'm',
    'user/current/Desktop/new.txt': 'n',
    'user/all/Vendor/q.txt': 'q',
    'FilePaths.dat': lines([
      'C:\\Windows\\b.dll|1',
      'C:\\Program Files\\App|1',
      'C:\\Program Files\\Old|1',
      'C:\\Program Files\\Renamed|2|C:\\Program Files\\Old',
      'C:\\Users\\ann\\Desktop\\note.txt|1',
    ]),
    'RegPaths.dat': lines([
      '\\REGISTRY\\MACHINE\\SOFTWARE\\Vendor\\Gone|1',
      '\\REGISTRY\\MACHINE\\SOFTWARE\\Vendor\\Kept\\$b|1',
      '\\REGISTRY\\MACHINE\\SOFTWARE\\Was|1',
      '\\REGISTRY\\MACHINE\\SOFTWARE\\Now|2|\\REGISTRY\\MACHINE\\SOFTWARE\\Was',
      '\\REGISTRY\\MACHINE\\SOFTWARE\\Now\\inner\\$gone|1',
      '\\REGISTRY\\MACHINE\\SOFTWARE\\Taken|3|\\REGISTRY\\MACHINE\\SOFTWARE\\Was\\inner',
      `\\REGISTRY\\USER\\${ANN}\\Old|1`,
    ]),
    RegHive: hive([
      {
        name: 'machine',
        keys: [
          {
            name: 'software',
            keys: [
              { name: 'Vendor', keys: [{ name: 'Kept', values: [value('a', 2)] }] },
              { name: 'Now', values: [value('v', 2)] },
            ],
          },
        ],
      },
      { name: 'user', keys: [{ name: 'current', keys: [{ name: 'Environment', values: [value('y', 2)] }] }] },
    ]),
  });
  const { store, files, keys, told } = await view(box, [...KEYS, ...RENAMED]);
  expect(store).toBe('sandboxie');
  expect(files).toEqual(GOLDEN_FILES);
  expect(keys).toEqual([...GOLDEN_KEYS, ...GOLDEN_RENAMED]);
  expect(told).toEqual(['folderFacts']);
  expect((await view(box, ['HKLM\\SOFTWARE'])).keys.filter((text) => text.includes('\\Was'))).toEqual([]);
});

test('a Sandboxie box with marks by time (V1), inside a disk', async () => {
  const created = { created: MARK };
  const dir = (name: string, entries: readonly NtfsEntry[]): NtfsEntry => ({ name, dir: entries });
  const file = (name: string, data: string | Uint8Array = name): NtfsEntry => ({
    name,
    data: typeof data === 'string' ? bytes(data) : data,
  });
  const mark = (name: string): NtfsEntry => ({ name, data: new Uint8Array(0), ...created });
  const reg = hive([
    {
      name: 'machine',
      keys: [
        {
          name: 'software',
          keys: [
            {
              name: 'Vendor',
              keys: [
                { name: 'Gone', lastWrite: MARK },
                { name: 'Kept', values: [value('a', 2), { name: 'b', type: 0x786f_6273, data: new Uint8Array(0) }] },
              ],
            },
          ],
        },
      ],
    },
    {
      name: 'user',
      keys: [
        {
          name: 'current',
          keys: [
            { name: 'Environment', values: [value('y', 2)] },
            { name: 'Old', lastWrite: MARK },
          ],
        },
      ],
    },
  ]);
  const box = buildNtfs({
    root: [
      dir('drive', [
        dir('C', [
          dir('Windows', [file('a.dll'), mark('b.dll')]),
          dir('Program Files', [mark('Old'), dir('App', [file('new.exe'), mark('app.exe')])]),
        ]),
      ]),
      dir('user', [
        dir('current', [dir('Desktop', [file('new.txt'), mark('note.txt')])]),
        dir('all', [dir('Vendor', [file('q.txt')])]),
      ]),
      file('RegHive', reg),
    ],
  });
  const { store, files, keys, told } = await view(image('box1.img', box), [KEYS[0]!]);
  expect(store).toBe('sandboxie');
  // nothing in such a box says whose it is: its profile has a folder of its own
  expect(files).toEqual(
    [
      ...GOLDEN_FILES.filter((text) => !/Renamed|Desktop/.test(text)),
      '  Users/ann/Desktop/kept.txt',
      '  Users/ann/Desktop/note.txt',
      '+ Users/user/Desktop/new.txt',
    ].sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1)),
  );
  expect(keys).toEqual(GOLDEN_KEYS.slice(0, 3));
  expect(told).toContain('sandboxOwner');
});

/** As hcsshim keeps a file: its attributes, then what BackupRead gives. */
const carried = (data: string) =>
  backupFile(0x20, [
    { id: BACKUP.security, data: new Uint8Array(20) },
    { id: BACKUP.data, data: bytes(data) },
    { id: BACKUP.alternate, name: ':zone:$DATA', data: bytes('z') },
  ]);
const carriedFolder = backupFile(0x10, [{ id: BACKUP.security, data: new Uint8Array(20) }]);
const asTar = (name: string, files: Readonly<Record<string, string | Uint8Array>>) => {
  const entries = Object.entries(files).map(([file, data]) => ({
    path: file,
    data: typeof data === 'string' ? bytes(data) : data,
  }));
  return image(name, buildTar(entries).bytes);
};

test.each([
  ['as files', 'wcifs', (text: string): string | Uint8Array => text, 'metadata', folder],
  ['as backup streams', 'transport', carried, carriedFolder, folder],
  ['as backup streams, in an archive', 'transport.tar', carried, carriedFolder, asTar],
] as const)('a layer directory of a Windows container, %s', async (_, name, kept, metadata, make) => {
  const layer = make(name, {
    'Files/Windows/a.dll': kept('new'),
    'Files/Windows/c.dll': kept('new'),
    'Files/Program Files.$wcidirs$': metadata,
    'Files/Program Files/App/new.exe': kept('n'),
    'tombstones.txt': '\ufeffVersion 1.0\r\n\\Windows\\b.dll\r\n\\Program Files\\Old\r\n',
    'Hives/Software_Delta': hive(
      [
        {
          name: 'Vendor',
          keys: [
            { name: 'Gone', layerKind: 1 },
            { name: 'Kept', values: [value('a', 2), { name: 'b', tombstone: true }] },
          ],
        },
      ],
      true,
    ),
    'UtilityVM/Files/x': 'x',
  });
  const { store, files, keys, told, read } = await view(layer, [KEYS[0]!]);
  expect(store).toBe('container');
  expect(files).toEqual([
    '  Program Files/App/app.exe',
    '+ Program Files/App/new.exe',
    '  ProgramData/Vendor/p.txt',
    '  Users/ann/Desktop/kept.txt',
    '  Users/ann/Desktop/note.txt',
    '+ Windows/a.dll',
    '+ Windows/c.dll',
  ]);
  expect(keys).toEqual(GOLDEN_KEYS.slice(0, 3));
  const streams = kept === carried;
  expect(told.filter((code) => code !== 'folderFacts')).toEqual([
    streams ? 'backupStreamsDecoded' : 'layerBackupStreams',
  ]);
  expect(await read('Windows/a.dll')).toBe('new');
  if (streams) expect(await read('Windows/a.dll', 'zone')).toBe('z');
});

test('the scratch volume of a container: tombstones and placeholders are reparse points', async () => {
  const point = (name: string, tag: number, dir?: readonly NtfsEntry[]): NtfsEntry => ({
    name,
    ...(dir === undefined ? { data: new Uint8Array(0) } : { dir }),
    reparse: { tag, data: new Uint8Array(26) },
  });
  const volume = buildNtfs({
    root: [
      point('Windows', 0x9000_1018, [
        point('b.dll', 0xa000_001f),
        point('a.dll', 0x8000_0018),
        { name: 'c.dll', data: bytes('new') },
      ]),
      { name: 'Program Files', dir: [point('Old', 0xa000_001f)] },
    ],
  });
  const { store, files } = await view(image('scratch.img', volume), []);
  expect(store).toBe('container');
  expect(files.filter((text) => /Windows|Program/.test(text))).toEqual([
    '  Program Files/App/app.exe',
    '  ProgramData/Vendor/p.txt',
    '  Windows/a.dll',
    '+ Windows/c.dll',
  ]);
});
