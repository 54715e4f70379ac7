/** One person with two SIDs: who is taken for whom. */
import { expect, test } from 'vitest';
import { nodeTable } from '../testing/chunks.ts';
import type { Profile } from './hives.ts';
import { folderMappings, sidMappings, withFolders } from './principals.ts';
import type { LayerTree } from './types.ts';

const user = (sid: string, folder: string): Profile => ({ sid, folder, path: `C:\\Users\\${folder}` });
const BASE = [user('S-1-5-21-1-1', 'ann'), user('S-1-5-21-1-2', 'bob')];

test('the folder says who it is, in any case', () => {
  expect(sidMappings([user('S-1-5-21-9-1', 'ANN')], BASE)).toEqual([
    { from: 'S-1-5-21-9-1', to: 'S-1-5-21-1-1', name: 'ann' },
  ]);
});

test('the same SID, a SID that the base knows as somebody else, and a stranger are left alone', () => {
  expect(sidMappings([user('S-1-5-21-1-1', 'ann')], BASE)).toEqual([]);
  expect(sidMappings([user('S-1-5-21-1-2', 'ann')], BASE)).toEqual([]);
  expect(sidMappings([user('S-1-5-21-9-3', 'eve')], BASE)).toEqual([]);
  expect(sidMappings([user('S-1-5-21-9-1', 'ann')], [])).toEqual([]);
});

test('one person is taken once, a folder that two claim by nobody', () => {
  const twice = [user('S-1-5-21-9-1', 'ann'), user('S-1-5-21-9-2', 'Ann')];
  expect(sidMappings(twice, BASE)).toHaveLength(1);
  expect(sidMappings([user('S-1-5-21-9-1', 'ann')], [...BASE, user('S-1-5-21-1-3', 'ann')])).toEqual([]);
});

test('a profile that lies elsewhere in the base, by its SID', () => {
  const own = [user('S-1-5-21-1-1', 'ann.CONTOSO')];
  expect(folderMappings(own, BASE)).toEqual([{ path: ['Users', 'ann.CONTOSO'], name: 'ann' }]);
  expect(folderMappings([user('S-1-5-21-1-1', 'Ann')], BASE)).toEqual([]);
  expect(folderMappings([user('S-1-5-21-9-1', 'ann.CONTOSO')], BASE)).toEqual([]);
  // somebody else of the layer has the name, or the profile is not below Users
  expect(folderMappings([...own, user('S-1-5-21-9-1', 'ann')], BASE)).toEqual([]);
  expect(folderMappings([{ ...own[0]!, path: 'D:\\Profiles\\ann.CONTOSO' }], BASE)).toEqual([]);
});

test('the same mappings give the same tree', () => {
  const tree: LayerTree = { table: nodeTable({}), root: 0, markers: [], internal: [], upcase: null, store: 'plain' };
  const folders = () => [{ path: ['Users', 'a'], name: 'b' }];
  expect(withFolders(tree, [])).toBe(tree);
  expect(withFolders(tree, folders())).toBe(withFolders(tree, folders()));
  expect(withFolders(tree, folders()).folders).toEqual(folders());
});
