/** Findings beyond rules: what to do instead is said, and done by one click where it can be. */
import { readFileSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { beyondRules } from '../src/testing/pains/pains.ts';
import { put, scratch } from './files.ts';
import { Workbench } from './workbench.ts';

async function open(page: Page): Promise<Workbench> {
  const bench = new Workbench(page);
  const { os, user } = beyondRules();
  const dir = scratch();
  await bench.visit();
  await bench.drop([put(dir, 'windows os.wim', os), put(dir, 'ann user data.wim', user)]);
  await bench.tab('Findings');
  await expect(page.locator('.finding-group')).toHaveCount(6);
  return bench;
}

/** Opens the kind when it is closed, and looks at its first finding. */
async function look(bench: Workbench, title: string): Promise<void> {
  const group = bench.page.locator('.finding-group').filter({ hasText: title }).first();
  await expect(group).toBeVisible();
  if ((await group.getAttribute('aria-expanded')) === 'false') await group.click();
  await bench.finding(title).first().click();
  await expect(bench.subject).toHaveText(title);
}

const button = (bench: Workbench, name: string) => bench.detail.getByRole('button', { name });

test('a layer made over another base is left out by one click', async ({ page }) => {
  const bench = await open(page);
  await look(bench, 'Layer made over another base');
  await expect(bench.detail.getByRole('heading', { name: 'What to do' })).toBeVisible();
  await expect(button(bench, 'Add files')).toBeVisible();
  await button(bench, 'Leave ann user data out').click();
  await expect(bench.toasts).toContainText('left out of the view');
  await expect(bench.layer.first()).toHaveClass(/\boff\b/);
  await expect(bench.finding('Layer made over another base')).toHaveCount(0);
});

test('paths that no rule shortens go along as a list, all findings as a table', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const bench = await open(page);
  await look(bench, 'Paths longer than Win32 opens');
  await button(bench, 'Copy 3 paths').click();
  await expect(bench.toasts).toContainText('3 paths are on the clipboard');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split('\n')).toHaveLength(3);
  expect(copied).toMatch(/^C:\\ProgramData\\.+\\report\.docx\n/);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Report' }).click();
  const table = readFileSync(await (await saved).path(), 'utf8').split('\r\n');
  expect(table[0]).toBe('severity,code,place,note,layers,message,rule');
  expect(table.filter((line) => line.includes('hardLinkBroken'))).toEqual([
    expect.stringMatching(/,"ann user data, windows os",.*,keepLower exact Program Files\\Suite\\core\.dll$/),
  ]);
});

test('a hard link may be broken on purpose: the plan says so', async ({ page }) => {
  const bench = await open(page);
  await look(bench, 'Hard link broken by an upper copy');
  await button(bench, 'It is meant so').click();
  await expect(bench.toasts).toContainText('Rule added: merge');
  await expect(bench.finding('Hard link broken by an upper copy')).toHaveCount(0);
  await bench.tab('Plan');
  await expect(bench.rule('Program Files\\Suite\\core.dll')).toContainText('you');
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export plan' }).click();
  await expect(bench.detail).toContainText('Replayed: the plan gives exactly the view shown here.');
  expect(readFileSync(await (await saved).path(), 'utf8')).toContain('"policy":"break"');
});

test('a hive without its log gives way to the one below', async ({ page }) => {
  const bench = await open(page);
  await look(bench, 'Hive was not closed');
  await expect(bench.detail).toContainText('open, no log');
  await button(bench, 'Add to plan').click();
  await expect(bench.toasts).toContainText('Rule added: keep lower');
  await expect(page.locator('.finding-item').filter({ hasText: /^HKU\/S-1-5-21-/ })).toHaveCount(0);
});
