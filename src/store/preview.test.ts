import { describe, expect, test } from 'vitest';
import { extensionOf, fileKind } from './file-kind.ts';
import { hexRows, parseOffset } from './hex-rows.ts';
import { guessText } from './text-guess.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string) =>
  Uint8Array.from([...text].flatMap((c) => [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8]));

describe('encodings', () => {
  test.each([
    ['UTF-8', utf8('héllo 层\r\n'), 'héllo 层\r\n'],
    ['UTF-8 BOM', Uint8Array.from([0xef, 0xbb, 0xbf, 0x61]), 'a'],
    ['UTF-16 LE', Uint8Array.from([0xff, 0xfe, 0x61, 0]), 'a'],
    ['UTF-16 BE', Uint8Array.from([0xfe, 0xff, 0, 0x61]), 'a'],
    ['UTF-16 LE', utf16('[Version]\r\nx=1'), '[Version]\r\nx=1'],
    ['Latin-1', Uint8Array.from([0x63, 0x61, 0x66, 0xe9]), 'café'],
  ])('%s', (encoding, bytes, text) => {
    expect(guessText(bytes, true)).toEqual({ encoding, text });
  });

  test('bytes are no text', () => {
    expect(guessText(Uint8Array.from([0x4d, 0x5a, 0x90, 0, 3, 0, 0, 0]), true)).toBeNull();
  });

  test('a cut through a character is forgiven only where there is a cut', () => {
    const cut = utf8('層層').subarray(0, 5);
    expect(guessText(cut, false)).toEqual({ encoding: 'UTF-8', text: '層' });
    expect(guessText(cut, true)?.encoding).not.toBe('UTF-8');
  });
});

test('hex rows', () => {
  const rows = hexRows(Uint8Array.from([0x50, 0x45, 0, 0xff]), 0x80, 2);
  expect(rows.map((r) => r.offset)).toEqual(['00000080', '00000082']);
  expect(rows[0]!.cells.map((c) => c.hex + c.char)).toEqual(['50P', '45E']);
  expect(rows[1]!.cells[0]).toEqual({ hex: '00', char: '.', zero: true });
});

test.each([
  ['0x1F40', 8000],
  ['1f40h', 8000],
  ['8,000', 8000],
  ['0x2_1F40', 0x21f40],
  ['zz', null],
  ['', null],
])('offset %s', (text, value) => {
  expect(parseOffset(text)).toBe(value);
});

test('kinds', () => {
  const row = (name: string, more = {}) => ({ name, directory: false, reparseTag: 0, attributes: 0x20, ...more });
  expect(fileKind(row('ntdll.DLL'))).toBe('library');
  expect(fileKind(row('SOFTWARE'))).toBe('hive');
  expect(fileKind(row('Users', { directory: true }))).toBe('folder');
  expect(fileKind(row('All Users', { directory: true, reparseTag: 0xa000000c }))).toBe('link');
  expect(fileKind(row('a.docx', { attributes: 0x400020 }))).toBe('cloud');
  expect(extensionOf('.gitignore')).toBe('');
  expect(extensionOf('a.tar.GZ')).toBe('gz');
});
