/** Every code that an engine can give has a title in both languages, and a reason in Chinese where it comes as a fixed sentence. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { en } from '../../i18n/en.ts';
import { zhCn } from '../../i18n/zh-cn.ts';
import { titleOf, whyOf } from './words.ts';

const SRC = path.join(import.meta.dirname, '../..');
const ROOMS = [
  'engine',
  'fs',
  'container',
  'hive',
  'layer',
  'source',
  'overlay/findings',
  'overlay/files',
  'overlay/registry',
];

/** Codes that stand in the sources of a room, outside its tests. */
function codesOf(room: string): string[] {
  const found = new Set<string>();
  for (const entry of readdirSync(path.join(SRC, room), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts') || entry.name.endsWith('.test.ts')) continue;
    const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
    for (const [, code] of text.matchAll(/code: '([a-z][A-Za-z]+)'/g)) found.add(code!);
  }
  return [...found];
}

test.each(ROOMS)('codes of %s have a title in both languages', (room) => {
  const codes = codesOf(room);
  expect(codes.length + (room === 'source' ? 1 : 0)).toBeGreaterThan(0);
  for (const [language, t] of [
    ['en', en],
    ['zh-CN', zhCn],
  ] as const)
    expect([language, codes.filter((code) => titleOf(code, t) === code)]).toEqual([language, []]);
});

test('findings of the merge have their reason in Chinese', () => {
  const without = codesOf('overlay/findings').filter(
    (code) => whyOf({ code, severity: 'info', message: '' }, zhCn) === '',
  );
  expect(without).toEqual([]);
});

test('the reason of one kind may depend on how bad it is; what is not known is told as it came', () => {
  const why = (code: string, severity: 'error' | 'warning') => whyOf({ code, severity, message: 'As it came.' }, zhCn);
  expect(why('splitGroup', 'error')).not.toBe(why('splitGroup', 'warning'));
  expect(why('noSuchCode', 'error')).toBe('As it came.');
  expect(whyOf({ code: 'splitGroup', severity: 'error', message: 'As it came.' }, en)).toBe('As it came.');
});
