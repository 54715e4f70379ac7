/** Somebody stops a long scan: what was read stays, and the layer says that it was cancelled. */
import { expect, test } from '@playwright/test';
import { samplePair, scratch } from './files.ts';
import { slowDisk, wideNtfs } from './slow.ts';
import { Workbench, watchFaults } from './workbench.ts';

test('a scan is cancelled in the middle: its rows stay, the page goes on', async ({ page }) => {
  const faults = watchFaults(page);
  await slowDisk(page, 100); // with 256 windows of the table this is a scan of half a minute
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([wideNtfs(scratch(), 'wide.img', 2 ** 30)]);
  await bench.opening.getByRole('button', { name: 'Open 1 layer' }).click();
  const layer = bench.layer.first();
  await expect(layer.getByRole('progressbar')).toBeVisible();
  // the first rows are there before the scan is over
  await expect(bench.row(bench.files, 'Windows')).toBeVisible();
  await expect(bench.row(bench.files, 'file1.txt')).toBeVisible();
  await expect(layer).toHaveAttribute('data-status', 'scanning');
  await layer.getByRole('button', { name: 'Cancel reading' }).click();
  await expect(layer).toContainText('Reading was cancelled; what was read is shown');
  await expect(layer.getByRole('progressbar')).toHaveCount(0);
  await expect(bench.row(bench.files, 'file1.txt')).toBeVisible();
  await bench.files.focus();
  await page.keyboard.press('End');
  await expect(bench.subject).toHaveText(/\.txt$/);
  await bench.drop([samplePair().os]);
  await expect(bench.layer).toHaveCount(2);
  await bench.files.focus();
  await page.keyboard.press('Home');
  await expect(bench.row(bench.files, 'Program Files')).toBeVisible();
  expect(faults).toEqual([]);
});
