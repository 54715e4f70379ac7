import { describe, expect, it } from 'vitest';
import type { KeyChunk } from '../hive/types.ts';
import { HIVE_ROOT, type KeySpec, keyChunks, keyTable } from '../testing/chunks.ts';
import { randomRun } from '../testing/layers.ts';
import type { KeyTable } from './key-table.ts';
import { KeyTableBuilder } from './key-table-builder.ts';
import { pathOf } from './path.ts';

const HIVE: KeySpec = {
  lastWrite: 9,
  values: { rootValue: '0' },
  keys: {
    Software: { values: { b: '1', a: '2' }, keys: { Microsoft: { values: { '': 'default' } }, Zed: {} } },
    Select: { values: { Current: { type: 4, data: '1' } } },
  },
};

const dump = (table: KeyTable) =>
  Array.from({ length: table.count }, (_, row) => {
    const values: string[] = [];
    for (let v = table.data.valueStart[row]!; v < table.data.valueStart[row + 1]!; v++) values.push(table.valueName(v));
    return `${pathOf(table, row)}: ${values.join(', ')}`;
  }).sort();

describe('KeyTable', () => {
  it('keeps keys, values in stored order, and the columns of the root', () => {
    const table = keyTable(HIVE);
    expect(dump(table)).toEqual([
      ': rootValue',
      'Select: Current',
      'Software: b, a',
      'Software\\Microsoft: ',
      'Software\\Zed: ',
    ]);
    expect(table.data.values.count).toBe(5);
    expect(table.data.lastWriteLo[0]).toBe(9);
    expect(table.ref(0)).toBe(HIVE_ROOT);
    expect(table.name(0)).toBe('ROOT');
    for (let row = 1; row < table.count; row++) expect(table.data.parent[row]).toBeLessThan(row);
  });

  it('does not mind the order of chunks', () => {
    const { keys, values } = keyChunks(HIVE);
    const one = (chunk: KeyChunk, i: number): KeyChunk =>
      Object.fromEntries(
        Object.entries(chunk).map(([name, column]) => [
          name,
          name === 'count' ? 1 : name === 'names' ? column : column.slice(i, i + 1),
        ]),
      ) as unknown as KeyChunk;
    const builder = new KeyTableBuilder('hive', HIVE_ROOT);
    builder.values(values);
    for (let i = keys.count - 1; i >= 0; i--) builder.keys(one(keys, i));
    expect(dump(builder.seal().table)).toEqual(dump(keyTable(HIVE)));
  });

  it('fuzz: stands hostile parents, cells and values', () => {
    const { seed, count, random } = randomRun(300);
    for (let n = 0; n < count; n++) {
      const { keys, values } = keyChunks(HIVE);
      const any = () => HIVE_ROOT + 8 * Math.floor(random() * 14) + (random() < 0.1 ? 0x7fff_0000 : 0);
      for (let i = 0; i < keys.count; i++) {
        if (random() < 0.3) keys.id[i] = any();
        if (random() < 0.3) keys.parent[i] = any();
        if (random() < 0.1) keys.nameOffset[i] = 0xffff_ffff;
      }
      for (let i = 0; i < values.count; i++) if (random() < 0.3) values.key[i] = any();
      const builder = new KeyTableBuilder('hive', HIVE_ROOT);
      builder.keys(keys);
      builder.values(values);
      const { table } = builder.seal();
      expect(table.data.childStart[table.count], `seed ${seed}, round ${n}`).toBe(table.count);
      expect(table.data.valueStart[table.count]).toBe(table.data.values.count);
      for (let row = 1; row < table.count; row++) expect(table.data.parent[row]).toBeLessThan(row);
    }
  });

  it('says what it could not place', () => {
    const { keys, values } = keyChunks(HIVE);
    keys.parent[2] = 0x1234;
    values.key[0] = 0x5678;
    const builder = new KeyTableBuilder('hive', HIVE_ROOT);
    builder.keys(keys);
    builder.values(values);
    const { table, findings } = builder.seal();
    expect(findings.map((f) => f.code)).toEqual(['keyMissingParent', 'valueMissingKey']);
    expect(table.name(table.data.orphanRow)).toBe('$Orphan');
  });
});
