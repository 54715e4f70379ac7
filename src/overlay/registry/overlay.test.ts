import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KeyFlag, LayerKind } from '../../hive/types.ts';
import { defaultRules } from '../../layer/defaults.ts';
import type { HiveMode, RuleSet } from '../../layer/types.ts';
import type { KeySpec } from '../../testing/chunks.ts';
import { makeLayers, makeNames, NO_RULES, randomRun } from '../../testing/layers.ts';
import { allKeys, type RefKey, type RefKeyView, viewKeys } from '../../testing/reference/registry.ts';
import { NodeState, STATE_NAMES, StateFlag } from '../types.ts';
import { RegistryOverlay } from './overlay.ts';

const MOUNT = 'HKLM/SOFTWARE';
const KINDS = {
  merge: LayerKind.merge,
  tombstone: LayerKind.tombstone,
  local: LayerKind.supersedeLocal,
  tree: LayerKind.supersedeTree,
} as const;

const codes = new Map<string, number>();
const code = (text: string) => {
  if (!codes.has(text)) codes.set(text, codes.size + 1);
  return codes.get(text)!;
};
const textOf = (number: number) => [...codes].find(([, n]) => n === number)?.[0] ?? null;

/** Class names stand in the security column: the tables have no class text, which stays in the hive. */
function specOf(key: RefKey): KeySpec {
  return {
    kind: KINDS[key.kind],
    flags: (key.inherit ? KeyFlag.inheritClass : 0) | (key.cls !== null ? KeyFlag.hasClass : 0),
    security: key.cls === null ? 0 : code(key.cls),
    values: Object.fromEntries(
      Object.entries(key.values).map(([name, data]) => [name, data === null ? null : { type: code(data), data }]),
    ),
    keys: Object.fromEntries(Object.entries(key.keys).map(([name, below]) => [name, specOf(below)])),
  };
}

function viewOf(overlay: RegistryOverlay, node: number): RefKeyView | null {
  if (!overlay.visible(node)) return null;
  const { union } = overlay;
  const values: { [name: string]: string } = {};
  for (const value of overlay.values(node))
    if (value.state !== NodeState.hidden) values[value.name] = textOf(value.type)!;
  const keys: { [name: string]: RefKeyView } = {};
  for (let child = union.childStart[node]!; child < union.childStart[node + 1]!; child++) {
    const view = viewOf(overlay, child);
    if (view !== null) keys[overlay.name(child)] = view;
  }
  const { classFrom } = overlay.key(node);
  const cls = classFrom === null ? null : textOf(classFrom.hive.table.data.security[classFrom.row]!);
  return { cls, values, keys };
}

function overlayOf(set: RuleSet, ...hives: ({ readonly [mount: string]: KeySpec } | null)[]): RegistryOverlay {
  const overlay = new RegistryOverlay(makeNames);
  overlay.updateSet(makeLayers(...hives.map((h) => (h === null ? {} : { hives: h }))), set);
  return overlay;
}

/** The hive that holds `key` as K, or nothing. */
function mounted(key: RefKey | null): KeySpec {
  return { keys: key === null ? {} : { K: specOf(key) } };
}

function merged(stack: readonly (RefKey | null)[]): RefKeyView | null {
  const hives = stack.toReversed().map((key) => ({ [MOUNT]: mounted(key) }));
  const overlay = overlayOf(NO_RULES, ...hives);
  const node = overlay.find(['HKLM', 'SOFTWARE', 'K']);
  return node < 0 ? null : viewOf(overlay, node);
}

/** Three layers, the uppermost first; the upper two as one; what is seen. */
const vector = (line: string) =>
  JSON.parse(line) as {
    readonly stack: readonly (RefKey | null)[];
    readonly squashed: RefKey | null;
    readonly view: RefKeyView | null;
  };

describe('keys against the reference model', () => {
  it('R-01 R-05 R-06 R-37 agrees on all 125 combinations of three layers, with a child in each', () => {
    const kinds = [null, 'merge', 'tombstone', 'local', 'tree'] as const;
    let count = 0;
    for (const a of kinds)
      for (const b of kinds)
        for (const c of kinds) {
          const stack = [a, b, c].map((kind, i): RefKey | null => {
            if (kind === null) return null;
            const below = kind === 'tree' ? 'tree' : 'merge';
            const child: RefKey = { kind: below, inherit: false, cls: null, values: { w: `w${i}` }, keys: {} };
            const empty = kind === 'tombstone';
            return {
              kind,
              inherit: false,
              cls: empty ? null : `C${i}`,
              values: empty ? {} : { v: `d${i}`, [`own${i}`]: `e${i}` },
              keys: empty ? {} : { k: child, [`only${i}`]: child },
            };
          });
          expect(merged(stack), JSON.stringify([a, b, c])).toEqual(viewKeys(stack));
          count++;
        }
    expect(count).toBe(125);
  });

  it('agrees with the results of a model in another language, also of the upper two layers squashed into one', () => {
    const file = new URL('squash-vectors.jsonl', import.meta.url);
    const vectors = readFileSync(file, 'utf8').trimEnd().split('\n').map(vector);
    expect(vectors).toHaveLength(125);
    for (const { stack, squashed, view } of vectors) {
      expect(merged(stack), JSON.stringify(stack)).toEqual(view);
      expect(merged([squashed, stack[2]!]), JSON.stringify(stack)).toEqual(view);
      expect(viewKeys(stack)).toEqual(view);
    }
  });

  it('fuzz: counts as many values as its keys show', () => {
    const { seed, count, random } = randomRun(200);
    const keys = [allKeys(2), allKeys(1), allKeys(0)];
    for (let n = 0; n < count; n++) {
      const stack = keys.map((all) => all[Math.floor(random() * all.length)]!);
      const hives = stack.toReversed().map((key) => ({ [MOUNT]: mounted(key) }));
      const overlay = overlayOf(NO_RULES, ...hives);
      let shown = 0;
      for (let node = 1; node < overlay.union.count; node++)
        if (overlay.visible(node))
          shown += overlay.values(node).filter((value) => value.state !== NodeState.hidden).length;
      expect(overlay.valueCount(), `seed ${seed}, round ${n}: ${JSON.stringify(stack)}`).toBe(shown);
    }
  });

  it('fuzz: agrees on small keys with values, class inheritance and tombstones', () => {
    const { seed, count, random } = randomRun(1500);
    const keys = [allKeys(2), allKeys(1), allKeys(0)];
    for (let n = 0; n < count; n++) {
      const stack = keys.map((all) => all[Math.floor(random() * all.length)]!);
      expect(merged(stack), `seed ${seed}, round ${n}: ${JSON.stringify(stack)}`).toEqual(viewKeys(stack));
    }
  });
});

const at = (overlay: RegistryOverlay, path: string) => overlay.find(['HKLM', 'SOFTWARE', ...path.split('\\')]);
const stateOf = (overlay: RegistryOverlay, path: string) => STATE_NAMES[overlay.resolution.state[at(overlay, path)]!];

describe('keys by hand', () => {
  it('R-10 R-11 takes the latest write of all contributing keys and leaves tombstones out', () => {
    const overlay = overlayOf(
      NO_RULES,
      { [MOUNT]: { keys: { K: { lastWrite: 30, security: 8 }, T: { lastWrite: 10 } } } },
      { [MOUNT]: { keys: { K: { lastWrite: 50, security: 16 }, T: { kind: LayerKind.tombstone, lastWrite: 99 } } } },
      { [MOUNT]: { keys: { K: { lastWrite: 20, security: 24 }, T: { lastWrite: 5 } } } },
    );
    const key = overlay.key(at(overlay, 'K'));
    expect(key.lastWriteLo).toBe(50);
    expect(key.securityFrom!.hive.table.data.security[key.securityFrom!.row]).toBe(24);
    expect(overlay.key(at(overlay, 'T')).lastWriteLo).toBe(5);
  });

  it('does not count the last write of what a supersede-local key leaves visible only for its sub-keys', () => {
    const overlay = overlayOf(
      NO_RULES,
      { [MOUNT]: { keys: { K: { lastWrite: 90, keys: { sub: {} } } } } },
      { [MOUNT]: { keys: { K: { kind: LayerKind.supersedeLocal, lastWrite: 20 } } } },
    );
    // R-10 speaks of the whole stack: the lower key still contributes its sub-keys.
    expect(overlay.key(at(overlay, 'K'))).toMatchObject({ lastWriteLo: 90 });
    expect(overlay.key(at(overlay, 'K')).content).toHaveLength(1);
    expect(overlay.visible(at(overlay, 'K\\sub'))).toBe(true);
  });

  it('R-19 orders values as the top key has them, then what lower keys add', () => {
    const overlay = overlayOf(
      NO_RULES,
      { [MOUNT]: { keys: { K: { values: { z: '1', b: '2', '': '3' } } } } },
      { [MOUNT]: { keys: { K: { values: { m: '4', B: '2', a: null } } } } },
    );
    const values = overlay.values(at(overlay, 'K'));
    expect(values.map((v) => v.name)).toEqual(['m', 'B', 'z', '']);
    expect(values.map((v) => STATE_NAMES[v.state])).toEqual(['added', 'same', 'unchanged', 'unchanged']);
    expect(values[1]!.shadowed).toEqual([{ layer: 0, hive: 'os:HKLM/SOFTWARE', row: 1, tombstone: false }]);
  });

  it('R-02 R-04 shows a deleted value as hidden and a changed type as an override', () => {
    const overlay = overlayOf(
      NO_RULES,
      { [MOUNT]: { keys: { K: { values: { gone: '1', type: '2' } } } } },
      { [MOUNT]: { keys: { K: { values: { gone: null, type: { type: 2, data: '2' } } } } } },
    );
    const [gone, type] = overlay.values(at(overlay, 'K')).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(gone).toMatchObject({ state: NodeState.hidden, flags: StateFlag.whiteout });
    expect(type).toMatchObject({ state: NodeState.overrides, type: 2 });
    expect(stateOf(overlay, 'K')).toBe('overrides');
  });

  it('leaves a shared key unchanged while its values are', () => {
    const overlay = overlayOf(
      NO_RULES,
      { [MOUNT]: { keys: { K: { values: { v: '1' } }, N: {} } } },
      { [MOUNT]: { keys: { K: { values: { v: '1' } }, N: { keys: { new: {} } } } } },
    );
    expect(stateOf(overlay, 'K')).toBe('unchanged');
    expect(stateOf(overlay, 'N')).toBe('unchanged');
    expect(stateOf(overlay, 'N\\new')).toBe('added');
  });

  it('counts the values that the keys show', () => {
    const overlay = overlayOf(
      NO_RULES,
      { [MOUNT]: { keys: { K: { values: { a: '1', b: '2', c: '3' } }, Only: { values: { x: '1' } } } } },
      {
        [MOUNT]: { keys: { K: { values: { a: null, b: '9', c: '3', d: '4' } }, New: { values: { y: '1', z: null } } } },
      },
    );
    expect(overlay.valueCount()).toBe(5);
    expect(overlay.search('ONL', 10)).toEqual([at(overlay, 'Only')]);
  });

  it('knows equal links from changed ones', () => {
    const link = (target: string): KeySpec => ({
      flags: KeyFlag.symlink,
      values: { SymbolicLinkValue: { type: 6, data: target } },
    });
    const overlay = overlayOf(
      NO_RULES,
      { [MOUNT]: { keys: { same: link('\\A'), other: link('\\A') } } },
      { [MOUNT]: { keys: { same: link('\\A'), other: link('\\B') } } },
    );
    expect([stateOf(overlay, 'same'), stateOf(overlay, 'other')]).toEqual(['same', 'overrides']);
  });

  it('R-13 R-38 treats a link as a leaf: it neither merges nor is merged through', () => {
    const overlay = overlayOf(
      NO_RULES,
      { [MOUNT]: { keys: { A: { keys: { x: {} } }, B: { flags: KeyFlag.symlink } } } },
      { [MOUNT]: { keys: { A: { flags: KeyFlag.symlink }, B: { keys: { y: {} } } } } },
    );
    expect(overlay.visible(at(overlay, 'A\\x'))).toBe(false);
    expect(overlay.resolution.flags[at(overlay, 'A')]! & StateFlag.conflict).toBe(StateFlag.conflict);
    expect(overlay.visible(at(overlay, 'B\\y'))).toBe(true);
    expect(overlay.resolution.flags[at(overlay, 'B')]! & StateFlag.conflict).toBe(StateFlag.conflict);
  });
});

describe('hives', () => {
  const set = (mount: string, mode: HiveMode, allow: string[] = []): RuleSet => ({
    rules: [],
    hives: [{ id: 'h', mount, mode, allow, origin: 'user', enabled: true }],
  });
  const both: readonly { readonly [mount: string]: KeySpec }[] = [
    { 'HKLM/SYSTEM': { keys: { ControlSet001: { keys: { Services: {}, Control: { keys: { Print: {} } } } } } } },
    {
      'HKLM/SYSTEM': {
        keys: { ControlSet001: { keys: { Evil: {}, Control: { keys: { Print: { keys: { P: {} } } } } } } },
      },
    },
  ];
  const seen = (overlay: RegistryOverlay, ...path: string[]) => overlay.visible(overlay.find(path));

  it('shows only the base hive in baseOnly mode, but for the allow-list', () => {
    const allow = ['{ControlSet}\\Control\\Print'];
    const overlay = new RegistryOverlay(makeNames);
    overlay.updateSet(
      makeLayers({ hives: both[0]!, controlSet: 1 }, { hives: both[1]!, controlSet: 1 }),
      set('HKLM/SYSTEM', 'baseOnly', allow),
    );
    expect(seen(overlay, 'HKLM', 'SYSTEM', 'ControlSet001', 'Services')).toBe(true);
    expect(seen(overlay, 'HKLM', 'SYSTEM', 'ControlSet001', 'Evil')).toBe(false);
    expect(seen(overlay, 'HKLM', 'SYSTEM', 'ControlSet001', 'Control', 'Print', 'P')).toBe(true);
    const node = overlay.find(['HKLM', 'SYSTEM', 'ControlSet001', 'Evil']);
    expect(overlay.resolution.flags[node]! & StateFlag.ruled).toBe(StateFlag.ruled);
  });

  it('takes the topmost hive whole in replace mode and none in never mode', () => {
    const replaced = overlayOf(set('HKLM/*', 'replace'), ...both);
    expect(seen(replaced, 'HKLM', 'SYSTEM', 'ControlSet001', 'Services')).toBe(false);
    expect(seen(replaced, 'HKLM', 'SYSTEM', 'ControlSet001', 'Evil')).toBe(true);
    expect(overlayOf(set('HKLM/SYSTEM', 'never'), ...both).find(['HKLM'])).toBe(-1);
  });

  it('maps the current control set of an upper layer to that of the base and leaves its others out', () => {
    const overlay = new RegistryOverlay(makeNames);
    overlay.updateSet(
      makeLayers(
        { hives: { 'HKLM/SYSTEM': { keys: { ControlSet001: { keys: { a: {} } } } } }, controlSet: 1 },
        {
          hives: {
            'HKLM/SYSTEM': { keys: { ControlSet001: { keys: { old: {} } }, ControlSet002: { keys: { b: {} } } } },
          },
          controlSet: 2,
        },
      ),
      NO_RULES,
    );
    expect(seen(overlay, 'HKLM', 'SYSTEM', 'ControlSet001', 'a')).toBe(true);
    expect(seen(overlay, 'HKLM', 'SYSTEM', 'ControlSet001', 'b')).toBe(true);
    expect(overlay.find(['HKLM', 'SYSTEM', 'ControlSet001', 'old'])).toBe(-1);
    expect(overlay.find(['HKLM', 'SYSTEM', 'ControlSet002'])).toBe(-1);
    expect(overlay.findings).toMatchObject([{ code: 'controlSetIgnored', facts: { ignored: 1 } }]);
  });

  it('follows the default modes: SAM from the base, SOFTWARE and users merged', () => {
    const hives = {
      'HKLM/SAM': { keys: { x: {} } },
      'HKLM/SOFTWARE': { keys: { x: {} } },
      'HKU/ann': { keys: { x: {} } },
    };
    const overlay = overlayOf(defaultRules(), { 'HKLM/SAM': {}, 'HKLM/SOFTWARE': {} }, hives);
    expect(seen(overlay, 'HKLM', 'SAM', 'x')).toBe(false);
    expect(seen(overlay, 'HKLM', 'SOFTWARE', 'x')).toBe(true);
    expect(seen(overlay, 'HKU', 'ann', 'x')).toBe(true);
  });
});
