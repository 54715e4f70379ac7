/** Rule files of other products by themselves: for whom they count, what they say, what is kept. */
import { beforeEach, expect, test } from 'vitest';
import { utf16leBytes } from '../../base/utf16.ts';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import { sampleFiles } from '../../testing/sample.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const host = webHost(loadModules());
const lines = (rows: readonly string[]) => utf16leBytes(`\ufeff${rows.map((row) => `${row}\r\n`).join('')}`);
const MASK = {
  name: 'Viewer.fxr',
  bytes: lines(['1', 'C:\\Program Files\\Contoso\t\t\t\t0x00000221\t', 'A font\t\t\t\t0x00004000\t', 'nonsense']),
};
const FOR = (entry: string) => ({ name: 'Viewer.fxa', bytes: lines(['1\t0', entry]) });

let workspace: Workspace;
beforeEach(async () => {
  workspace = new Workspace(host);
  for (const { name, bytes } of sampleFiles()) {
    const { image } = openImage(host, new MemorySource(name, bytes));
    workspace.attachImage(name, image.report(), image);
    const { mount } = mountable(image.report().root)[0]!;
    await workspace.addLayer({ image: name, mount, role: null, name: null });
  }
  await workspace.settled();
});
const sees = (path: string) => {
  const { files } = workspace.merged;
  const node = files.find(path.split('\\'));
  return node >= 0 && files.visible(node);
};
const codes = async () => (await workspace.findings()).map(({ code }) => code);

test('a rule set that counts becomes rules of the user’s; the rest of it is told once', async () => {
  expect(sees('Program Files\\Contoso\\Viewer')).toBe(true);
  const files = [MASK, FOR('0x00000011\tS-1-1-0\t\tEveryone\t0\t0')];
  expect(await workspace.takeRuleFiles(files)).toEqual({ names: ['Viewer.fxr'], rules: 1, fresh: 1, told: 3 });
  expect(sees('Program Files\\Contoso\\Viewer')).toBe(false);
  const found = await codes();
  for (const code of ['maskFont', 'ruleLineUnreadable', 'maskAssigned'])
    expect(found.filter((one) => one === code)).toHaveLength(1);
  expect(await workspace.takeRuleFiles(files)).toMatchObject({ rules: 1, fresh: 0 });
  expect((await codes()).filter((code) => code === 'maskFont')).toHaveLength(1);
  const rule = workspace.state().rules.find(({ pattern }) => pattern === 'Program Files\\Contoso')!;
  expect([rule.origin, rule.action]).toEqual(['user', 'hide']);
});

test('a rule set that does not count for the user who is shown changes nothing', async () => {
  const { name } = workspace.state().users[0]!;
  const taken = await workspace.takeRuleFiles([MASK, FOR(`0x00000006\t${name}\t\t\t0\t0`)]);
  expect(taken).toMatchObject({ rules: 0, fresh: 0 });
  expect(sees('Program Files\\Contoso\\Viewer')).toBe(true);
});

test('somebody else may be meant, with groups that only the guest knows', async () => {
  const entry = FOR('0x00000011\tS-1-5-21-1-2-3-9\t\tCONTOSO\\Sales\t0\t0');
  expect(await workspace.takeRuleFiles([MASK, entry])).toMatchObject({ rules: 0 });
  expect(await codes()).toContain('maskUndecided');
  await workspace.showFor({ user: ['carol'], groups: ['Sales'] });
  expect(await workspace.takeRuleFiles([MASK, entry])).toMatchObject({ rules: 1 });
  expect(await codes()).not.toContain('maskUndecided');
});

test('assignments alone, and files that have no rules, are told', async () => {
  await workspace.takeRuleFiles([FOR('0x00000011\tS-1-1-0\t\tEveryone\t0\t0')]);
  expect(await codes()).toContain('maskMissing');
  await workspace.takeRuleFiles([{ name: 'x.txt', bytes: new TextEncoder().encode('hello') }]);
  expect(await codes()).toContain('ruleFileUnknown');
});
