/** A tree whose workspace changes between two questions. */
import { expect, test } from 'vitest';
import { fail } from '../base/errors.ts';
import type { ViewSpec } from '../engine/api.ts';
import { createTree, type TreeRow, type TreeSource } from './tree.ts';

const SPEC: ViewSpec = {
  pane: 'files',
  filter: '',
  states: null,
  layers: null,
  showHidden: true,
  conflictsOnly: false,
  sort: { by: 'name', descending: false },
};

/** One row named after the generation; views of older generations are closed. */
function changing() {
  let generation = 1;
  let next = 1;
  const views = new Map<number, number>();
  const live = (view: number) =>
    views.get(view) === generation ? view : fail('MissingItem', 'view', null, 'an open view', view);
  const source: TreeSource<TreeRow> = {
    async open() {
      views.set(next, generation);
      return { view: next++, generation, count: 1 };
    },
    async rows(view, of) {
      if (views.get(view) !== generation || of !== generation) return null;
      return [{ node: 7, depth: 0, name: `generation ${generation}`, expandable: true, expanded: false }];
    },
    async expand(view) {
      return { view: live(view), generation, count: 1 };
    },
    async reveal(view) {
      return { info: { view: live(view), generation, count: 1 }, index: 0, node: 7, value: null };
    },
    async indexOf(view) {
      live(view);
      return 0;
    },
    async findRow(view) {
      live(view);
      return 0;
    },
  };
  return {
    source,
    change: () => {
      generation++;
    },
  };
}

test('a change between opening a view and asking it leads to the newest rows, without an error', async () => {
  const errors: unknown[] = [];
  const { source, change } = changing();
  let changes = 0;
  const slow: TreeSource<TreeRow> = {
    ...source,
    async indexOf(view, node) {
      if (changes++ < 3) change(); // the workspace is quicker than the page, three times
      return source.indexOf(view, node);
    },
  };
  const tree = createTree(slow, SPEC, (error) => errors.push(error));
  await tree.reopen();
  tree.select(0, 'one');
  await tree.fetchRow(0);
  await tree.reopen();
  expect(errors).toEqual([]);
  expect(tree.row(0)?.name).toBe('generation 4');
});

test('expanding, finding and revealing in a view that was closed open the new one', async () => {
  const errors: unknown[] = [];
  const { source, change } = changing();
  const tree = createTree(source, SPEC, (error) => errors.push(error));
  await tree.reopen();
  change();
  await tree.expand(tree.row(0)!, true, false);
  expect(tree.row(0)?.name).toBe('generation 2');
  change();
  expect(await tree.find('x', false, false, true)).toBe(true);
  expect(tree.row(0)?.name).toBe('generation 3');
  change();
  expect(await tree.reveal('C:\\x')).toEqual({ node: 7, value: null });
  expect(tree.row(0)?.name).toBe('generation 4');
  expect(errors).toEqual([]);
});
