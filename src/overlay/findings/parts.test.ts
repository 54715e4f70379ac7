/** The small parts of detectors: command lines, versions, package names, forbidden targets, counting. */
import { describe, expect, test } from 'vitest';
import type { Rule } from '../../layer/types.ts';
import { Collector, KEPT, sortGroups } from './collect.ts';
import { commandPaths } from './command-paths.ts';
import { forbiddenTarget } from './detectors/rule-check.ts';
import { compareVersions } from './detectors/stale-binary.ts';
import { packageName } from './detectors/store-apps.ts';

describe('command lines of the registry', () => {
  const plain = { profile: null, wow64: false };
  test.each([
    ['%SystemRoot%\\System32\\svchost.exe -k netsvcs', ['Windows\\System32\\svchost.exe']],
    ['"C:\\Program Files\\X\\x.exe" /auto', ['Program Files\\X\\x.exe']],
    ['\\SystemRoot\\System32\\drivers\\x.sys', ['Windows\\System32\\drivers\\x.sys']],
    ['System32\\drivers\\x.sys', ['Windows\\System32\\drivers\\x.sys']],
    ['\\??\\C:\\a\\b.exe', ['a\\b.exe']],
    ['c:/a/./b/../c.dll', ['a\\c.dll']],
    ['C:\\X\\x.dll', ['X\\x.dll']],
    ['rundll32.exe C:\\X\\x.dll,Start now', ['X\\x.dll']],
    ['rundll32 "C:\\X y\\x.dll",Start', ['X y\\x.dll']],
  ])('%s', (text, paths) => {
    expect(commandPaths(text, plain)[0]).toBe(paths[0]);
  });

  test('an unquoted path with spaces is tried at each of them', () => {
    expect(commandPaths('C:\\Program Files\\My App\\app.exe -x', plain)).toEqual([
      'Program Files\\My App\\app.exe',
      'Program',
      'Program Files\\My',
      'Program Files\\My App\\app.exe -x',
    ]);
  });

  test.each([
    'mscoree.dll',
    'D:\\x.exe',
    '\\\\server\\share\\x.exe',
    '%NoSuch%\\x.exe',
    '',
    'msiexec /x {0}',
    'C:\\a|b',
  ])('what cannot be judged gives nothing: %s', (text) => {
    expect(commandPaths(text, plain)).toEqual([]);
  });

  test('32-bit keys mean 32-bit folders, a user means the own profile', () => {
    const wow = { profile: null, wow64: true };
    expect(commandPaths('%ProgramFiles%\\X\\x.dll', wow)).toEqual(['Program Files (x86)\\X\\x.dll']);
    expect(commandPaths('%SystemRoot%\\System32\\x.dll', wow)).toEqual([
      'Windows\\System32\\x.dll',
      'Windows\\SysWOW64\\x.dll',
    ]);
    const ann = { profile: 'Users\\ann', wow64: false };
    expect(commandPaths('%LOCALAPPDATA%\\X\\x.exe', ann)).toEqual(['Users\\ann\\AppData\\Local\\X\\x.exe']);
    expect(commandPaths('%LOCALAPPDATA%\\X\\x.exe', plain)).toEqual([]);
  });
});

test('versions are compared by number', () => {
  const sign = (a: string | null, b: string | null) => {
    const result = compareVersions(a, b);
    return result === null ? null : Math.sign(result);
  };
  expect(sign('1.10.0.0', '1.9.0.0')).toBe(1);
  expect(sign('1.2', '1.2.0.0')).toBe(0);
  expect(sign('9.0', '10.0')).toBe(-1);
  expect(sign('1.x', '2.0')).toBeNull();
  expect(sign(null, '2.0')).toBeNull();
});

test('full names of packages', () => {
  expect(packageName('A.B_1.2.3.4_x64__8wekyb3d8bbwe')).toMatchObject({ version: '1.2.3.4' });
  expect(packageName('A.B_1.2.3.4_neutral_split.scale-100_8wekyb3d8bbwe')?.family).toContain('SPLIT.SCALE-100');
  for (const name of ['A.B', 'A.B_1.2_x64__8wekyb3d8bbwe', 'Deleted', 'A.B_1.2.3.4_x64__short'])
    expect(packageName(name)).toBeNull();
});

test('what no rule may take as a whole', () => {
  const aim = (target: 'file' | 'key', p: string, action: Rule['action'] = 'exclude') =>
    forbiddenTarget({ target, match: { kind: 'subtree', p }, action });
  expect(aim('file', 'windows\\SYSTEM32')).toBe('Windows\\System32');
  expect(aim('file', '**')).toBe('');
  expect(aim('file', 'Users\\ann\\ntuser.dat')).not.toBeNull();
  expect(aim('key', 'HKLM/SOFTWARE\\**')).toBe('HKLM/SOFTWARE');
  expect(aim('file', 'Windows\\System32', 'keepLower')).toBeNull();
  expect(aim('file', 'Windows\\System32\\x.dll')).toBeNull();
});

test('everything is counted, a bounded number is kept; errors come first', () => {
  const collector = new Collector(3);
  const one = { code: 'c', message: 'M.', path: null, place: null, note: '', evidence: [] };
  for (let i = 0; i < KEPT + 50; i++) collector.add({ ...one, severity: 'info' });
  collector.add({ ...one, severity: 'error' });
  const groups = sortGroups(collector.groups());
  expect(groups.map(({ severity, total, items }) => [severity, total, items.length])).toEqual([
    ['error', 1, 1],
    ['info', KEPT + 50, KEPT],
  ]);
});
