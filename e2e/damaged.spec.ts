/** Something is broken: a file, a disk under the tab, a worker. It says so, where, and the rest stays usable. */
import { readFileSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { put, samplePair } from './files.ts';
import { Workbench, watchFaults } from './workbench.ts';

const RENDER = 'C:\\Program Files\\Contoso\\Viewer\\render.dll';
/** Nothing has a reason to read this one before somebody looks. */
const LAKE = 'C:\\Users\\ann\\Pictures\\lake.jpg';

/** What the page says is wrong: in the dialog of a drop. */
const refused = (bench: Workbench, name: string) => bench.opening.getByRole('listitem').filter({ hasText: name });

test('a damaged image beside a good one: the bad one says why and where, the good one opens', async ({ page }) => {
  const faults = watchFaults(page);
  const { os, user } = samplePair();
  const bytes = readFileSync(os);
  // the table of contents and the XML lie where nothing is
  const bad = put(samplePair().dir, 'bad.wim', Buffer.from(bytes).fill(0xa5, 0x30, 0x60));
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([bad, user]);
  await expect(refused(bench, 'bad.wim')).toContainText(/Expected .*, found .*bad\.wim.*0x[0-9a-f]+/i);
  await bench.opening.getByRole('button', { name: 'Open 1 layer' }).click();
  await expect(bench.layer).toHaveText([/ann-userdata/]);
  await bench.idle();
  await expect(bench.row(bench.files, 'Program Files')).toBeVisible();
  expect(faults).toEqual([]);
});

test('a disk image that was cut short says where it ends', async ({ page }) => {
  const faults = watchFaults(page);
  const { os, user } = samplePair();
  truncateSync(user, 5 << 20);
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([os, user]);
  await expect(refused(bench, 'ann-userdata')).toContainText(
    /a block of the disk at 0x[0-9a-f]+, found that it is not in the file/,
  );
  await bench.opening.getByRole('button', { name: 'Open 1 layer' }).click();
  await bench.idle();
  await expect(bench.row(bench.files, 'Windows')).toBeVisible();
  expect(faults).toEqual([]);
});

test('a file that changes on disk after the drop: reading it says so, the other layer stays usable', async ({
  page,
}) => {
  const { os, user } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([os, user]);
  writeFileSync(user, Buffer.alloc(4096, 1), { flag: 'a' });
  await bench.go(LAKE);
  await bench.look('Hex');
  await expect(bench.detail).toContainText('the file changed on disk since it was opened');
  await bench.go('C:\\Windows\\System32\\drivers\\etc\\hosts');
  await bench.look('Text');
  await expect(bench.detail).toContainText('127.0.0.1 localhost');
});

test('a file that is deleted after the drop says that it is gone', async ({ page }) => {
  const { os, user } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([os, user]);
  unlinkSync(user);
  await bench.go(LAKE);
  await bench.look('Hex');
  await expect(bench.detail).toContainText('the file was moved or deleted since it was opened');
});

/** Ends the worker that reads the user layer, as an uncaught error would. */
async function killReader(page: Page): Promise<void> {
  const names = await Promise.all(page.workers().map((worker) => worker.evaluate(() => self.name)));
  const at = names.lastIndexOf('image2');
  expect(at, names.join()).toBeGreaterThanOrEqual(0);
  await page.workers()[at]!.evaluate(() => {
    setTimeout(() => {
      throw new Error('made to fail');
    });
  });
}

test('a reader that dies is said to be dead; what was read stays, the other layer is read on', async ({ page }) => {
  const { os, user } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([os, user]);
  await killReader(page);
  await expect(bench.toasts).toContainText('made to fail');
  await expect(bench.row(bench.files, 'Program Files')).toBeVisible();
  await bench.go('C:\\Windows\\System32\\drivers\\etc\\hosts');
  await bench.look('Text');
  await expect(bench.detail).toContainText(/127\.0\.0\.1 localhost|made to fail/);
  await bench.go(RENDER);
  await expect(bench.subject).toHaveText('render.dll');
  await expect(bench.versions).toHaveCount(2);
});
