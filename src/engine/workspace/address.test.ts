import { expect, test } from 'vitest';
import { fileParts, keyParts, keyPath, valueSplits } from './address.ts';

test('files', () => {
  expect(fileParts('C:\\Windows\\System32')).toEqual(['Windows', 'System32']);
  expect(fileParts('C:\\')).toEqual([]);
});

test.each([
  ['HKEY_LOCAL_MACHINE\\SOFTWARE', ['HKLM', 'SOFTWARE']],
  ['HKLM\\System\\CurrentControlSet\\Services', ['HKLM', 'System', 'CurrentControlSet', 'Services']],
  ['hkey_current_user\\Software', ['HKCU', 'Software']],
  ['HKEY_CLASSES_ROOT\\.txt', ['HKCR', '.txt']],
  ['HKEY_USERS', ['HKU']],
  ['HKCC\\System', ['HKCC', 'System']],
])('%s', (path, parts) => {
  expect(keyParts(path)).toEqual(parts);
});

test('no root', () => {
  expect(keyParts('HKEY_PERFORMANCE_DATA\\x')).toBeNull();
  expect(keyParts('')).toBeNull();
});

test('paths for people', () => {
  expect(keyPath(['HKCR', '.txt'])).toBe('HKEY_CLASSES_ROOT\\.txt');
  expect(keyPath(['HKU'])).toBe('HKEY_USERS');
});

test('a value name may hold backslashes: what follows the key stays as it was typed', () => {
  expect(valueSplits('HKLM\\SYSTEM\\MountedDevices\\\\DosDevices\\C:')).toEqual([
    { key: ['HKLM', 'SYSTEM', 'MountedDevices', 'DosDevices'], value: 'C:' },
    { key: ['HKLM', 'SYSTEM', 'MountedDevices'], value: 'DosDevices\\C:' },
    { key: ['HKLM', 'SYSTEM', 'MountedDevices'], value: '\\DosDevices\\C:' },
    { key: ['HKLM', 'SYSTEM'], value: 'MountedDevices\\\\DosDevices\\C:' },
  ]);
});
