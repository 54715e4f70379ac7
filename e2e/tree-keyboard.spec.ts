/** Somebody who never touches the mouse. */
import { expect, type Locator, test } from '@playwright/test';
import { Workbench } from './workbench.ts';

const active = (grid: Locator) => grid.locator('.cursor');

test.describe('the tree', () => {
  let bench: Workbench;
  test.beforeEach(async ({ page }) => {
    bench = new Workbench(page);
    await bench.openSample();
    await bench.files.focus();
  });

  /** Name in the row under the cursor, which is also what assistive technology is told. */
  async function at(grid: Locator, name: string): Promise<void> {
    const row = active(grid);
    await expect(row.getByRole('gridcell').nth(1)).toHaveText(name);
    await expect(grid).toHaveAttribute('aria-activedescendant', (await row.getAttribute('id'))!);
  }

  test('arrows, Home, End and pages move; Right opens and goes in, Left closes and goes out', async ({ page }) => {
    const press = (key: string) => page.keyboard.press(key);
    await press('Home');
    const first = await active(bench.files).getByRole('gridcell').nth(1).textContent();
    await press('ArrowDown');
    await expect(active(bench.files).getByRole('gridcell').nth(1)).not.toHaveText(first!);
    await press('ArrowUp');
    await at(bench.files, first!);
    await bench.go('C:\\Program Files');
    await at(bench.files, 'Program Files');
    const row = bench.row(bench.files, 'Program Files');
    await expect(row).toHaveAttribute('aria-expanded', 'false');
    await press('ArrowRight');
    await expect(row).toHaveAttribute('aria-expanded', 'true');
    await press('ArrowRight');
    await at(bench.files, 'Common Files');
    await press('ArrowDown');
    await at(bench.files, 'Contoso');
    await press('ArrowLeft');
    await at(bench.files, 'Program Files');
    await press('ArrowLeft');
    await expect(row).toHaveAttribute('aria-expanded', 'false');
    await press('*');
    await expect(bench.row(bench.files, 'legacy.dll')).toBeVisible();
    await press('End');
    await at(bench.files, 'pagefile.sys');
    await press('PageUp');
    await expect(active(bench.files).getByRole('gridcell').nth(1)).not.toHaveText('pagefile.sys');
    await press('PageDown');
    await at(bench.files, 'pagefile.sys');
    await press('Home');
    await at(bench.files, first!);
  });

  test('Enter opens a folder and goes from a file to its detail; Backspace and Alt+Up lead up', async ({ page }) => {
    const press = (key: string) => page.keyboard.press(key);
    await bench.go('C:\\Windows');
    await press('Enter');
    await expect(bench.row(bench.files, 'Windows')).toHaveAttribute('aria-expanded', 'true');
    await bench.go('C:\\Windows\\System32\\kernel32.dll');
    await press('Enter');
    await expect(bench.detail).toBeFocused();
    await bench.files.focus();
    await press('Backspace');
    await at(bench.files, 'System32');
    await press('Alt+ArrowUp');
    await at(bench.files, 'Windows');
  });

  test('typing jumps to a name, and again to the next', async ({ page }) => {
    await bench.type('Windows');
    await at(bench.files, 'Windows');
    await bench.go('C:\\Windows\\System32');
    await page.keyboard.press('ArrowRight');
    await expect(bench.row(bench.files, 'kernel32.dll')).toBeVisible();
    await bench.type('spool');
    await at(bench.files, 'spoolsv.exe');
  });

  test('back and forward go through the places that were asked for', async ({ page }) => {
    await bench.go('C:\\Windows\\explorer.exe');
    await bench.go('HKLM\\SOFTWARE\\Contoso');
    await page.keyboard.press('Alt+ArrowLeft');
    await at(bench.files, 'explorer.exe');
    await page.keyboard.press('Alt+ArrowRight');
    await at(bench.keys, 'Contoso');
  });

  test('Alt+D edits the address, every spelling leads to the place, a wrong one says so', async ({ page }) => {
    for (const [text, name] of [
      ['C:\\Windows\\explorer.exe', 'explorer.exe'],
      ['"%SystemRoot%\\System32\\kernel32.dll"', 'kernel32.dll'],
      ['\\\\?\\C:\\Windows\\notepad.exe', 'notepad.exe'],
      ['c:/program files/notes', 'Notes'],
    ] as const) {
      await bench.files.focus();
      await page.keyboard.press('Alt+d');
      await expect(bench.address).toBeFocused();
      await bench.address.fill(text);
      await page.keyboard.press('Enter');
      await at(bench.files, name);
      await expect(bench.files).toBeFocused();
    }
    await page.keyboard.press('Alt+d');
    await bench.address.fill('C:\\No\\Such');
    await page.keyboard.press('Enter');
    await expect(bench.toasts).toContainText('C:\\No\\Such');
    await page.keyboard.press('Escape');
    await expect(bench.files).toBeFocused();
    for (const text of [
      'HKLM\\SOFTWARE\\Contoso\\Viewer',
      'Computer\\HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Viewer',
      '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Viewer]',
      'HKLM:\\SOFTWARE\\Contoso\\Viewer',
      'Registry::HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso\\Viewer',
      '\\REGISTRY\\MACHINE\\SOFTWARE\\Contoso\\Viewer',
    ]) {
      await bench.tab('Files');
      await bench.go(text);
      await at(bench.keys, 'Viewer');
    }
  });

  test('/ and Ctrl+F filter, F3 goes on, Escape clears', async ({ page }) => {
    const find = page.getByRole('textbox', { name: 'Filter files by name' });
    await page.keyboard.press('/');
    await expect(find).toBeFocused();
    await page.keyboard.type('*.dll');
    await page.keyboard.press('Enter');
    await expect(bench.files).toBeFocused();
    await expect(bench.row(bench.files, 'render.dll')).toBeVisible();
    await expect(bench.row(bench.files, 'explorer.exe')).toHaveCount(0);
    await bench.idle();
    const before = await bench.files.getAttribute('aria-activedescendant');
    await page.keyboard.press('F3');
    await expect(bench.files).not.toHaveAttribute('aria-activedescendant', before!);
    await page.keyboard.press('Shift+F3');
    await expect(bench.files).toHaveAttribute('aria-activedescendant', before!);
    await page.keyboard.press('Control+f');
    await expect(find).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(find).toHaveValue('');
    await expect(bench.files).toBeFocused();
  });

  test('a, r, m and u switch states; Shift+arrows select; Ctrl+C copies the path', async ({ page, context }) => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const filter = (name: RegExp) => page.getByRole('toolbar', { name: 'Filters' }).getByRole('button', { name });
    for (const [key, name] of [
      ['a', /^Added/],
      ['r', /^Hidden/],
      ['m', /^Overrides/],
      ['u', /^Unchanged/],
    ] as const) {
      await expect(filter(name)).toHaveAttribute('aria-pressed', 'true');
      await bench.files.focus();
      await page.keyboard.press(key);
      await expect(filter(name)).toHaveAttribute('aria-pressed', 'false');
      await filter(name).click();
      await expect(filter(name)).toHaveAttribute('aria-pressed', 'true');
    }
    // the same letter as the first of a word switches nothing
    await bench.files.focus();
    await page.keyboard.press('Home');
    await bench.type('us');
    await expect(bench.detail.getByRole('heading', { name: 'Users' })).toBeVisible();
    await expect(filter(/^Unchanged/)).toHaveAttribute('aria-pressed', 'true');
    await bench.go('C:\\Windows\\explorer.exe');
    await page.keyboard.press('Control+c');
    await expect(bench.toasts).toContainText('C:\\Windows\\explorer.exe');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('C:\\Windows\\explorer.exe');
    await page.keyboard.press('Shift+ArrowDown');
    await expect(bench.files.getByRole('row', { selected: true })).toHaveCount(2);
    await expect(page.getByText('2 selected')).toBeVisible();
  });

  test('F6 goes round the panes, and the focus can be seen in each', async ({ page }) => {
    await bench.go('HKLM\\SOFTWARE\\Contoso\\Viewer');
    await expect(bench.keys).toBeFocused();
    const panes = [bench.values, bench.detail, bench.layer.first(), bench.keys];
    for (const pane of panes) {
      await page.keyboard.press('F6');
      await expect(pane).toBeFocused();
      const ring = await pane.evaluate((element) => {
        const inside = element.querySelector('.cursor') ?? element;
        return [element, inside].some((e) => {
          const style = getComputedStyle(e);
          return (style.outlineStyle !== 'none' && style.outlineWidth !== '0px') || style.boxShadow !== 'none';
        });
      });
      expect(ring, 'a ring or a marked row').toBe(true);
    }
    await page.keyboard.press('Shift+F6');
    await expect(bench.layer.first()).toBeFocused();
  });

  test('? shows the keys and Escape gives the focus back', async ({ page }) => {
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keys' });
    await expect(sheet).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(sheet).toHaveCount(0);
    await expect(bench.files).toBeFocused();
  });

  test('keys and values are walked as files are', async ({ page }) => {
    await bench.go('HKLM\\SOFTWARE\\Contoso\\Viewer');
    const press = (key: string) => page.keyboard.press(key);
    await press('ArrowRight');
    await press('ArrowRight');
    await at(bench.keys, 'Codecs');
    await press('End');
    await press('Home');
    await at(bench.keys, 'HKEY_CLASSES_ROOT');
    await bench.go('HKLM\\SOFTWARE\\Contoso\\Viewer');
    await press('F6');
    await bench.type('render');
    await expect(active(bench.values)).toContainText('RenderThreads');
    await expect(bench.subject).toHaveText('RenderThreads');
    await press('ArrowLeft');
    await expect(bench.keys).toBeFocused();
  });

  test('a layer is moved, left out and taken in again, and the view follows', async ({ page }) => {
    await bench.go('C:\\Program Files\\Contoso\\Viewer\\render.dll');
    const row = bench.row(bench.files, 'render.dll');
    await expect(row).toContainText('Overrides');
    const user = bench.layer.filter({ hasText: 'ann-userdata' });
    await user.focus();
    await page.keyboard.press('Alt+ArrowDown');
    await expect(bench.layer).toHaveText([/windows-11-pool/, /ann-userdata/]);
    await expect(user).toBeFocused();
    await page.keyboard.press('Alt+ArrowUp');
    await expect(bench.layer).toHaveText([/ann-userdata/, /windows-11-pool/]);
    await page.keyboard.press('Space');
    await expect(user).toContainText('Left out of the view');
    await expect(row).toContainText('Unchanged');
    await page.keyboard.press('Space');
    await expect(row).toContainText('Overrides');
    await page.keyboard.press('ArrowDown');
    await expect(bench.layer.last()).toBeFocused();
    await page.keyboard.press('Delete');
    await expect(bench.layer).toHaveCount(1);
  });
});
