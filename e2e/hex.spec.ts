/** Somebody looks for bytes in a file and asks what they mean. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { buildNtfs } from '../src/testing/ntfs-builder.ts';
import { put, scratch } from './files.ts';
import { Workbench, watchFaults } from './workbench.ts';

const SIZE = 3 << 20;
const AT = 2 << 20;

test('bytes are found in a large file, both ways, and the inspector tells what they mean', async ({ page }) => {
  const faults = watchFaults(page);
  const bench = new Workbench(page);
  const data = new Uint8Array(SIZE);
  const view = new DataView(data.buffer);
  view.setBigUint64(AT, 133_485_408_000_000_000n, true);
  data.set([0x48, 0, 0x69, 0], 600); // "Hi" in UTF-16
  await bench.visit();
  await bench.drop([put(scratch(), 'disk.img', buildNtfs({ size: 8 << 20, root: [{ name: 'a.bin', data }] }))]);
  await bench.go('C:\\a.bin');
  await bench.look('Hex');
  const { detail } = bench;
  const find = detail.getByRole('textbox', { name: 'Find hex or text' });
  const marked = detail.locator('.hex .bytes .marked');
  await find.fill('Hi');
  await find.press('Enter');
  await expect(marked).toHaveText(['48', '00', '69', '00']);
  await expect(detail.getByRole('region', { name: 'Data inspector' })).toContainText('Data at 0x258');
  await find.fill('00 C0');
  await find.press('Enter');
  const row = (name: string) =>
    detail.getByRole('region', { name: 'Data inspector' }).getByRole('row').filter({ hasText: name }).getByRole('cell');
  await expect(marked).toHaveCount(2);

  await expect(row('FILETIME')).toHaveText('2024-01-01T00:00:00.0000000Z');
  await expect(marked.first()).toBeInViewport();
  await expect(row('FILETIME')).toBeInViewport();
  await detail.getByRole('checkbox', { name: 'Big-endian' }).check();
  await expect(row('FILETIME')).not.toHaveText('2024-01-01T00:00:00.0000000Z');
  await page.screenshot({ path: test.info().outputPath('hex.png') });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await detail.getByRole('textbox', { name: 'Go to offset' }).fill(`0x${(AT + 1).toString(16)}`);
  await detail.getByRole('textbox', { name: 'Go to offset' }).press('Enter');
  await expect(marked).toHaveText(['C0']);

  // backwards, and what is not there of the file, and what is not there
  await find.fill('Hi');
  await find.press('Shift+Enter');
  await expect(marked).toHaveText(['48', '00', '69', '00']);
  await find.fill('nowhere');
  await find.press('Enter');
  await expect(detail.getByText('Not found')).toBeVisible();
  expect(faults).toEqual([]);
});
