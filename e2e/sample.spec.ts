/** Somebody tries the sample: the first look shows every state a merged disk and registry can have. */
import { expect, test } from '@playwright/test';
import { Workbench, watchFaults } from './workbench.ts';

const VIEWER = 'C:\\Program Files\\Contoso\\Viewer';

/** Path, what its State column says, what its core says. */
const STATES: readonly [path: string, state: string, core: RegExp][] = [
  [`${VIEWER}\\plugins\\svg.dll`, 'Added', /wins/],
  [`${VIEWER}\\render.dll`, 'Overrides', /: wins, .*: hidden copy/],
  ['C:\\Users\\ann\\Documents\\Welcome.txt', 'Same', /: wins, .*: hidden copy/],
  ['C:\\Windows\\explorer.exe', 'Unchanged', /wins/],
  [`${VIEWER}\\plugins\\legacy.dll`, 'Hidden', /: deletion mark, .*: hidden copy/],
  [`${VIEWER}\\locale\\fr-FR`, 'Hidden', /deletion mark/],
  ['C:\\ProgramData\\Contoso\\Templates', 'Opaque', /./],
  ['C:\\ProgramData\\Contoso\\Templates\\letter.cvt', 'Hidden', /./],
  ['C:\\ProgramData\\Contoso\\logs', 'Conflict', /wins/],
  ['C:\\Windows\\System32\\drivers\\vpnfilter.sys', 'Excluded', /excluded/],
];

test('the sample opens by a click and shows every state of a file', async ({ page }) => {
  const faults = watchFaults(page);
  const bench = new Workbench(page);
  await bench.openSample();
  await expect(bench.layer.first()).toContainText('ann-userdata');
  await expect(bench.layer.last()).toContainText('windows-11-pool');
  for (const [path, state, core] of STATES) {
    await bench.go(path);
    const row = bench.row(bench.files, path.slice(path.lastIndexOf('\\') + 1));
    await expect(row, path).toHaveAttribute('aria-selected', 'true');
    await expect(row.getByRole('gridcell').last(), path).toHaveText(state);
    await expect(row.getByRole('img'), path).toHaveAccessibleName(core);
  }
  await page.screenshot({ path: test.info().outputPath('sample.png') });
  expect(faults).toEqual([]);
});

test('the sample opens by its address, and a chip shows and hides the rows of a state', async ({ page }) => {
  const bench = new Workbench(page);
  await bench.visit('?sample');
  await expect(bench.layer).toHaveCount(2);
  await bench.idle();
  await bench.go(`${VIEWER}\\plugins`);
  const hidden = page.getByRole('toolbar', { name: 'Filters' }).getByRole('button', { name: /^Hidden/ });
  const legacy = bench.row(bench.files, 'legacy.dll');
  await bench.go(`${VIEWER}\\plugins\\legacy.dll`);
  await expect(legacy).toBeVisible();
  await hidden.click();
  await expect(legacy).toHaveCount(0);
  await hidden.click();
  await expect(legacy).toBeVisible();
  await page
    .getByRole('toolbar', { name: 'Filters' })
    .getByRole('button', { name: /^Conflicts/ })
    .click();
  await expect(bench.row(bench.files, 'logs')).toBeVisible();
  await expect(legacy).toHaveCount(0);
});

test('the registry is merged: a changed value, a deleted value, a tombstone key, an added Run entry', async ({
  page,
}) => {
  const bench = new Workbench(page);
  await bench.openSample();
  await bench.go('HKLM\\SOFTWARE\\Contoso\\Viewer');
  const cells = (name: string) => bench.row(bench.values, name).getByRole('gridcell');
  await expect(cells('RenderThreads').nth(3)).toHaveText('0x00000002 (2)');
  await expect(cells('RenderThreads').last()).toHaveText('Overrides');
  await expect(cells('Version').last()).toHaveText('Unchanged');
  await expect(cells('HardwareDecoding').last()).toHaveText('Deleted');
  const telemetry = bench.row(bench.keys, 'Telemetry');
  await bench.go('HKLM\\SOFTWARE\\Contoso\\Viewer\\Telemetry');
  await expect(telemetry).toHaveAttribute('aria-selected', 'true');
  await expect(telemetry.getByRole('img')).toHaveAccessibleName(/deletion mark/);
  await bench.go('HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run');
  await expect(cells('ContosoUpdater').last()).toHaveText('Added');
  await expect(cells('SecurityHealth').last()).toHaveText('Unchanged');
  // below a key that replaces the one below it, only its own values count
  await bench.go('HKLM\\SOFTWARE\\Contoso\\Viewer\\Codecs');
  await expect(cells('Order').nth(3)).toHaveText('h264');
  // the current control set is a link that leads to the numbered one
  await bench.go('HKLM\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName');
  await expect(cells('ComputerName').nth(3)).toHaveText('W11-POOL');
});
