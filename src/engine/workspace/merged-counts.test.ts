/** What a merged key says of itself when it is written out. */
import { expect, test } from 'vitest';
import { MemorySource } from '../../source/memory.ts';
import { buildHive, dword, type KeySpec } from '../../testing/hive-builder.ts';
import { loadModules } from '../../testing/modules.ts';
import { webHost } from '../host.ts';
import { findKey } from '../merged-listing.ts';
import { openImage } from '../open-image.ts';
import { Workspace } from './workspace.ts';

const value = (name: string, bytes: number) => ({ name, type: 3, data: new Uint8Array(bytes).fill(1) });
const LAYERS: readonly KeySpec[] = [
  {
    name: 'K',
    class: 'longer class',
    keys: [{ name: 'one' }, { name: 'two' }],
    values: [value('long name', 5), value('v', 900)],
  },
  {
    name: 'K',
    class: 'short',
    keys: [{ name: 'the longest' }],
    values: [value('V', 7), { name: 'w', type: 4, data: dword(1) }],
  },
];

test('R-20 counts and largest lengths of a merged key are those of the merged lists', async () => {
  const host = webHost(loadModules());
  const workspace = new Workspace(host);
  for (const [i, key] of LAYERS.entries()) {
    const bytes = buildHive({ name: 'ROOT', keys: [key] }, { minor: 5, fileName: 'SOFTWARE' });
    const { image } = openImage(host, new MemorySource('SOFTWARE', bytes));
    workspace.attachImage(`${i}`, image.report(), image);
    await workspace.addLayer({ image: `${i}`, mount: '', role: i === 0 ? 'os' : 'app', name: null });
  }
  await workspace.settled();
  const { id } = await workspace.exportKey(findKey(workspace, 'HKLM\\SOFTWARE\\K'), 'hive', true);
  const parts: Uint8Array[] = [];
  for (let done = false; !done; ) {
    const { bytes, finished } = await workspace.exportNext(id);
    parts.push(bytes);
    done = finished;
  }
  const hive = Buffer.concat(parts);
  // the root's key node, behind the base block and the size of its cell
  const nk = hive.subarray(4096 + hive.readUInt32LE(36) + 4);
  expect(nk.toString('latin1', 0, 2)).toBe('nk');
  expect({
    SubKeys: nk.readUInt32LE(20),
    Values: nk.readUInt32LE(36),
    MaxNameLen: nk.readUInt16LE(52),
    MaxClassLen: nk.readUInt32LE(56),
    MaxValueNameLen: nk.readUInt32LE(60),
    MaxValueDataLen: nk.readUInt32LE(64),
  }).toEqual({
    SubKeys: 3,
    Values: 3,
    MaxNameLen: 2 * 'the longest'.length,
    MaxClassLen: 0,
    MaxValueNameLen: 2 * 'long name'.length,
    // the value of 900 bytes is hidden
    MaxValueDataLen: 7,
  });
});
