/** A treegrid over a Tree: one tab stop, a cursor by aria-activedescendant, rows drawn by range. */
import type { ComponentChildren, CSSProperties, HTMLAttributes } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { spellings } from '../../store/paths.ts';
import { isSelected } from '../../store/selection.ts';
import type { Tree, TreeRow } from '../../store/tree.ts';
import { useApp } from '../context.ts';
import { STATE_KEYS, toggledState } from '../files/filter-logic.ts';
import { treeKeys } from './tree-keys.ts';
import { VirtualRows } from './virtual-rows.tsx';

const FLASH_MS = 900;

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
  row: (
    row: Row | null,
    props: { index: number; id: string; style: CSSProperties; selected: boolean; cursor: boolean; flash: boolean },
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
}: TreeGridProps<Row>) {
  const app = useApp();
  const copy = useCopy();
  const page = useRef(20);
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

  const keys = useMemo(
    () =>
      treeKeys(tree, {
        page: () => page.current,
        open: () => document.getElementById('detail')?.focus(),
        copy: () => {
          const here = app.address.value;
          if (here !== null) copy(spellings(here)[0]!);
        },
        up: app.up,
        noMatch: (text) => app.notices.say({ code: 'noMatch', text }),
        toggle: (letter) => {
          const state = STATE_KEYS[letter];
          if (state === undefined) return false;
          void tree.change(toggledState(tree.spec.value, state));
          return true;
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
    onDblClick: (event) => {
      if ((event.target as Element).closest('.twist') !== null) return;
      const at = tree.row(indexOf(event));
      if (at?.expandable) {
        app.mark();
        void tree.expand(at, !at.expanded, false);
      }
    },
  };

  return (
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
      row={(index, style) =>
        row(tree.row(index), {
          index,
          id: `${id}-${index}`,
          style,
          selected: isSelected(selection, index),
          cursor: index === selection.cursor,
          flash,
        })
      }
    />
  );
}
