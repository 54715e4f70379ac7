/** Somebody looks for what was deleted from a volume, and takes out what is left of it. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { buildNtfs } from '../src/testing/ntfs-builder.ts';
import { put, scratch } from './files.ts';
import { Workbench, watchFaults } from './workbench.ts';

const text = (s: string) => new TextEncoder().encode(s);
const big = new Uint8Array(50_000).map((_, i) => (i * 7 + (i >> 8)) & 255);

function volume(): string {
  const image = buildNtfs({
    root: [
      { name: 'here.txt', data: text('here') },
      { name: 'note.txt', data: text('what was written'), deleted: 'free' },
      {
        name: 'Users',
        dir: [
          { name: 'photo.jpg', data: big, fragments: 3, deleted: 'free' },
          { name: 'film.mp4', data: big, fragments: 3, deleted: 'partly' },
          { name: 'old', dir: [{ name: 'inner.txt', data: text('x'), deleted: 'free' }], deleted: 'free' },
        ],
      },
    ],
  });
  return put(scratch(), 'disk.img', image);
}

async function openDialog(bench: Workbench, page: Page, menu: RegExp, item: RegExp): Promise<void> {
  await bench.layer.first().hover();
  await bench.layer.first().getByRole('button', { name: menu }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

for (const theme of ['light', 'dark'])
  test(`deleted files of a volume, and one of them saved: ${theme}`, async ({ page }) => {
    await page.addInitScript((colours) => {
      localStorage.setItem('stratascope.settings', JSON.stringify({ language: 'en', theme: colours }));
      const picker = async () => (await navigator.storage.getDirectory()).getFileHandle('saved', { create: true });
      Object.assign(window, { showSaveFilePicker: picker });
    }, theme);
    const faults = watchFaults(page);
    const bench = new Workbench(page);
    await bench.visit();
    await bench.drop([volume()]);
    await openDialog(bench, page, /^Menu of/, /Deleted files/);
    if (theme === 'dark') await page.setViewportSize({ width: 1024, height: 768 });
    const dialog = page.getByRole('dialog', { name: 'Deleted files of disk' });
    const list = dialog.getByRole('grid', { name: 'Deleted files' });
    await expect(list.getByRole('row')).toHaveCount(6);
    const row = (name: string) => list.getByRole('row').filter({ hasText: name });
    // told by words and by a line through it, not by colour alone
    await expect(row('note.txt').getByRole('gridcell').first()).toHaveText('Deleted');
    await expect(row('note.txt').locator('.base')).toHaveCSS('text-decoration-line', 'line-through');
    await expect(row('note.txt')).toContainText('Whole, in its entry');
    await expect(row('inner.txt').getByRole('gridcell').nth(1)).toHaveText('Users\\old\\inner.txt');

    const save = dialog.getByRole('button', { name: 'Save a copy' });
    await row('film.mp4').click();
    await expect(dialog).toContainText('Other files use some of its clusters now.');
    await expect(save).toBeDisabled();
    await row('photo.jpg').click();
    await expect(dialog).toContainText('No file uses its clusters now.');
    await page.screenshot({ path: test.info().outputPath('deleted-files.png') });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await save.click();
    await expect(bench.toasts).toContainText('photo.jpg is saved');
    const saved = await page.evaluate(async () => {
      const file = await (await (await navigator.storage.getDirectory()).getFileHandle('saved')).getFile();
      return [...new Uint8Array(await file.arrayBuffer())];
    });
    expect(Buffer.from(saved).equals(Buffer.from(big))).toBe(true);

    await dialog.getByRole('searchbox').fill('inner');
    await expect(list.getByRole('row')).toHaveCount(2);
    await expect(dialog).toContainText('1 of 5 are listed');
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(dialog).toHaveCount(0);
    // never merged
    await expect(bench.files).not.toContainText('note.txt');
    expect(faults).toEqual([]);
  });

test('in Chinese', async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem('stratascope.settings', JSON.stringify({ language: 'zh-CN' })));
  await page.goto('./');
  const bench = new Workbench(page);
  await bench.drag([volume()]);
  await page.getByRole('dialog').getByRole('button', { name: /打开/ }).last().click();
  await bench.idle();
  await page.locator('.layer').first().hover();
  await page.locator('.layer .layer-tools button').first().click();
  await page.getByRole('menuitem', { name: /已删除的文件/ }).click();
  const dialog = page.getByRole('dialog', { name: /中已删除的文件/ });
  await expect(dialog.getByRole('grid').getByRole('row')).toHaveCount(6);
  await expect(dialog).toContainText('簇未被占用');
  await page.screenshot({ path: test.info().outputPath('deleted-files-zh.png') });
});

test('what is saved out of the dialog can be stopped, and what goes wrong be read', async ({ page }) => {
  await page.addInitScript(() => {
    let turn = 0;
    const stream = () =>
      new WritableStream({
        // the first one hangs as a share that does not answer, the next is full
        write: () => (turn++ === 0 ? new Promise(() => {}) : Promise.reject(new Error('no room left'))),
      });
    Object.assign(window, { showSaveFilePicker: async () => ({ createWritable: async () => stream() }) });
  });
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([volume()]);
  await openDialog(bench, page, /^Menu of/, /Deleted files/);
  const dialog = page.getByRole('dialog', { name: 'Deleted files of disk' });
  await dialog.getByRole('row').filter({ hasText: 'photo.jpg' }).click();
  const save = dialog.getByRole('button', { name: 'Save a copy' });
  await save.click();
  await page
    .getByRole('status')
    .filter({ hasText: 'Saving photo.jpg' })
    .getByRole('button', { name: 'Cancel' })
    .click();
  await expect(page.getByText('Saving photo.jpg')).toHaveCount(0);
  await save.click();
  await expect(bench.toasts).toContainText('no room left');
  await bench.toasts.getByRole('button', { name: 'Dismiss' }).click();
  await expect(bench.toasts).toBeEmpty();
  await expect(dialog).toBeVisible();
});
