/** What keys do in a tree, apart from drawing; the same for files and registry keys. */
import type { Tree, TreeRow } from '../../store/tree.ts';
import { NOTHING_TYPED, typed } from '../../store/type-ahead.ts';

export interface TreeKeyHooks<Row> {
  /** Rows of a page. */
  page: () => number;
  /** Enter on a row that cannot be expanded. */
  open: (row: Row) => void;
  copy: () => void;
  up: () => void;
  noMatch: (text: string) => void;
  /** One of the single letters that switch states: returns false when the letter is none. */
  toggle: (letter: string) => boolean;
}

/** @returns a key handler that says whether it has used the key */
export function treeKeys<Row extends TreeRow>(
  tree: Tree<Row>,
  hooks: TreeKeyHooks<Row>,
): (event: KeyboardEvent) => boolean {
  let ahead = NOTHING_TYPED;

  function sideways(row: Row, at: number, right: boolean): void {
    if (right && row.expandable) {
      if (!row.expanded) void tree.expand(row, true, false);
      else tree.select(at + 1, 'one');
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
    if (key.length > 1 && key !== 'Shift') ahead = NOTHING_TYPED;
    if (event.ctrlKey && key.toLowerCase() === 'c') {
      if (row !== null) hooks.copy();
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
    // a letter that begins no quick word may be a switch
    const idle = event.timeStamp - ahead.at > 900;
    if (idle && hooks.toggle(key)) return true;
    const next = typed(ahead, key, event.timeStamp);
    ahead = next.state;
    void tree.find(next.prefix, false, true, next.next).then((found) => {
      if (!found && next.state.text.length > 2) hooks.noMatch(next.state.text);
    });
    return true;
  };
}
