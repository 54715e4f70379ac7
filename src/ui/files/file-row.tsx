import type { CSSProperties } from 'preact';
import { attributeLetters, formatSize, formatTime } from '../../base/format.ts';
import { ntPathOnly } from '../../base/nt-names.ts';
import type { FileRow, LayerInfo, RowState } from '../../engine/api.ts';
import type { Dictionary } from '../../i18n/en.ts';
import { extensionOf, type FileKind, fileKind } from '../../store/file-kind.ts';
import { SwapMark } from '../frame/base-swap.tsx';
import { Icon, type IconName } from '../widgets/icon.tsx';
import { Chip, Core } from '../widgets/marks.tsx';
import { Sign, signOf } from '../widgets/signs.tsx';

const ICONS: Partial<Record<FileKind, IconName>> = {
  folder: 'folder',
  link: 'link',
  cloud: 'cloud',
  application: 'application',
  library: 'library',
  driver: 'library',
  text: 'text',
  settings: 'text',
  json: 'text',
  xml: 'text',
  page: 'text',
  log: 'text',
  script: 'text',
  hive: 'hive',
  archive: 'package',
  installer: 'package',
  catalog: 'lock',
  picture: 'image',
  shortcut: 'link',
  disk: 'disk',
};

/** The word in the State column: the flag that matters most, else the state; nothing for a merged folder. */
export function stateWord(state: RowState, flags: readonly string[], merged: boolean, t: Dictionary): string {
  const sign = signOf(state, flags as never);
  if (sign === 'conflict' || sign === 'opaque' || sign === 'excluded' || sign === 'damaged') return t.flags[sign];
  if (flags.includes('origin')) return t.flags.origin;
  return merged ? '' : t.states[state];
}

/** Class names by which a row shows its state without a word. */
export function rowClasses(state: RowState, flags: readonly string[], core: string, merged: boolean): string {
  const names = ['row'];
  if (!merged && (state === 'same' || state === 'unchanged')) names.push('quiet');
  // where only the upper copy is excluded, the lower one is there to be seen
  if (state === 'hidden' || (flags.includes('excluded') && !core.includes('w'))) names.push('gone');
  if (flags.includes('conflict')) names.push('conflict');
  return names.join(' ');
}

export interface RowProps<Row> {
  row: Row | null;
  index: number;
  id: string;
  style: CSSProperties;
  selected: boolean;
  cursor: boolean;
  flash: boolean;
}

interface FileRowProps extends RowProps<FileRow> {
  layer: LayerInfo | undefined;
  utc: boolean;
  t: Dictionary;
}

export function kindWord(row: FileRow, t: Dictionary): string {
  const kind = fileKind(row);
  const extension = extensionOf(row.name);
  return kind === 'file' && extension !== '' && extension.length <= 6 ? extension.toUpperCase() : t.kinds[kind];
}

export function FileRowView({ row, index, id, style, selected, cursor, flash, layer, utc, t }: FileRowProps) {
  if (row === null)
    return (
      <div class="row pending" role="row" id={id} aria-rowindex={index + 2} style={style}>
        <span class="cell-sign" role="gridcell" />
        <span class="cell-name" role="gridcell" aria-label={t.grid.loading}>
          <i class="bone" />
        </span>
      </div>
    );
  const merged = row.layer === null;
  const kind = fileKind(row);
  return (
    <div
      id={id}
      class={`${rowClasses(row.state, row.flags, row.core, merged)}${cursor ? ' cursor' : ''}${flash && row.changed ? ' flash' : ''}`}
      data-hue={merged ? 'merged' : layer?.hue}
      role="row"
      aria-rowindex={index + 2}
      aria-level={row.depth + 1}
      aria-expanded={row.expandable ? row.expanded : undefined}
      aria-selected={selected}
      style={style}
      data-index={index}
    >
      <span class="cell-sign" role="gridcell">
        <Sign name={signOf(row.state, row.flags, merged)} />
      </span>
      <span class="cell-name" role="gridcell" style={{ '--depth': row.depth } as CSSProperties}>
        <span class={row.expanded ? 'twist open' : 'twist'}>{row.expandable && <Icon name="chevron" />}</span>
        <Icon name={ICONS[kind] ?? 'file'} />
        <span class="name" title={row.name}>
          {row.name}
        </span>
        {ntPathOnly(row.name) && (
          <i class="nt-only" role="img" aria-label={t.grid.ntOnly} title={t.grid.ntOnly}>
            NT
          </i>
        )}
        <SwapMark marked={row.marked} />
      </span>
      <span class="cell-number" role="gridcell">
        {row.directory ? '' : formatSize(row.size, t.locale)}
      </span>
      <span class="cell-second col-modified" role="gridcell">
        {formatTime(row.modified, utc)}
      </span>
      <span class="cell-second col-type" role="gridcell">
        {kindWord(row, t)}
      </span>
      <span class="cell-second col-attributes" role="gridcell">
        {attributeLetters(row.attributes)}
      </span>
      <span class="cell-layer" role="gridcell">
        <Core core={row.core} merged={row.directory} />
        {!merged && layer !== undefined && <Chip layer={layer} />}
      </span>
      <span class="cell-state col-state" role="gridcell">
        {stateWord(row.state, row.flags, merged, t)}
      </span>
    </div>
  );
}
