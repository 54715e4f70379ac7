/** merge: files, keys, findings and figures of the sample pair, with the layer that each comes from. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { userTree } from '../testing/sample/user.ts';
import { sampleFiles } from '../testing/sample.ts';

const inputs = new Inputs();
let layers: string[] = [];
let before: string[] = [];

beforeAll(() => {
  const [os, user] = sampleFiles().map(({ name, bytes }) => inputs.add(name, bytes));
  layers = ['--os', os!, '--user', user!];
  before = inputs.state();
});
afterAll(() => {
  expect(inputs.state()).toEqual(before);
});

const merge = (...args: string[]) => cli(['merge', ...layers, ...args]);
const rows = (...args: string[]) => {
  const { code, out, err } = merge(...args, '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return objects(out);
};

describe('merge ls', () => {
  test('each row says its layer, state, flags, what lies below and the rule', () => {
    const all = new Map(rows('ls', '-r', '--hidden').map((row) => [row['path'], row]));
    const at = (path: string) => all.get(path)!;
    expect(at('Program Files\\Contoso\\Viewer\\render.dll')).toMatchObject({
      layer: 'user',
      state: 'overrides',
      flags: [],
      shadowed: ['os'],
      rule: null,
      size: 131_000,
    });
    expect(at('Program Files\\Contoso\\Viewer\\plugins\\legacy.dll')).toMatchObject({
      layer: null,
      state: 'hidden',
      shadowed: ['os'],
    });
    expect(at('ProgramData\\Contoso\\Templates')).toMatchObject({ state: 'overrides', flags: ['opaque'] });
    expect(at('ProgramData\\Contoso\\logs')).toMatchObject({ type: 'file', flags: ['conflict'], layer: 'user' });
    expect(at('Users\\ann\\Documents\\Welcome.txt')).toMatchObject({ state: 'same', layer: 'user' });
    expect(at('Windows\\System32\\kernel32.dll')).toMatchObject({ state: 'unchanged', layer: 'os', shadowed: [] });
    expect(at('Windows\\System32\\drivers\\vpnfilter.sys')).toMatchObject({
      state: 'hidden',
      shadowed: ['user'],
      rule: expect.any(String),
    });
    expect(at('Users\\ann\\Documents\\\u8ba1\u5212.txt')).toMatchObject({ state: 'added', layer: 'user' });
  });

  test('hidden rows only with --hidden, the layer store never', () => {
    const shown = rows('ls', '-r');
    expect(shown.filter(({ state }) => state === 'hidden')).toEqual([]);
    expect(shown.some(({ path }) => String(path).startsWith('.layer'))).toBe(false);
    expect(rows('ls', '-r', '--hidden').length).toBeGreaterThan(shown.length);
  });

  test('a path, in any case and with a drive; a file lists itself', () => {
    const paths = (path: string) => rows('ls', path).map((row) => row['path']);
    expect(paths('C:\\program files\\NOTES')).toEqual([
      'Program Files\\Notes\\notes.cfg',
      'Program Files\\Notes\\notes.exe',
    ]);
    expect(paths('program files\\notes\\notes.cfg')).toEqual(['Program Files\\Notes\\notes.cfg']);
  });

  test('for people: a sign, the layer and what it hides', () => {
    const { out } = merge('ls', 'Program Files\\Contoso\\Viewer');
    expect(out).toMatch(/^~ .* 131,000 {2}user over os {2}Program Files\\Contoso\\Viewer\\render\.dll$/m);
    expect(merge('ls', '--names').out.split('\n')).toContain('Windows');
  });
});

test('merge cat gives the bytes of the winner', () => {
  expect(merge('cat', 'Program Files\\Contoso\\Viewer\\viewer.ini').out).toBe('[render]\r\nthreads=2\r\nvsync=0\r\n');
  expect(merge('cat', 'C:\\Users\\ann\\Documents\\Welcome.txt').out).toBe('Welcome to the pool.\r\n');
  expect(merge('cat', 'Program Files\\Contoso\\Viewer\\plugins\\legacy.dll').code).toBe(2);
  expect(merge('cat', 'Program Files').code).toBe(2);
  const exe = userTree()[1]!.dir!.find(({ name }) => name === 'Program Files')!.dir![1]!.dir![0]!.data!;
  expect(merge('cat', 'Program Files\\Notes\\notes.exe').bytes.equals(exe)).toBe(true);
});

describe('merge reg', () => {
  test('values say where they come from', () => {
    const all = rows('reg', 'HKLM\\SOFTWARE\\Contoso\\Viewer', '--hidden');
    const value = (name: string) => all.find((row) => row['name'] === name);
    expect(all[0]).toMatchObject({ key: 'HKLM\\SOFTWARE\\Contoso\\Viewer', layer: 'user', state: 'overrides' });
    expect(value('RenderThreads')).toMatchObject({
      layer: 'user',
      state: 'overrides',
      data: '02000000',
      shadowed: ['os'],
    });
    expect(value('HardwareDecoding')).toMatchObject({ layer: null, state: 'hidden' });
    expect(value('Version')).toMatchObject({ layer: 'os', state: 'unchanged', text: '2.1.0' });
  });

  test('-r walks it all; tombstones only with --hidden; CurrentControlSet and HKCU lead where they should', () => {
    const keys = (...args: string[]) => rows('reg', ...args).flatMap((row) => ('name' in row ? [] : [row['key']]));
    const telemetry = 'HKLM\\SOFTWARE\\Contoso\\Viewer\\Telemetry';
    expect(keys('-r')).not.toContain(telemetry);
    expect(keys('-r', '--hidden')).toContain(telemetry);
    expect(keys('HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services')[0]).toBe(
      'HKLM\\SYSTEM\\CurrentControlSet\\Services',
    );
    expect(keys('HKCU')[0]).toBe('HKCU');
    expect(keys('HKCR')).toContain('HKCR\\.cvw');
    expect(rows('reg', 'HKCR')[1]).toMatchObject({ key: 'HKCR\\.cvw', side: 'machine', layer: 'os' });
    expect(merge('reg', 'HKLM\\SOFTWARE\\Contoso\\Viewer').out).toMatch(/^~ {3}RenderThreads {2}REG_DWORD .* user$/m);
  });
});

test('merge findings and stats', () => {
  expect(rows('findings')).toEqual([]);
  expect(rows('stats')).toMatchObject([
    {
      conflicts: 1,
      overrides: expect.any(Number),
      layers: [
        { role: 'user', wins: 13 },
        { role: 'os', wins: 32 },
      ],
    },
  ]);
  expect(merge('stats').out).toMatch(/^conflicts +1$/m);
});

test('several layers of a role have numbers; the order of the arguments is the order of the layers', () => {
  const [, os = '', , user = ''] = layers;
  const { out } = cli(['merge', '--os', os, '--app', os, '--app', os, '--user', user, 'ls', 'Windows', '--json']);
  expect(objects(out)[0]).toMatchObject({ layer: 'app2', shadowed: ['app1', 'os'] });
  const turned = cli(['merge', `--user=${user}`, `--os=${os}`, 'ls', '-r', '--json']);
  expect(turned.out).toBe(merge('ls', '-r', '--json').out);
});
