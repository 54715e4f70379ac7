import type { CSSProperties } from 'preact';
import type { ClassSide, KeyRow, LayerInfo } from '../../engine/api.ts';
import type { Dictionary } from '../../i18n/en.ts';
import { useApp, useText } from '../context.ts';
import { type RowProps, rowClasses } from '../files/file-row.tsx';
import { SwapMark } from '../frame/base-swap.tsx';
import { EmptyState } from '../widgets/empty-state.tsx';
import { Icon } from '../widgets/icon.tsx';
import { Core, CoreHead } from '../widgets/marks.tsx';
import { Sign, signOf } from '../widgets/signs.tsx';
import { TreeGrid } from '../widgets/tree-grid.tsx';
import { useKeyMenu } from './key-menu.ts';

interface KeyRowProps extends RowProps<KeyRow> {
  layer: LayerInfo | undefined;
  t: Dictionary;
}

function KeyRowView({ row, index, id, style, selected, cursor, flash, layer, t }: KeyRowProps) {
  if (row === null)
    return (
      <div class="row pending" role="row" id={id} aria-rowindex={index + 2} style={style}>
        <span class="cell-sign" role="gridcell" />
        <span class="cell-name" role="gridcell" aria-label={t.grid.loading}>
          <i class="bone" />
        </span>
      </div>
    );
  return (
    <div
      id={id}
      class={`${rowClasses(row.state, row.flags, row.core, row.layer === null)}${cursor ? ' cursor' : ''}${flash && row.changed ? ' flash' : ''}`}
      data-hue={row.layer === null ? 'merged' : layer?.hue}
      role="row"
      aria-rowindex={index + 2}
      aria-level={row.depth + 1}
      aria-expanded={row.expandable ? row.expanded : undefined}
      aria-selected={selected}
      style={style}
      data-index={index}
    >
      <span class="cell-sign" role="gridcell">
        <Sign name={signOf(row.state, row.flags, row.layer === null)} />
      </span>
      <span class="cell-name" role="gridcell" style={{ '--depth': row.depth } as CSSProperties}>
        <span class={row.expanded ? 'twist open' : 'twist'}>{row.expandable && <Icon name="chevron" />}</span>
        {row.kind === 'hive' && <Icon name="hive" />}
        {row.kind === 'link' && <Icon name="link" />}
        <span class="name" title={row.name}>
          {row.name}
        </span>
        {row.side !== undefined && <Side side={row.side} t={t} />}
        <SwapMark marked={row.marked} />
      </span>
      <span class="cell-layer" role="gridcell">
        <Core core={row.core} merged />
      </span>
    </div>
  );
}

/** Whose classes a key or value of HKEY_CLASSES_ROOT is. The machine's are the common case and stay quiet. */
export function Side({ side, t }: { side: ClassSide; t: Dictionary }) {
  if (side === 'machine') return null;
  return (
    <span class="side-mark" title={t.registry.sideHint[side]}>
      {t.registry.sides[side]}
    </span>
  );
}

export function KeysTree() {
  const app = useApp();
  const t = useText();
  const items = useKeyMenu();
  const { keys } = app;
  const layers = app.layerById.value;
  return (
    <TreeGrid
      tree={keys}
      id="keys"
      label={t.grid.keys}
      class="keys"
      columns={3}
      deps={[layers, t]}
      menu={{ label: (row) => t.registry.menu.label(row.name), items: (row) => items(row.node, row.name) }}
      empty={
        <EmptyState
          icon="find"
          title={t.grid.emptyKeys}
          action={t.filters.all}
          onAction={() =>
            void keys.change({
              filter: '',
              states: null,
              layers: null,
              conflictsOnly: false,
              markedOnly: false,
              showHidden: true,
            })
          }
        />
      }
      header={
        <div class="head" role="row" aria-rowindex={1}>
          <span role="columnheader">
            <span class="sr">{t.columns.state}</span>
          </span>
          <span role="columnheader" class="head-name">
            {t.columns.key}
          </span>
          <span role="columnheader" class="head-layer">
            <span class="sr">{t.core.label}</span>
            <CoreHead />
          </span>
        </div>
      }
      row={(row, props) => (
        <KeyRowView
          key={props.slot}
          {...props}
          row={row}
          layer={row?.layer == null ? undefined : layers.get(row.layer)}
          t={t}
        />
      )}
    />
  );
}
