/** Another base under real images: read beside the workspace, reported with versions, written as files, given up. */
import { describe, expect, test } from 'vitest';
import { isCancelled } from '../../base/errors.ts';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import { rebaseFixture } from '../../testing/pains/rebase.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const host = webHost(loadModules());

async function open() {
  const workspace = new Workspace(host);
  const images = rebaseFixture();
  const side = (image: string) => ({ image, mount: mounts.get(image)! });
  const mounts = new Map<string, string>();
  for (const [name, bytes] of Object.entries(images)) {
    const { image } = openImage(host, new MemorySource(`${name}.wim`, bytes));
    workspace.attachImage(name, image.report(), image);
    mounts.set(name, mountable(image.report().root)[0]!.mount);
  }
  await workspace.addLayer({ ...side('before'), role: 'os', name: 'base' });
  await workspace.addLayer({ ...side('user'), role: 'user', name: 'Ann' });
  await workspace.settled();
  return { workspace, side };
}

describe('a base that is no layer', () => {
  test('is read, held against the present one, and forgotten', async () => {
    const { workspace, side } = await open();
    const before = workspace.state();
    const report = await workspace.rebase(side('after'));
    expect(report).toMatchObject({
      before: { name: 'base', build: '26100.1742' },
      after: { name: 'after.wim: Windows', build: '26100.2033' },
      files: { changed: 5, added: 1, removed: 1 },
      values: { changed: 2, removed: 0 },
    });
    const lines = report.groups.flatMap(({ items }) =>
      items.map(({ severity, code, path, note }) => `${severity} ${code} ${path} ${note}`),
    );
    expect(lines).toEqual([
      'error rebaseHidesNewer C:\\Program Files\\Contoso\\viewer.exe 1.8.2.7 < 2.1.0.48',
      'warning rebaseAddedInBoth C:\\Program Files\\Contoso\\new.cfg new.cfg',
      'warning rebaseDeletesChange C:\\Program Files\\Contoso\\tool.dll tool.dll',
      'warning rebaseHidesChange C:\\Program Files\\Contoso\\viewer.cfg viewer.cfg',
      'warning rebaseHidesValue HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Endpoint Endpoint',
      'info rebaseKeepsRemoved C:\\Program Files\\Contoso\\old.cfg old.cfg',
    ]);
    const [stale] = report.groups[0]!.items;
    expect(stale!.evidence.map(({ role, facts }) => [role, facts['version']])).toEqual([
      ['wins', '1.8.2.7'],
      ['hidden', '2.1.0.48'],
      ['before', '1.8.0.0'],
    ]);
    const value = report.groups.find(({ code }) => code === 'rebaseHidesValue')!.items[0]!;
    expect(value.evidence.map(({ facts }) => facts['data'])).toEqual(['own.contoso', 'new.contoso', 'old.contoso']);
    expect(workspace.state()).toEqual(before);
    expect(await workspace.rebaseProgress()).toBeNull();
  });

  test('is told as JSON, CSV and Markdown', async () => {
    const { workspace, side } = await open();
    await expect(workspace.rebaseFile('json')).rejects.toThrow('a rebase report');
    await workspace.rebase(side('after'));
    const file = async (format: 'json' | 'csv' | 'markdown') => {
      const made = await workspace.rebaseFile(format);
      return { name: made.name, text: await made.file.text() };
    };
    const { name, text } = await file('json');
    expect(name).toBe('rebase base to after.wim_ Windows.json');
    const json = JSON.parse(text) as { items: Record<string, unknown>[]; totals: unknown[] };
    expect(json.totals).toHaveLength(6);
    expect(json.items[0]).toMatchObject({
      severity: 'error',
      above: { layer: 'Ann', version: '1.8.2.7' },
      new: { version: '2.1.0.48' },
      old: { version: '1.8.0.0' },
      rules: [{ action: 'keepLower' }],
    });
    const csv = (await file('csv')).text.split('\r\n');
    expect(csv).toHaveLength(8);
    expect(csv[1]).toMatch(
      /^error,rebaseHidesNewer,C:\\Program Files\\Contoso\\viewer.exe,1.8.2.7 < 2.1.0.48,Ann,1.8.2.7,/,
    );
    const { text: markdown } = await file('markdown');
    expect(markdown).toContain('# base (26100.1742) -> after.wim: Windows (26100.2033)');
    expect(markdown).toContain('The new base changes 5 files, brings 1, drops 1');
    expect(markdown).toMatch(/\| C:\\\\Program Files\\\\Contoso\\\\tool.dll \| tool.dll \| Ann \| deleted \|/);
  });

  test('can be given up while it is read; the next run begins anew', async () => {
    const { workspace, side } = await open();
    const run = workspace.rebase(side('after'));
    const refused = expect(run).rejects.toSatisfy(isCancelled);
    await Promise.resolve();
    expect(await workspace.rebaseProgress()).not.toBeNull();
    await workspace.endRebase();
    await refused;
    expect((await workspace.rebase(side('after'))).groups.length).toBeGreaterThan(0);
  });
});

test('a base that is a layer already is no layer above itself; the present base is no other one', async () => {
  const { workspace, side } = await open();
  const id = await workspace.addLayer({ ...side('after'), role: 'app', name: 'next' });
  await workspace.settled();
  const report = await workspace.rebase(side('after'));
  expect(report.after).toMatchObject({ layer: id, name: 'next' });
  expect(report.groups).toHaveLength(6);
  await expect(workspace.rebase(side('before'))).rejects.toThrow('another tree');
  await expect(workspace.rebase({ image: 'none', mount: '1' })).rejects.toThrow('an image none');
  await expect(new Workspace(host).rebase(side('after'))).rejects.toThrow('a base under the layers');
});

test('rules of the workspace count: what they let through is not hidden', async () => {
  const { workspace, side } = await open();
  const first = await workspace.rebase(side('after'));
  const proposals = first.groups.flatMap(({ items }) => items.flatMap(({ proposal }) => proposal?.add ?? []));
  await workspace.changeRules(proposals, []);
  expect((await workspace.rebase(side('after'))).groups).toEqual([]);
});
