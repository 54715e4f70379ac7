/**
 * A pair as large as those of real life, by hand only: LARGE_PAIR=os.wim:user.vhdx. Prints how long the first rows and the
 * whole take, and what the page's own heap weighs while gigabytes lie behind it.
 */
import { existsSync, statSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { Workbench, watchFaults } from './workbench.ts';

const pair = (process.env['LARGE_PAIR'] ?? '').split(':').filter((file) => file !== '');

test('a large pair: rows long before the end, a small page', async ({ page }) => {
  test.skip(pair.length === 0 || !pair.every(existsSync), 'LARGE_PAIR names no files');
  test.setTimeout(600_000);
  const faults = watchFaults(page);
  const bench = new Workbench(page);
  await bench.visit();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  const heap = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'JSHeapUsedSize')!.value / 2 ** 20;
  };
  const before = await heap();
  await bench.drag(pair);
  const open = bench.opening.getByRole('button', { name: /^Open \d layers?$/ });
  await expect(open).toBeVisible({ timeout: 60_000 });
  const start = performance.now();
  await open.click();
  await expect(bench.files.getByRole('row').nth(2)).toBeVisible({ timeout: 60_000 });
  const first = performance.now() - start;
  const reading = await page.locator('.layer[data-status=scanning]').count();
  await bench.idle(300_000);
  const whole = performance.now() - start;
  await bench.files.focus();
  await page.keyboard.press('End');
  await bench.idle();
  const after = await heap();
  const bytes = pair.reduce((sum, file) => sum + statSync(file).size, 0);
  const entries = await page.getByRole('contentinfo').textContent();
  console.log(
    `${(bytes / 2 ** 30).toFixed(1)} GiB: first rows ${first.toFixed(0)} ms, all ${whole.toFixed(0)} ms, ` +
      `page heap ${before.toFixed(1)} -> ${after.toFixed(1)} MiB; ${entries}`,
  );
  expect(reading, 'layers that were still read when the first rows stood').toBeGreaterThan(0);
  expect(after - before).toBeLessThan(64);
  expect(faults).toEqual([]);
});
