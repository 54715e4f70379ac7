/** Squashed in the workspace: the archive opens in the place of its two layers and shows the same. */
import { expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { buildHive, sz } from '../../testing/hive-builder.ts';
import { loadModules } from '../../testing/modules.ts';
import { buildNtfs } from '../../testing/ntfs-builder.ts';
import { sampleFiles } from '../../testing/sample.ts';
import type { Role } from '../api.ts';
import type { SquashReport } from '../api-squash.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const host = webHost(loadModules());
const utf8 = (text: string) => new TextEncoder().encode(text);

async function add(workspace: Workspace, name: string, bytes: Uint8Array, role: Role): Promise<string> {
  const { image } = openImage(host, new MemorySource(name, bytes));
  workspace.attachImage(name, image.report(), image);
  return workspace.addLayer({ image: name, mount: mountable(image.report().root)[0]!.mount, role, name: null });
}

/** A plain disk with a hive of each kind at the usual place, in a control set of its own number. */
function appDisk(): Uint8Array {
  const config = (name: string, root: Parameters<typeof buildHive>[0]) => ({ name, data: buildHive(root) });
  const set = {
    name: 'ControlSet002',
    keys: [
      {
        name: 'Services',
        keys: [{ name: 'AppService', values: [{ name: 'Start', type: 4, data: utf8('\x02\0\0\0') }] }],
      },
    ],
  };
  const select = { name: 'Select', values: [{ name: 'Current', type: 4, data: utf8('\x02\0\0\0') }] };
  const user = {
    name: 'ROOT',
    keys: [{ name: 'Software', keys: [{ name: 'App', values: [{ name: '', type: 1, data: sz('x') }] }] }],
  };
  return buildNtfs({
    root: [
      { name: 'Users', dir: [{ name: 'ann', dir: [config('NTUSER.DAT', user)] }] },
      {
        name: 'Windows',
        dir: [
          {
            name: 'System32',
            dir: [{ name: 'config', dir: [config('SYSTEM', { name: 'ROOT', keys: [set, select] })] }],
          },
        ],
      },
      { name: 'Program Files', dir: [{ name: 'App', dir: [{ name: 'app.exe', data: utf8('app') }] }] },
    ],
  });
}

function shown({ merged }: Workspace): string[] {
  const lines: string[] = [];
  for (const tree of [merged.files, merged.registry])
    for (let node = 1; node < tree.union.count; node++) if (tree.visible(node)) lines.push(tree.path(node).join('\\'));
  const { registry } = merged;
  for (let node = 1; node < registry.union.count; node++)
    if (registry.visible(node))
      for (const { name, size, state, type } of registry.values(node))
        if (state !== 4) lines.push(`${registry.path(node).join('\\')} ${name} ${type} ${size}`);
  return lines.sort();
}

test('the archive of two layers, pulled in pieces, stands for both', async () => {
  const workspace = new Workspace(host);
  const [os, user] = sampleFiles();
  const base = await add(workspace, os!.name, os!.bytes, 'os');
  const lower = await add(workspace, 'app.vhd', appDisk(), 'app');
  const upper = await add(workspace, user!.name, user!.bytes, 'user');
  await workspace.settled();
  // services of upper layers are left out by default
  await workspace.setHiveMode('HKLM/SYSTEM', 'merge');
  const before = shown(workspace);
  expect(before.some((line) => line.includes('ControlSet001\\Services\\AppService'))).toBe(true);
  expect(before.some((line) => line.endsWith('Software\\App'))).toBe(true);

  const { id, name } = await workspace.squash(upper);
  expect(name).toBe('ann-userdata + app.tar');
  const parts: Uint8Array[] = [];
  let report: SquashReport | null = null;
  while (report === null) {
    const piece = await workspace.squashNext(id);
    parts.push(piece.bytes);
    report = piece.report;
  }
  expect(report).toMatchObject({ hives: 3, marks: expect.any(Number) });
  await expect(workspace.squashNext(id)).rejects.toThrow('MissingItem');

  const one = await add(workspace, name, new Uint8Array(Buffer.concat(parts)), 'user');
  await workspace.setEnabled(lower, false);
  await workspace.setEnabled(upper, false);
  await workspace.settled();
  expect(workspace.state().layers.find((layer) => layer.id === one)).toMatchObject({ store: 'own', status: 'ready' });
  expect(shown(workspace)).toEqual(before);

  await expect(workspace.squash(base)).rejects.toThrow('is the base');
  await expect(workspace.squash(lower)).rejects.toThrow('two layers above the base');
  await expect(workspace.squash(upper)).rejects.toThrow('switched off');
});

test('files whose bytes cannot be read are left out, and told', async () => {
  const workspace = new Workspace(host);
  await add(workspace, 'os.vhd', appDisk(), 'os');
  await add(workspace, 'app.vhd', buildNtfs({ root: [{ name: 'a.txt', data: utf8('a') }] }), 'app');
  const dedup = { name: 'd.bin', reparse: { tag: 0x8000_0013, data: new Uint8Array(8) }, data: utf8('d') };
  const efs = { name: 'e.bin', data: new Uint8Array(20_000).fill(7), dataFlags: 0x4000 };
  const upper = await add(workspace, 'user.vhd', buildNtfs({ root: [dedup, efs] }), 'user');
  await workspace.settled();
  const { id } = await workspace.squash(upper);
  let report: SquashReport | null = null;
  while (report === null) report = (await workspace.squashNext(id)).report;
  expect(report.findings).toContainEqual(expect.objectContaining({ facts: expect.objectContaining({ count: 2 }) }));
  expect(report.files).toBe(1);
});

test('a folder where case counts stays one; where a layer above decides it, this is told', async () => {
  const disk = (caseSensitive: boolean, ...names: string[]) =>
    buildNtfs({ root: [{ name: 'D', caseSensitive, dir: names.map((name) => ({ name, data: utf8(name) })) }] });
  const squash = async (...disks: readonly Uint8Array[]) => {
    const workspace = new Workspace(host);
    const ids: string[] = [];
    for (const [i, bytes] of disks.entries())
      ids.push(await add(workspace, `${i}.vhd`, bytes, i === 0 ? 'os' : i === 1 ? 'app' : 'user'));
    await workspace.settled();
    const before = shown(workspace);
    const { id, name } = await workspace.squash(ids[2]!);
    const parts: Uint8Array[] = [];
    let report: SquashReport | null = null;
    while (report === null) {
      const piece = await workspace.squashNext(id);
      parts.push(piece.bytes);
      report = piece.report;
    }
    const one = await add(workspace, name, new Uint8Array(Buffer.concat(parts)), 'user');
    await workspace.settled();
    await workspace.setOrder([...ids.slice(3).reverse(), one, ...ids.slice(0, 3).reverse()]);
    await workspace.setEnabled(ids[1]!, false);
    await workspace.setEnabled(ids[2]!, false);
    return { told: report.findings.map(({ code }) => code), before, after: shown(workspace) };
  };
  const same = await squash(disk(false), disk(true, 'A', 'b'), disk(true, 'a', 'B'));
  expect(same.told).toEqual([]);
  expect(same.before).toEqual(['D', 'D\\A', 'D\\B', 'D\\a', 'D\\b']);
  expect(same.after).toEqual(same.before);
  const above = await squash(disk(false), disk(false, 'A'), disk(false, 'a'), disk(true));
  expect(above.told).toEqual(['squashCaseElsewhere']);
  expect(above.before).toEqual(['D', 'D\\A', 'D\\a']);
  expect(above.after).toEqual(['D', 'D\\a']);
});

test('one that is given up, or that another one follows, is over', async () => {
  const workspace = new Workspace(host);
  const [os, user] = sampleFiles();
  await add(workspace, os!.name, os!.bytes, 'os');
  await add(workspace, 'app.vhd', appDisk(), 'app');
  const upper = await add(workspace, user!.name, user!.bytes, 'user');
  await workspace.settled();
  const first = await workspace.squash(upper);
  const second = await workspace.squash(upper);
  await expect(workspace.squashNext(first.id)).rejects.toThrow('MissingItem');
  await workspace.endSquash(second.id);
  await expect(workspace.squashNext(second.id)).rejects.toThrow('MissingItem');
});
