/**
 * A real delta hive of a Windows container: its layer bytes counted (merge-semantics 3.4), and merged over a made base as the
 * reference model merges it.
 */
import { describe, expect, test } from 'vitest';
import { regfFormat } from '../../hive/regf/index.ts';
import { KeyFlag, LayerKind, ValueFlag } from '../../hive/types.ts';
import type { KeyTable } from '../../index/key-table.ts';
import { KeyTableBuilder } from '../../index/key-table-builder.ts';
import type { Layer } from '../../layer/types.ts';
import { NodeFileSource } from '../../source/node-file.ts';
import { type KeySpec, keyTable } from '../../testing/chunks.ts';
import { corpus } from '../../testing/corpus.ts';
import { mergeHives, mounted } from '../../testing/merged-hives.ts';
import { loadModule } from '../../testing/modules.ts';
import { type RefKey, type RefKeyView, type RefKind, viewKeys } from '../../testing/reference/registry.ts';
import { NodeState } from '../types.ts';

const MOUNT = 'HKLM/SOFTWARE';
const file = corpus('msuhanov+yarp/hives_for_tests/System_Delta');
const KINDS: Readonly<Record<number, RefKind>> = {
  [LayerKind.merge]: 'merge',
  [LayerKind.tombstone]: 'tombstone',
  [LayerKind.supersedeLocal]: 'local',
  [LayerKind.supersedeTree]: 'tree',
};
/** Names of keys and values are compared as the registry does; the model compares them as they are. */
const fold = (name: string) => name.toUpperCase();

function readDelta(): KeyTable {
  const opened = regfFormat.open(new NodeFileSource(file!), { module: loadModule('hivex'), logs: [] });
  const builder = new KeyTableBuilder('System_Delta', opened.root);
  const scan = opened.scan(builder);
  while (!scan.step(100));
  return builder.seal().table;
}

/** A key of a table for the model; data are told by the layer and the value's cell. */
function modelOf(table: KeyTable, row: number, from: string): RefKey {
  const { childStart, valueStart, layerKind, flags, values } = table.data;
  const of: Record<string, string | null> = {};
  for (let value = valueStart[row]!; value < valueStart[row + 1]!; value++) {
    const dead = (values.flags[value]! & ValueFlag.tombstone) !== 0;
    of[fold(table.valueName(value))] = dead ? null : `${from} ${values.ref[value]}`;
  }
  const keys: Record<string, RefKey> = {};
  for (let child = childStart[row]!; child < childStart[row + 1]!; child++)
    keys[fold(table.name(child))] = modelOf(table, child, from);
  const inherit = (flags[row]! & KeyFlag.inheritClass) !== 0;
  return { kind: KINDS[layerKind[row]!]!, inherit, cls: null, values: of, keys };
}

/** A base for a delta: every key of it with all its values and one more, and a key more below each. */
function baseFor(table: KeyTable, row: number): KeySpec {
  const { childStart, valueStart } = table.data;
  const values: Record<string, string> = { 'Only in the base': 'b' };
  for (let value = valueStart[row]!; value < valueStart[row + 1]!; value++) values[table.valueName(value)] = 'base';
  const keys: Record<string, KeySpec> = { 'Only in the base': { values: { a: 'b' }, keys: { deeper: {} } } };
  for (let child = childStart[row]!; child < childStart[row + 1]!; child++)
    keys[table.name(child)] = baseFor(table, child);
  return { values, keys };
}

function layer(id: string, role: Layer['role'], table: KeyTable): Layer {
  return { id, role, name: id, enabled: true, tree: null, hives: [mounted(MOUNT, id, table)], controlSet: null };
}

/** What the overlay shows, in the words of the model. */
function shown(base: KeyTable, delta: KeyTable): { view: RefKeyView | null; keys: number } {
  const overlay = mergeHives([layer('base', 'os', base), layer('delta', 'user', delta)], []);
  const tables: Readonly<Record<string, KeyTable>> = { base, delta };
  let keys = 0;
  const viewOf = (node: number): RefKeyView | null => {
    if (!overlay.visible(node)) return null;
    keys++;
    const values: Record<string, string> = {};
    for (const value of overlay.values(node))
      if (value.state !== NodeState.hidden) {
        const table = tables[value.hive]!;
        values[fold(value.name)] = `${value.hive} ${table.data.values.ref[value.row]}`;
      }
    const below: Record<string, RefKeyView> = {};
    const { childStart } = overlay.union;
    for (let child = childStart[node]!; child < childStart[node + 1]!; child++) {
      const view = viewOf(child);
      if (view !== null) below[fold(overlay.name(child))] = view;
    }
    return { cls: null, values, keys: below };
  };
  return { view: viewOf(overlay.find(['HKLM', 'SOFTWARE'])), keys };
}

describe.skipIf(file === null)('System_Delta', () => {
  test('has the layer bytes that were counted in it', () => {
    const { data } = readDelta();
    const kinds: Record<string, number> = {};
    for (let row = 0; row < data.count; row++) {
      const bits = data.layerKind[row]! | ((data.flags[row]! & KeyFlag.inheritClass) !== 0 ? 0x80 : 0);
      const name = `0x${bits.toString(16).padStart(2, '0')}`;
      kinds[name] = (kinds[name] ?? 0) + 1;
    }
    expect(kinds).toEqual({ '0x80': 514, '0x03': 61, '0x00': 8, '0x01': 2, '0x83': 1 });
    const dead = data.values.flags.reduce((sum, flags) => sum + (flags & ValueFlag.tombstone), 0);
    expect([data.count, data.values.count, dead]).toEqual([586, 820, 3]);
  });

  test('over a made base it shows what the model shows', () => {
    const delta = readDelta();
    const base = keyTable(baseFor(delta, 0));
    const expected = viewKeys([modelOf(delta, 0, 'delta'), modelOf(base, 0, 'base')]);
    const { view, keys } = shown(base, delta);
    expect(view).toEqual(expected);
    // neither everything nor nothing is hidden
    expect(keys).toBeGreaterThan(delta.count);
    expect(keys).toBeLessThan(base.count);
  });

  test('over nothing it shows itself without what it deletes', () => {
    const delta = readDelta();
    const empty = keyTable({});
    expect(shown(empty, delta).view).toEqual(viewKeys([modelOf(delta, 0, 'delta'), modelOf(empty, 0, 'base')]));
  });
});
