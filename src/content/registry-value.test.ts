import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf16leBytes } from '../base/utf16.ts';
import { dword, multiSz, qword, sz } from '../testing/hive-builder.ts';
import { propertyRun } from '../testing/property-run.ts';
import { numberOf, RegType, stringsOf, valueLines, valueText, valueTypeName } from './registry-value.ts';

test('type names', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(valueTypeName)).toEqual([
    'REG_NONE',
    'REG_SZ',
    'REG_EXPAND_SZ',
    'REG_BINARY',
    'REG_DWORD',
    'REG_DWORD_BIG_ENDIAN',
    'REG_LINK',
    'REG_MULTI_SZ',
    'REG_RESOURCE_LIST',
    'REG_FULL_RESOURCE_DESCRIPTOR',
    'REG_RESOURCE_REQUIREMENTS_LIST',
    'REG_QWORD',
  ]);
  expect(valueTypeName(12)).toBe('REG_0x0000000C');
  expect(valueTypeName(0xffff0012)).toBe('REG_0xFFFF0012');
});

describe('one line', () => {
  const rows: [string, number, Uint8Array, string][] = [
    ['text', RegType.sz, sz('Windows 10'), 'Windows 10'],
    ['text without its NUL', RegType.expandSz, utf16leBytes('%SystemRoot%'), '%SystemRoot%'],
    ['text behind a NUL', RegType.sz, utf16leBytes('a\0rest\0'), 'a'],
    ['empty text', RegType.sz, sz(''), ''],
    ['text with an odd byte', RegType.sz, Uint8Array.of(0x41, 0, 0x42), 'A'],
    ['line ends', RegType.sz, sz('a\r\nb\tc'), 'a\u240d\u240ab\u2409c'],
    ['link', RegType.link, utf16leBytes('\\Registry\\Machine'), '\\Registry\\Machine'],
    ['list', RegType.multiSz, multiSz(['one', 'two']), 'one two'],
    ['number', RegType.dword, dword(1), '0x00000001 (1)'],
    ['largest number', RegType.dword, dword(0xffffffff), '0xffffffff (4294967295)'],
    ['big-endian number', RegType.dwordBigEndian, Uint8Array.of(0, 0, 1, 2), '0x00000102 (258)'],
    ['64-bit number', RegType.qword, qword(2n ** 64n - 1n), '0xffffffffffffffff (18446744073709551615)'],
    ['number of three bytes', RegType.dword, Uint8Array.of(1, 2, 3), '(invalid value) 01 02 03'],
    ['number of no bytes', RegType.qword, new Uint8Array(0), '(invalid value)'],
    ['bytes', RegType.binary, Uint8Array.of(0, 0xab, 0xff), '00 ab ff'],
    ['no bytes', RegType.binary, new Uint8Array(0), '(zero-length binary value)'],
    ['unknown type', 0xffff0012, Uint8Array.of(9), '09'],
  ];
  test.each(rows)('%s', (_name, type, data, text) => {
    expect(valueText(type, data)).toBe(text);
  });

  test('is cut at the limit, not inside a pair', () => {
    expect(valueText(RegType.sz, sz('abcdef'), 4)).toBe('abc\u2026');
    expect(valueText(RegType.sz, sz('abcd'), 4)).toBe('abcd');
    expect(valueText(RegType.sz, sz('ab\u{1f600}d'), 4)).toBe('ab\u2026');
    expect(valueText(RegType.binary, new Uint8Array(1 << 20), 8)).toBe('00 00 0\u2026');
  });
});

describe('all lines', () => {
  test('of a list, of text, of bytes', () => {
    expect(valueLines(RegType.multiSz, multiSz(['a', '', 'b']))).toEqual(['a', '', 'b']);
    expect(valueLines(RegType.sz, sz('x\r\ny'))).toEqual(['x', 'y']);
    expect(valueLines(RegType.dword, dword(7))).toEqual(['0x00000007 (7)']);
    expect(
      valueLines(
        RegType.binary,
        Uint8Array.from({ length: 18 }, (_, i) => 0x40 + i),
      ),
    ).toEqual([
      '00000000  40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  @ABCDEFGHIJKLMNO',
      '00000010  50 51                                            PQ',
    ]);
    expect(valueLines(RegType.binary, new Uint8Array(0))).toEqual([]);
  });

  test('end at the limit and say so', () => {
    expect(valueLines(RegType.binary, new Uint8Array(160), 2)).toHaveLength(3);
    expect(valueLines(RegType.binary, new Uint8Array(160), 2).at(-1)).toBe('\u2026 8 more');
    expect(valueLines(RegType.multiSz, multiSz(['a', 'b', 'c']), 2)).toEqual(['a', 'b', '\u2026 1 more']);
  });
});

test('nothing throws, whatever the bytes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 13 }),
      fc.uint8Array({ maxLength: 64 }),
      fc.integer({ min: 1, max: 40 }),
      (type, data, limit) => {
        expect(valueText(type, data, limit).length).toBeLessThanOrEqual(Math.max(limit, 50));
        expect(valueLines(type, data, limit).length).toBeLessThanOrEqual(limit + 1);
        if (numberOf(type, data) === null && type === RegType.multiSz) expect(stringsOf(data).at(-1)).not.toBe('');
      },
    ),
    propertyRun(),
  );
});
