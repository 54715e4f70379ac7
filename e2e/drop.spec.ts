/** Somebody drags real files from the file manager into the tab. */
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { corpus } from '../src/testing/corpus.ts';
import { buildHive, sz } from '../src/testing/hive-builder.ts';
import { put, samplePair, scratch } from './files.ts';
import { Workbench, watchFaults } from './workbench.ts';

test('a pair of images is recognised, gets its roles and shows rows', async ({ page }) => {
  const faults = watchFaults(page);
  const { os, user } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([os, user]);
  const dialog = bench.opening;
  await expect(dialog.getByRole('listitem')).toHaveCount(2);
  await expect(dialog.getByRole('combobox', { name: /^Role of ann-userdata/ })).toHaveValue('user');
  await expect(dialog.getByRole('combobox', { name: /^Role of windows-11-pool/ })).toHaveValue('os');
  await dialog.getByRole('button', { name: 'Open 2 layers' }).click();
  await bench.idle();
  await expect(bench.layer).toHaveText([/ann-userdata/, /windows-11-pool/]);
  await expect(bench.row(bench.files, 'Program Files')).toBeVisible();
  await expect(bench.row(bench.files, 'pagefile.sys')).toBeVisible();
  expect(faults).toEqual([]);
});

test('the order of the drop makes no difference, a role can be changed before opening', async ({ page }) => {
  const { os, user } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([user, os]);
  await bench.opening.getByRole('combobox', { name: /^Role of ann-userdata/ }).selectOption('app');
  await bench.opening.getByRole('button', { name: 'Open 2 layers' }).click();
  await bench.idle();
  await expect(bench.layer).toHaveText([/ann-userdata/, /windows-11-pool/]);
  await bench.layer.first().hover();
  await bench.layer
    .first()
    .getByRole('button', { name: /^Menu of/ })
    .click();
  await expect(page.getByRole('menuitemradio', { name: 'Application' })).toBeChecked();
});

test('a folder is searched for images', async ({ page }) => {
  const { os, user } = samplePair();
  const folder = scratch();
  mkdirSync(path.join(folder, 'pool/users'), { recursive: true });
  cpSync(os, path.join(folder, 'pool', path.basename(os)));
  cpSync(user, path.join(folder, 'pool/users', path.basename(user)));
  put(folder, 'pool/notes.txt', 'not a layer');
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([path.join(folder, 'pool')]);
  await expect(bench.layer).toHaveCount(2);
  await expect(bench.row(bench.files, 'Windows')).toBeVisible();
});

test('more layers are dropped onto an open workspace', async ({ page }) => {
  const { os, user } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([os]);
  await expect(bench.layer).toHaveCount(1);
  await bench.drop([user]);
  await expect(bench.layer).toHaveText([/ann-userdata/, /windows-11-pool/]);
});

test('files that are no layer are refused with what they seem to be, the good one opens', async ({ page }) => {
  const faults = watchFaults(page);
  const { os, dir } = samplePair();
  const pdf = put(dir, 'handbook.wim', '%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n');
  const zeros = put(dir, 'empty-disk.vhdx', new Uint8Array(1 << 20));
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([pdf, os, zeros]);
  const refused = bench.opening.getByRole('listitem').filter({ hasNot: page.getByRole('checkbox') });
  await expect(refused).toHaveCount(2);
  await expect(refused.filter({ hasText: 'handbook.wim' })).toContainText(/PDF/);
  await expect(refused.filter({ hasText: 'empty-disk.vhdx' })).toContainText(/zero/);
  await bench.opening.getByRole('button', { name: 'Open 1 layer' }).click();
  await bench.idle();
  await expect(bench.row(bench.files, 'Windows')).toBeVisible();
  expect(faults).toEqual([]);
});

test('nothing but a text file: the dialog says so, and closing it leaves the empty page', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([put(scratch(), 'readme.txt', 'only words\n')]);
  await expect(bench.opening).toHaveAccessibleName('None of these files can be opened');
  await expect(bench.opening.getByRole('listitem')).toContainText(/text/i);
  await page.keyboard.press('Escape');
  await expect(bench.opening).toHaveCount(0);
  await expect(page.getByRole('button', { name: /Try the sample/ })).toBeVisible();
});

test('a hive is opened with the log that lies beside it', async ({ page }) => {
  const hive = corpus('mkorman90+regipy/regipy_tests/data/transactions_NTUSER.DAT');
  test.skip(hive === null, 'the corpus is not here');
  const [dir, from] = [scratch(), path.dirname(hive!)];
  const names = ['NTUSER.DAT', 'ntuser.dat.log1', 'ntuser.dat.log2'];
  for (const name of names) cpSync(path.join(from, `transactions_${name}`), path.join(dir, name));
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag(names.map((name) => path.join(dir, name)));
  await expect(bench.layer).toHaveCount(1);
  await bench.tab('Plan');
  await expect(page.getByText('log replayed').first()).toBeVisible();
});

test('a hive alone shows its keys, and says that there are no files', async ({ page }) => {
  const bytes = buildHive({
    name: 'ROOT',
    keys: [{ name: 'Contoso', values: [{ name: 'Version', type: 1, data: sz('2.1.0') }] }],
  });
  const bench = new Workbench(page);
  await bench.visit();
  // there is nothing to choose: no dialog
  await bench.drag([put(scratch(), 'SOFTWARE', bytes)]);
  await expect(page.getByRole('tab', { name: 'Registry' })).toHaveAttribute('aria-selected', 'true');
  await expect(bench.row(bench.keys, 'Contoso')).toBeVisible();
  await expect(bench.opening).toHaveCount(0);
  await bench.go('HKLM\\SOFTWARE\\Contoso');
  await expect(bench.row(bench.values, 'Version')).toContainText('2.1.0');
  await bench.tab('Files');
  await expect(page.getByText('No layer here has files')).toBeVisible();
});

test('the WinPE tree of Windows 10 opens with its hives', async ({ page }) => {
  const wim = corpus('slorelee+wimbuilder2/test/boot.efbe10b.wim');
  test.skip(wim === null, 'the corpus is not here');
  const faults = watchFaults(page);
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([wim!]);
  await expect(bench.row(bench.files, 'Windows')).toBeVisible();
  await bench.go('C:\\Windows\\System32\\config');
  await expect(bench.subject).toHaveText('config');
  expect(faults).toEqual([]);
});
