/** Over real images: files of another account, a hive without its log, a link that may be broken; each with its click. */
import { expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { ownedBy } from '../../testing/findings.ts';
import { loadModules } from '../../testing/modules.ts';
import { buildNtfs } from '../../testing/ntfs-builder.ts';
import { beyondRules, type PainLayers } from '../../testing/pains/pains.ts';
import { ANN, tree, wim, windows } from '../../testing/pains/words.ts';
import type { MergeFinding } from '../api.ts';
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
    const { image } = openImage(host, new MemorySource(role, bytes));
    workspace.attachImage(role, image.report(), image);
    const { mount } = mountable(image.report().root)[0]!;
    await workspace.addLayer({ image: role, mount, role, name: null });
  }
  return workspace;
}

async function found(workspace: Workspace, code: string): Promise<MergeFinding[]> {
  await workspace.examined();
  const { groups } = await workspace.mergeFindings();
  return groups.flatMap(({ items }) => items).filter((finding) => finding.code === code);
}

async function plan(workspace: Workspace): Promise<string> {
  const { summary, file } = await workspace.buildPlan();
  expect(summary.proven).toBe(true);
  return file.text();
}

test('files whose owner has no profile here: the click maps the account of their folder', async () => {
  const there = 'S-1-5-21-7-8-9-1005';
  const file = { data: new TextEncoder().encode('mine'), security: ownedBy(there) };
  const workspace = await open({
    os: wim('Windows', windows()),
    user: buildNtfs({ root: tree({ 'Users\\ann\\Documents\\a.txt': file, 'Users\\ann\\Documents\\b.txt': file }) }),
  });
  const [orphan, ...more] = await found(workspace, 'orphanSid');
  expect(more).toEqual([]);
  expect(orphan).toMatchObject({ note: `${there} (2)`, means: { names: ['C:\\Users\\ann'] } });
  expect(orphan!.proposal!.add).toMatchObject([{ action: 'mapSid', match: { p: `HKU/${there}` }, sid: ANN }]);
  await workspace.changeRules(orphan!.proposal!.add, []);
  expect(await found(workspace, 'orphanSid')).toEqual([]);
  expect(await found(workspace, 'ruleNoEffect')).toEqual([]);
  expect(await plan(workspace)).toContain(`"principals":[{"from":"${there}","name":"ann","ref":"u1","to":"${ANN}"}]`);
});

test('a hive without its log: the click shows the keys and the file of the layer below', async () => {
  const workspace = await open(beyondRules());
  const [torn] = await found(workspace, 'hiveDirty');
  expect(torn).toMatchObject({ severity: 'error', note: `HKU/${ANN}` });
  const { files, registry } = workspace.merged;
  const mine = () => {
    const node = registry.find(['HKU', ANN, 'Software']);
    return registry.values(node).map(({ name }) => name);
  };
  const layer = () => files.layerIds[files.resolution.winner[files.find(['Users', 'ann', 'NTUSER.DAT'])]!];
  expect([mine(), layer()]).toEqual([['Mine'], workspace.layerRecords[1]!.id]);
  await workspace.changeRules(torn!.proposal!.add, []);
  expect(await found(workspace, 'hiveDirty')).toEqual([]);
  expect(registry.values(registry.find(['HKU', ANN, 'Software'])).filter(({ state }) => state !== 4)).toEqual([]);
  expect(layer()).toBe(workspace.layerRecords[0]!.id);
  expect(await plan(workspace)).toContain('"action":"keepLower"');
});

test('a link that is meant to be broken: the plan says so with the click, and the finding is settled', async () => {
  const workspace = await open(beyondRules());
  const [broken] = await found(workspace, 'hardLinkBroken');
  await workspace.changeRules(broken!.accept!.add, []);
  expect(await found(workspace, 'hardLinkBroken')).toEqual([]);
  expect(await plan(workspace)).toContain('"policy":"break"');
});

test('what no rule settles names the layer, or the paths', async () => {
  const workspace = await open(beyondRules());
  const user = workspace.layerRecords[1]!.id;
  expect(await found(workspace, 'wrongBase')).toMatchObject([{ proposal: null, means: { layer: user, files: true } }]);
  const [long] = await found(workspace, 'longestPath');
  expect(long!.proposal).toBeNull();
  expect(long!.means.names).toHaveLength(3);
  expect(long!.means.names![0]).toMatch(/report\.docx$/);
});
