import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { pathOf } from '../../../index/path.ts';
import { windowsUpcase } from '../../../index/upcase.ts';
import { nodeTable, type TreeSpec } from '../../../testing/chunks.ts';
import { Random } from '../../../testing/damage.ts';
import { detectStore } from '../registry.ts';
import { msixStore } from './index.ts';
import { readManifest } from './manifest.ts';
import { publisherId, sha256 } from './publisher-id.ts';

const upcase = windowsUpcase();
const FULL = 'Contoso.App_1.2.3.0_x64__8wekyb3d8bbwe';
const MANIFEST = `<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="Contoso.App" Version="1.2.3.0" ProcessorArchitecture="x64"
    Publisher="CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US"/>
  <Properties><DisplayName>Contoso &amp; App</DisplayName></Properties>
  <Dependencies><uap4:MainPackageDependency Name="Contoso.Main"/></Dependencies>
</Package>`;
const bytes = (text: string) => new TextEncoder().encode(text);
const PACKAGE: TreeSpec = {
  'AppxManifest.xml': 'm',
  'AppxBlockMap.xml': 'b',
  'Registry.dat': 'r',
  'User.dat': 'u',
  'app.exe': 'e',
  VFS: { ProgramFilesX86: { 'a.dll': 'a' }, 'Common AppData': {}, Fonts: { f: 'f' } },
};
const apply = (tree: TreeSpec, manifests: readonly (string | null)[]) => {
  const table = nodeTable(tree);
  const result = msixStore.apply(
    table,
    upcase,
    manifests.map((text) => (text === null ? null : bytes(text))),
    'App.msix',
  );
  return {
    places: result.places!.map(({ row, at }) => `${pathOf(table, row)} -> ${at.join('\\')}`),
    hives: result.hives.map(({ mount, path, inside }) => `${path} ${inside?.join('\\')} -> ${mount}`),
    rules: result.policies!.flatMap(({ rules }) => rules.map(({ action, match }) => `${action} ${match.p}`)),
    facts: result.facts,
    codes: result.findings.map(({ code }) => code),
  };
};

test('hashes and publisher ids', () => {
  const random = new Random(1);
  for (const length of [0, 1, 55, 56, 64, 119, 1000]) {
    const data = random.bytes(length);
    expect(Buffer.from(sha256(data)).toString('hex')).toBe(createHash('sha256').update(data).digest('hex'));
  }
  expect(publisherId('CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US')).toBe(
    '8wekyb3d8bbwe',
  );
});

test('a package: its folder, the folders of its tokens, its hives, its rule', () => {
  expect(detectStore(nodeTable(PACKAGE), upcase, 'zip').id).toBe('msix');
  expect(apply(PACKAGE, [MANIFEST])).toEqual({
    places: [
      ` -> Program Files\\WindowsApps\\${FULL}`,
      'VFS\\ProgramFilesX86 -> Program Files (x86)',
      'VFS\\Common AppData -> ProgramData',
    ],
    hives: [
      'Registry.dat REGISTRY\\MACHINE\\SOFTWARE -> HKLM/SOFTWARE',
      'Registry.dat REGISTRY\\MACHINE\\SYSTEM -> HKLM/SYSTEM',
      'User.dat  -> HKU/*',
    ],
    rules: ['merge Program Files\\WindowsApps', `merge Program Files\\WindowsApps\\${FULL}`],
    facts: {
      packages: [
        {
          name: 'Contoso.App',
          fullName: FULL,
          displayName: 'Contoso & App',
          publisher: 'CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US',
          main: ['Contoso.Main'],
        },
      ],
    },
    codes: ['packageTokens'],
  });
});

test('unpacked packages on a disk, several of them; one whose manifest says nothing keeps the name of its folder', () => {
  const tree = { apps: { One: PACKAGE, Two: { 'AppxManifest.xml': 'm', 'AppxBlockMap.xml': 'b' } } };
  expect(detectStore(nodeTable(tree), upcase, 'ntfs').id).toBe('msix');
  const { places, codes } = apply(tree, [MANIFEST, '<Identity Name="..\\x" Version="1" Publisher="CN=x"/>']);
  expect(places[0]).toBe(`apps\\One -> Program Files\\WindowsApps\\${FULL}`);
  expect(places.at(-1)).toBe('apps\\Two -> Program Files\\WindowsApps\\Two');
  expect(codes).toEqual(['packageTokens', 'packageIdentity']);
  expect(apply(PACKAGE, [null]).places[0]).toBe(' -> Program Files\\WindowsApps\\App');
});

test('a modification package on one disk with its main package comes before it', () => {
  const manifest = (name: string, main = '') =>
    `<Identity Name="${name}" Version="1.0.0.0" Publisher="CN=x"/>${main === '' ? '' : `<uap4:MainPackageDependency Name="${main}"/>`}`;
  const one: TreeSpec = { 'AppxManifest.xml': 'm', 'AppxBlockMap.xml': 'b', VFS: { SystemX64: { 'a.dll': 'a' } } };
  const { places, codes } = apply({ Main: one, Mod: one }, [manifest('A.Main'), manifest('A.Mod', 'a.MAIN')]);
  expect(places.filter((text) => text.includes('SystemX64'))).toEqual([
    'Mod\\VFS\\SystemX64 -> Windows\\System32',
    'Main\\VFS\\SystemX64 -> Windows\\System32',
  ]);
  expect(codes).toEqual([]);
});

test('a disk of Windows with packages on it is a disk of Windows', () => {
  const tree = { Windows: {}, 'Program Files': { WindowsApps: PACKAGE } };
  expect(detectStore(nodeTable(tree), upcase, 'ntfs').id).toBe('plain');
  expect(detectStore(nodeTable({ 'AppxManifest.xml': 'm' }), upcase, 'zip').id).toBe('plain');
});

test('what is no manifest, or no name of a folder, is none', () => {
  expect(readManifest(bytes('<Package/>'))).toBeNull();
  expect(readManifest(bytes(MANIFEST.replace('Contoso.App', '..')))).toBeNull();
  expect(readManifest(bytes(MANIFEST.replace('1.2.3.0', 'a\\b')))).toBeNull();
  expect(readManifest(bytes(`\ufeff${MANIFEST}`))?.fullName).toBe(FULL);
});

test('a tree that somebody takes for a package, and is none, is shown as it is', () => {
  const result = msixStore.apply(nodeTable({ a: 'a' }), upcase, [], 'x');
  expect([result.root, result.places, result.findings.map(({ code }) => code)]).toEqual([
    0,
    undefined,
    ['storeNotSeen'],
  ]);
});
