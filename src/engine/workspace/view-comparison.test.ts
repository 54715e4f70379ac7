/** Merged views in the compare tab: what a layer does, and a view against one image. */
import { expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import { sampleFiles } from '../../testing/sample.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const host = webHost(loadModules());

test('a view with and without a layer, and against the image of one', async () => {
  const workspace = new Workspace(host);
  const ids: string[] = [];
  const mounts: string[] = [];
  for (const { name, bytes } of sampleFiles()) {
    const { image } = openImage(host, new MemorySource(name, bytes));
    workspace.attachImage(name, image.report(), image);
    mounts.push(mountable(image.report().root)[0]!.mount);
    ids.push(await workspace.addLayer({ image: name, mount: mounts.at(-1)!, role: null, name: null }));
  }
  await workspace.settled();
  const view = (...without: string[]) => ({ image: '', mount: '', without });
  const { state } = workspace.merged.files.resolution;
  const before = [...state];

  const without = await workspace.compare(view(ids[1]!), view());
  const { rows } = await workspace.compareRows(['added', 'removed', 'changed'], 'viewer', 0, 100);
  const changes = new Map(rows.map(({ path, change }) => [path, change]));
  expect(changes.get('Program Files\\Contoso\\Viewer\\render.dll')).toBe('changed');
  expect(changes.get('Program Files\\Contoso\\Viewer\\plugins\\legacy.dll')).toBe('removed');
  expect(changes.get('Program Files\\Contoso\\Viewer\\plugins\\svg.dll')).toBe('added');
  expect(without.totals.same.entries).toBeGreaterThan(20);

  const keys = await workspace.compareRegistry({ without: [ids[1]!] }, { without: [] });
  const threads = keys.rows.find(({ kind, name }) => kind === 'value' && name === 'RenderThreads');
  expect(threads).toMatchObject({
    change: 'changed',
    path: 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Viewer',
    before: expect.stringContaining('REG_DWORD'),
    after: 'REG_DWORD  0x00000002 (2)',
  });
  expect((await workspace.compareRegistry({ without: [] }, { without: [] })).rows).toEqual([]);
  const alone = await workspace.compareRegistry(ids[0]!, { without: [ids[1]!] });
  expect(alone.totals).toMatchObject({ added: 0, removed: 0, changed: 0 });

  const same = await workspace.compare(view(), view());
  expect(same.listed).toBe(0);

  const os = { image: sampleFiles()[0]!.name, mount: mounts[0]! };
  const base = await workspace.compare(os, view(ids[1]!));
  expect(base.totals).toMatchObject({ added: { entries: 0 }, removed: { entries: 0 }, changed: { entries: 0 } });
  // comparing changes nothing of what is shown
  expect([...workspace.merged.files.resolution.state]).toEqual(before);
});
