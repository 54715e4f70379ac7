/** Somebody makes one layer of two: it is saved, takes their place, and the merged view stays as it was. */
import { expect, test } from '@playwright/test';
import { buildTar } from '../src/testing/tar-builder.ts';
import { put, samplePair } from './files.ts';
import { Workbench } from './workbench.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const VIEWER = 'Program Files/Contoso/Viewer';

/** An application layer with a new file, a changed one and a deletion. */
const app = () =>
  buildTar([
    { path: '.layer/store.json', data: utf8('{"format": 1, "id": "app"}') },
    {
      path: '.layer/markers.ndjson',
      data: utf8(`${JSON.stringify({ op: 'wh', p: 'Program Files\\Contoso\\Viewer\\readme.txt', g: 1 })}\n`),
    },
    { path: `files/${VIEWER}/extra.dll`, data: utf8('from the application layer') },
    { path: `files/${VIEWER}/viewer.ini`, data: utf8('[render]\r\nthreads=64\r\n') },
  ]).bytes;

test('two layers become one, and are taken back', async ({ page }) => {
  // the picker's own window cannot be driven: it gives a file of the origin's private disk
  await page.addInitScript(() => {
    const picker = async ({ suggestedName }: { suggestedName: string }) =>
      (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
    Object.assign(window, { showSaveFilePicker: picker });
  });
  const bench = new Workbench(page);
  const { os, user, dir } = samplePair();
  await bench.visit();
  await bench.drop([os, put(dir, 'contoso-app.tar', app()), user]);
  const layers = bench.layer;
  await expect(layers).toHaveCount(3);

  await layers.first().hover();
  await layers
    .first()
    .getByRole('button', { name: /^Menu of/ })
    .click();
  await page.getByRole('menuitem', { name: 'Squash with the layer below…' }).click();
  await expect(layers).toHaveCount(4);
  await expect(bench.toasts).toContainText(/are one layer now|cannot say all/);
  await bench.idle();
  await expect(layers.nth(0)).toContainText(' + ');
  await expect(layers.nth(1)).toHaveClass(/off/);
  await expect(layers.nth(2)).toHaveClass(/off/);
  await bench.go(`C:\\${VIEWER.replaceAll('/', '\\')}\\extra.dll`);
  await expect(bench.subject).toContainText('extra.dll');
  await page.screenshot({ path: test.info().outputPath('squash.png') });
  await bench.go('C:\\Users\\ann\\Documents\\Welcome.txt');
  await expect(bench.subject).toContainText('Welcome.txt');

  // undone: the new one goes, the two are taken in again
  for (const layer of [layers.nth(1), layers.nth(2)]) {
    await layer.hover();
    await layer.getByRole('button', { name: 'Take this layer in again' }).click();
  }
  await layers.nth(0).focus();
  await page.keyboard.press('Delete');
  await expect(layers).toHaveCount(3);
  await bench.idle();
  await expect(page.locator('.layer.off')).toHaveCount(0);
});
