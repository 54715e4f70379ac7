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
  expect(inputs.state().slice(0, before.length)).toEqual(before);
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

test('merge findings tells both sides and the way out, layers by name', () => {
  const { code, out } = merge('findings', '--json');
  expect(code).toBe(1);
  const found = objects(out);
  expect(found.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
    'error typeConflict',
    'warning staleUpperBinary',
    'warning danglingRun',
    'info driverInUpper',
    'info reappearIfRemoved',
  ]);
  const path = 'C:\\Program Files\\Contoso\\Viewer\\render.dll';
  expect(found[1]).toMatchObject({
    pain: 1,
    path,
    note: '1.8.2.7 < 2.1.0.48',
    evidence: [
      { layer: 'user', role: 'wins', path, facts: { version: '1.8.2.7', size: '131000' } },
      { layer: 'os', role: 'hidden', path, facts: { version: '2.1.0.48' } },
    ],
    proposal: { add: [{ target: 'file', match: { kind: 'exact', p: path.slice(3) }, action: 'keepLower' }], drop: [] },
  });
  const lines = merge('findings').out;
  expect(lines).toContain(`warning: ${path} (1.8.2.7 < 2.1.0.48): An old copy`);
  expect(lines).toContain(`settled by: keepLower exact ${path.slice(3)}`);
});

describe('--rules', () => {
  const file = (name: string, more: object) =>
    inputs.add(name, new TextEncoder().encode(JSON.stringify({ format: 'stratascope-rules', version: 1, ...more })));
  const path = 'Program Files\\Contoso\\Viewer\\render.dll';

  test('rules of a file decide, and are in the plan', () => {
    const keep = { target: 'file', match: { kind: 'exact', p: `%ProgramFiles%\\Contoso\\Viewer\\render.dll` } };
    const rules = file('keep.json', { rules: [{ ...keep, action: 'keepLower' }], off: ['pass-4'] });
    const listed = rows('--rules', rules, 'ls', path);
    expect(listed[0]).toMatchObject({ layer: 'os', rule: 'u1' });
    const codes = objects(merge('--rules', rules, 'findings', '--json').out).map(({ code }) => code);
    expect(codes).toContain('danglingRun');
    expect(codes).not.toContain('staleUpperBinary');
    const plan = inputs.free('ruled.plan');
    expect(cli(['plan', 'build', ...layers, '--rules', rules, '-o', plan]).out).toContain('proven by replay');
    expect(cli(['plan', 'verify', plan, ...layers, '--rules', rules]).code).toBe(0);
  });

  test('a redirect names its layer as listings do', () => {
    const rule = { target: 'file', match: { kind: 'exact', p: path }, action: 'redirect' };
    expect(rows('--rules', file('to.json', { rules: [{ ...rule, layer: 'os' }] }), 'ls', path)[0]).toMatchObject({
      layer: 'os',
    });
    const { code, err } = merge('--rules', file('no.json', { rules: [{ ...rule, layer: 'app' }] }), 'ls');
    expect(code).toBe(2);
    expect(err).toMatch(/one of user, os at rules\[0\]\.layer|one of os, user at rules\[0\]\.layer/);
  });

  test('a preset, and a file that is none', () => {
    const stats = rows('--rules', file('preset.json', { preset: 'userDisk' }), 'ls', path);
    expect(stats[0]).toMatchObject({ layer: 'os' });
    const { code, err } = merge('--rules', file('bad.json', { rulse: [] }), 'ls');
    expect(code).toBe(2);
    expect(err).toContain('bad.json');
    expect(merge('--rules', inputs.free('none.json'), 'ls')).toMatchObject({ code: 2 });
  });
});

test('merge stats', () => {
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
