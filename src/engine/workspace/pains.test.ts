/** The ten pains over real images: what hurts is found, the click makes a rule, the finding is gone and the plan proves. */
import { describe, expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import {
  bootDriver,
  escaping,
  otherBase,
  PAINS,
  type PainLayers,
  RULE_THAT_MISSES,
} from '../../testing/pains/pains.ts';
import { ANN, CONFIG, hive, PROFILES, wim, windows } from '../../testing/pains/words.ts';
import { sampleFiles } from '../../testing/sample.ts';
import type { MergeFinding, RuleDraft } from '../api.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const host = webHost(loadModules());

async function open({ os, user }: PainLayers): Promise<Workspace> {
  const workspace = new Workspace(host);
  for (const [role, bytes] of [
    ['os', os],
    ['user', user],
  ] as const) {
    const { image } = openImage(host, new MemorySource(`${role}.wim`, bytes));
    workspace.attachImage(role, image.report(), image);
    const { mount } = mountable(image.report().root)[0]!;
    await workspace.addLayer({ image: role, mount, role, name: null });
  }
  await workspace.examined();
  return workspace;
}

async function found(workspace: Workspace): Promise<MergeFinding[]> {
  await workspace.examined();
  const { groups, progress } = await workspace.mergeFindings();
  expect(progress).toBeNull();
  return groups.flatMap(({ items }) => items);
}

const of = (findings: readonly MergeFinding[], code: string) => findings.filter((finding) => finding.code === code);

const MISSING: RuleDraft = { target: 'key', match: { kind: 'subtree', p: RULE_THAT_MISSES }, action: 'exclude' };

/** What binds names to one another in the plan once the click has settled them. */
const BONDS: Readonly<Record<string, string>> = {
  hardLinkBroken: '"policy":"keep"',
  splitGroup: '"group":{"id":"g1"',
};

describe.each(PAINS)('pain $pain, $code', ({ code, place, note, hurts, healed, rule, pain }) => {
  test('is found, and its rule settles it', async () => {
    const workspace = await open(hurts());
    if (pain === 8) await workspace.changeRules([MISSING], []);
    const [finding, ...more] = of(await found(workspace), code);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ pain, note, facts: { path: place } });
    expect(finding!.message).toMatch(/^[A-Z].*[.]$/);
    expect(finding!.evidence.length).toBeGreaterThan(0);
    const counts = workspace.state().findings;
    expect(counts[finding!.severity]).toBeGreaterThan(0);

    const { add, drop } = finding!.proposal!;
    await workspace.changeRules(add, drop);
    const own = workspace.state().rules.filter(({ origin }) => origin === 'user');
    expect(own.map(({ pattern }) => pattern)).toContain(rule);
    expect(own.find(({ pattern }) => pattern === rule)!.hits).toBeGreaterThan(0);
    // what a rule leaves out may still be told, as a note
    expect(of(await found(workspace), code).filter(({ severity }) => severity !== 'info')).toEqual([]);
    const { summary, file } = await workspace.buildPlan();
    expect(summary.proven).toBe(true);
    // names that belong together are bound in the plan, so that the guest does not part them again
    const bond = BONDS[code];
    if (bond !== undefined) expect(await file.text()).toContain(bond);
  });

  test('is not found where its cause is not', async () => {
    expect(of(await found(await open(healed())), code)).toEqual([]);
  });
});

test('files of one database: the plan replays to one layer before anybody has made a rule', async () => {
  const workspace = await open(PAINS[2]!.hurts());
  const { files } = workspace.merged;
  const log = files.find(`${PAINS[2]!.place}-wal`.split('\\'));
  expect(files.visible(log)).toBe(false);
  const together = workspace.state().rules.find(({ action }) => action === 'together')!;
  expect(together).toMatchObject({ hits: 1, origin: 'default', switchable: true });
  const { summary } = await workspace.buildPlan();
  expect(summary.proven).toBe(true);
  // with the rule switched off the pieces come from two layers, and that is an error
  await workspace.setRuleEnabled(together.id, false);
  expect(files.visible(log)).toBe(true);
  expect(of(await found(workspace), 'splitGroup')).toMatchObject([{ severity: 'error' }]);
  expect((await workspace.buildPlan()).summary.proven).toBe(true);
});

test('a profile made under another SID: its keys meet the base\u2019s, the plan names both and proves', async () => {
  const there = 'S-1-5-21-7-8-9-1005';
  const products = (sid: string, product: string) => ({
    [`Installer\\UserData\\${sid}\\${product}`]: { Name: product },
  });
  const workspace = await open({
    os: wim('Windows', windows({ software: products(ANN, 'base') })),
    user: wim('Ann', {
      [`${CONFIG}\\SOFTWARE`]: hive({
        [`${PROFILES}\\${there}`]: { ProfileImagePath: 'C:\\Users\\ann' },
        ...products(there, 'mine'),
      }),
      'Users\\ann\\NTUSER.DAT': hive({ Software: { Mine: 'yes' } }),
    }),
  });
  const { registry } = workspace.merged;
  const at = (...path: string[]) => registry.find(['HKLM', 'SOFTWARE', 'Installer', 'UserData', ...path]);
  expect(registry.visible(at(ANN, 'base')) && registry.visible(at(ANN, 'mine'))).toBe(true);
  expect(at(there)).toBe(-1);
  expect(registry.find(['HKU', ANN, 'Software'])).toBeGreaterThan(0);
  expect(workspace.damage().map(({ code }) => code)).toContain('sidMapped');
  const { summary, file } = await workspace.buildPlan();
  expect(summary.proven).toBe(true);
  expect(await file.text()).toContain(`"principals":[{"from":"${there}","name":"ann","ref":"u1","to":"${ANN}"}]`);
});

test('an account that a rule maps: its keys meet the base\u2019s, the plan names both, and off is off', async () => {
  const there = 'S-1-5-21-7-8-9-1005';
  const products = (sid: string, product: string) => ({
    [`Installer\\UserData\\${sid}\\${product}`]: { Name: product },
  });
  const workspace = await open({
    os: wim('Windows', windows({ software: products(ANN, 'base') })),
    // no list of profiles says who that was
    user: wim('Ann', { [`${CONFIG}\\SOFTWARE`]: hive(products(there, 'mine')), 'Users\\ann\\a.txt': 'a' }),
  });
  const { registry } = workspace.merged;
  const at = (...path: string[]) => registry.find(['HKLM', 'SOFTWARE', 'Installer', 'UserData', ...path]);
  const shown = () => [at(ANN, 'mine'), at(there, 'mine')].map((node) => node >= 0 && registry.visible(node));
  expect(shown()).toEqual([false, true]);
  const map = { target: 'key', match: { kind: 'exact', p: `HKU\\${there}` }, action: 'mapSid', sid: ANN } as const;
  const [id] = await workspace.changeRules([map], []);
  expect(shown()).toEqual([true, false]);
  const rule = () => workspace.state().rules.find((one) => one.id === id)!;
  expect(rule()).toMatchObject({ hits: 1, pattern: `HKU/${there} \u2192 ${ANN}`, draft: { sid: ANN } });
  expect(of(await found(workspace), 'ruleNoEffect')).toEqual([]);
  const { summary, file } = await workspace.buildPlan();
  expect(summary.proven).toBe(true);
  const text = await file.text();
  expect(text).toContain(`"principals":[{"from":"${there}","name":"ann","ref":"u1","to":"${ANN}"}]`);
  expect(text).toContain(`"action":"mapSid"`);
  // kept and taken in again as it is, and switched off it maps nobody
  expect(await workspace.changeRules([rule().draft!], [])).toEqual([]);
  await workspace.setRuleEnabled(id!, false);
  expect(shown()).toEqual([false, true]);
  for (const bad of [
    { sid: 'S-1-5-18' },
    { sid: undefined },
    { match: { kind: 'exact', p: 'HKLM\\SOFTWARE' } },
  ] as const)
    await expect(workspace.changeRules([{ ...map, ...bad } as RuleDraft], [])).rejects.toThrow('InvalidArgument');
});

test('a profile that lies at another folder is merged into the base\u2019s, and the plan leads there', async () => {
  const workspace = await open({
    os: wim('Windows', { ...windows(), 'Users\\ann\\Documents\\a.txt': 'base' }),
    user: wim('Ann', {
      [`${CONFIG}\\SOFTWARE`]: hive({ [`${PROFILES}\\${ANN}`]: { ProfileImagePath: 'C:\\Users\\ann.CONTOSO' } }),
      'Users\\ann.CONTOSO\\Documents\\b.txt': 'mine',
      'Users\\ann.CONTOSO\\Music\\c.mp3': 'song',
      'Users\\ann.CONTOSO\\NTUSER.DAT': hive({ Software: { Mine: 'yes' } }),
    }),
  });
  const { files, registry } = workspace.merged;
  const shown = (path: string) => {
    const node = files.find(path.split('\\'));
    return node >= 0 && files.visible(node);
  };
  for (const path of ['Documents\\a.txt', 'Documents\\b.txt', 'Music\\c.mp3', 'NTUSER.DAT'])
    expect([path, shown(`Users\\ann\\${path}`)]).toEqual([path, true]);
  expect(shown('Users\\ann.CONTOSO')).toBe(false);
  expect(registry.find(['HKU', ANN, 'Software'])).toBeGreaterThan(0);
  expect(workspace.damage().map(({ code }) => code)).toContain('profileMoved');
  expect(of(await found(workspace), 'profileDuplicate')).toEqual([]);
  const { summary, file } = await workspace.buildPlan();
  expect(summary.proven).toBe(true);
  expect(await file.text()).toContain('"to":"Users\\\\ann.CONTOSO\\\\Music"');
});

test('a junction to another drive leads out of the merged disk', async () => {
  const [finding] = of(await found(await open(escaping())), 'linkEscape');
  expect(finding).toMatchObject({ path: 'C:\\Users\\ann\\Data', note: 'D:\\Data', proposal: { drop: [] } });
});

test('a store made over another update of the base, with a mark on what that one had', async () => {
  const findings = await found(await open(otherBase()));
  expect(of(findings, 'wrongBase')).toMatchObject([{ severity: 'warning', note: '26100.1742 \u2260 26100.2033' }]);
  expect(of(findings, 'staleWhiteout')).toMatchObject([{ path: 'C:\\Windows\\System32\\gone.dll', severity: 'info' }]);
});

test('a boot driver of the user layer: a note while SYSTEM is the base\u2019s, an error once it is merged', async () => {
  const workspace = await open(bootDriver());
  const first = await found(workspace);
  expect(of(first, 'bootStartInUpper')).toMatchObject([{ severity: 'info', note: 'Start 0', proposal: null }]);
  expect(of(first, 'controlSetMismatch')).toMatchObject([{ note: '2 \u2192 1' }]);
  await workspace.setHiveMode('HKLM/SYSTEM', 'merge');
  const [merged] = of(await found(workspace), 'bootStartInUpper');
  expect(merged).toMatchObject({ severity: 'error' });
  await workspace.changeRules(merged!.proposal!.add, []);
  expect(of(await found(workspace), 'bootStartInUpper')).toMatchObject([{ severity: 'info' }]);
});

test('the sample: an old DLL, and what its marks would bring back', async () => {
  const [os, user] = sampleFiles();
  const findings = await found(await open({ os: os!.bytes, user: user!.bytes }));
  expect(of(findings, 'staleUpperBinary')).toMatchObject([{ note: '1.8.2.7 < 2.1.0.48' }]);
  expect(of(findings, 'typeConflict')).toMatchObject([{ path: 'C:\\ProgramData\\Contoso\\logs' }]);
  expect(findings.map(({ code, severity, note }) => `${severity} ${code} ${note}`)).toEqual([
    'error typeConflict logs',
    'warning staleUpperBinary 1.8.2.7 < 2.1.0.48',
    'warning danglingRun notes.exe',
    'info driverInUpper vpnfilter.sys',
    'info reappearIfRemoved 3',
  ]);
});
