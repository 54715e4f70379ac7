/** A disk with internal snapshots: the active state stands for the file, a snapshot is there for whoever names it. */
import { expect, test } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { MemorySource } from '../source/memory.ts';
import { hostileTree } from '../testing/hostile-images.ts';
import { loadModules } from '../testing/modules.ts';
import { buildNtfs } from '../testing/ntfs-builder.ts';
import { buildQcow2 } from '../testing/qcow2-builder.ts';
import { webHost } from './host.ts';
import { openImage } from './open-image.ts';
import { onlyMount, select } from './select.ts';

test('snapshots of a qcow2', async () => {
  const volume = buildNtfs({ root: hostileTree(), clusterSize: 1024 });
  const size = Math.ceil(volume.length / 512) * 512;
  const write = [{ offset: 0, bytes: volume }];
  const { image } = buildQcow2({ version: 3, size, write, snapshots: ['before', 'after'] });
  const opened = openImage(webHost(loadModules()), new MemorySource('d.qcow2', image));
  const { root } = opened.image.report();
  expect(root.parts.map(({ mount, kind }) => [mount, kind])).toEqual([
    ['', 'tree'],
    ['snap:1', 'tree'],
    ['snap:2', 'tree'],
  ]);
  expect(onlyMount(root, 'd.qcow2')).toBe(root.parts[0]);
  const { part } = await select(opened.image, ['snap:2']);
  expect(part).toBe(root.parts[2]);
  expect(onlyMount(part, 'd.qcow2')).toBe(part);
  await expect(select(opened.image, ['snap:3'])).rejects.toThrow(FormatError);
});
