/** The page as a person uses it: everything is found by role and name; waiting means waiting for the page to say it is done. */
import { expect, type Locator, type Page } from '@playwright/test';
import type { KeptRules } from '../src/store/kept-rules.ts';

export interface OpenOptions {
  /** Take what the dialog proposes; false leaves the dialog open. */
  readonly accept?: boolean;
}

/** What `src/store/persist.ts` keeps of a workspace, without the handles of its files: they do not travel out of the page. */
export interface Kept {
  readonly name: string;
  readonly layers: readonly { readonly name: string; readonly store?: string }[];
  readonly rules?: KeptRules;
}

export class Workbench {
  readonly page: Page;
  readonly files: Locator;
  readonly keys: Locator;
  readonly values: Locator;
  readonly layers: Locator;
  /** Layers from the top down. */
  readonly layer: Locator;
  readonly detail: Locator;
  readonly address: Locator;
  readonly opening: Locator;
  readonly toasts: Locator;
  readonly dropTarget: Locator;

  constructor(page: Page) {
    this.page = page;
    this.files = page.getByRole('treegrid', { name: 'Merged files' });
    this.keys = page.getByRole('treegrid', { name: 'Merged registry keys' });
    this.values = page.getByRole('grid', { name: 'Values of the selected key' });
    this.layers = page.getByRole('complementary', { name: 'Layers' });
    this.layer = this.layers.getByRole('list', { name: 'Layers' }).getByRole('listitem');
    this.detail = page.getByRole('region', { name: 'Details' });
    this.address = page.getByRole('textbox', { name: 'Address' });
    this.opening = page.getByRole('dialog');
    this.toasts = page.locator('.toasts');
    this.dropTarget = page.getByRole('main');
  }

  async visit(query = ''): Promise<void> {
    await this.page.goto(`./${query}`);
  }

  /** Opens the sample by its button and waits until all of it is read. */
  async openSample(): Promise<void> {
    await this.visit();
    await this.page.getByRole('button', { name: /Try the sample/ }).click();
    await expect(this.layer).toHaveCount(2);
    await this.idle();
  }

  /** Everything is read and merged, and every row in view has its content. */
  async idle(timeout = 60_000): Promise<void> {
    await expect(this.page.locator('.opening-strip')).toHaveCount(0, { timeout });
    await expect(
      this.page.locator('.layer:is([data-status=opening], [data-status=scanning]), .layer .work, #busy, .row.pending'),
    ).toHaveCount(0, { timeout });
  }

  /** A real drag from the file manager: the browser gets paths and makes files, entries and handles of them itself. */
  async drag(paths: readonly string[]): Promise<void> {
    const cdp = await this.page.context().newCDPSession(this.page);
    const box = (await this.dropTarget.boundingBox())!;
    const data = { items: [], files: [...paths], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await cdp.send('Input.dispatchDragEvent', { type, x: box.x + box.width / 2, y: box.y + box.height / 2, data });
    await cdp.detach();
  }

  /** Drags files in and opens what the dialog proposes. */
  async drop(paths: readonly string[]): Promise<void> {
    await this.drag(paths);
    await this.opening.getByRole('button', { name: /^Open \d+ layers?$/ }).click();
    await expect(this.opening).toHaveCount(0);
    await this.idle();
  }

  /** The workspace as the page keeps it in the browser's database, newest first; null before anything is kept. */
  private kept(): Promise<Kept | null> {
    return this.page.evaluate(async () => {
      // opening a database that is not there would make it, without the store that the page expects
      if (!(await indexedDB.databases()).some(({ name }) => name === 'keyval-store')) return null;
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const database = await done(indexedDB.open('keyval-store'));
      const all = await done(database.transaction('keyval').objectStore('keyval').get('workspaces'));
      database.close();
      const first = (all as Kept[] | undefined)?.[0];
      return first === undefined ? null : { name: first.name, layers: first.layers, rules: first.rules };
    });
  }

  /** Reloads once the browser has kept what is open: a database answers when it likes, most of all on a busy machine. */
  async reload(holds: (kept: Kept) => boolean = () => true): Promise<void> {
    await expect(this.layer).not.toHaveCount(0);
    await this.idle();
    await expect(async () => {
      const names = (await this.layer.locator('.layer-name').allInnerTexts()).map((name) => name.trim()).join(' · ');
      const kept = await this.kept();
      expect(kept?.name).toBe(names);
      expect(holds(kept!)).toBe(true);
    }).toPass({ timeout: 30_000 });
    await this.page.reload();
  }

  /** The row with exactly this name in a tree or list. */
  row(grid: Locator, name: string): Locator {
    return grid.getByRole('row').filter({ has: this.page.getByRole('gridcell', { name, exact: true }) });
  }

  /** Writes as one does who does not look: the letters come at once, whatever the page has to do for each. */
  async type(text: string): Promise<void> {
    const { keyboard } = this.page;
    await Promise.all([...text].flatMap((letter) => [keyboard.down(letter), keyboard.up(letter)]));
  }

  /** Types an address as a person would: the row it leads to is selected and its detail shown. */
  async go(address: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Edit the address' }).click();
    await this.address.fill(address);
    await this.address.press('Enter');
    await expect(this.address).toHaveCount(0);
    await this.idle();
  }

  async tab(name: 'Files' | 'Registry' | 'Findings' | 'Compare' | 'Plan'): Promise<void> {
    await this.page.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name }).click();
    await this.idle();
  }

  /** The first finding of a kind, with the kind opened. */
  finding(title: string): Locator {
    const all = this.page.getByRole('treegrid', { name: 'Findings' });
    return all.locator(`.finding-group:has-text("${title}") + .finding-item`);
  }

  /** A rule of the plan by its pattern. */
  rule(pattern: string): Locator {
    const rules = this.page.getByRole('grid', { name: 'Rules' });
    return rules.getByRole('row').filter({ has: this.page.getByTitle(pattern, { exact: false }) });
  }

  /** Makes a rule by hand, in the plan tab. */
  async addRule(target: 'Files' | 'Registry', pattern: string, action: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Add a rule' }).click();
    const dialog = this.page.getByRole('dialog', { name: 'New rule' });
    await dialog.getByRole('combobox', { name: 'Applies to' }).selectOption(target);
    await dialog.getByRole('textbox', { name: 'Path' }).fill(pattern);
    await dialog.getByRole('combobox', { name: 'Action' }).selectOption(action);
    await dialog.getByRole('button', { name: 'Save rule' }).click();
    await expect(dialog).toHaveCount(0);
  }

  /** A tab of the detail: Compare, Text, Hex ... */
  async look(name: string): Promise<void> {
    await this.detail.getByRole('tab', { name, exact: true }).click();
  }

  /** Title of the detail: what is looked at. */
  get subject(): Locator {
    return this.detail.getByRole('heading', { level: 2 });
  }

  /** The step of "why this wins" that decides. */
  get decides(): Locator {
    return this.detail.getByRole('listitem').filter({ hasText: /decides$/ });
  }

  /** Lines of the stack of versions, top first. */
  get versions(): Locator {
    return this.detail.getByRole('list').and(this.page.locator('.versions')).getByRole('listitem');
  }
}

/** Fails the test when the page throws, logs an error or a promise is rejected unheard. @returns what was seen so far */
export function watchFaults(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`thrown: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  return faults;
}
