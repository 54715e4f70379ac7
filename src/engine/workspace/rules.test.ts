/** Rules over the sample: every action and kind of match decides what it says, and the plan proves with it. */
import { beforeAll, describe, expect, test } from 'vitest';
import { RULE_ACTIONS } from '../../layer/rule-draft.ts';
import { PRESETS } from '../../layer/rule-presets.ts';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import { sampleFiles } from '../../testing/sample.ts';
import type { PresetId, RuleDraft } from '../api.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { applyRuleFile } from '../rule-file.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const host = webHost(loadModules());
let workspace: Workspace;
let os = '';

async function open(): Promise<Workspace> {
  const made = new Workspace(host);
  for (const { name, bytes } of sampleFiles()) {
    const { image } = openImage(host, new MemorySource(name, bytes));
    made.attachImage(name, image.report(), image);
    const { mount } = mountable(image.report().root)[0]!;
    const id = await made.addLayer({ image: name, mount, role: null, name: null });
    if (os === '') os = id;
  }
  await made.settled();
  return made;
}

beforeAll(async () => {
  workspace = await open();
});

const own = () => workspace.state().rules.filter(({ origin }) => origin === 'user');
const clear = () =>
  workspace.changeRules(
    [],
    own().map(({ id }) => id),
  );
const draft = (p: string, more: Partial<RuleDraft> & { kind?: RuleDraft['match']['kind'] } = {}): RuleDraft => {
  const { kind = 'subtree', ...rest } = more;
  const layer = rest.action === 'redirect' ? { layer: os } : {};
  return { target: 'file', action: 'keepLower', ...rest, ...layer, match: { kind, p } };
};

/** Who wins a path and which rule says so. */
async function at(path: string): Promise<{ layer: string | null; rule: string | null }> {
  const { files } = workspace.merged;
  const node = files.find(path.split('\\'));
  const won = files.resolution.winner[node]!;
  return { layer: files.layerIds[won] ?? null, rule: files.rule(node)?.id ?? null };
}

const RENDER = 'Program Files\\Contoso\\Viewer\\render.dll';

describe('actions', () => {
  test.each(
    // an account that is mapped decides no path: pains.test.ts
    RULE_ACTIONS.filter((action) => action !== 'mapSid').flatMap((action) =>
      (['exact', 'subtree', 'children', 'glob'] as const).map((kind) => [action, kind] as const),
    ),
  )('%s, %s: on files and keys the plan proves', async (action, kind) => {
    const glob = kind === 'glob' ? '\\**' : '';
    await workspace.changeRules(
      [
        draft(`Program Files\\Contoso${glob}`, { action, kind }),
        draft(`Users\\ann${glob}`, { action, kind }),
        draft(`HKLM\\SOFTWARE\\Contoso${glob}`, { target: 'key', action, kind }),
      ],
      [],
    );
    expect(own().every(({ hits }) => hits > 0)).toBe(true);
    expect((await workspace.buildPlan()).summary.proven).toBe(true);
    await clear();
  });

  test.each([
    ['merge', 'user'],
    ['readOnly', 'user'],
    ['exclude', 'os'],
    ['keepLower', 'os'],
    ['passthrough', 'os'],
    ['redirect', 'os'],
    ['hide', null],
  ] as const)('%s: who wins then', async (action, wins) => {
    const [id] = await workspace.changeRules([draft(RENDER, { action, kind: 'exact' })], []);
    const { layer, rule } = await at(RENDER);
    const role = workspace.state().layers.find((one) => one.id === layer)?.role ?? null;
    expect({ role, rule }).toEqual({ role: wins, rule: id });
    await clear();
  });
});

describe('the list', () => {
  test('the newest word counts among equals, the more specific one among all', async () => {
    const [first] = await workspace.changeRules([draft(RENDER, { kind: 'exact' })], []);
    const [second] = await workspace.changeRules([draft(RENDER, { kind: 'exact', action: 'hide' })], []);
    expect((await at(RENDER)).rule).toBe(second);
    await workspace.changeRules([draft('Program Files', { action: 'merge' })], [second!]);
    expect((await at(RENDER)).rule).toBe(first);
    expect(own().map(({ pattern }) => pattern)).toEqual(['Program Files', RENDER]);
    await clear();
    expect(own()).toEqual([]);
  });

  test('a rule that is there is not made again', async () => {
    expect(await workspace.changeRules([draft(RENDER), draft(RENDER.toUpperCase())], [])).toHaveLength(1);
    expect(await workspace.changeRules([draft(`C:\\${RENDER}`)], [])).toEqual([]);
    expect(own()).toHaveLength(1);
    await clear();
  });

  test('edited in place; a bad edit changes nothing', async () => {
    const [id] = await workspace.changeRules([draft('Windows\\Temp')], []);
    await workspace.editRule(id!, draft('%WINDIR%\\Logs', { action: 'exclude' }));
    expect(own()).toMatchObject([{ id, pattern: 'Windows\\Logs', action: 'exclude' }]);
    await expect(workspace.editRule(id!, draft('D:\\x'))).rejects.toThrow('names without');
    await expect(workspace.editRule('pass-1', draft('x'))).rejects.toThrow('a rule of the user');
    expect(own()).toMatchObject([{ pattern: 'Windows\\Logs' }]);
    await clear();
  });

  test('default rules are switched off, built-in ones stay; then nothing at all has changed', async () => {
    await workspace.changeRules([], ['pass-4']);
    const pass = () => workspace.state().rules.find(({ id }) => id === 'pass-4')!;
    expect(pass().enabled).toBe(false);
    await workspace.setRuleEnabled('pass-4', true);
    await expect(workspace.changeRules([draft('a')], ['never-1'])).rejects.toThrow('a rule that can be taken away');
    await expect(workspace.changeRules([draft('a')], ['none'])).rejects.toThrow('a rule that can be taken away');
    expect(own()).toEqual([]);
  });
});

describe('a dry run', () => {
  test('counts what fits, what it would decide, and what it may not', async () => {
    const before = workspace.state().rules.length;
    expect(
      await workspace.tryRule(draft('%ProgramFiles%\\Contoso\\Viewer\\render.dll', { kind: 'exact' }), null),
    ).toEqual({
      kind: 'exact',
      pattern: RENDER,
      matches: 1,
      hits: 1,
      bytes: 131_000,
      samples: [RENDER],
      forbidden: false,
    });
    const drivers = draft('Windows\\System32\\drivers', { kind: 'children' });
    expect(await workspace.tryRule(drivers, null)).toMatchObject({ hits: expect.any(Number) });
    expect(await workspace.tryRule(draft('pagefile.sys', { kind: 'exact', action: 'hide' }), null)).toMatchObject({
      matches: 1,
      hits: 0,
      forbidden: true,
    });
    expect(await workspace.tryRule(draft('Nowhere'), null)).toMatchObject({ matches: 0, hits: 0, samples: [] });
    const key = draft('HKCU\\Software', { target: 'key' });
    expect((await workspace.tryRule(key, null)).matches).toBeGreaterThan(1);
    expect(workspace.state().rules).toHaveLength(before);
  });

  test('a rule does not stand in its own way', async () => {
    const [second] = await workspace.changeRules([draft(RENDER, { kind: 'exact', action: 'hide' })], []);
    expect(await workspace.tryRule(draft(RENDER, { kind: 'exact', action: 'exclude' }), second!)).toMatchObject({
      hits: 1,
    });
    await clear();
  });
});

test.each(Object.keys(PRESETS) as PresetId[])(
  'preset %s: a plan that proves, nothing forbidden in it',
  async (preset) => {
    const made = await workspace.applyPreset(preset);
    expect(made).toHaveLength(PRESETS[preset].rules.length);
    expect((await workspace.buildPlan()).summary.proven).toBe(true);
    const { groups } = await workspace.mergeFindings();
    expect(groups.map(({ code }) => code)).not.toContain('ruleForbidden');
    expect(await workspace.applyPreset(preset)).toEqual([]);
    await clear();
  },
);

test('a file of rules: its own before those of its preset, defaults off, modes set', async () => {
  const other = await open();
  const text = JSON.stringify({
    format: 'stratascope-rules',
    version: 1,
    preset: 'appLayers',
    rules: [{ target: 'file', match: { kind: 'subtree', p: '%ProgramFiles%' }, action: 'redirect', layer: 'user' }],
    off: ['pass-4'],
    hives: [{ mount: 'HKLM/SYSTEM', mode: 'merge' }],
  });
  await applyRuleFile(other, text, 'r.json');
  const { rules, mounts } = other.state();
  expect(rules[0]).toMatchObject({ pattern: 'Program Files', action: 'redirect' });
  expect(rules.filter(({ origin }) => origin === 'user')).toHaveLength(1 + PRESETS.appLayers.rules.length);
  expect(rules.find(({ id }) => id === 'pass-4')!.enabled).toBe(false);
  expect(mounts.find(({ mount }) => mount === 'HKLM/SYSTEM')).toMatchObject({ mode: 'merge', chosen: true });
});
