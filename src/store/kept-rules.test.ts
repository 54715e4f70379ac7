/** Rules of a workspace are kept and set again in their order. */
import { expect, test } from 'vitest';
import type { HiveMountInfo, LayerInfo, RuleDraft, RuleInfo } from '../engine/api.ts';
import { keepRules, restoreRules } from './kept-rules.ts';

const LAYERS = ['user', 'os'].map((id) => ({ id })) as unknown as LayerInfo[];

const rule = (id: string, more: Partial<RuleInfo>): RuleInfo => ({
  id,
  target: 'file',
  kind: 'subtree',
  pattern: id,
  action: 'keepLower',
  layer: null,
  origin: 'user',
  enabled: true,
  switchable: true,
  hits: 0,
  bytes: 0,
  ...more,
});
const RULES = [
  rule('first', {}),
  rule('second', { enabled: false }),
  rule('third', { action: 'redirect', layer: 'os' }),
  rule('pass-4', { origin: 'default', enabled: false }),
  rule('pass-5', { origin: 'default' }),
  rule('layer1:Visio.fxr:3', { origin: 'default', enabled: false }),
  rule('never-1', { origin: 'builtin', enabled: true }),
];
const MOUNTS = [
  { mount: 'HKLM/SOFTWARE', mode: 'replace', chosen: true },
  { mount: 'HKLM/SYSTEM', mode: 'baseOnly', chosen: false },
] as unknown as HiveMountInfo[];

function recorder() {
  const done: string[] = [];
  let list: string[] = [];
  const api = {
    async changeRules(add: readonly RuleDraft[]) {
      list = [...add.map(({ match, layer }) => match.p + (layer ?? '')), ...list];
      return add.map(({ match }) => `new ${match.p}`);
    },
    async setRuleEnabled(id: string, on: boolean) {
      done.push(`${id} ${on}`);
    },
    async setHiveMode(mount: string, mode: string) {
      done.push(`${mount} ${mode}`);
    },
  };
  return { api, done, list: () => list };
}

test('what a person has set, and nothing else, comes back in its order', async () => {
  const kept = keepRules(RULES, MOUNTS, LAYERS);
  expect(structuredClone(kept)).toEqual(kept);
  const { api, done, list } = recorder();
  await restoreRules(api, kept, [{ id: 'layer7' }, { id: 'layer8' }] as unknown as LayerInfo[]);
  expect(list()).toEqual(['first', 'second', 'thirdlayer8']);
  expect(done).toEqual(['new second false', 'pass-4 false', 'HKLM/SOFTWARE replace']);
});

test('a redirect to a layer that is not there any more is left out', async () => {
  const { api, list } = recorder();
  await restoreRules(api, keepRules(RULES, MOUNTS, LAYERS), [{ id: 'layer7' }] as unknown as LayerInfo[]);
  expect(list()).toEqual(['first', 'second']);
});

test('a rule for one value, an account that is mapped, and a path shown elsewhere are kept as they were made', async () => {
  const drafts: RuleDraft[] = [
    { target: 'key', match: { kind: 'exact', p: 'HKLM/SOFTWARE\\Run' }, action: 'hide', value: 'Old' },
    { target: 'key', match: { kind: 'exact', p: 'HKU/S-1-5-21-1-1' }, action: 'mapSid', sid: 'S-1-5-21-2-2' },
    { target: 'file', match: { kind: 'exact', p: 'Old' }, action: 'redirect', to: 'New' },
  ];
  const shown = drafts.map((draft, i) =>
    // what a person reads of it is no path
    rule(`u${i}`, {
      target: draft.target,
      kind: 'exact',
      pattern: `${draft.match.p} : more`,
      action: draft.action,
      draft,
    }),
  );
  const taken: RuleDraft[] = [];
  const { api } = recorder();
  const kept = keepRules(shown, [], LAYERS);
  const changeRules = async (add: readonly RuleDraft[]) => {
    taken.unshift(...add);
    return ['x'];
  };
  await restoreRules({ ...api, changeRules }, kept, LAYERS);
  expect(taken).toEqual(drafts);
});
