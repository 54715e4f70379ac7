/** Disks made of several files: linked whatever the order, what is missing named, put in its place when it comes. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Locator, type Page, test } from '@playwright/test';
import { vhdxChain } from '../src/testing/disk-chain.ts';
import { NOTES, volumeStates } from '../src/testing/volume-chain.ts';
import { splitWim } from '../src/testing/wim-split.ts';
import { put, scratch } from './files.ts';
import { Workbench, watchFaults } from './workbench.ts';

/** Three disks in a folder of their own: base, middle, top. */
function chainFiles(): [string, string, string] {
  const dir = scratch();
  const [base, middle, top] = vhdxChain(volumeStates());
  // one was renamed since: names do not link
  return [put(dir, 'golden.vhdx', base!.bytes), put(dir, middle!.name, middle!.bytes), put(dir, top!.name, top!.bytes)];
}

const links = (within: Locator, name: string) =>
  within.getByRole('list', { name: `Chain of ${name}` }).locator('.link');

async function notesSay(bench: Workbench, words: string): Promise<void> {
  await bench.go('C:\\notes.txt');
  await bench.look('Text');
  await expect(bench.detail).toContainText(words);
}

test('three disks in any order are one layer; its parents can be opened as well', async ({ page }) => {
  const faults = watchFaults(page);
  const [base, middle, top] = chainFiles();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([middle, base, top]);
  const { opening } = bench;
  await expect(opening).toHaveAccessibleName(/^One layer from 3 files/);
  await expect(links(opening, 'disk2.vhdx')).toHaveText([
    /^disk2\.vhdx/,
    /^disk1\.vhdx/,
    /^golden\.vhdx.*was known as disk0/,
  ]);
  await expect(opening.getByRole('checkbox', { name: 'Open disk2' })).toBeChecked();
  await expect(opening.getByRole('checkbox', { name: 'Open disk1' })).not.toBeChecked();
  await expect(opening.getByRole('checkbox', { name: 'Open golden' })).not.toBeChecked();
  await opening.getByRole('button', { name: 'Open 1 layer' }).click();
  await bench.idle();
  await expect(bench.layer).toHaveCount(1);
  await expect(bench.layer).toContainText('VHDX chain of 3');
  await expect(bench.row(bench.files, '2.txt')).toBeVisible();
  await notesSay(bench, NOTES[2]!);
  expect(faults).toEqual([]);
});

test('any point of a chain is opened as the state at that point', async ({ page }) => {
  const [base, middle, top] = chainFiles();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([top, middle, base]);
  await bench.opening.getByRole('checkbox', { name: 'Open disk2' }).uncheck();
  await bench.opening.getByRole('checkbox', { name: 'Open disk1' }).check();
  await bench.opening.getByRole('button', { name: 'Open 1 layer' }).click();
  await bench.idle();
  await expect(bench.row(bench.files, '1.txt')).toBeVisible();
  await expect(bench.row(bench.files, '2.txt')).toHaveCount(0);
  await notesSay(bench, NOTES[1]!);
});

test('a missing parent is named, and the layer shows when it is dropped later', async ({ page }) => {
  const faults = watchFaults(page);
  const [base, middle, top] = chainFiles();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([top, middle]);
  await expect(bench.opening).toHaveAccessibleName('None of these files can be opened');
  await expect(bench.opening).toContainText('The parent disk is missing');
  await expect(links(bench.opening, 'disk2.vhdx').nth(2)).toContainText(/^disk0\.vhdx.*Not here.*dataWriteGuid/);
  await page.keyboard.press('Escape');
  await expect(bench.opening).toHaveCount(0);

  await bench.drag([base]);
  await expect(links(bench.opening, 'disk2.vhdx')).toHaveText([/^disk2/, /^disk1/, /^golden/]);
  await bench.opening.getByRole('button', { name: 'Open 1 layer' }).click();
  await bench.idle();
  await expect(bench.layer).toHaveText([/disk2/]);
  await notesSay(bench, NOTES[2]!);
  expect(faults).toEqual([]);
});

test('what is missing may be dropped onto the dialog that names it', async ({ page }) => {
  const [base, middle, top] = chainFiles();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([top, base]);
  await expect(bench.opening).toHaveAccessibleName(/^One layer from 2 files/);
  await expect(bench.opening).toContainText('The parent disk is missing');
  await bench.drag([middle]);
  await expect(bench.opening).toHaveAccessibleName(/^One layer from 3 files/);
  await expect(bench.opening.getByRole('checkbox', { name: 'Open disk2' })).toBeChecked();
  await bench.opening.getByRole('button', { name: 'Open 1 layer' }).click();
  await bench.idle();
  await expect(bench.row(bench.files, '2.txt')).toBeVisible();
});

/** The browser's own picker is not to be had here: files come from an input, as where there is no such picker. */
async function withoutPicker(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'showOpenFilePicker');
  });
}

test('a parent is pointed to by hand against its identity, and the layer warns of it', async ({ page }) => {
  await withoutPicker(page);
  const [base, , top] = chainFiles();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([top]);
  const choosing = page.waitForEvent('filechooser');
  await bench.opening.getByRole('button', { name: 'Choose the file for disk1.vhdx' }).press('Enter');
  await (await choosing).setFiles(base);
  await expect(links(bench.opening, 'disk2.vhdx').nth(1)).toContainText(/^golden\.vhdx.*Chosen by hand/);
  await expect(bench.opening.locator(':focus')).toHaveCount(1);
  await bench.opening.getByRole('button', { name: 'Open 1 layer' }).click();
  await bench.idle();
  await expect(bench.layer).toContainText('chosen by hand');
});

test('a part of a split set that comes later completes the layer in its place', async ({ page }) => {
  const faults = watchFaults(page);
  const dir = scratch();
  const names = ['alpha', 'beta', 'gamma'];
  const root = {
    name: '',
    dir: names.map((name) => ({ name: `${name}.txt`, data: new TextEncoder().encode(`${name} is here`) })),
  };
  const parts = splitWim({ images: [{ name: 'Tools', root }] }, { parts: 3 }).map((bytes, i) =>
    put(dir, i === 0 ? 'tools.swm' : `tools${i + 1}.swm`, bytes),
  );
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([parts[0]!, parts[2]!]);
  await expect(bench.layer).toContainText('1 file is missing');
  await bench.layer.getByRole('button', { name: /1 file is missing/ }).click();
  await expect(page.getByRole('dialog')).toHaveAccessibleName('Files of tools');
  await expect(links(page.getByRole('dialog'), 'tools.swm')).toHaveText([
    /^tools\.swm/,
    /^Part 2.*Not here/,
    /^tools3\.swm/,
  ]);
  await bench.drag([parts[1]!]);
  await expect(bench.toasts).toContainText('was read again');
  await bench.idle();
  await expect(page.getByRole('dialog')).toContainText('tools2.swm');
  await page.keyboard.press('Escape');
  await expect(bench.layer).toHaveCount(1);
  await expect(bench.layer).toContainText('3 files');
  for (const name of names) {
    await bench.go(`C:\\${name}.txt`);
    await bench.look('Text');
    await expect(bench.detail).toContainText(`${name} is here`);
  }
  expect(faults).toEqual([]);
});

test('a chain comes back with all its files after a reload', async ({ page }) => {
  const files = chainFiles();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop(files);
  await bench.reload();
  await page.getByRole('button', { name: /^disk2/ }).click();
  await bench.idle();
  await expect(bench.layer).toHaveCount(1);
  await expect(bench.layer).toContainText('VHDX chain of 3');
  await notesSay(bench, NOTES[2]!);
});

test('a disk and an earlier state of it come back as two layers', async ({ page }) => {
  const [base, middle, top] = chainFiles();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([top, middle, base]);
  await bench.opening.getByRole('checkbox', { name: 'Open disk1' }).check();
  await bench.opening.getByRole('button', { name: 'Open 2 layers' }).click();
  await bench.idle();
  await expect(bench.layer).toHaveText([/disk2/, /disk1/]);
  await bench.reload();
  await page.getByRole('button', { name: /disk2/ }).first().click();
  await bench.idle();
  await expect(bench.layer).toHaveText([/disk2/, /disk1/]);
  await notesSay(bench, NOTES[2]!);
});

test('axe finds nothing in a chain, and it is walked by keys', async ({ page }) => {
  const [base, middle, top] = chainFiles();
  const clean = async (what: string) =>
    expect(
      (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => [id, nodes[0]?.html]),
      what,
    ).toEqual([]);
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([top, middle]);
  await expect(bench.opening).toBeVisible();
  await clean('missing');
  await page.keyboard.press('Shift+Tab');
  await expect(bench.opening.getByRole('button', { name: 'Choose the file for disk0.vhdx' })).toBeFocused();
  await bench.drag([base]);
  await expect(bench.opening.getByRole('button', { name: 'Open 1 layer' })).toBeVisible();
  await bench.opening.getByRole('button', { name: 'Open 1 layer' }).click();
  await bench.idle();
  await bench.layer.getByRole('button', { name: /3 files/ }).press('Enter');
  await expect(page.getByRole('dialog')).toHaveAccessibleName('Files of disk2');
  await clean('files of the layer');
  await page.keyboard.press('Escape');
  await expect(bench.layer.getByRole('button', { name: /3 files/ })).toBeFocused();
});
