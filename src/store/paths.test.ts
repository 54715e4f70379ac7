import { describe, expect, test } from 'vitest';
import { crumbs, folderOf, lastName, parentPath, parseAddress, spellings } from './paths.ts';

const SOFTWARE = 'HKEY_LOCAL_MACHINE\\SOFTWARE';

describe('addresses', () => {
  test.each([
    'HKLM\\SOFTWARE',
    'hklm/SOFTWARE',
    'HKEY_LOCAL_MACHINE\\SOFTWARE\\',
    'Computer\\HKEY_LOCAL_MACHINE\\SOFTWARE',
    '计算机\\HKEY_LOCAL_MACHINE\\SOFTWARE',
    '[HKEY_LOCAL_MACHINE\\SOFTWARE]',
    'HKLM:\\SOFTWARE',
    'Registry::HKEY_LOCAL_MACHINE\\SOFTWARE',
    'Microsoft.PowerShell.Core\\Registry::HKLM\\SOFTWARE',
    '\\REGISTRY\\MACHINE\\SOFTWARE',
    '  "HKLM\\SOFTWARE"  ',
  ])('%s is a key', (text) => {
    expect(parseAddress(text)).toEqual({ pane: 'registry', path: SOFTWARE });
  });

  test('backslashes in the name of a value stay', () => {
    expect(parseAddress('HKLM\\SYSTEM\\MountedDevices\\\\DosDevices\\C:')?.path).toBe(
      'HKEY_LOCAL_MACHINE\\SYSTEM\\MountedDevices\\\\DosDevices\\C:',
    );
  });

  test('a slash in the name of a key stays', () => {
    expect(parseAddress('HKCR\\MIME\\Database\\Content Type\\text/html')?.path).toBe(
      'HKEY_CLASSES_ROOT\\MIME\\Database\\Content Type\\text/html',
    );
  });

  test.each([
    ['c:\\Windows\\System32\\', 'C:\\Windows\\System32'],
    ['C:', 'C:\\'],
    ['C:/Windows/System32', 'C:\\Windows\\System32'],
    ['%SystemRoot%\\System32', 'C:\\Windows\\System32'],
    ['%PROGRAMFILES(X86)%', 'C:\\Program Files (x86)'],
    ['\\\\?\\C:\\Users', 'C:\\Users'],
    ['\\??\\C:\\Users', 'C:\\Users'],
    ['"C:\\Program Files"', 'C:\\Program Files'],
    ['\\Users\\ann', 'C:\\Users\\ann'],
    ['Users\\ann', 'C:\\Users\\ann'],
    ['C:\\Windows\\..\\Users\\.\\ann', 'C:\\Users\\ann'],
  ])('%s is a file', (text, path) => {
    expect(parseAddress(text)).toEqual({ pane: 'files', path });
  });

  test.each(['', '   ', '\\\\server\\share', '%NoSuchThing%\\x', 'https://example.org/'])('%s is none', (text) => {
    expect(parseAddress(text)).toBeNull();
  });
});

test('crumbs lead upwards', () => {
  expect(crumbs('C:\\Users\\ann')).toEqual([
    { label: 'C:', path: 'C:\\' },
    { label: 'Users', path: 'C:\\Users' },
    { label: 'ann', path: 'C:\\Users\\ann' },
  ]);
  expect(parentPath('C:\\Users')).toBe('C:\\');
  expect(parentPath('C:\\')).toBeNull();
  expect(parentPath(SOFTWARE)).toBe('HKEY_LOCAL_MACHINE');
  expect(lastName('C:\\Users\\ann')).toBe('ann');
  expect(folderOf('C:\\')).toBe('C:\\');
});

describe('every spelling that is copied is read again', () => {
  test.each([
    { pane: 'files', path: 'C:\\Windows\\System32\\ntdll.dll' },
    { pane: 'files', path: 'C:\\' },
    { pane: 'files', path: 'C:\\Program Files (x86)\\a b' },
    { pane: 'registry', path: `${SOFTWARE}\\Microsoft` },
    { pane: 'registry', path: 'HKEY_USERS\\S-1-5-18' },
    { pane: 'registry', path: 'HKEY_LOCAL_MACHINE' },
  ] as const)('$path', (address) => {
    const list = spellings(address);
    expect(list[0]).toBe(address.path);
    for (const text of list) expect(parseAddress(text), text).toEqual(address);
  });
});
