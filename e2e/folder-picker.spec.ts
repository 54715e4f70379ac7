/** Somebody picks a folder by the button. The picker's own window cannot be driven: it gives a folder of the origin's private disk. */
import path from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { put, samplePair, scratch } from './files.ts';
import { Workbench, watchFaults } from './workbench.ts';

/** What the picker of folders does: gives the private folder, is closed, or is not there. */
async function picker(page: Page, kind: 'gives' | 'closed' | 'absent'): Promise<void> {
  await page.addInitScript((what) => {
    if (what === 'absent') Reflect.deleteProperty(window, 'showDirectoryPicker');
    else
      Object.assign(window, {
        showDirectoryPicker: async () => {
          if (what === 'closed') throw new DOMException('The user aborted a request.', 'AbortError');
          return (await navigator.storage.getDirectory()).getDirectoryHandle('picked', { create: true });
        },
      });
  }, kind);
}

/** Puts files into the private folder. */
async function fill(page: Page, files: Readonly<Record<string, string>>): Promise<void> {
  await page.evaluate(async (all) => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('picked', { create: true });
    for (const [name, text] of Object.entries(all)) {
      const folders = name.split('/');
      const last = folders.pop()!;
      let at = root;
      for (const folder of folders) at = await at.getDirectoryHandle(folder, { create: true });
      const writable = await (await at.getFileHandle(last, { create: true })).createWritable();
      await writable.write(text);
      await writable.close();
    }
  }, files);
}

const pick = (page: Page) => page.getByRole('button', { name: 'Open folder' }).click();

async function accept(bench: Workbench, count: RegExp): Promise<void> {
  await bench.opening.getByRole('button', { name: count }).click();
  await bench.idle();
}

test('a picked folder is a layer, and is offered again', async ({ page }) => {
  const faults = watchFaults(page);
  await picker(page, 'gives');
  const bench = new Workbench(page);
  await bench.visit();
  await fill(page, { 'Program Files/New App/readme.txt': 'read from the folder', 'Users/zoe/notes.txt': 'n' });
  await pick(page);
  await accept(bench, /^Open 1 layer/);
  await expect(bench.layer).toHaveText([/picked/]);
  await expect(bench.layer.first()).toContainText('FOLDER');
  await bench.go('C:\\Program Files\\New App\\readme.txt');
  await bench.look('Text');
  await expect(bench.detail).toContainText('read from the folder');
  await bench.reload();
  await page.getByRole('button', { name: /^picked/ }).click();
  await expect(bench.layer).toHaveText([/picked/]);
  await expect(bench.row(bench.files, 'Users')).toBeVisible();
  expect(faults).toEqual([]);
});

test('a picker that is closed changes nothing; an empty folder says so', async ({ page }) => {
  await picker(page, 'closed');
  const bench = new Workbench(page);
  await bench.visit();
  await pick(page);
  await picker(page, 'gives'); // from the next load on
  await expect(bench.toasts).toBeEmpty();
  await page.reload();
  await pick(page);
  await expect(bench.toasts).toContainText('Nothing was found that could be a layer');
  await expect(page.getByRole('button', { name: /Try the sample/ })).toBeVisible();
});

test('without such a picker the browser gives the files of a folder: it is searched for images', async ({ page }) => {
  await picker(page, 'absent');
  const { dir } = samplePair();
  put(dir, 'pool/notes.txt', 'not a layer');
  const bench = new Workbench(page);
  await bench.visit();
  const choosing = page.waitForEvent('filechooser');
  await pick(page);
  await (await choosing).setFiles(dir);
  await accept(bench, /^Open 2 layers/);
  await expect(bench.layer).toHaveText([/ann-userdata/, /windows-11-pool/]);
});

test('without such a picker, a folder that is a layer itself', async ({ page }) => {
  await picker(page, 'absent');
  const folder = path.join(scratch(), 'copied');
  put(folder, 'Windows/System32/readme.txt', 'read from the folder');
  const bench = new Workbench(page);
  await bench.visit();
  const choosing = page.waitForEvent('filechooser');
  await pick(page);
  await (await choosing).setFiles(folder);
  await accept(bench, /^Open 1 layer/);
  await expect(bench.layer).toHaveText([/copied/]);
  await bench.go('C:\\Windows\\System32\\readme.txt');
  await bench.look('Text');
  await expect(bench.detail).toContainText('read from the folder');
});
