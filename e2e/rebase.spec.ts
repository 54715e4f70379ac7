/** An update of the base is at hand: what would the user's layer hide of it? The report, the click, the report again. */
import { readFileSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { rebaseFixture } from '../src/testing/pains/rebase.ts';
import { rebasePair } from '../src/testing/pains/rebase-pair.ts';
import { put, scratch } from './files.ts';
import { Workbench } from './workbench.ts';

const lines = (page: Page) => page.locator('.finding-item');

test('another base: what is hidden of it, by severity; a rule; files for those who decide', async ({ page }) => {
  const { before, after, user } = rebaseFixture();
  const dir = scratch();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([put(dir, 'base may.wim', before), put(dir, 'ann data.wim', user)]);
  await bench.drop([put(dir, 'base june.wim', after)]);
  await bench.tab('Compare');
  await page.getByRole('button', { name: 'Another base' }).click();
  await expect(page.getByText('What would another base bring?')).toBeVisible();
  await expect(page.getByText('Present base: base may')).toBeVisible();
  await page.getByLabel('New base').selectOption({ label: 'base june' });
  await expect(page.getByRole('status').filter({ hasText: 'The new base: 5 files changed' })).toBeVisible();
  await expect(page.locator('.finding-group')).toHaveCount(6);
  const stale = lines(page).filter({ hasText: 'viewer.exe' });
  await expect(stale).toContainText('1.8.2.7 < 2.1.0.48');
  await stale.click();
  await expect(bench.subject).toHaveText('An old program hides that of the new base');
  const version = bench.detail.getByRole('row').filter({ hasText: 'Version' });
  await expect(version.getByRole('cell')).toContainText(['1.8.2.7', '2.1.0.48', '1.8.0.0']);
  await page.screenshot({ path: test.info().outputPath('rebase.png') });

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('rebase base may to base june.csv');
  expect(readFileSync((await download.path())!, 'utf8').split('\r\n')[1]).toContain('rebaseHidesNewer');

  // the rule is taken in, and the report follows
  await bench.detail.getByRole('button', { name: 'Add to plan' }).click();
  await expect(bench.toasts).toContainText('Rule added');
  await expect(stale).toHaveCount(0);
  await expect(page.locator('.finding-group')).toHaveCount(5);
});

test.describe('in Chinese', () => {
  test.use({ locale: 'zh-CN' });
  test('the reason comes without a word of English', async ({ page }) => {
    const { before, after, user } = rebaseFixture();
    const dir = scratch();
    const bench = new Workbench(page);
    await bench.visit();
    await bench.drag([put(dir, 'a.wim', before), put(dir, 'b.wim', user), put(dir, 'c.wim', after)]);
    await page.getByRole('dialog').getByRole('button', { name: /^打开/ }).click();
    await bench.idle();
    await page.getByRole('tablist', { name: '视图' }).getByRole('tab', { name: '比较' }).click();
    await page.getByRole('button', { name: '更换系统层' }).click();
    await page.getByLabel('新的系统层').selectOption({ index: 1 });
    await expect(page.locator('.finding-group').first()).toBeVisible();
    await lines(page).first().click();
    await expect(page.locator('#detail p').first()).not.toContainText(/[A-Za-z]{4}/);
    await page.screenshot({ path: test.info().outputPath('rebase-zh.png') });
    await page.getByRole('button', { name: '立即使用此系统层' }).click();
    const bar = page.getByRole('region', { name: '正在试用另一个系统层' });
    await expect(bar).toContainText('它改变了');
    await page.screenshot({ path: test.info().outputPath('tried-zh.png') });
    await bar.getByRole('button', { name: '撤回' }).click();
    await expect(bar).toHaveCount(0);
  });
});

test('a base is tried: what looks different is marked and can be all that is shown; taken back, all is as before', async ({
  page,
}) => {
  const { may, june, user } = rebasePair();
  const dir = scratch();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([put(dir, 'base may.wim', may), put(dir, 'ann data.wim', user)]);
  await bench.drop([put(dir, 'base june.wim', june)]);
  // what comes later lies above: it is left out until it is asked for
  await bench.layer.filter({ hasText: 'base june' }).getByRole('button', { name: 'Leave this layer out' }).click();
  await bench.idle();
  const before = await bench.layer.allInnerTexts();
  await bench.tab('Compare');
  await page.getByRole('button', { name: 'Another base' }).click();
  await page.getByLabel('New base').selectOption({ label: 'base june' });

  const told = lines(page).filter({ hasText: 'kernelbase.dll' });
  await expect(told).toContainText('10.0.26100.1150 < 10.0.26100.2033');
  await told.click();
  const row = (name: string) => bench.detail.getByRole('row').filter({ hasText: name }).getByRole('cell');
  await expect(row('Version')).toContainText(['10.0.26100.1150', '10.0.26100.2033', '10.0.26100.1742']);
  await expect(row('Linked')).toContainText(['2024-08-01', '2024-10-01', '2024-09-01']);
  await expect(row('SHA-1').first()).toContainText(/[0-9a-f]{16}/);
  await expect(lines(page).filter({ hasText: 'shell32.dll' })).toContainText('2024-08-01 < 2024-10-02');
  for (const name of ['crypt32.dll', 'msvcrt.dll', 'advapi32.dll', 'tcpip.sys'])
    await expect(lines(page).filter({ hasText: name })).toHaveCount(0);
  await page.screenshot({ path: test.info().outputPath('report.png') });

  await page.getByRole('button', { name: 'Use this base now' }).click();
  const bar = page.getByRole('region', { name: 'Another base is tried' });
  await expect(bar).toContainText('What if: base june in place of base may.');
  await expect(bar).toContainText('It changed ');
  await bench.idle();
  await expect(bench.layer.nth(2)).toContainText('base june');
  await bar.getByRole('button', { name: 'Only what it changed' }).click();
  const names = bench.files.locator('.row:not(.pending) .name');
  // what both bases have alike, and what a layer above hides, is not there
  await expect(names.filter({ hasText: 'advapi32.dll' })).toHaveCount(1);
  await expect(names.filter({ hasText: /^(kernelbase|msvcrt|shell32)\.dll$/ })).toHaveCount(0);
  const marks = bench.files.getByRole('img', { name: 'Changed by the base that is tried' });
  await expect(marks.first()).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('tried.png') });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: test.info().outputPath('tried-dark.png') });
  await page.emulateMedia({ colorScheme: 'light' });
  await bench.tab('Registry');
  await expect(bench.keys.getByRole('img', { name: 'Changed by the base that is tried' }).first()).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('tried-keys.png') });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await bench.tab('Files');

  await bar.getByRole('button', { name: 'Take it back' }).click();
  await expect(bar).toHaveCount(0);
  await bench.idle();
  await expect.poll(() => bench.layer.allInnerTexts()).toEqual(before);
  await expect(marks).toHaveCount(0);
  // the filter went with what it filtered
  await bench.go('C:\\Windows\\System32\\kernelbase.dll');
  await expect(bench.subject).toHaveText('kernelbase.dll');
});
