/** Somebody drops a folder that is a layer itself: what it holds is merged, its bytes are read when they are looked at. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { buildHive, sz } from '../src/testing/hive-builder.ts';
import { put, samplePair, scratch } from './files.ts';
import { Workbench, watchFaults } from './workbench.ts';

/** A user's data as somebody copied it to a share. */
function copied(): string {
  const folder = path.join(scratch(), 'copied');
  put(folder, 'Windows/System32/user32.dll', 'changed');
  put(folder, 'Program Files/New App/readme.txt', 'read from the folder');
  put(folder, 'Users/zoe/Desktop/notes.txt', 'n');
  const hive = { name: 'ROOT', keys: [{ name: 'Zoe', values: [{ name: 'colour', type: 1, data: sz('green') }] }] };
  put(folder, 'Windows/System32/config/SOFTWARE', buildHive(hive));
  return folder;
}

test('a dropped folder is a layer: files, bytes and registry', async ({ page }) => {
  const faults = watchFaults(page);
  const { os } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([os, copied()]);
  await expect(bench.layer).toHaveText([/copied/, /windows-11-pool/]);
  await expect(bench.layer.first()).toContainText('FOLDER');
  await bench.go('C:\\Program Files\\New App\\readme.txt');
  await bench.look('Text');
  await expect(bench.detail).toContainText('read from the folder');
  await bench.go('HKEY_LOCAL_MACHINE\\SOFTWARE\\Zoe');
  await expect(page.getByRole('gridcell', { name: 'green' })).toBeVisible();
  await page.screenshot({ path: 'test-results/folder.png' });
  expect(faults).toEqual([]);
});

test('a file that changed since is refused, the rest stays', async ({ page }) => {
  const folder = copied();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([folder]);
  writeFileSync(path.join(folder, 'Program Files/New App/readme.txt'), 'longer than it was before');
  await bench.go('C:\\Program Files\\New App\\readme.txt');
  await expect(page.getByText(/changed/i).first()).toBeVisible();
  await bench.go('C:\\Users\\zoe\\Desktop\\notes.txt');
  await expect(bench.row(bench.files, 'notes.txt')).toBeVisible();
});

test('a folder that was open is offered again', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([copied()]);
  await bench.reload();
  await page.getByRole('button', { name: /^copied/ }).click();
  await expect(bench.layer).toHaveText([/copied/]);
  await bench.go('C:\\Program Files\\New App\\readme.txt');
  await bench.look('Text');
  await expect(bench.detail).toContainText('read from the folder');
});

/** Holds each walk of a folder after this many entries, as a share that does not answer. @returns lets all go on */
async function heldAfter(page: Page, entries: number): Promise<() => Promise<void>> {
  await page.addInitScript((most) => {
    const values = FileSystemDirectoryHandle.prototype.values;
    const gate = new Promise<void>((open) => Object.assign(window, { openGate: open }));
    Object.assign(FileSystemDirectoryHandle.prototype, {
      async *values(this: FileSystemDirectoryHandle) {
        let count = 0;
        for await (const entry of values.call(this)) {
          yield entry;
          if (++count === most) await gate;
        }
      },
    });
  }, entries);
  return () => page.evaluate(() => (window as unknown as { openGate(): void }).openGate());
}

test('a folder that takes long: how far its walk is, and the way to stop it', async ({ page }) => {
  const faults = watchFaults(page);
  const release = await heldAfter(page, 20);
  const folder = path.join(scratch(), 'share');
  for (let i = 0; i < 30; i++) put(folder, `file${i}.txt`, `${i}`);
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([folder]);
  const strip = page.getByRole('status').filter({ hasText: 'Looking through the folder share' });
  await expect(strip).toContainText('20 entries');
  await page.screenshot({ path: test.info().outputPath('walking.png') });
  await strip.getByRole('button', { name: 'Cancel' }).click();
  await expect(strip).toHaveCount(0);
  await release();
  // another one is opened, and nothing comes of the first
  await bench.drop([copied()]);
  await expect(bench.layer).toHaveText([/copied/]);
  await bench.drop([folder]);
  await expect(bench.layer).toHaveText([/share/, /copied/]);
  await expect(bench.toasts).toBeEmpty();
  expect(faults).toEqual([]);
});
