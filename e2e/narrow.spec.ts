/** Somebody has little room: the panel of layers is a rail, and everything is still to be had. */
import { expect, test } from '@playwright/test';
import { Workbench, watchFaults } from './workbench.ts';

test.use({ viewport: { width: 900, height: 700 } });

test('the rail of layers: menu, click and keys', async ({ page }) => {
  const faults = watchFaults(page);
  const bench = new Workbench(page);
  await bench.openSample();
  const name = bench.layer.last().locator('.layer-name');
  await expect(name).toBeHidden();
  // what is under the pointer when its button goes down is what the menu is for
  await bench.layer.last().click({ button: 'right' });
  const menu = page.getByRole('menu', { name: 'Menu of windows-11-pool' });
  await expect(menu).toBeVisible();
  await expect(menu.locator(':focus')).toHaveCount(1);
  await page.screenshot({ path: test.info().outputPath('menu.png') });
  await page.keyboard.press('Escape');
  await expect(menu).toHaveCount(0);
  await bench.files.focus();
  await expect(name).toBeHidden();

  await bench.layer.last().click();
  await expect(name).toBeVisible();
  await bench.files.focus();
  await expect(name).toBeHidden();
  for (const key of ['F6', 'F6']) await page.keyboard.press(key);
  await expect(bench.layer.first()).toBeFocused();
  await expect(name).toBeVisible();
  expect(faults).toEqual([]);
});

test('the values of a key fit beside its tree', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.openSample();
  await bench.go('HKLM\\SOFTWARE\\Contoso\\Viewer');
  await expect(bench.row(bench.values, 'RenderThreads')).toBeVisible();
  const rooms = () => bench.values.evaluate((list) => list.scrollWidth - list.clientWidth);
  await expect.poll(rooms).toBe(0);
  await page.screenshot({ path: test.info().outputPath('values.png') });
});
