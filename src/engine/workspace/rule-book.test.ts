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

/** An ACE: type, mask, a SID of one part, and what stands behind it. */
function ace(type: number, mask: number, authority: number, sub: number, more: Uint8Array = new Uint8Array(0)) {
  const bytes = new Uint8Array(20 + more.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type);
  view.setUint16(2, bytes.length, true);
  view.setUint32(4, mask, true);
  bytes.set([1, 1, 0, 0, 0, 0, 0, authority], 8);
  view.setUint32(16, sub, true);
  bytes.set(more, 20);
  return bytes;
}
function acl(...aces: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(aces);
  const head = Buffer.alloc(8);
  head[0] = 4;
  head.writeUInt16LE(8 + body.length, 2);
  head.writeUInt16LE(aces.length, 4);
  return Buffer.concat([head, body]);
}

test('F-60 labels, conditions, attributes and policies are kept byte for byte, in a squashed layer too', async () => {
  const sacl = acl(
    ace(0x11, 1, 16, 0x1000), // mandatory label: low
    ace(0x12, 0, 1, 0, Uint8Array.of(0x14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)), // resource attribute
    ace(0x13, 0, 17, 7), // central policy
  );
  const condition = Uint8Array.from([...utf8('artx'), 0xf8, 2, 0, 0, 0, 0x61, 0, 0x87]);
  const dacl = acl(ace(0x09, 0x1f01ff, 5, 11, condition), ace(0x77, 1, 5, 11, Uint8Array.of(1, 2, 3, 4)));
  const owner = Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0);
  const head = Buffer.alloc(20);
  head[0] = 1;
  head.writeUInt16LE(0x8014, 2);
  head.writeUInt32LE(20, 4);
  head.writeUInt32LE(32, 12);
  head.writeUInt32LE(32 + sacl.length, 16);
  const descriptor = new Uint8Array(Buffer.concat([head, owner, sacl, dacl]));
  const { workspace, ids } = await workspaceOf(
    [{ name: 'f', data: utf8('os') }],
    [{ name: 'f', data: utf8('app'), security: descriptor }],
    [{ name: 'g', data: utf8('user') }],
  );
  const { detail } = await workspace.versionDetail(workspace.merged.files.find(['f']), ids[1]!);
  expect(detail.security).toEqual(descriptor);
  const { id } = await workspace.squash(ids[2]!);
  let archive = '';
  for (let done = false; !done; ) {
    const { bytes, report } = await workspace.squashNext(id);
    archive += Buffer.from(bytes).toString('latin1');
    done = report !== null;
  }
  expect(archive).toContain(`MSWINDOWS.rawsd=${Buffer.from(descriptor).toString('base64')}\n`);
});

test('F-56 security is the topmost entry\u2019s, whole', async () => {
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
