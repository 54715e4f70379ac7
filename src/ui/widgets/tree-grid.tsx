/** A treegrid over a Tree: one tab stop, a cursor by aria-activedescendant, rows drawn by range. */
import type { ComponentChildren, CSSProperties, HTMLAttributes } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { spellings } from '../../store/paths.ts';
import { isSelected } from '../../store/selection.ts';
import type { Tree, TreeRow } from '../../store/tree.ts';
import { useApp } from '../context.ts';
import { STATE_KEYS, toggledState } from '../files/filter-logic.ts';
import { Menu, type MenuItem } from './menu.tsx';
import { treeKeys } from './tree-keys.ts';
import { VirtualRows } from './virtual-rows.tsx';

const FLASH_MS = 900;
/** More than the rows of any screen: the rows in view have different places in the cache. */
const POOL = 256;

/** The page does not take the focus by itself when it opens. */
let shownBefore = false;

interface DrawnRow<Row> {
  readonly index: number;
  readonly slot: number;
  readonly row: Row | null;
  readonly top: string;
  readonly selected: boolean;
  readonly cursor: boolean;
  readonly flash: boolean;
  readonly deps: readonly unknown[];
  readonly vnode: ComponentChildren;
}

function sameDrawn<Row>(a: Omit<DrawnRow<Row>, 'vnode'>, b: Omit<DrawnRow<Row>, 'vnode'>): boolean {
  return (
    a.index === b.index &&
    a.slot === b.slot &&
    a.row === b.row &&
    a.top === b.top &&
    a.selected === b.selected &&
    a.cursor === b.cursor &&
    a.flash === b.flash &&
    a.deps.every((dep, i) => dep === b.deps[i])
  );
}

/** Puts text on the clipboard and says so. */
export function useCopy(): (text: string) => void {
  const { notices } = useApp();
  return (text) => {
    navigator.clipboard.writeText(text).then(() => notices.show({ code: 'copied', text }), notices.failed);
  };
}

interface TreeGridProps<Row extends TreeRow> {
  tree: Tree<Row>;
  id: string;
  label: string;
  class: string;
  columns: number;
  header: ComponentChildren;
  empty: ComponentChildren;
  /** What a row's own menu offers: right button, or the menu key on the cursor. */
  menu?: { label(row: Row): string; items(row: Row): readonly MenuItem[] };
  /** What `row` depends on besides the row itself: a drawn row is kept until one of these changes. */
  deps: readonly unknown[];
  row: (
    row: Row | null,
    props: {
      index: number;
      slot: number;
      id: string;
      style: CSSProperties;
      selected: boolean;
      cursor: boolean;
      flash: boolean;
    },
  ) => ComponentChildren;
}

export function TreeGrid<Row extends TreeRow>({
  tree,
  id,
  label,
  class: extra,
  columns,
  header,
  empty,
  row,
  deps,
  menu,
}: TreeGridProps<Row>) {
  const app = useApp();
  const copy = useCopy();
  const page = useRef(20);
  const [called, call] = useState<{ row: Row; anchor: Element } | null>(null);
  const count = tree.info.value?.count ?? 0;
  const selection = tree.selection.value;
  const changedAt = tree.changedAt.value;
  const [, redraw] = useState(0);
  tree.loaded.value;

  const flash = performance.now() - changedAt < FLASH_MS;
  useEffect(() => {
    const timer = setTimeout(() => redraw((x) => x + 1), FLASH_MS + 20);
    return () => clearTimeout(timer);
  }, [changedAt]);

  // a pane that came in place of the one with the focus takes it over
  useLayoutEffect(() => {
    if (shownBefore && document.activeElement === document.body) document.getElementById(id)?.focus();
    shownBefore = true;
  }, [id]);

  const keys = useMemo(
    () =>
      treeKeys(tree, {
        page: () => page.current,
        open: () => document.getElementById('detail')?.focus(),
        // the row's own path: what the detail shows may still be that of the row before
        copy: (row) => {
          app.addressOf(row.node).then((here) => copy(spellings(here)[0]!), app.notices.failed);
        },
        up: app.up,
        noMatch: (text) => app.notices.say({ code: 'noMatch', text }),
        toggle: (letter) => {
          const state = STATE_KEYS[letter];
          return state === undefined ? null : () => void tree.change(toggledState(tree.spec.value, state));
        },
      }),
    [tree],
  );

  const indexOf = (event: Event) => {
    const element = (event.target as Element).closest<HTMLElement>('[data-index]');
    return element === null ? -1 : Number(element.dataset['index']);
  };

  const attributes: HTMLAttributes<HTMLDivElement> = {
    id,
    class: `grid ${extra}`,
    role: 'treegrid',
    tabIndex: 0,
    'aria-label': label,
    'aria-rowcount': count + 1,
    'aria-colcount': columns,
    'aria-multiselectable': true,
    'aria-activedescendant':
      selection.cursor >= 0 && selection.cursor < count ? `${id}-${selection.cursor}` : undefined,
    onKeyDown: (event) => {
      if (keys(event)) {
        event.preventDefault();
        event.stopPropagation();
      }
    },
    onMouseDown: (event) => {
      const index = indexOf(event);
      if (index < 0 || event.button !== 0) return;
      const at = tree.row(index);
      if (at?.expandable && (event.target as Element).closest('.twist') !== null) {
        tree.select(index, 'one');
        void tree.expand(at, !at.expanded, event.altKey);
        return;
      }
      tree.select(index, event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'one');
    },
    onContextMenu: (event) => {
      if (menu === undefined) return;
      // without a pointer it is the menu key: the row under the cursor is meant
      const index = indexOf(event) >= 0 ? indexOf(event) : selection.cursor;
      const at = tree.row(index);
      const anchor = document.getElementById(`${id}-${index}`);
      if (at === null || anchor === null) return;
      event.preventDefault();
      tree.select(index, 'one');
      call({ row: at, anchor });
    },
    onDblClick: (event) => {
      if ((event.target as Element).closest('.twist') !== null) return;
      const at = tree.row(indexOf(event));
      if (at?.expandable) {
        app.mark();
        void tree.expand(at, !at.expanded, false);
      }
    },
  };

  // the same vnode again is the cheapest diff there is: scrolling then costs only the rows that come in
  const cache = useRef(new Map<number, DrawnRow<Row>>());
  const drawn = (index: number, style: CSSProperties, slot: number) => {
    const next: Omit<DrawnRow<Row>, 'vnode'> = {
      index,
      slot,
      row: tree.row(index),
      top: String(style.transform),
      selected: isSelected(selection, index),
      cursor: index === selection.cursor,
      flash,
      deps,
    };
    const old = cache.current.get(index % POOL);
    if (old !== undefined && sameDrawn(old, next)) return old.vnode;
    const { selected, cursor } = next;
    const vnode = row(next.row, { index, slot, id: `${id}-${index}`, style, selected, cursor, flash });
    cache.current.set(index % POOL, { ...next, vnode });
    return vnode;
  };

  const close = (refocus: boolean) => {
    call(null);
    if (refocus) document.getElementById(id)?.focus();
  };

  return (
    <>
      <VirtualRows
        count={count}
        header={header}
        headerHeight={26}
        wish={tree.wish.value}
        empty={empty}
        attributes={attributes}
        onWindow={(from, to, rows) => {
          page.current = rows;
          tree.show(from, to);
        }}
        row={drawn}
      />
      {called !== null && menu !== undefined && (
        <Menu label={menu.label(called.row)} anchor={called.anchor} items={menu.items(called.row)} close={close} />
      )}
    </>
  );
}
