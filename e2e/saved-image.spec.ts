/** A saved container image, dropped alone: its layers, base first. */
import { expect, test } from '@playwright/test';
import { dockerSave } from '../src/testing/saved-image-builder.ts';
import { buildTar } from '../src/testing/tar-builder.ts';
import { put, scratch } from './files.ts';
import { Workbench, watchFaults } from './workbench.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('opens into its layers, with the commands that made them', async ({ page }) => {
  const faults = watchFaults(page);
  const layers = [
    { createdBy: 'Apply image', bytes: buildTar([{ path: 'Files/old.txt', data: bytes('old') }]).bytes },
    {
      createdBy: 'cmd /S /C setup.exe',
      bytes: buildTar([{ path: 'Files/.wh.old.txt' }, { path: 'Files/new.txt', data: bytes('new') }]).bytes,
    },
  ];
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([put(scratch(), 'saved.tar', buildTar(dockerSave('app:1', layers)).bytes)]);
  await expect(bench.layer).toHaveText([/setup\.exe/, /Apply image/]);
  await expect(bench.row(bench.files, 'new.txt')).toBeVisible();
  await expect(bench.row(bench.files, 'old.txt')).toContainText('Hidden');
  await page.screenshot({ path: 'test-results/saved-image.png' });
  expect(faults).toEqual([]);
});
