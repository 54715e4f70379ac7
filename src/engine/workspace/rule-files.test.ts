/** Rule files of other products by themselves: for whom they count, what they say, what is kept. */
import { beforeEach, expect, test } from 'vitest';
import { utf16leBytes } from '../../base/utf16.ts';
import { NodeState } from '../../overlay/types.ts';
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
const groups = async () => {
  await workspace.examined();
  return (await workspace.mergeFindings()).groups.flatMap(({ items }) => items.map(({ code }) => code));
};
const codes = async () => (await workspace.findings()).map(({ code }) => code);

test('a rule set that counts becomes rules of the user’s; the rest of it is told once', async () => {
  expect(sees('Program Files\\Contoso\\Viewer')).toBe(true);
  const files = [MASK, FOR('0x00000011\tS-1-1-0\t\tEveryone\t0\t0')];
  expect(await workspace.takeRuleFiles(files)).toEqual({ names: ['Viewer.fxr'], rules: 5, fresh: 5, told: 3 });
  expect(sees('Program Files\\Contoso\\Viewer')).toBe(false);
  const found = await codes();
  for (const code of ['maskFont', 'ruleLineUnreadable', 'maskAssigned'])
    expect(found.filter((one) => one === code)).toHaveLength(1);
  expect(await workspace.takeRuleFiles(files)).toMatchObject({ rules: 5, fresh: 0 });
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
  expect(await workspace.takeRuleFiles([MASK, entry])).toMatchObject({ rules: 5 });
  expect(await codes()).not.toContain('maskUndecided');
});

test('a value that is hidden takes no more than itself; a path shown elsewhere needs no layer', async () => {
  const { registry } = workspace.merged;
  const shown = (node: number) =>
    registry
      .values(node)
      .filter(({ state }) => state !== NodeState.hidden)
      .map(({ name }) => name);
  const nodes = Array.from({ length: registry.union.count }, (_, node) => node);
  const key = nodes.find((node) => shown(node).filter((name) => name !== '').length > 1)!;
  const before = shown(key);
  const gone = before.find((name) => name !== '')!;
  const place = registry.path(key).join('\\');
  const rules = ['1', `${place}\t${gone}\t\t\t0x00000222\t`, 'C:\\Old\t\tC:\\Windows\t\t0x00000101\t'];
  const taken = await workspace.takeRuleFiles([{ name: 'One.fxr', bytes: lines(rules) }]);
  expect(taken).toMatchObject({ rules: 2, fresh: 2 });
  expect(registry.visible(key)).toBe(true);
  expect(shown(key)).toEqual(before.filter((name) => name !== gone));
  expect(sees('Old\\System32')).toBe(true);
  const own = workspace.state().rules.filter(({ origin }) => origin === 'user');
  expect(own.map(({ draft, hits }) => [draft?.value, draft?.to, hits])).toEqual([
    [gone, undefined, 1],
    [undefined, 'Windows', 1],
  ]);
  expect((await workspace.buildPlan()).summary.proven).toBe(true);
  expect(await groups()).not.toContain('ruleNoEffect');
  const nowhere = ['1', 'C:\\Newer\t\tC:\\Nowhere\t\t0x00000101\t'];
  await workspace.takeRuleFiles([{ name: 'Two.fxr', bytes: lines(nowhere) }]);
  expect(sees('Newer')).toBe(false);
  expect(await groups()).toContain('ruleNoEffect');
});

test('assignments alone, and files that have no rules, are told', async () => {
  await workspace.takeRuleFiles([FOR('0x00000011\tS-1-1-0\t\tEveryone\t0\t0')]);
  expect(await codes()).toContain('maskMissing');
  await workspace.takeRuleFiles([{ name: 'x.txt', bytes: new TextEncoder().encode('hello') }]);
  expect(await codes()).toContain('ruleFileUnknown');
});
