import { expect, test } from 'vitest';
import { amcacheLine, isAmcacheKind } from './amcache.ts';

const sz = (text: string) => new Uint8Array(Uint16Array.from(`${text}\0`, (c) => c.charCodeAt(0)).buffer);
const qword = (value: bigint) => new Uint8Array(BigUint64Array.of(value).buffer);
const dword = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);

test('the numbered values of Windows 8 have names; times and hashes are in words', () => {
  const line = (name: string, type: number, data: Uint8Array) => amcacheLine('FILE', name, type, data);
  expect(line('15', 1, sz('C:\\x.dll'))).toEqual({ name: 'FullPath', text: 'C:\\x.dll' });
  expect(line('101', 1, sz(`0000${'Ab'.repeat(20)}`))).toEqual({ name: 'SHA-1', text: 'ab'.repeat(20) });
  expect(line('17', 11, qword(0x01d5bc871ec24b38n))).toEqual({
    name: 'Modified2',
    text: '2019-12-27T07:27:39.9954232Z',
  });
  expect(line('f', 4, dword(1_500_000_000))).toEqual({ name: 'LinkDate', text: '2017-07-14T02:40:00.000Z' });
  expect(line('C', 1, sz('x'))?.name).toBe('FileDescription');
  expect(line('zz', 1, sz('x'))).toBeNull();
  // one number means another thing in a program's record
  expect(amcacheLine('PROGRAMS', '11', 1, sz('{x}'))?.name).toBe('MsiProductCode');
});

test('what does not fit its shape is shown as the list shows it', () => {
  expect(amcacheLine('FILE', '101', 1, sz('beef'))?.text).toBe('beef');
  expect(amcacheLine('FILE', '17', 3, Uint8Array.of(1, 2))?.text).toBe('01 02');
  expect(amcacheLine('INVENTORYAPPLICATIONFILE', 'FileId', 1, sz(`0000${'1'.repeat(40)}`))?.text).toBe('1'.repeat(40));
  expect(amcacheLine('INVENTORYAPPLICATIONFILE', 'Name', 1, sz('x'))).toBeNull();
  expect(isAmcacheKind('FILE')).toBe(true);
  expect(isAmcacheKind('toString')).toBe(false);
});

test('names that every object has are no fields', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty'])
    for (const kind of ['FILE', 'PROGRAMS', 'INVENTORYAPPLICATIONFILE', 'constructor', '__proto__'])
      expect(amcacheLine(kind, name, 1, sz('x')), `${kind} ${name}`).toBeNull();
});
