/** Everybody can use it: axe finds nothing, in both languages and themes, and nothing runs off the side of a window. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { put, samplePair } from './files.ts';
import { Workbench } from './workbench.ts';

async function expectClean(page: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const said = violations.map(
    (v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} ${n.failureSummary}`).join('; ')}`,
  );
  expect(said, what).toEqual([]);
}

async function expectFits(page: Page, what: string): Promise<void> {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content, what).toBeLessThanOrEqual(window!);
}

// names do not depend on colours, nor contrast on the language: two runs see all four
for (const [language, theme] of [
  ['en', 'light'],
  ['zh-CN', 'dark'],
] as const)
  test(`axe finds nothing: ${language}, ${theme}`, async ({ page }) => {
    await page.addInitScript(
      ([lang, colours]) =>
        localStorage.setItem('stratascope.settings', JSON.stringify({ language: lang, theme: colours })),
      [language, theme] as const,
    );
    await page.goto('./');
    await expect(page.locator('h1')).toBeVisible();
    await expectClean(page, 'empty page');
    await page.goto('./?sample');
    await expect(page.locator('.layer[data-status=ready]')).toHaveCount(2);
    await expect(page.locator('.detail h2')).toBeVisible();
    await expectClean(page, 'files');
    await page.keyboard.press('?');
    await expect(page.locator('dialog')).toBeVisible();
    await expectClean(page, 'sheet of keys');
    await page.keyboard.press('Escape');
    await page.locator('.finding-count').nth(1).click();
    await expect(page.locator('.finding-item').first()).toBeVisible();
    await expectClean(page, 'findings');
    await page.locator('#tab-registry').click();
    await expect(page.locator('#keys .row').first()).toBeVisible();
    await expectClean(page, 'registry');
    await page.locator('#tab-plan').click();
    await expect(page.locator('.rule').first()).toBeVisible();
    await expectClean(page, 'plan');
    await page.locator('.tools .button').nth(1).click();
    await expect(page.locator('dialog .rule-form')).toBeVisible();
    await expectClean(page, 'rule editor');
  });

test('axe finds nothing in the dialog of a drop', async ({ page }) => {
  const { os, user, dir } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([os, user, put(dir, 'letter.docx', 'PK\x03\x04')]);
  await expect(bench.opening).toBeVisible();
  await expectClean(page, 'drop');
});

for (const [width, height] of [
  [1440, 900],
  [1024, 768],
  [390, 844],
] as const)
  test(`nothing runs off the side at ${width} x ${height}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.goto('./');
    await expectFits(page, 'empty page');
    await page.goto('./?sample');
    await expect(page.locator('.layer[data-status=ready]')).toHaveCount(2);
    for (const tab of ['files', 'registry', 'findings', 'plan']) {
      await page.locator(`#tab-${tab}`).click();
      await expect(page.locator(`#pane-${tab}`)).toBeVisible();
      await expectFits(page, tab);
      const box = (await page.locator(`#pane-${tab}`).boundingBox())!;
      expect(box.width, `${tab} has room`).toBeGreaterThan(width / 4);
    }
  });
