/** Hives as a whole: what is told of them, what settles it, and what cannot. */
import { afterEach, expect, test } from 'vitest';
import type { Layer, MountedHive, RuleDraft } from '../../layer/types.ts';
import { file, type TreeSpec } from '../../testing/chunks.ts';
import { keys, look, offered } from '../../testing/findings.ts';
import { type LayerSpec, makeLayers } from '../../testing/layers.ts';
import { settled } from '../../testing/settled.ts';

afterEach(() => {
  offered.length = 0;
});

type State = MountedHive['state'];
/** Each layer's hives with a state, at a path of its tree. */
function layersOf(states: readonly State[], path: string, ...specs: LayerSpec[]): Layer[] {
  return makeLayers(...specs).map((layer, i) => ({
    ...layer,
    hives: layer.hives.map((hive) => ({ ...hive, path, state: states[i]! })),
  }));
}

const SOFTWARE = 'Windows\\System32\\config\\SOFTWARE';
const hive = (text: string) => ({ 'HKLM/SOFTWARE': keys({ X: { v: text } }) });
const told = (layers: readonly Layer[], code: string, rules: readonly RuleDraft[] = []) =>
  (look(layers, rules).get(code) ?? []).map(({ severity, proposal, means }) => ({ severity, proposal, means }));

test('R-31 a hive without its log: a torn part of a merge is an error, and the base\u2019s hive can stand in', async () => {
  const two = (a: State, b: State) =>
    layersOf([a, b], SOFTWARE, { tree: {}, hives: hive('os') }, { tree: {}, hives: hive('user') });
  expect(told(two('clean', 'recovered'), 'hiveDirty')).toEqual([{ severity: 'info', proposal: null, means: {} }]);
  const add = [{ target: 'key', match: { kind: 'subtree', p: 'HKLM/SOFTWARE' }, action: 'keepLower' }];
  expect(told(two('clean', 'dirtyNoLog'), 'hiveDirty')).toEqual([
    { severity: 'error', proposal: { add, drop: [] }, means: { layer: 'user', files: true } },
  ]);
  expect(await settled(offered[0]!)).toMatchObject({ left: [], proven: true, rules: [{ action: 'keepLower' }] });
  // the base's own: nothing below it
  expect(told(two('dirtyNoLog', 'clean'), 'hiveDirty')).toMatchObject([{ severity: 'error', proposal: null }]);
  // where nothing else has the keys, nothing is mixed with what is torn
  expect(told(layersOf(['dirtyNoLog'], SOFTWARE, { tree: {}, hives: hive('os') }), 'hiveDirty')).toMatchObject([
    { severity: 'warning', proposal: null, means: { layer: 'os', files: true } },
  ]);
  // what is left out hurts nobody
  expect(told(two('clean', 'dirtyNoLog'), 'hiveDirty', add as RuleDraft[])).toEqual([]);
});

test('R-31 an application layer gives way to the base, and a user\u2019s hive takes its file along', async () => {
  const app = layersOf(
    ['clean', 'dirtyNoLog', 'clean'],
    SOFTWARE,
    { tree: {}, hives: hive('os') },
    { tree: {}, hives: hive('app') },
    { tree: {} },
  );
  expect(told(app, 'hiveDirty')[0]!.proposal!.add).toMatchObject([{ action: 'passthrough' }]);
  expect(await settled(offered.pop()!)).toMatchObject({ left: [], proven: true });
  const path = 'Users\\ann\\NTUSER.DAT';
  const home = (text: string): TreeSpec => ({ Users: { ann: { 'NTUSER.DAT': text, 'ntuser.dat.LOG1': text } } });
  const mine = (text: string) => ({ 'HKU/S-1-5-21-1': keys({ Software: { v: text } }) });
  const user = layersOf(
    ['clean', 'dirtyNoLog'],
    path,
    { tree: home('a'), hives: mine('a') },
    { tree: home('b'), hives: mine('b') },
  );
  expect(told(user, 'hiveDirty')[0]!.proposal!.add.map(({ target, match }) => `${target} ${match.p}`)).toEqual([
    'key HKU/S-1-5-21-1',
    `file ${path}`,
  ]);
  expect(await settled(offered[0]!)).toMatchObject({ left: [], proven: true });
});

test('R-33 a hive that fills what Windows can load: the lower one in its place, where there is one', async () => {
  const at = (size: number, os: LayerSpec) =>
    layersOf(['clean', 'clean'], 'NTUSER.DAT', os, {
      tree: { 'NTUSER.DAT': file({ size }) },
      hives: { 'HKU/S-1-5-21-1': keys({ Software: { v: 'b' } }) },
    });
  expect(told(at(2 ** 30, { tree: {} }), 'quota')).toEqual([
    { severity: 'warning', proposal: null, means: { layer: 'user' } },
  ]);
  const base = { tree: { 'NTUSER.DAT': 'small' }, hives: { 'HKU/S-1-5-21-1': keys({ Software: { v: 'a' } }) } };
  expect(told(at(2 ** 30, base), 'quota')[0]!.proposal!.add).toMatchObject([{ action: 'keepLower' }]);
  expect(await settled(offered[0]!)).toMatchObject({ left: [], proven: true });
  expect(told(at(2 ** 29, base), 'quota')).toEqual([]);
});
