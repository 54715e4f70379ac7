/** A package, a profile disk and a rule set, dropped beside an image: each is shown as what it is. */
import { expect, test } from '@playwright/test';
import { utf16leBytes } from '../src/base/utf16.ts';
import { buildHive, dword } from '../src/testing/hive-builder.ts';
import { buildNtfs } from '../src/testing/ntfs-builder.ts';
import { buildPackage } from '../src/testing/zip-builder.ts';
import { put, samplePair, scratch } from './files.ts';
import { Workbench, watchFaults } from './workbench.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('a package, a profile disk and a rule set', async ({ page }) => {
  const faults = watchFaults(page);
  const { os } = samplePair();
  const dir = scratch();
  const manifest =
    '<Identity Name="Contoso.App" Version="1.2.3.0" ProcessorArchitecture="x64" Publisher="CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US"/>';
  const registry = buildHive(
    {
      name: 'ROOT',
      keys: [
        {
          name: 'REGISTRY',
          keys: [
            {
              name: 'MACHINE',
              keys: [
                {
                  name: 'SOFTWARE',
                  keys: [{ name: 'FromPackage', values: [{ name: 'n', type: 4, data: dword(7) }] }],
                },
              ],
            },
          ],
        },
      ],
    },
    { minor: 5 },
  );
  const app = put(
    dir,
    'Contoso.msix',
    buildPackage([
      { name: 'AppxManifest.xml', data: bytes(manifest) },
      { name: 'Registry.dat', data: registry },
      { name: 'VFS\\Common AppData\\Contoso\\a b.txt', data: bytes('from the package') },
    ]).bytes,
  );
  const xml =
    '<FrxProfileFolderRedirection><Excludes><Exclude Copy="0">AppData\\Local\\Temp</Exclude></Excludes></FrxProfileFolderRedirection>';
  const profile = put(
    dir,
    'Profile_dana.img',
    buildNtfs({
      label: 'Profile-dana',
      root: [
        {
          name: 'Profile',
          dir: [
            { name: 'note.txt', data: bytes('dana') },
            {
              name: 'AppData',
              dir: [
                {
                  name: 'Local',
                  dir: [
                    { name: 'Temp', dir: [{ name: 't.tmp', data: bytes('t') }] },
                    { name: 'FSLogix', dir: [{ name: 'Redirections.xml', data: bytes(xml) }] },
                  ],
                },
              ],
            },
          ],
        },
      ],
    }),
  );
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([os, app, profile]);
  await expect(bench.layers).toContainText('MSIX package');
  await expect(bench.layers).toContainText('FSLogix container');

  await bench.go('ProgramData\\Contoso\\a b.txt');
  await expect(bench.row(bench.files, 'a b.txt')).toBeVisible();
  await bench.go('Users\\dana\\note.txt');
  await expect(bench.row(bench.files, 'note.txt')).toBeVisible();
  await expect(bench.row(bench.files, 'Profile')).toHaveCount(0);
  await page.screenshot({ path: 'test-results/app-stores.png' });
  await bench.go('HKLM\\SOFTWARE\\FromPackage');
  await expect(bench.values.getByRole('row').filter({ hasText: '0x00000007' })).toBeVisible();

  const rules = ['1', '## hidden', 'C:\\ProgramData\\Contoso\t\t\t\t0x00000221\t', 'A font\t\t\t\t0x00004000\t'];
  const mask = put(dir, 'Contoso.fxr', utf16leBytes(`\ufeff${rules.map((line) => `${line}\r\n`).join('')}`));
  await bench.drag([mask]);
  await expect(bench.toasts).toContainText('Contoso.fxr: 5 rules count');
  await page.screenshot({ path: 'test-results/app-stores-rules.png' });
  await bench.go('ProgramData');
  await bench.idle();
  await expect(bench.row(bench.files, 'a b.txt')).toContainText('Excluded');
  // rules that came with a layer say from where
  await page.getByRole('tab', { name: /^Plan/ }).click();
  const rule = page.getByRole('row').filter({ hasText: 'Users\\dana\\AppData\\Local\\Temp' });
  await expect(rule).toContainText('Redirections.xml');
  await page.screenshot({ path: 'test-results/app-stores-plan.png' });
  expect(faults).toEqual([]);
});
