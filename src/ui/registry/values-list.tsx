/** The values of a key as regedit lists them, with the layer each comes from. */
import { useRef } from 'preact/hooks';
import type { ValueRow } from '../../engine/api.ts';
import { isSelected } from '../../store/selection.ts';
import { NOTHING_TYPED, typed } from '../../store/type-ahead.ts';
import type { ValueSort } from '../../store/values.ts';
import { useApp, useText } from '../context.ts';
import { rowClasses, stateWord } from '../files/file-row.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Chip, Core, CoreHead } from '../widgets/marks.tsx';
import { Sign, signOf } from '../widgets/signs.tsx';
import { useCopy } from '../widgets/tree-grid.tsx';
import { VirtualRows } from '../widgets/virtual-rows.tsx';
import { Side } from './keys-tree.tsx';

function Head({ by, text, class: extra }: { by: ValueSort; text: string; class?: string }) {
  const { values } = useApp();
  const t = useText();
  const { sort } = values;
  const active = sort.value.by === by;
  return (
    <span
      class={extra}
      role="columnheader"
      aria-sort={active ? (sort.value.descending ? 'descending' : 'ascending') : 'none'}
    >
      <button type="button" tabIndex={-1} title={t.columns.sortBy(text)} onClick={() => values.sortBy(by)}>
        {text}
        {active && <Icon name={sort.value.descending ? 'down' : 'up'} />}
      </button>
    </span>
  );
}

export function ValuesList() {
  const app = useApp();
  const t = useText();
  const copy = useCopy();
  const page = useRef(20);
  const ahead = useRef(NOTHING_TYPED);
  const { values } = app;
  const rows = values.rows.value;
  const selection = values.selection.value;
  const layers = app.layerById.value;
  const wish = { index: selection.cursor, centre: false, nonce: selection.cursor + 1 };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.metaKey) return;
    const at = selection.cursor;
    const go: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: Math.max(0, at - 1),
      Home: 0,
      End: rows.length - 1,
      PageDown: at + page.current,
      PageUp: at - page.current,
    };
    const to = go[event.key];
    if (to !== undefined) values.select(to, event.shiftKey ? 'range' : 'one');
    else if (event.key === 'ArrowLeft' || event.key === 'Backspace') document.getElementById('keys')?.focus();
    else if (event.key === 'Enter') document.getElementById('detail')?.focus();
    else if (event.ctrlKey && event.key.toLowerCase() === 'c' && rows[at] !== undefined)
      copy(`${app.address.value?.path ?? ''} : ${rows[at].name === '' ? t.grid.default : rows[at].name}`);
    else if (!event.ctrlKey && event.key.length === 1 && !'/?'.includes(event.key)) {
      const next = typed(ahead.current, event.key, event.timeStamp);
      ahead.current = next.state;
      const from = Math.max(0, at + (next.next ? 1 : 0));
      const match = (row: ValueRow) => row.name.toUpperCase().startsWith(next.prefix.toUpperCase());
      const found = rows.findIndex((row, i) => i >= from && match(row));
      const index = found >= 0 ? found : rows.findIndex(match);
      if (index >= 0) values.select(index, 'one');
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <VirtualRows
      count={rows.length}
      headerHeight={26}
      wish={wish}
      onWindow={(_from, _to, count) => {
        page.current = count;
      }}
      empty={<EmptyState icon="value" title={t.grid.noValues} />}
      attributes={{
        id: 'values',
        class: 'grid values',
        role: 'grid',
        tabIndex: 0,
        'aria-label': t.grid.values,
        'aria-rowcount': rows.length + 1,
        'aria-multiselectable': true,
        'aria-activedescendant': selection.cursor >= 0 ? `value-${selection.cursor}` : undefined,
        onKeyDown,
        onMouseDown: (event) => {
          const element = (event.target as Element).closest<HTMLElement>('[data-index]');
          if (element === null || event.button !== 0) return;
          values.select(Number(element.dataset['index']), event.shiftKey ? 'range' : event.ctrlKey ? 'toggle' : 'one');
        },
      }}
      header={
        <div class="head" role="row" aria-rowindex={1}>
          <span role="columnheader">
            <span class="sr">{t.columns.state}</span>
          </span>
          <Head by="name" text={t.columns.name} />
          <Head by="type" text={t.columns.type} class="col-type" />
          <Head by="data" text={t.columns.data} />
          <span role="columnheader" class="head-layer">
            <CoreHead />
            {t.columns.layer}
          </span>
          <Head by="state" text={t.columns.state} class="col-state" />
        </div>
      }
      row={(index, style, slot) => {
        const row = rows[index]!;
        const layer = layers.get(row.layer);
        return (
          <div
            key={slot}
            id={`value-${index}`}
            class={`${rowClasses(row.state, row.flags, row.core, false)}${index === selection.cursor ? ' cursor' : ''}`}
            data-hue={layer?.hue}
            role="row"
            aria-rowindex={index + 2}
            aria-selected={isSelected(selection, index)}
            style={style}
            data-index={index}
          >
            <span class="cell-sign" role="gridcell">
              <Sign name={signOf(row.state, row.flags)} />
            </span>
            <span class="cell-name flat" role="gridcell">
              <span class="name" title={row.name}>
                {row.name === '' ? t.grid.default : row.name}
              </span>
              {row.side !== undefined && <Side side={row.side} t={t} />}
            </span>
            <span class="cell-second col-type" role="gridcell">
              {row.typeName}
            </span>
            <span class="cell-data" role="gridcell" title={row.text}>
              {row.text}
            </span>
            <span class="cell-layer" role="gridcell">
              <Core core={row.core} />
              {layer !== undefined && <Chip layer={layer} />}
            </span>
            <span class="cell-state col-state" role="gridcell">
              {row.state === 'hidden' ? t.deleted : stateWord(row.state, row.flags, false, t)}
            </span>
          </div>
        );
      }}
    />
  );
}
