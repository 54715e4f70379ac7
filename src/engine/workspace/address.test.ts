import { expect, test } from 'vitest';
import { fileParts, keyParts } from './address.ts';

const links = { controlSet: 2, mounts: ['HKLM/SYSTEM', 'HKU/.DEFAULT', 'HKU/S-1-5-21-1', 'HKU/S-1-5-21-1_Classes'] };

test('files', () => {
  expect(fileParts('C:\\Windows\\System32')).toEqual(['Windows', 'System32']);
  expect(fileParts('C:\\')).toEqual([]);
});

test.each([
  ['HKEY_LOCAL_MACHINE\\SOFTWARE', ['HKLM', 'SOFTWARE']],
  ['HKLM\\System\\CurrentControlSet\\Services', ['HKLM', 'System', 'ControlSet002', 'Services']],
  ['HKEY_CURRENT_USER\\Software', ['HKU', 'S-1-5-21-1', 'Software']],
  ['HKEY_CLASSES_ROOT\\.txt', ['HKLM', 'SOFTWARE', 'Classes', '.txt']],
  ['HKEY_USERS', ['HKU']],
])('%s', (path, parts) => {
  expect(keyParts(path, links)).toEqual(parts);
});

test('roots that have no keys here', () => {
  expect(keyParts('HKEY_CURRENT_CONFIG\\x', links)).toBeNull();
  expect(keyParts('HKEY_CURRENT_USER', { ...links, mounts: ['HKU/a', 'HKU/b'] })).toBeNull();
  expect(keyParts('HKLM\\SYSTEM\\CurrentControlSet', { ...links, controlSet: null })).toEqual([
    'HKLM',
    'SYSTEM',
    'CurrentControlSet',
  ]);
});
