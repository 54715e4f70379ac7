/** The ten pains as stories: layers that hurt are dropped, the finding says so, one click makes the rule, the plan has it. */
import { expect, test } from '@playwright/test';
import { PAINS, type PainFixture, RULE_THAT_MISSES } from '../src/testing/pains/pains.ts';
import { put, scratch } from './files.ts';
import { Workbench } from './workbench.ts';

const TITLES: Readonly<Record<string, string>> = {
  staleUpperBinary: 'An old copy hides a newer file',
  serviceImageMissing: 'Service without its program',
  splitGroup: 'Files that belong together come from different layers',
  profileDuplicate: 'Sign-in would make a second profile',
  licenseState: 'Licence state of another machine',
  driverInUpper: 'Driver file in an upper layer',
  storeAppSkew: 'Store app registered in another version',
  controlSetMismatch: 'Control sets of different numbers',
  whiteoutOfSystemFile: 'A file of Windows is deleted',
  hardLinkBroken: 'Hard link broken by an upper copy',
};

async function openLayers(bench: Workbench, { hurts }: PainFixture): Promise<void> {
  const { os, user } = hurts();
  const dir = scratch();
  await bench.visit();
  await bench.drop([put(dir, 'windows os.wim', os), put(dir, 'ann user data.wim', user)]);
}

for (const fixture of PAINS)
  test(`pain ${fixture.pain}: ${TITLES[fixture.code]!.toLowerCase()}`, async ({ page }) => {
    const bench = new Workbench(page);
    await openLayers(bench, fixture);
    if (fixture.pain === 8) {
      await bench.tab('Plan');
      await bench.addRule('Registry', RULE_THAT_MISSES, 'exclude');
    }
    await bench.tab('Findings');
    const line = bench.finding(TITLES[fixture.code]!);
    await expect(line).toBeVisible();
    await line.click();
    await expect(bench.subject).toHaveText(TITLES[fixture.code]!);
    await expect(bench.detail.getByRole('heading', { name: 'Evidence' })).toBeVisible();
    await bench.detail.getByRole('button', { name: 'Add to plan' }).click();
    await expect(bench.toasts).toContainText('Rule added');
    // what a rule leaves out may still be told, as a note
    await expect(page.locator('.finding-item').filter({ hasText: fixture.note })).toHaveCount(0);
    await bench.tab('Plan');
    await expect(bench.rule(fixture.rule!)).toContainText('you');
    await page.getByRole('button', { name: 'Export plan' }).click();
    await expect(bench.detail).toContainText('Replayed: the plan gives exactly the view shown here.');
  });
