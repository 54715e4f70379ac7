import { open } from 'hivex-wasm';
import { expect, test } from 'vitest';
import { buildHive, dword, type KeySpec, sz } from '../../testing/hive-builder.ts';
import { loadModule } from '../../testing/modules.ts';
import { dump, walkColumns } from './hive.ts';

test('the dump that is measured holds every key and value', () => {
  const values = Array.from({ length: 40 }, (_, i) => ({ name: `v"${i}`, type: 4, data: dword(i) }));
  const keys: KeySpec[] = Array.from({ length: 5000 }, (_, i) => ({ name: `k${i}`, values: i % 4 ? [] : values }));
  const big = { name: 'big', type: 3, data: new Uint8Array(20_000).fill(9) };
  const root: KeySpec = { name: 'R', keys, values: [big, { name: '', type: 1, data: sz('x\u540d') }] };
  const bytes = buildHive(root, { minor: 5 });
  let text = '';
  dump(open(bytes, loadModule('hivex')), (part) => {
    text += part;
  });
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as [string, number, [string, number, string][]]);
  expect(lines).toHaveLength(5001);
  expect(lines[0]![2]).toEqual([
    ['big', 3, Buffer.from(big.data).toString('base64')],
    ['', 1, 'x\u540d\0'],
  ]);
  const k4 = lines.find(([path]) => path === 'R\\k4')!;
  expect(k4[2].map(([name, , data]) => [name, Buffer.from(data, 'base64')[0]])).toEqual(
    values.map((v, i) => [v.name, i]),
  );
  expect(lines.filter(([, , list]) => list.length === 40)).toHaveLength(1250);
  expect(walkColumns(open(bytes, loadModule('hivex')))).toBe(5001 + 2 + 1250 * 40);
});
