/** A volume that was extended on a dynamic disk is one tree, whatever the order of its pieces. */
import { expect, test } from 'vitest';
import { MemorySource } from '../source/memory.ts';
import { buildDynamic } from '../testing/dynamic-builder.ts';
import { loadModules } from '../testing/modules.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { buildVhd } from '../testing/vhd-builder.ts';
import { webHost } from './host.ts';
import { openImage } from './open-image.ts';
import { findingsOf, mountable, resolvePath } from './select.ts';

test('is read through VHD, MBR and its database', async () => {
  const content = new Uint8Array(500_000).map((_, i) => (i * 31) >> 3);
  const volume = buildNtfs({ root: [{ name: 'file.bin', data: content }] });
  const sectors = volume.length / 512;
  const half = Math.floor(sectors / 2);
  // the second half stands before the first
  const pieces = [
    { disk: 0, start: sectors - half, offset: 0, sectors: half },
    { disk: 0, start: 0, offset: half, sectors: sectors - half },
  ];
  const data = new Uint8Array(volume.length);
  data.set(volume.subarray(half * 512));
  data.set(volume.subarray(0, half * 512), (sectors - half) * 512);
  const volumes = [{ name: 'Volume1', sectors, components: [{ pieces }] }];
  const [disk] = buildDynamic({ disks: 1, sectors: sectors + 4096, volumes }, [data]) as [Uint8Array];
  const vhd = buildVhd({ kind: 'fixed', size: disk.length, write: [{ offset: 0, bytes: disk }] });
  const { image } = openImage(webHost(loadModules()), new MemorySource('x', vhd));
  const { root } = image.report();
  expect(findingsOf(root)).toEqual([]);
  const [tree, ...more] = mountable(root);
  expect([tree!.mount, tree!.format, more]).toEqual(['v1', 'ntfs', []]);
  expect(tree!.facts).toMatchObject({ name: 'Volume1', pieces: 2 });
  const { ref } = await resolvePath(image, 'v1', 'file.bin', 'x');
  expect(Buffer.compare(image.read('v1', ref, '', 0, content.length), content)).toBe(0);
});
