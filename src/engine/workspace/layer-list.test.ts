import { expect, test } from 'vitest';
import { nodeTable, type TreeSpec } from '../../testing/chunks.ts';
import { LayerList } from './layer-list.ts';
import { guessRole } from './read-layer.ts';
import type { LayerRecord } from './record.ts';

/** A layer as it is while it is read, with the tree that will be found; null is a hive by itself. */
function added(list: LayerList, id: string, tree: TreeSpec | null): LayerRecord {
  const loaded = { tree: tree === null ? null : { table: nodeTable(tree), store: 'plain' }, profiles: [] };
  const start = { id, name: id, role: list.firstRole(), roleFrom: 'none', letter: '', hue: '', loaded };
  const record = start as unknown as LayerRecord;
  list.add(record);
  return record;
}

const TREES: Readonly<Record<string, TreeSpec | null>> = {
  windows: { WINDOWS: {}, Users: {} },
  user: { Users: {} },
  app: { 'Program Files': {} },
  hive: null,
};

/** All orders of a list. */
function orders<T>(list: readonly T[]): T[][] {
  if (list.length <= 1) return [[...list]];
  return list.flatMap((item, i) => orders([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [item, ...rest]));
}

test('roles do not depend on the order in which layers are dropped or read', () => {
  for (const dropped of orders(Object.keys(TREES)))
    for (const read of orders(Object.keys(TREES))) {
      const list = new LayerList();
      const records = new Map(dropped.map((id) => [id, added(list, id, TREES[id]!)]));
      for (const id of read) list.guessRole(records.get(id)!);
      const roles = Object.fromEntries(list.records.map(({ id, role }) => [id, role]));
      expect(roles, `${dropped} read as ${read}`).toEqual({ windows: 'os', user: 'user', app: 'app', hive: 'user' });
      expect(list.records[0]!.id).toBe('windows');
      expect(records.get('windows')).toMatchObject({ letter: 'B', hue: 'base' });
      expect(new Set(list.records.map(({ letter }) => letter)).size).toBe(4);
    }
});

test('without a Windows folder the first one dropped is the base, whichever is read first', () => {
  for (const read of [
    ['one', 'two'],
    ['two', 'one'],
  ]) {
    const list = new LayerList();
    const records = new Map(['one', 'two'].map((id) => [id, added(list, id, TREES['app']!)]));
    for (const id of read) list.guessRole(records.get(id)!);
    expect(list.records.map(({ id, role }) => [id, role])).toEqual([
      ['one', 'os'],
      ['two', 'app'],
    ]);
  }
});

test('a package that brings a Windows folder is an application, whatever else is there', () => {
  const table = nodeTable({ Windows: {}, Users: {} });
  for (const base of [
    { known: false, any: false },
    { known: true, any: true },
  ]) {
    expect(guessRole(table, 'msix', base)).toEqual({ role: 'app', certain: true });
    expect(guessRole(table, 'appvolumes', base)).toEqual({ role: 'app', certain: true });
    expect(guessRole(table, 'fslogix', base)).toEqual({ role: 'user', certain: true });
  }
});
