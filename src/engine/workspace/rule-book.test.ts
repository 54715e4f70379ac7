/** Rules of merge-semantics.md that speak of what lies behind a row: streams, security, links. */
import { expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { loadModules } from '../../testing/modules.ts';
import { buildNtfs } from '../../testing/ntfs-builder.ts';
import type { TreeEntry } from '../../testing/tree.ts';
import { webHost } from '../host.ts';
import { openImage } from '../open-image.ts';
import { mountable } from '../select.ts';
import { Workspace } from './workspace.ts';

const host = webHost(loadModules());
const utf8 = (text: string) => new TextEncoder().encode(text);

async function workspaceOf(...trees: (readonly TreeEntry[])[]): Promise<{ workspace: Workspace; ids: string[] }> {
  const workspace = new Workspace(host);
  const ids: string[] = [];
  for (const [n, root] of trees.entries()) {
    const { image } = openImage(host, new MemorySource(`layer ${n}`, buildNtfs({ root })));
    workspace.attachImage(`${n}`, image.report(), image);
    const { mount } = mountable(image.report().root)[0]!;
    ids.push(await workspace.addLayer({ image: `${n}`, mount, role: n === 0 ? 'os' : 'user', name: null }));
  }
  await workspace.settled();
  return { workspace, ids };
}

test('F-50 streams belong to the file they stand in: an upper copy without them has none', async () => {
  const stream = { name: 'Zone.Identifier', data: utf8('[ZoneTransfer]') };
  const { workspace, ids } = await workspaceOf(
    [{ name: 'f', data: utf8('old'), streams: [stream] }],
    [{ name: 'f', data: utf8('new') }],
  );
  const node = workspace.merged.files.find(['f']);
  const streams = async (id: string) =>
    (await workspace.versionDetail(node, id)).detail.streams.map(({ name }) => name);
  expect(await streams(ids[0]!)).toEqual(['', 'Zone.Identifier']);
  expect(await streams(ids[1]!)).toEqual(['']);
  await expect(workspace.readFile(node, ids[1]!, 'Zone.Identifier', 0, 100)).rejects.toThrow('MissingItem');
});

test('F-56 F-60 security is the topmost entry\u2019s, whole and byte for byte', async () => {
  // owner S-1-5-18 and S-1-5-32, no lists
  const descriptor = (sub: number) =>
    Uint8Array.of(1, 0, 0, 0x80, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 5, sub, 0, 0, 0);
  const { workspace, ids } = await workspaceOf(
    [{ name: 'd', dir: [], security: descriptor(18) }],
    [{ name: 'd', dir: [], security: descriptor(32) }],
  );
  const node = workspace.merged.files.find(['d']);
  const { files } = workspace.merged;
  expect(files.layerIds[files.resolution.winner[node]!]).toBe(ids[1]);
  const { detail, security } = await workspace.versionDetail(node, ids[1]!);
  expect(detail.security).toEqual(descriptor(32));
  expect(security?.owner).toContain('S-1-5-32');
});
