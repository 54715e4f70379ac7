/** The two lists of the traces dialog, drawn by range. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatHex } from '../../base/format.ts';
import type { DeletedRow, RegistryDifference } from '../../engine/api.ts';
import type { Dictionary } from '../../i18n/en.ts';
import { useText } from '../context.ts';
import { EmptyState } from '../widgets/empty-state.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Sign, type SignName } from '../widgets/signs.tsx';
import { VirtualRows } from '../widgets/virtual-rows.tsx';

const HEADER_PX = 26;

interface ListProps {
  id: string;
  class: string;
  label: string;
  columns: readonly string[];
  count: number;
  cells: (index: number) => ComponentChildren;
}

/** Rows with a cursor that the arrow keys move. */
function List({ id, class: extra, label, columns, count, cells }: ListProps) {
  const t = useText();
  const [wish, setWish] = useState({ index: 0, centre: false, nonce: 0 });
  const [page, setPage] = useState(10);
  const cursor = Math.min(wish.index, count - 1);
  const to = (index: number) =>
    setWish({ index: Math.max(0, Math.min(count - 1, index)), centre: false, nonce: wish.nonce + 1 });
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

/** The key in grey, then the value; of a key its own name. */
function Name({ row, t }: { row: DeletedRow | RegistryDifference; t: Dictionary }) {
  const path = row.path ?? t.traces.lost;
  const at = row.kind === 'key' ? path.lastIndexOf('\\') : path.length;
  const name = row.kind === 'key' ? path.slice(at + 1) : row.name === '' ? t.traces.default : row.name;
  return (
    <span class="cell-name mono" role="gridcell" title={row.kind === 'key' ? path : `${path}\n${name}`}>
      <Icon name={row.kind === 'key' ? 'folder' : 'value'} />
      <span class="sr">{t.traces.kinds[row.kind]} </span>
      {at > 0 && <span class="folder faint">{path.slice(0, at)}\</span>}
      <span class="base">{name}</span>
    </span>
  );
}

export function DeletedList({ rows }: { rows: readonly DeletedRow[] }) {
  const t = useText();
  const { path, type, data, offset } = t.traces.columns;
  return (
    <List
      id="deleted"
      class="deleted-grid"
      label={t.traces.tabs.deleted}
      columns={[t.traces.deleted, path, type, data, offset]}
      count={rows.length}
      cells={(index) => {
        const row = rows[index]!;
        const text = row.kind === 'key' ? (row.lastWrite ?? '') : (row.text ?? t.traces.overwritten);
        return (
          <>
            <span class="cell-sign" role="gridcell">
              <Sign name="hidden" />
              <span class="sr">{t.traces.deleted}</span>
            </span>
            <Name row={row} t={t} />
            <span class="cut mono faint" role="gridcell">
              {row.type}
            </span>
            <span class="cut mono" role="gridcell" title={text}>
              {text}
            </span>
            <span class="cut mono faint" role="gridcell">
              {formatHex(row.offset)}
            </span>
          </>
        );
      }}
    />
  );
}

const SIGNS: Readonly<Record<RegistryDifference['change'], SignName>> = {
  added: 'added',
  removed: 'hidden',
  changed: 'overrides',
  times: 'same',
};

/** Keys and values before and after: by a log, or in two layers. */
export function ReplayedList({ rows, label }: { rows: readonly RegistryDifference[]; label: string }) {
  const t = useText();
  const { path, before, after } = t.traces.columns;
  return (
    <List
      id="replayed"
      class="replayed-grid"
      label={label}
      columns={[t.traces.changes.changed, path, before, after]}
      count={rows.length}
      cells={(index) => {
        const row = rows[index]!;
        const aspects = row.aspects.map((aspect) => t.traces.aspects[aspect]);
        const last = [row.after ?? '', ...aspects].filter((part) => part !== '').join(' · ');
        return (
          <>
            <span class="cell-sign" role="gridcell">
              <Sign name={SIGNS[row.change]} />
              <span class="sr">{t.traces.changes[row.change]}</span>
            </span>
            <Name row={row} t={t} />
            <span class="cut mono" role="gridcell" title={row.before ?? ''}>
              {row.before}
            </span>
            <span class="cut mono" role="gridcell" title={last}>
              {last}
            </span>
          </>
        );
      }}
    />
  );
}
