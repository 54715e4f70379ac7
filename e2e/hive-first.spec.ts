/** Somebody drops a large hive: its keys are there at once, and are opened while the rest is still being read. */
import { expect, test } from '@playwright/test';
import { buildHive, dword, type KeySpec } from '../src/testing/hive-builder.ts';
import { put, scratch } from './files.ts';
import { slowDisk } from './slow.ts';
import { Workbench, watchFaults } from './workbench.ts';

test('the keys of a hive are shown and opened before it is read', async ({ page }) => {
  const faults = watchFaults(page);
  const quicken = await slowDisk(page, 2000); // with 16 reads of the whole there is time enough to look
  const bulk: KeySpec[] = Array.from({ length: 3000 }, (_, i) => ({
    name: `bulk ${i}`,
    values: [{ name: 'data', type: 3, data: new Uint8Array(16_000).fill(i) }],
  }));
  const spec: KeySpec = {
    name: 'ROOT',
    keys: [
      { name: 'Bulk', keys: bulk },
      { name: 'Contoso', keys: [{ name: 'Viewer', values: [{ name: 'RenderThreads', type: 4, data: dword(2) }] }] },
    ],
  };
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([put(scratch(), 'SOFTWARE', buildHive(spec, { minor: 5 }))]);
  const layer = bench.layer.first();
  await expect(bench.row(bench.keys, 'Contoso')).toBeVisible();
  await expect(layer).toHaveAttribute('data-status', 'scanning');
  await bench.row(bench.keys, 'Contoso').click();
  await page.keyboard.press('ArrowRight');
  await expect(bench.row(bench.keys, 'Viewer')).toBeVisible();
  await bench.row(bench.keys, 'Viewer').click();
  await expect(bench.row(bench.values, 'RenderThreads')).toContainText('2');
  await expect(layer).toHaveAttribute('data-status', 'scanning');
  await quicken();
  await expect(layer).toHaveAttribute('data-status', 'ready', { timeout: 60_000 });
  await expect(bench.row(bench.keys, 'Viewer')).toBeVisible();
  await expect(bench.row(bench.values, 'RenderThreads')).toBeVisible();
  expect(faults).toEqual([]);
});
