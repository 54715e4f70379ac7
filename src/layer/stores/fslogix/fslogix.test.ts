import { expect, test } from 'vitest';
import { pathOf } from '../../../index/path.ts';
import { windowsUpcase } from '../../../index/upcase.ts';
import { nodeTable, type TreeSpec } from '../../../testing/chunks.ts';
import { detectStore } from '../registry.ts';
import { fslogixStore, ownerOf } from './index.ts';

const upcase = windowsUpcase();
const PROFILE: TreeSpec = {
  Profile: {
    'NTUSER.DAT': 'n',
    AppData: { Local: { FSLogix: { 'Redirections.xml': 'x' }, Temp: { t: 't' } } },
    Desktop: {},
  },
  'System Volume Information': {},
};
const XML =
  '<FrxProfileFolderRedirection><Excludes><Exclude Copy="0">AppData\\Local\\Temp</Exclude></Excludes></FrxProfileFolderRedirection>';
const apply = (tree: TreeSpec, text: string | null, label = '', file = 'disk.vhdx') => {
  const table = nodeTable(tree);
  const needs = fslogixStore.needs(table, upcase);
  const result = fslogixStore.apply(
    table,
    upcase,
    needs.map(() => (text === null ? null : new TextEncoder().encode(text))),
    file,
    undefined,
    { label },
  );
  return {
    needs: needs.map(({ path }) => path),
    places: result.places?.map(({ row, at }) => `${pathOf(table, row)} -> ${at.join('\\')}`),
    rules: result.policies?.flatMap(({ rules }) => rules.map(({ action, match }) => `${action} ${match.p}`)),
    codes: [...result.findings, ...(result.policies ?? []).flatMap(({ findings }) => findings)].map(({ code }) => code),
  };
};

test('a profile disk: the profile in its place, with what does not lie in it', () => {
  expect(detectStore(nodeTable(PROFILE), upcase, 'ntfs').id).toBe('fslogix');
  expect(apply(PROFILE, XML, 'Profile-ann')).toEqual({
    needs: ['Profile\\AppData\\Local\\FSLogix\\Redirections.xml'],
    places: ['Profile -> Users\\ann'],
    rules: ['exclude Users\\ann\\AppData\\Local\\Temp'],
    codes: [],
  });
});

test('whose it is: the label, else the name of the disk, else nobody says', () => {
  expect(ownerOf('Profile-ann', 'x.vhdx')).toBe('ann');
  expect(ownerOf('O365-a.b', '')).toBe('a.b');
  expect(ownerOf('', 'folder/Profile_S-1-5-21-1-2-3-1001_ann.VHDX')).toBe('ann');
  expect(ownerOf('', 'Profile_ann.smith.VHDX')).toBe('ann');
  expect(ownerOf('Data', 'disk.vhdx')).toBeNull();
  expect(ownerOf('Profile-a\\b', 'disk.vhdx')).toBeNull();
  expect(apply(PROFILE, XML)).toMatchObject({ places: ['Profile -> Users\\user'], codes: ['fslogixOwner'] });
});

test('redirections that cannot be read are not taken for none', () => {
  expect(apply(PROFILE, null, 'Profile-ann').codes).toEqual(['ruleFileMissing']);
  expect(apply(PROFILE, 'nothing', 'Profile-ann').codes).toEqual(['ruleFileUnknown']);
});

test('a tree that somebody takes for a container, and is none, is shown as it is', () => {
  expect(apply({ a: 'a' }, null)).toMatchObject({ places: undefined, codes: ['storeNotSeen'] });
});

test('an Office container: what Office sees where it sees it, the rest is told; a disk of Windows is none', () => {
  const office = { ODFC: { Outlook: { 'a.ost': 'o' }, oneDrive: {}, Licensing: {}, Teams: {}, 'x.txt': 'x' } };
  expect(detectStore(nodeTable(office), upcase, 'ntfs').id).toBe('fslogix');
  expect(apply(office, null, 'O365-ann')).toEqual({
    needs: [],
    places: [
      'ODFC\\Outlook -> Users\\ann\\AppData\\Local\\Microsoft\\Outlook',
      'ODFC\\oneDrive -> Users\\ann\\AppData\\Local\\Microsoft\\OneDrive',
      'ODFC\\Licensing -> Users\\ann\\AppData\\Local\\Microsoft\\Office\\16.0\\Licensing',
      'ODFC\\Teams -> ODFC\\Teams',
      'ODFC\\x.txt -> ODFC\\x.txt',
    ],
    rules: undefined,
    codes: ['fslogixOffice', 'fslogixOfficeLeft'],
  });
  expect(apply({ ODFC: { AppData: {} } }, null)).toMatchObject({
    places: ['ODFC\\AppData -> Users\\user\\AppData'],
    codes: ['fslogixOwner', 'fslogixOffice'],
  });
  expect(detectStore(nodeTable({ ...PROFILE, Windows: {} }), upcase, 'ntfs').id).toBe('plain');
  expect(detectStore(nodeTable({ Profile: { x: 'x' } }), upcase, 'ntfs').id).toBe('plain');
});
