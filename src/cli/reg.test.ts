/** reg: a hive with its logs, keys of it, a whole image. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildHive, dword, type KeySpec, sz } from '../testing/hive-builder.ts';
import { newLog } from '../testing/hive-log-builder.ts';
import { sampleFiles } from '../testing/sample.ts';
import { buildWimWithMap } from '../testing/wim-builder.ts';

const inputs = new Inputs();
const ROOT: KeySpec = {
  name: 'ROOT',
  keys: [
    {
      name: 'Alpha',
      class: 'Cls',
      values: [
        { name: '', type: 1, data: sz('default') },
        { name: 'Number', type: 4, data: dword(7) },
        { name: 'odd \udc00', type: 3, data: Uint8Array.of(1, 0xfe) },
      ],
      keys: [{ name: 'Inner' }, { name: 'beta', values: [{ name: 'x', type: 0x1234, data: Uint8Array.of(9) }] }],
    },
  ],
};
let hive = '';
let layered = '';
let wim = '';
let before: string[] = [];

beforeAll(() => {
  hive = inputs.add('USER.DAT', buildHive(ROOT, { minor: 5 }));
  const gone = {
    name: 'ROOT',
    keys: [
      { name: 'Gone', layerKind: 1 },
      { name: 'Kept', values: [{ name: 'v', tombstone: true }] },
    ],
  };
  layered = inputs.add('delta.hiv', buildHive(gone, { minor: 6, layered: true }));
  wim = inputs.add('pool.wim', sampleFiles()[0]!.bytes);
  before = inputs.state();
});
afterAll(() => {
  expect(inputs.state()).toEqual(before);
});

describe('a hive', () => {
  test('-r --json: each key, then its values, with every field', () => {
    const { code, out, err } = cli(['reg', hive, '-r', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lastWrite = '2026-01-02T03:04:05.0000000Z';
    const key = (path: string, values: number, subkeys: number, name: string | null = null) => ({
      key: path,
      lastWrite,
      class: name,
      values,
      subkeys,
      layerKind: 0,
    });
    const value = (path: string, name: string, type: string, typeCode: number, data: string, text: string) => ({
      key: path,
      name,
      type,
      typeCode,
      size: data.length / 2,
      data,
      text,
    });
    const defaultData = Buffer.from('default\0', 'utf16le').toString('hex');
    expect(objects(out)).toEqual([
      key('', 0, 1),
      key('Alpha', 3, 2, 'Cls'),
      value('Alpha', '', 'REG_SZ', 1, defaultData, 'default'),
      value('Alpha', 'Number', 'REG_DWORD', 4, '07000000', '0x00000007 (7)'),
      value('Alpha', 'odd \udc00', 'REG_BINARY', 3, '01fe', '01 fe'),
      key('Alpha\\beta', 1, 0),
      value(
        'Alpha\\beta',
        'x',
        expect.any(String) as unknown as string,
        0x1234,
        '09',
        expect.any(String) as unknown as string,
      ),
      key('Alpha\\Inner', 0, 0),
    ]);
    expect(out).toContain('odd \\udc00');
  });

  test('one key: itself and its sub-keys, as they stand in the hive', () => {
    const keys = objects(cli(['reg', hive, 'ALPHA', '--json']).out).flatMap(({ key, name }) =>
      name === undefined ? [key] : [],
    );
    expect(keys).toEqual(['Alpha', 'Alpha\\beta', 'Alpha\\Inner']);
  });

  test('for people', () => {
    expect(cli(['reg', hive, 'Alpha']).out.split('\n')).toEqual([
      '[Alpha]  2026-01-02T03:04:05',
      '  (Default)  REG_SZ  default',
      '  Number  REG_DWORD  0x00000007 (7)',
      '  odd \\udc00  REG_BINARY  01 fe',
      '[Alpha\\beta]  2026-01-02T03:04:05',
      expect.stringMatching(/^ {2}x {2}/),
      '[Alpha\\Inner]  2026-01-02T03:04:05',
      '',
    ]);
  });

  test('layered: tombstones of keys and values', () => {
    const rows = objects(cli(['reg', layered, '-r', '--json']).out);
    expect(rows.map(({ key, name, layerKind, tombstone }) => [key, name, layerKind, tombstone])).toEqual([
      ['', undefined, 0, undefined],
      ['Gone', undefined, 1, undefined],
      ['Kept', undefined, 0, undefined],
      ['Kept', 'v', undefined, true],
    ]);
    expect(cli(['reg', layered, '-r']).out).toContain('(deleted)');
  });
});

describe('a whole image', () => {
  test('keys begin with where the hive stands', () => {
    const { code, out } = cli(['reg', wim, 'hkey_local_machine\\software\\CONTOSO\\viewer', '--json']);
    expect(code).toBe(0);
    expect(objects(out)[0]).toMatchObject({ key: 'HKLM\\SOFTWARE\\Contoso\\Viewer', layerKind: 0 });
  });

  test('-r without a key goes through all hives', () => {
    const keys = objects(cli(['reg', wim, '-r', '--json']).out).map(({ key }) => String(key));
    const mounts = new Set(keys.map((key) => key.split('\\').slice(0, 2).join('\\')));
    for (const mount of ['HKLM\\SAM', 'HKLM\\SECURITY', 'HKLM\\SOFTWARE', 'HKLM\\SYSTEM', 'HKU\\ann'])
      expect(mounts).toContain(mount);
  });

  test('HKU alone shows the hives of the users', () => {
    const keys = objects(cli(['reg', wim, 'HKU', '--json']).out).map(({ key }) => String(key));
    expect(keys.length).toBeGreaterThan(1);
    for (const key of keys) expect(key).toMatch(/^HKU\\/);
  });

  test('a hive that cannot be read is told, the others are listed', () => {
    const config = (name: string, data: Uint8Array) => ({ name, data });
    const dir = [
      {
        name: 'Windows',
        dir: [
          {
            name: 'System32',
            dir: [
              {
                name: 'config',
                dir: [config('SOFTWARE', buildHive(ROOT)), config('SYSTEM', new Uint8Array(5000).fill(7))],
              },
            ],
          },
        ],
      },
    ];
    const bad = inputs.add('bad.wim', buildWimWithMap({ images: [{ name: 'x', root: { name: '', dir } }] }).bytes);
    before = inputs.state();
    const { code, out, err } = cli(['reg', bad, '-r', '--json']);
    expect(code).toBe(1);
    expect(objects(out).map(({ key }) => key)).toContain('HKLM\\SOFTWARE\\Alpha\\beta');
    expect(JSON.parse(err)).toMatchObject({ error: { expected: 'a registry hive' } });
  });

  test('a hive inside it that a selector leads to is read with the logs that lie beside it there', () => {
    const hiveOf = (value: number, second = 1) =>
      buildHive(
        { name: 'ROOT', keys: [{ name: 'Key', values: [{ name: 'v', type: 4, data: dword(value) }] }] },
        { minor: 5, sequence1: second, sequence2: 1 },
      );
    const dir = [
      { name: 'SYSTEM', data: hiveOf(1, 2) },
      { name: 'system.log1', data: newLog([hiveOf(1), hiveOf(2)], 1) },
    ];
    const image = inputs.add(
      'logs.wim',
      buildWimWithMap({ images: [{ name: 'x', root: { name: '', dir: [{ name: 'config', dir }] } }] }).bytes,
    );
    before = inputs.state();
    const value = (...args: string[]) => objects(cli(['reg', ...args, 'Key', '--json']).out)[1]!['text'];
    expect(value(`${image}::config\\system`)).toBe('0x00000002 (2)');
    expect(value(`${image}::config\\system`, '--no-logs')).toBe('0x00000001 (1)');
  });
});

test('CurrentControlSet leads to the set that Select names, in an image and in a hive by itself', () => {
  const keys = (...args: string[]) => objects(cli(['reg', ...args, '--json']).out).map(({ key }) => key);
  expect(keys(wim, 'HKLM\\SYSTEM\\CurrentControlSet\\Services')[0]).toBe('HKLM\\SYSTEM\\ControlSet001\\Services');
  const system = inputs.add(
    'SYSTEM',
    buildHive({
      name: 'ROOT',
      keys: [
        { name: 'ControlSet003', keys: [{ name: 'Control' }] },
        { name: 'Select', values: [{ name: 'Current', type: 4, data: dword(3) }] },
      ],
    }),
  );
  before = inputs.state();
  expect(keys(system, 'currentcontrolset')).toEqual(['ControlSet003', 'ControlSet003\\Control']);
  expect(cli(['reg', hive, 'CurrentControlSet']).code).toBe(2);
});

test('a boot store is told in the words of bcdedit', () => {
  const guid = '{11111111-2222-3333-4444-555555555555}';
  const element = (name: string, type: number, data: Uint8Array): KeySpec => ({
    name,
    values: [{ name: 'Element', type, data }],
  });
  const store = inputs.add(
    'BCD',
    buildHive({
      name: 'NewStoreRoot',
      keys: [
        { name: 'Description' },
        {
          name: 'Objects',
          keys: [
            {
              name: guid,
              keys: [
                { name: 'Description', values: [{ name: 'Type', type: 4, data: dword(0x10200004) }] },
                {
                  name: 'Elements',
                  keys: [
                    element('12000004', 1, sz('Resume')),
                    element('22000002', 1, sz('\\hiberfil.sys')),
                    element('26000006', 3, Uint8Array.of(0)),
                  ],
                },
              ],
            },
          ],
        },
      ],
    }),
  );
  before = inputs.state();
  const values = objects(cli(['reg', store, '-r', '--json']).out).filter((row) => row['name'] === 'Element');
  expect(values.map((row) => row['words'])).toEqual([
    { name: 'description', text: 'Resume' },
    { name: 'filepath', text: '\\hiberfil.sys' },
    { name: 'debugoptionenabled', text: 'No' },
  ]);
  expect(cli(['reg', store, '-r']).out).toContain('  Element  REG_SZ  filepath: \\hiberfil.sys\n');
});
