/** Somebody looks for a key as regedit shows it, and takes a part of the merged registry along as a file. */
import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { Workbench, watchFaults } from './workbench.ts';

/** The page without a picker for files: what is saved becomes a download. */
async function withoutPicker(page: Page): Promise<void> {
  await page.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
}

test("regedit's roots: HKCR, HKCU and CurrentControlSet lead to the keys they stand for", async ({ page }) => {
  const faults = watchFaults(page);
  const bench = new Workbench(page);
  await bench.openSample();
  await bench.tab('Registry');
  const roots = bench.keys.locator('[aria-level="1"]');
  await expect(roots).toHaveText(['HKEY_CLASSES_ROOT', 'HKEY_CURRENT_USER', 'HKEY_LOCAL_MACHINE', 'HKEY_USERS']);
  await bench.go('HKCR\\.cvw');
  await expect(bench.row(bench.keys, '.cvw')).toHaveAttribute('aria-selected', 'true');
  await expect(bench.row(bench.values, '(Default)').getByRole('gridcell').nth(3)).toHaveText('Contoso.Viewer');
  await expect(bench.detail).toContainText('HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes\\.cvw');
  await bench.go('HKCU\\Control Panel\\Desktop');
  const wallpaper = bench.row(bench.values, 'Wallpaper').getByRole('gridcell');
  await expect(wallpaper.nth(3)).toHaveText('C:\\Users\\ann\\Pictures\\lake.jpg');
  await expect(wallpaper.last()).toHaveText('Overrides');
  await bench.go('HKLM\\SYSTEM\\CurrentControlSet\\Services\\Spooler');
  await expect(bench.row(bench.keys, 'Spooler')).toHaveAttribute('aria-selected', 'true');
  await expect(bench.subject).toHaveText('Spooler');
  // what it stands for is one click away
  await bench.detail
    .getByRole('button', { name: 'HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\Spooler' })
    .click();
  await bench.idle();
  await expect(bench.detail).not.toContainText('Stands for');
  await bench.go('HKLM\\SOFTWARE\\Wow6432Node\\Classes');
  await expect(bench.detail).toContainText('\\REGISTRY\\MACHINE\\SOFTWARE\\Classes');
  await page.screenshot({ path: test.info().outputPath('registry.png') });
  expect(faults).toEqual([]);
});

test('a part of the merged registry is saved as .reg, and a key is copied as text', async ({ page, context }) => {
  await withoutPicker(page);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const faults = watchFaults(page);
  const bench = new Workbench(page);
  await bench.openSample();
  await bench.go('HKLM\\SOFTWARE\\Contoso');
  await bench.row(bench.keys, 'Contoso').click({ button: 'right' });
  const menu = page.getByRole('menu', { name: 'Key Contoso' });
  await expect(menu).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('menu.png') });
  const saved = page.waitForEvent('download');
  await menu.getByRole('menuitem', { name: 'Registration file (.reg)' }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toBe('Contoso.reg');
  const text = new TextDecoder('utf-16le').decode(readFileSync(await file.path()));
  expect(text.split('\r\n').slice(0, 3)).toEqual([
    'Windows Registry Editor Version 5.00',
    '',
    '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso]',
  ]);
  expect(text).toContain('"RenderThreads"=dword:00000002');
  expect(text).not.toContain('HardwareDecoding');
  await expect(bench.toasts).toContainText('Contoso.reg is saved');
  // the new hive is one that this page opens again
  await bench.row(bench.keys, 'Contoso').click({ button: 'right' });
  const hive = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'New hive' }).click();
  const made = await hive;
  expect(made.suggestedFilename()).toBe('Contoso.hiv');
  expect(
    readFileSync(await made.path())
      .subarray(0, 4)
      .toString('latin1'),
  ).toBe('regf');
  await bench.go('HKLM\\SOFTWARE\\Contoso\\Viewer');
  await bench.detail.getByRole('button', { name: 'Save or copy this key' }).click();
  await page.getByRole('menuitem', { name: 'Copy as .reg' }).click();
  await expect(bench.toasts).toContainText('Viewer is on the clipboard');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(
    '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Viewer]',
  );
  expect(faults).toEqual([]);
});
