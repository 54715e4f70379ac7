/** Files of a store at other places: the folders on the way change nothing of those that are there. */
import { expect, test } from 'vitest';
import { NodeFlag } from '../../fs/types.ts';
import { lookup } from '../../index/path.ts';
import { windowsUpcase } from '../../index/upcase.ts';
import { arrange } from '../../layer/arrange.ts';
import { dir, type TreeSpec } from '../../testing/chunks.ts';
import { makeLayers, makeNames } from '../../testing/layers.ts';
import { STATE_NAMES } from '../types.ts';
import { FileOverlay } from './overlay.ts';

test('a folder that a store only leads through is unchanged, what it brings is added', () => {
  const base: TreeSpec = { Users: dir({ attributes: 0x15, flags: NodeFlag.directory }, { Public: {} }) };
  const [os, store] = makeLayers({ tree: base }, { tree: { Profile: { 'note.txt': 'n' } } });
  const upcase = windowsUpcase();
  const { table } = store!.tree!;
  const places = [{ row: lookup(table, 'Profile', upcase), at: ['Users', 'ann'] }];
  const user = { ...store!, tree: { ...store!.tree!, table: arrange(table, places, upcase, 'store').table } };
  const overlay = new FileOverlay(makeNames);
  overlay.update([os!, user], []);
  const state = (path: string) => STATE_NAMES[overlay.resolution.state[overlay.find(path.split('\\'))]!];
  expect(['Users', 'Users\\Public', 'Users\\ann', 'Users\\ann\\note.txt'].map(state)).toEqual([
    'unchanged',
    'unchanged',
    'added',
    'added',
  ]);
});
