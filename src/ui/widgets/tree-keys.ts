/** What keys do in a tree, apart from drawing; the same for files and registry keys. */
import type { Tree, TreeRow } from '../../store/tree.ts';
import { NOTHING_TYPED, PAUSE_MS, typed } from '../../store/type-ahead.ts';

export interface TreeKeyHooks<Row> {
  /** Rows of a page. */
  page: () => number;
  /** Enter on a row that cannot be expanded. */
  open: (row: Row) => void;
  copy: (row: Row) => void;
  up: () => void;
  noMatch: (text: string) => void;
  /** What a single letter switches, null when it switches nothing. */
  toggle: (letter: string) => (() => void) | null;
}

/** A letter that stands alone this long is a switch; one that another follows sooner begins a word. */
const ALONE_MS = 350;

/** @returns a key handler that says whether it has used the key */
export function treeKeys<Row extends TreeRow>(
  tree: Tree<Row>,
  hooks: TreeKeyHooks<Row>,
): (event: KeyboardEvent) => boolean {
  let ahead = NOTHING_TYPED;
  /** A letter that may become a switch or the first of a word. */
  let waiting: { readonly key: string; readonly at: number; readonly timer: number; readonly run: () => void } | null =
    null;

  /** Ends the waiting. @returns the letter, for the word it began */
  function taken(run: boolean): typeof waiting {
    const letter = waiting;
    waiting = null;
    if (letter === null) return null;
    clearTimeout(letter.timer);
    if (run) letter.run();
    return letter;
  }

  /** A letter of a word that is looked for. */
  function type(key: string, now: number): void {
    const next = typed(ahead, key, now);
    ahead = next.state;
    void tree.find(next.prefix, false, true, next.next).then((found) => {
      if (!found && next.state.text.length > 2) hooks.noMatch(next.state.text);
    });
  }

  /** A row that is being opened, and whether Right was pressed again meanwhile: then the cursor goes in once it is open. */
  let opening: { readonly node: number; enter: boolean } | null = null;

  async function open(row: Row): Promise<void> {
    const mine = { node: row.node, enter: false };
    opening = mine;
    await tree.expand(row, true, false);
    if (opening === mine) opening = null;
    if (mine.enter && tree.current()?.node === row.node) tree.select(tree.selection.value.cursor + 1, 'one');
  }

  function sideways(row: Row, at: number, right: boolean): void {
    if (right && row.expandable) {
      if (row.expanded) tree.select(at + 1, 'one');
      else if (opening?.node === row.node) opening.enter = true;
      else void open(row);
    } else if (!right) {
      if (row.expanded) void tree.expand(row, false, false);
      else {
        const parent = tree.parentOf(at);
        if (parent >= 0) tree.select(parent, 'one');
        else if (row.depth > 0) hooks.up();
      }
    }
  }

  function move(event: KeyboardEvent, to: number): void {
    const count = tree.info.value?.count ?? 0;
    const bounded = Math.max(0, Math.min(count - 1, to));
    tree.select(bounded, event.shiftKey ? 'range' : event.ctrlKey ? 'move' : 'one');
  }

  return (event) => {
    const at = tree.selection.value.cursor;
    const row = tree.row(at);
    const count = tree.info.value?.count ?? 0;
    const { key } = event;
    if (event.altKey || event.metaKey) return false;
    // any other key ends a word that was begun
    if (key.length > 1 && key !== 'Shift') {
      ahead = NOTHING_TYPED;
      taken(true);
    }
    if (event.ctrlKey && key.toLowerCase() === 'c') {
      if (row !== null) hooks.copy(row);
      return row !== null;
    }
    switch (key) {
      case 'ArrowDown':
        move(event, at + 1);
        return true;
      case 'ArrowUp':
        move(event, at - 1);
        return true;
      case 'Home':
        move(event, 0);
        return true;
      case 'End':
        move(event, count - 1);
        return true;
      case 'PageDown':
        move(event, at + hooks.page());
        return true;
      case 'PageUp':
        move(event, at - hooks.page());
        return true;
    }
    if (row === null || (event.ctrlKey && key !== ' ')) return false;
    switch (key) {
      case 'ArrowRight':
      case 'ArrowLeft':
        sideways(row, at, key === 'ArrowRight');
        return true;
      case '*':
        if (row.expandable) void tree.expand(row, true, true);
        return true;
      case 'Enter':
        if (row.expandable) void tree.expand(row, !row.expanded, false);
        else hooks.open(row);
        return true;
      case ' ':
        tree.select(at, event.ctrlKey ? 'toggle' : 'one');
        return true;
      case 'Backspace':
        hooks.up();
        return true;
    }
    if (event.ctrlKey || key.length !== 1 || key === '/' || key === '?') return false;
    const first = taken(false);
    if (first !== null) ahead = typed(NOTHING_TYPED, first.key, first.at).state;
    else if (event.timeStamp - ahead.at > PAUSE_MS) {
      const run = hooks.toggle(key);
      if (run !== null) {
        waiting = {
          key,
          at: event.timeStamp,
          run,
          timer: setTimeout(() => taken(true), ALONE_MS) as unknown as number,
        };
        return true;
      }
    }
    type(key, event.timeStamp);
    return true;
  };
}
