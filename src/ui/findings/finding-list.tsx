/** Findings by severity and kind: one tab stop, arrows go through the lines, Right and Left open and close a kind. */
import type { ReadonlySignal, Signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Finding, Severity } from '../../base/findings.ts';
import { formatCount } from '../../base/format.ts';
import type { LayerInfo, MergeFinding } from '../../engine/api.ts';
import type { Dictionary } from '../../i18n/en.ts';
import { type FindingRow, isMerge, type ShownGroup } from '../../store/findings.ts';
import { folderOf, lastName } from '../../store/paths.ts';
import { useApp, useText } from '../context.ts';
import { Icon } from '../widgets/icon.tsx';
import { Chip, Core } from '../widgets/marks.tsx';
import { SeverityIcon } from '../widgets/signs.tsx';
import { titleOf, whyOf } from './words.ts';

const CELLS = { wins: 'w', hidden: 'h', mark: 'd', missing: '-', before: '-' } as const;

/** One letter a layer, top first, from what each side of the evidence says. */
export function coreOf(finding: MergeFinding, layers: readonly LayerInfo[]): string {
  return layers
    .map(({ id }) => {
      const side = finding.evidence.find(({ layer }) => layer === id);
      return side === undefined ? '-' : CELLS[side.role];
    })
    .join('');
}

/** Layers that a group speaks of, top first. */
function layersOf(group: ShownGroup, layers: readonly LayerInfo[]): LayerInfo[] {
  const named = new Set(group.items.flatMap((item) => (isMerge(item) ? item.evidence.map(({ layer }) => layer) : [])));
  return layers.filter(({ id }) => named.has(id));
}

function GroupLine({ row, cursor }: { row: FindingRow & { kind: 'group' }; cursor: boolean }) {
  const app = useApp();
  const t = useText();
  const { group, open } = row;
  return (
    <div
      id={lineId(row.key)}
      class={`row finding-group${cursor ? ' cursor' : ''}`}
      role="row"
      aria-level={1}
      aria-expanded={open}
      aria-selected={cursor}
      data-key={row.key}
    >
      <span class="cell-sign" role="gridcell">
        <SeverityIcon severity={group.severity} />
      </span>
      <span class="cell-name" role="gridcell">
        <span class={open ? 'twist open' : 'twist'}>
          <Icon name="chevron" />
        </span>
        <strong class="trunc">{titleOf(group.code, t)}</strong>
        <span class="code mono faint">{group.code}</span>
      </span>
      <span class="cell-layer" role="gridcell">
        {layersOf(group, app.layers.value).map((layer) => (
          <Chip key={layer.id} layer={layer} />
        ))}
      </span>
      <span class="cell-number" role="gridcell">
        {formatCount(group.total, t.locale)}
      </span>
    </div>
  );
}

/** Where it is and what is the point. */
function placeOf(finding: Finding | MergeFinding, t: Dictionary): { folder: string; name: string; note: string } {
  if (!isMerge(finding)) {
    const path = finding.facts?.['path'];
    return { folder: '', name: typeof path === 'string' ? path : finding.where.source, note: whyOf(finding, t) };
  }
  const { path, note } = finding;
  if (path === null) return { folder: '', name: note, note: '' };
  const name = lastName(path);
  const folder = folderOf(path);
  // a note that only says the name again says nothing
  return { folder: folder === path ? '' : folder, name, note: note === name ? '' : note };
}

function ItemLine({ row, cursor }: { row: FindingRow & { kind: 'item' }; cursor: boolean }) {
  const app = useApp();
  const { finding } = row;
  const t = useText();
  const { folder, name, note } = placeOf(finding, t);
  const first = isMerge(finding) ? finding.evidence.find(({ role }) => role !== 'missing')?.layer : undefined;
  return (
    <div
      id={lineId(row.key)}
      class={`row finding-item${cursor ? ' cursor' : ''}`}
      role="row"
      aria-level={2}
      aria-selected={cursor}
      data-key={row.key}
      data-hue={app.layerById.value.get(first ?? '')?.hue}
    >
      <span class="cell-sign" role="gridcell" />
      <span class="cell-name" role="gridcell">
        <span class="place mono" title={folder === '' ? name : `${folder}\\${name}`}>
          {folder !== '' && <span class="folder">{folder}\</span>}
          <span class="base">{name}</span>
        </span>
        <span class="note" title={note}>
          {note}
        </span>
      </span>
      <span class="cell-layer" role="gridcell">
        {isMerge(finding) && <Core core={coreOf(finding, app.layers.value)} />}
      </span>
      <span class="cell-number" role="gridcell" />
    </div>
  );
}

const lineId = (key: string) => `finding-${key.replace(/[^A-Za-z0-9]+/g, '-')}`;

/** What the list shows and moves. */
export interface FindingListModel {
  readonly rows: ReadonlySignal<readonly FindingRow[]>;
  readonly cursor: Signal<string | null>;
  toggle(key: string, open: boolean): void;
}

export function FindingList({ model: found }: { model: FindingListModel }) {
  const t = useText();
  const rows = found.rows.value;
  const cursor = found.cursor.value;
  const list = useRef<HTMLDivElement>(null);
  const at = rows.findIndex(({ key }) => key === cursor);

  useLayoutEffect(() => {
    list.current?.querySelector('.cursor')?.scrollIntoView({ block: 'nearest' });
  }, [cursor]);

  const to = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row !== undefined) found.cursor.value = row.key;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[at];
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    switch (event.key) {
      case 'ArrowDown':
        to(at + 1);
        break;
      case 'ArrowUp':
        to(at - 1);
        break;
      case 'Home':
        to(0);
        break;
      case 'End':
        to(rows.length - 1);
        break;
      case 'PageDown':
        to(at + 20);
        break;
      case 'PageUp':
        to(at - 20);
        break;
      case 'ArrowRight':
        if (row?.kind === 'group' && !row.open) found.toggle(row.key, true);
        else if (row?.kind === 'group') to(at + 1);
        break;
      case 'ArrowLeft':
        if (row?.kind === 'group') found.toggle(row.key, false);
        else if (row !== undefined) to(rows.findIndex(({ key }) => key === row.group.key));
        break;
      case 'Enter':
        if (row?.kind === 'group') found.toggle(row.key, !row.open);
        else document.getElementById('detail')?.focus();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  let severity: Severity | null = null;
  const totals = { error: 0, warning: 0, info: 0 };
  for (const row of rows) if (row.kind === 'group') totals[row.group.severity] += row.group.total;
  return (
    <div
      ref={list}
      id="findings"
      class="grid findings-grid"
      role="treegrid"
      aria-label={t.findings.title}
      aria-activedescendant={at < 0 ? undefined : lineId(cursor!)}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        const line = (event.target as Element).closest<HTMLElement>('[data-key]');
        const key = line?.dataset['key'];
        const row = rows.find((one) => one.key === key);
        if (row === undefined) return;
        found.cursor.value = row.key;
        if (row.kind === 'group') found.toggle(row.key, !row.open);
      }}
    >
      {rows.map((row) => {
        const begins = row.group.severity !== severity;
        severity = row.group.severity;
        return [
          begins && (
            <div key={`head ${severity}`} class="finding-head" role="row">
              <span role="gridcell">
                {t.findings.heads[severity]} <span class="count">{formatCount(totals[severity], t.locale)}</span>
              </span>
            </div>
          ),
          row.kind === 'group' ? (
            <GroupLine key={row.key} row={row} cursor={row.key === cursor} />
          ) : row.kind === 'item' ? (
            <ItemLine key={row.key} row={row} cursor={row.key === cursor} />
          ) : (
            <div key={row.key} id={lineId(row.key)} class="row finding-more faint" role="row" aria-level={2}>
              <span role="gridcell">{t.findings.more(row.count)}</span>
            </div>
          ),
        ];
      })}
    </div>
  );
}
