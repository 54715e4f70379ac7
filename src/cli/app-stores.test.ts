/** Profile disks and application volumes over a made base: golden views, on the command line. */
import { beforeAll, describe, expect, test } from 'vitest';
import { mergedFiles, mergedKeys } from '../engine/merged-listing.ts';
import { ANN, appBase, BOB, bytes, dir, file, hive, key, lines, shown } from '../testing/app-base.ts';
import { cli, Inputs, objects } from '../testing/cli.ts';
import { buildGpt } from '../testing/disk-builder.ts';
import { sz } from '../testing/hive-builder.ts';
import { buildNtfs, type NtfsEntry } from '../testing/ntfs-builder.ts';
import { buildVhd } from '../testing/vhd-builder.ts';
import { nodeHost } from './host.ts';
import { type LayerArgument, openLayers } from './layers.ts';

const inputs = new Inputs();
/** A disk with one volume. */
function disk(name: string, label: string, root: readonly NtfsEntry[]): string {
  const gpt = buildGpt([{ bytes: buildNtfs({ root, label }), name: 'data' }], { align: 1 << 16 }).bytes;
  return inputs.add(name, buildVhd({ kind: 'dynamic', size: gpt.length, write: [{ offset: 0, bytes: gpt }] }));
}

let base = '';
beforeAll(() => {
  base = inputs.add('base.wim', appBase());
});

const merge = (layers: readonly string[], ...args: string[]) =>
  objects(cli(['merge', '--os', base, ...layers, ...args, '--json']).out);
const view = async (layers: readonly LayerArgument[], who?: string) => {
  const workspace = await openLayers(nodeHost(), { layers: [{ role: 'os', image: base }, ...layers], rules: [] });
  if (who !== undefined) await workspace.setUser(`HKU/${who}`);
  return shown(workspace, mergedFiles(workspace, '', true, false), mergedKeys(workspace, '', true, false));
};

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
