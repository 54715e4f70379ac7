import { open } from 'hivex-wasm';
import { expect, test } from 'vitest';
import { buildHive, dword, type KeySpec } from '../../testing/hive-builder.ts';
import { loadModule } from '../../testing/modules.ts';
import { countLines, walkColumns } from './hive.ts';
import { largeRoot, WIDE } from './large-hive.ts';

test('what is measured goes through every key and value', () => {
  const values = Array.from({ length: 40 }, (_, i) => ({ name: `v"${i}`, type: 4, data: dword(i) }));
  const keys: KeySpec[] = Array.from({ length: 5000 }, (_, i) => ({ name: `k${i}`, values: i % 4 ? [] : values }));
  const hive = open(buildHive({ name: 'R', keys }, { minor: 5 }), loadModule('hivex'));
  expect(walkColumns(hive)).toBe(5001 + 1250 * 40);
  const lines = hive.jsonLines();
  let text = '';
  for (let part = lines.next(); part !== null; part = lines.next()) text += Buffer.from(part).toString();
  expect(countLines(hive)).toBe(Buffer.byteLength(text));
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { name?: string; data?: string });
  expect(rows).toHaveLength(5001 + 1250 * 40);
  expect(rows.filter((row) => row.name === 'v"39' && row.data === '27000000')).toHaveLength(1250);
});

test('the hive that is measured has 300,000 keys and a million values', () => {
  let keys = 0;
  let values = 0;
  const todo = [largeRoot()];
  for (let key = todo.pop(); key !== undefined; key = todo.pop()) {
    keys++;
    for (const _ of key.values ?? []) values++;
    todo.push(...(key.keys ?? []));
  }
  expect([keys >= 300_000, values >= 1_000_000, WIDE]).toEqual([true, true, 50_000]);
});
