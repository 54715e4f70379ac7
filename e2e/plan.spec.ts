/** Somebody exports the plan, gets the same bytes on every way to it, opens it again and trusts the check. */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { expect, type Page, test } from '@playwright/test';
import Ajv2020 from 'ajv/dist/2020.js';
import { windowsUpcase } from '../src/index/upcase.ts';
import { buildNtfs } from '../src/testing/ntfs-builder.ts';
import { userTree } from '../src/testing/sample/user.ts';
import { put, type SamplePair, samplePair, scratch } from './files.ts';
import { Workbench } from './workbench.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Exported {
  readonly name: string;
  readonly bytes: Buffer;
  readonly file: string;
}

async function exportPlan(page: Page, bench: Workbench): Promise<Exported> {
  await bench.tab('Plan');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export plan' }).click(),
  ]);
  const file = path.join(scratch(), download.suggestedFilename());
  await download.saveAs(file);
  await expect(bench.detail).toContainText('Replayed: the plan gives exactly the view shown here.');
  return { name: download.suggestedFilename(), bytes: readFileSync(file), file };
}

async function openPlan(page: Page, file: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByText('Open plan…').click();
  await (await chooser).setFiles(file);
}

/** An entry of a ZIP, found by its local header; entries of a plan are small and either stored or deflated. */
function unzip(zip: Buffer, wanted: string): Buffer {
  for (let at = zip.indexOf('PK\x01\x02'); at >= 0 && zip.readUInt32LE(at) === 0x02014b50; ) {
    const [nameLength, extra, comment] = [
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
    ];
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === wanted) {
      const local = zip.readUInt32LE(at + 42);
      const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const data = zip.subarray(from, from + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 0 ? data : inflateRawSync(data);
    }
    at += 46 + nameLength + extra + comment;
  }
  throw new Error(`no ${wanted} in the archive`);
}

async function open(page: Page, paths: readonly string[]): Promise<Workbench> {
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drop(paths);
  return bench;
}

test('the export is the same after a reload, in the other drop order, and from the command line in another time zone', async ({
  page,
}) => {
  const { os, user } = samplePair();
  const first = await exportPlan(page, await open(page, [os, user]));
  await page.reload();
  const second = await exportPlan(page, await open(page, [user, os]));
  expect(second.name).toBe(first.name);
  expect(second.bytes.equals(first.bytes)).toBe(true);
  const made = path.join(scratch(), 'cli.plan');
  const cli = ['dist/cli/stratascope.mjs', 'plan', 'build', '--os', os, '--user', user, '-o', made];
  execFileSync(process.execPath, cli, { cwd: root, env: { ...process.env, TZ: 'Pacific/Chatham' } });
  expect(readFileSync(made).equals(first.bytes)).toBe(true);
});

test('the manifest is valid against the published schema and names the layers', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.openSample();
  const { bytes, name } = await exportPlan(page, bench);
  const manifest: { integrity: { planId: string }; layers: { role: string }[] } = JSON.parse(
    unzip(bytes, 'plan.json').toString('utf8'),
  );
  const schema = await (await page.request.get('./merge-plan.schema.json')).json();
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema);
  validate(manifest);
  expect(validate.errors).toBeNull();
  expect(name).toBe(`${manifest.integrity.planId.slice(0, 12)}.plan`);
  expect(manifest.layers.map((layer) => layer.role).sort()).toEqual(['os', 'user']);
});

test('opened again over the same layers it is exact and proven', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.openSample();
  const { file, name } = await exportPlan(page, bench);
  await openPlan(page, file);
  await expect(bench.detail.getByRole('heading', { name: `Check of ${name}` })).toBeVisible();
  await expect(bench.detail).toContainText('Replayed over the open layers, the plan gives the view it promises.');
  await expect(bench.detail.getByText('exact', { exact: true })).toHaveCount(2);
});

test('against the view here: the same at first, then the rule and the entries that differ, and the same again', async ({
  page,
}) => {
  const bench = new Workbench(page);
  await bench.openSample();
  const { file } = await exportPlan(page, bench);
  await openPlan(page, file);
  const against = bench.detail.getByRole('region', { name: 'Against the view here' });
  await expect(against).toContainText(/The plan gives just what is shown here: [\d,]+ entries\./);
  await expect(against.getByRole('listitem')).toHaveCount(0);

  await bench.addRule('Files', 'Users\\ann', 'keep lower');
  await expect(against).toContainText('Layers or rules have changed since.');
  await against.getByRole('button', { name: 'Compare again' }).click();
  await expect(against).toContainText(/The plan gives another view: [\d,]+ of [\d,]+ entries differ\./);
  const rules = against.getByRole('list', { name: 'Rules that differ' }).getByRole('listitem');
  await expect(rules).toHaveCount(1);
  await expect(rules).toContainText('only here');
  const entries = against.getByRole('list', { name: 'Entries that differ' }).getByRole('listitem');
  await expect(entries.first()).toContainText('Users\\ann');
  await expect(entries.first()).toContainText('By the plan');
  await page.screenshot({ path: test.info().outputPath('against.png') });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: test.info().outputPath('against-dark.png') });

  await page
    .getByRole('grid', { name: 'Rules' })
    .getByRole('checkbox', { name: /Users\\ann/ })
    .first()
    .uncheck();
  await against.getByRole('button', { name: 'Compare again' }).click();
  await expect(against).toContainText('The plan gives just what is shown here');
  await expect(rules).toHaveCount(0);
});

test('a plan that is dropped opens in the plan tab', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.openSample();
  const { file, name } = await exportPlan(page, bench);
  await bench.tab('Files');
  await bench.drag([file]);
  await expect(bench.detail.getByRole('heading', { name: `Check of ${name}` })).toBeVisible();
});

test('over another user disk it says which layer differs, and is not proven', async ({ page }) => {
  const pair: SamplePair = samplePair();
  const bench = await open(page, [pair.os, pair.user]);
  const { file } = await exportPlan(page, bench);
  const volume = buildNtfs({
    root: [...userTree(), { name: 'more.txt', data: Buffer.from('more') }],
    label: 'USERDATA',
    upcase: windowsUpcase(),
    serial: 0x0123_4567_89ab_cdefn,
  });
  const other = put(scratch(), 'other-userdata.img', volume);
  await page.reload();
  await open(page, [pair.os, other]);
  await bench.tab('Plan');
  await openPlan(page, file);
  const matches = bench.detail.getByRole('listitem');
  await expect(matches.filter({ hasText: 'different' })).toHaveCount(1);
  await expect(matches.filter({ hasText: 'different' })).toContainText('differs in');
  await expect(matches.filter({ hasText: 'exact' })).toHaveCount(1);
  await expect(bench.detail).toContainText('The plan could not be replayed to the view it promises.');
});

test('without its layers it is shown, and the layers are said to be missing', async ({ page }) => {
  const { os, user } = samplePair();
  const { file } = await exportPlan(page, await open(page, [os, user]));
  await page.reload();
  const bench = new Workbench(page);
  await bench.visit();
  await bench.drag([file]);
  await expect(bench.detail.getByText('not open here')).toHaveCount(2);
});

test('a damaged plan is refused with the reason, the workspace stays', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.openSample();
  const { bytes } = await exportPlan(page, bench);
  const cut = put(scratch(), 'cut.plan', bytes.subarray(0, bytes.length / 2));
  const forged = Buffer.from(bytes);
  const at = forged.indexOf('PK\x03\x04', 40) - 40;
  forged[at] = forged[at]! ^ 1;
  const error = page.locator('.plan-error');
  await openPlan(page, cut);
  await expect(error).toContainText(/end record of a ZIP archive.*merge plan, offset 0x/);
  await openPlan(page, put(scratch(), 'forged.plan', forged));
  await expect(error).toContainText(/checksum does not fit.*planId/);
  await expect(bench.detail.getByRole('heading', { name: /^Check of/ })).toHaveCount(0);
  await bench.tab('Files');
  await expect(bench.row(bench.files, 'Windows')).toBeVisible();
});

test('changing a rule after an export says that the export is stale', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.openSample();
  await exportPlan(page, bench);
  await page
    .getByRole('checkbox', { name: /^Rule for/ })
    .first()
    .uncheck();
  await expect(bench.detail).toContainText('The layers or rules have changed since this export.');
});

test('files are only read: the images are the same bytes afterwards', async ({ page }) => {
  const { os, user, dir } = samplePair();
  const [copyOs, copyUser] = [path.join(dir, 'a'), path.join(dir, 'b')];
  cpSync(os, copyOs);
  cpSync(user, copyUser);
  await exportPlan(page, await open(page, [os, user]));
  expect(readFileSync(os).equals(readFileSync(copyOs))).toBe(true);
  expect(readFileSync(user).equals(readFileSync(copyUser))).toBe(true);
});
