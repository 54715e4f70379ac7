/** Profile disks, packages and application volumes over a made base: golden views, on the command line. */
import { beforeAll, describe, expect, test } from 'vitest';
import { utf16leBytes } from '../base/utf16.ts';
import { mergedFiles, mergedKeys } from '../engine/merged-listing.ts';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildGpt } from '../testing/disk-builder.ts';
import { buildHive, dword, type KeySpec, sz } from '../testing/hive-builder.ts';
import { buildNtfs, type NtfsEntry } from '../testing/ntfs-builder.ts';
import { buildVhd } from '../testing/vhd-builder.ts';
import { buildWim } from '../testing/wim-builder.ts';
import { buildPackage, buildZip } from '../testing/zip-builder.ts';
import { nodeHost } from './host.ts';
import { type LayerArgument, openLayers } from './layers.ts';

const ANN = 'S-1-5-21-1-2-3-1001';
const BOB = 'S-1-5-21-1-2-3-1002';
const FULL = 'Contoso.App_1.2.3.0_x64__8wekyb3d8bbwe';
const inputs = new Inputs();
const bytes = (text: string) => new TextEncoder().encode(text);
const hive = (keys: readonly KeySpec[]) => buildHive({ name: 'ROOT', keys }, { minor: 5 });
const key = (path: string, spec: Partial<KeySpec> = {}): KeySpec => {
  const [name = '', ...rest] = path.split('\\');
  return rest.length === 0 ? { name, ...spec } : { name, keys: [key(rest.join('\\'), spec)] };
};
const dir = (path: string, entries: readonly NtfsEntry[]): NtfsEntry => {
  const [name = '', ...rest] = path.split('\\');
  return { name, dir: rest.length === 0 ? entries : [dir(rest.join('\\'), entries)] };
};
const file = (name: string, data: Uint8Array | string): NtfsEntry => ({
  name,
  data: typeof data === 'string' ? bytes(data) : data,
});
const lines = (rows: readonly string[]) => utf16leBytes(`\ufeff${rows.map((row) => `${row}\r\n`).join('')}`);
const profile = (sid: string, name: string): KeySpec => ({
  name: sid,
  values: [{ name: 'ProfileImagePath', type: 2, data: sz(`C:\\Users\\${name}`) }],
});
/** A disk with one volume. */
function disk(name: string, label: string, root: readonly NtfsEntry[]): string {
  const gpt = buildGpt([{ bytes: buildNtfs({ root, label }), name: 'data' }], { align: 1 << 16 }).bytes;
  return inputs.add(name, buildVhd({ kind: 'dynamic', size: gpt.length, write: [{ offset: 0, bytes: gpt }] }));
}

let base = '';
beforeAll(() => {
  const software = hive([
    key('Microsoft\\Windows NT\\CurrentVersion', {
      keys: [
        { name: 'ProfileList', keys: [profile(ANN, 'ann'), profile(BOB, 'bob')] },
        {
          name: 'Fonts',
          values: [
            { name: 'Arial (TrueType)', type: 1, data: sz('arial.ttf') },
            { name: 'Comic Sans MS (TrueType)', type: 1, data: sz('comic.ttf') },
          ],
        },
      ],
    }),
    key('Contoso', { values: [{ name: 'Version', type: 4, data: dword(1) }] }),
    key('Visio', { values: [{ name: 'x', type: 4, data: dword(1) }] }),
    key('Licensed', { values: ['Shown', 'Serial'].map((name) => ({ name, type: 4, data: dword(1) })) }),
  ]);
  const user = (wallpaper: string) =>
    hive([key('Software\\Contoso', { values: [{ name: 'Wallpaper', type: 1, data: sz(wallpaper) }] })]);
  const rules = lines([
    '1',
    '## Visio is for some',
    'C:\\Program Files\\Visio\t\t\t\t0x00000221\t',
    'HKLM\\SOFTWARE\tVisio\t\t\t0x00000221\t',
    'Comic Sans MS\t\t\t\t0x00004000\t',
    'HKLM\\SOFTWARE\\Licensed\tserial\t\t\t0x00000222\t',
    'C:\\Tools\\Now\t\tC:\\Tools\\Other\t\t0x00000121\t',
    'C:\\Tools\\new.txt\t\tC:\\Tools\\Now\\old.txt\t\t0x00000122\t',
  ]);
  const assignments = lines(['1\t0', '0x00000011\tS-1-1-0\t\tEveryone\t0\t0', '0x00000006\tCONTOSO\\bob\t\t\t0\t0']);
  const root = {
    name: '',
    dir: [
      dir('Windows\\System32', [{ name: 'config', dir: [file('SOFTWARE', software)] }, file('shared.dll', 'base')]),
      {
        name: 'Program Files',
        dir: [
          dir('Visio', [file('visio.exe', 'visio')]),
          dir('FSLogix\\Apps\\Rules', [file('Visio.fxr', rules), file('Visio.fxa', assignments)]),
        ],
      },
      dir('ProgramData\\VMware', [file('log.txt', 'base')]),
      {
        name: 'Tools',
        dir: [dir('Now', [file('old.txt', 'old')]), dir('Other', [file('other.txt', 'other'), dir('sub', [])])],
      },
      {
        name: 'Users',
        dir: [dir('ann', [file('NTUSER.DAT', user('old'))]), dir('bob', [file('NTUSER.DAT', user('bob'))])],
      },
    ],
  };
  base = inputs.add('base.wim', buildWim({ images: [{ name: 'Base', root }] }));
});

const merge = (layers: readonly string[], ...args: string[]) =>
  objects(cli(['merge', '--os', base, ...layers, ...args, '--json']).out);
/** What stands at a path and below it: `LAYER PATH`, of a value `LAYER KEY NAME=TEXT`. */
const below = (list: readonly string[], path: string) =>
  list.filter((line) => {
    const at = line.slice(line.indexOf(' ') + 1);
    return at === path || at.startsWith(`${path}\\`) || at.startsWith(`${path} `);
  });
/** Everything that a view shows, as `merge ls`, `merge reg` and `merge findings` tell it; the plan is proven by its replay. */
async function view(layers: readonly LayerArgument[], who?: string) {
  const workspace = await openLayers(nodeHost(), { layers: [{ role: 'os', image: base }, ...layers], rules: [] });
  if (who !== undefined) await workspace.setUser(`HKU/${who}`);
  const files = [...mergedFiles(workspace, '', true, false)].map(
    ({ path, provenance }) => `${provenance.layer} ${path}`,
  );
  const keys: string[] = [];
  for await (const { key: one, values } of mergedKeys(workspace, '', true, false)) {
    keys.push(`${one.layer} ${one.key}`);
    for (const value of values) keys.push(`${value.layer} ${value.key} ${value.name}=${value.text}`);
  }
  await workspace.examined();
  const told = (await workspace.findings()).map(({ code, facts }) => [code, facts] as const);
  return {
    files: (path: string) => below(files, path),
    keys: (path: string) => below(keys, path),
    told,
    plan: () => workspace.buildPlan(),
  };
}

describe('FSLogix', () => {
  let disk1 = '';
  beforeAll(() => {
    const user = hive([key('Software\\Contoso', { values: [{ name: 'Wallpaper', type: 1, data: sz('new') }] })]);
    const xml = `<FrxProfileFolderRedirection ExcludeCommonFolders="0"><Excludes>
      <Exclude Copy="0">AppData\\Local\\Temp</Exclude><Exclude Copy="1">Kept</Exclude></Excludes>
      <Includes><Include>AppData\\Local\\Temp\\in</Include></Includes></FrxProfileFolderRedirection>`;
    disk1 = disk('Profile_x.vhd', 'Profile-ann', [
      {
        name: 'Profile',
        dir: [
          file('NTUSER.DAT', user),
          dir('Desktop', [file('note.txt', 'n')]),
          dir('Kept', [file('k.txt', 'k')]),
          {
            name: 'AppData',
            dir: [
              {
                name: 'Local',
                dir: [
                  { name: 'Temp', dir: [file('t.tmp', 't'), dir('in', [file('i.txt', 'i')])] },
                  dir('FSLogix', [file('Redirections.xml', xml)]),
                ],
              },
            ],
          },
        ],
      },
    ]);
  });

  test('a profile disk stands where the guest has it, without what is redirected', async () => {
    const { files, keys, told, plan } = await view([{ role: 'user', image: disk1 }]);
    expect(files('Users\\ann')).toEqual([
      'user Users\\ann',
      'user Users\\ann\\AppData',
      'user Users\\ann\\AppData\\Local',
      'user Users\\ann\\AppData\\Local\\FSLogix',
      'user Users\\ann\\AppData\\Local\\FSLogix\\Redirections.xml',
      'user Users\\ann\\Desktop',
      'user Users\\ann\\Desktop\\note.txt',
      'user Users\\ann\\Kept',
      'user Users\\ann\\Kept\\k.txt',
      'user Users\\ann\\NTUSER.DAT',
    ]);
    expect(keys(`HKU\\${ANN}\\Software\\Contoso`)).toEqual([
      `user HKU\\${ANN}\\Software\\Contoso`,
      `user HKU\\${ANN}\\Software\\Contoso Wallpaper=new`,
    ]);
    expect(told).toContainEqual(['redirectionCopied', expect.objectContaining({ path: 'Kept', copy: 1 })]);
    expect((await plan()).file.size).toBeGreaterThan(0);
  });

  test('an Office container over the profile disk: Office finds its files in the profile', async () => {
    const office = disk('ODFC_x.vhd', 'O365-ann', [
      {
        name: 'ODFC',
        dir: [dir('Outlook', [file('ann.ost', 'o')]), dir('OneDrive', [file('d.ini', 'd')]), dir('Teams', [])],
      },
    ]);
    const { files, told, plan } = await view([
      { role: 'app', image: disk1 },
      { role: 'user', image: office },
    ]);
    const local = 'Users\\ann\\AppData\\Local';
    expect(files(local).filter((line) => /\.(?:ost|ini|xml)$/.test(line))).toEqual([
      `app1 ${local}\\FSLogix\\Redirections.xml`,
      `user ${local}\\Microsoft\\OneDrive\\d.ini`,
      `user ${local}\\Microsoft\\Outlook\\ann.ost`,
    ]);
    expect(files('ODFC')).toEqual(['user ODFC', 'user ODFC\\Teams']);
    expect(told).toContainEqual(['fslogixOfficeLeft', { names: ['Teams'] }]);
    expect((await plan()).file.size).toBeGreaterThan(0);
  });

  test('rule sets in the image hide from whom they count for', async () => {
    const { files, keys, told, plan } = await view([]);
    expect(files('Program Files')).not.toContain('os Program Files\\Visio\\visio.exe');
    expect(keys('HKLM\\SOFTWARE')).not.toContain('os HKLM\\SOFTWARE\\Visio');
    const bob = (await view([], BOB)).keys;
    expect(bob('HKLM\\SOFTWARE')).toContain('os HKLM\\SOFTWARE\\Visio');
    // a folder and a file that other paths are shown for, which stay where they are
    expect(files('Tools')).toEqual([
      'os Tools',
      'os Tools\\new.txt',
      'os Tools\\Now',
      'os Tools\\Now\\other.txt',
      'os Tools\\Now\\sub',
      'os Tools\\Other',
      'os Tools\\Other\\other.txt',
      'os Tools\\Other\\sub',
    ]);
    const over = disk('over.vhd', 'data', [dir('Tools\\Other', [file('upper.txt', 'u')])]);
    const stacked = await view([{ role: 'user', image: over }]);
    expect(stacked.files('Tools\\Now')).toEqual([
      'user Tools\\Now',
      'os Tools\\Now\\other.txt',
      'os Tools\\Now\\sub',
      'user Tools\\Now\\upper.txt',
    ]);
    expect((await stacked.plan()).file.size).toBeGreaterThan(0);
    expect((await view([], BOB)).files('Tools\\Now')).toEqual(['os Tools\\Now', 'os Tools\\Now\\old.txt']);
    // one value of a key, and the value that Windows lists a font by
    const licensed = 'HKLM\\SOFTWARE\\Licensed';
    expect(keys(licensed)).toEqual([`os ${licensed}`, `os ${licensed} Shown=0x00000001 (1)`]);
    expect(bob(licensed)).toEqual([...keys(licensed), `os ${licensed} Serial=0x00000001 (1)`]);
    const fonts = 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Fonts';
    expect(keys(fonts)).toEqual([`os ${fonts}`, `os ${fonts} Arial (TrueType)=arial.ttf`]);
    expect(bob(fonts)).toHaveLength(3);
    expect((await plan()).file.size).toBeGreaterThan(0);
    expect(told).toContainEqual(['maskAssigned', expect.objectContaining({ by: 'the group Everyone' })]);
    expect(told).toContainEqual(['maskFont', expect.objectContaining({ line: 5 })]);
  });
});

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

test('App Volumes: files below SVROOT, policies as rules', async () => {
  const app = disk('app.vhd', 'CVApps', [
    {
      name: 'SVROOT',
      dir: [
        dir('ProgramData\\VMware', [file('log.txt', 'volume'), file('more.txt', 'volume')]),
        dir('Program Files\\App', [file('app.exe', 'volume')]),
      ],
    },
    file('snapvol.cfg', 'exclude_path=\\ProgramData\\VMware\nvirtualize=\\\n'),
    dir('METADATA', []),
  ]);
  const { files, told, plan } = await view([{ role: 'app', image: app }]);
  expect(files('ProgramData')).toEqual([
    'app1 ProgramData',
    'os ProgramData\\VMware',
    'os ProgramData\\VMware\\log.txt',
  ]);
  expect(files('Program Files\\App')).toEqual(['app1 Program Files\\App', 'app1 Program Files\\App\\app.exe']);
  const codes = told.map(([code]) => code);
  expect(codes).toContain('snapvolKeyword');
  expect(codes).toContain('appVolumesBeside');
  expect((await plan()).file.size).toBeGreaterThan(0);
});

test('rule files by themselves: for the user who is shown, or for whom --for says', () => {
  const mask = inputs.add('VMware.fxr', lines(['1', '%ProgramData%\\VMware\t\t\t\t0x00000221\t']));
  const sales = inputs.add('VMware.fxa', lines(['1\t0', '0x00000011\tS-1-5-21-9\t\tCONTOSO\\Sales\t0\t0']));
  const policy = inputs.add('snapvol.cfg', bytes('exclude_path=\\Windows\n'));
  const seen = (...options: string[]) =>
    merge(['--rules', mask, '--rules', sales, ...options], 'ls', 'ProgramData').map(({ path }) => path);
  expect(seen()).toEqual(['ProgramData\\VMware']);
  expect(seen('--for', 'carol,Sales', '--rules', policy)).toEqual([]);
});

test('the inputs are as they were', () => {
  const before = inputs.state();
  cli(['info', base]);
  expect(inputs.state()).toEqual(before);
});
