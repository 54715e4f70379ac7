/** Users in the merged registry: R-35 SIDs in names of keys, and a user's hive that takes the user's classes along (2.1). */
import { describe, expect, test } from 'vitest';
import { defaultRules } from '../../layer/defaults.ts';
import type { HiveMode, Layer, RuleSet } from '../../layer/types.ts';
import type { KeySpec } from '../../testing/chunks.ts';
import { type LayerSpec, makeLayers, makeNames } from '../../testing/layers.ts';
import { RegistryOverlay } from './overlay.ts';

function merged(layers: readonly Layer[], set: RuleSet = defaultRules()): RegistryOverlay {
  const registry = new RegistryOverlay(makeNames);
  registry.updateSet(layers, set);
  return registry;
}
const below = (registry: RegistryOverlay, ...path: string[]) => {
  const node = registry.find(path);
  const { childStart } = registry.union;
  const names: string[] = [];
  if (node >= 0)
    for (let child = childStart[node]!; child < childStart[node + 1]!; child++)
      if (registry.visible(child)) names.push(registry.name(child));
  return names;
};

describe('R-35', () => {
  const [HERE, THERE] = ['S-1-5-21-1-2-3-1001', 'S-1-5-21-7-8-9-1005'];
  const data = (sid: string, product: string): KeySpec => ({
    keys: { Installer: { keys: { UserData: { keys: { [sid]: { keys: { [product]: {} } }, 'S-1-5-18': {} } } } } },
  });
  const stack = (sids: Layer['sids']): Layer[] => {
    const [os, user] = makeLayers(
      { hives: { 'HKLM/SOFTWARE': data(HERE, 'base') } },
      { hives: { 'HKLM/SOFTWARE': data(THERE, 'mine') } },
    ) as [Layer, Layer];
    return [os, sids === undefined ? user : { ...user, sids }];
  };

  test('keys of one person meet under the SID of the base', () => {
    const registry = merged(stack([{ from: THERE, to: HERE, name: 'ann' }]));
    const path = ['HKLM', 'SOFTWARE', 'Installer', 'UserData'];
    expect(below(registry, ...path)).toEqual(['S-1-5-18', HERE]);
    expect(below(registry, ...path, HERE)).toEqual(['base', 'mine']);
    expect(registry.findings).toMatchObject([
      { code: 'sidMapped', severity: 'info', facts: { keys: 1, accounts: `ann: ${THERE} -> ${HERE}` } },
    ]);
  });

  test('without a mapping they stay apart; a new mapping joins anew', () => {
    const registry = merged(stack(undefined));
    const path = ['HKLM', 'SOFTWARE', 'Installer', 'UserData'];
    expect(below(registry, ...path)).toEqual(['S-1-5-18', HERE, THERE]);
    expect(registry.findings).toEqual([]);
    registry.updateSet(stack([{ from: THERE, to: HERE, name: 'ann' }]), defaultRules());
    expect(below(registry, ...path)).toEqual(['S-1-5-18', HERE]);
  });
});

describe('a user\u2019s hive and the user\u2019s classes', () => {
  const ANN = 'HKU/S-1-5-21-1';
  const hive = (name: string): KeySpec => ({ keys: { [name]: {} } });
  const withMode = (mode: HiveMode): RuleSet => {
    const defaults = defaultRules();
    const own = { id: 'user:ann', mount: ANN, mode, allow: [], origin: 'user', enabled: true } as const;
    return { ...defaults, hives: [own, ...defaults.hives] };
  };
  const both = (name: string): LayerSpec => ({ hives: { [ANN]: hive(name), [`${ANN}_Classes`]: hive(name) } });
  const classes = (registry: RegistryOverlay) => below(registry, 'HKU', 'S-1-5-21-1_Classes');
  const user = (registry: RegistryOverlay) => below(registry, 'HKU', 'S-1-5-21-1');

  test('the mode of the one is the mode of the other', () => {
    const layers = makeLayers(both('os'), both('user'));
    expect([user(merged(layers)), classes(merged(layers))]).toEqual([
      ['os', 'user'],
      ['os', 'user'],
    ]);
    const whole = merged(layers, withMode('replace'));
    expect([user(whole), classes(whole)]).toEqual([['user'], ['user']]);
    const base = merged(layers, withMode('baseOnly'));
    expect([user(base), classes(base)]).toEqual([['os'], ['os']]);
  });

  test('taken whole, the classes come from the layer of the hive or from none', () => {
    const only: LayerSpec = { hives: { [ANN]: hive('user') } };
    const stack = makeLayers(both('os'), only);
    const whole = merged(stack, withMode('replace'));
    expect([user(whole), classes(whole)]).toEqual([['user'], []]);
    expect(classes(merged(stack))).toEqual(['os']);
    // with the user's layer off the base's own are a pair again
    whole.updateSet([stack[0]!, { ...stack[1]!, enabled: false }], withMode('replace'));
    expect([user(whole), classes(whole)]).toEqual([['os'], ['os']]);
    const stray = merged(makeLayers(both('os'), { hives: { [`${ANN}_Classes`]: hive('stray') } }), withMode('replace'));
    expect([user(stray), classes(stray)]).toEqual([['os'], ['os']]);
  });
});
