/** Somebody asks what differs: between the layers, and between two images of one WIM. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { buildWim } from '../src/testing/wim-builder.ts';
import { Workbench } from './workbench.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'strata-compare-'));
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));
const bytes = (text: string) => new TextEncoder().encode(text);

function twoImages(): string {
  const image = (name: string, extra: string, version: string) => ({
    name,
    root: {
      name: '',
      dir: [
        {
          name: 'Windows',
          dir: [
            { name: 'kernel.dll', data: bytes(version) },
            { name: 'same.dll', data: bytes('same') },
          ],
        },
        { name: extra, data: bytes(extra) },
      ],
    },
  });
  const file = path.join(folder, 'install.wim');
  writeFileSync(file, buildWim({ images: [image('Home', 'home.txt', 'one'), image('Pro', 'pro.txt', 'two')] }));
  return file;
}

const differences = (page: Page) => page.getByRole('grid', { name: 'Differences' });

test('two images of one WIM: names, contents by hash, what both share', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([twoImages()]);
  await bench.tab('Compare');
  await expect(page.getByText('Choose two trees to compare')).toBeVisible();
  const options = page.getByLabel('Before').locator('option');
  await expect(options).toHaveCount(3);
  await page.getByLabel('Before').selectOption({ index: 1 });
  await page.getByLabel('After').selectOption({ index: 2 });
  const grid = differences(page);
  await expect(grid.getByRole('row')).toHaveCount(4);
  const names = async () => (await grid.locator('.base').allTextContents()).sort();
  await expect.poll(names).toEqual(['home.txt', 'kernel.dll', 'pro.txt']);
  await expect(grid.getByRole('row').filter({ hasText: 'kernel.dll' })).toContainText('another hash');
  await expect(page.getByText(/1 content .* shared by both/)).toBeVisible();
  // the keyboard: the last one, and its two sides in the details
  await grid.focus();
  await page.keyboard.press('End');
  await expect(grid.getByRole('row', { selected: true })).toContainText('kernel.dll');
  await expect(bench.subject).toHaveText('kernel.dll');
  await page.screenshot({ path: test.info().outputPath('compare.png') });
  // a filter leaves what fits
  await page.getByRole('searchbox', { name: 'Filter by path' }).fill('kernel');
  await expect(grid.getByRole('row')).toHaveCount(2);
  await page.getByRole('button', { name: 'Changed' }).click();
  await expect(page.getByText('No differences of the kinds shown')).toBeVisible();
});

test('two layers of the sample, and from a difference to the merged view', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.openSample();
  await bench.tab('Compare');
  await page.getByLabel('Before').selectOption({ label: 'windows-11-pool' });
  await page.getByLabel('After').selectOption({ label: 'ann-userdata' });
  const grid = differences(page);
  // the store of a layer keeps its files elsewhere: what it shows is what is compared
  const dll = grid.getByRole('row').filter({ hasText: 'Viewer\\render.dll' });
  await expect(dll.getByRole('gridcell').first()).toHaveText('Changed');
  await page.screenshot({ path: test.info().outputPath('layers.png') });
  await expect(grid.getByRole('row').first()).toBeVisible();
  // the box above is for the lists of the other tabs
  await expect(page.getByRole('textbox', { name: 'Filter files by name' })).toBeDisabled();
  const filter = page.getByRole('searchbox', { name: 'Filter by path' });
  await filter.press('?');
  await expect(filter).toHaveValue('?');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await filter.fill('kernel32.dll');
  await expect(grid.getByRole('row')).toHaveCount(3);
  await expect(grid.getByRole('row', { selected: true })).toContainText('System32\\kernel32.dll');
  await grid.focus();
  await page.keyboard.press('Enter');
  await bench.idle();
  await expect(bench.subject).toHaveText('kernel32.dll');
});
