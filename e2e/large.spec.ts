/**
 * Images as large as those of real life, by hand only: LARGE_PAIR=os.wim:user.vhdx, or one alone. Prints how long the first
 * rows and the whole take by the page's own clock, what Node takes to list the same files, and what the page's own heap
 * weighs while gigabytes lie behind it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
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
  const times = page.evaluate(stopwatch);
  await open.click();
  const { first, whole, reading } = await times;
  await bench.idle();
  await bench.files.focus();
  await page.keyboard.press('End');
  await bench.idle();
  const after = await heap();
  const bytes = pair.reduce((sum, file) => sum + statSync(file).size, 0);
  const node = inNode();
  const entries = await page.getByRole('contentinfo').textContent();
  console.log(
    `${(bytes / 2 ** 30).toFixed(1)} GiB: first rows ${first.toFixed(0)} ms, all ${whole.toFixed(0)} ms; ` +
      `Node lists them in ${node.list.toFixed(0)} ms, merges them in ${node.merge.toFixed(0)} ms; ` +
      `page heap ${before.toFixed(1)} -> ${after.toFixed(1)} MiB; ${entries}`,
  );
  expect(reading, 'layers that were still read when the first rows stood').toBeGreaterThan(0);
  expect(after - before).toBeLessThan(64);
  expect(faults).toEqual([]);
});

/** From the click to rows in view, and to the end of everything: what the page shows is looked at after each change of it. */
function stopwatch(): Promise<{ first: number; whole: number; reading: number }> {
  const busy =
    '.opening-strip, .layer:is([data-status=opening], [data-status=scanning]), .layer .work, #busy, .row.pending';
  return new Promise((resolve) => {
    let start = 0;
    let first = 0;
    let reading = 0;
    const look = () => {
      if (start === 0) return;
      if (first === 0 && document.querySelectorAll('[role=treegrid] [role=row]').length > 2) {
        first = performance.now() - start;
        reading = document.querySelectorAll('.layer[data-status=scanning]').length;
      }
      if (first === 0 || document.querySelector(busy) !== null) return;
      observer.disconnect();
      resolve({ first, whole: performance.now() - start, reading });
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    const begin = () => {
      start = performance.now();
    };
    document.addEventListener('click', begin, { capture: true, once: true });
  });
}

/** Milliseconds of whole processes: `ls` tells names only, `merge` reads and merges all columns as the page does; the better of two. */
function inNode(): { list: number; merge: number } {
  const cli = path.resolve(import.meta.dirname, '../dist/cli/stratascope.mjs');
  const { NODE_EXTRA_CA_CERTS: _certificates, ...env } = process.env;
  const run = (args: readonly string[]) => {
    const start = performance.now();
    expect(spawnSync(process.execPath, [cli, ...args], { env, stdio: 'ignore' }).status).toBe(0);
    return performance.now() - start;
  };
  const [base, ...upper] = pair;
  const layers = ['merge', '--os', base!, ...upper.flatMap((file) => ['--user', file]), 'stats'];
  const rounds = [0, 1].map(() => ({
    list: pair.map((file) => run(['ls', file, '-r', '--names'])).reduce((sum, time) => sum + time, 0),
    merge: run(layers),
  }));
  return {
    list: Math.min(...rounds.map(({ list }) => list)),
    merge: Math.min(...rounds.map(({ merge }) => merge)),
  };
}
