import { beforeEach, expect, test } from 'vitest';
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

/** A list of names whose node is the name's number; `generation` can be moved on from outside. */
let names: string[];
let generation: number;
let asked: string[];
const row = (name: string): TreeRow => ({ node: Number(name), depth: 0, name, expandable: false, expanded: false });
const source: TreeSource<TreeRow> = {
  open: async () => {
    asked.push('open');
    return { view: 1, generation, count: names.length };
  },
  rows: async (_view, wanted, from, count) => {
    asked.push(`rows ${from}`);
    return wanted === generation ? names.slice(from, from + count).map(row) : null;
  },
  expand: async () => ({ view: 1, generation, count: names.length }),
  reveal: async (_view, path) => {
    const index = names.indexOf(path);
    return index < 0
      ? null
      : { info: { view: 1, generation, count: names.length }, index, node: Number(path), value: null };
  },
  indexOf: async (_view, node) => names.indexOf(String(node)),
  findRow: async (_view, text, from) => names.findIndex((name, i) => i >= from && name.startsWith(text)),
};
const fail = (error: unknown) => {
  throw error;
};
const turn = () => new Promise((done) => setTimeout(done, 5));

beforeEach(() => {
  names = Array.from({ length: 1000 }, (_, i) => String(i));
  generation = 1;
  asked = [];
});

test('shows the first window only when its rows are here, with the cursor on the first row', async () => {
  const tree = createTree(source, SPEC, fail);
  expect(tree.info.value).toBeNull();
  await tree.reopen();
  expect(tree.info.value?.count).toBe(1000);
  expect(tree.current()?.name).toBe('0');
  expect(tree.row(127)?.name).toBe('127');
  expect(tree.row(128)).toBeNull();
  tree.show(120, 300);
  await turn();
  expect(tree.row(299)?.name).toBe('299');
});

test('the cursor stays on its node when rows come and go', async () => {
  const tree = createTree(source, SPEC, fail);
  await tree.reopen();
  tree.select(500, 'one');
  await turn();
  names = names.filter((_, i) => i % 2 === 0);
  generation++;
  await tree.reopen();
  expect(tree.selection.value.cursor).toBe(250);
  expect(tree.current()?.name).toBe('500');
  names = names.filter((name) => name !== '500');
  generation++;
  await tree.reopen();
  expect(tree.current()?.name).toBe('502');
});

test('a stale generation opens the view again and never shows its rows', async () => {
  const tree = createTree(source, SPEC, fail);
  await tree.reopen();
  names = ['7', '8'];
  generation = 2;
  tree.show(200, 300);
  await turn();
  expect(tree.info.value).toMatchObject({ generation: 2, count: 2 });
  expect(tree.row(0)?.name).toBe('7');
  expect(tree.row(200)).toBeNull();
});

test('wishes made while a view is being opened become one more opening', async () => {
  const tree = createTree(source, SPEC, fail);
  await Promise.all([tree.reopen(), tree.reopen(), tree.change({ filter: 'a' }), tree.reopen()]);
  expect(asked.filter((what) => what === 'open').length).toBe(2);
});

test('a path that is not there changes nothing', async () => {
  const tree = createTree(source, SPEC, fail);
  await tree.reopen();
  expect(await tree.reveal('none')).toBeNull();
  expect(await tree.reveal('900')).toEqual({ node: 900, value: null });
  expect(tree.current()?.name).toBe('900');
  expect(tree.wish.value.index).toBe(900);
});

test('finding loads the row it goes to', async () => {
  const tree = createTree(source, SPEC, fail);
  await tree.reopen();
  expect(await tree.find('77', false, true, true)).toBe(true);
  expect(tree.current()?.name).toBe('77');
  expect(await tree.find('x', false, true, true)).toBe(false);
});
