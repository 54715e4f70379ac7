/** Somebody doubts an image: which files are damaged, and is the rest sound. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { Random } from '../src/testing/damage.ts';
import { buildWim } from '../src/testing/wim-builder.ts';
import { slowDisk } from './slow.ts';
import { Workbench, watchFaults } from './workbench.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'strata-verify-'));
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));
const random = new Random(61);
const marked = random.bytes(300_000);

/** More than 16 MiB, so that several workers share the work; one content is in two files. */
function image(damaged: boolean): string {
  const files = Array.from({ length: 12 }, (_, i) => ({ name: `file${i}.bin`, data: random.bytes(1_500_000) }));
  const twins = ['one.dll', 'two.dll'].map((name) => ({ name, data: marked }));
  const root = { name: '', dir: [{ name: 'Windows', dir: [...files, ...twins] }] };
  const bytes = buildWim({ images: [{ name: 'Base', root }] });
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(marked.subarray(1000, 1064));
  if (at < 0) throw new Error('the content is not in the image as it is');
  if (damaged) bytes[at]! ^= 1;
  const file = path.join(folder, damaged ? 'damaged.wim' : 'sound.wim');
  writeFileSync(file, bytes);
  return file;
}

async function begin(page: Page, file: string): Promise<Workbench> {
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([file]);
  await choose(page, bench);
  return bench;
}

async function choose(page: Page, bench: Workbench): Promise<void> {
  await bench.layer.first().hover();
  await bench.layer
    .first()
    .getByRole('button', { name: /^Menu of/ })
    .click();
  await page.getByRole('menuitem', { name: 'Verify hashes and checksums' }).click();
}

async function verify(page: Page, file: string) {
  await begin(page, file);
  const dialog = page.getByRole('dialog', { name: /^Verdict on/ });
  await expect(dialog).toBeVisible({ timeout: 60_000 });
  return dialog;
}

test('a damaged content is told with every file that has it', async ({ page }) => {
  const dialog = await verify(page, image(true));
  await expect(dialog).toContainText('2 files are damaged.');
  await expect(dialog).toContainText('one.dll');
  await expect(dialog).toContainText('two.dll');
  await expect(dialog).not.toContainText('file1.bin');
  await page.screenshot({ path: test.info().outputPath('verdict.png') });
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
});

test('a sound image holds', async ({ page }) => {
  const dialog = await verify(page, image(false));
  await expect(dialog).toContainText('Every hash and checksum holds.');
});

test('a check is cancelled in the middle: its workers end, and it can be begun again', async ({ page }) => {
  const faults = watchFaults(page);
  await slowDisk(page, 400); // reading the image takes most of a minute
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([image(true)]);
  await expect(bench.layer.first()).toHaveAttribute('data-status', 'ready');
  const before = page.workers().length;
  const busy = page.getByRole('status').filter({ hasText: 'Verifying' });
  for (let turn = 0; turn < 2; turn++) {
    await choose(page, bench);
    await expect(busy).toBeVisible();
    await expect.poll(() => page.workers().length).toBeGreaterThan(before);
    await page.screenshot({ path: test.info().outputPath(`busy-${turn}.png`) });
    await busy.getByRole('button', { name: 'Cancel' }).click();
    await expect(busy).toHaveCount(0);
    await expect.poll(() => page.workers().length, { timeout: 20_000 }).toBe(before);
  }
  await expect(page.getByRole('dialog', { name: /^Verdict on/ })).toHaveCount(0);
  expect(faults).toEqual([]);
});
