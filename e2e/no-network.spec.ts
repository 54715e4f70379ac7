/**
 * Nothing leaves the tab. Ordinary work asks nobody but the page's own origin, and what tries to reach another one, from the
 * page, from a worker started as the app starts its own, or from the service worker, is refused and never arrives.
 */
import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { corpus } from '../src/testing/corpus.ts';
import { type Host, plainHost, type Stranger, stranger } from './hosts.ts';
import { Workbench } from './workbench.ts';

/** Every request of the context, workers and service worker included, that goes to another origin. */
function watchStrangers(context: BrowserContext, origin: string): string[] {
  const left: string[] = [];
  context.on('request', (request) => {
    const url = request.url();
    if (!/^(blob|data):/.test(url) && new URL(url).origin !== origin) left.push(url);
  });
  return left;
}

async function offlineReady(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active?.state === 'activated') return;
    await new Promise((resolve) => active!.addEventListener('statechange', resolve, { once: true }));
  });
}

/** Tries every way out of a page. @returns the ways that seemed to work */
function tryFromPage(page: Page, origin: string): Promise<string[]> {
  return page.evaluate(async (other) => {
    const worked: string[] = [];
    const events = (target: EventTarget, good: string) =>
      new Promise<boolean>((resolve) => {
        target.addEventListener(good, () => resolve(true));
        target.addEventListener('error', () => resolve(false));
      });
    const note = (way: string, done: boolean) => done && worked.push(way);
    note(
      'fetch',
      await fetch(`${other}/fetch`, { mode: 'no-cors' }).then(
        () => true,
        () => false,
      ),
    );
    const image = new Image();
    image.src = `${other}/image`;
    note('image', await events(image, 'load'));
    const script = document.createElement('script');
    script.src = `${other}/script`;
    document.head.append(script);
    note('script', await events(script, 'load'));
    const style = document.createElement('link');
    style.rel = 'stylesheet';
    style.href = `${other}/style`;
    document.head.append(style);
    note('style', await events(style, 'load'));
    note(
      'import',
      await import(/* @vite-ignore */ `${other}/import`).then(
        () => true,
        () => false,
      ),
    );
    try {
      note('socket', await events(new WebSocket(other.replace('http', 'ws')), 'open'));
    } catch {
      // refused on the spot
    }
    try {
      note('events', await events(new EventSource(`${other}/events`), 'open'));
    } catch {
      // refused on the spot
    }
    // a beacon is queued and dropped: only the stranger's count can tell
    navigator.sendBeacon(`${other}/beacon`, 'x');
    return worked;
  }, origin);
}

/** Tries to get out by going there: a frame and a form. Waits until the policy has refused both. */
async function tryToNavigate(page: Page, origin: string): Promise<void> {
  await page.evaluate(async (other) => {
    const refused = new Promise((resolve) => addEventListener('securitypolicyviolation', resolve, { once: true }));
    const frame = document.createElement('iframe');
    frame.src = `${other}/frame`;
    document.body.append(frame);
    await refused;
    const form = document.createElement('form');
    form.method = 'post';
    form.action = `${other}/form`;
    document.body.append(form);
    const stopped = new Promise((resolve) => addEventListener('securitypolicyviolation', resolve, { once: true }));
    form.submit();
    await stopped;
  }, origin);
}

/** The same from the app's own workers: what they run is bound by the same policy. */
async function tryFromWorkers(page: Page, origin: string): Promise<string[]> {
  const worked: string[] = [];
  const workers = page.workers();
  expect(workers.length, 'the workspace, the prober and an image worker a layer').toBeGreaterThanOrEqual(3);
  for (const worker of workers)
    worked.push(
      ...(await worker.evaluate(async (other) => {
        const done: string[] = [];
        await fetch(`${other}/worker-fetch`, { mode: 'no-cors' }).then(
          () => done.push('fetch'),
          () => {},
        );
        await import(/* @vite-ignore */ `${other}/worker-import`).then(
          () => done.push('import'),
          () => {},
        );
        try {
          const socket = new WebSocket(other.replace('http', 'ws'));
          const open = await new Promise((resolve) => {
            socket.addEventListener('open', () => resolve(true));
            socket.addEventListener('error', () => resolve(false));
          });
          if (open === true) done.push('socket');
        } catch {
          // refused on the spot
        }
        return done;
      }, origin)),
    );
  return worked;
}

async function tryFromServiceWorker(context: BrowserContext, origin: string): Promise<string[]> {
  const [worker] = context.serviceWorkers();
  return worker!.evaluate(async (other) => {
    const done: string[] = [];
    await fetch(`${other}/service-fetch`, { mode: 'no-cors' }).then(
      () => done.push('fetch'),
      () => {},
    );
    return done;
  }, origin);
}

for (const kind of ['a host that sends headers', 'a plain static host'] as const)
  test.describe(kind, () => {
    let host: Host | null = null;
    let other: Stranger;
    let home = 'http://localhost:4174/';
    test.beforeAll(async () => {
      other = await stranger();
      if (kind === 'a host that sends headers') return;
      host = await plainHost();
      home = `${host.origin}/strata/`;
    });
    test.afterAll(async () => {
      await Promise.all([other.close(), host?.close()]);
    });

    test('opening, browsing and exporting ask nobody else', async ({ page, context }) => {
      const left = watchStrangers(context, new URL(home).origin);
      const bench = new Workbench(page);
      await page.goto(home);
      await page.getByRole('button', { name: /Try the sample/ }).click();
      await expect(bench.layer).toHaveCount(2);
      await bench.idle();
      await bench.go('C:\\Program Files\\Contoso\\Viewer\\render.dll');
      for (const tab of ['Text', 'Hex', 'Security', 'Streams', 'Where', 'Compare']) await bench.look(tab);
      await bench.detail.getByRole('button', { name: 'Calculate' }).first().click();
      await bench.go('HKLM\\SOFTWARE\\Contoso\\Viewer');
      await bench.tab('Plan');
      await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export plan' }).click()]);
      const wim = corpus('slorelee+wimbuilder2/test/boot.efbe10b.wim');
      if (wim !== null) await bench.drop([wim]);
      await expect(page.getByText(/Nothing has left this tab · 0 requests/)).toBeVisible();
      expect(left).toEqual([]);
    });

    /** Opens the sample, so that all workers run, and tries to get out. */
    async function tryAll(page: Page): Promise<void> {
      const bench = new Workbench(page);
      await page.goto(`${home}?sample`);
      await expect(bench.layer).toHaveCount(2);
      await bench.idle();
      const seen = other.connections();
      expect(await tryFromWorkers(page, other.origin)).toEqual([]);
      expect(await tryFromPage(page, other.origin)).toEqual([]);
      expect(other.connections()).toBe(seen);
      // Chromium opens a socket ahead of a navigation before it asks the policy; nothing is ever said on it
      await tryToNavigate(page, other.origin);
    }

    async function expectNobodyCalled(): Promise<void> {
      expect(other.hits).toEqual([]);
      // the stranger is there and counts: otherwise the zero above would say nothing
      await fetch(`${other.origin}/proof`);
      expect(other.hits).toContain('GET /proof');
      other.hits.length = 0;
    }

    test('what tries to leave is refused under the service worker, and in it', async ({ page, context }) => {
      await page.goto(home);
      await offlineReady(page);
      await tryAll(page);
      expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
      expect(await tryFromServiceWorker(context, other.origin)).toEqual([]);
      await expectNobodyCalled();
    });

    test.describe('without a service worker, as at the first visit', () => {
      test.use({ serviceWorkers: 'block' });
      test('what tries to leave is refused', async ({ page }) => {
        await tryAll(page);
        await expectNobodyCalled();
      });
    });
  });
