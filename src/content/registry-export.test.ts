/** Files of a part of the registry: byte vectors of .reg, JSON and CSV read back. */
import { describe, expect, test } from 'vitest';
import { utf16leBytes } from '../base/utf16.ts';
import { createWriter, type ExportFormat, type ExportKey, type ExportValue } from './registry-export.ts';

const sz = (text: string) => utf16leBytes(`${text}\0`);
const key = (path: string, more: Partial<ExportKey> = {}): ExportKey => ({
  path,
  lastWrite: null,
  className: null,
  deleted: false,
  ...more,
});
const value = (name: string, type: number, data: Uint8Array | null, deleted = false): ExportValue => ({
  name,
  type,
  data,
  deleted,
});
type Item = ExportKey | ExportValue;

function written(format: ExportFormat, items: readonly Item[]): { bytes: Uint8Array; left: number } {
  const parts: Uint8Array[] = [];
  const writer = createWriter(format, (bytes) => parts.push(bytes));
  for (const item of items) 'path' in item ? writer.key(item) : writer.value(item);
  writer.end();
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, left: writer.left };
}

/** Lines of a .reg file without its head, one key's section. */
function regLines(...values: readonly ExportValue[]): string[] {
  const { bytes } = written('reg', [key('HKEY_LOCAL_MACHINE\\k'), ...values]);
  const text = new TextDecoder('utf-16le', { ignoreBOM: true }).decode(bytes);
  const [mark, empty, section, ...lines] = text.split('\r\n');
  expect([mark, empty, section]).toEqual(['\ufeffWindows Registry Editor Version 5.00', '', '[HKEY_LOCAL_MACHINE\\k]']);
  expect(lines.splice(-2)).toEqual(['', '']);
  return lines;
}

describe('.reg', () => {
  test('begins with the mark of UTF-16LE and ends its lines with CR LF', () => {
    const { bytes } = written('reg', []);
    expect([...bytes.subarray(0, 6)]).toEqual([0xff, 0xfe, 0x57, 0, 0x69, 0]);
    expect([...bytes.subarray(-8)]).toEqual([0x0d, 0, 0x0a, 0, 0x0d, 0, 0x0a, 0]);
  });

  test.each<[string, number, Uint8Array, string]>([
    ['text', 1, sz('C:\\Program "Files"'), '"n"="C:\\\\Program \\"Files\\""'],
    ['empty text', 1, sz(''), '"n"=""'],
    ['text without its NUL', 1, utf16leBytes('ab'), '"n"=hex(1):61,00,62,00'],
    ['text with a line end', 1, sz('a\nb'), '"n"=hex(1):61,00,0a,00,62,00,00,00'],
    ['text with a second NUL', 1, sz('a\0'), '"n"=hex(1):61,00,00,00,00,00'],
    ['text of an odd size', 1, Uint8Array.of(0x61, 0, 0), '"n"=hex(1):61,00,00'],
    ['no text at all', 1, new Uint8Array(0), '"n"=hex(1):'],
    ['a lone surrogate', 1, sz('\udc00'), null as unknown as string],
    ['REG_NONE', 0, new Uint8Array(0), '"n"=hex(0):'],
    ['REG_EXPAND_SZ', 2, sz('%a'), '"n"=hex(2):25,00,61,00,00,00'],
    ['REG_BINARY', 3, Uint8Array.of(1, 0xfe), '"n"=hex:01,fe'],
    ['REG_DWORD', 4, Uint8Array.of(0x0a, 0, 0, 0x80), '"n"=dword:8000000a'],
    ['REG_DWORD of another size', 4, Uint8Array.of(1, 2), '"n"=hex(4):01,02'],
    ['REG_DWORD_BIG_ENDIAN', 5, Uint8Array.of(0, 0, 0, 1), '"n"=hex(5):00,00,00,01'],
    ['REG_LINK', 6, utf16leBytes('\\R'), '"n"=hex(6):5c,00,52,00'],
    ['REG_MULTI_SZ', 7, sz('a\0'), '"n"=hex(7):61,00,00,00,00,00'],
    ['REG_QWORD', 11, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), '"n"=hex(b):01,00,00,00,00,00,00,00'],
    ['a type without a name', 0xffff_0012, Uint8Array.of(9), '"n"=hex(ffff0012):09'],
  ])('%s', (_, type, data, line) => {
    if (line !== null) expect(regLines(value('n', type, data))).toEqual([line]);
    else {
      // a text decoder would replace it: the unit stands in the file as it is
      const { bytes } = written('reg', [key('HKLM'), value('n', type, data)]);
      const at = bytes.indexOf(0xdc);
      expect([bytes[at - 1], bytes[at + 1], bytes[at + 2]]).toEqual([0, 0x22, 0]);
    }
  });

  test('the default value is @, names escape backslashes and quotes, tombstones take away', () => {
    expect(
      regLines(value('', 1, sz('x')), value('a\\"b', 4, Uint8Array.of(1, 0, 0, 0)), value('gone', 0, null, true)),
    ).toEqual(['@="x"', '"a\\\\\\"b"=dword:00000001', '"gone"=-']);
    const { bytes } = written('reg', [key('HKEY_USERS\\x', { deleted: true })]);
    expect(new TextDecoder('utf-16le').decode(bytes)).toContain('\r\n[-HKEY_USERS\\x]\r\n');
  });

  test('bytes are wrapped before column 80, whatever the length of the name', () => {
    for (const length of [1, 40, 73, 74, 75, 90, 200]) {
      const data = Uint8Array.from({ length: 120 }, (_, i) => i);
      const lines = regLines(value('n'.repeat(length), 3, data));
      const prefix = `"${'n'.repeat(length)}"=hex:`;
      expect(lines[0]!.startsWith(prefix)).toBe(true);
      for (const [i, line] of lines.entries()) {
        if (line.length > 80) expect([i, line]).toEqual([0, `${prefix}00,\\`]);
        expect(line.endsWith('\\')).toBe(i < lines.length - 1);
        if (i > 0) expect(line).toMatch(/^ {2}[0-9a-f]{2}(?:,[0-9a-f]{2})*(?:,\\)?$/);
      }
      // one byte more would not have fitted
      for (const line of lines.slice(1, -1)) expect(line.length).toBe(78);
      const joined = lines
        .map((line, i) => (i === 0 ? line.slice(prefix.length) : line.trim()).replace(/\\$/, ''))
        .join('');
      expect(joined.split(',').map((byte) => Number.parseInt(byte, 16))).toEqual([...data]);
    }
  });

  test('names that the format cannot hold are left out and counted, with all below them', () => {
    const { bytes, left } = written('reg', [
      key('HKEY_LOCAL_MACHINE\\a\nb'),
      value('inside', 1, sz('x')),
      key('HKEY_LOCAL_MACHINE\\fine'),
      value('v\0', 1, sz('y')),
      value('unread', 3, null),
    ]);
    const text = new TextDecoder('utf-16le').decode(bytes);
    expect(left).toBe(3);
    expect(text).not.toContain('inside');
    expect(text.split('\r\n').filter((line) => line.startsWith('['))).toEqual(['[HKEY_LOCAL_MACHINE\\fine]']);
    expect(text).toContain('; a value has a name that a registration file cannot hold');
  });
});

const SOME: readonly Item[] = [
  key('HKEY_USERS\\a', { lastWrite: '2026-01-02T03:04:05.0000000Z', className: 'C' }),
  value('', 1, sz('one, "two"')),
  value('\udc00', 3, Uint8Array.of(1, 2)),
  value('bad', 3, null),
  key('HKEY_USERS\\a\\empty'),
  key('HKEY_USERS\\a\\gone', { deleted: true }),
];

test('JSON is one document', () => {
  const { bytes, left } = written('json', SOME);
  expect(left).toBe(1);
  expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual({
    format: 'registry',
    version: 1,
    keys: [
      {
        key: 'HKEY_USERS\\a',
        lastWrite: '2026-01-02T03:04:05.0000000Z',
        class: 'C',
        values: [
          { name: '', type: 'REG_SZ', typeCode: 1, size: 22, data: expect.stringMatching(/^6f00/), text: 'one, "two"' },
          { name: '\udc00', type: 'REG_BINARY', typeCode: 3, size: 2, data: '0102', text: '01 02' },
          { name: 'bad', type: 'REG_BINARY', typeCode: 3, size: null, data: null, text: null },
        ],
      },
      { key: 'HKEY_USERS\\a\\empty', lastWrite: null, class: null, values: [] },
      { key: 'HKEY_USERS\\a\\gone', lastWrite: null, class: null, deleted: true, values: [] },
    ],
  });
  expect(JSON.parse(new TextDecoder().decode(written('json', []).bytes))).toMatchObject({ keys: [] });
});

test('CSV quotes what needs it, and keys without values have a line', () => {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(written('csv', SOME).bytes);
  expect(text.split('\r\n')).toEqual([
    '\ufeffkey,name,type,size,text,data,lastWrite',
    'HKEY_USERS\\a,,REG_SZ,22,"one, ""two""",6f006e0065002c0020002200740077006f0022000000,2026-01-02T03:04:05.0000000Z',
    'HKEY_USERS\\a,\\udc00,REG_BINARY,2,01 02,0102,2026-01-02T03:04:05.0000000Z',
    'HKEY_USERS\\a,bad,REG_BINARY,,,,2026-01-02T03:04:05.0000000Z',
    'HKEY_USERS\\a\\empty,,,,,,',
    'HKEY_USERS\\a\\gone,,,,,,',
    '',
  ]);
});

test('pieces are handed out while it is written', () => {
  for (const format of ['reg', 'json', 'csv'] as const) {
    let most = 0;
    let pieces = 0;
    const writer = createWriter(format, (bytes) => {
      most = Math.max(most, bytes.length);
      pieces++;
    });
    writer.key(key('HKEY_USERS\\a'));
    for (let i = 0; i < 5000; i++) writer.value(value(`value ${i}`, 3, new Uint8Array(100)));
    writer.end();
    expect(pieces).toBeGreaterThan(5);
    expect(most).toBeLessThan(300_000);
  }
});
