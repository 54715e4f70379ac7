/** Somebody asks why this copy wins, looks into its bytes and takes its path and hash along. */
import { createHash } from 'node:crypto';
import { expect, test } from '@playwright/test';
import { osTree } from '../src/testing/sample/os.ts';
import { userTree } from '../src/testing/sample/user.ts';
import type { TreeEntry } from '../src/testing/tree.ts';
import { Workbench } from './workbench.ts';

const RENDER = 'Program Files\\Contoso\\Viewer\\render.dll';

/** Bytes of a file of the sample as its builder was told. */
function bytesOf(tree: readonly TreeEntry[], path: string): Uint8Array {
  let entry: TreeEntry | undefined;
  let level: readonly TreeEntry[] | undefined = tree;
  for (const name of path.split('\\')) {
    entry = level?.find((e) => e.name === name);
    level = entry?.dir;
  }
  return entry!.data!;
}

/** The user layer keeps its copies below a folder of its store. */
const userFiles = () => userTree().find((entry) => entry.name === 'files')!.dir!;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

let bench: Workbench;
test.beforeEach(async ({ page }) => {
  bench = new Workbench(page);
  await bench.openSample();
});

test('an overridden DLL: its versions, what differs, the step that decides', async () => {
  await bench.go(`C:\\${RENDER}`);
  await expect(bench.subject).toHaveText('render.dll');
  await expect(bench.decides).toContainText('Default: merge, top copy wins');
  await expect(bench.versions).toHaveCount(2);
  await expect(bench.versions.first().getByTitle('ann-userdata', { exact: true })).toBeVisible();
  await bench.look('Compare');
  const fact = (name: string) =>
    bench.detail.getByRole('row').filter({ has: bench.page.getByRole('rowheader', { name, exact: true }) });
  await expect(fact('File version')).toContainText(/1\.8\.2\.7\s*≠\s*2\.1\.0\.\d+/);
  await expect(fact('Company')).not.toContainText('≠');
  await expect(fact('Size')).toContainText('131,000');
});

test('both copies have the hash that their builder says', async ({ page }) => {
  await bench.go(`C:\\${RENDER}`);
  await bench.look('Compare');
  for (const tree of [userFiles(), osTree()]) {
    await bench.detail.getByRole('button', { name: 'Calculate' }).first().click();
    await expect(bench.detail.getByText(sha256(bytesOf(tree, RENDER)))).toBeVisible();
  }
  await expect(page.getByRole('button', { name: 'Calculate' })).toHaveCount(0);
});

test('a driver is left out by a rule; switching the rule off lets it in, and on again', async ({ page }) => {
  const path = 'C:\\Windows\\System32\\drivers\\vpnfilter.sys';
  await bench.go(path);
  await expect(bench.decides).toContainText('Rules, most specific first');
  await expect(bench.decides).toContainText('drivers');
  const pattern = (await bench.decides.locator('.mono').textContent())!;
  await bench.tab('Plan');
  const rule = page.getByRole('checkbox', { name: `Rule for ${pattern} is in force` });
  await expect(rule).toBeChecked();
  await rule.uncheck();
  await bench.tab('Files');
  await bench.go(path);
  await expect(bench.row(bench.files, 'vpnfilter.sys').getByRole('gridcell').last()).toHaveText('Added');
  await expect(bench.decides).toContainText('Default: merge, top copy wins');
  await bench.tab('Plan');
  await rule.check();
  await bench.tab('Files');
  await expect(bench.row(bench.files, 'vpnfilter.sys').getByRole('gridcell').last()).toHaveText('Excluded');
});

test('a file that a deletion mark hides names the mark and the copy under it', async () => {
  await bench.go('C:\\Program Files\\Contoso\\Viewer\\plugins\\legacy.dll');
  await expect(bench.versions.first()).toContainText('deletion mark');
  await expect(bench.versions.last()).toContainText('closed off by a mark above');
  await expect(bench.decides).toHaveCount(1);
});

test('the text and the hex preview show the bytes of the chosen copy', async () => {
  await bench.go('C:\\Program Files\\Contoso\\Viewer\\viewer.ini');
  await bench.look('Text');
  await expect(bench.detail.getByText('threads=2')).toBeVisible();
  await bench.detail.getByTitle('Look at the copy in windows-11-pool').click();
  await expect(bench.detail.getByText('threads=8')).toBeVisible();
  await bench.look('Hex');
  const dump = async () => (await bench.detail.locator('.hex [data-at]').allTextContents()).slice(0, 8).join('');
  await expect.poll(dump).toBe('5B72656E6465725D');
});

test('a page of hex deep in a file is the page that was asked for', async () => {
  await bench.go(`C:\\${RENDER}`);
  await bench.look('Hex');
  await bench.detail.getByRole('textbox', { name: 'Go to offset' }).fill('0x1f000');
  await bench.detail.getByRole('textbox', { name: 'Go to offset' }).press('Enter');
  const at = 0x1f000;
  const want = Buffer.from(bytesOf(userFiles(), RENDER).subarray(at, at + 8))
    .toString('hex')
    .toUpperCase();
  const dump = async () => (await bench.detail.locator('.hex .bytes').first().textContent())!.slice(0, 16);
  await expect.poll(dump).toBe(want);
});

test('the path is copied in the spelling that is wanted', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await bench.go('HKLM\\SOFTWARE\\Contoso\\Viewer');
  await bench.detail.getByRole('button', { name: 'Copy path as' }).click();
  await page.getByRole('menuitem', { name: 'HKLM:\\SOFTWARE\\Contoso\\Viewer', exact: true }).click();
  await expect(bench.toasts).toContainText('HKLM:\\SOFTWARE\\Contoso\\Viewer');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('HKLM:\\SOFTWARE\\Contoso\\Viewer');
});

test('where the bytes lie: the offsets lead to them in the dropped file', async () => {
  await bench.go('C:\\Users\\ann\\Pictures\\lake.jpg');
  await bench.look('Where');
  await expect(bench.detail.getByRole('row').first()).toContainText(/ann-userdata\.vhdx 0x[0-9a-f]+/i);
});
