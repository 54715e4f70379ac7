/** Somebody looks for what was deleted from a hive, and for what its transaction log changed. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { dirtyHive, hiveWithDeleted } from '../src/testing/traced-hives.ts';
import { put, scratch } from './files.ts';
import { slowTurns } from './slow.ts';
import { Workbench, watchFaults } from './workbench.ts';

for (const theme of ['light', 'dark'])
  test(`deleted keys and the changes of a log, in the dialog of a hive: ${theme}`, async ({ page, context }) => {
    await page.addInitScript(
      (colours) => localStorage.setItem('stratascope.settings', JSON.stringify({ language: 'en', theme: colours })),
      theme,
    );
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const faults = watchFaults(page);
    const bench = new Workbench(page);
    const dir = scratch();
    const { hive, log } = dirtyHive('SYSTEM');
    await bench.visit();
    await bench.drop([
      put(dir, 'SOFTWARE', hiveWithDeleted('SOFTWARE')),
      put(dir, 'SYSTEM', hive),
      put(dir, 'SYSTEM.LOG1', log),
    ]);
    const open = page.getByRole('button', { name: 'Recover deleted keys and values' });
    const look = async (name: string) => {
      await bench.go(`HKLM\\${name}`);
      await expect(bench.subject).toHaveText(name);
      await open.click();
      return page.getByRole('dialog', { name: `Traces in HKEY_LOCAL_MACHINE\\${name}` });
    };

    const deleted = await look('SOFTWARE');
    const list = deleted.getByRole('grid', { name: 'Deleted' });
    await expect(list.getByRole('row')).toHaveCount(3);
    await expect(list.getByRole('row').nth(1)).toContainText('Gone');
    await expect(list.getByRole('row').nth(2)).toContainText('still there');
    // told by words and by a line through it, not by colour alone
    await expect(list.getByRole('row').nth(1).getByRole('gridcell').first()).toHaveText('Deleted');
    await expect(list.locator('.base').first()).toHaveCSS('text-decoration-line', 'line-through');
    await expect(deleted.getByRole('tab')).toHaveText(['Deleted']);
    await page.screenshot({ path: test.info().outputPath('deleted.png') });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await deleted.getByRole('searchbox').fill('still');
    await expect(list.getByRole('row')).toHaveCount(2);
    await deleted.getByRole('button', { name: 'Copy the list' }).click();
    await expect(deleted.getByText('The list is on the clipboard')).toBeVisible();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain('HKEY_LOCAL_MACHINE\\SOFTWARE\\Gone\ttext\tREG_SZ\tstill there\t24');
    await page.keyboard.press('Escape');
    await expect(deleted).toHaveCount(0);
    await expect(open).toBeFocused();

    const changed = await look('SYSTEM');
    await changed.getByRole('tab', { name: 'Changed by the log' }).click();
    const rows = changed.getByRole('grid', { name: 'Changed by the log' }).getByRole('row');
    await expect(rows).toHaveCount(7);
    await expect(changed).toContainText('The transaction log wrote 4 KB in 1 place');
    const cells = rows.nth(2).getByRole('gridcell');
    await expect(cells).toHaveText(['Changed', /n$/, 'REG_DWORD  0x00000001 (1)', 'REG_DWORD  0x00000002 (2)']);
    await expect(rows.nth(3).getByRole('gridcell').first()).toHaveText('Removed');
    await page.screenshot({ path: test.info().outputPath('changed.png') });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    // the arrow keys move the cursor
    await changed.getByRole('grid').focus();
    await page.keyboard.press('End');
    await expect(rows.last()).toHaveAttribute('aria-selected', 'true');
    expect(faults).toEqual([]);
  });

test('the registries of two layers side by side', async ({ page }) => {
  const faults = watchFaults(page);
  const bench = new Workbench(page);
  await bench.openSample();
  await bench.tab('Compare');
  await page.getByRole('button', { name: 'Registry', exact: true }).click();
  await expect(page.getByText('Choose two layers to compare their registries')).toBeVisible();
  await page.getByLabel('Before').selectOption({ index: 2 });
  await page.getByLabel('After').selectOption({ index: 1 });
  const grid = page.getByRole('grid', { name: 'Differences' });
  await expect(grid.getByRole('row').nth(1)).toBeVisible();
  await page.getByRole('searchbox').fill('lake');
  const row = grid.getByRole('row').filter({ hasText: 'lake.jpg' });
  await expect(row.getByRole('gridcell').first()).toHaveText('Changed');
  await expect(row.getByRole('gridcell').last()).toContainText('lake.jpg');
  await page.getByRole('searchbox').fill('HardwareDecoding');
  await expect(grid.getByRole('row').last().getByRole('gridcell').last()).toHaveText('TOMBSTONE');
  await page.getByRole('searchbox').fill('');
  await page.screenshot({ path: test.info().outputPath('registries.png') });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  expect(faults).toEqual([]);
});

test('a comparison of registries is given up in the middle: nothing of it comes, the next one is whole', async ({
  page,
}) => {
  const faults = watchFaults(page);
  const bench = new Workbench(page);
  await bench.openSample();
  await bench.tab('Compare');
  await page.getByRole('button', { name: 'Registry', exact: true }).click();
  await page.getByLabel('Before').selectOption({ index: 2 });
  const quick = await slowTurns(page, 2000);
  await page.getByLabel('After').selectOption({ index: 1 });
  const pane = page.getByRole('tabpanel', { name: 'Compare' });
  const bar = pane.getByRole('progressbar');
  const grid = page.getByRole('grid', { name: 'Differences' });
  await expect(bar).toBeVisible();
  await pane.getByRole('button', { name: 'Cancel' }).click();
  await expect(bar).toHaveCount(0);
  await expect(pane.getByText('Choose two layers to compare their registries')).toBeVisible();
  await expect(pane.getByRole('alert')).toHaveCount(0);
  // the sides are as they were: the same again, turned round
  await quick();
  await pane.getByRole('button', { name: 'Swap the two sides' }).click();
  await expect(grid.getByRole('row').nth(1)).toBeVisible();
  await expect(bar).toHaveCount(0);
  expect(faults).toEqual([]);
});
