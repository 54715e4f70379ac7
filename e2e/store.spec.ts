/** A layer's store is shown with what it was known by, and can be another: the merge follows. */
import { expect, test } from '@playwright/test';
import { buildTar } from '../src/testing/tar-builder.ts';
import { put, samplePair, scratch } from './files.ts';
import { Workbench, watchFaults } from './workbench.ts';

test('the store of a layer can be changed', async ({ page }) => {
  const faults = watchFaults(page);
  const { os } = samplePair();
  const layer = buildTar([
    { path: 'Program Files/New/readme.txt', data: new TextEncoder().encode('r') },
    { path: '.wh.PerfLogs' },
  ]).bytes;
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([os, put(scratch(), 'app-layer.tar', layer)]);
  await expect(bench.layer.first()).toContainText('Container image layer');
  await expect(bench.layer.first()).toContainText('known by .wh.PerfLogs');
  await expect(bench.row(bench.files, 'PerfLogs')).toContainText('Hidden');
  await page.screenshot({ path: 'test-results/store.png' });

  const menu = bench.layer.first().getByRole('button', { name: /^Menu of/ });
  await bench.layer.first().hover();
  await menu.click();
  await expect(page.getByRole('menuitemradio', { name: /As recognised/ })).toBeChecked();
  await page.screenshot({ path: 'test-results/store-menu.png' });
  await page.getByRole('menuitemradio', { name: 'Plain files' }).click();
  await bench.idle();
  await expect(bench.layer.first()).toContainText('chosen by hand');
  await expect(bench.row(bench.files, 'PerfLogs')).toContainText('Unchanged');
  await expect(bench.row(bench.files, '.wh.PerfLogs')).toBeVisible();

  // it is kept with the workspace
  await bench.reload(({ layers }) => layers[0]?.store !== undefined);
  await page.getByRole('button', { name: /^app-layer/ }).click();
  await expect(bench.layer.first()).toContainText('chosen by hand');
  await bench.layer.first().click({ button: 'right' });
  await page.getByRole('menuitemradio', { name: /As recognised/ }).click();
  await bench.idle();
  await expect(bench.layer.first()).toContainText('known by .wh.PerfLogs');
  await expect(bench.row(bench.files, 'PerfLogs')).toContainText('Hidden');
  expect(faults).toEqual([]);
});
