/** The rules of the R table of merge-semantics.md that can be seen without a guest, one small case each. */
import { describe, expect, test } from 'vitest';
import { regfFormat } from '../../hive/regf/index.ts';
import { KeyFlag, LayerKind } from '../../hive/types.ts';
import { KeyTableBuilder } from '../../index/key-table-builder.ts';
import { MemorySource } from '../../source/memory.ts';
import type { KeySpec } from '../../testing/chunks.ts';
import { buildHive } from '../../testing/hive-builder.ts';
import { makeLayers, makeNames, NO_RULES } from '../../testing/layers.ts';
import { loadModule } from '../../testing/modules.ts';
import { RegistryOverlay } from '../registry/overlay.ts';
import { NodeState, STATE_NAMES } from '../types.ts';

const MOUNT = 'HKLM/SOFTWARE';
const merge = (...hives: KeySpec[]) => {
  const overlay = new RegistryOverlay(makeNames);
  overlay.updateSet(makeLayers(...hives.map((hive) => ({ hives: { [MOUNT]: hive } }))), NO_RULES);
  return overlay;
};
const at = (overlay: RegistryOverlay, ...path: string[]) => overlay.find(['HKLM', 'SOFTWARE', ...path]);
const values = (overlay: RegistryOverlay, node: number) =>
  overlay
    .values(node)
    .filter(({ state }) => state !== NodeState.hidden)
    .map(({ name, type, layer }) => `${name}:${type} ${overlay.layerIds[layer]}`);

describe('values', () => {
  test('R-03 the default value is one with an empty name: replaced, deleted and set to nothing as others are', () => {
    const below = { keys: { K: { values: { '': 'a', x: 'b' } } } };
    const replaced = merge(below, { keys: { K: { values: { '': '' } } } });
    expect(values(replaced, at(replaced, 'K'))).toEqual([':1 user', 'x:1 os']);
    const deleted = merge(below, { keys: { K: { values: { '': null } } } });
    expect(values(deleted, at(deleted, 'K'))).toEqual(['x:1 os']);
  });

  test('R-29 a type that no list knows is kept; that of Sandboxie marks nothing here', () => {
    const overlay = merge(
      { keys: { K: { values: { v: 'a' } } } },
      { keys: { K: { values: { v: { type: 0x786f_6273, data: '' } } } } },
    );
    expect(values(overlay, at(overlay, 'K'))).toEqual([`v:${0x786f_6273} user`]);
  });
});

describe('keys', () => {
  test('R-07 R-08 a chain of inheriting keys leads to a new one and changes nothing on its way', () => {
    const overlay = merge(
      { keys: { A: { lastWrite: 9, flags: KeyFlag.hasClass, keys: { B: { values: { v: '1' }, lastWrite: 8 } } } } },
      {
        keys: {
          A: {
            flags: KeyFlag.inheritClass,
            lastWrite: 9,
            keys: { B: { flags: KeyFlag.inheritClass, lastWrite: 8, keys: { New: { lastWrite: 20 } } } },
          },
        },
      },
    );
    const told = (...path: string[]) => {
      const node = at(overlay, ...path);
      return [STATE_NAMES[overlay.resolution.state[node]!], overlay.key(node).lastWriteLo];
    };
    expect([told('A'), told('A', 'B'), told('A', 'B', 'New')]).toEqual([
      ['unchanged', 9],
      ['unchanged', 8],
      ['added', 20],
    ]);
    expect(values(overlay, at(overlay, 'A', 'B'))).toEqual(['v:1 os']);
  });

  test('R-09 a class comes from the topmost key that does not inherit it', () => {
    const overlay = merge(
      { keys: { K: { flags: KeyFlag.hasClass, security: 1 } } },
      { keys: { K: { flags: KeyFlag.hasClass, security: 2 } } },
      { keys: { K: { flags: KeyFlag.inheritClass, security: 3 } } },
    );
    const { classFrom, securityFrom } = overlay.key(at(overlay, 'K'));
    const of = (key: typeof classFrom) => key!.hive.table.data.security[key!.row];
    expect([of(classFrom), of(securityFrom)]).toEqual([2, 3]);
  });

  test('R-12 a key that upper layers do not have is guarded by the highest one that has it', () => {
    const overlay = merge({ keys: { K: { security: 1 } } }, { keys: { K: { security: 2 } } }, { keys: { Other: {} } });
    const { securityFrom } = overlay.key(at(overlay, 'K'));
    expect(securityFrom!.hive.table.data.security[securityFrom!.row]).toBe(2);
  });

  test('R-16 names are one in upper case of Windows, unit by unit, and in no other way', () => {
    const overlay = merge({ keys: { Ä: {}, ß: {}, 'e\u0301': {} } }, { keys: { ä: {}, SS: {}, é: {} } });
    expect(overlay.visible(at(overlay, 'ä'))).toBe(true);
    const names: string[] = [];
    const root = at(overlay);
    for (let c = overlay.union.childStart[root]!; c < overlay.union.childStart[root + 1]!; c++)
      names.push(overlay.name(c));
    expect(names.sort()).toEqual(['SS', 'ß', 'ä', 'é', 'e\u0301'].sort());
  });

  test('R-18 sub-keys stand in upper-case order, whatever the hives say', () => {
    const overlay = merge({ keys: { b: {}, _: {}, a: {} } }, { keys: { C: {}, B: {} } });
    const root = at(overlay);
    const names: string[] = [];
    for (let c = overlay.union.childStart[root]!; c < overlay.union.childStart[root + 1]!; c++)
      names.push(overlay.name(c));
    expect(names).toEqual(['a', 'B', 'C', '_']);
  });

  test('R-20 what a key says it holds is counted in the merged lists', () => {
    const overlay = merge(
      { keys: { K: { values: { a: '1', b: '2', c: '3' }, keys: { x: {}, y: {}, gone: {} } } } },
      {
        keys: {
          K: { values: { a: null, C: '9', d: '4' }, keys: { Y: {}, z: {}, gone: { kind: LayerKind.tombstone } } },
        },
      },
    );
    const node = at(overlay, 'K');
    const { childStart } = overlay.union;
    const below = Array.from({ length: childStart[node + 1]! - childStart[node]! }, (_, i) => childStart[node]! + i);
    expect(below.filter((child) => overlay.visible(child)).map((child) => overlay.name(child))).toEqual([
      'x',
      'Y',
      'z',
    ]);
    expect(values(overlay, node)).toEqual(['C:1 user', 'd:1 user', 'b:1 os']);
    expect(overlay.valueCount()).toBe(3);
  });

  test('R-27 32-bit keys are merged where they really stand, and their 64-bit twins by themselves', () => {
    const overlay = merge(
      { keys: { Wow6432Node: { keys: { App: { values: { v: '1' } } } }, App: { values: { v: '2' } } } },
      { keys: { Wow6432Node: { keys: { App: { values: { v: '3' } } } } } },
    );
    expect(values(overlay, at(overlay, 'Wow6432Node', 'App'))).toEqual(['v:1 user']);
    expect(values(overlay, at(overlay, 'App'))).toEqual(['v:1 os']);
  });

  test('R-28 the virtual store of a user is keys of the user: what it says of the machine is not merged there', () => {
    const overlay = new RegistryOverlay(makeNames);
    const machine = { keys: { App: { values: { v: 'machine' } } } };
    const store = { keys: { MACHINE: { keys: { SOFTWARE: { keys: { App: { flags: 0, values: { v: 'user' } } } } } } } };
    overlay.updateSet(
      makeLayers(
        { hives: { [MOUNT]: machine } },
        { hives: { 'HKU/S-1-5-21-1_Classes': { keys: { VirtualStore: store } } } },
      ),
      NO_RULES,
    );
    expect(values(overlay, at(overlay, 'App'))).toEqual(['v:1 os']);
    const listed = overlay.find(['HKU', 'S-1-5-21-1_Classes', 'VirtualStore', 'MACHINE', 'SOFTWARE', 'App']);
    expect([STATE_NAMES[overlay.resolution.state[listed]!], values(overlay, listed)]).toEqual(['added', ['v:1 user']]);
  });

  test('R-34 a delta is read with its marks, from the disk, and shows by itself nothing of what it deletes', () => {
    const delta = buildHive(
      {
        name: 'ROOT',
        inheritClass: true,
        keys: [
          { name: 'Gone', layerKind: LayerKind.tombstone },
          {
            name: 'K',
            inheritClass: true,
            values: [
              { name: 'gone', tombstone: true },
              { name: 'new', type: 1 },
            ],
          },
        ],
      },
      { minor: 6, layered: true },
    );
    const opened = regfFormat.open(new MemorySource('delta', delta), { module: loadModule('hivex', true), logs: [] });
    const builder = new KeyTableBuilder('delta', opened.root);
    const scan = opened.scan(builder);
    while (!scan.step(100));
    const { table } = builder.seal();
    const over = (base: KeySpec) => {
      const [os, user] = makeLayers({ hives: { [MOUNT]: base } }, { hives: { [MOUNT]: {} } });
      const overlay = new RegistryOverlay(makeNames);
      overlay.updateSet([os!, { ...user!, hives: [{ ...user!.hives[0]!, table }] }], NO_RULES);
      const gone = at(overlay, 'Gone');
      return { gone: overlay.visible(gone), values: values(overlay, at(overlay, 'K')) };
    };
    const base = { keys: { Gone: { keys: { x: {} } }, K: { values: { gone: '1', kept: '2' } } } };
    expect(over(base)).toEqual({ gone: false, values: ['new:1 user', 'kept:1 os'] });
    expect(over({})).toEqual({ gone: false, values: ['new:1 user'] });
  });

  test('R-37 what stands below a deleted key of a middle layer is new: nothing of the base comes with it', () => {
    const overlay = merge(
      { keys: { K: { values: { base: '1' }, keys: { old: {} } } } },
      { keys: { K: { kind: LayerKind.tombstone } } },
      { keys: { K: { values: { top: '2' }, keys: { new: {} } } } },
    );
    expect(values(overlay, at(overlay, 'K'))).toEqual(['top:1 user']);
    expect([overlay.visible(at(overlay, 'K', 'old')), overlay.visible(at(overlay, 'K', 'new'))]).toEqual([false, true]);
  });
});
