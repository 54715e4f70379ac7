/** What was open is offered again; images themselves are never kept. */
import { statSync } from 'node:fs';
import { expect, type Page, test } from '@playwright/test';
import { samplePair } from './files.ts';
import { Workbench } from './workbench.ts';

/** Everything the browser keeps for this origin, as kinds and sizes. */
function stored(page: Page): Promise<{ what: string; kind: string; bytes: number }[]> {
  return page.evaluate(async () => {
    const found: { what: string; kind: string; bytes: number }[] = [];
    const walk = (what: string, value: unknown): void => {
      if (value instanceof Blob) found.push({ what, kind: 'blob', bytes: value.size });
      else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value))
        found.push({ what, kind: 'bytes', bytes: value.byteLength });
      else if (value instanceof FileSystemHandle) found.push({ what, kind: 'handle', bytes: 0 });
      else if (typeof value === 'string') found.push({ what, kind: 'text', bytes: value.length });
      else if (typeof value === 'object' && value !== null)
        for (const [name, part] of Object.entries(value)) walk(`${what}/${name}`, part);
    };
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name!);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      for (const store of database.objectStoreNames) {
        const all = await new Promise<unknown[]>((resolve, reject) => {
          const request = database.transaction(store).objectStore(store).getAll();
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
        walk(`idb ${name}/${store}`, all);
      }
      database.close();
    }
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const blob = await (await cache.match(request))!.blob();
        found.push({ what: `cache ${new URL(request.url).pathname}`, kind: 'app', bytes: blob.size });
      }
    }
    walk('local', { ...localStorage });
    walk('session', { ...sessionStorage });
    const root = await navigator.storage.getDirectory();
    for await (const name of root.keys()) found.push({ what: `opfs ${name}`, kind: 'opfs', bytes: 0 });
    return found;
  });
}

test('a dropped workspace is offered after a reload and opens again', async ({ page, context }) => {
  const { os, user } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([os, user]);
  await bench.reload();
  const recent = page.getByRole('button', { name: /ann-userdata · windows-11-pool/ });
  await expect(recent).toBeVisible();
  await recent.click();
  await expect(bench.layer).toHaveText([/ann-userdata/, /windows-11-pool/]);
  await bench.idle();
  await expect(bench.row(bench.files, 'Program Files')).toBeVisible();
  expect(context.pages()).toHaveLength(1);
});

test('the rules of a workspace are there again with it', async ({ page }) => {
  const { os, user } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([os, user]);
  await bench.tab('Plan');
  await bench.addRule('Files', '%ProgramFiles%\\Contoso', 'keepLower');
  await expect(bench.rule('Program Files\\Contoso')).toContainText('you');
  const drivers = page.getByRole('checkbox', { name: 'Rule for Windows\\System32\\drivers is in force' });
  await drivers.uncheck();
  await bench.reload(({ rules }) => rules?.rules.length === 1 && rules.off.length === 1);
  await page.getByRole('button', { name: /ann-userdata · windows-11-pool/ }).click();
  await expect(bench.layer).toHaveCount(2);
  await bench.idle();
  await bench.tab('Plan');
  await expect(bench.rule('Program Files\\Contoso')).toContainText('you');
  await expect(drivers).not.toBeChecked();
});

test('leave to read is refused: the page asks for the files again and stays', async ({ page }) => {
  const { os } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([os]);
  await page.addInitScript(() => {
    Object.assign(FileSystemHandle.prototype, {
      queryPermission: async () => 'prompt',
      requestPermission: async () => 'denied',
    });
  });
  await bench.reload();
  await page.getByRole('button', { name: /^windows-11-pool/ }).click();
  await expect(bench.toasts).toContainText('may not be read again');
  await expect(page.getByRole('button', { name: /Try the sample/ })).toBeVisible();
});

test('a workspace can be forgotten', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([samplePair().os]);
  await bench.reload();
  await page.getByRole('button', { name: /Forget this workspace/ }).click();
  await expect(page.getByRole('button', { name: /^windows-11-pool/ })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('button', { name: /Try the sample/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /^windows-11-pool/ })).toHaveCount(0);
});

test('no storage of the browser holds an image or a part of one', async ({ page }) => {
  const { os, user } = samplePair();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop([os, user]);
  await bench.go('C:\\Program Files\\Contoso\\Viewer\\render.dll');
  await bench.look('Hex');
  await page.evaluate(() => navigator.serviceWorker.ready);
  const handles = async () => (await stored(page)).filter(({ kind }) => kind === 'handle').length;
  await expect.poll(handles).toBe(2);
  const all = await stored(page);
  expect(all.filter(({ kind }) => !['handle', 'text', 'app'].includes(kind))).toEqual([]);
  for (const { what, kind, bytes } of all) if (kind === 'text') expect(bytes, what).toBeLessThan(2000);
  // the app's own files: none has the size or the name of what was dropped
  const app = all.filter(({ kind }) => kind === 'app');
  expect(app.length).toBeGreaterThan(5);
  for (const { what, bytes } of app) {
    expect(what).toMatch(/\/(assets|icons|sample)\/|\/(manifest\.webmanifest|(merge-plan|rules)\.schema\.json)?$/);
    expect([statSync(os).size, statSync(user).size]).not.toContain(bytes);
  }
});
