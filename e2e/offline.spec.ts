/** The app is installed, works without a network after the first visit, and opens the files that the system gives it. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium, expect, type Page, test } from '@playwright/test';
import { samplePair } from './files.ts';
import { plainHost } from './hosts.ts';
import { Workbench, watchFaults } from './workbench.ts';

async function ready(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    while (active!.state !== 'activated')
      await new Promise((resolve) => active!.addEventListener('statechange', resolve, { once: true }));
  });
}

test('the manifest is without errors and the app can be installed', async ({ page }) => {
  await page.goto('./');
  await ready(page);
  const cdp = await page.context().newCDPSession(page);
  const manifest = await cdp.send('Page.getAppManifest');
  expect(manifest.errors).toEqual([]);
  expect(manifest.url).toContain('manifest.webmanifest');
  const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
  // a context of a test is a private window, from which nothing can be installed; nothing else may be wrong
  expect(installabilityErrors.map((e) => e.errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
});

test('after one visit the page and its sample open without a network', async ({ page, context }) => {
  const faults = watchFaults(page);
  const bench = new Workbench(page);
  await bench.visit();
  await ready(page);
  await context.setOffline(true);
  await page.reload();
  await page.getByRole('button', { name: /Try the sample/ }).click();
  await expect(bench.layer).toHaveCount(2);
  await bench.idle();
  await expect(bench.row(bench.files, 'Program Files')).toBeVisible();
  const { os, user } = samplePair();
  await page.goto('./?anything');
  await bench.drop([os, user]);
  await expect(bench.row(bench.files, 'Program Files')).toBeVisible();
  expect(faults).toEqual([]);
});

test('the service worker adds the policy to what it answers', async ({ page }) => {
  await page.goto('./');
  await ready(page);
  const response = await page.reload();
  expect(response!.fromServiceWorker()).toBe(true);
  const headers = response!.headers();
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
});

test('a new version takes over, keeps the policy and drops the old files', async ({ page }) => {
  const replaced = new Map<string, string>();
  const host = await plainHost(replaced);
  try {
    await page.goto(`${host.origin}/strata/`);
    await ready(page);
    const code = await (await page.request.get('./sw.js')).text();
    replaced.set('sw.js', code.replace(/VERSION = "[0-9a-f]+"/, 'VERSION = "next"'));
    await page.evaluate(async () => {
      const registration = (await navigator.serviceWorker.getRegistration())!;
      const changed = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
      await registration.update();
      await changed;
    });
    await expect.poll(() => page.evaluate(() => caches.keys())).toEqual(['stratascope-next']);
    const response = await page.reload();
    expect(response!.fromServiceWorker()).toBe(true);
    expect(response!.headers()['content-security-policy']).toContain("default-src 'none'");
    await expect(page.getByRole('button', { name: /Try the sample/ })).toBeVisible();
  } finally {
    await host.close();
  }
});

test('files shared by another app are taken once', async ({ page }) => {
  const { user } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await ready(page);
  await page.evaluate(() => {
    const form = document.createElement('form');
    form.action = './?share-target';
    form.method = 'post';
    form.enctype = 'multipart/form-data';
    form.innerHTML = '<input type="file" name="file" id="shared">';
    document.body.append(form);
  });
  await page.locator('#shared').setInputFiles(user);
  await page.evaluate(() => document.querySelector('form')!.submit());
  await bench.opening.getByRole('button', { name: 'Open 1 layer' }).click();
  await expect(bench.layer).toHaveText([/ann-userdata/]);
  expect(await page.evaluate(() => caches.has('stratascope-shared'))).toBe(false);
});

test('the system opens a file with the installed app', async () => {
  const profile = mkdtempSync(path.join(os.tmpdir(), 'stratascope-profile-'));
  const executablePath = process.env['CHROMIUM'];
  const context = await chromium.launchPersistentContext(profile, {
    headless: true,
    baseURL: 'http://localhost:4174',
    locale: 'en-GB',
    args: ['--disable-gpu', '--disable-background-networking', '--disable-sync'],
    ...(executablePath === undefined ? {} : { executablePath }),
  });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto('./');
    await ready(page);
    const cdp = await context.newCDPSession(page);
    const installable = await cdp.send('Page.getInstallabilityErrors');
    expect(installable.installabilityErrors).toEqual([]);
    const browser = await context.browser()!.newBrowserCDPSession();
    const manifestId = 'http://localhost:4174/';
    await browser.send('PWA.install', { manifestId, installUrlOrBundleUrl: manifestId });
    const { user } = samplePair();
    await browser.send('PWA.launchFilesInApp', { manifestId, files: [user] });
    const bench = new Workbench(page); // the window that is open is used again, as the manifest asks
    await bench.opening.getByRole('button', { name: 'Open 1 layer' }).click();
    await expect(bench.layer).toHaveText([/ann-userdata/]);
    await bench.idle();
    await browser.send('PWA.uninstall', { manifestId });
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
});
