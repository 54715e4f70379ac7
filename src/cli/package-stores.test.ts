/** MSIX packages, bundles and modification packages over a made base: golden views, on the command line. */
import { beforeAll, describe, expect, test } from 'vitest';
import { mergedFiles, mergedKeys } from '../engine/merged-listing.ts';
import { ANN, appBase, BOB, bytes, hive, key, shown } from '../testing/app-base.ts';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { dword } from '../testing/hive-builder.ts';
import { buildPackage, buildZip } from '../testing/zip-builder.ts';
import { nodeHost } from './host.ts';
import { type LayerArgument, openLayers } from './layers.ts';

const FULL = 'Contoso.App_1.2.3.0_x64__8wekyb3d8bbwe';
const inputs = new Inputs();
let base = '';
beforeAll(() => {
  base = inputs.add('base.wim', appBase());
});

const view = async (layers: readonly LayerArgument[], who?: string) => {
  const workspace = await openLayers(nodeHost(), { layers: [{ role: 'os', image: base }, ...layers], rules: [] });
  if (who !== undefined) await workspace.setUser(`HKU/${who}`);
  return shown(workspace, mergedFiles(workspace, '', true, false), mergedKeys(workspace, '', true, false));
};

test('MSIX: tokens, the folder of the package, HKLM and every user’s HKCU', async () => {
  const manifest = bytes(
    '<Package><Identity Name="Contoso.App" Version="1.2.3.0" ProcessorArchitecture="x64" Publisher="CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US"/></Package>',
  );
  const registry = hive([
    key('REGISTRY\\MACHINE\\SOFTWARE\\Contoso', { values: [{ name: 'Version', type: 4, data: dword(2) }] }),
  ]);
  const user = hive([key('Software\\Contoso', { values: [{ name: 'New', type: 4, data: dword(1) }] })]);
  const app = inputs.add(
    'App.msix',
    buildPackage([
      { name: 'AppxManifest.xml', data: manifest },
      { name: 'app.exe', data: bytes('exe') },
      { name: 'Registry.dat', data: registry },
      { name: 'User.dat', data: user },
      { name: 'VFS\\SystemX64\\shared.dll', data: bytes('package') },
      { name: 'VFS\\Common AppData\\Contoso\\a b.txt', data: bytes('data') },
      { name: 'VFS\\Local AppData\\x.txt', data: bytes('x') },
    ]).bytes,
  );
  const layers = ['--app', app];
  const home = `Program Files\\WindowsApps\\${FULL}`;
  const { files, keys, told, plan } = await view([{ role: 'app', image: app }]);
  for (const path of [
    'app1 Windows\\System32\\shared.dll',
    'app1 ProgramData\\Contoso\\a b.txt',
    'os ProgramData\\VMware\\log.txt',
    `app1 ${home}\\app.exe`,
    `app1 ${home}\\VFS\\Local AppData\\x.txt`,
  ])
    expect(files(path.slice(path.indexOf(' ') + 1))).toEqual([path]);
  expect(files(home)).not.toContain(`app1 ${home}\\VFS\\SystemX64\\shared.dll`);
  expect(keys('HKLM\\SOFTWARE\\Contoso')).toEqual([
    'app1 HKLM\\SOFTWARE\\Contoso',
    'app1 HKLM\\SOFTWARE\\Contoso Version=0x00000002 (2)',
  ]);
  for (const sid of [ANN, BOB])
    expect(keys(`HKU\\${sid}\\Software\\Contoso`)).toContain(`app1 HKU\\${sid}\\Software\\Contoso New=0x00000001 (1)`);
  expect(told).toContainEqual(['packageTokens', { names: ['Local AppData'] }]);
  expect((await plan()).file.size).toBeGreaterThan(0);
  const squashed = inputs.free('squashed.tar');
  expect(cli(['merge', '--os', base, ...layers, ...layers, 'squash', '-o', squashed]).code).toBe(0);
  const again = cli(['merge', '--os', base, '--app', squashed, 'ls', 'ProgramData\\Contoso', '--names']);
  expect(again.out).toBe('ProgramData\\Contoso\\a b.txt\n');
});

describe('MSIX: a modification package over its main package', () => {
  const PUBLISHER = 'CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US';
  const pack = (name: string, main: string | null, version: number, files: Readonly<Record<string, string>>) =>
    inputs.add(
      `${name}.msix`,
      buildPackage([
        {
          name: 'AppxManifest.xml',
          data: bytes(
            `<Package><Identity Name="${name}" Version="1.0.0.0" ProcessorArchitecture="x64" Publisher="${PUBLISHER}"/>${
              main === null
                ? ''
                : `<Properties><rescap6:ModificationPackage>true</rescap6:ModificationPackage></Properties><Dependencies><uap4:MainPackageDependency Name="${main}"/></Dependencies>`
            }</Package>`,
          ),
        },
        {
          name: 'Registry.dat',
          data: hive([
            key('REGISTRY\\MACHINE\\SOFTWARE\\Contoso', {
              values: [
                { name: 'Version', type: 4, data: dword(version) },
                { name, type: 4, data: dword(1) },
              ],
            }),
          ]),
        },
        {
          name: 'User.dat',
          data: hive([key(`Software\\${name}`, { values: [{ name: 'on', type: 4, data: dword(1) }] })]),
        },
        ...Object.entries(files).map(([file, data]) => ({ name: file, data: bytes(data) })),
      ]).bytes,
    );
  let main: LayerArgument;
  let change: LayerArgument;
  beforeAll(() => {
    const tokens = { 'VFS\\ProgramFilesX64\\App\\app.dll': 'main', 'VFS\\ProgramFilesX64\\App\\kept.dll': 'main' };
    main = { role: 'app', image: pack('Contoso.Main', null, 2, { ...tokens, 'app.exe': 'main' }) };
    const changes = { 'VFS\\ProgramFilesX64\\App\\app.dll': 'mod', 'VFS\\ProgramFilesX64\\App\\plugin.dll': 'mod' };
    change = { role: 'app', image: pack('Contoso.Mod', 'Contoso.Main', 3, { ...changes, 'app.exe': 'mod' }) };
  });
  const SOFTWARE = 'HKLM\\SOFTWARE\\Contoso';

  test('its files in VFS and its values come first, its own folder stays its own', async () => {
    const { files, keys, told, plan } = await view([main, change]);
    expect(files('Program Files\\App')).toEqual([
      'app2 Program Files\\App',
      'app2 Program Files\\App\\app.dll',
      'app1 Program Files\\App\\kept.dll',
      'app2 Program Files\\App\\plugin.dll',
    ]);
    for (const [layer, name] of [
      ['app1', 'Main'],
      ['app2', 'Mod'],
    ])
      expect(files(`Program Files\\WindowsApps\\Contoso.${name}_1.0.0.0_x64__8wekyb3d8bbwe\\app.exe`)).toEqual([
        `${layer} Program Files\\WindowsApps\\Contoso.${name}_1.0.0.0_x64__8wekyb3d8bbwe\\app.exe`,
      ]);
    expect(keys(SOFTWARE)).toEqual([
      `app2 ${SOFTWARE}`,
      `app2 ${SOFTWARE} Version=0x00000003 (3)`,
      `app2 ${SOFTWARE} Contoso.Mod=0x00000001 (1)`,
      `app1 ${SOFTWARE} Contoso.Main=0x00000001 (1)`,
    ]);
    expect(keys(`HKU\\${ANN}\\Software`).filter((line) => line.includes(' on='))).toEqual([
      `app1 HKU\\${ANN}\\Software\\Contoso.Main on=0x00000001 (1)`,
      `app2 HKU\\${ANN}\\Software\\Contoso.Mod on=0x00000001 (1)`,
    ]);
    expect(told.map(([code]) => code).filter((code) => code.startsWith('packageMain'))).toEqual([]);
    expect((await plan()).file.size).toBeGreaterThan(0);
  });

  test('below its main package, or without it, it is told', async () => {
    const below = await view([change, main]);
    expect(below.told).toContainEqual(['packageMainAbove', expect.objectContaining({ main: 'Contoso.Main' })]);
    const alone = await view([change]);
    expect(alone.told).toContainEqual([
      'packageMainMissing',
      { package: 'Contoso.Mod_1.0.0.0_x64__8wekyb3d8bbwe', main: 'Contoso.Main', layers: [] },
    ]);
  });
});

test('a bundle: its packages are layers of their own', () => {
  const inner = buildPackage([
    { name: 'AppxManifest.xml', data: bytes('<x/>') },
    { name: 'a.exe', data: bytes('a') },
  ]).bytes;
  const bundle = inputs.add(
    'App.msixbundle',
    buildZip([
      { name: 'AppxMetadata/AppxBundleManifest.xml', data: bytes('<Bundle/>') },
      { name: 'App_x64.msix', data: inner, store: true },
      { name: 'App_language-de.appx', data: inner },
    ]).bytes,
  );
  expect(cli(['info', bundle]).out).toContain('App_language-de.appx');
  expect(objects(cli(['ls', `${bundle}::App_language-de.appx`, '--json']).out).map(({ path }) => path)).toContain(
    'a.exe',
  );
  const run = cli([
    'merge',
    '--os',
    base,
    '--app',
    `${bundle}::App_x64.msix`,
    'ls',
    'Program Files\\WindowsApps',
    '-r',
    '--names',
  ]);
  expect(run.out).toMatch(/WindowsApps\\[^\n]*\\a\.exe/);
});
