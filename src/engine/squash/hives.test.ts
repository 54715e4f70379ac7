/** Hives of two layers as the hives of one: read back, in the place of the two, they show what the two show. */
import { describe, expect, test } from 'vitest';
import { utf16leBytes } from '../../base/utf16.ts';
import { regfFormat } from '../../hive/regf/index.ts';
import { KeyTableBuilder } from '../../index/key-table-builder.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import { mountOfFile } from '../../layer/stores/own/index.ts';
import type { HiveMode, Layer, MountedHive, RuleSet } from '../../layer/types.ts';
import { RegistryOverlay } from '../../overlay/registry/overlay.ts';
import { NodeState } from '../../overlay/types.ts';
import { MemorySource } from '../../source/memory.ts';
import { HIVE_ROOT, type KeySpec } from '../../testing/chunks.ts';
import { type LayerSpec, makeLayer, makeNames, randomRun } from '../../testing/layers.ts';
import { randomKey } from '../../testing/merged-hives.ts';
import { randomBelow } from '../../testing/merged-trees.ts';
import { loadModules } from '../../testing/modules.ts';
import type { ImageApi } from '../api-image.ts';
import { type SquashSide, squashedHives } from './hives.ts';
import { Notes } from './notes.ts';

const modules = loadModules(true);
type Hives = NonNullable<LayerSpec['hives']>;

/** Data of made values by cell, in the order in which `keyChunks` numbers them. */
function dataOf(spec: KeySpec): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  let cell = HIVE_ROOT;
  const walk = (key: KeySpec): void => {
    cell += 8;
    for (const value of Object.values(key.values ?? {})) {
      found.set(cell, utf16leBytes(value === null ? '' : typeof value === 'string' ? value : value.data));
      cell += 8;
    }
    for (const child of Object.values(key.keys ?? {})) walk(child);
  };
  walk(spec);
  return found;
}

const setOf = (mode: HiveMode | null): RuleSet => ({
  rules: [],
  hives: mode === null ? [] : [{ id: 'h', mount: 'HKU/*', mode, allow: [], origin: 'user', enabled: true }],
});

/** Keys and values that are seen. */
function shown(layers: readonly Layer[], set: RuleSet): string[] {
  const overlay = new RegistryOverlay(makeNames);
  overlay.updateSet(layers, set);
  const lines: string[] = [];
  for (let node = 1; node < overlay.union.count; node++) {
    if (!overlay.visible(node)) continue;
    const values = overlay.values(node).filter(({ state }) => state !== NodeState.hidden);
    const told = values.map(({ name, size, type }) => `${JSON.stringify(name)}:${type}:${size}`);
    lines.push(`${overlay.path(node).join('\\').toUpperCase()} ${told}`);
  }
  return lines.sort();
}

async function squashed(lower: Hives, upper: Hives, set: RuleSet): Promise<Layer> {
  const side = (id: string, hives: Hives): SquashSide => {
    const data = new Map(Object.entries(hives).map(([mount, spec]) => [`${id}:${mount}`, dataOf(spec)]));
    const api = {
      hiveData: (hive: string, refs: readonly number[]) => refs.map((ref) => data.get(hive)!.get(ref)!),
      hiveDescribe: () => ({ className: 'c', security: null, facts: {} }),
    };
    return {
      layer: makeLayer(id, { hives }),
      api: api as unknown as ImageApi,
      mount: '',
      mountName: (hive) => hive.mount,
    };
  };
  const context = { module: modules.overlay, rules: set.hives, controlSet: null };
  const hives: MountedHive[] = [];
  for await (const { file, parts } of squashedHives([side('l', lower), side('u', upper)], context, new Notes())) {
    const bytes = new Uint8Array(Buffer.concat(parts));
    const opened = regfFormat.open(new MemorySource(file, bytes), { module: modules.hivex, logs: [] });
    const builder = new KeyTableBuilder(file, opened.root);
    const scan = opened.scan(builder);
    while (!scan.step(1000));
    const mount = mountOfFile(file, windowsUpcase())!;
    hives.push({ mount, key: file, path: null, table: builder.seal().table, state: 'clean' });
  }
  return { ...makeLayer('one', {}), hives };
}

const stackOf = (...all: readonly Hives[]) => all.map((hives, i) => makeLayer(`layer${i}`, { hives }));
const named = (name: string): KeySpec => ({ keys: { [name]: { values: { v: name } } } });

describe('hives of users', () => {
  const [X, C] = ['HKU/S-1-5-21-7', 'HKU/S-1-5-21-7_Classes'];
  const base: Hives = { [X]: named('base'), [C]: named('base classes') };
  test.each<[string, Hives, Hives]>([
    ['both have both', { [X]: named('l'), [C]: named('lc') }, { [X]: named('u'), [C]: named('uc') }],
    ['the upper one has no classes', { [X]: named('l'), [C]: named('lc') }, { [X]: named('u') }],
    ['the upper one has classes only', { [X]: named('l'), [C]: named('lc') }, { [C]: named('uc') }],
    ['the lower one has no classes', { [X]: named('l') }, { [C]: named('uc') }],
    ['neither has the hive', { [C]: named('lc') }, { [C]: named('uc') }],
    ['one spells the name otherwise', { 'HKU/Ann': named('l') }, { 'HKU/ann': named('u') }],
  ])('%s', async (_name, lower, upper) => {
    for (const mode of ['replace', 'merge', null] as const) {
      const set = setOf(mode);
      const one = await squashed(lower, upper, set);
      const expected = shown(stackOf(base, lower, upper), set);
      expect(shown([...stackOf(base), one], set), `${mode}`).toEqual(expected);
    }
  });
});

test('fuzz: hives of random layers are written and read back', async () => {
  const { seed, count } = randomRun(40);
  for (let n = 0; n < count; n++) {
    const random = randomBelow(seed + n);
    const [base, lower, upper] = [0, 1, 2].map(
      (i): Hives => ({ 'HKLM/SOFTWARE': randomKey(random, i > 0, 2 + (i === 0 ? 1 : 0)) }),
    );
    const one = await squashed(lower!, upper!, setOf(null));
    const expected = shown(stackOf(base!, lower!, upper!), setOf(null));
    expect(shown([...stackOf(base!), one], setOf(null)), `seed ${seed + n}`).toEqual(expected);
  }
});
