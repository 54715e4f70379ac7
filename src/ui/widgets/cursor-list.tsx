/** A list in a dialog or pane, drawn by range, with a cursor. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useText } from '../context.ts';
import { EmptyState } from './empty-state.tsx';
import { VirtualRows } from './virtual-rows.tsx';

const HEADER_PX = 26;

interface CursorListProps {
  id: string;
  class: string;
  label: string;
  columns: readonly string[];
  count: number;
  cells: (index: number) => ComponentChildren;
  /** The cursor is moved to a row. */
  onCursor?: (index: number) => void;
}

/** Rows with a cursor that the arrow keys move. */
export function CursorList({ id, class: extra, label, columns, count, cells, onCursor }: CursorListProps) {
  const t = useText();
  const [wish, setWish] = useState({ index: 0, centre: false, nonce: 0 });
  const [page, setPage] = useState(10);
  const cursor = Math.min(wish.index, count - 1);
  const to = (index: number) => {
    const inside = Math.max(0, Math.min(count - 1, index));
    setWish({ index: inside, centre: false, nonce: wish.nonce + 1 });
    onCursor?.(inside);
  };
  const MOVES: Record<string, number> = {
    ArrowDown: cursor + 1,
    ArrowUp: cursor - 1,
    PageDown: cursor + page,
    PageUp: cursor - page,
    Home: 0,
    End: count - 1,
  };
  return (
    <VirtualRows
      count={count}
      headerHeight={HEADER_PX}
      header={
        <div class="head" role="row" aria-rowindex={1}>
          {columns.map((column, i) => (
            <span key={i} role="columnheader">
              {i === 0 ? <span class="sr">{column}</span> : column}
            </span>
          ))}
        </div>
      }
      wish={wish}
      onWindow={(_from, _to, rows) => setPage(rows)}
      row={(index, style, slot) => (
        <div
          key={slot}
          id={`${id}-${index}`}
          class={`row${index === cursor ? ' cursor' : ''}`}
          role="row"
          aria-rowindex={index + 2}
          aria-selected={index === cursor}
          style={style}
          data-index={index}
        >
          {cells(index)}
        </div>
      )}
      attributes={{
        id,
        class: `grid traces-grid ${extra}`,
        role: 'grid',
        'aria-label': label,
        'aria-rowcount': count + 1,
        'aria-activedescendant': count === 0 ? undefined : `${id}-${cursor}`,
        tabIndex: 0,
        onKeyDown(event) {
          const move = MOVES[event.key];
          if (move === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
          to(move);
          event.preventDefault();
          event.stopPropagation();
        },
        onClick(event) {
          const index = (event.target as Element).closest<HTMLElement>('[data-index]')?.dataset['index'];
          if (index !== undefined) to(Number(index));
        },
      }}
      empty={<EmptyState icon="find" title={t.traces.noneFit} />}
    />
  );
}
