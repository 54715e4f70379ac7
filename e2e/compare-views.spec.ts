/** Somebody asks what a layer does: the merged view without it beside the whole one. */
import { expect, test } from '@playwright/test';
import { Workbench } from './workbench.ts';

test('the merged view without a layer and with it', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.openSample();
  await bench.tab('Compare');
  await page.getByLabel('Before').selectOption({ label: 'Merged view without ann-userdata' });
  await page.getByLabel('After').selectOption({ label: 'Merged view' });
  const grid = page.getByRole('grid', { name: 'Differences' });
  await expect(grid).toContainText('render.dll');
  await grid.getByRole('row').filter({ hasText: 'render.dll' }).click();
  await expect(bench.detail).toContainText('Merged view without ann-userdata');
  await page.screenshot({ path: test.info().outputPath('views.png') });

  await page.getByRole('button', { name: 'Registry', exact: true }).click();
  await page.getByLabel('Before').selectOption({ label: 'Merged view without ann-userdata' });
  await page.getByLabel('After').selectOption({ label: 'Merged view' });
  await expect(page.getByRole('main')).toContainText('RenderThreads');
  await page.screenshot({ path: test.info().outputPath('registry-views.png') });
  await page.getByRole('button', { name: 'Files', exact: true }).click();
  await expect(grid).toContainText('render.dll');

  // a layer that is left out makes another view: what was compared is gone
  await bench.layer.first().getByRole('button', { name: 'Leave this layer out' }).click();
  await expect(grid).toHaveCount(0);
});
