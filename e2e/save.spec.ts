/** Somebody takes files out of the view: one copy, and a folder as an archive, streamed to a file of theirs. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, type Page, test } from '@playwright/test';
import { Workbench } from './workbench.ts';

let bench: Workbench;

/** The picker's own window cannot be driven: it gives a file of the origin's private disk, which is written like any other. */
async function pickPrivately(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const picker = async () => (await navigator.storage.getDirectory()).getFileHandle('saved', { create: true });
    Object.assign(window, { showSaveFilePicker: picker });
  });
}

const saved = (page: Page) =>
  page.evaluate(async () => {
    const file = await (await (await navigator.storage.getDirectory()).getFileHandle('saved')).getFile();
    return [...new Uint8Array(await file.arrayBuffer())];
  });

test('one copy of a file arrives as it is', async ({ page }) => {
  await pickPrivately(page);
  bench = new Workbench(page);
  await bench.openSample();
  await bench.go('C:\\Program Files\\Contoso\\Viewer\\render.dll');
  await bench.detail.getByRole('button', { name: 'Save this copy' }).click();
  await expect(bench.toasts).toContainText('render.dll is saved');
  const bytes = Uint8Array.from(await saved(page));
  await bench.detail.getByRole('button', { name: 'Calculate' }).first().click();
  const hash = createHash('sha256').update(bytes).digest('hex');
  await expect(bench.detail).toContainText(hash);
});

test('a folder becomes an archive of what is shown, by the downloads where there is no picker', async ({ page }) => {
  await page.addInitScript(() => {
    Object.assign(window, { showSaveFilePicker: undefined });
  });
  bench = new Workbench(page);
  await bench.openSample();
  await bench.go('C:\\Program Files\\Contoso');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    bench.detail.getByRole('button', { name: 'Save what is shown here as a ZIP archive' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('Contoso.zip');
  const bytes = await readFile(await download.path());
  const text = bytes.toString('latin1');
  expect(text.startsWith('PK\x03\x04')).toBe(true);
  expect(text).toContain('Viewer/render.dll');
});

test('the menu of a row does what the keys do, and saves', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await pickPrivately(page);
  bench = new Workbench(page);
  await bench.openSample();
  await bench.go('C:\\Program Files\\Contoso\\Viewer\\render.dll');
  const row = bench.row(bench.files, 'render.dll');
  const choose = async (item: RegExp | string) => {
    await row.click({ button: 'right' });
    await page.getByRole('menu', { name: 'Menu of render.dll' }).getByRole('menuitem', { name: item }).click();
  };
  await choose('Copy the name');
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('render.dll');
  await choose(/^Copy path/);
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toBe('C:\\Program Files\\Contoso\\Viewer\\render.dll');
  await choose(/^Save this copy/);
  await expect(bench.toasts).toContainText('render.dll is saved');
  expect((await saved(page)).length).toBeGreaterThan(0);
  await choose(/^Details/);
  await expect(page.locator('#detail')).toBeFocused();
  // by the keyboard as well, and Esc goes back to the list
  await bench.files.focus();
  await page.keyboard.press('ContextMenu');
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(bench.files).toBeFocused();
});
