import { expect, test } from 'vitest';
import { keyTable } from '../testing/chunks.ts';
import { keySubtree } from './key-subtree.ts';
import { lookup, pathOf } from './path.ts';
import { windowsUpcase } from './upcase.ts';

const HIVE = {
  keys: {
    REGISTRY: {
      values: { outside: '1' },
      keys: {
        MACHINE: {
          keys: {
            SOFTWARE: {
              values: { a: 'x', b: 'y' },
              keys: { App: { values: { c: 'z' } }, Empty: {}, Deep: { keys: { Deeper: { values: { d: 'w' } } } } },
            },
            SYSTEM: { values: { other: '2' } },
          },
        },
      },
    },
  },
};

test('keys and values below one key, with the refs of the hive', () => {
  const whole = keyTable(HIVE);
  const row = lookup(whole, 'registry\\machine\\software', windowsUpcase());
  const part = keySubtree(whole, row);
  const { childStart, parent, valueStart, values } = part.data;
  const paths = Array.from({ length: part.count }, (_, key) => pathOf(part, key));
  expect(paths).toEqual(['', 'App', 'Empty', 'Deep', 'Deep\\Deeper']);
  expect(part.name(0)).toBe('SOFTWARE');
  const named = paths.map((_, key) =>
    Array.from({ length: valueStart[key + 1]! - valueStart[key]! }, (__, i) => part.valueName(valueStart[key]! + i)),
  );
  expect(named).toEqual([['a', 'b'], ['c'], [], [], ['d']]);
  const old = lookup(whole, 'REGISTRY\\MACHINE\\SOFTWARE\\Deep\\Deeper', windowsUpcase());
  expect(part.ref(4)).toBe(whole.ref(old));
  expect(part.valueRef(valueStart[4]!)).toBe(whole.valueRef(whole.data.valueStart[old]!));
  expect([values.count, childStart[part.count]]).toEqual([4, part.count]);
  expect(parent[4]).toBe(3);
  expect(keySubtree(whole, 0)).toBe(whole);
});
