/** Somebody asks what was written between two points of a chain of disks: which bytes, which files. */
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { changedUnits, vhdxChain } from '../src/testing/disk-chain.ts';
import { volumeStates } from '../src/testing/volume-chain.ts';
import { put, scratch } from './files.ts';
import { Workbench, watchFaults } from './workbench.ts';

for (const theme of ['light', 'dark'])
  test(`two points of a chain, by blocks and by files: ${theme}`, async ({ page }) => {
    await page.addInitScript(
      (colours) => localStorage.setItem('stratascope.settings', JSON.stringify({ language: 'en', theme: colours })),
      theme,
    );
    const faults = watchFaults(page);
    const bench = new Workbench(page);
    const dir = scratch();
    const states = volumeStates();
    await bench.visit();
    await bench.drop(vhdxChain(states).map(({ name, bytes }) => put(dir, name, bytes)));
    await page.getByRole('button', { name: '3 files' }).click();
    const chain = page.getByRole('dialog', { name: 'Files of disk2' });
    await chain.getByText('disk0.vhdx').first().hover();
    await page.screenshot({ path: test.info().outputPath('chain.png') });
    await chain.getByRole('button', { name: 'Compare disk0.vhdx with disk2.vhdx' }).click();
    await expect(chain).toHaveCount(0);
    await expect(page.getByRole('tab', { name: 'Compare' })).toBeFocused();

    if (theme === 'dark') await page.setViewportSize({ width: 1024, height: 768 });
    const grid = page.getByRole('grid', { name: 'Blocks' });
    const expected = changedUnits(states[0]!, states[2]!, 512);
    await expect(grid).toHaveAttribute('aria-rowcount', String(expected.length + 1));
    const hex = (value: number) => `0x${value.toString(16).toUpperCase().padStart(12, '0')}`;
    const { offset, bytes } = expected[0]!;
    await expect(grid.getByRole('row').nth(1)).toContainText(hex(offset));
    await expect(grid.getByRole('row').nth(1)).toContainText(hex(offset + bytes.length - 1));
    await expect(page.getByRole('status').filter({ hasText: 'had to be read' })).toContainText(
      `${expected.length} ranges`,
    );
    await page.screenshot({ path: test.info().outputPath('blocks.png') });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

    // another point: nearer, so less differs
    await page.getByLabel('Before').selectOption({ label: 'disk1.vhdx' });
    const nearer = changedUnits(states[1]!, states[2]!, 512);
    await expect(grid).toHaveAttribute('aria-rowcount', String(nearer.length + 1));

    await page.getByRole('button', { name: 'Files', exact: true }).click();
    const files = page.getByRole('grid', { name: 'Differences' });
    await expect(files.getByRole('row').filter({ hasText: '2.txt' }).getByRole('gridcell').first()).toHaveText('Added');
    await page.screenshot({ path: test.info().outputPath('files.png') });
    expect(faults).toEqual([]);
  });
