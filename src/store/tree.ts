/**
 * A tree that lives in the workspace worker and is drawn by range: rows by view and generation, cursor and selection,
 * finding. A changed view is fetched for the visible window first and then swapped in whole, so that the list neither
 * blinks nor shows rows of two generations.
 */
import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { FormatError } from '../base/errors.ts';
import type { ViewInfo, ViewSpec } from '../engine/api.ts';
import { BLOCK, RowCache } from './row-cache.ts';
import { NO_SELECTION, type Selection, type SelectMode, select, selectOne } from './selection.ts';

export interface TreeRow {
  readonly node: number;
  readonly depth: number;
  readonly name: string;
  readonly expandable: boolean;
  readonly expanded: boolean;
}

export interface TreeSource<Row> {
  open(spec: ViewSpec): Promise<ViewInfo>;
  rows(view: number, generation: number, from: number, count: number): Promise<Row[] | null>;
  expand(view: number, node: number, expanded: boolean, deep: boolean): Promise<ViewInfo>;
  reveal(
    view: number,
    path: string,
  ): Promise<{ info: ViewInfo; index: number; node: number; value: string | null } | null>;
  indexOf(view: number, node: number): Promise<number>;
  findRow(view: number, text: string, from: number, backward: boolean, prefix: boolean): Promise<number>;
}

export interface Tree<Row extends TreeRow> {
  readonly spec: Signal<ViewSpec>;
  readonly info: ReadonlySignal<ViewInfo | null>;
  /** Grows whenever rows have arrived: reading it subscribes to them. */
  readonly loaded: ReadonlySignal<number>;
  readonly selection: ReadonlySignal<Selection>;
  /** Row the list must bring into view; `nonce` tells two equal wishes apart. */
  readonly wish: ReadonlySignal<{ readonly index: number; readonly centre: boolean; readonly nonce: number }>;
  /** When rows of a new generation came in, by `performance.now()`; changed rows flash for a while after. */
  readonly changedAt: ReadonlySignal<number>;
  row(index: number): Row | null;
  /** Index of the row one level up, -1 when there is none or it is not loaded. */
  parentOf(index: number): number;
  /** The list shows rows `from` to `to` (exclusive). */
  show(from: number, to: number): void;
  reopen(): Promise<void>;
  change(spec: Partial<ViewSpec>): Promise<void>;
  select(index: number, mode: SelectMode): void;
  /** Cursor row, when it is loaded. */
  current(): Row | null;
  /** Loads the row when it is not there. */
  fetchRow(index: number): Promise<Row | null>;
  expand(row: Row, expanded: boolean, deep: boolean): Promise<void>;
  find(text: string, backward: boolean, prefix: boolean, next: boolean): Promise<boolean>;
  /** @returns null when the path is not in the view, else the value name at its end, if any */
  reveal(path: string): Promise<{ node: number; value: string | null } | null>;
  focusNode(node: number): Promise<boolean>;
}

/** The workspace's word for a view that a change has closed. */
function isStale(error: unknown): boolean {
  return error instanceof FormatError && error.code === 'MissingItem' && error.where.source === 'view';
}

export function createTree<Row extends TreeRow>(
  source: TreeSource<Row>,
  initial: ViewSpec,
  failed: (error: unknown) => void,
): Tree<Row> {
  const spec = signal(initial);
  const info = signal<ViewInfo | null>(null);
  const loaded = signal(0);
  const selection = signal<Selection>(NO_SELECTION);
  const wish = signal({ index: -1, centre: false, nonce: 0 });
  const changedAt = signal(Number.NEGATIVE_INFINITY);
  let cache = new RowCache<Row>();
  let visible = { from: 0, to: BLOCK };
  let cursorNode = -1;
  let running: Promise<void> | null = null;
  let again = false;
  let turn = 0;
  /** Until the user has chosen a row, the first one is under the cursor. */
  let touched = false;
  let narrowed = false;

  function bring(index: number, centre = false): void {
    wish.value = { index, centre, nonce: wish.value.nonce + 1 };
  }

  function setSelection(next: Selection): void {
    selection.value = next;
    cursorNode = cache.get(next.cursor)?.node ?? -1;
  }

  async function fill(view: ViewInfo, into: RowCache<Row>, from: number, to: number): Promise<boolean> {
    const wanted = into.want(from, Math.min(to, view.count));
    const results = await Promise.all(
      wanted.map(async (block) => {
        try {
          const rows = await source.rows(view.view, view.generation, block * BLOCK, BLOCK);
          if (rows !== null) into.put(block, rows);
          else into.forget(block);
          return rows !== null;
        } catch (error) {
          into.forget(block);
          failed(error);
          return true;
        }
      }),
    );
    if (wanted.length > 0 && into === cache) loaded.value++;
    return results.every(Boolean);
  }

  /** Where the cursor goes in `next`: its node, else where it was, but the first row of a new filter. */
  async function keptCursor(next: ViewInfo): Promise<number> {
    const last = next.count - 1;
    if (!touched) return Math.min(0, last);
    const found = cursorNode < 0 ? -1 : await source.indexOf(next.view, cursorNode);
    return found >= 0 ? found : Math.min(last, narrowed ? 0 : Math.max(0, selection.value.cursor));
  }

  /** Shows `next` once its visible rows are here; keeps the cursor on its node, or on `cursor` when that is given. */
  async function swap(next: ViewInfo, cursor?: number): Promise<void> {
    const mine = ++turn;
    const fresh = new RowCache<Row>();
    const size = visible.to - visible.from;
    let from = Math.max(0, Math.min(visible.from, next.count - size));
    let before = selection.peek();
    let at = cursor ?? (await keptCursor(next));
    if (cursor !== undefined) from = Math.max(0, cursor - size);
    const current = await fill(next, fresh, from, cursor === undefined ? from + size : cursor + size);
    if (at >= 0) await fill(next, fresh, at, at + 1);
    // a key that was pressed meanwhile has moved the cursor: the newer place counts
    while (cursor === undefined && selection.peek() !== before && mine === turn) {
      before = selection.peek();
      at = await keptCursor(next);
      if (at >= 0) await fill(next, fresh, at, at + 1);
    }
    if (mine !== turn) return;
    if (!current) {
      again = true;
      return;
    }
    batch(() => {
      if (info.value !== null && info.value.generation !== next.generation) changedAt.value = performance.now();
      cache = fresh;
      info.value = next;
      selection.value = selectOne(at);
      cursorNode = fresh.get(at)?.node ?? cursorNode;
      loaded.value++;
    });
  }

  function reopen(): Promise<void> {
    again = true;
    running ??= (async () => {
      try {
        for (let tries = 0; again && tries < 50; tries++) {
          again = false;
          try {
            await swap(await source.open(spec.value));
          } catch (error) {
            // the workspace has changed meanwhile and closed the view: the next one is of today
            if (!isStale(error)) throw error;
            again = true;
          }
        }
      } catch (error) {
        failed(error);
      } finally {
        running = null;
      }
    })();
    return running;
  }

  /** Asks the view that is shown; when a change has closed it, once more the one that came in its place. */
  async function ask<T>(question: (view: ViewInfo) => Promise<T>): Promise<T | null> {
    for (let tries = 0; tries < 3; tries++) {
      const now = info.value;
      if (now === null) return null;
      try {
        return await question(now);
      } catch (error) {
        if (!isStale(error)) throw error;
        await reopen();
      }
    }
    return null;
  }

  async function fetchRow(index: number): Promise<Row | null> {
    const now = info.value;
    if (now === null || index < 0 || index >= now.count) return null;
    if (cache.get(index) === null) await fill(now, cache, index, index + 1);
    return cache.get(index);
  }

  async function goTo(index: number, mode: SelectMode, centre = false): Promise<void> {
    touched = true;
    bring(index, centre);
    await fetchRow(index);
    setSelection(select(selection.value, index, mode));
  }

  return {
    spec,
    info,
    loaded,
    selection,
    wish,
    changedAt,
    row: (index) => cache.get(index),
    parentOf(index) {
      const depth = cache.get(index)?.depth ?? 0;
      for (let i = index - 1; i >= 0 && depth > 0; i--) {
        const above = cache.get(i);
        if (above === null) return -1;
        if (above.depth < depth) return i;
      }
      return -1;
    },
    show(from, to) {
      visible = { from, to };
      const now = info.value;
      if (now === null) return;
      fill(now, cache, from, to).then((current) => {
        if (!current && info.value === now) void reopen();
      });
    },
    reopen,
    change(part) {
      narrowed = part.filter !== undefined;
      spec.value = { ...spec.value, ...part };
      return reopen();
    },
    select(index, mode) {
      const count = info.value?.count ?? 0;
      if (count === 0) return;
      void goTo(Math.max(0, Math.min(count - 1, index)), mode);
    },
    current: () => cache.get(selection.value.cursor),
    fetchRow,
    async expand(row, expanded, deep) {
      const now = info.value;
      if (now === null) return;
      touched = true;
      try {
        await swap(await source.expand(now.view, row.node, expanded, deep));
      } catch (error) {
        // node numbers of a view that has been closed may mean others now: nothing is expanded
        if (isStale(error)) await reopen();
        else failed(error);
      }
    },
    async find(text, backward, prefix, next) {
      const now = info.value;
      if (now === null || text === '' || now.count === 0) return false;
      // the search begins behind `from`: one row back lets it find the row under the cursor again
      const from = selection.value.cursor - (next ? 0 : 1);
      const index = await ask(({ view }) => source.findRow(view, text, Math.max(-1, from), backward, prefix));
      if (index === null || index < 0) return false;
      await goTo(index, 'one');
      return true;
    },
    async reveal(path) {
      const found = await ask(async ({ view }) => {
        const place = await source.reveal(view, path);
        if (place !== null) {
          touched = true;
          await swap(place.info, place.index);
        }
        return place;
      });
      if (found === null) return null;
      bring(found.index, true);
      return { node: found.node, value: found.value };
    },
    async focusNode(node) {
      const index = (await ask(({ view }) => source.indexOf(view, node))) ?? -1;
      if (index >= 0) await goTo(index, 'one', true);
      return index >= 0;
    },
  };
}
